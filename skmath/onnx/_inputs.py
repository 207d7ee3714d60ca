"""Inputs of a graph: one or several, of numbers or text, as one table of numbers."""

import numpy as np
from skl2onnx.common.data_types import (
    BooleanTensorType,
    DoubleTensorType,
    Float16TensorType,
    FloatTensorType,
    Int8TensorType,
    Int16TensorType,
    Int32TensorType,
    Int64TensorType,
    UInt8TensorType,
    UInt16TensorType,
    UInt32TensorType,
    UInt64TensorType,
)

from skmath.onnx._graph import refuse
from skmath.onnx._texts import codes_and_numbers, has_texts, is_text

__all__ = ["in_feature_order", "numbers_type", "table"]

NUMBERS = (
    *(DoubleTensorType, FloatTensorType, Float16TensorType, BooleanTensorType),
    *(Int8TensorType, Int16TensorType, Int32TensorType, Int64TensorType),
    *(UInt8TensorType, UInt16TensorType, UInt32TensorType, UInt64TensorType),
)


def numbers_type(inputs):
    """Return the type in which to answer: float64 if an input is, else float32."""
    double = any(isinstance(variable.type, DoubleTensorType) for variable in inputs)
    return DoubleTensorType if double else FloatTensorType


def table(graph, model, inputs):
    """Return the inputs as one table in float64, its columns in the features' order."""
    check_inputs(model, inputs)
    inputs = in_feature_order(model, inputs)
    if has_texts(model):
        blocks = codes_and_numbers(graph, model, inputs)
    else:
        blocks = [graph.doubles(variable.full_name) for variable in inputs]
    X = blocks[0] if len(blocks) == 1 else graph.Concat(*blocks, axis=1)
    # A table of another width fails when it is run: nothing is broadcast.
    return graph.Reshape(X, np.array([0, model.n_features_in_]))


def check_inputs(model, inputs):
    """Refuse what is no number, and what is not as many columns as X."""
    from_graph = all(variable.is_root for variable in inputs)
    if len(inputs) > 1 and not from_graph:
        refuse(
            model,
            f"the {len(inputs)} outputs of the step before it",
            "A transformer has one: skl2onnx gives labels and scores of a predictor.",
        )
    for part in inputs:
        is_read = has_texts(model) and is_text(part)
        if not (isinstance(part.type, NUMBERS) or is_read):
            refuse(
                model,
                f"the input {part.raw_name!r} of type {type(part.type).__name__}",
                f"All of its {len(inputs)} inputs must be numbers: leave the others "
                "out, or encode them by an earlier step of a pipeline.",
            )
    widths = [variable.get_second_dimension() for variable in inputs]
    # skl2onnx does not always know how wide is what an earlier step returns.
    if from_graph and None not in widths and sum(widths) != model.n_features_in_:
        refuse(
            model,
            f"{len(inputs)} input(s) of {sum(widths)} columns in all",
            f"It was fitted with {model.n_features_in_} columns: give to_onnx one "
            "array with all of them, or an input for each.",
        )


def in_feature_order(model, inputs):
    """Return the inputs in the order of the features of the same names.

    They are taken in their own order, as scikit-learn's converters do, where their
    names are not those of the features.
    """
    names = [variable.raw_name for variable in inputs]
    features = list(getattr(model, "feature_names_in_", []))
    if len(inputs) == 1 or sorted(names) != sorted(features):
        return list(inputs)
    return [inputs[names.index(feature)] for feature in features]
