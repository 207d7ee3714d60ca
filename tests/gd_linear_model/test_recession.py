"""What has its optimum at infinity is said so, and nothing else is.

The oracle is one linear program over all rows, in their own units, on tables of small
integers, where it is exact.
"""

import warnings

import numpy as np
import pytest
from scipy import sparse
from scipy.optimize import linprog
from sklearn import config_context
from sklearn.datasets import load_breast_cancer, load_iris
from sklearn.exceptions import ConvergenceWarning

from skmath import GDLinearModel
from skmath.calculus.recession import has_multipliers

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


@pytest.fixture
def rng():
    return np.random.default_rng(0)


@pytest.mark.parametrize("solver", SOLVERS)
def test_separable_classes_with_every_solver(rng, solver):
    X = rng.normal(size=(60, 3))
    y = (X.sum(axis=1) > 0).astype(int)
    model = GDLinearModel("log_loss", alpha=0, solver=solver)
    assert fitted(model, X, y)[1]
    model.set_params(warm_start=True)
    assert fitted(model, X, y)[1]
    # One row on the wrong side, by far.
    X[0], y[0] = 3.0, 0
    model, away = fitted(model.set_params(warm_start=False, max_iter=5000), X, y)
    assert not away


def test_inseparable_classes_at_a_rough_tolerance():
    for seed in range(40):
        r = np.random.default_rng(seed)
        X = r.normal(size=(200, 3))
        y = (X[:, 0] + r.logistic(size=200) > 0).astype(int)
        model = GDLinearModel("log_loss", alpha=0, tol=1e-3)
        model, away = fitted(model, X, y)
        assert model.converged_
        assert not away


def test_a_free_column_that_separates_is_named(rng):
    pandas = pytest.importorskip("pandas")
    z = rng.normal(size=100)
    group = np.r_[np.zeros(80), np.ones(20)]
    y = ((z + rng.logistic(size=100)) > 0).astype(int)
    y[80:] = 1
    X = pandas.DataFrame({"group": group, "z": z})
    model = GDLinearModel("log_loss", alpha=1e-2, penalty_weights=[0, 1])
    with pytest.warns(
        ConvergenceWarning,
        match="separable, in some or all rows, by unpenalised column 'group'",
    ):
        model.fit(X, y)
    assert not model.converged_
    # Penalised, or with one exception, it is not.
    model, away = fitted(GDLinearModel("log_loss", alpha=1e-2), X, y)
    assert model.converged_
    assert not away
    y[80] = 0
    assert not fitted(GDLinearModel("log_loss", alpha=0), X, y)[1]


@pytest.mark.parametrize("loss", ["poisson", "tweedie"])
@pytest.mark.parametrize("tol", [1e-6, 1e-10])
def test_a_group_of_zero_counts(rng, loss, tol):
    group, z = np.r_[np.zeros(80), np.ones(20)], rng.normal(size=100)
    y = rng.poisson(np.exp(0.3 * z))
    y[80:] = 0
    X = np.c_[group, z]
    model = GDLinearModel(loss, alpha=0, tol=tol)
    with pytest.warns(
        ConvergenceWarning, match="rows in which y is zero are separable"
    ):
        model.fit(X, y)
    y[80] = 1
    model, away = fitted(GDLinearModel(loss, alpha=0), X, y)
    assert model.converged_
    assert not away
    # A wall is in the way: the group's coefficient would have to fall.
    y[80] = 0
    model = GDLinearModel(loss, alpha=0, positive=[True, False])
    assert not fitted(model, X, y)[1]
    assert fitted(model, np.c_[-group, z], y)[1]


def test_one_of_several_outputs(rng):
    group, z = np.r_[np.zeros(80), np.ones(20)], rng.normal(size=100)
    Y = rng.poisson(2.0, size=(100, 2))
    assert not fitted(GDLinearModel("poisson", alpha=0), np.c_[group, z], Y)[1]
    Y[80:, 1] = 0
    assert fitted(GDLinearModel("poisson", alpha=0), np.c_[group, z], Y)[1]


def test_losses_that_have_a_lowest_value_make_no_claim(rng):
    X = rng.normal(size=(60, 2))
    y = (X.sum(axis=1) > 0).astype(int)
    for loss in ("hinge", "squared_hinge", "modified_huber"):
        assert not fitted(GDLinearModel(loss, alpha=0), X, y)[1]
    assert not fitted(GDLinearModel("gamma", alpha=0), X, y + 1.0)[1]


@pytest.mark.parametrize("stored", ["dense", "sparse", "float32"])
@pytest.mark.parametrize("separates", [True, False])
def test_more_columns_than_a_hessian_is_made_of(rng, stored, separates):
    X = rng.normal(size=(1500, 520))
    if separates:
        y = (X[:, :5].sum(axis=1) > 0).astype(int)
    else:
        y = (X[:, 0] + rng.logistic(size=1500) > 0).astype(int)
        y[:700], X[700:1400] = 0, X[:700]  # each row with both labels
        y[700:1400] = 1
    kinds = {"dense": X, "sparse": sparse.csr_array(X), "float32": X.astype("f4")}
    model = GDLinearModel("log_loss", alpha=0)
    assert fitted(model, kinds[stored], y)[1] == separates


@pytest.mark.parametrize("separates", [True, False])
def test_more_columns_than_a_dense_system_has(rng, separates):
    X = sparse.random(2500, 1100, density=5e-3, random_state=0, format="csr")
    X = sparse.vstack([X, X]).tocsr()  # each row with both labels
    y = np.repeat([0, 1], 2500)
    if separates:
        X, y = X[:2500], (X[:2500] @ rng.normal(size=1100) > 0).astype(int)
    model, away = fitted(GDLinearModel("log_loss", alpha=0), X, y)
    assert away == separates
    assert model.converged_ != separates


def test_rows_without_weight_do_not_count(rng):
    X = np.arange(10.0)[:, None]
    y = (X[:, 0] > 4).astype(int)
    y[0] = 1
    weight = np.ones(10)
    assert not fitted(GDLinearModel("log_loss", alpha=0), X, y, sample_weight=weight)[1]
    weight[0] = 0
    assert fitted(GDLinearModel("log_loss", alpha=0), X, y, sample_weight=weight)[1]


@pytest.mark.parametrize("exceptions", [0, 1])
def test_a_rare_flag_among_many_rows(exceptions):
    r = np.random.default_rng(0)
    X = r.normal(size=(20_000, 4))
    X[:, 3] = np.arange(20_000) % 4_001 == 77  # five rows
    y = (X[:, 0] + r.logistic(size=20_000) > 0).astype(int)
    flagged = np.flatnonzero(X[:, 3])
    y[flagged] = 1
    y[flagged[:exceptions]] = 0
    model = GDLinearModel("log_loss", alpha=0, random_state=0)
    assert fitted(model, X, y)[1] == (not exceptions)
    counts = 3.0 * (y + 1) * (1 - X[:, 3])
    counts[flagged[:exceptions]] = 1
    model = GDLinearModel("poisson", alpha=0, random_state=0)
    assert fitted(model, X, counts)[1] == (not exceptions)


def test_units_and_places_of_the_columns_do_not_matter(rng):
    X = rng.normal(size=(300, 3))
    y = (X[:, 1] > 0).astype(int)
    noisy = (X[:, 1] + rng.logistic(size=300) > 0).astype(int)
    for scale in (1e-12, 1.0, 1e12):
        moved = X * [scale, 1.0, 1 / scale] + [1e6 * scale, 0.0, 5.0]
        assert fitted(GDLinearModel("log_loss", alpha=0), moved, y)[1]
        assert not fitted(GDLinearModel("log_loss", alpha=0), moved, noisy)[1]


def test_real_tables():
    X, y = load_iris(return_X_y=True)
    # Setosa is apart from the two others, which are not from each other.
    assert fitted(GDLinearModel("log_loss", alpha=0), X, y)[1]
    assert not fitted(GDLinearModel("log_loss", alpha=0), X[50:], y[50:])[1]
    X, y = load_breast_cancer(return_X_y=True)
    assert fitted(GDLinearModel("log_loss", alpha=0), X, y)[1]
    assert not fitted(GDLinearModel("log_loss", alpha=0), X[:, :8], y)[1]


def test_chunks_of_dask(rng):
    da = pytest.importorskip("dask.array")
    X = rng.normal(size=(400, 3))
    X[:, 2] = np.arange(400) >= 395
    y = (X[:, 0] + rng.logistic(size=400) > 0).astype(int)
    y[395:] = 1
    model = GDLinearModel("log_loss", alpha=0)
    chunked = da.from_array(X, chunks=(100, 3))
    assert fitted(model, chunked, da.from_array(y, chunks=100))[1]
    y[396] = 0
    assert not fitted(model, chunked, da.from_array(y, chunks=100))[1]


@pytest.mark.parametrize("dtype", ["float64", "float32"])
def test_arrays_of_other_namespaces(rng, dtype):
    xp = pytest.importorskip("array_api_strict")
    X = rng.normal(size=(60, 3))
    group = X.copy()
    group[:, 2] = np.arange(60) >= 50
    counts = rng.poisson(1.0, size=60) * (1.0 - group[:, 2])
    cases = (
        ("log_loss", X, (X.sum(axis=1) > 0).astype(int), True),
        ("log_loss", X, (X[:, 0] + rng.logistic(size=60) > 0).astype(int), False),
        ("log_loss", X, np.digitize(X.sum(axis=1), [-1, 1]), True),
        ("log_loss", X, rng.integers(0, 3, size=60), False),
        ("poisson", group, counts, True),
        ("poisson", X, counts, False),
    )
    with config_context(array_api_dispatch=True):
        for loss, X_, y, expected in cases:
            y = y.astype(dtype) if y.dtype.kind == "f" else y
            data = xp.asarray(X_.astype(dtype)), xp.asarray(y)
            assert fitted(GDLinearModel(loss, alpha=0), *data)[1] == expected


def test_a_bounded_share_of_the_rows_proves_a_finite_optimum():
    # Slopes u = 1/2 of all rows leave a gradient of 1/10 that one pair can take up.
    A = np.array([[1.0], [-1.0], [1.0], [-1.0]])
    none = np.empty((0, 1))
    u, t, noise = np.full(4, 0.5), np.empty(0), np.zeros(1)
    assert has_multipliers(A, none, u, t, np.array([0.1]), noise)
    assert has_multipliers(A[:2], none, u[:2], t, np.array([0.1]), noise)
    # Of rows on one side only, none can: along them all losses fall.
    assert not has_multipliers(A[::2], none, u[:2], t, np.array([-1.0]), noise)
    assert not has_multipliers(A, none, u, t, np.array([0.1]), noise + 10)


@pytest.mark.parametrize("loss", ["log_loss", "ordinal"])
@pytest.mark.parametrize("unit", [1.1e-8, 1.1e-4, 1.1, 1.1e3, 1.1e8])
def test_rounding_of_the_mean_hides_no_separation(loss, unit):
    # The mean is 0 but for rounding; at 0 there are both classes, elsewhere one.
    for n in range(3, 9):
        x = unit * np.repeat([-1.0, 0.0, 1.0], [n, 14, n])[:, None]
        y = np.r_[np.zeros(n), np.arange(14) % 2, np.ones(n)]
        with pytest.warns(ConvergenceWarning, match="separable"):
            GDLinearModel(loss, alpha=0).fit(x, y)
