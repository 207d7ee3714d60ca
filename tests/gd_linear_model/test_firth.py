"""Firth's penalty: the most likely coefficients with Jeffreys' prior, always finite."""

import array_api_strict as xp
import dask.array as da
import numpy as np
import pytest
from scipy import sparse
from scipy.optimize import minimize
from scipy.special import expit
from sklearn import config_context
from sklearn.datasets import load_breast_cancer, load_iris
from sklearn.exceptions import ConvergenceWarning

from skmath import GDLinearModel


def penalised(X, y, weight=1.0, *, intercept=True):
    """Return coefficients and intercept that maximise l + log(det I) / 2, by SciPy."""
    A = np.c_[X, np.ones(len(X))] if intercept else X
    weight = weight * np.ones(len(X))

    def cost(beta):
        z = A @ beta
        p = expit(z)
        h = weight * p * (1 - p)
        information = (A * h[:, None]).T @ A
        value = weight @ (np.logaddexp(0, z) - y * z)
        value -= 0.5 * np.linalg.slogdet(information)[1]
        hat = h * np.einsum("ij,jk,ik->i", A, np.linalg.inv(information), A)
        return value, A.T @ (weight * (p - y) + hat * (p - 0.5))

    start = np.zeros(A.shape[1])
    found = minimize(cost, start, jac=True, method="BFGS", options={"gtol": 1e-9})
    return found.x


def firth(**parameters):
    return GDLinearModel("log_loss", penalty="firth", **({"tol": 1e-10} | parameters))


def parameters_of(model):
    return np.r_[np.ravel(model.coef_), np.ravel(model.intercept_)]


@pytest.fixture
def separable():
    rng = np.random.default_rng(0)
    X = rng.normal(size=(40, 3))
    return X, (X[:, 0] + 0.3 * X[:, 1] > 0).astype(int)


@pytest.fixture
def overlapping():
    rng = np.random.default_rng(1)
    X = rng.normal(size=(60, 3))
    return X, (X[:, 0] + rng.normal(size=60) > 0).astype(int)


@pytest.mark.parametrize("data", ["separable", "overlapping"])
@pytest.mark.parametrize("solver", ["auto", "gd", "newton", "nesterov", "momentum"])
def test_the_penalised_likelihood_is_at_its_largest(data, solver, request):
    X, y = request.getfixturevalue(data)
    model = firth(solver=solver, max_iter=20_000, tol=1e-8).fit(X, y)
    assert model.converged_
    assert model.duality_gap_ == np.inf
    np.testing.assert_allclose(parameters_of(model), penalised(X, y), 2e-5, 1e-6)


def test_without_columns_it_is_half_a_row_of_each_class_more():
    """Of one proportion the prior is a beta: p is (k + 1/2) / (n + 1)."""
    X, y = np.zeros((10, 1)), np.arange(10) < 3
    model = firth().fit(X, y)
    assert model.predict_proba(X)[0, 1] == pytest.approx(3.5 / 11, rel=1e-8)


def test_a_table_of_two_groups_has_half_a_row_more_in_each_cell():
    """A saturated model: each group's log odds are those of its cells plus 1/2."""
    group = np.repeat([0.0, 1.0], [12, 9])
    y = np.r_[
        np.arange(12) < 5, np.ones(9, bool)
    ]  # quasi-separable: no 0 in the second
    model = firth().fit(group[:, None], y)
    first, second = np.log(5.5 / 7.5), np.log(9.5 / 0.5)
    assert model.intercept_[0] == pytest.approx(first, rel=1e-7)
    assert model.coef_[0, 0] == pytest.approx(second - first, rel=1e-7)


def test_it_is_the_remedy_that_the_warning_of_separable_classes_names(separable):
    X, y = separable
    with pytest.warns(ConvergenceWarning, match="separable.*or penalty='firth', or"):
        GDLinearModel("log_loss", alpha=0).fit(X, y)
    assert firth().fit(X, y).converged_
    with pytest.warns(ConvergenceWarning, match=r"separable.*Use alpha > 0") as caught:
        GDLinearModel("log_loss", link="probit", alpha=0).fit(X, y)
    assert "firth" not in str(caught[0].message)


def test_units_order_storage_and_repetition_do_not_matter(separable):
    X, y = separable
    one, expected = firth().fit(X, y), penalised(X, y)
    units, rng = np.array([1e-6, 1e6, 1e3]), np.random.default_rng(1)
    order, times = rng.permutation(len(y)), rng.integers(0, 4, len(y))
    scaled = firth().fit(X * units + 1e3 * units, y)
    np.testing.assert_allclose(scaled.coef_ * units, one.coef_, rtol=1e-6)
    for A in (sparse.csr_array(X), np.asfortranarray(X)):
        np.testing.assert_allclose(firth().fit(A, y).coef_, one.coef_, rtol=1e-7)
    permuted = firth().fit(X[order], y[order])
    np.testing.assert_allclose(permuted.coef_, one.coef_, rtol=1e-7)
    weighted = firth().fit(X, y, sample_weight=times)
    repeated = firth().fit(np.repeat(X, times, 0), np.repeat(y, times))
    np.testing.assert_allclose(weighted.coef_, repeated.coef_, rtol=1e-7)
    labels = firth().fit(X, np.array(["no", "yes"])[y])
    np.testing.assert_allclose(labels.coef_, one.coef_, rtol=1e-12)
    narrow = firth(tol=1e-4).fit(X.astype(np.float32), y)
    assert narrow.coef_.dtype == np.float32
    np.testing.assert_allclose(parameters_of(narrow), expected, rtol=5e-3)


def test_other_arrays_are_learnt_alike(separable):
    X, y = separable
    one = firth().fit(X, y)
    with config_context(array_api_dispatch=True):
        strict = firth().fit(xp.asarray(X), xp.asarray(y))
    np.testing.assert_allclose(np.asarray(strict.coef_), one.coef_, rtol=1e-9)
    parts = da.from_array(X, chunks=(10, 3)), da.from_array(y, chunks=10)
    np.testing.assert_allclose(firth().fit(*parts).coef_, one.coef_, rtol=1e-7)


def test_without_an_intercept(separable):
    X, y = separable
    model = firth(fit_intercept=False).fit(X, y)
    expected = penalised(X, y, intercept=False)
    np.testing.assert_allclose(model.coef_[0], expected, 2e-5, 1e-6)
    assert model.intercept_ == 0


def test_columns_that_depend_on_others_change_no_prediction(separable):
    X, y = separable
    one = firth().fit(X, y)
    more = np.c_[X, X[:, 0] + X[:, 1], np.full(len(y), 7.0), X[:, 2]]
    other = firth().fit(more, y)
    assert other.converged_
    expected = one.decision_function(X)
    np.testing.assert_allclose(other.decision_function(more), expected, rtol=1e-5)


def test_shares_are_their_trials():
    rng = np.random.default_rng(0)
    X, trials = rng.normal(size=(30, 2)), rng.integers(1, 9, 30)
    successes = rng.binomial(trials, expit(X[:, 0]))
    shares = GDLinearModel("binomial", penalty="firth", tol=1e-10)
    shares.fit(X, successes / trials, sample_weight=trials)
    outcome = [np.arange(n) < k for n, k in zip(trials, successes, strict=True)]
    single = firth().fit(np.repeat(X, trials, axis=0), np.concatenate(outcome))
    np.testing.assert_allclose(shares.coef_, single.coef_[0], rtol=1e-7)
    expected = penalised(X, successes / trials, trials)
    np.testing.assert_allclose(parameters_of(shares), expected, 1e-5, 1e-7)


def test_many_rows_and_columns_of_real_data():
    X, y = load_breast_cancer(return_X_y=True)  # separable by its thirty columns
    model = firth(tol=1e-6).fit(X, y)
    assert model.converged_
    assert model.score(X, y) > 0.97
    # The modified score of Heinze and Schemper (2002) is zero.
    Z = np.c_[(X - X.mean(axis=0)) / X.std(axis=0), np.ones(len(X))]
    p = model.predict_proba(X)[:, 1]
    h = p * (1 - p)
    hat = h * np.einsum("ij,jk,ik->i", Z, np.linalg.inv((Z * h[:, None]).T @ Z), Z)
    score = Z.T @ (y - p + hat * (0.5 - p))
    assert np.abs(score).max() < 1e-4 * np.abs(Z.T @ (y - y.mean())).max()


@pytest.mark.parametrize(
    ("parameters", "told"),
    [
        ({"alpha": 0.1}, "use alpha='auto', or penalty='l2'"),
        ({"penalty_weights": [1, 1, 0]}, "use penalty_weights=None"),
        ({"positive": True}, "use positive=False"),
        ({"early_stopping": True}, "use early_stopping=False"),
        ({"solver": "sgd"}, "use solver='auto' instead of 'sgd'"),
        ({"link": "probit"}, "got loss='log_loss', link='probit'"),
        ({"loss": "hinge"}, "got loss='hinge'"),
    ],
)
def test_what_does_not_go_with_it_is_told(separable, parameters, told):
    with pytest.raises(ValueError, match=rf"penalty='firth'.*{told}"):
        firth().set_params(**parameters).fit(*separable)


def test_three_classes_are_refused():
    X, y = load_iris(return_X_y=True)
    with pytest.raises(ValueError, match=r"penalty='firth'.* got 3 classes"):
        firth().fit(X, y)


ENDOMETRIUM = """
0 13 164 0, 0 16 226 0, 0 8 314 0, 0 34 268 0, 0 20 128 0, 0 5 231 0, 0 17 180 0,
0 10 168 0, 0 26 156 0, 0 17 231 0, 0 8 201 0, 0 7 189 0, 0 20 315 0, 0 10 123 0,
0 18 127 0, 0 16 176 0, 0 18 200 0, 0 8 264 1, 0 29 88 1, 0 12 127 1, 0 20 137 1,
1 38 97 1, 1 22 114 1, 1 7 88 1, 1 25 91 1, 1 15 58 1, 0 7 97 1, 0 28 150 0,
0 11 133 0, 0 19 237 0, 0 10 182 0, 0 10 313 0, 0 18 131 0, 0 14 192 0, 0 21 164 0,
0 11 201 0, 0 17 188 0, 0 25 193 0, 0 16 211 0, 0 19 129 0, 0 15 172 0, 0 33 75 0,
0 24 192 0, 0 48 184 1, 0 12 111 1, 0 19 161 1, 0 2 118 1, 1 22 144 1, 1 40 118 1,
1 5 93 1, 1 0 117 1, 0 21 119 1, 0 15 106 1, 0 29 202 0, 0 15 229 0, 0 12 233 0,
0 3 290 0, 0 20 170 0, 0 23 141 0, 0 12 225 0, 0 22 154 0, 0 42 197 0, 0 15 175 0,
0 13 216 0, 0 14 257 0, 0 19 137 0, 0 12 361 0, 0 13 204 0, 0 10 217 0, 0 12 169 1,
1 49 27 1, 0 6 184 1, 0 5 130 1, 0 17 96 1, 1 11 101 1, 1 21 98 1, 0 5 35 1,
1 19 102 1, 0 33 85 1
"""
"""Neovasculization, pulsatility index, 100 times endometrium height, and histology, of
79 cases of endometrial cancer: Heinze and Schemper (2002), section 4; the data are in
Agresti, *Foundations of Linear and Generalized Linear Models*, 2015."""


def test_endometrial_cancer_has_the_coefficients_of_logistf():
    """As R's logistf(HG ~ NV + PI + EH) finds them (in the tests of firthlogist 0.5).

    All cases with neovasculization are of high histology: without the penalty its
    coefficient is infinite.
    """
    rows = np.array([row.split() for row in ENDOMETRIUM.split(",")], dtype=float)
    X, y = rows[:, :3] / [1, 1, 100], rows[:, 3]
    model = firth().fit(X, y)
    expected = [2.92927330, -0.03475175, -2.60416387, 3.77455951]
    np.testing.assert_allclose(parameters_of(model), expected, rtol=1e-6)
    with pytest.warns(
        ConvergenceWarning, match=r"separable.* by unpenalised column 0:"
    ):
        GDLinearModel("log_loss", alpha=0).fit(X, y)
