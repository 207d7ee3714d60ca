"""Distances between rows."""

import numpy as np
import pytest
from scipy.spatial.distance import cdist

from skmath.linear_algebra import DISTANCES


@pytest.mark.parametrize("name", ["euclidean", "cosine", "manhattan"])
def test_distances_are_those_of_scipy(name):
    rng = np.random.default_rng(0)
    A, B = rng.normal(size=(20, 5)), rng.normal(size=(30, 5))
    metric = "cityblock" if name == "manhattan" else name
    distance = DISTANCES[name]
    np.testing.assert_allclose(distance.between(A, B), cdist(A, B, metric))
    if distance.scaled is not None:
        pairs = distance.of_pairs(distance.scaled(A), distance.scaled(B[:20]))
        np.testing.assert_allclose(pairs, np.diagonal(cdist(A, B, metric)))


def test_the_origin_is_at_right_angles_to_all():
    A = np.array([[0.0, 0.0], [3.0, 4.0]])
    cosine = DISTANCES["cosine"]
    np.testing.assert_allclose(cosine.between(A, A), [[1, 1], [1, 0]], atol=1e-15)
    np.testing.assert_allclose(cosine.of_pairs(cosine.scaled(A), A / 5), [1, 0])
