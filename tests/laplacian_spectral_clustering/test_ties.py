"""Rows that are equally far: which are neighbours is not for rounding to say."""

import numpy as np
import pytest
from scipy import sparse
from sklearn.metrics import adjusted_rand_score

from skmath import LaplacianSpectralClustering
from skmath.laplacian_spectral_clustering.neighbors import NeighborSearch, RowSearch

CASES = {
    "two levels": lambda r: r.randint(2, size=(300, 9)),
    "few columns": lambda r: r.randint(12, size=(600, 2)),
    "counts": lambda r: r.poisson(3, size=(400, 5)),
    "one of many": lambda r: np.eye(200, dtype=int)[r.permutation(200)],
    "large and small": lambda r: r.randint(9, size=(300, 3)) * [1, 100, 3],
}

FORMS = {
    "smaller unit": lambda X: X * 1e9,
    "larger unit": lambda X: X * 1e-9,
    "far from zero": lambda X: X + 1000.0,
    "sparse": lambda X: sparse.csr_array(X.astype(float)),
    "single precision": lambda X: X.astype(np.float32),
}


def whole_numbers(name):
    return np.unique(CASES[name](np.random.RandomState(0)), axis=0)


@pytest.mark.parametrize("form", [None, *FORMS])
@pytest.mark.parametrize("name", CASES)
def test_neighbors_are_the_nearest_by_whole_numbers(name, form):
    X = whole_numbers(name)
    Z = X * 1.0 if form is None else FORMS[form](X)
    distances, neighbors = RowSearch(Z)(Z, 10)
    squares = np.square(X[:, None] - X[None]).sum(axis=2)
    found = np.take_along_axis(squares, neighbors.astype(int), axis=1)
    nearest = np.sort(squares, axis=1)[:, :10]
    np.testing.assert_array_equal(np.sort(found, axis=1), nearest)
    assert all(len({*row}) == 10 for row in neighbors.tolist())
    np.testing.assert_array_equal(neighbors[:, 0], np.arange(len(X)))
    unit = {"smaller unit": 1e9, "larger unit": 1e-9}.get(form, 1.0)
    error = 1e-3 if form == "single precision" else 1e-6
    np.testing.assert_allclose(distances, unit * np.sqrt(found), error, error * unit)


@pytest.mark.parametrize("form", FORMS)
@pytest.mark.parametrize("name", CASES)
def test_neighbors_do_not_depend_on_how_rows_are_given(name, form):
    X = whole_numbers(name) * 1.0
    _, neighbors = RowSearch(X)(X, 10)
    Z = FORMS[form](X)
    _, others = RowSearch(Z)(Z, 10)
    np.testing.assert_array_equal(np.sort(others, axis=1), np.sort(neighbors, axis=1))


@pytest.mark.parametrize("metric", ["manhattan", "hamming", "cosine"])
def test_neighbors_by_another_distance_do_not_depend_on_the_unit(metric):
    X = whole_numbers("counts") + 1.0
    _, neighbors = RowSearch(X, metric)(X, 10)
    _, others = RowSearch(X * 1e-9, metric)(X * 1e-9, 10)
    np.testing.assert_array_equal(np.sort(others, axis=1), np.sort(neighbors, axis=1))


def test_rows_without_ties_have_the_neighbors_that_they_had():
    X = np.random.RandomState(0).normal(size=(500, 6))
    for ours, theirs in zip(RowSearch(X)(X, 12), NeighborSearch(X)(X, 12), strict=True):
        np.testing.assert_array_equal(ours, theirs)


@pytest.mark.parametrize("form", FORMS)
def test_clusters_of_whole_numbers_do_not_depend_on_how_they_are_given(form):
    X = np.random.RandomState(1).randint(4, size=(400, 4)) * 1.0
    labels, others = (
        LaplacianSpectralClustering(4, random_state=0).fit(Z).labels_
        for Z in (X, FORMS[form](X))
    )
    assert adjusted_rand_score(labels, others) == 1


def test_one_far_row_does_not_make_others_equally_far():
    X = np.random.RandomState(0).normal(size=(300, 2)).astype(np.float32)
    far = np.float32([[1e3, 0.0]])
    _, neighbors = RowSearch(X)(X, 10)
    _, others = RowSearch(np.vstack([X, far]))(X, 10)
    np.testing.assert_array_equal(np.sort(others, axis=1), np.sort(neighbors, axis=1))
