"""Decompositions against their identities."""

import numpy as np
import pytest

from skmath.linear_algebra import (
    fix_signs,
    triangular_factor,
)


@pytest.fixture
def problem():
    rng = np.random.default_rng(0)
    return rng.normal(size=(40, 5)) + 3, rng.normal(size=(40, 2))


def test_triangles_of_parts_add_to_that_of_the_whole(problem):
    X, y = problem
    shift = np.zeros(7)
    parts = triangular_factor(X[:3], y[:3], None, shift, True)
    parts = parts + triangular_factor(X[3:], y[3:], None, shift, True)
    Z = np.hstack([np.ones((40, 1)), X, y])
    np.testing.assert_allclose(parts.R.T @ parts.R, Z.T @ Z, rtol=1e-12)


def test_signs_are_fixed_whatever_came_in():
    Vt = np.linalg.qr(np.random.default_rng(0).normal(size=(4, 4)))[0]
    np.testing.assert_array_equal(fix_signs(Vt)[0], fix_signs(-Vt)[0])
