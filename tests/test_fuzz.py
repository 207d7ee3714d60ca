"""Anything at all: a right answer, or an error that names what is wrong.

A few examples, always the same, in every run; ``pytest -n 0 tests/test_fuzz.py
--hypothesis-profile=long`` tries many thousand new ones.
"""

import copy
import inspect
import re
import time
import warnings

import numpy as np
import pytest
from awkward import TARGETS, WEIGHTS, beside, params_of, tables
from configurations import instances_of
from hypothesis import given
from hypothesis import strategies as st
from scipy import sparse
from sklearn.base import clone, is_regressor
from sklearn.exceptions import NotFittedError

from skmath import BackpropMLP, EigenfaceClassifier, FromScratchNB, GDLinearModel
from skmath._tour.registry import entries
from skmath.exceptions import CollinearityWarning

SECONDS = 20
"""That a call may take; the largest X has 150 entries."""

NOT_OF_X = {"fit", "partial_fit", "fit_predict", "fit_transform", "score"}
"""Methods that are called otherwise."""

INPUTS = (
    r"\b(X|y|X_val|y_val|sample_weight|sample_weight_val|classes|labels?|class(es)?"
)
INPUTS += (
    r"|features?|samples?|columns?|rows?|images?|arrays?|data|numeric|DataFrame)\b"
)
INPUTS += "|could not convert string to float|Sample weights"  # scikit-learn's checks
"""What a message may name: an input, or a parameter."""

FROM_DEEP_INSIDE = (
    r"operands could not be broadcast|out of bounds|has no attribute|unsupported opera"
    r"|ufunc|not subscriptable|cannot reshape|matmul|object is not|zero-size array"
    r"|SVD did not converge|LinAlg|must be real number, not|unhashable|dtype\('O'\)"
    r"|NoneType|index \d+|not aligned|unexpected keyword|cannot unpack|too many indices"
)


def estimators():
    """Return an instance of each configuration."""
    return [estimator for entry in entries() for estimator, _ in instances_of(entry)]


def names():
    return sorted({type(estimator).__name__ for estimator in estimators()})


def of_class(name):
    return [e for e in estimators() if type(e).__name__ == name]


@st.composite
def situations(draw, name):
    """Draw an estimator, data to fit and other data to ask about."""
    estimator = clone(draw(st.sampled_from(of_class(name))))
    if "max_iter" in estimator.get_params():
        estimator.set_params(max_iter=4)
    params = draw(params_of(estimator))
    kind, n, p, X = draw(tables())
    usual = ["numbers", "positive"] if is_regressor(estimator) else ["two", "two words"]
    of_y, y = draw(beside(TARGETS, [*usual, "three"], n))
    weight, of_weight = None, "none"
    if draw(st.booleans()):
        of_weight, weight = draw(beside(WEIGHTS, ["ones", "whole"], n))
    new_kind, _, _, new = draw(tables(p=draw(st.sampled_from([p, p, p, 2]))))
    told = f"{kind} {n}x{p}, y {of_y}, weight {of_weight}, new {new_kind}"
    return estimator, params, (X, y, weight), new, told


def attempt(function, *args, params=(), **kwargs):
    """Return what a call returns, or the error that tells what is wrong with it."""
    before = [_content(a) for a in (*args, *kwargs.values())]
    start = time.perf_counter()
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        # What NumPy says is for us to handle, not for users to read.
        warnings.simplefilter("error", RuntimeWarning)
        warnings.simplefilter("error", np.exceptions.ComplexWarning)
        warnings.simplefilter("ignore", CollinearityWarning)
        try:
            answer = function(*args, **kwargs)
        except (ValueError, TypeError, NotFittedError) as error:
            check_message(error, params)
            answer = error
    assert time.perf_counter() - start < SECONDS
    after = [_content(a) for a in (*args, *kwargs.values())]
    assert all(_same(a, b) for a, b in zip(before, after, strict=True)), "changed"
    return answer


def check_message(error, params):
    told = str(error)
    named = re.search(INPUTS, told) or any(name in told.lower() for name in params)
    if re.search(FROM_DEEP_INSIDE, told) or not named:
        raise AssertionError(f"not a message for users: {told!r}") from error


def _content(a):
    if sparse.issparse(a):
        return [a.data.copy()] if hasattr(a, "data") else []
    if isinstance(a, np.ndarray):
        return [np.array(a)]
    return [copy.deepcopy(a)]


def _same(before, after):
    for a, b in zip(before, after, strict=True):
        if isinstance(a, np.ndarray):
            if a.dtype.kind == "O":
                if repr(a) != repr(b):
                    return False
            elif a.tobytes() != b.tobytes():
                return False
    return True


def check_finite(name, value):
    """Check that an answer or an attribute holds no NaN."""
    if sparse.issparse(value):
        value = value.data
    if isinstance(value, np.ndarray) and value.dtype.kind == "f":
        assert not np.isnan(value).any(), f"NaN in {name}"


def methods_of(estimator):
    """Return the names of public methods whose only required argument is X."""
    found = []
    for name in dir(type(estimator)):
        if name.startswith(("_", "set_", "get_")) or name in NOT_OF_X:
            continue
        if not hasattr(estimator, name) or not callable(getattr(estimator, name)):
            continue
        parameters = list(
            inspect.signature(getattr(estimator, name)).parameters.values()
        )
        required = [p.name for p in parameters if p.default is p.empty]
        if required[:1] == ["X"] and len(required) == 1:
            found.append(name)
    return found


def check_situation(estimator, params, data, new):
    """Fit, and ask everything; what is not answered is told."""
    X, y, weight = data
    names = list(estimator.get_params())
    estimator.set_params(**params)
    given_weight = {} if weight is None else {"sample_weight": weight}
    fitted = attempt(estimator.fit, X, y, params=names, **given_weight)
    learnt = [name for name in vars(estimator) if name.endswith("_")]
    if isinstance(fitted, Exception):
        assert not learnt, f"half-fitted: {learnt}"
        return
    for name in learnt:
        if not name.startswith("_"):
            check_finite(name, getattr(estimator, name))
    for name in methods_of(estimator):
        for rows in (X, new):
            answer = attempt(getattr(estimator, name), rows, params=names)
            if isinstance(answer, Exception):
                continue
            check_finite(name, answer)
            if name == "predict_proba" and isinstance(answer, np.ndarray):
                if answer.ndim == 2 and not _is_of_many_labels(estimator):
                    np.testing.assert_allclose(answer.sum(axis=1), 1, rtol=1e-5)
                assert answer.min(initial=0) >= 0
    if hasattr(estimator, "score") and y is not None:
        with np.errstate(all="ignore"):  # of squares of huge y, in scikit-learn's R2
            attempt(estimator.score, X, y, params=names)


def _is_of_many_labels(estimator):
    return getattr(estimator, "_labels_together_", False)


@pytest.mark.parametrize("name", names())
def test_anything_is_answered_or_told(name):
    @given(situations(name))
    def check(situation):
        *what, _ = situation
        check_situation(*what)

    check()


@pytest.mark.slow
@pytest.mark.parametrize(
    "model", [EigenfaceClassifier(6), FromScratchNB("gaussian")], ids=repr
)
def test_ten_thousand_classes_are_told_apart(model):
    y = np.arange(10_000) * 7 - 3
    rng = np.random.default_rng(0)
    X = rng.uniform(1, 9, size=(10_000, 8))
    twice = np.repeat(X, 2, axis=0)
    model.fit(twice + 0.01 * rng.normal(size=twice.shape), np.repeat(y, 2))
    assert (model.predict(X[:500]) == y[:500]).mean() > 0.9


@pytest.mark.slow
@pytest.mark.filterwarnings("ignore::sklearn.exceptions.ConvergenceWarning")
@pytest.mark.parametrize(
    "model",
    [
        GDLinearModel("log_loss", max_iter=2),
        GDLinearModel("hinge", max_iter=2),
        BackpropMLP(max_iter=2),
    ],
    ids=repr,
)
def test_steps_for_ten_thousand_classes_go_down(model):
    y = np.arange(10_000) - 3
    X = np.random.default_rng(0).uniform(1, 9, size=(10_000, 8))
    model.fit(X, y)
    assert np.isin(model.predict(X[:500]), y).all()
    scores = model.decision_function(X[:500])
    assert np.isfinite(scores).all()
    assert model.loss_curve_[-1] < model.loss_curve_[0]
