"""The page about a seventh estimator shows a file that works."""

import numpy as np
import pytest
from scipy import sparse
from seventh_estimator import ENTRY, NearestMean
from sklearn.datasets import load_digits
from sklearn.neighbors import NearestCentroid
from sklearn.utils.estimator_checks import parametrize_with_checks


@parametrize_with_checks([NearestMean(), NearestMean(fit_intercept=False)])
def test_scikit_learn_checks(estimator, check):
    check(estimator)


# Pixels that are always zero in some class.
@pytest.mark.filterwarnings("ignore:self.within_class_std_dev_")
def test_it_is_the_nearest_centroid():
    X, y = load_digits(return_X_y=True)
    ours, peer = NearestMean().fit(X, y), NearestCentroid().fit(X, y)
    np.testing.assert_allclose(ours.means_, peer.centroids_)
    np.testing.assert_array_equal(ours.predict(X), peer.predict(X))
    thin = NearestMean().fit(sparse.csr_array(X), y)
    np.testing.assert_allclose(thin.means_, ours.means_)


def test_dask_chunks_are_summed():
    da = pytest.importorskip("dask.array")
    X, y = load_digits(return_X_y=True)
    chunked = NearestMean().fit(da.from_array(X, chunks=(500, -1)), y)
    np.testing.assert_allclose(chunked.means_, NearestMean().fit(X, y).means_)


def test_its_task_runs():
    (task,) = ENTRY.tasks()
    X, y = task.load()
    assert task.ours.fit(X, y).score(X, y) > 0.88
