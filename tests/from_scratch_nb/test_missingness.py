"""FromScratchNB(missing="category"): that a value is missing is evidence."""

import pickle

import numpy as np
import pandas as pd
import pytest
from sklearn.naive_bayes import BernoulliNB, CategoricalNB, GaussianNB

from skmath import FromScratchNB
from skmath._rows.tables import columns_of

PLAIN = {"dependence": None, "calibrate": None}


def table(n=60):
    rng = np.random.default_rng(0)
    y = np.arange(n) % 2
    x = rng.normal(size=n) + y
    colour = rng.choice(["red", "green", "blue"], n).astype(object)
    x[rng.random(n) < 0.2 + 0.5 * y] = np.nan
    colour[rng.random(n) < 0.5 - 0.3 * y] = None
    return pd.DataFrame({"x": x, "colour": colour}), y


def fitted(distribution="dtype", **parameters):
    return FromScratchNB(distribution, missing="category", **PLAIN, **parameters)


@pytest.mark.parametrize("alpha", [1.0, 0.3])
def test_a_missing_category_is_one_more_category(alpha):
    X, y = table()
    X = X[["colour"]]
    codes = X["colour"].map({"red": 0, "green": 1, "blue": 2}).fillna(3).to_numpy()
    peer = CategoricalNB(alpha=alpha).fit(codes[:, None].astype(int), y)
    model = fitted(alpha=alpha).fit(X, y)
    expected = peer.predict_log_proba(codes[:, None].astype(int))
    np.testing.assert_allclose(model.predict_log_proba(X), expected)
    missing = peer.feature_log_prob_[0][:, 3]
    np.testing.assert_allclose(model.missing_log_prob_[0], missing)


def test_a_missing_number_is_a_coin_beside_the_density():
    X, y = table()
    x = X[["x"]].to_numpy()
    there = ~np.isnan(x)
    coin = BernoulliNB(fit_prior=False).fit(there, y)
    count = np.bincount(y)
    means, sds = zip(
        *(
            (x[there[:, 0] & (y == k), 0].mean(), x[there[:, 0] & (y == k), 0].std())
            for k in range(2)
        ),
        strict=True,
    )
    density = -((x - means) ** 2) / (2 * np.square(sds)) - np.log(sds)
    expected = np.where(there, density, 0) + coin.predict_joint_log_proba(there)
    expected = expected + np.log(count / count.sum())
    expected -= np.logaddexp.reduce(expected, axis=1, keepdims=True)
    model = fitted("gaussian", var_smoothing=0).fit(x, y)
    np.testing.assert_allclose(model.predict_log_proba(x), expected, rtol=1e-9)


def test_without_holes_it_is_what_ignoring_them_is():
    X, y = table()
    X = X.fillna({"x": 0.0, "colour": "red"})
    plain = FromScratchNB("dtype", **PLAIN).fit(X, y)
    model = fitted().fit(X, y)
    np.testing.assert_allclose(model.predict_proba(X), plain.predict_proba(X))
    # One seen zero times, as any other category that is new.
    hole, new = X.iloc[[0]].astype(object), X.iloc[[0]]
    hole, new = hole.assign(colour=None), new.assign(colour="pink")
    np.testing.assert_allclose(model.predict_proba(hole), plain.predict_proba(new))


def test_weights_are_repetitions_and_parts_add_up():
    X, y = table()
    weight = np.arange(60) % 3
    again = np.repeat(np.arange(60), weight)
    whole = fitted().fit(X.iloc[again], y[again])
    weighted = fitted().fit(X, y, weight)
    expected = whole.predict_log_proba(X)
    np.testing.assert_allclose(weighted.predict_log_proba(X), expected)
    parts = fitted().partial_fit(X[:30], y[:30], None, weight[:30])
    parts.partial_fit(X[30:], y[30:], None, weight[30:])
    np.testing.assert_allclose(parts.predict_log_proba(X), expected)
    copy = pickle.loads(pickle.dumps(parts))
    np.testing.assert_array_equal(copy.predict_log_proba(X), parts.predict_log_proba(X))


@pytest.mark.parametrize("dependence", [None, "auto", "aode", "tan"])
def test_evidence_adds_up(dependence):
    X, y = table(200)
    model = FromScratchNB(missing="category", dependence=dependence).fit(X, y)
    log_odds = model.feature_evidence(X).sum(axis=1) + np.log(model.class_prior_)
    log_odds -= np.logaddexp.reduce(log_odds, axis=1, keepdims=True)
    np.testing.assert_allclose(log_odds, model.predict_log_proba(X), atol=1e-9)


def test_the_likelihood_of_a_hole():
    X, y = table()
    model = fitted().fit(X, y)
    for j, value in enumerate((0.5, "red")):
        found = np.exp(model.feature_log_likelihood([None, value], j))
        np.testing.assert_allclose(found[0], np.exp(model.missing_log_prob_[j]))
    all_values = ["red", "green", "blue", None]
    total = np.exp(model.feature_log_likelihood(all_values, 1)).sum(axis=0)
    np.testing.assert_allclose(total, 1)


def test_holes_are_drawn_as_often_as_they_were():
    X, y = table()
    model = fitted().fit(X, y)
    drawn, labels = model.sample(20_000, random_state=0)
    shares = [pd.isna(drawn[labels == k]).mean(axis=0) for k in range(2)]
    expected = np.exp(model.missing_log_prob_).T
    np.testing.assert_allclose(shares, expected, atol=0.02)


def test_holes_that_tell_the_class():
    rng = np.random.default_rng(0)
    y = np.arange(400) % 2
    x = np.where(rng.random(400) < 0.1 + 0.8 * y, np.nan, rng.normal(size=400))
    x = x[:, None]
    assert FromScratchNB().fit(x[:200], y[:200]).score(x[200:], y[200:]) < 0.7
    model = FromScratchNB(missing="category").fit(x[:200], y[:200])
    assert model.score(x[200:], y[200:]) > 0.85


def test_rows_are_left_out_of_the_holes_too():
    X, y = table()
    X = X[["colour"]]
    model = fitted().fit(X, y)
    ((_, likelihood, parameters),), total = model._groups_, model._sums_[-1]
    codes = model._table_.encode(columns_of(X))
    found = likelihood.left_out(codes, y, 1.0, total, parameters)
    for i in range(10):
        others = np.arange(60) != i
        without = fitted().fit(X[others], y[others])
        expected = without.feature_log_likelihood(X["colour"][[i]], 0)[0, y[i]]
        assert found[i] == pytest.approx(expected)


def test_with_a_sparse_x_nothing_is_missing():
    from scipy import sparse

    X = sparse.csr_array(np.random.default_rng(0).poisson(1.0, (40, 3)) * 1.0)
    y = np.arange(40) % 2
    model = fitted("gaussian", var_smoothing=0).fit(X, y)
    expected = GaussianNB(var_smoothing=0).fit(X.toarray(), y)
    np.testing.assert_allclose(
        model.predict_proba(X), expected.predict_proba(X.toarray()), rtol=1e-6
    )
