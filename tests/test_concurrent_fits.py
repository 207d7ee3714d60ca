"""Fits in several threads at once, on the same X: each finds what it finds alone.

With a free-threaded Python they run at the same time: a job of the workflow "tests" has
one.
"""

import warnings
from concurrent.futures import ThreadPoolExecutor
from threading import Barrier

import pytest
from instances import assert_same, data_for, instances, outputs, settled
from sklearn.base import clone

N_THREADS = 4

pytestmark = pytest.mark.filterwarnings("ignore:The loss was still falling")


@pytest.mark.parametrize(("estimator", "configuration"), instances())
def test_threads_that_fit_at_once_find_the_same(estimator, configuration):
    X, y = data_for(estimator)
    model, start = settled(estimator), Barrier(N_THREADS)
    alone = outputs(clone(model).fit(X, y), X)

    def fitted(_):
        start.wait()
        return outputs(clone(model).fit(X, y), X)

    with warnings.catch_warnings(), ThreadPoolExecutor(N_THREADS) as threads:
        # Filters of warnings may be those of all threads.
        warnings.simplefilter("ignore")
        found = list(threads.map(fitted, range(N_THREADS)))
    for each in found:
        assert_same(each, alone, rtol=1e-10, atol=1e-10)
