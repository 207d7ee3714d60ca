"""Where in a model an estimator stands: its answers must be what is wanted there.

A pipeline, a union or a column transformer passes on what a step's `transform` returns,
the last step of a pipeline what `predict` and `predict_proba` do. What wraps an
estimator (a vote, a calibration) may want scores, or labels that are not those of the
highest probability. skl2onnx checks none of this: what is not known to be right is
refused.
"""

import numpy as np
from skl2onnx.common.data_types import DoubleTensorType
from sklearn.base import is_classifier
from sklearn.calibration import CalibratedClassifierCV
from sklearn.ensemble import (
    AdaBoostClassifier,
    AdaBoostRegressor,
    BaggingClassifier,
    BaggingRegressor,
    StackingClassifier,
    StackingRegressor,
    VotingClassifier,
    VotingRegressor,
)
from sklearn.frozen import FrozenEstimator
from sklearn.linear_model import RANSACRegressor
from sklearn.model_selection import GridSearchCV
from sklearn.multiclass import OneVsRestClassifier
from sklearn.multioutput import MultiOutputClassifier, MultiOutputRegressor
from sklearn.pipeline import Pipeline

from skmath.eigenface_classifier import EigenfaceClassifier
from skmath.onnx._graph import refuse
from skmath.onnx._inputs import numbers_type

__all__ = [
    "PREDICT_ALONE",
    "check_place",
    "is_calibrated",
    "last_step",
    "parts",
    "refuse_transform",
    "unfrozen",
]

HAND_ON = (Pipeline, GridSearchCV)
"""What answers as the estimator inside does."""

OF_REGRESSORS = (
    *(AdaBoostRegressor, BaggingRegressor, StackingRegressor, VotingRegressor),
    *(MultiOutputRegressor, RANSACRegressor),
)

OF_CLASSIFIERS = (
    *(AdaBoostClassifier, BaggingClassifier, StackingClassifier, VotingClassifier),
    *(CalibratedClassifierCV, MultiOutputClassifier, OneVsRestClassifier),
)

BY_SAMPLES = (AdaBoostClassifier, BaggingClassifier, CalibratedClassifierCV)

CLIPPED = "modified_huber"

READERS_OF_ANSWERS = (
    *("SklearnIdentity", "SklearnCast", "SklearnClassLabels"),
    *("SklearnZipMap", "SklearnZipMapColumns"),
)
"""Operators that change the form of answers and not what they mean."""

READ_SEVERAL = (
    *("SklearnConcat", "SklearnOneHotEncoder", "SklearnOrdinalEncoder"),
    *READERS_OF_ANSWERS,
)
"""Operators that read all of their inputs, of whatever types."""

PREDICT_ALONE = (
    "Convert it alone, or its pipeline, and do the rest outside of the graph."
)


def parts(parent):
    """Return the fitted estimators that an estimator consists of."""
    found = [step for _, step in getattr(parent, "steps", [])]
    found += list(getattr(parent, "estimators_", []))
    found += [c.estimator for c in getattr(parent, "calibrated_classifiers_", [])]
    for name in ("estimator_", "final_estimator_", "best_estimator_"):
        found += [getattr(parent, name)] if hasattr(parent, name) else []
    return [unfrozen(part) for part in found]


def unfrozen(model):
    """Return what a frozen estimator holds; another estimator as it is."""
    while isinstance(model, FrozenEstimator):
        model = model.estimator
    return model


def last_step(model):
    """Return what predicts in a pipeline, a search or a frozen model."""
    model = unfrozen(model)
    while isinstance(model, HAND_ON):
        model = parts(model)[-1]
    return model


def is_calibrated(scope, model):
    """Tell whether a model's answers are the scores that a calibration is given."""
    wrappers = (w for w, _ in wrappers_of(scope, model) if not isinstance(w, HAND_ON))
    return isinstance(next(wrappers, None), CalibratedClassifierCV)


def check_place(scope, container, operator, is_declared):
    """Refuse an estimator whose answers are not what is wanted where it stands.

    Parameters
    ----------
    scope, container : of skl2onnx
    operator : operator of skl2onnx
        Of the estimator.
    is_declared : bool
        Whether the estimator's own parser made it, or what wraps the estimator.
    """
    model = operator.raw_operator
    wrappers = wrappers_of(scope, model)
    is_double = numbers_type(operator.inputs) is DoubleTensorType
    chain = [model, *(parent for parent, _ in wrappers)]
    check_steps_before(scope, chain)
    if getattr(operator, "transforms", False):
        return
    check_is_no_transformer(scope, chain)
    if not (is_declared or wrappers):
        refuse(model, "what wraps it", PREDICT_ALONE)
    for parent, part in wrappers:
        options = container.get_options(parent, {}, fail=False) or {}
        problem = what_is_wrong(parent, part, model, is_double)
        if options.get("raw_scores"):
            problem = "the option raw_scores"
        if problem:
            refuse(model, f"{problem} inside of {type(parent).__name__}", PREDICT_ALONE)


def wrappers_of(scope, model):
    """Return (wrapper, the part of it that is or holds the model), innermost first."""
    known = {id(o.raw_operator): o.raw_operator for o in scope.operators.values()}
    found, inner = [], [model]
    while inner:
        part = inner.pop()
        around = [w for w in known.values() if any(p is part for p in parts(w))]
        found += [(wrapper, part) for wrapper in around]
        inner += around
    return found


def check_is_no_transformer(scope, chain):
    """Refuse a model, the first of a chain of wrappers, whose answers a step reads."""
    for operator in scope.operators.values():
        if not any(operator.raw_operator is m for m in chain):
            continue
        for output in operator.outputs:
            for reader in output.operators_inputs_:
                if reader.type not in READERS_OF_ANSWERS:
                    refuse_transform(chain[0])


def check_steps_before(scope, chain):
    """Refuse a model after a step whose converter does not read several inputs."""
    for operator in scope.operators.values():
        read, step = len(operator.inputs), operator.raw_operator
        in_chain = any(step is m for m in chain)
        if read > 1 and not in_chain and operator.type not in READ_SEVERAL:
            refuse(
                chain[0],
                f"{read} inputs of {type(step).__name__}, a step before it",
                "skl2onnx reads one: give to_onnx one array with all columns.",
            )


def refuse_transform(model):
    """Raise the error of a model that is a step which transforms."""
    refuse(
        model,
        "its transform, which another step wants, inside of a search or a stack",
        "Alone, in a pipeline, a union or by columns its transform has a converter: "
        "put best_estimator_ in the search's place.",
    )


def what_is_wrong(parent, part, model, is_double):
    """Return in words why a wrapper's graph would answer otherwise than it, or None."""
    if isinstance(parent, HAND_ON):
        return None
    if isinstance(parent, OF_REGRESSORS):
        return "labels" if is_classifier(part) else None
    if not isinstance(parent, OF_CLASSIFIERS):
        return "answers that were never compared with scikit-learn's"
    return next(problems_of_classes(parent, part, model, is_double), None)


def problems_of_classes(parent, part, model, is_double):
    """Yield what a wrapper of classifiers reads otherwise in a graph."""
    calibrates = isinstance(parent, CalibratedClassifierCV)
    if not (calibrates or hasattr(part, "predict_proba")):
        yield "no probabilities"
    if has_faces(model) and may_refuse(model):
        yield "a label for strangers"
    if labels_by_probability(parent):
        if model.get_params().get("loss") == CLIPPED:
            yield f"loss={CLIPPED!r} (its labels may not be the likeliest)"
        if getattr(model, "n_components_", 0) == 1 and has_faces(model):
            yield "a face space of one dimension (its labels are of equally near faces)"
    if isinstance(parent, BY_SAMPLES) and len(part.classes_) != len(parent.classes_):
        yield "samples that lack a class"
    if isinstance(parent, AdaBoostClassifier) and is_double:
        yield "numbers in float64 (skl2onnx writes float32 alone)"
    if isinstance(parent, StackingClassifier) and by_other_scores(parent):
        yield "a stack_method_ that is not 'predict_proba' for all"


def has_faces(model):
    """Tell whether labels are those of the nearest enrolled faces."""
    return isinstance(model, EigenfaceClassifier)


def may_refuse(model):
    """Tell whether an image may be answered by the label of strangers."""
    thresholds = np.append(model.known_threshold_, model.face_threshold_)
    return not np.isposinf(thresholds).all()


def labels_by_probability(parent):
    """Tell whether a wrapper's graph predicts the likeliest label."""
    hard_vote = isinstance(parent, VotingClassifier) and parent.voting == "hard"
    return hard_vote or isinstance(
        parent, AdaBoostClassifier | OneVsRestClassifier | StackingClassifier
    )


def by_other_scores(parent):
    """Tell whether a stack is of anything but probabilities."""
    return any(method != "predict_proba" for method in parent.stack_method_)
