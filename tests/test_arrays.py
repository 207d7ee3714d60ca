"""The helpers that know which library holds an array."""

import array_api_strict
import numpy as np
import pytest
from scipy import sparse

from skmath import _arrays


def test_namespaces_are_told():
    assert _arrays.is_numpy(np.ones(2), None, sparse.eye_array(2))
    assert _arrays.namespace(array_api_strict.ones(2)) is array_api_strict


@pytest.mark.parametrize("xp", [np, array_api_strict])
def test_generic_branches_agree_with_numpys(xp):
    A = np.random.default_rng(0).normal(size=(6, 4))
    U, s, Vt = (np.asarray(part) for part in _arrays.svd(xp.asarray(A)))
    np.testing.assert_allclose(U * s @ Vt, A, atol=1e-12)
    R = np.asarray(_arrays.triangle(xp.asarray(A)))
    np.testing.assert_allclose(R.T @ R, A.T @ A, atol=1e-12)
    z = np.array([[0.0, 1.0], [1e5, 1e5], [-np.inf, 0.0]])
    found = np.asarray(_arrays.logsumexp(xp.asarray(z)))
    np.testing.assert_allclose(found, np.logaddexp(*z.T)[:, None])


def test_a_graded_matrix_keeps_the_digits_of_its_small_columns():
    rng = np.random.default_rng(0)
    lengths = 10.0 ** np.array([0, -8, -16, -24])
    A = np.linalg.qr(rng.normal(size=(20, 4)))[0] * lengths
    U, s, Vt = _arrays.svd(A)
    np.testing.assert_allclose(s, lengths, rtol=1e-12)
    np.testing.assert_allclose(U * s @ Vt / lengths, A / lengths, atol=1e-12)


def test_values_follow_a_reference():
    reference = array_api_strict.ones(2, dtype=array_api_strict.float32)
    moved = _arrays.like(np.array([1.0, 2.0]), reference, "same")
    assert moved.__array_namespace__() is array_api_strict
    assert moved.dtype == array_api_strict.float32
    assert _arrays.like([1, 2], np.ones(1), "same").dtype == np.float64
    assert _arrays.like([1, 2], sparse.eye_array(2)).dtype.kind == "i"


def test_weights_scale_rows_and_none_costs_nothing():
    X = np.arange(6.0).reshape(3, 2)
    weight = np.array([1.0, 0.0, 2.0])
    assert _arrays.weigh(X, None) is X
    np.testing.assert_array_equal(_arrays.weigh(X, weight), np.diag(weight) @ X)
    weighed = _arrays.weigh(sparse.csr_array(X), weight)
    assert sparse.issparse(weighed)
    np.testing.assert_array_equal(weighed.toarray(), np.diag(weight) @ X)


def test_labels_of_strings_are_taken_by_indices_of_any_namespace():
    labels = _arrays.take_rows(
        np.array(["a", "b"]), array_api_strict.asarray([1, 0, 1])
    )
    assert labels.tolist() == ["b", "a", "b"]
