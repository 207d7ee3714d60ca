"""The cases of GDLinearModel: every loss against scikit-learn's best solver for it.

Accuracy is minus the cost that both minimise, computed here from their coefficients.
Columns are in units that differ by a factor of up to 400. A ratio counts if our cost is
not above the peer's by more than a millionth: both stop within their tolerance of one
optimum.
"""

import math

import numpy as np
from case import Case, fit
from scipy import sparse
from sklearn.exceptions import ConvergenceWarning
from sklearn.utils import Bunch

import skmath

ALPHA = 1e-4


# Data


def columns(n, p, seed=0):
    """Return X in its units, the outputs z of a model of it, and the generator."""
    rng = np.random.default_rng(seed)
    X = rng.standard_normal((n, p))
    z = X @ rng.standard_normal(p) * (1.5 / math.sqrt(p))
    X *= np.exp(rng.uniform(-3, 3, p))
    return X, z, rng


def two_classes(n, p):
    def load(quick):
        X, z, rng = columns(n // 10 if quick else n, p)
        y = (rng.random(len(z)) < 1 / (1 + np.exp(-z))).astype(int)
        return Bunch(X=X, y=y, alpha=ALPHA)

    return load


def ten_classes(quick):
    n = 6_000 if quick else 60_000
    X, _, rng = columns(n, 64)
    W = rng.standard_normal((64, 10)) / 4
    y = np.argmax(X / X.std(axis=0) @ W + rng.gumbel(size=(n, 10)), axis=1)
    return Bunch(X=X, y=y, alpha=ALPHA)


def with_noise(n, p, draw):
    """Return a loader of X and y = z plus noise that ``draw(rng, n)`` makes."""

    def load(quick):
        X, z, rng = columns(n // 10 if quick else n, p)
        return Bunch(X=X, y=z + draw(rng, len(z)), alpha=ALPHA)

    return load


def counts(quick):
    X, z, rng = columns(20_000 if quick else 200_000, 50)
    return Bunch(X=X, y=rng.poisson(np.exp(0.5 * z)).astype(float), alpha=ALPHA)


def counts_of_exposures(quick):
    """Return counts that were watched for different times, and the times' logarithm."""
    X, z, rng = columns(20_000 if quick else 200_000, 50)
    offset = rng.uniform(-3, 2, len(z))
    y = rng.poisson(np.exp(0.5 * z + offset)).astype(float)
    return Bunch(X=X, y=y, offset=offset, alpha=ALPHA)


def noisy_sides(quick):
    """Two classes by the sign of z with noise; alpha is that of LinearSVC(C=1)."""
    X, z, rng = columns(10_000 if quick else 100_000, 50)
    y = (z + 0.5 * rng.standard_normal(len(z)) > 0).astype(int)
    return Bunch(X=X, y=y, alpha=1 / len(y))


def documents(quick):
    """100,000 rows with 50 of 50,000 columns each; alpha is that of C=1."""
    n, p = (10_000, 5_000) if quick else (100_000, 50_000)
    rng = np.random.default_rng(0)
    # Indices of 32 bits: saga takes no others.
    places = rng.integers(0, p, n * 50, dtype=np.int32)
    starts = np.arange(n + 1, dtype=np.int32) * 50
    X = sparse.csr_array((rng.standard_normal(n * 50), places, starts), shape=(n, p))
    X.sum_duplicates()
    z = X @ rng.standard_normal(p)
    y = (rng.random(n) < 1 / (1 + np.exp(-2 * z / z.std()))).astype(int)
    X.data *= np.exp(rng.uniform(-3, 3, p))[X.indices]
    return Bunch(X=X, y=y, alpha=1 / n)


# Accuracy


def minus_cost(loss, penalty="l2"):
    """Return minus the mean of ``loss(y, z)`` plus the penalty, as a function."""

    def accuracy(model, data):
        w = np.atleast_2d(model.coef_)
        z = data.X @ w.T + np.ravel(model.intercept_)
        sizes = {"l2": 0.5 * np.sum(w**2), "l1": np.sum(np.abs(w)), None: 0.0}
        value = loss(data.y, z if len(w) > 1 else z[:, 0])
        return -float(np.mean(value) + data.alpha * sizes[penalty])

    return accuracy


def log_loss(y, z):
    return np.logaddexp(0, z) - y * z


def multinomial_log_loss(y, z):
    top = z.max(axis=1, keepdims=True)
    log_sum = np.log(np.exp(z - top).sum(axis=1)) + top[:, 0]
    return log_sum - z[np.arange(len(y)), y]


def quantile_loss(y, z):
    return np.maximum(0.9 * (y - z), 0.1 * (z - y))


def squared_hinge(y, z):
    return np.maximum(0, 1 - (2 * y - 1) * z) ** 2


def minus_concomitant_cost(model, data):
    """Return minus the cost of Huber's proposal 2, which HuberRegressor minimises."""
    scale = model.scale_ if hasattr(model, "scale_") else model.delta_ / 1.35
    e = np.abs(data.y - data.X @ model.coef_ - model.intercept_) / scale
    near = np.where(e <= 1.35, e**2, 2 * 1.35 * e - 1.35**2)
    return -float(scale * np.mean(1 + near))


def minus_poisson_cost(model, data):
    """Return minus the cost of the counts of exposures, with an l2 penalty."""
    z = data.X @ np.ravel(model.coef_) + model.intercept_ + data.offset
    size = 0.5 * np.sum(np.square(model.coef_))
    return -float(np.mean(np.exp(z) - data.y * z) + data.alpha * size)


# Peers


def fit_offset(model, data):
    return model.fit(data.X, data.y, offset=data.offset)


def glum_poisson(data):
    from glum import GeneralizedLinearRegressor

    options = {"alpha": data.alpha, "l1_ratio": 0, "gradient_tol": 1e-7}
    return GeneralizedLinearRegressor(family="poisson", **options)


def logistic_regression(**options):
    def make(data):
        from sklearn.linear_model import LogisticRegression

        # The same cost: the sum of the losses and w'w / 2, divided by C n.
        return LogisticRegression(C=1 / (data.alpha * len(data.y)), **options)

    return make


def quantile_regressor(data):
    from sklearn.linear_model import QuantileRegressor

    return QuantileRegressor(quantile=0.9, alpha=0.0)


def huber_regressor(data):
    from sklearn.linear_model import HuberRegressor

    return HuberRegressor(alpha=0.0, max_iter=10_000)


def poisson_regressor(**options):
    def make(data):
        from sklearn.linear_model import PoissonRegressor

        return PoissonRegressor(alpha=data.alpha, **options)

    return make


def ridge(solver):
    def make(data):
        from sklearn.linear_model import Ridge

        return Ridge(alpha=data.alpha * len(data.y), solver=solver)

    return make


def lasso(data):
    from sklearn.linear_model import Lasso

    return Lasso(alpha=0.05)


def linear_svc(data):
    from sklearn.svm import LinearSVC

    # It penalises the intercept; its cost is the same but for that small square.
    return LinearSVC(C=1.0, dual="auto")


def ours(loss, **options):
    def make(data):
        alpha = options.get("alpha", data.alpha)
        rest = {**options, "alpha": alpha}
        return skmath.GDLinearModel(loss, random_state=0, **rest)

    return make


def gd_case(name, dataset, data, model, peers, accuracy, *, action=fit, **options):
    return Case(
        name=f"GDLinearModel.{name}",
        estimator="GDLinearModel",
        dataset=dataset,
        data=data,
        ours=model,
        peers=peers,
        action=action,
        accuracy=accuracy,
        metric="-cost",
        rtol=1e-6,
        ignored_warnings=(ConvergenceWarning,),  # of the peers; ours has none
        **options,
    )


NEWTON = logistic_regression(solver="newton-cholesky")
LBFGS = logistic_regression(max_iter=100_000, tol=1e-7)
LBFGS_ROUGHLY = logistic_regression(max_iter=100_000, tol=1e-5)

GD_CASES = [
    gd_case(
        "log_loss",
        "two classes",
        two_classes(100_000, 50),
        ours("log_loss"),
        {"LogisticRegression newton-cholesky": NEWTON},
        minus_cost(log_loss),
    ),
    gd_case(
        "log_loss_wide",
        "two classes",
        two_classes(100_000, 200),
        ours("log_loss"),
        {"LogisticRegression newton-cholesky": NEWTON},
        minus_cost(log_loss),
    ),
    gd_case(
        "log_loss_tall",
        "two classes",
        two_classes(1_000_000, 20),
        ours("log_loss"),
        {"LogisticRegression newton-cholesky": NEWTON},
        minus_cost(log_loss),
    ),
    gd_case(
        "log_loss_lbfgs",
        "two classes",
        two_classes(100_000, 50),
        ours("log_loss"),
        {"LogisticRegression lbfgs, tol=1e-7": LBFGS},
        minus_cost(log_loss),
        large=True,
    ),
    gd_case(
        "log_loss_lbfgs_wide",
        "two classes",
        two_classes(100_000, 200),
        ours("log_loss"),
        {"LogisticRegression lbfgs, tol=1e-7": LBFGS},
        minus_cost(log_loss),
        large=True,
    ),
    gd_case(
        "multinomial",
        "ten classes",
        ten_classes,
        ours("log_loss"),
        {"LogisticRegression newton-cholesky": NEWTON},
        minus_cost(multinomial_log_loss),
    ),
    gd_case(
        "multinomial_lbfgs",
        "ten classes",
        ten_classes,
        ours("log_loss"),
        {
            "LogisticRegression lbfgs, tol=1e-5": logistic_regression(
                max_iter=10**5, tol=1e-5
            )
        },
        minus_cost(multinomial_log_loss),
        large=True,
    ),
    gd_case(
        "quantile",
        "y = z + e",
        with_noise(10_000, 20, lambda rng, n: rng.standard_normal(n)),
        ours("quantile", quantile=0.9, penalty=None),
        {"QuantileRegressor": quantile_regressor},
        minus_cost(quantile_loss, None),
    ),
    gd_case(
        "huber",
        "y = z + e of long tails",
        with_noise(200_000, 50, lambda rng, n: rng.standard_t(2, n)),
        ours("huber", delta="auto", alpha=0.0),
        {"HuberRegressor": huber_regressor},
        minus_concomitant_cost,
        large=True,
    ),
    gd_case(
        "poisson_offset",
        "counts of exposures",
        counts_of_exposures,
        ours("poisson"),
        {"glum": glum_poisson},
        minus_poisson_cost,
        action=fit_offset,
    ),
    gd_case(
        "poisson",
        "counts",
        counts,
        ours("poisson"),
        {
            "PoissonRegressor newton-cholesky": poisson_regressor(
                solver="newton-cholesky"
            )
        },
        minus_cost(lambda y, z: np.exp(z) - y * z),
    ),
    gd_case(
        "poisson_lbfgs",
        "counts",
        counts,
        ours("poisson"),
        {"PoissonRegressor lbfgs": poisson_regressor(max_iter=100_000)},
        minus_cost(lambda y, z: np.exp(z) - y * z),
        large=True,
    ),
    gd_case(
        "ridge",
        "y = z + e",
        with_noise(100_000, 100, lambda rng, n: rng.standard_normal(n)),
        ours("squared_error"),
        {"Ridge cholesky": ridge("cholesky"), "Ridge svd": ridge("svd")},
        minus_cost(lambda y, z: 0.5 * (y - z) ** 2),
    ),
    gd_case(
        "lasso",
        "y = z + e",
        lambda quick: Bunch(
            **{
                **with_noise(50_000, 200, lambda rng, n: rng.standard_normal(n))(quick),
                "alpha": 0.05,
            }
        ),
        ours("squared_error", penalty="l1"),
        {"Lasso": lasso},
        minus_cost(lambda y, z: 0.5 * (y - z) ** 2, "l1"),
    ),
    gd_case(
        "squared_hinge",
        "two noisy sides",
        noisy_sides,
        ours("squared_hinge"),
        {"LinearSVC": linear_svc},
        minus_cost(squared_hinge),
        large=True,
    ),
    gd_case(
        "sparse",
        "documents, density 1e-3",
        documents,
        ours("log_loss"),
        {
            "LogisticRegression lbfgs": logistic_regression(max_iter=2_000),
            "LogisticRegression saga": logistic_regression(solver="saga"),
        },
        minus_cost(log_loss),
        large=True,
    ),
]
