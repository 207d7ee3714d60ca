"""Images before they are compared: brightness and contrast."""

import numpy as np
import pytest

from skmath.eigenface_classifier.face_space import standardized_roots, standardized_rows


@pytest.mark.parametrize("dtype", [np.float32, np.float64])
@pytest.mark.parametrize("standardize", [standardized_rows, standardized_roots])
def test_rows_are_standardised_whatever_their_scale(standardize, dtype):
    X = np.random.default_rng(0).uniform(0, 255, size=(20, 30)).astype(dtype)
    prepared = standardize(X)
    assert prepared.dtype == dtype
    np.testing.assert_allclose(prepared.mean(axis=1), 0, atol=1e-5)
    np.testing.assert_allclose(prepared.std(axis=1), 1, atol=1e-5)
    top = np.finfo(dtype).max / 4
    np.testing.assert_allclose(standardize(X / X.max() * top), prepared, atol=1e-4)
    np.testing.assert_array_equal(standardize(np.full((2, 30), 0.1, dtype)), 0)
    np.testing.assert_array_equal(standardize(np.zeros((2, 30), dtype)), 0)
    np.testing.assert_array_equal(standardize(X[:, :2]), X[:, :2])
    np.testing.assert_allclose(standardized_roots(-X), -standardized_roots(X))
