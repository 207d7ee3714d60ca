"""What has its optimum at infinity is said so, and nothing else is.

The oracle is one linear program over all rows, in their own units, on tables of small
integers, where it is exact.
"""

import warnings

import numpy as np
import pandas as pd
import pytest
from scipy import sparse
from scipy.optimize import linprog
from sklearn.datasets import load_breast_cancer, load_iris
from sklearn.exceptions import ConvergenceWarning

from skmath import GDLinearModel
from skmath.calculus.recession import (
    constraints,
    has_multipliers,
    null_direction,
    recession_direction,
)

AWAY = "the optimum is at infinity"
SOLVERS = ("auto", "gd", "nesterov", "newton", "lbfgs", "momentum")


def fitted(model, *data, **weights):
    """Return a fitted model, and whether it was told to have no finite optimum."""
    with warnings.catch_warnings(record=True) as caught:
        warnings.simplefilter("always")
        model.fit(*data, **weights)
    said = [str(w.message) for w in caught if w.category is ConvergenceWarning]
    assert not [s for s in said if "could not be decided" in s]
    away = any(AWAY in s for s in said)
    assert not (away and model.converged_)
    return model, away


def has_recession(X, y, loss, *, free, walls, intercept):
    """Tell whether the cost of rows has a direction of recession: one program."""
    X = np.where(free, X, 0.0)
    X, walls = (np.c_[X, np.ones(len(X))], [*walls, 0]) if intercept else (X, walls)
    n, p = X.shape
    if loss == "log_loss":
        K = len(np.unique(y))
        code = np.unique(y, return_inverse=True)[1]
        A = np.zeros((n, K, K, p))
        for i in range(n):
            for j in range(K):
                A[i, j, code[i]] += X[i]
                A[i, j, j] -= X[i]
        A, B = A.reshape(n * K, K * p), np.empty((0, K * p))
        walls = np.tile(walls, K)
    else:
        A, B = -X[y == 0], X[y > 0]
    if loss == "log_loss" and K == 2:  # one output, of the second class
        A = X * (2 * code - 1)[:, None]
        B, walls = np.empty((0, p)), walls[:p]
    answer = linprog(
        -A.sum(axis=0),
        A_ub=-A,
        b_ub=np.zeros(len(A)),
        A_eq=B if len(B) else None,
        b_eq=np.zeros(len(B)) if len(B) else None,
        bounds=[(0 if wall else -1, 1) for wall in walls],
    )
    assert answer.status == 0
    return -answer.fun > 1e-6


def table(seed):
    """Return a model, its data, and what the oracle needs, of many kinds."""
    r = np.random.default_rng(seed)
    n, p = int(r.integers(6, 40)), int(r.integers(1, 5))
    X = r.integers(-2, 3, size=(n, p)).astype(float)
    if r.random() < 0.4:
        X[:, -1] = r.random(n) < 0.15  # a flag of few rows
    if p > 1 and r.random() < 0.2:
        X[:, 0] = X[:, 1]
    loss = ("log_loss", "log_loss", "poisson", "tweedie")[seed % 4]
    z = X @ r.normal(size=p) * (2 if r.random() < 0.5 else 0.3)
    if loss == "log_loss" and seed % 3 == 0:
        z = np.c_[z, X @ r.normal(size=(p, 2))]
        y = np.argmax(z + 0.5 * r.gumbel(size=z.shape), axis=1)
    elif loss == "log_loss":
        y = (z + r.logistic(size=n) * (r.random() < 0.6) > 0).astype(int)
    else:
        y = r.poisson(np.exp(0.5 * np.clip(z, -4, 2) - 1)).astype(float)
        y[(X[:, -1] != 0) & (r.random() < 0.5)] = 0
    free = (r.random(p) < 0.7) if r.random() < 0.4 else np.ones(p, dtype=bool)
    walls = (r.random(p) < 0.5) if r.random() < 0.3 else np.zeros(p, dtype=bool)
    weight = r.integers(0, 3, size=n).astype(float) if r.random() < 0.3 else np.ones(n)
    intercept = bool(r.random() < 0.8)
    smooth = SOLVERS if not walls.any() else ("auto", "gd", "nesterov")
    model = GDLinearModel(
        loss,
        alpha=0.1,
        penalty_weights=1.0 - free,
        positive=walls if walls.any() else False,
        solver=str(r.choice(smooth)),
        fit_intercept=intercept,
        tol=float(r.choice([1e-3, 1e-6, 1e-8])),
        max_iter=300,
    )
    return model, X, y, weight, free, walls, intercept, loss


@pytest.mark.parametrize("block", range(10))
def test_separable_is_what_a_linear_program_says(block):
    n_away = 0
    for seed in range(40 * block, 40 * block + 40):
        model, X, y, weight, free, walls, intercept, loss = table(seed)
        there = weight > 0
        if len(np.unique(y[there])) < 2:
            continue
        oracle = has_recession(
            X[there], y[there], loss, free=free, walls=walls, intercept=intercept
        )
        stored = sparse.csr_array(X) if seed % 5 == 0 else X
        model, away = fitted(model, stored, y, sample_weight=weight)
        assert away == oracle, (seed, model)
        n_away += oracle
    assert 5 < n_away < 35
