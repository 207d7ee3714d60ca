"""Blocks of a large X are computed in threads, and the answer is that of one."""

import threading

import numpy as np
import pytest
from threadpoolctl import threadpool_limits

from skmath import FromScratchNB, GDLinearModel, SVDRegressor
from skmath._rows.rows import THREADED_BYTES, Rows, blas_threads, in_threads


@pytest.fixture(scope="module")
def table():
    rng = np.random.default_rng(0)
    X = rng.normal(size=(60_000, 40))
    assert X.nbytes > THREADED_BYTES
    return X, X @ rng.normal(size=40) + rng.normal(size=60_000)


def fits(X, y):
    """Return what several estimators learn and predict."""
    labels = (y > 0).astype(int)
    regression = SVDRegressor().fit(X, y)
    logistic = GDLinearModel("log_loss", random_state=0).fit(X, labels)
    bayes = FromScratchNB("gaussian").fit(X, labels)
    return [
        *(regression.coef_, regression.predict(X), logistic.coef_),
        *(logistic.predict_proba(X), bayes.predict_proba(X)),
    ]


def test_the_number_of_threads_changes_no_bit(table):
    with threadpool_limits(2, user_api="blas"):
        several = fits(*table)
    with threadpool_limits(1, user_api="blas"):
        one = fits(*table)
    for a, b in zip(several, one, strict=True):
        np.testing.assert_array_equal(a, b)


def test_as_many_threads_work_as_linear_algebra_may_use(table):
    used, both = set(), threading.Barrier(2, timeout=60)

    def where(X, y, weight):
        used.add(threading.get_ident())
        return np.zeros(1)

    def met(X, y, weight):
        both.wait()  # passed only if two are computed at a time
        return np.zeros(1)

    rows = Rows(table[0])
    n_blocks = len(list(rows._blocks()))
    assert n_blocks % 2 == 0
    with threadpool_limits(2, user_api="blas"):
        rows.sum(met)
    with threadpool_limits(1, user_api="blas"):
        rows.sum(where)
    assert used == {threading.get_ident()}
    Rows(table[0][:1000]).sum(where)
    assert used == {threading.get_ident()}


def test_threads_of_linear_algebra_are_given_back_after_an_error(table):
    before = blas_threads()

    def fail(X, y, weight):
        raise ValueError("a block failed")

    with pytest.raises(ValueError, match="a block failed"):
        Rows(table[0]).sum(fail)
    assert blas_threads() == before
    results = in_threads(lambda x: x, ((i,) for i in range(10)))
    assert next(results) == 0
    results.close()
    assert blas_threads() == before


def test_results_come_in_the_order_of_the_blocks():
    blocks = [(i,) for i in range(100)]
    assert list(in_threads(lambda i: i * i, blocks)) == [i * i for i in range(100)]
    assert list(in_threads(lambda i: -i, blocks, several=False)) == [
        -i for i in range(100)
    ]
