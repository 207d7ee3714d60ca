"""Cases of SVDRegressor."""

import tempfile
from pathlib import Path

import numpy as np
from case import Case, fit, score_on_test
from scipy import sparse
from sklearn.utils import Bunch

import skmath

# Data


def linear_rows(n, p):
    """Return a maker of n normal rows of p columns, y = Xb + e, and test rows."""

    def make(quick):
        rows = n // 10 if quick else n
        rng = np.random.default_rng(0)
        X = rng.standard_normal((rows + rows // 10, p))
        y = X @ rng.standard_normal(p) + 3.0 + rng.standard_normal(len(X))
        return Bunch(X=X[:rows], y=y[:rows], X_test=X[rows:], y_test=y[rows:])

    return make


def factor_rows(n, p):
    """Return a maker of rows with p // 5 factors under noise, some of which y has."""

    def make(quick):
        rows, k = (n // 10 if quick else n), p // 5
        rng = np.random.default_rng(0)
        z = rng.standard_normal((2 * rows, k))
        X = z @ rng.standard_normal((k, p)) + 2 * rng.standard_normal((2 * rows, p))
        y = z @ rng.standard_normal(k) + 3 * rng.standard_normal(2 * rows)
        return Bunch(X=X[:rows], y=y[:rows], X_test=X[rows:], y_test=y[rows:])

    return make


def documents(quick):
    """50,000 documents of 20 of 20,000 words on one of 40 topics; y is the topic's."""
    n, p = (5_000, 2_000) if quick else (50_000, 20_000)
    rng = np.random.default_rng(0)
    topic = rng.integers(0, 40, 2 * n)
    # Half of a document's words are among its topic's; the others are anyone's, some
    # more often than others.
    own = rng.integers(0, p, (40, p // 100))
    own = own[topic[:, None], rng.integers(0, p // 100, (2 * n, 20))]
    often = np.cumsum(np.arange(1.0, p + 1) ** -0.5)
    word = np.searchsorted(often / often[-1], rng.random((2 * n, 20)))
    word = np.where(rng.random(word.shape) < 0.5, own, word)
    row = np.repeat(np.arange(2 * n), 20)
    X = sparse.csr_matrix((np.ones(40 * n), (row, word.ravel())), shape=(2 * n, p))
    y = rng.standard_normal(40)[topic] + 0.3 * rng.standard_normal(2 * n)
    return Bunch(X=X[:n], y=y[:n], X_test=X[n:], y_test=y[n:])


def few_documents(quick):
    """900 documents of 200 of 20,000 words, on one of 10 topics; y is the topic's."""
    n, p = (300, 5_000) if quick else (900, 20_000)
    rng = np.random.default_rng(0)
    topic = rng.integers(0, 10, 2 * n)
    own = rng.integers(0, p, (10, 400))[
        topic[:, None], rng.integers(0, 400, (2 * n, 200))
    ]
    word = np.where(rng.random(own.shape) < 0.5, own, rng.integers(0, p, own.shape))
    row = np.repeat(np.arange(2 * n), 200)
    X = sparse.csr_matrix((np.ones(400 * n), (row, word.ravel())), shape=(2 * n, p))
    y = rng.standard_normal(10)[topic] + 0.3 * rng.standard_normal(2 * n)
    return Bunch(X=X[:n], y=y[:n], X_test=X[n:], y_test=y[n:])


def rows_on_disk(quick):
    """1,000,000 float32 rows of 1,000 columns in a mapped file of 4 GB."""
    n, p = (10_000 if quick else 1_000_000), 1_000
    path = Path(tempfile.gettempdir()) / f"skmath_benchmark_{n}_{p}.float32"
    rng = np.random.default_rng(0)
    b = rng.standard_normal(p)
    if not path.exists() or path.stat().st_size != 4 * n * p:
        X = np.memmap(path, np.float32, "w+", shape=(n, p))
        for start in range(0, n, 10_000):
            X[start : start + 10_000] = rng.standard_normal((10_000, p), np.float32)
        X.flush()
    X = np.memmap(path, np.float32, "r", shape=(n, p))
    rng = np.random.default_rng(1)
    y = np.concatenate([X[i : i + 10_000] @ b for i in range(0, n, 10_000)])
    y += rng.standard_normal(n)
    X_test = rng.standard_normal((10_000, p), np.float32)
    y_test = X_test @ b + rng.standard_normal(10_000)
    return Bunch(X=X, y=y, X_test=X_test, y_test=y_test)


def drifting_rows(quick):
    """100,000 rows of 10 columns whose slopes are a random walk."""
    n, p = (10_000 if quick else 100_000), 10
    rng = np.random.default_rng(0)
    X = rng.standard_normal((n, p))
    slopes = np.cumsum(0.02 * rng.standard_normal((n, p)), axis=0)
    y = np.sum(X * slopes, axis=1) + 3.0 + rng.standard_normal(n)
    return Bunch(X=X, y=y, groups=np.arange(n) * 1000 // n)


# Peers


def linear_regression(data):
    from sklearn.linear_model import LinearRegression

    return LinearRegression()


def intelex(data):
    from sklearnex.linear_model import LinearRegression

    return LinearRegression()


def ridge(data):
    from sklearn.linear_model import Ridge

    return Ridge(alpha=1.0, solver="cholesky")


def every_rank(data):
    from sklearn.decomposition import PCA
    from sklearn.linear_model import LinearRegression
    from sklearn.model_selection import GridSearchCV
    from sklearn.pipeline import make_pipeline

    ranks = list(range(1, data.X.shape[1] + 1))
    return GridSearchCV(
        make_pipeline(PCA(), LinearRegression()), {"pca__n_components": ranks}, cv=5
    )


def every_alpha(data):
    from sklearn.linear_model import RidgeCV

    return RidgeCV(ALPHAS)


def truncated(data):
    from sklearn.decomposition import TruncatedSVD
    from sklearn.linear_model import LinearRegression
    from sklearn.pipeline import make_pipeline

    return make_pipeline(TruncatedSVD(50, random_state=0), LinearRegression())


def truncated_to_ten(data):
    from sklearn.decomposition import TruncatedSVD
    from sklearn.linear_model import LinearRegression
    from sklearn.pipeline import make_pipeline

    return make_pipeline(TruncatedSVD(10, random_state=0), LinearRegression())


class InBlocks:
    """SGDRegressor given a file's rows in blocks, which is what it has for them."""

    def __init__(self, model):
        self.model = model

    def fit(self, X, y):
        """Go through the rows once."""
        for start in range(0, len(y), 10_000):
            rows = slice(start, start + 10_000)
            self.model.partial_fit(X[rows], y[rows])
        return self.model


def stochastic(data):
    from sklearn.linear_model import SGDRegressor

    return InBlocks(SGDRegressor(random_state=0))


def rolling_ols(data):
    from statsmodels.regression.rolling import RollingOLS

    def fit_windows(X, y, window):
        A = np.column_stack([np.ones(len(X)), X])
        found = RollingOLS(y, A, window).fit(params_only=True).params[window - 1 :]
        return Bunch(coef=found[:, 1:], intercept=found[:, 0])

    return fit_windows


def one_by_one(data):
    from sklearn.linear_model import LinearRegression

    def fit_groups(X, y, groups):
        parts = [groups == name for name in np.unique(groups)]
        models = [LinearRegression().fit(X[part], y[part]) for part in parts]
        coef = np.array([model.coef_ for model in models])
        return Bunch(coef=coef, intercept=np.array([m.intercept_ for m in models]))

    return fit_groups


def next_row(lines, data):
    """Return minus the mean squared error of the row after each window."""
    X, y = data.X[WINDOW:], data.y[WINDOW:]
    mean = np.sum(X * lines.coef[:-1], axis=1) + lines.intercept[:-1]
    return -float(np.mean((y - mean) ** 2))


def own_rows(lines, data):
    """Return minus the mean squared error of the rows of each group."""
    coef, intercept = lines.coef[data.groups], lines.intercept[data.groups]
    mean = np.sum(data.X * coef, axis=1) + intercept
    return -float(np.mean((data.y - mean) ** 2))


ALPHAS = np.logspace(-3, 3, 50)

WINDOW = 250


def case(name, dataset, data, ours, peer, make_peer, more_peers=None, **more):
    """Return a case whose measure is R2 on test rows, of two roundings of one fit."""
    return Case(
        name=f"SVDRegressor.{name}",
        estimator="SVDRegressor",
        dataset=dataset,
        data=data,
        ours=ours,
        peers={peer: make_peer} | (more_peers or {}),
        action=fit,
        accuracy=score_on_test,
        metric="R2",
        **{"rtol": 1e-9} | more,
    )


def plain(name, n, p):
    return case(
        name,
        "y = Xb + e",
        linear_rows(n, p),
        lambda data: skmath.SVDRegressor(),
        "LinearRegression",
        linear_regression,
        {"sklearnex LinearRegression": intelex},
    )


def damped(name, n, p):
    return case(
        name,
        "y = Xb + e",
        linear_rows(n, p),
        lambda data: skmath.SVDRegressor(alpha=1.0),
        "Ridge cholesky",
        ridge,
    )


SVD_CASES = [
    plain("fit", 100_000, 100),
    plain("fit_tall", 1_000_000, 20),
    plain("fit_wide", 20_000, 500),
    plain("fit_wider", 5_000, 2_000),
    damped("damped", 100_000, 100),
    damped("damped_tall", 1_000_000, 20),
    case(
        "rank",
        "20 factors, all ranks",
        factor_rows(5_000, 100),
        lambda data: skmath.SVDRegressor("auto"),
        "GridSearchCV(PCA + LinearRegression)",
        every_rank,
        # Leave-one-out and five folds may choose neighbouring ranks.
        rtol=1e-3,
    ),
    case(
        "alpha",
        "40 factors, 50 alphas",
        factor_rows(20_000, 200),
        lambda data: skmath.SVDRegressor(alpha=ALPHAS),
        "RidgeCV",
        every_alpha,
    ),
    case(
        "sparse",
        "documents, k = 50",
        documents,
        lambda data: skmath.SVDRegressor(50, random_state=0),
        "TruncatedSVD + LinearRegression",
        truncated,
        # Ten of the 50 directions are noise, and differ.
        rtol=2e-3,
    ),
    case(
        "alpha_wide",
        "40 factors, 50 alphas, wide",
        factor_rows(300, 1_000),
        lambda data: skmath.SVDRegressor(alpha=ALPHAS),
        "RidgeCV",
        every_alpha,
    ),
    case(
        "sparse_few_rows",
        "900 documents, k = 10",
        few_documents,
        lambda data: skmath.SVDRegressor(10, random_state=0),
        "TruncatedSVD + LinearRegression",
        truncated_to_ten,
        # The last direction is a mean's or noise, by centring or not.
        rtol=2e-2,
    ),
    Case(
        name="SVDRegressor.windows",
        estimator="SVDRegressor",
        dataset="windows of 250 rows",
        data=drifting_rows,
        ours=lambda data: skmath.SVDRegressor().fit_windows,
        peers={"statsmodels RollingOLS": rolling_ols},
        action=lambda fit_windows, data: fit_windows(data.X, data.y, WINDOW),
        accuracy=next_row,
        metric="-MSE",
        rtol=1e-9,  # two roundings of the same fits
    ),
    Case(
        name="SVDRegressor.groups",
        estimator="SVDRegressor",
        dataset="1,000 groups",
        data=drifting_rows,
        ours=lambda data: skmath.SVDRegressor().fit_groups,
        peers={"a loop of LinearRegression": one_by_one},
        action=lambda fit_groups, data: fit_groups(data.X, data.y, data.groups),
        accuracy=own_rows,
        metric="-MSE",
        rtol=1e-9,  # two roundings of the same fits
    ),
    case(
        "file",
        "y = Xb + e on disk",
        rows_on_disk,
        lambda data: skmath.SVDRegressor(),
        "SGDRegressor.partial_fit",
        stochastic,
        large=True,
    ),
]
