"""Moments merge exactly and do not cancel."""

import hypothesis.extra.numpy as hnp
import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from scipy import sparse

from skmath.statistics import column_moments, cross_moments, moments_by_class

# Squares below the smallest normal number have fewer digits than a tolerance asks.
SUBNORMAL = np.finfo(float).tiny

values = hnp.arrays(
    np.float64,
    st.tuples(st.integers(2, 20), st.integers(1, 4)),
    elements=st.floats(-1e6, 1e6, allow_subnormal=False),
)


@given(values, st.integers(1, 10))
def test_moments_of_parts_add_to_those_of_the_whole(X, cut):
    cut = min(cut, len(X) - 1)
    parts = column_moments(X[:cut]) + column_moments(X[cut:])
    scale = np.abs(X).max() + 1e-300
    np.testing.assert_allclose(parts.mean, X.mean(axis=0), atol=1e-12 * scale)
    np.testing.assert_allclose(
        parts.variance, X.var(axis=0), rtol=1e-9, atol=1e-12 * scale**2 + SUBNORMAL
    )


@given(values)
def test_integer_weights_are_repetitions(X):
    weight = np.arange(len(X)) % 3
    weighted = cross_moments(X, X[:, 0], weight.astype(float))
    if weight.sum() == 0:
        return
    repeated = np.repeat(X, weight, axis=0)
    expected = cross_moments(repeated, repeated[:, 0])
    scale = np.abs(X).max() + 1e-300
    np.testing.assert_allclose(weighted.mean, expected.mean, atol=1e-11 * scale)
    np.testing.assert_allclose(
        weighted.scatter, expected.scatter, rtol=1e-9, atol=1e-10 * scale**2 + SUBNORMAL
    )


def test_variance_far_from_zero_keeps_its_digits():
    # The textbook formula E x^2 - (E x)^2 has no correct digit here.
    x = 1e9 + np.array([4.0, 7.0, 13.0, 16.0])[:, None]
    parts = column_moments(x[:1]) + column_moments(x[1:])
    np.testing.assert_allclose(parts.variance, 22.5, rtol=1e-12)


def test_cross_moments_are_numpys_covariance():
    rng = np.random.default_rng(0)
    X, y = rng.normal(size=(50, 3)) + 1e3, rng.normal(size=(50, 2)) - 1e5
    moments = cross_moments(X[:20], y[:20]) + cross_moments(X[20:], y[20:])
    expected = np.cov(np.hstack([X, y]).T, bias=True)
    np.testing.assert_allclose(moments.scatter / 50, expected, rtol=1e-9, atol=1e-9)


def test_about_zero_is_the_product():
    X = np.random.default_rng(0).normal(size=(10, 3)) + 2
    np.testing.assert_allclose(cross_moments(X, None).about_zero(), X.T @ X)


@pytest.mark.parametrize("weighted", [False, True])
def test_sparse_moments_equal_dense(weighted):
    rng = np.random.default_rng(0)
    X = rng.normal(size=(30, 4)) * (rng.random((30, 4)) < 0.3)
    y, weight = rng.normal(size=30), rng.random(30) if weighted else None
    for function in (column_moments, cross_moments):
        sparse_moments = function(sparse.csr_array(X), y, weight)
        dense_moments = function(X, y, weight)
        np.testing.assert_allclose(sparse_moments.mean, dense_moments.mean, atol=1e-14)
        np.testing.assert_allclose(
            sparse_moments.scatter, dense_moments.scatter, atol=1e-12
        )


def test_moments_by_class_are_those_of_the_classes():
    rng = np.random.default_rng(0)
    group, weight = np.arange(60) % 3, rng.random(60)
    # Classes far apart, each narrow: one common shift would lose the variances.
    X = rng.normal(size=(60, 2)) + 1e7 * group[:, None]
    members = (group[:, None] == np.arange(3)).astype(float)
    found = moments_by_class(X[:31], members[:31], weight[:31])
    found = found + moments_by_class(X[31:], members[31:], weight[31:])
    for k in range(3):
        own = column_moments(X[group == k], None, weight[group == k])
        np.testing.assert_allclose(found.mean[k], own.mean, rtol=1e-14)
        np.testing.assert_allclose(found.variance[k], own.variance, rtol=1e-6)


def test_nothing_added_changes_nothing():
    X = np.random.default_rng(0).normal(size=(5, 2))
    empty, some = column_moments(X[:0]), column_moments(X)
    for moments in (empty + some, some + empty):
        np.testing.assert_allclose(moments.mean, some.mean)
        np.testing.assert_allclose(moments.scatter, some.scatter)


@pytest.mark.parametrize("dtype", [np.float64, np.float32])
@pytest.mark.parametrize("weighted", [False, True])
@pytest.mark.parametrize("far", [0.0, 1.0, 1e8])
def test_products_of_a_block_that_is_not_centred_keep_their_digits(
    dtype, weighted, far
):
    # The rows that are looked at first say nothing of the others.
    rng = np.random.default_rng(0)
    X = (rng.normal(size=(6401, 3)) + far).astype(dtype)
    X[:: 6401 // 64] -= dtype(far)
    y = (rng.normal(size=6401) + 1e3).astype(dtype)
    weight = rng.integers(1, 4, 6401).astype(dtype) if weighted else None
    moments = cross_moments(X, y, weight)
    rows = np.column_stack([X, y]).astype(np.longdouble)
    w = np.ones(6401) if weight is None else weight.astype(float)
    mean = w @ rows / w.sum()
    expected = (rows - mean).T @ ((rows - mean) * w[:, None])
    size = np.sqrt(np.diagonal(expected))
    error = (moments.scatter - expected) / size / size[:, None]
    assert np.abs(error).max() < 30 * np.finfo(dtype).eps
    assert np.all(np.abs(moments.mean - mean) < 30 * np.finfo(dtype).eps * size)


@pytest.mark.parametrize("order", ["C", "F"])
@pytest.mark.parametrize("dtype", [np.float32, np.float64])
@pytest.mark.parametrize("n_classes", [2, 3, 5, 40])
@pytest.mark.parametrize("hole", [False, True])
def test_moments_by_class_of_wide_rows_are_those_of_the_classes(
    n_classes, dtype, order, hole
):
    # Of few classes, of many and of those in between the sums are taken in other ways.
    rng = np.random.default_rng(0)
    codes, weight = rng.integers(0, n_classes, 400), rng.integers(0, 3, 400)
    X = np.asarray(rng.standard_normal((400, 300)), dtype=dtype, order=order)
    if hole:
        X[7, 3] = np.nan
    members = np.eye(n_classes, dtype=dtype)[codes]
    found = moments_by_class(X, members, weight.astype(dtype))
    rtol = 1e-4 if dtype == np.float32 else 1e-10
    for k in range(n_classes):
        rows = np.repeat(X[codes == k].astype(float), weight[codes == k], axis=0)
        np.testing.assert_allclose(found.mean[k], np.nanmean(rows, axis=0), atol=rtol)
        np.testing.assert_allclose(
            found.variance[k], np.nanvar(rows, axis=0), rtol=rtol, atol=rtol
        )
