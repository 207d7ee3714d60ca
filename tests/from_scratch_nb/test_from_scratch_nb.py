"""FromScratchNB against scikit-learn's five classes and the seed's example by hand."""

import numpy as np
import pandas as pd
import pytest
from sklearn.datasets import load_iris
from sklearn.metrics import log_loss
from sklearn.naive_bayes import (
    BernoulliNB,
    CategoricalNB,
    ComplementNB,
    GaussianNB,
    MultinomialNB,
)
from sklearn.preprocessing import OrdinalEncoder

from skmath import FromScratchNB
from skmath.datasets import load_play_tennis


@pytest.fixture
def tennis():
    return load_play_tennis(return_X_y=True)


@pytest.fixture
def mixed():
    """A table of strings and numbers, and its target."""
    rng = np.random.default_rng(0)
    y = np.arange(60) % 2
    return pd.DataFrame(
        {
            "length": rng.normal(size=60) + 2 * y,
            "colour": np.where(rng.random(60) < 0.2 + 0.6 * y, "red", "blue"),
            "count": rng.poisson(3, 60),
        }
    ), y


def test_gaussian_is_scikit_learns():
    X, y = load_iris(return_X_y=True)
    weight = np.arange(len(y)) % 5 + 0.5
    ours = FromScratchNB("gaussian", var_smoothing=0).fit(X, y, weight)
    theirs = GaussianNB(var_smoothing=0).fit(X, y, weight)
    np.testing.assert_allclose(
        ours.predict_proba(X), theirs.predict_proba(X), atol=1e-9
    )
    np.testing.assert_allclose(ours.theta_, theirs.theta_)
    np.testing.assert_allclose(ours.var_, theirs.var_)
    np.testing.assert_allclose(ours.class_prior_, theirs.class_prior_)


@pytest.mark.parametrize(
    ("distribution", "peer"),
    [
        ("bernoulli", BernoulliNB(alpha=0.5)),
        ("multinomial", MultinomialNB(alpha=0.5)),
        ("categorical", CategoricalNB(alpha=0.5)),
        ("complement", ComplementNB(alpha=0.5)),
    ],
)
def test_counts_are_scikit_learns(distribution, peer):
    rng = np.random.default_rng(0)
    X, y = rng.poisson(1.0, size=(80, 5)), np.arange(80) % 3
    weight = rng.random(80)
    ours = FromScratchNB(distribution, alpha=0.5).fit(X, y, weight)
    # Weights that are no repetitions are relative: a row of alpha weighs their mean.
    peer.set_params(alpha=0.5 * weight.mean()).fit(X, y, weight)
    np.testing.assert_allclose(ours.predict_proba(X), peer.predict_proba(X), atol=1e-10)


def test_play_tennis_by_hand(tennis):
    # P(yes) = 9/14; of the 9, sunny 2, cool 3, high humidity 3, strong wind 3;
    # P(no) = 5/14; of the 5, sunny 3, cool 1, high humidity 4, strong wind 3.
    model = FromScratchNB("categorical", alpha=1e-10).fit(*tennis)
    yes, no = (
        9 / 14 * 2 / 9 * 3 / 9 * 3 / 9 * 3 / 9,
        5 / 14 * 3 / 5 * 1 / 5 * 4 / 5 * 3 / 5,
    )
    day = [["sunny", "cool", "high", "strong"]]
    np.testing.assert_allclose(
        model.predict_proba(day), [[no, yes] / np.array(no + yes)]
    )
    assert model.predict(day) == "no"


def test_strings_are_what_their_codes_would_be(tennis):
    X, y = tennis
    codes = OrdinalEncoder().fit_transform(X)
    np.testing.assert_allclose(
        FromScratchNB("categorical").fit(X, y).predict_proba(X),
        CategoricalNB().fit(codes, y).predict_proba(codes),
    )


def test_an_unseen_category_is_not_an_error(tennis):
    model = FromScratchNB().fit(*tennis)
    proba = model.predict_proba([["snow", "cool", "high", "strong"]])
    assert np.isfinite(proba).all()
    assert proba.sum() == pytest.approx(1)


def test_a_mixed_frame_is_taken_as_it_is(mixed):
    X, y = mixed
    model = FromScratchNB("dtype").fit(X, y)
    assert model.distributions_ == ["gaussian", "categorical", "gaussian"]
    # Independence: the joint is the sum of the two models' likelihoods.
    numbers = FromScratchNB("gaussian").fit(X[["length", "count"]], y)
    words = FromScratchNB("categorical").fit(X[["colour"]], y)
    expected = (
        numbers.predict_joint_log_proba(X[["length", "count"]])
        + words.predict_joint_log_proba(X[["colour"]])
        - np.log(model.class_prior_)
    )
    np.testing.assert_allclose(model.predict_joint_log_proba(X), expected)


def test_a_distribution_for_each_column(mixed):
    X, y = mixed
    names = ["gaussian", "categorical", "multinomial"]
    model = FromScratchNB(names).fit(X, y)
    assert model.distributions_ == names
    with pytest.raises(ValueError, match="each of the 2 columns"):
        FromScratchNB(["gaussian"]).fit(X[["length", "count"]], y)


def test_evidence_adds_up_to_the_log_odds(mixed):
    X, y = mixed
    model = FromScratchNB().fit(X, y)
    evidence = model.feature_evidence(X)
    assert evidence.shape == (60, 3, 2)
    log_odds = np.log(model.class_prior_[1] / model.class_prior_[0])
    log_odds = log_odds + (evidence[:, :, 1] - evidence[:, :, 0]).sum(axis=1)
    log_proba = model.predict_log_proba(X)
    np.testing.assert_allclose(log_odds, log_proba[:, 1] - log_proba[:, 0])


def test_an_outlier_has_a_finite_posterior():
    X, y = load_iris(return_X_y=True)
    proba = FromScratchNB().fit(X, y).predict_proba(X[:1] + 1e6)
    assert np.isfinite(proba).all()
    assert proba.sum() == pytest.approx(1)


def test_a_constant_feature_says_nothing():
    X, y = load_iris(return_X_y=True)
    with_constant = np.column_stack([X, np.full(len(y), 7.0)])
    np.testing.assert_allclose(
        FromScratchNB().fit(with_constant, y).predict_proba(with_constant),
        FromScratchNB().fit(X, y).predict_proba(X),
        atol=1e-12,
    )


def test_units_do_not_matter():
    X, y = load_iris(return_X_y=True)
    scales = np.array([1e-6, 1.0, 1e6, 1e3])
    np.testing.assert_allclose(
        FromScratchNB().fit(X * scales, y).predict_proba(X * scales),
        FromScratchNB().fit(X, y).predict_proba(X),
        atol=1e-9,
    )


@pytest.mark.parametrize(
    ("priors", "message"),
    [
        ([0.5, 0.6], "sum to 1"),
        ([0.2, 0.3, 0.5], "each of the 2"),
        ([-1, 2], "negative"),
    ],
)
def test_priors_that_are_none_are_told(tennis, priors, message):
    with pytest.raises(ValueError, match=message):
        FromScratchNB(priors=priors).fit(*tennis)


def test_given_priors_are_used(tennis):
    X, y = tennis
    model = FromScratchNB(priors=[0.9, 0.1]).fit(X, y)
    np.testing.assert_allclose(model.class_prior_, [0.9, 0.1])


def test_negative_counts_are_told():
    with pytest.raises(ValueError, match="Negative values"):
        FromScratchNB("multinomial").fit([[1, -1], [0, 1]], [0, 1])


def test_text_where_numbers_are_asked_for_is_told(tennis):
    with pytest.raises(ValueError, match="could not convert"):
        FromScratchNB("gaussian").fit(*tennis)


def test_whole_numbers_in_a_list_are_numbers():
    X, y = [[1, 20], [2, 10], [3, 40], [5, 30]], [0, 0, 1, 1]
    as_list = FromScratchNB("dtype").fit(X, y)
    as_floats = FromScratchNB("gaussian").fit(X, y)
    np.testing.assert_allclose(as_list.theta_, [[1.5, 15], [4, 35]])
    np.testing.assert_allclose(as_list.predict_proba(X), as_floats.predict_proba(X))
    as_objects = FromScratchNB("dtype").fit(np.array(X, dtype=object), y)
    np.testing.assert_allclose(as_objects.predict_proba(X), as_list.predict_proba(X))


# The peers' parameters


@pytest.mark.parametrize(
    ("options", "peer"),
    [
        ({"distribution": "multinomial"}, MultinomialNB),
        ({"distribution": "complement"}, ComplementNB),
        ({"distribution": "complement", "norm": True}, ComplementNB),
    ],
)
def test_smoothing_by_feature_is_scikit_learns(options, peer):
    rng = np.random.default_rng(0)
    X, y = rng.poisson(1.0, size=(80, 5)), np.arange(80) % 3
    alpha = np.array([0.1, 0.5, 1.0, 2.0, 5.0])
    ours = FromScratchNB(**options, alpha=alpha).fit(X, y)
    own = {name: value for name, value in options.items() if name != "distribution"}
    theirs = peer(alpha=alpha, **own).fit(X, y)
    np.testing.assert_allclose(
        ours.predict_proba(X), theirs.predict_proba(X), atol=1e-10
    )


@pytest.mark.parametrize("binarize", [-1.0, 0.5])
def test_a_missing_value_is_above_no_threshold(binarize):
    X = np.array([[-2.0, 1.0], [0.0, np.nan], [np.nan, -3.0], [3.0, 0.0]])
    y = [0, 0, 1, 1]
    model = FromScratchNB("bernoulli", alpha=1.0, binarize=binarize).fit(X, y)
    # By hand: of the rows of a class that have a value.
    above, there = binarize < X, ~np.isnan(X)
    p = np.array([[above[k].sum(0), there[k].sum(0)] for k in ([0, 1], [2, 3])])
    p = (p[:, 0] + 1) / (p[:, 1] + 2)
    np.testing.assert_allclose(np.exp(model.feature_log_prob_), p)
    likelihood = np.where(above[:, None], p, 1 - p)
    likelihood = np.where(there[:, None], likelihood, 1.0).prod(axis=2)
    expected = likelihood / likelihood.sum(axis=1, keepdims=True)
    np.testing.assert_allclose(model.predict_proba(X), expected)


@pytest.mark.parametrize("binarize", [0.0, 1.0, None])
def test_flags_above_a_threshold_are_scikit_learns(binarize):
    rng = np.random.default_rng(0)
    y, alpha = np.arange(80) % 3, np.array([0.1, 1.0, 5.0])
    X = rng.poisson(1.0, size=(80, 3))
    X = np.minimum(X, 1) if binarize is None else X
    ours = FromScratchNB("bernoulli", alpha=alpha, binarize=binarize).fit(X, y)
    # The peer takes one alpha a feature in its checks, but not in its sums.
    expected = sum(
        BernoulliNB(alpha=a, binarize=binarize, fit_prior=False)
        .fit(X[:, [j]], y)
        .predict_joint_log_proba(X[:, [j]])
        for j, a in enumerate(alpha)
    )
    np.testing.assert_allclose(ours.transform(X), expected - 3 * np.log(1 / 3))


def test_min_categories_is_scikit_learns():
    rng = np.random.default_rng(0)
    X, y = rng.integers(0, 3, size=(80, 2)), np.arange(80) % 2
    for least in (5, [4, 7]):
        ours = FromScratchNB("categorical", alpha=1.0, min_categories=least).fit(X, y)
        theirs = CategoricalNB(min_categories=least).fit(X, y)
        rows = np.array([[0, 0], [1, 3], [3, 2], [3, 3]])
        np.testing.assert_allclose(ours.predict_proba(rows), theirs.predict_proba(rows))


@pytest.mark.parametrize("name", ["categorical", "bernoulli", "multinomial"])
def test_no_smoothing_at_all(name):
    X = np.array([[0, 1], [0, 0], [1, 1], [1, 0], [1, 0]])
    y = [0, 0, 1, 1, 1]
    peers = {
        "categorical": CategoricalNB(alpha=0),
        "bernoulli": BernoulliNB(alpha=0),
        "multinomial": MultinomialNB(alpha=0),
    }
    # The peers' are NaN where zero times the logarithm of zero is met.
    model = FromScratchNB(name, alpha=0).fit(X, y)
    with np.errstate(divide="ignore", invalid="ignore"):
        expected = peers[name].fit(X, y).predict_proba(X)
    found = model.predict_proba(X)
    here = np.isfinite(expected)
    np.testing.assert_allclose(found[here], expected[here], atol=1e-12)
    assert np.isfinite(found).all()
    never = FromScratchNB(name, alpha=0).fit([[0, 1], [1, 0]], [0, 1])
    assert np.isfinite(never.predict_proba([[1, 1], [0, 0]])).all()


@pytest.mark.parametrize(
    ("options", "message"),
    [
        (
            {"alpha": [1.0, 2.0]},
            "alpha must be a number, or have one entry for each of the 3",
        ),
        ({"alpha": [1.0, -2.0, 1.0]}, "alpha must be non-negative"),
        ({"min_categories": [2, 2]}, "min_categories must be a number"),
    ],
)
def test_smoothing_that_is_none_is_told(options, message):
    with pytest.raises(ValueError, match=message):
        FromScratchNB("categorical", **options).fit([[0, 1, 2], [1, 0, 0]], [0, 1])


def test_categories_are_smoothed_as_left_out_values_ask_for():
    rng = np.random.default_rng(0)
    y = np.arange(400) % 2
    # Twenty categories that tell the class for certain, and twenty that tell nothing.
    certain, noise = 2 * rng.integers(0, 10, 400) + y, rng.integers(0, 20, 400)
    X = np.column_stack([certain, noise])
    model = FromScratchNB("categorical").fit(X, y)
    grid = np.geomspace(1e-3, 1, 13)
    for j in range(2):
        n = np.array(
            [[np.sum((X[:, j] == c) & (y == k)) for k in (0, 1)] for c in range(20)]
        )
        scores = []
        for alpha in grid:
            p = (np.maximum(n - 1, 0) + alpha) / (n.sum(axis=0) - 1 + 20 * alpha)
            scores.append(np.sum(n * np.log(p)))
        assert model.category_alpha_[j] == pytest.approx(grid[np.argmax(scores)])
    assert model.category_alpha_[0] < 0.01 < model.category_alpha_[1]


def test_many_categories_that_tell_nothing_are_no_evidence():
    # Families of ten, and the sex of a child: five rows of each to learn from.
    rng = np.random.default_rng(0)
    X, y = np.repeat(np.arange(200.0), 10)[:, None], rng.integers(0, 2, 2000)
    model = FromScratchNB("categorical").fit(X[::2], y[::2])
    laplace = FromScratchNB("categorical", alpha=1.0).fit(X[::2], y[::2])
    losses = [log_loss(y[1::2], m.predict_proba(X[1::2])) for m in (model, laplace)]
    assert losses[0] < np.log(2) + 0.01 < losses[1]


@pytest.fixture
def amounts():
    """Log-normal amounts of two classes."""
    y = np.arange(12_000) % 2
    X = np.random.default_rng(0).lognormal(size=(12_000, 2)) * (1 + y[:, None])
    return X, y


def test_a_column_with_one_negative_value_has_a_density_for_it(amounts):
    # Of 12,000 rows 5,000 are looked at.
    X, y = amounts
    names = FromScratchNB(dependence=None).fit(X, y).distributions_
    assert names == ["lognormal", "lognormal"]
    with_one = X.copy()
    with_one[np.arange(0, 12_000, 4000), 1] = -1.0
    model = FromScratchNB(dependence=None).fit(with_one, y)
    assert model.distributions_[0] == "lognormal"
    assert model.distributions_[1] in ("gaussian", "kde", "bins")


def test_what_is_negative_in_later_rows_counts_as_zero(amounts):
    X, y = amounts
    model = FromScratchNB(dependence=None).partial_fit(X[:6000], y[:6000])
    later = X[6000:].copy()
    later[::100, 1] = -1.0
    with pytest.warns(
        UserWarning, match=r"Negative values are replaced by zero.*lognormal"
    ):
        model.partial_fit(later, y[6000:])
    assert (later[::100, 1] == -1.0).all()
    named = FromScratchNB("lognormal", calibrate=None)
    both = np.vstack([X[:6000], np.maximum(later, 0)])
    np.testing.assert_allclose(model.log_theta_, named.fit(both, y).log_theta_)
    with pytest.raises(ValueError, match="Negative values in data"):
        named.partial_fit(later, y[6000:])


@pytest.mark.filterwarnings("ignore:All values of feature")
@pytest.mark.parametrize("dependence", [None, "aode", "tan"])
def test_of_a_column_without_values_missing_ones_are_drawn(dependence):
    X = np.array([["a", None, 1.0], ["b", None, 2.0]] * 20, dtype=object)
    model = FromScratchNB(dependence=dependence).fit(X, np.arange(40) % 2)
    drawn, _ = model.sample(10, random_state=0)
    assert pd.isna(drawn[:, 1]).all()
    assert set(drawn[:, 0]) <= {"a", "b"}


@pytest.mark.parametrize("name", ["gaussian", "gamma", "lognormal", "kde", "auto"])
@pytest.mark.parametrize("scale", [1e-160, 1e-100, 1e100])
def test_tiny_numbers_of_tiny_weights_are_answered_in_silence(name, scale):
    X, y = load_iris(return_X_y=True)
    model = FromScratchNB(name).fit(X * scale, y, np.full(150, 1e-90))
    found = model.predict_proba(X * scale)
    np.testing.assert_allclose(found.sum(axis=1), 1)
    if scale > 1e-150:  # else squares underflow
        expected = FromScratchNB(name).fit(X, y).predict_proba(X)
        np.testing.assert_allclose(found, expected, atol=1e-6)
