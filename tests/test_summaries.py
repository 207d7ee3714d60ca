"""Summaries of the linear models: standard errors, tests and what they refuse.

The oracle is statsmodels on its own data, or the formula written out.
"""

import pickle

import array_api_strict
import dask.array as da
import numpy as np
import pandas as pd
import pytest
import statsmodels.api as sm
from hypothesis import given, settings
from hypothesis import strategies as st
from numpy.testing import assert_allclose, assert_array_equal
from scipy import sparse
from scipy.optimize import LinearConstraint
from sklearn import config_context
from sklearn.exceptions import ConvergenceWarning
from statsmodels.genmod.families import (
    Binomial,
    Gamma,
    Gaussian,
    InverseGaussian,
    NegativeBinomial,
    Poisson,
    Tweedie,
    links,
)

from skmath import GDLinearModel, SVDRegressor
from skmath.calculus.family_losses import SquaredErrorLogLink
from skmath.gd_linear_model.scores import Derivatives
from skmath.statistics import COVARIANCES

EXACT = {"alpha": 0, "tol": 1e-10}
"""No penalty, and as many digits as there are."""

LEAST_SQUARES = {
    "SVDRegressor": SVDRegressor(),
    "GDLinearModel": GDLinearModel(**EXACT),
}
"""The two that fit least squares."""


def data(name):
    loaded = getattr(sm.datasets, name).load_pandas()
    return loaded.exog.astype(float), loaded.endog


def asked(cov_type, n):
    """Return the keywords of a covariance of n rows, with groups of three if any."""
    groups = {"groups": np.arange(n) // 3} if cov_type == "cluster" else {}
    return {"cov_type": cov_type, **groups}


def theirs(result, cov_type, n):
    """Return statsmodels' result of least squares with another covariance."""
    if cov_type == "classical":
        return result
    keywords = asked(cov_type, n)
    return result.get_robustcov_results(keywords.pop("cov_type"), **keywords)


def assert_same_table(ours, result, rtol=1e-6):
    """Compare a summary with a result of statsmodels."""
    assert_allclose(ours.estimate, result.params, rtol=rtol)
    assert_allclose(ours.standard_error, result.bse, rtol=rtol)
    assert_allclose(ours.t, result.tvalues, rtol=rtol)
    assert_allclose(ours.p, result.pvalues, rtol=1e-5, atol=1e-12)
    assert_allclose(ours.interval, result.conf_int(), rtol=rtol, atol=1e-9)
    assert_allclose(ours.covariance, result.cov_params(), rtol=1e-5)


# Least squares


@pytest.mark.parametrize("cov_type", COVARIANCES)
@pytest.mark.parametrize("name", ["longley", "engel"])
@pytest.mark.parametrize("model", LEAST_SQUARES.values(), ids=LEAST_SQUARES)
def test_least_squares_are_those_of_statsmodels(model, name, cov_type):
    X, y = data(name)
    result = theirs(sm.OLS(y, sm.add_constant(X)).fit(), cov_type, len(y))
    ours = model.fit(X, y).summary(X, y, **asked(cov_type, len(y)))
    assert ours.name == ["intercept", *X.columns]
    assert_same_table(ours, result)
    # statsmodels' pseudo-inverse drops a direction of all six columns of longley.
    R = np.eye(X.shape[1] + 1)[1:4]
    q = np.full(len(R), 0.1)
    found, test = ours.wald_test(R, q), result.wald_test((R, q), scalar=True)
    assert found.df == len(R)
    assert_allclose(found.statistic, test.statistic, rtol=1e-6)
    assert_allclose(found.p, test.pvalue, rtol=1e-4)


@pytest.mark.parametrize("cov_type", COVARIANCES)
@pytest.mark.parametrize("model", LEAST_SQUARES.values(), ids=LEAST_SQUARES)
def test_weights_as_inverse_variances_are_those_of_statsmodels(model, cov_type):
    X, y = data("longley")
    weight = 5 * np.random.default_rng(0).random(len(y))
    result = theirs(sm.WLS(y, sm.add_constant(X), weight).fit(), cov_type, len(y))
    keywords = {"weights_are": "precision", **asked(cov_type, len(y))}
    ours = model.fit(X, y, weight).summary(X, y, weight, **keywords)
    assert_same_table(ours, result, rtol=1e-5)
    # In whatever unit the variances are.
    again = model.fit(X, y, weight / 1e6).summary(X, y, weight / 1e6, **keywords)
    assert_allclose(again.p, ours.p, rtol=1e-5)


@pytest.mark.parametrize("cov_type", ["classical", "HC3", "cluster"])
def test_errors_of_several_outputs_are_those_of_each(cov_type):
    X, y = data("longley")
    Y = np.column_stack([y, np.cos(y)])
    for model in LEAST_SQUARES.values():
        both = model.fit(X, Y).summary(X, Y, **asked(cov_type, len(y)))
        assert both.covariance.shape == (2, 7, 7)
        tests = both.wald_test(["GNP", "POP"])
        for k in range(2):
            one = model.fit(X, Y[:, k]).summary(X, Y[:, k], **asked(cov_type, len(y)))
            assert_allclose(both.standard_error[k], one.standard_error, rtol=1e-7)
            assert_allclose(tests.p[k], one.wald_test(["GNP", "POP"]).p, rtol=1e-6)
        assert "y1: GNP" in str(both)


@pytest.mark.parametrize("model", LEAST_SQUARES.values(), ids=LEAST_SQUARES)
def test_outputs_have_the_names_of_the_columns_of_a_frame(model):
    X, y = data("longley")
    Y = pd.DataFrame({"employed": y, "other": np.cos(y)})
    assert model.fit(X, Y).summary(X, Y).output == ["employed", "other"]
    assert "other: GNP" in str(model.summary(X, Y))
    assert model.summary(X, Y.to_numpy()).output == ["y0", "y1"]


def test_least_squares_without_an_intercept():
    X, y = data("engel")
    for cov_type in COVARIANCES:
        result = theirs(sm.OLS(y, X).fit(), cov_type, len(y))
        for kind in (SVDRegressor, GDLinearModel):
            model = kind(alpha=0, fit_intercept=False).fit(X, y)
            ours = model.summary(X, y, **asked(cov_type, len(y)))
            assert_same_table(ours, result)


def test_the_sandwich_of_a_damped_fit_is_that_of_its_linear_smoother():
    rng = np.random.default_rng(0)
    X, y = rng.normal(size=(40, 3)), rng.normal(size=40)
    A = X - X.mean(axis=0)
    ours = SVDRegressor(alpha=5.0).fit(X, y)
    error = y - ours.predict(X)
    smoother = np.linalg.solve(A.T @ A + 5 * np.eye(3), A.T)
    expected = (smoother * error**2) @ smoother.T
    table = ours.summary(X, y, cov_type="HC0")
    assert_allclose(table.covariance[1:, 1:], expected)
    assert "bias" in " ".join(table.notes)
    # Half the mean squared error: its alpha is that of the sum by n.
    same = GDLinearModel(alpha=5.0 / 40, tol=1e-12).fit(X, y)
    assert_allclose(
        same.summary(X, y, cov_type="HC3").covariance,
        ours.summary(X, y, cov_type="HC3").covariance,
        rtol=1e-6,
    )
    assert_allclose(
        same.summary(X, y).covariance, ours.summary(X, y).covariance, rtol=1e-6
    )


def test_a_choice_of_the_rank_and_a_truncation_are_named():
    X, y = data("longley")
    notes = " ".join(SVDRegressor("auto", alpha=[0, 1]).fit(X, y).summary().notes)
    assert "chosen from the same rows" in notes
    notes = " ".join(SVDRegressor(3).fit(X, y).summary().notes)
    assert "3 of 6 components" in notes
    assert SVDRegressor().fit(X, y).summary().notes == []


def test_tests_of_what_the_prior_decides_are_those_of_the_posterior():
    rng = np.random.default_rng(0)
    X, y = rng.normal(size=(8, 12)), rng.normal(size=8)
    table = SVDRegressor(alpha=2.0).fit(X, y).summary()
    A = X - X.mean(axis=0)
    expected = table.noise_variance * np.linalg.inv(A.T @ A + 2 * np.eye(12))
    assert_allclose(table.covariance[1:, 1:], expected, atol=1e-12)
    root = np.sqrt(np.diagonal(table.covariance))
    assert_allclose(table.standard_error, root)


# Generalised linear models


GENERALISED = {
    "spector": ("log_loss", {}, Binomial()),
    "scotland gamma": ("gamma", {}, Gamma(links.Log())),
    "scotland poisson": ("poisson", {}, Poisson()),
    "scotland tweedie": ("tweedie", {"power": 1.3}, Tweedie(links.Log(), 1.3)),
    "spector probit": ("log_loss", {"link": "probit"}, Binomial(links.Probit())),
    "spector cloglog": ("log_loss", {"link": "cloglog"}, Binomial(links.CLogLog())),
    "fair nb2": ("negative_binomial", {"dispersion": 0.7}, NegativeBinomial(alpha=0.7)),
    "randhie": ("poisson", {}, Poisson()),
    "fair": ("log_loss", {}, Binomial()),
}


NOT_CONVEX = {
    "inverse Gaussian": ("inverse_gaussian", {}, InverseGaussian(links.Log())),
    "log link": ("squared_error", {"link": "log"}, Gaussian(links.Log())),
    "identity": ("gamma", {"link": "identity"}, Gamma(links.Identity())),
}


@pytest.mark.parametrize("name", NOT_CONVEX)
@pytest.mark.filterwarnings("ignore:The Identity link function does not respect")
def test_losses_that_are_not_convex_have_the_expected_curvature(name):
    loss, keywords, family = NOT_CONVEX[name]
    X, y = data("scotland")
    result = sm.GLM(y, sm.add_constant(X), family=family).fit(tol=1e-14, maxiter=500)
    model = GDLinearModel(loss, **keywords, **EXACT).fit(X, y)
    assert_same_table(model.summary(X, y), result)
    # As R's sandwich; statsmodels has the observed one.
    H = -result.model.hessian(result.params, scale=1.0, observed=False)
    U = result.model.score_obs(result.params, scale=1.0)
    expected = np.linalg.inv(H) @ (U.T @ U) @ np.linalg.inv(H)
    ours = model.summary(X, y, cov_type="HC0")
    assert_allclose(ours.covariance, expected, rtol=1e-5)


@pytest.mark.parametrize("cov_type", ["classical", "HC0", "cluster"])
@pytest.mark.parametrize("name", GENERALISED)
def test_generalised_linear_models_are_those_of_statsmodels(name, cov_type):
    loss, keywords, family = GENERALISED[name]
    X, y = data(name.split()[0])
    y = (y > 0).astype(float) if name == "fair" else np.round(y, 6)
    ask = asked(cov_type, len(y))
    theirs = {"cov_type": "nonrobust" if cov_type == "classical" else cov_type}
    if cov_type == "cluster":
        theirs["cov_kwds"] = {"groups": ask["groups"]}
    result = sm.GLM(y, sm.add_constant(X), family=family).fit(
        tol=1e-14, maxiter=200, **theirs
    )
    model = GDLinearModel(loss, **keywords, **EXACT).fit(X, y)
    ours = model.summary(X, y, **ask)
    assert ours.degrees_of_freedom == np.inf
    assert_same_table(ours, result)
    if cov_type == "classical":
        assert_allclose(ours.dispersion, result.scale, rtol=1e-8)
    R = np.eye(X.shape[1] + 1)[1:]
    found, test = ours.wald_test(R), result.wald_test(R, scalar=True)
    assert_allclose(found.statistic, test.statistic, rtol=1e-6)
    assert_allclose(found.p, test.pvalue, rtol=1e-4, atol=1e-300)


@pytest.mark.parametrize("cov_type", ["classical", "HC0", "cluster"])
@pytest.mark.parametrize("name", ["scotland gamma", "scotland poisson", "spector"])
def test_an_offset_is_that_of_statsmodels(name, cov_type):
    loss, keywords, family = GENERALISED[name]
    X, y = data(name.split()[0])
    offset = np.random.default_rng(0).normal(size=len(y))
    ask = asked(cov_type, len(y))
    theirs = {"cov_type": "nonrobust" if cov_type == "classical" else cov_type}
    if cov_type == "cluster":
        theirs["cov_kwds"] = {"groups": ask["groups"]}
    result = sm.GLM(y, sm.add_constant(X), family=family, offset=offset).fit(
        tol=1e-14, maxiter=200, **theirs
    )
    model = GDLinearModel(loss, **keywords, **EXACT).fit(X, y, offset=offset)
    assert_same_table(model.summary(X, y, offset=offset, **ask), result)
    assert "not the rows of the fit" in " ".join(
        " ".join(model.summary(X, y, **ask).notes).split()
    )


@pytest.mark.parametrize("loss", ["squared_error", "quantile", "three classes"])
def test_an_offset_that_is_a_line_of_the_columns_moves_the_coefficients_alone(loss):
    rng = np.random.default_rng(0)
    X, y = table_data(loss, rng)
    name = "log_loss" if loss == "three classes" else loss
    model = GDLinearModel(name, alpha=0, tol=1e-9)
    offset = X[:, 0] + 3
    if loss == "three classes":
        offset = np.column_stack([0 * offset, offset, 0 * offset])
    plain = model.fit(X, y).summary(X, y, cov_type="HC1")
    moved = model.fit(X, y, offset=offset).summary(X, y, cov_type="HC1", offset=offset)
    assert_allclose(moved.standard_error, plain.standard_error, rtol=1e-4)
    with pytest.raises(ValueError, match="SVDRegressor has no offset"):
        SVDRegressor().fit(X, y > 0).summary(X, y > 0, offset=offset)


def test_an_alpha_that_the_rows_have_chosen_is_noted():
    X, y = data("longley")
    model = GDLinearModel(alpha=[0.01, 1.0], cv=4).fit(X, y)
    table = model.summary(X, y)
    fixed = GDLinearModel(alpha=model.alpha_).fit(X, y).summary(X, y)
    assert "chosen from the same rows" in " ".join(table.notes)
    assert_allclose(table.standard_error, fixed.standard_error, rtol=1e-4)


def test_what_did_not_converge_is_noted():
    X = np.arange(20.0)[:, None]
    with pytest.warns(ConvergenceWarning):
        model = GDLinearModel("log_loss", alpha=0).fit(X, X[:, 0] > 9)
    assert "did not converge" in " ".join(model.summary(X, X[:, 0] > 9).notes)


@pytest.mark.parametrize("cov_type", ["classical", "HC0", "cluster"])
def test_shares_of_trials_are_those_of_statsmodels(cov_type):
    X, Y = data("star98")
    trials, ask = Y.sum(axis=1), asked(cov_type, len(Y))
    theirs = {"cov_type": "nonrobust" if cov_type == "classical" else cov_type}
    if cov_type == "cluster":
        theirs["cov_kwds"] = {"groups": ask["groups"]}
    result = sm.GLM(Y, sm.add_constant(X), family=Binomial()).fit(tol=1e-14, **theirs)
    model = GDLinearModel("binomial", **EXACT).fit(X, Y["NABOVE"] / trials, trials)
    # A row is one observation, however many its trials.
    ours = model.summary(X, Y["NABOVE"] / trials, trials, **ask)
    assert_same_table(ours, result)


def test_a_dispersion_that_was_found_is_noted():
    X, y = data("fair")
    y = np.round(y)
    model = GDLinearModel("negative_binomial", dispersion="auto", **EXACT).fit(X, y)
    table = model.summary(X, y)
    fixed = {"dispersion": model.dispersion_, **EXACT}
    same = GDLinearModel("negative_binomial", **fixed).fit(X, y).summary(X, y)
    assert_allclose(table.standard_error, same.standard_error, rtol=1e-5)
    assert "is taken as known" in " ".join(table.notes)


def test_trials_are_weights_of_the_two_classes():
    X, Y = data("star98")
    result = sm.GLM(Y, sm.add_constant(X), family=Binomial()).fit(tol=1e-14)
    both = pd.concat([X, X])
    labels = np.repeat(["above", "below"], len(X))
    weight = np.concatenate([Y["NABOVE"], Y["NBELOW"]])
    model = GDLinearModel("log_loss", **EXACT).fit(both, labels == "above", weight)
    assert_same_table(model.summary(both, labels == "above", weight), result)


@pytest.mark.parametrize("cov_type", ["nonrobust", "HC0"])
def test_a_multinomial_regression_is_that_of_statsmodels(cov_type):
    X, y = data("anes96")
    result = sm.MNLogit(y, sm.add_constant(X)).fit(
        disp=0, maxiter=100, tol=1e-14, cov_type=cov_type
    )
    model = GDLinearModel("log_loss", **EXACT).fit(X, y)
    ours = model.summary(
        X, y, cov_type="classical" if cov_type == "nonrobust" else cov_type
    )
    assert ours.output == list(range(1, 7))
    assert_allclose(ours.estimate.T, result.params, rtol=1e-6)
    assert_allclose(ours.standard_error.T, result.bse, rtol=1e-6)
    assert_allclose(ours.covariance, result.cov_params(), rtol=1e-5)
    assert "6.0: educ" in str(ours)
    # A column's coefficients of all classes are tested together.
    table = ours.wald_test_terms()
    place = [list(X.columns).index("educ") + 1 + 6 * k for k in range(6)]
    test = result.wald_test(np.eye(36)[place], scalar=True)
    found = table.term.index("educ")
    assert table.df[found] == 6
    assert_allclose(table.statistic[found], test.statistic, rtol=1e-6)


def logistic_parts(X, y, model, alpha=0.0):
    """Return the design, scores, curvatures and the second derivative of a fit."""
    Z = np.column_stack([np.ones(len(X)), X])
    p = model.predict_proba(X)[:, 1]
    ridge = alpha * len(X) * np.eye(Z.shape[1])
    ridge[0, 0] = 0
    h = p * (1 - p)
    return Z, p - y, h, Z.T @ (h[:, None] * Z) + ridge


@pytest.mark.parametrize("alpha", [0.0, 0.1])
def test_corrections_for_leverage_are_the_jackknifes_step(alpha):
    X, y = (np.asarray(a) for a in data("spector"))
    model = GDLinearModel("log_loss", alpha=alpha, tol=1e-12).fit(X, y)
    Z, s, h, H = logistic_parts(X, y, model, alpha)
    assert_allclose(model.summary(X, y).covariance, np.linalg.inv(H), rtol=1e-6)
    leverage = h * np.einsum("ij,jk,ik->i", Z, np.linalg.inv(H), Z)
    for cov_type, power in (("HC0", 0.0), ("HC2", 0.5), ("HC3", 1.0)):
        influence = np.linalg.solve(H, (Z * (s / (1 - leverage) ** power)[:, None]).T)
        ours = model.summary(X, y, cov_type=cov_type)
        assert_allclose(ours.covariance, influence @ influence.T, rtol=1e-5)
    k = np.trace(np.linalg.solve(H, Z.T @ (h[:, None] * Z)))
    influence = np.linalg.solve(H, (Z * s[:, None]).T)
    ours = model.summary(X, y, cov_type="HC1")
    expected = len(y) / (len(y) - k) * influence @ influence.T
    assert_allclose(ours.covariance, expected, rtol=1e-5)


def test_a_penalised_multinomial_regression_has_the_posteriors_errors():
    X, y = (np.asarray(a) for a in data("anes96"))
    y = y.astype(int) % 3
    X = (X - X.mean(axis=0)) / X.std(axis=0)
    model = GDLinearModel("log_loss", alpha=0.02, tol=1e-10).fit(X, y)
    p, Z = model.predict_proba(X), np.column_stack([np.ones(len(X)), X])
    H = np.zeros((3, 6, 3, 6))
    for a in range(3):
        for b in range(3):
            h = p[:, a] * ((a == b) - p[:, b])
            H[a, :, b] = Z.T @ (h[:, None] * Z)
        H[a, 1:, a, 1:] += 0.02 * len(y) * np.eye(5)
    # All coefficients, of which a shift of all intercepts is not known.
    covariance = np.linalg.pinv(H.reshape(18, 18), rcond=1e-10)
    D = np.kron([[-1.0, 1, 0], [-1, 0, 1]], np.eye(6))
    ours = model.summary(X, y)
    assert_allclose(ours.covariance, D @ covariance @ D.T, rtol=1e-5, atol=1e-9)
    with pytest.raises(ValueError, match="'HC3' does not support more"):
        model.summary(X, y, cov_type="HC3")


@pytest.mark.parametrize("delta", [1.35, "auto"])
def test_errors_of_hubers_regression_are_the_sandwich(delta):
    X, y = (np.asarray(a, dtype=float) for a in data("engel"))
    y = np.ravel(y) / 100
    model = GDLinearModel("huber", delta=delta, **EXACT).fit(X, y)
    with pytest.raises(ValueError, match="'huber' is not a likelihood"):
        model.summary(X, y)
    e, Z = model.predict(X) - y, np.column_stack([np.ones(len(X)), X])
    inner = np.abs(e) < model.delta_
    H = Z[inner].T @ Z[inner]
    U = Z * np.clip(e, -model.delta_, model.delta_)[:, None]
    expected = np.linalg.inv(H) @ (U.T @ U) @ np.linalg.inv(H)
    ours = model.summary(X, y, cov_type="HC0")
    assert_allclose(ours.covariance, expected, rtol=1e-6)
    assert "not a likelihood" in str(ours)
    assert ("is taken as known" in " ".join(ours.notes)) == (delta == "auto")


@pytest.mark.parametrize("q", [0.1, 0.5, 0.9])
@pytest.mark.filterwarnings("ignore::statsmodels.tools.sm_exceptions.ModelWarning")
def test_errors_of_quantiles_are_those_of_statsmodels(q):
    X, y = data("engel")
    model = GDLinearModel("quantile", quantile=q, alpha=0, tol=1e-9).fit(X, y)
    for cov_type, vcov in (("classical", "iid"), ("HC0", "robust")):
        # The tolerance is an absolute one, of columns in francs.
        result = sm.QuantReg(y, sm.add_constant(X)).fit(q, vcov=vcov, p_tol=1e-9)
        ours = model.summary(X, y, cov_type=cov_type)
        assert ours.degrees_of_freedom == result.df_resid
        assert_allclose(ours.standard_error, result.bse, rtol=1e-5)
        assert_allclose(ours.p, result.pvalues, rtol=1e-3, atol=1e-12)
    with pytest.raises(ValueError, match="'HC3' needs a curvature for each row"):
        model.summary(X, y, cov_type="HC3")


def test_several_quantiles_have_the_errors_of_each():
    X, y = data("engel")
    model = GDLinearModel("quantile", quantile=[0.25, 0.75], alpha=0, tol=1e-9)
    both = model.fit(X, y).summary(X, y)
    assert both.output == ["q=0.25", "q=0.75"]
    for k, q in enumerate((0.25, 0.75)):
        one = GDLinearModel("quantile", quantile=q, alpha=0, tol=1e-9).fit(X, y)
        assert_allclose(
            both.standard_error[k], one.summary(X, y).standard_error, rtol=1e-3
        )


def test_firths_penalty_has_the_errors_of_the_information():
    X, y = (np.asarray(a) for a in data("spector"))
    model = GDLinearModel("log_loss", penalty="firth", tol=1e-10).fit(X, y)
    table, H = model.summary(X, y), logistic_parts(X, y, model)[3]
    assert_allclose(table.covariance, np.linalg.inv(H), rtol=1e-6)
    assert "Firth" in " ".join(table.notes)
    assert "not the rows" not in " ".join(table.notes)


def test_the_absolute_error_is_the_median_in_any_units():
    X, y = data("engel")
    tables = []
    for loss, scale, shift in (
        ("quantile", 1, 0),
        ("absolute_error", 1, 0),
        ("absolute_error", 1e6, 1e9),
    ):
        model = GDLinearModel(loss, alpha=0, tol=1e-9).fit(X * scale, y * scale + shift)
        tables.append(model.summary(X * scale, y * scale + shift, cov_type="HC1"))
    for table in tables[1:]:
        assert_allclose(table.standard_error[1], tables[0].standard_error[1], rtol=1e-4)
        assert_allclose(table.wald_test([0]).p, tables[0].wald_test([0]).p, rtol=1e-2)


def test_weights_of_quantiles_are_repetitions():
    X, y = (np.asarray(a) for a in data("engel"))
    weight = np.random.default_rng(0).integers(0, 4, len(y))
    Z, target = X.repeat(weight, axis=0), y.repeat(weight)
    model = GDLinearModel("quantile", quantile=0.3, alpha=0, tol=1e-9)
    a = model.fit(X, y, weight).summary(X, y, weight)
    b = model.fit(Z, target).summary(Z, target)
    assert_allclose(a.standard_error, b.standard_error, rtol=1e-4)
    chunks = da.from_array(X, chunks=(50, 1)), da.from_array(y, chunks=50)
    c = model.fit(*chunks).summary(*chunks)
    d = model.fit(X, y).summary(X, y)
    assert_allclose(c.standard_error, d.standard_error, rtol=1e-3)


@pytest.mark.parametrize("loss", ["epsilon_insensitive", "hinge"])
def test_losses_with_kinks_are_refused_by_name(loss):
    X, y = data("spector")
    model = GDLinearModel(loss).fit(X, y)
    with pytest.raises(ValueError, match=f"loss='{loss}' has no second derivative"):
        model.summary(X, y, cov_type="HC1")


def test_a_loss_of_ones_own_has_a_sandwich():
    from skmath.calculus import Loss

    class LogCosh(Loss):
        def value(self, y, z):
            return np.log(np.cosh(z - y)).sum(axis=1)

        def gradient(self, y, z):
            return np.tanh(z - y)

        def curvature(self, y, z):
            return 1 - np.tanh(z - y) ** 2

    rng = np.random.default_rng(0)
    X, y = rng.normal(size=(60, 2)), rng.normal(size=60)
    model = GDLinearModel(LogCosh(), **EXACT).fit(X, y)
    e, Z = model.predict(X) - y, np.column_stack([np.ones(60), X])
    H, U = (Z.T * (1 - np.tanh(e) ** 2)) @ Z, Z * np.tanh(e)[:, None]
    expected = np.linalg.inv(H) @ (U.T @ U) @ np.linalg.inv(H)
    ours = model.summary(X, y, cov_type="HC0")
    assert_allclose(ours.covariance, expected, rtol=1e-6)
    with pytest.raises(ValueError, match="is not a likelihood"):
        model.summary(X, y)


# What a selection, a penalty or dependent columns leave of it


def test_a_selection_by_l1_is_named_and_held_coefficients_have_no_error():
    rng = np.random.default_rng(0)
    X = rng.normal(size=(200, 4))
    y = X[:, 0] + rng.normal(size=200)
    model = GDLinearModel(penalty="l1", alpha=0.1, tol=1e-10).fit(X, y)
    held = np.append(False, model.coef_ == 0)
    assert 0 < held.sum() < 4
    table = model.summary(X, y)
    assert_array_equal(np.isnan(table.standard_error), held)
    assert_array_equal(np.isnan(table.p), held)
    assert str(table).count("held at 0") == held.sum()
    assert "not valid after the selection" in " ".join(str(table).split())
    # The others have the errors of least squares on them, with the scale of this fit.
    Z = np.column_stack([np.ones(200), X])[:, ~held]
    squares = np.sum((y - model.predict(X)) ** 2) / (200 - Z.shape[1])
    expected = squares * np.linalg.inv(Z.T @ Z)
    kept = np.ix_(~held, ~held)
    assert_allclose(table.covariance[kept], expected, rtol=1e-8)
    with pytest.raises(ValueError, match="a penalty or bound fixes"):
        table.wald_test_terms()
    walls = GDLinearModel(positive=True, **EXACT).fit(X, -y).summary(X, -y)
    assert np.isnan(walls.p[1])
    # Where all are held, the mean is left.
    none = GDLinearModel(penalty="l1", alpha=1e3).fit(X, y)
    for cov_type in COVARIANCES:
        table = none.summary(X, y, **asked(cov_type, 200))
        assert np.isnan(table.p).tolist() == [False] + 4 * [True]
    assert_allclose(none.summary(X, y).standard_error[0], y.std(ddof=1) / 200**0.5)
    none.set_params(fit_intercept=False).fit(X, y)
    with pytest.raises(ValueError, match="holds all coefficients at 0"):
        none.summary(X, y)
    labels = np.arange(200) % 3
    model = GDLinearModel("log_loss", penalty="l1").fit(X, labels)
    with pytest.raises(ValueError, match="does not support more than two classes"):
        model.summary(X, labels)


def test_groups_that_a_penalty_holds_have_no_errors():
    rng = np.random.default_rng(0)
    X = rng.normal(size=(200, 6))
    y = X[:, 0] + X[:, 1] + rng.normal(size=200)
    groups = [0, 0, 1, 1, 2, 2]
    model = GDLinearModel(penalty="group", groups=groups, alpha=0.2).fit(X, y)
    table = model.summary(X, y, cov_type="HC1")
    assert_array_equal(np.isnan(table.p), [False] * 3 + [True] * 4)
    assert "not valid after the selection" in " ".join(table.notes)


def test_what_a_bound_holds_has_no_error_and_ties_are_refused():
    rng = np.random.default_rng(0)
    X = rng.normal(size=(100, 3))
    y = X @ [2.0, 0.5, 0.1] + rng.normal(size=100)
    model = GDLinearModel(bounds=(-1, 1), **EXACT).fit(X, y)
    table = model.summary(X, y)
    assert np.isnan(table.p).tolist() == [False, True, False, False]
    assert "held at 1" in str(table)
    kept = GDLinearModel(**EXACT).fit(X[:, 1:], y - X[:, 0])
    same = kept.summary(X[:, 1:], y - X[:, 0])
    assert_allclose(table.standard_error[2:], same.standard_error[1:], rtol=1e-6)
    tied = GDLinearModel(constraints=LinearConstraint([[1, -1, 0]], 0, 0), alpha=0)
    with pytest.raises(ValueError, match="couple coefficients"):
        tied.fit(X, y).summary(X, y)


def test_a_penalty_is_named_as_strongly_as_it_acts():
    X, y = data("spector")
    weak = GDLinearModel("log_loss").fit(X, y).summary(X, y)
    exact = GDLinearModel("log_loss", **EXACT).fit(X, y).summary(X, y)
    assert_allclose(weak.standard_error, exact.standard_error, rtol=2e-2)
    strong = GDLinearModel("log_loss", alpha=0.5).fit(X, y).summary(X, y)
    assert (strong.standard_error < exact.standard_error)[1:].all()
    assert "posterior" in " ".join(strong.notes)
    assert len(exact.notes) == 1  # which class is meant


@pytest.mark.parametrize("loss", ["squared_error", "log_loss", "poisson"])
@pytest.mark.parametrize("cov_type", ["classical", "HC1"])
def test_what_the_data_do_not_determine_has_no_p_value(loss, cov_type):
    rng = np.random.default_rng(0)
    X = rng.normal(size=(80, 3))
    y = rng.integers(0, 2, 80)
    flag = np.arange(80) % 3 == 0
    # A flag and its complement, which leave the intercept open, and a copy.
    Z = np.column_stack([X, flag, ~flag, 1e3 * X[:, 0] + 7])
    model = GDLinearModel(loss, **EXACT).fit(Z, y)
    table = model.summary(Z, y, cov_type=cov_type)
    is_open = np.array([True, True, False, False, True, True, True])
    assert_array_equal(np.isinf(table.standard_error), is_open)
    assert_array_equal(np.isnan(table.p), is_open)
    assert_array_equal(np.isnan(table.t), is_open)
    assert str(table).count("not determined") == is_open.sum()
    # What is determined has the errors of the fit without what is not.
    kept = GDLinearModel(loss, **EXACT).fit(Z[:, :4], y)
    reduced = kept.summary(Z[:, :4], y, cov_type=cov_type)
    assert_allclose(table.standard_error[2:4], reduced.standard_error[2:4], rtol=1e-6)
    assert_allclose(table.wald_test([1, 2]).p, reduced.wald_test([1, 2]).p, rtol=1e-5)
    with pytest.raises(ValueError, match="do not determine"):
        table.wald_test([0, 1])


def test_dependent_columns_of_several_classes():
    rng = np.random.default_rng(0)
    X, y = rng.normal(size=(90, 3)), np.arange(90) % 3
    Z = np.column_stack([X, X[:, 1], np.ones(90)])
    model = GDLinearModel("log_loss", **EXACT).fit(Z, y)
    table = model.summary(Z, y)
    is_open = np.array([True, False, True, False, True, True])
    assert_array_equal(np.isinf(table.standard_error), np.stack([is_open] * 2))
    kept = GDLinearModel("log_loss", **EXACT).fit(X, y).summary(X, y)
    ours, theirs = (t.standard_error[:, [1, 3]] for t in (table, kept))
    assert_allclose(ours, theirs, rtol=1e-6)


def test_nearly_dependent_columns_keep_their_digits():
    rng = np.random.default_rng(0)
    X = rng.normal(size=(300, 3))
    X[:, 2] = X[:, 0] + 1e-6 * X[:, 2]
    y = rng.integers(0, 2, 300)
    A = X - X.mean(axis=0)
    # Rounding errors of the gradient are multiplied by the columns' condition number.
    for model in (SVDRegressor(), GDLinearModel(alpha=0, tol=1e-9)):
        table = model.fit(X, y).summary(X, y)
        # The error by the length of what the other column leaves of the third.
        rest = A[:, 2] - A[:, :2] @ np.linalg.lstsq(A[:, :2], A[:, 2])[0]
        scale = table.get("noise_variance", table.get("dispersion"))
        expected = (scale / np.sum(rest**2)) ** 0.5
        assert_allclose(table.standard_error[3], expected, rtol=1e-6)


# Units, weights, order and storage


LOSSES = {
    "least squares": SVDRegressor(),
    "squared_error": GDLinearModel(**EXACT),
    "log_loss": GDLinearModel("log_loss", **EXACT),
    "poisson": GDLinearModel("poisson", **EXACT),
    "gamma": GDLinearModel("gamma", **EXACT),
    "three classes": GDLinearModel("log_loss", **EXACT),
    "huber": GDLinearModel("huber", delta="auto", **EXACT),
}


def table_data(loss, rng, n=60):
    X = rng.normal(size=(n, 3))
    X[:, 2] = np.exp(X[:, 2])
    z = X @ [0.5, -0.3, 0.2]
    y = {
        "log_loss": (z + rng.normal(size=n) > 0.3).astype(int),
        "poisson": rng.poisson(np.exp(z)),
        "gamma": np.exp(z + rng.normal(size=n)),
        "three classes": np.digitize(z + rng.normal(size=n), [0, 0.8]),
    }.get(loss, z + rng.normal(size=n))
    return X, y


def covariances_of(loss):
    kinds = [*COVARIANCES]
    if loss == "huber":
        kinds.remove("classical")
    if loss == "three classes":
        kinds = [kind for kind in kinds if kind not in ("HC2", "HC3")]
    return kinds


@pytest.mark.parametrize("loss", LOSSES)
@settings(max_examples=5)
@given(seed=st.integers(0, 10**6), powers=st.tuples(*[st.integers(-6, 6)] * 3))
def test_units_change_nothing_that_has_none(loss, seed, powers):
    rng = np.random.default_rng(seed % 20)
    X, y = table_data(loss, rng)
    model, units = LOSSES[loss], 10.0 ** np.array(powers)
    shift = rng.normal(size=3)
    Z = (X + shift) * units
    moved = loss in ("least squares", "squared_error", "huber")
    y_of_Z = 1e3 * (y + 100) if moved else y
    for cov_type in covariances_of(loss):
        ask = asked(cov_type, len(y))
        a = model.fit(X, y).summary(X, y, **ask)
        b = model.fit(Z, y_of_Z).summary(Z, y_of_Z, **ask)
        # The intercept is another one.
        assert_allclose(b.t[..., 1:], a.t[..., 1:], rtol=1e-4, atol=1e-6)
        assert_allclose(b.p[..., 1:], a.p[..., 1:], rtol=1e-3, atol=1e-9)
        tests = [t.wald_test([0, 2]).p for t in (a, b)]
        assert_allclose(*tests, rtol=1e-3, atol=1e-9)


@pytest.mark.parametrize("loss", LOSSES)
def test_weights_are_repetitions(loss):
    rng = np.random.default_rng(3)
    X, y = table_data(loss, rng)
    weight, groups = rng.integers(0, 4, 60), np.arange(60) // 4
    X_each, y_each, groups_each = (a.repeat(weight, axis=0) for a in (X, y, groups))
    model = LOSSES[loss]
    for cov_type in covariances_of(loss):
        ask = [{"cov_type": cov_type} for _ in range(2)]
        if cov_type == "cluster":
            ask[0]["groups"], ask[1]["groups"] = groups, groups_each
        a = model.fit(X, y, weight).summary(X, y, weight, **ask[0])
        b = model.fit(X_each, y_each).summary(X_each, y_each, **ask[1])
        for name in ("estimate", "standard_error", "t", "p", "interval"):
            assert_allclose(a[name], b[name], rtol=1e-4, atol=1e-8)


@pytest.mark.parametrize("loss", LOSSES)
@pytest.mark.filterwarnings("ignore::sklearn.exceptions.ConvergenceWarning")
def test_order_and_storage_of_the_rows_change_nothing(loss):
    rng = np.random.default_rng(4)
    X, y = table_data(loss, rng, n=90)
    X[rng.random(X.shape) < 0.5] = 0
    order, groups = rng.permutation(90), np.arange(90) // 5
    model = LOSSES[loss]
    for cov_type in covariances_of(loss):
        ask = [{"cov_type": cov_type}, {"cov_type": cov_type}]
        if cov_type == "cluster":
            ask[0]["groups"], ask[1]["groups"] = groups, groups[order]
        plain = model.fit(X, y).summary(X, y, **ask[0])
        others = [
            (X[order], y[order], ask[1]),
            (np.asfortranarray(X), y, ask[0]),
            (sparse.csr_array(X), y, ask[0]),
            (da.from_array(X, chunks=(25, 3)), da.from_array(y, chunks=25), ask[0]),
        ]
        for Z, target, keywords in others:
            found = model.fit(Z, target).summary(Z, target, **keywords)
            for name in ("estimate", "standard_error", "t", "p", "interval"):
                assert_allclose(found[name], plain[name], rtol=1e-4, atol=1e-7)


def test_float32_follows_float64():
    X, y = data("spector")
    gd = [GDLinearModel(loss, alpha=0) for loss in ("log_loss", "squared_error")]
    for model in (SVDRegressor(), *gd):
        wide = model.fit(X, y).summary(X, y, cov_type="HC3")
        X32, y32 = X.astype(np.float32), y.astype(np.float32)
        narrow = model.fit(X32, y32).summary(X32, y32, cov_type="HC3")
        assert_allclose(narrow.standard_error, wide.standard_error, rtol=1e-3)


@pytest.mark.parametrize("loss", sorted(set(LOSSES) - {"gamma"}))
def test_arrays_of_another_namespace(loss):
    X, y = (np.asarray(a) for a in data("spector"))
    y = np.arange(32) % 3 if loss == "three classes" else y
    model = LOSSES[loss]
    for cov_type in covariances_of(loss):
        ask = asked(cov_type, len(y))
        host = model.fit(X, y).summary(X, y, **ask)
        with config_context(array_api_dispatch=True):
            pair = [array_api_strict.asarray(a) for a in (X, y)]
            found = model.fit(*pair).summary(*pair, **ask)
        for name in ("estimate", "standard_error", "p", "interval"):
            assert type(found[name]) is np.ndarray
            assert_allclose(found[name], host[name], rtol=1e-5, atol=1e-9)


# What is asked, and refused


def test_a_summary_leaves_the_model_as_it_is():
    X, y = data("spector")
    for model in LOSSES.values():
        if model.get_params().get("loss") in ("gamma",):
            continue
        model.fit(X, y)
        before = dict(vars(model))
        model.summary(X, y, cov_type="HC1")
        assert vars(model).keys() == before.keys()
        assert all(vars(model)[name] is value for name, value in before.items())


def test_a_summary_can_be_saved():
    X, y = data("spector")
    table = GDLinearModel("log_loss", alpha=0).fit(X, y).summary(X, y)
    again = pickle.loads(pickle.dumps(table))
    assert str(again) == str(table)
    assert_allclose(again.covariance, table.covariance)
    test = pickle.loads(pickle.dumps(table.wald_test_terms()))
    assert str(test) == str(table.wald_test_terms())


@pytest.mark.parametrize("weights_are", ["repetitions", "precision"])
@pytest.mark.parametrize("model", LEAST_SQUARES.values(), ids=LEAST_SQUARES)
def test_groups_without_a_weight_are_not_there(model, weights_are):
    X, y = data("longley")
    groups = np.arange(len(y)) // 2
    weight = np.where(groups < 2, 0.0, 1.0)
    rows = groups > 1
    result = sm.OLS(y[rows], sm.add_constant(X[rows])).fit()
    result = result.get_robustcov_results("cluster", groups=groups[rows])
    kind = {"cov_type": "cluster", "groups": groups, "weights_are": weights_are}
    table = model.fit(X, y, weight).summary(X, y, weight, **kind)
    assert table.n_groups == 6
    assert table.degrees_of_freedom == 5
    assert_allclose(table.standard_error, result.bse, rtol=1e-4)


def balanced_table():
    """Return indicators of three factors of four levels in all 64 cells, and counts."""
    places = np.indices((4, 4, 4)).reshape(3, -1)
    levels = [f[:, None] == np.arange(1, 4) for f in places]
    X = np.hstack(levels).astype(float)
    rng = np.random.default_rng(0)
    y = rng.poisson(np.exp(2 + X @ rng.normal(size=9) / 2)).astype(float)
    frame = pd.DataFrame(X, columns=[f"{f}{k}" for f in "abc" for k in (1, 2, 3)])
    return frame, y, places[0]


@pytest.mark.parametrize(
    ("model", "family"),
    [
        (SVDRegressor(), Gaussian()),
        (GDLinearModel(alpha=0), Gaussian()),
        (GDLinearModel("poisson", alpha=0), Poisson()),
    ],
    ids=["SVDRegressor", "squared error", "poisson"],
)
def test_groups_that_columns_fit_exactly_say_nothing_of_those(model, family):
    # The sums of the scores of each level of a balanced factor are 0.
    X, y, groups = balanced_table()
    result = sm.GLM(y, sm.add_constant(X), family=family).fit(
        cov_type="cluster", cov_kwds={"groups": groups}, tol=1e-14
    )
    kind = {"cov_type": "cluster", "groups": groups}
    table = model.fit(X, y).summary(X, y, **kind)
    unknown = [name[0] == "a" for name in table.name]
    assert_array_equal(np.isinf(table.standard_error), unknown)
    known = np.logical_not(unknown)
    errors = result.bse.to_numpy()[known]
    assert_allclose(table.standard_error[known], errors, rtol=1e-4)
    assert np.isnan(table.p[unknown]).all()
    assert "0 for a1, a2, a3" in " ".join(table.notes)
    assert "not determined" in str(table)
    assert "at most 3 hypotheses" in " ".join(table.notes)
    found = table.wald_test(["b1", "b2", "b3"])
    assert np.isfinite(found.p)
    with pytest.raises(ValueError, match="rank of at most 3"):
        table.wald_test(["b1", "b2", "b3", "c1"])
    with pytest.raises(
        ValueError, match="do not determine one of its coefficients, or its error"
    ):
        table.wald_test(["a1"])
    # What has a name has it in any units.
    other = model.fit(X * 1e6, y).summary(X * 1e6, y, **kind)
    assert_array_equal(np.isinf(other.standard_error), unknown)


@pytest.mark.parametrize(
    "model",
    [
        SVDRegressor(alpha=1e-4),
        GDLinearModel(),
        GDLinearModel("poisson"),
        GDLinearModel("poisson", alpha=1e-8),
    ],
)
def test_a_weak_penalty_is_no_error_of_what_is_fitted_exactly(model):
    X, y, groups = balanced_table()
    table = model.fit(X, y).summary(X, y, cov_type="cluster", groups=groups)
    unknown = [name[0] == "a" for name in table.name]
    assert_array_equal(np.isinf(table.standard_error), unknown)


@pytest.mark.parametrize("cov_type", ["HC0", "HC1", "cluster"])
@pytest.mark.parametrize("tol", [1e-6, 1e-9])
@pytest.mark.filterwarnings("ignore::sklearn.exceptions.ConvergenceWarning")
def test_robust_errors_of_what_is_separable_are_not_small(cov_type, tol):
    # The errors of the rows without events fall with what is left of the gradient.
    rng = np.random.default_rng(0)
    X = np.column_stack([np.arange(60) % 3 == 0, rng.normal(size=60)]).astype(float)
    y = np.where(X[:, 0] == 1, 0.0, rng.poisson(3, 60))
    for loss, target in (("poisson", y), ("log_loss", y > 2)):
        model = GDLinearModel(loss, alpha=0, tol=tol).fit(X, target)
        table = model.summary(X, target, **asked(cov_type, 60))
        assert np.isinf(table.standard_error).tolist() == [False, True, False]
        rest = X[:, 0] == 0
        alone = GDLinearModel(loss, alpha=0, tol=tol).fit(X[rest, 1:], target[rest])
        if cov_type == "HC0":  # the others are those of the other rows
            errors = alone.summary(X[rest, 1:], target[rest], cov_type="HC0")
            found = table.standard_error[[0, 2]]
            assert_allclose(found, errors.standard_error, rtol=1e-3)


def test_what_is_separable_of_several_classes_is_noted_as_such():
    rng = np.random.default_rng(0)
    X = np.column_stack([np.arange(90) // 30 == 0, rng.normal(size=90)]).astype(float)
    y = np.where(X[:, 0] == 1, 0, rng.integers(1, 3, 90))
    with pytest.warns(ConvergenceWarning):
        model = GDLinearModel("log_loss", alpha=0).fit(X, y)
    table = model.summary(X, y, cov_type="HC0")
    assert np.isinf(table.standard_error[:, 1]).all()
    assert "separable" in " ".join(table.notes) or "are 0 for" in " ".join(table.notes)


def test_errors_of_a_mean_that_underflows_are_those_of_its_limit():
    found = Derivatives(SquaredErrorLogLink(), False, True).squared_errors(
        np.array([[3.0], [3.0]]), np.array([[-800.0], [np.log(2.0)]])
    )
    assert_allclose(found, [[9.0], [1.0]])


def test_terms_are_named_columns_or_indices():
    X, y = data("longley")
    table = SVDRegressor().fit(X, y).summary()
    by_name = table.wald_test_terms({"size": ["GNP", "POP"], "time": ["YEAR"]})
    assert by_name.term == ["size", "time"]
    assert by_name.df.tolist() == [2, 1]
    by_index = table.wald_test_terms({"size": [1, 4], "time": [5]})
    assert_allclose(by_name.p, by_index.p)
    assert_allclose(by_name.p[1], table.p[6])  # F of one is t^2
    each = table.wald_test_terms()
    assert each.term == list(X.columns)
    assert_allclose(each.p, table.p[1:])
    assert str(by_name).splitlines()[1].startswith("size")


def test_rows_that_are_not_those_of_the_fit_are_noted():
    X, y = (np.asarray(a) for a in data("fair"))
    model = GDLinearModel("log_loss", **EXACT).fit(X, y > 0)
    assert "not the rows of the fit" in str(model.summary(X[::9], y[::9] > 0)).replace(
        "\n  ", " "
    )
    model = SVDRegressor().fit(X, y)
    note = model.summary(X[::9], y[::9], cov_type="HC0").notes[-1]
    assert "differ from those of the fit" in note


def test_weights_of_classes_are_noted():
    X, y = data("spector")
    model = GDLinearModel("log_loss", class_weight="balanced", **EXACT).fit(X, y)
    assert "class_weight" in " ".join(model.summary(X, y).notes)
    weight = np.where(y == 1, 32 / 2 / y.sum(), 32 / 2 / (32 - y.sum()))
    same = GDLinearModel("log_loss", **EXACT).fit(X, y, weight).summary(X, y, weight)
    assert_allclose(model.summary(X, y).standard_error, same.standard_error)


X_SMALL, Y_SMALL = np.arange(12.0).reshape(6, 2) ** 2, np.arange(6.0) % 4


@pytest.mark.parametrize(
    ("keywords", "message"),
    [
        ({"cov_type": "HC4"}, "cov_type='HC4' must be one of"),
        ({"cov_type": "cluster"}, "requires groups"),
        ({"groups": [0, 0, 1, 1, 2, 2]}, "groups requires cov_type='cluster'"),
        ({"cov_type": "cluster", "groups": [0, 1]}, "one entry for each of the 6 rows"),
        ({"cov_type": "cluster", "groups": [0] * 6}, "only one group"),
        (
            {"cov_type": "cluster", "groups": ["a", "b", None, "a", "b", "b"]},
            "missing values",
        ),
        (
            {"cov_type": "cluster", "groups": ["a", "b", np.nan, "a", "b", "b"]},
            "missing values",
        ),
        (
            {"cov_type": "cluster", "groups": pd.Series([1, None] * 3, dtype="Int64")},
            "missing values",
        ),
        ({"confidence": 95}, "confidence must be in"),
        ({"weights_are": "frequency"}, "weights_are='frequency' must be one of"),
    ],
)
@pytest.mark.parametrize("model", LEAST_SQUARES.values(), ids=LEAST_SQUARES)
def test_what_cannot_be_asked_is_refused_by_name(model, keywords, message):
    model.fit(X_SMALL, Y_SMALL)
    with pytest.raises(ValueError, match=message):
        model.summary(X_SMALL, Y_SMALL, **keywords)


@pytest.mark.parametrize("model", LEAST_SQUARES.values(), ids=LEAST_SQUARES)
def test_what_the_rows_do_not_give_is_refused(model):
    model.fit(X_SMALL, Y_SMALL)
    with pytest.raises(ValueError, match="requires the rows of the fit"):
        model.summary(cov_type="HC1")
    with pytest.raises(ValueError, match="pass confidence by name"):
        model.summary(0.9)
    # A flag of one row fits it exactly.
    X = np.column_stack([X_SMALL, np.arange(6) == 2])
    model.fit(X, Y_SMALL)
    assert np.isfinite(model.summary(X, Y_SMALL, cov_type="HC1").p).all()
    for cov_type in ("HC2", "HC3"):
        with pytest.raises(ValueError, match="fitted exactly"):
            model.summary(X, Y_SMALL, cov_type=cov_type)
    few = model.fit(X[:4], Y_SMALL[:4])
    with pytest.raises(ValueError, match="no degree of freedom"):
        few.summary(X[:4], Y_SMALL[:4])


def test_hypotheses_of_another_shape_are_refused():
    table = SVDRegressor().fit(X_SMALL, Y_SMALL).summary()
    for R, message in (
        (np.ones((1, 4)), "must have 3 columns"),
        (["x2"], "'x2' is not one of"),
        ([2], "index 2 is out of range"),
        (np.ones((2, 3)), "linearly dependent"),
    ):
        with pytest.raises(ValueError, match=message):
            table.wald_test(R)
    with pytest.raises(ValueError, match="could not be broadcast"):
        table.wald_test(["x0"], q=[1, 2])
