"""Parsers: what skl2onnx does with estimators of skmath and with what holds them."""

from functools import wraps

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
from sklearn.pipeline import FeatureUnion, Pipeline
from sklearn.preprocessing import OneHotEncoder, OrdinalEncoder

from skmath.onnx._conversion import CONVERTERS, alias, output_types
from skmath.onnx._graph import refuse
from skmath.onnx._inputs import NUMBERS, numbers_type
from skmath.onnx._place import PREDICT_ALONE, parts, refuse_transform

__all__ = ["PREPARATIONS", "declare_outputs", "prepared"]

TRANSFORM_AS_THEIR_PARTS = (
    *(GridSearchCV, Pipeline, StackingClassifier, StackingRegressor),
    *(VotingClassifier, VotingRegressor),
)

READ_COLUMNS = (ColumnTransformer, OneHotEncoder, OrdinalEncoder)
"""Steps whose converters read several inputs, a column each."""


def declare_outputs(scope, model, inputs, custom_parsers=None):
    """Return the variables that an estimator of skmath answers with."""
    operator = scope.declare_local_operator(alias(type(model)), model)
    operator.inputs.extend(inputs)
    for name, type_ in output_types(model, inputs).items():
        operator.outputs.append(scope.declare_local_variable(name, type_()))
    operator.has_declared_outputs = True
    return operator.outputs


def prepared(parse, prepare):
    """Return a parser that prepares first; one that does so stays itself."""
    if getattr(parse, "prepares_first", False):
        return parse

    @wraps(parse)
    def parse_prepared(scope, model, inputs, custom_parsers=None):
        inputs = prepare(scope, model, inputs)
        return parse(scope, model, inputs, custom_parsers=custom_parsers)

    parse_prepared.prepares_first = True
    return parse_prepared


def join_inputs(scope, model, inputs):
    """Return one input in place of several of numbers, for a pipeline's first step.

    skl2onnx gives it all of them, and many a converter reads the first, or casts the
    others to the first one's type.
    """
    numbers = all(isinstance(given.type, NUMBERS) for given in inputs)
    if len(inputs) < 2 or not numbers or predictor_in(model) is None:
        return inputs
    if reads_columns(model):
        return inputs
    joined = scope.declare_local_variable("joined", numbers_type(inputs)())
    operator = scope.declare_local_operator("SklearnConcat")
    operator.inputs.extend(inputs)
    operator.outputs.append(joined)
    return [joined]


def reads_columns(model):
    """Tell whether what reads a model's inputs wants them apart."""
    if isinstance(model, Pipeline):
        return reads_columns(model.steps[0][1])
    if isinstance(model, FeatureUnion):
        return any(reads_columns(part) for _, part in model.transformer_list)
    return isinstance(model, READ_COLUMNS)


def predictor_in(model):
    """Return the estimator of skmath whose prediction a model ends in, or None."""
    if isinstance(model, tuple(CONVERTERS)):
        return model
    if not isinstance(model, TRANSFORM_AS_THEIR_PARTS):
        return None
    inner = parts(model)
    last = inner[-1:] if isinstance(model, Pipeline) else inner
    return next(filter(None, map(predictor_in, last)), None)


def check_transformers(scope, model, inputs):
    """Refuse an estimator of skmath that a column transformer transforms with."""
    for _, transformer, _ in model.transformers_:
        found = predictor_in(transformer)
        if found is not None:
            refuse_transform(found)
    return inputs


def check_outputs(scope, model, inputs):
    """Refuse an estimator of skmath whose outputs skl2onnx does not find."""
    for part in parts(model):
        ours = isinstance(part, tuple(CONVERTERS))
        if ours and not isinstance(part, ClassifierMixin):
            refuse(
                part,
                "MultiOutputClassifier, which finds outputs of a ClassifierMixin alone",
                PREDICT_ALONE,
            )
    return inputs


PREPARATIONS = {
    ColumnTransformer: check_transformers,
    MultiOutputClassifier: check_outputs,
    Pipeline: join_inputs,
}
"""What to do before a holder of estimators is parsed: of (scope, model, inputs)."""
