"""What skl2onnx wants of each estimator: its outputs, their shapes and its nodes."""

from functools import wraps

import numpy as np
from skl2onnx.common import data_types
from sklearn.base import ClassifierMixin
from sklearn.compose import ColumnTransformer
from sklearn.ensemble import (
    StackingClassifier,
    StackingRegressor,
    VotingClassifier,
    VotingRegressor,
)
from sklearn.model_selection import GridSearchCV
from sklearn.multioutput import MultiOutputClassifier
from sklearn.pipeline import Pipeline

from skmath import (
    BackpropMLP,
    EigenfaceClassifier,
    FromScratchNB,
    GDLinearModel,
    SVDRegressor,
)
from skmath.onnx._bayes import naive_bayes
from skmath.onnx._faces import faces
from skmath.onnx._graph import Graph, refuse
from skmath.onnx._inputs import numbers_type, table
from skmath.onnx._linear import least_squares, linear_model, network
from skmath.onnx._place import PREDICT_ALONE, check_place, parts, refuse_transform

__all__ = [
    "CHECKS",
    "CONVERTERS",
    "alias",
    "checked_first",
    "converter",
    "declare_outputs",
    "declare_shapes",
]

CONVERTERS = {
    SVDRegressor: least_squares,
    GDLinearModel: linear_model,
    BackpropMLP: network,
    FromScratchNB: naive_bayes,
    EigenfaceClassifier: faces,
}
"""What writes an estimator's answers as nodes: of (graph, model, name of X)."""

TRANSFORM_AS_THEIR_PARTS = (
    *(GridSearchCV, Pipeline, StackingClassifier, StackingRegressor),
    *(VotingClassifier, VotingRegressor),
)


def alias(estimator):
    """Return the name by which skl2onnx knows an estimator's class."""
    return f"Skmath{estimator.__name__}"


def output_types(model, inputs):
    """Return names and types of outputs: numbers, or labels and what decides them."""
    numbers = numbers_type(inputs)
    if not hasattr(model, "classes_"):
        return {"variable": numbers}
    scored = "probabilities" if hasattr(model, "predict_proba") else "scores"
    return {"label": label_type(model.classes_), scored: numbers}


def label_type(classes):
    """Return the type of labels: integers, strings, or numbers."""
    kinds = {"f": data_types.DoubleTensorType}
    kinds |= dict.fromkeys("iub", data_types.Int64TensorType)
    return kinds.get(classes.dtype.kind, data_types.StringTensorType)


def declare_outputs(scope, model, inputs, custom_parsers=None):
    """Return the variables that an estimator answers with."""
    operator = scope.declare_local_operator(alias(type(model)), model)
    operator.inputs.extend(inputs)
    for name, type_ in output_types(model, inputs).items():
        operator.outputs.append(scope.declare_local_variable(name, type_()))
    operator.has_declared_outputs = True
    return operator.outputs


def declare_shapes(operator):
    """Set the outputs' types: as many rows as X, and as many columns as there are."""
    model, n_rows = operator.raw_operator, operator.inputs[0].get_first_dimension()
    types = output_types(model, operator.inputs)
    if len(operator.outputs) != len(types):
        refuse(
            model,
            f"{len(operator.outputs)} output(s) that what wraps it wants",
            f"It has {', '.join(types)}.",
        )
    for output, (name, type_) in zip(operator.outputs, types.items(), strict=True):
        output.type = type_([n_rows] if name == "label" else [n_rows, None])


def converter(write):
    """Return what skl2onnx calls to add an estimator's nodes."""

    def convert(scope, operator, container):
        model = operator.raw_operator
        declared = getattr(operator, "has_declared_outputs", False)
        check_place(scope, container, operator, declared)
        double = numbers_type(operator.inputs) is data_types.DoubleTensorType
        graph = Graph(scope, container, np.float64 if double else np.float32)
        answers = write(graph, model, table(graph, model, operator.inputs))
        for output, answer in zip(operator.outputs, answers, strict=True):
            graph.store(answer, output)

    return convert


def check_transformers(model):
    """Refuse an estimator of skmath that a column transformer transforms with."""
    for _, transformer, _ in model.transformers_:
        found = predictor_in(transformer)
        if found is not None:
            refuse_transform(found)


def predictor_in(transformer):
    """Return the estimator of skmath that predicts where a transformer is, or None."""
    if isinstance(transformer, tuple(CONVERTERS)):
        return transformer
    if not isinstance(transformer, TRANSFORM_AS_THEIR_PARTS):
        return None
    inner = parts(transformer)
    last = inner[-1:] if isinstance(transformer, Pipeline) else inner
    return next(filter(None, map(predictor_in, last)), None)


def check_outputs(model):
    """Refuse an estimator of skmath whose outputs skl2onnx does not find."""
    for part in parts(model):
        if isinstance(part, tuple(CONVERTERS)) and not isinstance(
            part, ClassifierMixin
        ):
            refuse(
                part,
                "MultiOutputClassifier, which finds outputs of a ClassifierMixin alone",
                PREDICT_ALONE,
            )


CHECKS = {ColumnTransformer: check_transformers, MultiOutputClassifier: check_outputs}
"""What to check before skl2onnx parses what wraps estimators."""


def checked_first(parse, check):
    """Return the parser that checks a model first; a parser that does stays itself."""
    if getattr(parse, "checks_first", False):
        return parse

    @wraps(parse)
    def parse_checked(scope, model, inputs, custom_parsers=None):
        check(model)
        return parse(scope, model, inputs, custom_parsers=custom_parsers)

    parse_checked.checks_first = True
    return parse_checked
