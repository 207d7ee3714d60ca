"""Parsers: what skl2onnx does with estimators of skmath and with what holds them."""

from functools import partial

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

__all__ = ["PREPARATIONS", "declare_outputs", "prepared", "refuse_clusters"]

CONSIST_OF_PARTS = (
    *(GridSearchCV, Pipeline, StackingClassifier, StackingRegressor),
    *(VotingClassifier, VotingRegressor),
)

READ_COLUMNS = (ColumnTransformer, OneHotEncoder, OrdinalEncoder)
"""Steps whose converters read several inputs, a column each."""


def declare_outputs(scope, model, inputs, custom_parsers=None):
    """Return the variables that an estimator of skmath answers with."""
    wanted = transform_is_wanted(scope, model)
    operator = scope.declare_local_operator(alias(type(model)), model)
    operator.inputs.extend(inputs)
    for name, type_ in output_types(model, inputs, wanted).items():
        operator.outputs.append(scope.declare_local_variable(name, type_()))
    operator.has_declared_outputs, operator.transforms = True, wanted
    return operator.outputs


def refuse_clusters(scope, model, inputs, custom_parsers=None):
    """Refuse a clustering, which finds the known neighbours of new rows by search."""
    refuse(
        model,
        "its search for the neighbours of new rows",
        "Fit a classifier to its labels_ (FromScratchNB or BackpropMLP, say) and "
        "convert that.",
    )


def transform_is_wanted(scope, model):
    """Tell whether a model stands where `transform` is called, or was asked for it."""
    if options_of(scope, model).get("transform"):
        return True
    part = model
    for holder in reversed(holders_of(scope)):
        if not isinstance(holder, Pipeline):
            return isinstance(holder, FeatureUnion | ColumnTransformer)
        if is_step_before(holder, part):
            return True
        part = holder
    # A pipeline inside of a vote, say, is read when the vote is converted.
    known = (operator.raw_operator for operator in scope.operators.values())
    return any(isinstance(k, Pipeline) and is_step_before(k, part) for k in known)


def is_step_before(pipeline, part):
    """Tell whether a part of a pipeline is a step before its last."""
    *before, last = (step for _, step in pipeline.steps)
    found = any(step is part for step in before)
    if found and last is part:
        refuse(part, "two places in one pipeline", "Fit one estimator for each.")
    return found


def holders_of(scope):
    """Return what holds what is being parsed, outermost first."""
    return vars(scope).setdefault("skmath_holders", [])


def prepared(parse, prepare):
    """Return a parser that prepares first; one that does so stays itself."""
    if isinstance(parse, partial) and parse.func is parse_prepared:
        return parse
    return partial(parse_prepared, parse, prepare)


def parse_prepared(parse, prepare, scope, model, inputs, custom_parsers=None):
    """Parse a model with prepared inputs."""
    inputs = prepare(scope, model, inputs)
    holders_of(scope).append(model)
    try:
        return parse(scope, model, inputs, custom_parsers=custom_parsers)
    finally:
        holders_of(scope).pop()


def prepare_pipeline(scope, model, inputs):
    """Return the inputs of a pipeline; its steps of skmath get options that they have.

    skl2onnx hands a pipeline's options to steps that are classifiers; a step that
    transforms has no labels, whose probabilities are mapped by default.
    """
    n_transforming = len(model.steps) - 1 + transform_is_wanted(scope, model)
    for _, step in model.steps[:n_transforming]:
        if isinstance(step, tuple(CONVERTERS)) and not options_of(scope, step):
            scope.add_options(id(step), {"zipmap": False})
    return join_inputs(scope, model, inputs)


def options_of(scope, model):
    """Return the options that were given for a model or its class."""
    given = scope.options or {}
    return {**(given.get(type(model)) or {}), **(given.get(id(model)) or {})}


def join_inputs(scope, model, inputs):
    """Return one input in place of several of numbers, for a pipeline's first step.

    skl2onnx gives it all of them, and many a converter reads the first, or casts the
    others to the first one's type.
    """
    numbers = all(isinstance(given.type, NUMBERS) for given in inputs)
    if len(inputs) < 2 or not numbers or estimator_in(model) is None:
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


def estimator_in(model):
    """Return an estimator of skmath that a model consists of, or None."""
    if isinstance(model, tuple(CONVERTERS)):
        return model
    if not isinstance(model, CONSIST_OF_PARTS):
        return None
    return next(filter(None, map(estimator_in, parts(model))), None)


def as_they_are(scope, model, inputs):
    """Return the inputs."""
    return inputs


def check_search(scope, model, inputs):
    """Refuse an estimator of skmath that transforms inside of a search."""
    found = estimator_in(model.best_estimator_)
    if found is not None and transform_is_wanted(scope, model):
        refuse_transform(found)
    return inputs


def check_outputs(scope, model, inputs):
    """Refuse an estimator of skmath whose outputs skl2onnx does not find."""
    for part in parts(model):
        is_ours = isinstance(part, tuple(CONVERTERS))
        if is_ours and not isinstance(part, ClassifierMixin):
            refuse(
                part,
                "MultiOutputClassifier, which finds outputs of a ClassifierMixin alone",
                PREDICT_ALONE,
            )
    return inputs


PREPARATIONS = {
    ColumnTransformer: as_they_are,
    FeatureUnion: as_they_are,
    GridSearchCV: check_search,
    MultiOutputClassifier: check_outputs,
    Pipeline: prepare_pipeline,
}
"""What to do before a holder of estimators is parsed: of (scope, model, inputs)."""
