"""GDLinearModel where most coefficients are zero: wide and sparse X, and paths.

The peers are scikit-learn's coordinate descent, celer and skglm, which choose working
sets too, and liblinear for a sparse X. Their paths have no intercept: columns and
targets are centred for them, within the time that is taken.
"""

from dataclasses import replace

import numpy as np
from gd_cases import gd_case, log_loss, logistic_regression, minus_cost, ours
from scipy import sparse
from sklearn.utils import Bunch


def few_of_many(n, p, share, informative=100):
    """Return a loader of y that depends on few columns; share is that of alpha_max."""

    def load(quick):
        rows = n // 10 if quick else n
        rng = np.random.default_rng(0)
        X, w = rng.standard_normal((rows, p)), np.zeros(p)
        w[rng.choice(p, informative, replace=False)] = rng.standard_normal(informative)
        z = X @ w
        y = z + 0.3 * z.std() * rng.standard_normal(rows) + 1
        alpha_max = float(np.abs(X.T @ (y - y.mean())).max() / rows)
        return Bunch(X=X, y=y, alpha=share * alpha_max, alpha_max=alpha_max)

    return load


def path_of(n_alphas, *args):
    """Return a loader with n_alphas from alpha_max to a hundredth of it."""

    def load(quick):
        data = few_of_many(*args, share=1.0)(quick)
        data.alphas = data.alpha_max * np.geomspace(1, 1e-2, n_alphas)
        return data

    return load


def groups_of_ten(labelled):
    """Return a loader of y that depends on ten groups of alike columns of a hundred."""

    def load(quick):
        rows, groups = (200 if quick else 1_000), np.repeat(np.arange(100), 10)
        rng = np.random.default_rng(0)
        X = 0.6 * rng.standard_normal((rows, 100))[:, groups]
        X, w = X + 0.8 * rng.standard_normal(X.shape), np.zeros(1_000)
        matter = np.isin(groups, rng.choice(100, 10, replace=False))
        w[matter] = rng.standard_normal(matter.sum())
        y = X @ w + 2 * rng.standard_normal(rows)
        slope = X.T @ (y - y.mean()) / rows
        if labelled:
            y = (y > 0).astype(float)
            slope = X.T @ (y - 0.5) / rows
        norms = np.sqrt(np.bincount(groups, weights=slope**2) / 10)
        X = np.asfortranarray(X)  # as the peer wants it
        return Bunch(X=X, y=y, groups=groups, alpha=0.1 * norms.max())

    return load


def rare_words(quick):
    """4,000 rows with ten of 10,000 columns each."""
    n, p, rng = 400 if quick else 4_000, 10_000, np.random.default_rng(0)
    X = sparse.random(
        *(n, p, 1e-3), format="csr", random_state=rng, data_rvs=rng.standard_normal
    )
    X.indices, X.indptr = X.indices.astype(np.int32), X.indptr.astype(np.int32)
    w = np.zeros(p)
    w[rng.choice(p, 500, replace=False)] = 3 * rng.standard_normal(500)
    y = (rng.random(n) < 1 / (1 + np.exp(-(X @ w)))).astype(int)
    alpha_max = float(np.abs(X.T @ (y - y.mean())).max() / n)
    return Bunch(X=X, y=y, alpha=0.1 * alpha_max)


# Contenders


def lasso_of(library):
    def make(data):
        module = __import__(library, fromlist=["Lasso"])
        return module.Lasso(alpha=data.alpha)

    return make


LASSOS = {
    "Lasso": lasso_of("sklearn.linear_model"),
    "skglm Lasso": lasso_of("skglm"),
    "celer Lasso": lasso_of("celer"),
}


def our_group_lasso(loss, **options):
    def make(data):
        return ours(loss, penalty="group", groups=data.groups, **options)(data)

    return make


def skglm_group_lasso(data):
    from skglm import GroupLasso

    weights = np.full(100, 10**0.5)
    return GroupLasso(groups=10, alpha=data.alpha, weights=weights, tol=1e-8)


def skglm_group_logistic(data):
    from skglm import GeneralizedLinearEstimator
    from skglm.datafits import LogisticGroup
    from skglm.penalties import WeightedGroupL2
    from skglm.solvers import GroupProxNewton
    from skglm.utils.data import grp_converter

    indices, starts = grp_converter(10, 1_000)
    parts = {"grp_ptr": starts, "grp_indices": indices}
    penalty = WeightedGroupL2(alpha=data.alpha, weights=np.full(100, 10**0.5), **parts)
    solver = GroupProxNewton(tol=1e-8, fit_intercept=False)
    return GeneralizedLinearEstimator(LogisticGroup(starts, indices), penalty, solver)


def fit_signs(model, data):
    """Fit; skglm's logistic loss is that of labels -1 and 1."""
    return model.fit(data.X, 2 * data.y - 1)


def minus_group_cost(loss):
    """Return minus the mean of ``loss(y, z)`` plus the penalty of groups."""

    def accuracy(model, data):
        w = np.ravel(model.coef_)
        z = data.X @ w + np.ravel(model.intercept_)
        norms = np.sqrt(10 * np.bincount(data.groups, weights=w**2))
        return -float(np.mean(loss(data.y, z)) + data.alpha * norms.sum())

    return accuracy


def our_path(data):
    model = ours("squared_error", penalty="l1")(data)

    def run(data):
        _, coefs, intercepts = model.path(data.alphas, data.X, data.y)
        return coefs, intercepts

    return run


def centred(path, **options):
    """Return a run of a path without an intercept, on centred data."""

    def run(data):
        mean, level = data.X.mean(axis=0), data.y.mean()
        X, y = data.X - mean, data.y - level
        coefs = path(X, y, alphas=data.alphas, **options)[1].T
        return coefs, level - coefs @ mean

    return run


def lasso_path(data):
    from sklearn.linear_model import lasso_path

    return centred(lasso_path)


def celer_path(data):
    from celer import celer_path

    return centred(celer_path, pb="lasso")


def minus_costs(outcome, data):
    """Return minus the sum of the costs along a path."""
    total = 0.0
    for alpha, w, c in zip(data.alphas, *outcome, strict=True):
        total += 0.5 * np.mean((data.y - data.X @ w - c) ** 2) + alpha * np.abs(w).sum()
    return -float(total)


def half_square(y, z):
    return 0.5 * (y - z) ** 2


def lasso_case(name, load):
    data, model = "100 columns matter", ours("squared_error", penalty="l1")
    accuracy = minus_cost(half_square, "l1")
    return gd_case(f"lasso_{name}", data, load, model, LASSOS, accuracy)


def path_case(name, load, **options):
    peers = {"lasso_path": lasso_path, "celer_path": celer_path}
    return gd_case(
        *(f"lasso_path_{name}", "100 columns matter", load, our_path, peers),
        *(minus_costs,),
        action=lambda run, data: run(data),
        **options,
    )


def of_folds(n, p, n_alphas, labelled):
    """Return a loader of y of 20 columns, and strengths down to a thousandth."""

    def load(quick):
        rows, rng = n // 10 if quick else n, np.random.default_rng(0)
        X, w = rng.standard_normal((rows, p)), np.zeros(p)
        w[:20] = rng.standard_normal(20)
        y = X @ w + 3 * rng.standard_normal(rows)
        y = (y > 0).astype(int) if labelled else y
        largest = float(np.abs(X.T @ (y - y.mean())).max() / rows)
        alphas = largest * np.geomspace(1, 1e-3, n_alphas)
        return Bunch(X=X, y=y, alpha=alphas[n_alphas // 2], alphas=alphas)

    return load


def our_search(loss):
    def make(data):
        return ours(loss, penalty="l1", cv=5)(data).set_params(alpha=data.alphas)

    return make


def lasso_cv(data):
    from sklearn.linear_model import LassoCV

    return LassoCV(alphas=data.alphas, cv=5)


def logistic_cv(solver, **options):
    def make(data):
        from sklearn.linear_model import LogisticRegressionCV

        options.update(l1_ratios=(1.0,), scoring="neg_log_loss", max_iter=1_000)
        options.update(Cs=1 / (0.8 * data.X.shape[0] * data.alphas), cv=5)
        return LogisticRegressionCV(
            solver=solver, use_legacy_attributes=False, **options
        )

    return make


def minus_lowest_loss(model, data):
    """Return minus the lowest mean loss of the rows held out."""
    if hasattr(model, "cv_results_"):
        return -float(model.cv_results_["mean_test_loss"].min())
    if hasattr(model, "mse_path_"):
        return -0.5 * float(model.mse_path_.mean(axis=1).min())
    return float(model.scores_.mean(axis=0).max())


def search_case(name, load, loss, peers, **options):
    """Return a case of strengths chosen in folds, whose losses are known to 1e-3.

    That share is far less than what they differ by from fold to fold.
    """
    case = gd_case(
        *(name, "20 columns matter", load, our_search(loss), peers, minus_lowest_loss),
        **options,
    )
    return replace(case, metric="-lowest loss", rtol=1e-3)


LASSO_CASES = [
    search_case(
        *("lasso_cv", of_folds(20_000, 500, 100, labelled=False), "squared_error"),
        {"LassoCV": lasso_cv},
    ),
    search_case(
        *("log_loss_cv", of_folds(20_000, 500, 10, labelled=True), "log_loss"),
        {
            "LogisticRegressionCV liblinear": logistic_cv("liblinear", tol=1e-4),
            "LogisticRegressionCV saga": logistic_cv("saga", tol=1e-3),
        },
        large=True,
    ),
    lasso_case("50000x200", few_of_many(50_000, 200, 0.05, 50)),
    lasso_case("5000x2000", few_of_many(5_000, 2_000, 0.05)),
    lasso_case("1000x10000", few_of_many(1_000, 10_000, 0.1)),
    path_case("1000x2500", path_of(20, 1_000, 2_500)),
    path_case("2000x5000", path_of(30, 2_000, 5_000), large=True),
    gd_case(
        *("group_lasso", "10 of 100 groups matter, 1,000 x 1,000"),
        groups_of_ten(labelled=False),
        our_group_lasso("squared_error"),
        {"skglm GroupLasso": skglm_group_lasso},
        minus_group_cost(half_square),
    ),
    gd_case(
        *("group_log_loss", "10 of 100 groups matter, 1,000 x 1,000"),
        groups_of_ten(labelled=True),
        our_group_lasso("log_loss", fit_intercept=False),
        {"skglm GroupProxNewton": skglm_group_logistic},
        minus_group_cost(log_loss),
        action=fit_signs,
    ),
    gd_case(
        "log_loss_l1_sparse",
        "rare words, density 1e-3",
        rare_words,
        ours("log_loss", penalty="l1"),
        {
            # Its intercept is penalised as a coefficient of so large a column.
            "LogisticRegression liblinear": logistic_regression(
                solver="liblinear", l1_ratio=1, intercept_scaling=100.0
            ),
        },
        minus_cost(log_loss, "l1"),
    ),
]
