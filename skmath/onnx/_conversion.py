"""Converters: the types of an estimator's outputs, and its nodes."""

import numpy as np
from skl2onnx.common import data_types

from skmath.backprop_mlp import BackpropMLP
from skmath.eigenface_classifier import EigenfaceClassifier
from skmath.from_scratch_nb import FromScratchNB
from skmath.gd_linear_model import GDLinearModel
from skmath.onnx._bayes import log_likelihoods, naive_bayes
from skmath.onnx._faces import face_coordinates, faces
from skmath.onnx._graph import Graph, refuse
from skmath.onnx._inputs import numbers_type, table
from skmath.onnx._linear import (
    hidden_outputs,
    least_squares,
    linear_decisions,
    linear_model,
    network,
    network_decisions,
    singular_coordinates,
)
from skmath.onnx._place import check_place, is_calibrated
from skmath.onnx._texts import has_texts
from skmath.svd_regressor import SVDRegressor

__all__ = [
    "CONVERTERS",
    "alias",
    "converter",
    "declare_shapes",
    "label_type",
    "output_types",
]

CONVERTERS = {
    SVDRegressor: least_squares,
    GDLinearModel: linear_model,
    BackpropMLP: network,
    FromScratchNB: naive_bayes,
    EigenfaceClassifier: faces,
}
"""What writes an estimator's answers as nodes: of (graph, model, name of X)."""

DECISIONS = {GDLinearModel: linear_decisions, BackpropMLP: network_decisions}
"""What writes labels and the `decision_function`, which a calibration is given."""

TRANSFORMS = {
    SVDRegressor: singular_coordinates,
    BackpropMLP: hidden_outputs,
    FromScratchNB: log_likelihoods,
    EigenfaceClassifier: face_coordinates,
}
"""What writes what `transform` returns."""


def alias(estimator):
    """Return the name by which skl2onnx knows an estimator's class."""
    return f"Skmath{estimator.__name__}"


def output_types(model, inputs, transforms=False):
    """Return names and types of outputs: numbers, or labels and what decides them."""
    numbers = numbers_type(inputs)
    if transforms or not hasattr(model, "classes_"):
        return {"variable": numbers}
    scored = "probabilities" if hasattr(model, "predict_proba") else "scores"
    return {"label": label_type(model.classes_), scored: numbers}


def label_type(classes):
    """Return the type of labels: integers, strings, or numbers."""
    kinds = {"f": data_types.DoubleTensorType}
    kinds |= dict.fromkeys("iub", data_types.Int64TensorType)
    return kinds.get(classes.dtype.kind, data_types.StringTensorType)


def declare_shapes(operator):
    """Set the outputs' types: as many rows as X, and as many columns as there are."""
    model, n_rows = operator.raw_operator, operator.inputs[0].get_first_dimension()
    types = output_types(model, operator.inputs, transforms(operator))
    if len(operator.outputs) != len(types):
        refuse(
            model,
            f"{len(operator.outputs)} output(s) that what wraps it wants",
            f"It has {', '.join(types)}.",
        )
    for output, (name, type_) in zip(operator.outputs, types.items(), strict=True):
        output.type = type_([n_rows] if name == "label" else [n_rows, None])


def transforms(operator):
    """Tell whether an operator stands for a model's `transform`."""
    return getattr(operator, "transforms", False)


def converter(write):
    """Return what skl2onnx calls to add an estimator's nodes."""

    def convert(scope, operator, container):
        model, write_here = operator.raw_operator, write
        declared = getattr(operator, "has_declared_outputs", False)
        check_place(scope, container, operator, declared)
        if transforms(operator):
            write_here = TRANSFORMS[type(model)]
        elif is_calibrated(scope, model) and hasattr(model, "decision_function"):
            write_here = DECISIONS[type(model)]
        double = numbers_type(operator.inputs) is data_types.DoubleTensorType
        # A table with text is made one of float64, whatever its numbers are.
        double = double or has_texts(model)
        graph = Graph(scope, container, np.float64 if double else np.float32)
        answers = write_here(graph, model, table(graph, model, operator.inputs))
        for output, answer in zip(operator.outputs, answers, strict=True):
            graph.store(answer, output)

    return convert
