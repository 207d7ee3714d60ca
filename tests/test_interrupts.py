"""Interrupts, errors of others' code, threads, processes: a fit is whole or is not."""

import copy
import inspect
import json
import math
import multiprocessing
import os
import subprocess
import sys
import threading
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import array_api_strict
import numpy as np
import pytest
from instances import assert_same, data_for, instances, outputs, settled
from joblib import Parallel, delayed
from sklearn import config_context
from sklearn.base import clone, is_clusterer
from sklearn.exceptions import NotFittedError
from sklearn.model_selection import GridSearchCV
from sklearn.utils import get_tags
from threadpoolctl import threadpool_info, threadpool_limits

from skmath import (
    BackpropMLP,
    EigenfaceClassifier,
    FromScratchNB,
    GDLinearModel,
    LaplacianSpectralClustering,
    SVDRegressor,
)
from skmath._rows.rows import one_thread
from skmath.callbacks import EarlyStopping

# Training is stopped early on purpose, and noisy steps end short of a certificate.
pytestmark = [
    pytest.mark.filterwarnings("ignore:The loss was still falling"),
    pytest.mark.filterwarnings("ignore:optimality_ is .* epochs"),
]

every_instance = pytest.mark.parametrize(("estimator", "configuration"), instances())


QUICK = [p for p in instances() if not p.values[1].slow]


def exactly(ours, expected):
    """Assert that two dicts of outputs are the same to the last bit."""
    assert_same(ours, expected, rtol=0, atol=0)


def calls_of_skmath(function, stop_at=math.inf):
    """Run a function; return how many calls of skmath it made before it is stopped.

    An interrupt comes where Python's may, at any call. None comes where a context is
    left or a generator ended, from where nothing can be undone or raised, and none
    where scikit-learn asks for an attribute that is not there, as it does after a fit.
    """
    count = 0

    def watch(frame, event, argument):
        nonlocal count
        name = frame.f_globals.get("__name__", "")
        code = frame.f_code
        ends = (
            code.co_name in ("__exit__", "__getattr__")
            or code.co_flags & inspect.CO_GENERATOR
        )
        if event == "call" and name.startswith("skmath") and not ends:
            count += 1
            if count == stop_at:
                raise KeyboardInterrupt

    before = sys.getprofile()
    sys.setprofile(watch)
    try:
        function()
    finally:
        sys.setprofile(before)
    return count


def interrupts(model, method, *args, times=4, **kwargs):
    """Interrupt a model's method at places from its beginning to its end, in turn."""
    trial = getattr(copy.deepcopy(model), method)
    n_calls = calls_of_skmath(lambda: trial(*args, **kwargs))
    for stop_at in np.linspace(2, n_calls, times, dtype=int):
        with pytest.raises(KeyboardInterrupt):
            calls_of_skmath(lambda: getattr(model, method)(*args, **kwargs), stop_at)
        yield


# An interrupt or an error in the middle of a fit.


@every_instance
def test_an_interrupt_anywhere_leaves_the_model_as_it_was(estimator, configuration):
    estimator = settled(estimator, tol=1e-3)
    X, y = data_for(estimator)
    other, y_other = data_for(estimator, seed=1)
    expected = outputs(clone(estimator).fit(X, y), X)
    fitted, fresh = clone(estimator).fit(X, y), clone(estimator)
    learnt = {name: id(value) for name, value in vars(fitted).items()}
    for _ in interrupts(fitted, "fit", other, y_other, times=5):
        assert {name: id(value) for name, value in vars(fitted).items()} == learnt
        exactly(outputs(fitted, X), expected)
    for _ in interrupts(fresh, "fit", other, y_other, times=3):
        assert vars(fresh).keys() == fresh.get_params().keys()
        with pytest.raises(NotFittedError):
            fresh.predict(X)
    for model in (fitted, fresh):
        again = outputs(model.fit(other, y_other), X)
        exactly(again, outputs(clone(estimator).fit(other, y_other), X))


@pytest.mark.parametrize(
    ("estimator", "configuration"),
    [p for p in instances() if hasattr(p.values[0], "partial_fit")]
    + [(GDLinearModel("log_loss", solver="adam"), None)],
)
def test_an_interrupted_partial_fit_adds_nothing(estimator, configuration):
    estimator = settled(estimator, tol=1e-3)
    X, y = data_for(estimator)
    options = {} if not hasattr(estimator, "predict_proba") else {"classes": [0, 1, 2]}
    model, undisturbed = (
        clone(estimator).partial_fit(X[:60], y[:60], **options) for _ in range(2)
    )
    before = outputs(model, X)
    for _ in interrupts(model, "partial_fit", X[60:], y[60:]):
        exactly(outputs(model, X), before)
    model.partial_fit(X[60:], y[60:])
    undisturbed.partial_fit(X[60:], y[60:])
    exactly(outputs(model, X), outputs(undisturbed, X))


@pytest.mark.parametrize(
    "estimator",
    [
        BackpropMLP((5,), max_iter=6, dropout=0.2, warm_start=True, random_state=0),
        GDLinearModel("log_loss", warm_start=True, tol=1e-3),
    ],
    ids=repr,
)
def test_a_warm_start_that_is_interrupted_goes_on_as_if_it_had_not_been(estimator):
    X, y = data_for(estimator)
    model, undisturbed = (clone(estimator).fit(X, y) for _ in range(2))
    for _ in interrupts(model, "fit", X, y):
        pass
    exactly(outputs(model.fit(X, y), X), outputs(undisturbed.fit(X, y), X))


@pytest.mark.parametrize(
    "estimator",
    [
        BackpropMLP((5,), max_iter=5, random_state=0),
        EigenfaceClassifier(3),
        FromScratchNB("kde"),
        LaplacianSpectralClustering(3, random_state=0),
    ],
    ids=repr,
)
def test_an_interrupted_fit_of_a_copy_on_the_host_changes_nothing(estimator):
    X, y = (array_api_strict.asarray(part) for part in data_for(estimator))
    with config_context(array_api_dispatch=True):
        fitted, fresh = clone(estimator).fit(X, y), clone(estimator)
        learnt = {name: id(value) for name, value in vars(fitted).items()}
        expected = np.asarray(fitted.transform(X))
        for _ in interrupts(fitted, "fit", 2 * X, y):
            assert {name: id(value) for name, value in vars(fitted).items()} == learnt
            np.testing.assert_array_equal(np.asarray(fitted.transform(X)), expected)
        for _ in interrupts(fresh, "fit", X, y):
            assert vars(fresh).keys() == fresh.get_params().keys()
        again = fresh.fit(X, y).transform(X)
        np.testing.assert_array_equal(np.asarray(again), expected)


class Failing:
    """A callback that fails in one of its hooks, at the n-th time."""

    def __init__(self, hook, error, at=1):
        self.hook, self.error, self.left = hook, error, at

    def _fail_in(self, hook):
        if hook == self.hook:
            self.left -= 1
            if self.left == 0:
                raise self.error

    def setup(self, estimator, context):
        self._fail_in("setup")

    def on_fit_task_begin(self, estimator, context):
        self._fail_in("begin")

    def on_fit_task_end(self, estimator, context, *, fitted_estimator=None):
        self._fail_in("end")

    def teardown(self, estimator, context):
        self._fail_in("teardown")


WITH_CALLBACKS = [
    GDLinearModel("log_loss", tol=1e-3),
    GDLinearModel("log_loss", solver="gd", metric="diagonal", tol=1e-3),
    GDLinearModel("log_loss", solver="sgd", tol=1e-3, random_state=0),
    GDLinearModel(loss="quantile", tol=1e-3),
    BackpropMLP((5,), max_iter=10, random_state=0),
    BackpropMLP((5,), solver="lbfgs", max_iter=10, random_state=0),
    LaplacianSpectralClustering(3, random_state=0),
    SVDRegressor(),
    EigenfaceClassifier(),
    FromScratchNB(),
]


@pytest.mark.parametrize("estimator", WITH_CALLBACKS, ids=repr)
@pytest.mark.parametrize(
    ("hook", "at"), [("setup", 1), ("begin", 3), ("end", 2), ("teardown", 1)]
)
@pytest.mark.parametrize("error", [KeyboardInterrupt(), RuntimeError("of a callback")])
def test_a_callback_that_fails_leaves_the_model_as_it_was(estimator, hook, at, error):
    X, y = data_for(estimator)
    fitted, fresh = clone(estimator).fit(X, y), clone(estimator)
    expected = outputs(fitted, X)
    for model in (fitted, fresh):
        with pytest.raises(type(error)):
            model.set_callbacks(Failing(hook, error, at)).fit(2 * X, y)
        model.set_callbacks()
    exactly(outputs(fitted, X), expected)
    assert vars(fresh).keys() == fresh.get_params().keys()
    exactly(outputs(fresh.fit(X, y), X), expected)


def test_early_stopping_whose_score_fails_leaves_the_model_as_it_was():
    scores = iter([0.1, 0.3, 0.2])

    def monitor(model, X, y):
        return next(scores)  # and StopIteration at the fourth step

    model = GDLinearModel("log_loss", solver="gd", metric="diagonal")
    X, y = data_for(model)
    expected = outputs(clone(model).fit(X, y), X)
    stop = EarlyStopping((X, y), monitor=monitor)
    model.fit(X, y).set_callbacks(stop)
    with pytest.raises(StopIteration):
        model.fit(2 * X, y)
    exactly(outputs(model, X), expected)


class OwnLoss:
    """Half the squared error, which fails after so many calls."""

    task = "regression"

    def __init__(self, left=math.inf):
        self.left = left

    def _count(self):
        self.left -= 1
        if self.left < 0:
            raise ArithmeticError("of a loss")

    def value(self, y, z):
        self._count()
        return ((z - y) ** 2).sum(axis=1) / 2

    def gradient(self, y, z):
        self._count()
        return z - y

    def curvature(self, y, z):
        return np.ones_like(z)


@pytest.mark.parametrize("calls", [1, 2, 7])
@pytest.mark.parametrize(
    "estimator",
    [
        GDLinearModel(OwnLoss(), solver="gd", metric="diagonal"),
        GDLinearModel(OwnLoss(), solver="adam", random_state=0),
        BackpropMLP((5,), loss=OwnLoss(), max_iter=10, random_state=0),
        BackpropMLP(
            (5,), loss=OwnLoss(), max_iter=10, early_stopping=True, random_state=0
        ),
    ],
    ids=["gd", "adam", "network", "network, stopped early"],
)
def test_a_loss_that_fails_leaves_the_model_as_it_was(estimator, calls):
    X, y = data_for(estimator)
    fitted, fresh = clone(estimator).fit(X, y), clone(estimator)
    expected = outputs(fitted, X)
    for model in (fitted, fresh):
        model.loss.left = calls
        with pytest.raises(ArithmeticError, match="of a loss"):
            model.fit(2 * X, y)
        model.loss.left = math.inf
    exactly(outputs(fitted, X), expected)
    with pytest.raises(NotFittedError):
        fresh.predict(X)
    exactly(outputs(fresh.fit(X, y), X), expected)


# Threads.


@pytest.fixture
def quick_switches():
    """Let threads take turns as often as they can."""
    before = sys.getswitchinterval()
    sys.setswitchinterval(1e-6)
    yield
    sys.setswitchinterval(before)


def at_once(function, n=8):
    """Return what n threads get of a function, which all begin together."""
    begin = threading.Barrier(n)

    def run(_):
        begin.wait()
        return function()

    with ThreadPoolExecutor(n) as pool:
        return list(pool.map(run, range(n)))


@every_instance
@pytest.mark.usefixtures("quick_switches")
# scikit-learn's own search by trees looks at a context that threads share.
@pytest.mark.filterwarnings("ignore:`sklearn.utils.parallel.delayed`")
def test_eight_threads_predict_as_one(estimator, configuration):
    X, y = data_for(estimator)
    expected = outputs(settled(estimator, tol=1e-3).fit(X, y), X)
    # What is computed when it is first asked for is asked for by all at once.
    fitted = settled(estimator, tol=1e-3).fit(X, y)
    for found in at_once(lambda: outputs(fitted, X)):
        exactly(found, expected)


@pytest.mark.usefixtures("quick_switches")
@pytest.mark.filterwarnings("default:The loss was still falling")
@pytest.mark.parametrize("estimator", WITH_CALLBACKS, ids=repr)
def test_fits_in_threads_do_not_disturb_each_other(estimator):
    X, y = data_for(estimator)
    expected = outputs(clone(estimator).fit(X, y), X)
    for found in at_once(lambda: outputs(clone(estimator).fit(X, y), X), n=4):
        exactly(found, expected)


def blas_threads():
    return [p["num_threads"] for p in threadpool_info() if p["user_api"] == "blas"]


def test_the_last_of_several_fits_restores_the_number_of_threads():
    first, second = one_thread(), one_thread()
    with threadpool_limits(2, user_api="blas"):
        usual = blas_threads()
        first.__enter__()
        second.__enter__()
        first.__exit__(None, None, None)
        assert set(blas_threads()) == {1}
        second.__exit__(None, None, None)
        assert blas_threads() == usual


# Processes.

BACKENDS = ("threading", "loky", "spawn")
if sys.platform == "linux":
    # Elsewhere a fork of Apple's or OpenMP's threads may crash, or there is none.
    BACKENDS = ("fork", *BACKENDS)


def fitted_outputs(estimator):
    """Return what an estimator answers after a fit; a function that processes find."""
    X, y = data_for(estimator)
    return outputs(estimator.fit(X, y), X)


def searched(estimator, n_jobs):
    """Return the scores and the answers of a grid search."""
    X, y = data_for(estimator)
    params = estimator.get_params()
    grid = {"n_clusters": [3, 4], "alpha": [0.1, 1.0], "n_components": [2, 3]}
    name = next(name for name in grid if name in params)
    scoring = "adjusted_rand_score" if is_clusterer(estimator) else None
    options = {"scoring": scoring, "cv": 3, "n_jobs": n_jobs}
    search = GridSearchCV(estimator, {name: grid[name]}, **options).fit(X, y)
    results = search.cv_results_
    scores = {key: value for key, value in results.items() if "test_score" in key}
    return {**scores, **outputs(search.best_estimator_, X)}


def differing(found, expected):
    """Return the names of the estimators whose outputs differ, in any bit."""
    names = []
    for (name, values), ours in zip(expected.items(), found, strict=True):
        try:
            exactly(ours, values)
        except AssertionError:
            names.append(name)
    return names


def compare_processes():
    """Print, in JSON, which estimators differ from the main process, by backend."""
    models = {p.id: settled(p.values[0], tol=1e-3) for p in QUICK}
    expected = {name: fitted_outputs(clone(model)) for name, model in models.items()}
    report = {"estimators": len(models)}
    # Forks come first, while there is one thread only.
    for name in BACKENDS:
        backend = name
        if name in ("fork", "spawn"):
            backend = multiprocessing.get_context(name)
        found = Parallel(n_jobs=2, backend=backend)(
            delayed(fitted_outputs)(clone(model)) for model in models.values()
        )
        report[name] = differing(found, expected)
    folded = {}  # one configuration of each class
    for name, model in models.items():
        if not get_tags(model).input_tags.pairwise:
            folded.setdefault(type(model).__name__, (name, model))
    folded = dict(folded.values())
    once = {name: searched(clone(model), 1) for name, model in folded.items()}
    twice = [searched(clone(model), 2) for model in folded.values()]
    report["search"] = differing(twice, once)
    print(json.dumps(report))


@pytest.fixture(scope="module")
def processes():
    """Return the report of `compare_processes`, run where there are no threads yet."""
    path = [str(Path(__file__).parent), *filter(None, [os.environ.get("PYTHONPATH")])]
    done = subprocess.run(
        [
            *(sys.executable, "-W", "ignore", "-c"),
            "import test_interrupts; test_interrupts.compare_processes()",
        ],
        env={**os.environ, "PYTHONPATH": os.pathsep.join(path)},
        capture_output=True,
        text=True,
        timeout=200,
    )
    assert done.returncode == 0, done.stderr
    return json.loads(done.stdout)


@pytest.mark.parametrize("backend", BACKENDS)
def test_processes_fit_and_predict_as_the_main_one(processes, backend):
    assert processes["estimators"] == len(QUICK)
    assert processes[backend] == []


def test_a_grid_search_by_two_processes_is_that_by_one(processes):
    assert processes["search"] == []


# Again.


@every_instance
def test_a_fit_repeats_bit_for_bit(estimator, configuration):
    X, y = data_for(estimator)
    models = [settled(estimator, tol=1e-3) for _ in range(2)]
    first, second = (model.fit(X, y) for model in models)
    exactly(outputs(second, X), outputs(first, X))
    # And by the same object, whatever it had learnt in between.
    other, y_other = data_for(estimator, seed=1)
    first.fit(other, y_other).fit(X, y)
    exactly(outputs(first, X), outputs(second, X))


@pytest.mark.parametrize(
    ("estimator", "configuration"),
    [p for p in instances() if "n_jobs" in p.values[0].get_params()],
)
def test_the_number_of_jobs_does_not_change_a_bit(estimator, configuration):
    X, y = data_for(estimator, n=300)
    one, two = (settled(estimator).set_params(n_jobs=n).fit(X, y) for n in (1, 2))
    exactly(outputs(two, X), outputs(one, X))
    if hasattr(one, "labels_"):
        np.testing.assert_array_equal(two.labels_, one.labels_)
