"""What the common and the property tests run over: instances and data to suit them."""

import numpy as np
import pytest
from configurations import instances_of
from scipy import sparse
from sklearn.base import clone, is_classifier, is_clusterer
from sklearn.metrics.pairwise import rbf_kernel
from sklearn.utils import get_tags

from skmath._tour.registry import entries

METHODS = ("predict", "predict_proba", "decision_function", "transform")


def instances(of_input=None):
    """Return pytest parameters (estimator, configuration), of those taking an input."""
    found = [
        pytest.param(
            estimator,
            configuration,
            id=repr(estimator).replace("\n", ""),
            marks=[pytest.mark.slow] if configuration.slow else [],
        )
        for entry in entries()
        for estimator, configuration in instances_of(entry, of_input)
    ]
    # A list that is empty would test nothing and pass.
    assert found, f"no configuration takes {of_input!r}"
    return found


def data_for(estimator, n=120, p=6, seed=0):
    """Return X, y that the estimator can be fitted on, with columns of many scales."""
    rng = np.random.default_rng(seed)
    tags = get_tags(estimator)
    # Groups far apart for clusters; overlapping ones to have a finite log-loss optimum.
    centres = rng.normal(size=(3, p)) * (3 if is_clusterer(estimator) else 0.7)
    group = np.arange(n) % 3
    X = centres[group] + rng.normal(size=(n, p))
    # A tenth of the entries are zeros, for sparse formats to leave out.
    X[rng.random(X.shape) < 0.1] = 0
    if tags.input_tags.pairwise:
        X = rbf_kernel(X, gamma=0.1)
    elif tags.input_tags.categorical and not tags.input_tags.sparse:
        # What takes a sparse X as well reads numbers as numbers.
        X = np.round(X)
    elif tags.input_tags.positive_only:
        X = np.abs(X)
    else:
        X = X * np.exp(rng.uniform(-1, 1, p))
    if is_classifier(estimator) or is_clusterer(estimator):
        return X, group
    y = X @ rng.normal(size=p) + 0.1 * rng.normal(size=n) + 5
    return X, np.abs(y) if tags.target_tags.positive_only else y


def outputs(estimator, X):
    """Return what the fitted estimator's methods make of X, by name."""
    return {
        name: getattr(estimator, name)(X)
        for name in METHODS
        if hasattr(estimator, name)
    }


def assert_same(ours, expected, rtol=1e-6, atol=1e-8):
    """Assert that two dicts of outputs hold the same numbers or labels."""
    assert ours.keys() == expected.keys()
    assert ours, "the estimator has no method to compare"
    for name, values in expected.items():
        got, values = np.asarray(ours[name]), np.asarray(values)
        assert got.shape == values.shape
        if values.dtype.kind in "iuUO":
            np.testing.assert_array_equal(got, values, err_msg=name)
        else:
            scale = np.abs(values).max()
            np.testing.assert_allclose(
                got, values, rtol=rtol, atol=atol * scale, err_msg=name
            )


def settled(estimator, tol=1e-9):
    """Return a clone whose fit is determined to the digits that a test compares.

    Descents run until rounding is all that is left; training, which multiplies rounding
    epoch by epoch, is stopped early; random_state is 0.
    """
    params = estimator.get_params()
    wanted = {"random_state": 0}
    if "hidden_layer_sizes" in params:
        wanted |= {"max_iter": 10}
    elif "max_iter" in params:
        # Narrower, the parabola of a kink would be rounding.
        kinks = params.get("loss") == "quantile"
        wanted |= {"tol": max(tol, 1e-7) if kinks else tol, "max_iter": 10_000}
    return clone(estimator).set_params(
        **{k: v for k, v in wanted.items() if k in params}
    )


def csr(X):
    """Return X as a CSR array."""
    return sparse.csr_array(X)
