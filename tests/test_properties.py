"""What is true of all six, in every configuration."""

import pickle

import numpy as np
import pytest
from instances import assert_same, data_for, instances, outputs, settled
from sklearn.base import is_clusterer
from sklearn.model_selection import GridSearchCV
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import FunctionTransformer
from sklearn.utils import get_tags

# Training is stopped early on purpose.
pytestmark = pytest.mark.filterwarnings("ignore:The loss was still falling")

every_instance = pytest.mark.parametrize(("estimator", "configuration"), instances())


def instances_that(suit):
    """Parametrise a test by the instances for which ``suit(estimator)`` is true."""
    found = [p for p in instances() if suit(p.values[0])]
    return pytest.mark.parametrize(("estimator", "configuration"), found)


@every_instance
def test_a_pickled_estimator_predicts_the_same(estimator, configuration):
    X, y = data_for(estimator)
    fitted = settled(estimator).fit(X, y)
    again = pickle.loads(pickle.dumps(fitted))
    for name, values in outputs(fitted, X).items():
        np.testing.assert_array_equal(outputs(again, X)[name], values)


@every_instance
def test_the_callers_arrays_are_left_alone(estimator, configuration):
    X, y = data_for(estimator)
    X_before, y_before = X.copy(), y.copy()
    X.flags.writeable = y.flags.writeable = False
    outputs(settled(estimator).fit(X, y), X)
    np.testing.assert_array_equal(X, X_before)
    np.testing.assert_array_equal(y, y_before)


@every_instance
def test_float32_follows_float64(estimator, configuration):
    X, y = data_for(estimator)
    X = X.astype(np.float32)  # the same numbers for both
    narrow = settled(estimator, tol=1e-3).fit(X, y)
    wide = settled(estimator, tol=1e-3).fit(X.astype(np.float64), y)
    found, expected = outputs(narrow, X), outputs(wide, X.astype(np.float64))
    if is_clusterer(estimator) or hasattr(estimator, "hidden_layer_sizes"):
        # Clusters may be numbered, and trainings may wander, otherwise.
        found, expected = ({"predict": o["predict"]} for o in (found, expected))
        assert np.mean(np.isclose(found["predict"], expected["predict"], 1e-1)) > 0.9
        return
    assert_same(found, expected, rtol=1e-2, atol=1e-2)


def draws_by_position(estimator):
    """Tell whether batches, or the first centres of k-means, depend on rows' order."""
    return hasattr(estimator, "hidden_layer_sizes") or is_clusterer(estimator)


@instances_that(lambda estimator: not draws_by_position(estimator))
def test_the_order_of_rows_does_not_matter(estimator, configuration):
    X, y = data_for(estimator)
    order = np.random.default_rng(0).permutation(len(X))
    shuffled = settled(estimator).fit(X[order], y[order])
    assert_same(outputs(shuffled, X), outputs(settled(estimator).fit(X, y), X))


# Folds of a precomputed matrix are not square.
@instances_that(lambda estimator: not get_tags(estimator).input_tags.pairwise)
def test_it_runs_in_a_pipeline_under_a_grid_search(estimator, configuration):
    X, y = data_for(estimator)
    scoring = "adjusted_rand_score" if is_clusterer(estimator) else None
    model = make_pipeline(FunctionTransformer(), settled(estimator))
    name = {"n_components": [2, 3], "alpha": [0.1, 1.0], "n_clusters": [3, 4]}
    params = estimator.get_params()
    key = next(key for key in ("n_clusters", "alpha", "n_components") if key in params)
    grid = {f"{model.steps[-1][0]}__{key}": name[key]}
    search = GridSearchCV(model, grid, scoring=scoring, cv=3).fit(X, y)
    assert np.isfinite(search.cv_results_["mean_test_score"]).all()


@instances_that(lambda estimator: hasattr(estimator, "transform"))
def test_transform_names_its_columns(estimator, configuration):
    X, y = data_for(estimator)
    fitted = settled(estimator).set_output(transform="pandas").fit(X, y)
    frame = fitted.transform(X)
    prefix = type(estimator).__name__.lower()
    assert list(frame.columns) == [f"{prefix}{i}" for i in range(frame.shape[1])]


@every_instance
@pytest.mark.parametrize("bad", [np.nan, np.inf])
def test_bad_numbers_are_told(estimator, configuration, bad):
    X, y = data_for(estimator)
    X = X.astype(float)
    X[3, 2] = bad
    if np.isnan(bad) and get_tags(estimator).input_tags.allow_nan:
        # A missing value is left out: nothing that is learnt or said is NaN.
        fitted = settled(estimator).fit(X, y)
        for name, values in outputs(fitted, X).items():
            assert np.isfinite(values).all(), name
        return
    with pytest.raises(ValueError, match=r"NaN|infinity"):
        settled(estimator).fit(X, y)
