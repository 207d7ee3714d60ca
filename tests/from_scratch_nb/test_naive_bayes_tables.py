"""FromScratchNB on tables as they are: mixed columns, holes, new categories."""

import subprocess
import sys
import textwrap

import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy import sparse
from sklearn.compose import make_column_selector
from sklearn.datasets import load_breast_cancer, load_digits, load_iris, load_wine
from sklearn.impute import SimpleImputer
from sklearn.metrics import log_loss
from sklearn.model_selection import (
    RepeatedStratifiedKFold,
    StratifiedKFold,
    cross_val_predict,
    cross_val_score,
)
from sklearn.naive_bayes import GaussianNB
from sklearn.pipeline import make_pipeline

from skmath import FromScratchNB

NAMES = ["gaussian", "categorical", "bernoulli", "multinomial", "complement"]
NAMES += ["poisson", "exponential", "gamma", "lognormal", "kde", "bins"]


@pytest.fixture
def frame():
    """Return a frame of numbers, strings, booleans and categoricals with holes."""
    rng = np.random.default_rng(0)
    y = np.arange(90) % 3
    X = pd.DataFrame(
        {
            "length": rng.normal(size=90) + y,
            "colour": rng.choice(["red", "green", "blue"], 90),
            "ripe": rng.random(90) < 0.2 + 0.3 * y,
            "size": pd.Categorical(rng.choice([36, 38, 40], 90)),
            "count": rng.poisson(3 + y),
        }
    )
    X["colour"] = X["colour"].astype(object)
    X.loc[::7, "length"] = np.nan
    X.loc[1::6, "colour"] = None
    return X, y


def same(a, b, X, **tolerance):
    tolerance = tolerance or {"rtol": 1e-9, "atol": 1e-9}
    np.testing.assert_allclose(a.predict_proba(X), b.predict_proba(X), **tolerance)


# Columns


def test_auto_tells_columns_by_their_values(frame):
    X, y = frame
    found = FromScratchNB("dtype").fit(X, y).distributions_
    assert found == [
        "gaussian",
        "categorical",
        "categorical",
        "categorical",
        "gaussian",
    ]


def test_auto_takes_what_predicts_left_out_rows_best(frame):
    X, y = frame
    model = FromScratchNB().fit(X, y)
    for j, scores in model.selection_scores_.items():
        assert model.distributions_[j] == max(scores, key=scores.get)
    assert set(model.selection_scores_) == {0, 4}
    assert set(model.selection_scores_[0]) == {"gaussian", "kde", "bins"}
    assert set(model.selection_scores_[4]) == {
        "gaussian",
        "kde",
        "bins",
        "poisson",
        "exponential",
    }


@pytest.mark.parametrize(
    ("draw", "expected"),
    [
        (lambda rng, y: rng.normal(size=len(y)) + y, "gaussian"),
        (lambda rng, y: rng.poisson(3 + 3 * y), "poisson"),
        (lambda rng, y: rng.choice([-2, 2], len(y)) + rng.normal(size=len(y)), "kde"),
        (
            lambda rng, y: rng.choice([0, 1, 17, 90], len(y)) + rng.random(len(y)),
            "bins",
        ),
    ],
)
def test_auto_finds_what_the_values_were_drawn_from(draw, expected):
    rng = np.random.default_rng(0)
    y = np.arange(600) % 2
    x = draw(rng, y)[:, None].astype(float)
    assert FromScratchNB().fit(x, y).distributions_ == [expected]


def test_a_rare_flag_is_laplaces_rule():
    # Three of 3,000 rows of one class have it, and four of 300 of the other.
    y = np.repeat([0, 1], [3000, 300])
    flag = np.zeros((3300, 1))
    flag[:3] = flag[3000:3004] = 1
    model = FromScratchNB().fit(flag, y)
    assert model.distributions_ == ["bernoulli"]
    joint = np.array([3000 * 4 / 3002, 300 * 5 / 302])
    np.testing.assert_allclose(model.predict_proba([[1.0]]), [joint / joint.sum()])
    assert np.isfinite(model.predict_proba([[-7.0], [0.5], [1e9]])).all()


def test_ratings_are_categories_and_answered_beyond_what_was_seen():
    rng = np.random.default_rng(0)
    y = rng.integers(0, 2, 500)
    ratings = rng.integers(1, 6, 500) - (y & (rng.random(500) < 0.5))
    for x in (ratings, 0.1 * ratings, 1e6 * ratings):
        model = FromScratchNB().fit(x[:, None].astype(float), y)
        assert model.distributions_ == ["categorical"]
        proba = model.predict_proba([[-1e9], [0.55], [1e9], [np.nan]])
        np.testing.assert_allclose(proba.sum(axis=1), 1)
        frame = pd.DataFrame({"rating": x.astype(float), "text": "a"})
        from_frame = FromScratchNB().fit(frame, y)
        np.testing.assert_allclose(from_frame.categories_[0], np.unique(x))
        same(from_frame, FromScratchNB().fit(frame, y), frame)
        values = from_frame.feature_log_likelihood([x[0], 1e9], 0)
        assert np.isfinite(values).all()


@pytest.mark.parametrize(
    "distribution",
    [
        ["poisson", "categorical", "bernoulli", "categorical", "bins"],
        {
            "length": "poisson",
            "colour": "categorical",
            2: "bernoulli",
            -2: "categorical",
            "count": "bins",
        },
        {
            "poisson": ["length"],
            "categorical": make_column_selector(dtype_include=[object, "category"]),
            "bernoulli": [False, False, True, False, False],
            "bins": slice(4, 5),
        },
    ],
)
def test_distributions_are_named_by_column_in_many_ways(frame, distribution):
    X, y = frame
    X = X.assign(length=X["length"].abs())
    model = FromScratchNB(distribution).fit(X, y)
    names = ["poisson", "categorical", "bernoulli", "categorical", "bins"]
    assert model.distributions_ == names


@pytest.mark.parametrize(
    ("distribution", "message"),
    [
        ({"weight": "kde"}, "names the column 'weight', which is not in X"),
        ({7: "kde"}, "column index 7, but X has 5 columns"),
        ({"kde": [True, False]}, "a mask of 2 entries, but X has 5 columns"),
        (["gaussian"] * 4, "each of the 5 columns"),
        (["normal"] * 5, "must be one of"),
    ],
)
def test_columns_that_are_not_there_are_told(frame, distribution, message):
    with pytest.raises(ValueError, match=message):
        FromScratchNB(distribution).fit(*frame)


class Laplace:
    """A user's own likelihood: the double exponential about 0."""

    def statistics(self, X, members, weight):
        weighted = members if weight is None else members * weight[:, None]
        return weighted.T @ np.abs(np.nan_to_num(X)), weighted.T @ ~np.isnan(X)

    def fit(self, sums):
        return {"spread_": sums[0] / sums[1]}

    def log_likelihood(self, X, parameters):
        spread = parameters["spread_"].T
        each = -np.abs(X)[:, :, None] / spread - np.log(2 * spread)
        return np.nansum(each, axis=1)


def test_a_likelihood_of_ones_own_works(frame):
    X, y = frame
    model = FromScratchNB({0: Laplace(), 4: "poisson"}).fit(X, y)
    assert model.distributions_[0] == "Laplace"
    assert model.spread_.shape == (3, 1)
    own = np.abs(X["length"].to_numpy())
    np.testing.assert_allclose(
        model.spread_[:, 0], [np.nanmean(own[y == k]) for k in range(3)]
    )
    halves = FromScratchNB({0: Laplace(), 4: "poisson"})
    halves.partial_fit(X[:40], y[:40]).partial_fit(X[40:], y[40:])
    same(halves, model, X)


def test_every_parameter_has_its_name(frame):
    X, y = frame
    model = FromScratchNB("dtype").fit(X, y)
    assert model.theta_.shape == model.var_.shape == (3, 2)
    assert [list(known) for known in model.categories_] == [
        ["blue", "green", "red"],
        [0, 1],
        [36, 38, 40],
    ]
    # Four slots of three categories and what is not known, three of two, and missing.
    assert model.category_log_prob_.shape == (4 + 3 + 4 + 1, 3)
    np.testing.assert_allclose(np.exp(model.category_log_prob_[:3]).sum(axis=0), 1)
    assert set(model.parameters_) == {"gaussian", "categorical"}


# Kinds of tables


def test_the_same_table_in_any_wrapping(frame):
    X, y = frame
    expected = FromScratchNB("dtype").fit(X, y).predict_proba(X)
    names = FromScratchNB("dtype").fit(X, y).distributions_
    as_objects = X.astype(object).to_numpy()
    as_lists = [[None if pd.isna(v) else v for v in row] for row in as_objects]
    as_strings = X.astype({"colour": "string"})
    as_category = X.astype({"colour": "category"})
    for table in (as_objects, as_lists, as_strings, as_category):
        model = FromScratchNB(names).fit(table, y)
        np.testing.assert_allclose(model.predict_proba(table), expected, atol=1e-12)


def test_polars_as_pandas(frame):
    polars = pytest.importorskip("polars")
    X, y = frame
    whole = X.astype({"size": int})
    names = ["gaussian", "categorical", "categorical", "categorical", "gaussian"]
    expected = FromScratchNB(names).fit(whole, y).predict_proba(whole)
    table = polars.DataFrame({name: whole[name].tolist() for name in whole})
    model = FromScratchNB(names).fit(table, y)
    np.testing.assert_allclose(model.predict_proba(table), expected, atol=1e-12)
    assert model.feature_names_in_.tolist() == list(X.columns)
    assert (
        FromScratchNB("dtype").fit(table, y).distributions_[1:3] == ["categorical"] * 2
    )


def test_without_pandas_text_is_read_too():
    code = """
        import sys

        class NoPandas:
            def find_spec(self, name, *rest):
                if name == "pandas":
                    raise ImportError(name)

        sys.meta_path.insert(0, NoPandas())
        import numpy as np
        from skmath import FromScratchNB
        nan = float("nan")
        X = [["a", 1, True], ["b", 2, False], [None, 3, True], ["b", nan, None]]
        model = FromScratchNB("dtype").fit(X, [0, 0, 1, 1])
        assert model.distributions_ == ["categorical", "gaussian", "categorical"]
        assert [list(c) for c in model.categories_] == [["a", "b"], [0, 1]]
        assert np.isfinite(model.predict_proba([["z", None, None]])).all()
        try:
            model.predict([[["a"], 1, True]])
        except TypeError as error:
            assert "argument must be a string or a number" in str(error)
        else:
            raise AssertionError
    """
    subprocess.run([sys.executable, "-c", textwrap.dedent(code)], check=True)


def test_numbers_of_strings_where_numbers_are_asked_for():
    X, y = np.array([["1", "2"], ["3", "4"], ["5", "7"]]), [0, 1, 1]
    as_text = FromScratchNB("gaussian").fit(X, y)
    same(as_text, FromScratchNB("gaussian").fit(X.astype(float), y), X.astype(float))


@pytest.mark.parametrize("distribution", ["categorical", "dtype"])
def test_numbers_as_categories(distribution):
    rng = np.random.default_rng(0)
    y = np.arange(60) % 2
    for values in ([0, 1, 2], [3, 7, 70_000], [-1.5, 0.25, 1e12]):
        X = rng.choice(values, (60, 2))
        codes = np.searchsorted(values, X).astype(str).astype(object)
        expected = FromScratchNB("categorical").fit(codes, y).predict_proba(codes)
        if distribution == "categorical":
            model = FromScratchNB("categorical").fit(X, y)
            np.testing.assert_allclose(model.predict_proba(X), expected)
        frame = pd.DataFrame(X).astype("category")
        model = FromScratchNB(distribution).fit(frame, y)
        np.testing.assert_allclose(model.predict_proba(frame), expected)


# Missing values


def test_a_missing_value_is_the_sum_over_all_its_values(frame):
    X, y = frame
    names = ["categorical", "categorical", "categorical"]
    X = X[["colour", "ripe", "size"]]
    model = FromScratchNB(names).fit(X, y)
    row = X.iloc[[0]].astype(object)
    with_hole = row.assign(colour=None)
    joint = [
        np.exp(model.predict_joint_log_proba(row.assign(colour=colour)))
        for colour in ("red", "green", "blue")
    ]
    np.testing.assert_allclose(
        np.exp(model.predict_joint_log_proba(with_hole)), sum(joint)
    )


@pytest.mark.parametrize("name", ["gaussian", "kde", "bins", "exponential"])
def test_a_missing_number_is_the_integral(name):
    rng = np.random.default_rng(0)
    y = np.arange(40) % 2
    X = rng.exponential(size=(40, 2)) + y[:, None]
    model = FromScratchNB(name).fit(X, y)
    grid = np.linspace(0 if name == "exponential" else -30, 60, 200_001)
    if name == "bins":
        # The outermost bins go on to infinity: the histogram ends where they began.
        cuts = model.edges_[1]
        grid = np.linspace(cuts[0], cuts[-1], 200_001)
    rows = np.column_stack([np.full(len(grid), X[0, 0]), grid])
    joint = np.exp(model.predict_joint_log_proba(rows))
    expected = joint.sum(axis=0) * (grid[1] - grid[0])
    found = np.exp(model.predict_joint_log_proba([[X[0, 0], np.nan]]))[0]
    np.testing.assert_allclose(found, expected, rtol=1e-3)


@pytest.mark.parametrize("name", ["bernoulli", "poisson"])
def test_a_missing_count_is_the_sum(name):
    X = np.random.default_rng(0).poisson(1.0, (40, 2)).astype(float)
    model = FromScratchNB(name).fit(X, np.arange(40) % 2)
    values = np.arange(2 if name == "bernoulli" else 60)
    rows = np.column_stack([np.ones(len(values)), values])
    expected = np.exp(model.predict_joint_log_proba(rows)).sum(axis=0)
    found = np.exp(model.predict_joint_log_proba([[1, np.nan]]))[0]
    np.testing.assert_allclose(found, expected, rtol=1e-9)


def test_statistics_leave_missing_values_out(frame):
    X, y = frame
    model = FromScratchNB("dtype", var_smoothing=1e-9).fit(X, y)
    lengths = X["length"].to_numpy()
    for k in range(3):
        of_class = lengths[(y == k) & ~np.isnan(lengths)]
        assert model.theta_[k, 0] == pytest.approx(of_class.mean())
        assert model.var_[k, 0] == pytest.approx(of_class.var(), rel=1e-6)
    seen = X["colour"].notna() & (y == 0)
    reds = (X["colour"][seen] == "red").sum()
    expected = np.log((reds + 1) / (seen.sum() + 3))
    assert model.category_log_prob_[2, 0] == pytest.approx(expected)


def test_a_row_of_holes_has_the_prior(frame):
    X, y = frame
    nothing = pd.DataFrame({name: [None] for name in X}, dtype=object)
    for distribution in ("auto", "dtype"):
        model = FromScratchNB(distribution).fit(X, y)
        np.testing.assert_allclose(model.predict_proba(nothing)[0], model.class_prior_)


@pytest.mark.parametrize("name", NAMES)
def test_a_class_that_has_no_value_gets_what_all_have(name):
    rng = np.random.default_rng(0)
    y = np.arange(60) % 2
    X = rng.poisson(3.0, (60, 2)).astype(float)
    X[y == 1, 0] = np.nan
    with pytest.warns(
        UserWarning, match="All values of feature 0 are missing in class 1"
    ):
        model = FromScratchNB(name).fit(X, y)
    assert np.isfinite(model.predict_joint_log_proba(X)).all()
    if name == "gaussian":
        assert model.theta_[1, 0] == pytest.approx(X[y == 0, 0].mean())


@pytest.mark.parametrize("load", [load_wine, load_breast_cancer])
def test_half_of_the_values_missing(load):
    X, y = load(return_X_y=True)
    X = np.where(np.random.default_rng(0).random(X.shape) < 0.5, np.nan, X)
    cv = StratifiedKFold(10, shuffle=True, random_state=0)
    peer = make_pipeline(SimpleImputer(), GaussianNB())
    ours, theirs = (
        log_loss(y, cross_val_predict(model, X, y, cv=cv, method="predict_proba"))
        for model in (FromScratchNB(), peer)
    )
    assert ours < theirs


# New rows, weights and classes


def test_entries_that_are_there_twice_are_added_in_a_copy():
    twice = (np.array([1.0, -1.0, 2.0]), np.array([0, 0, 1]), np.array([0, 2, 3]))
    X = sparse.csr_array(twice, shape=(2, 2))
    before = X.data.copy(), X.indices.copy()
    model = FromScratchNB("bernoulli").fit(X, [0, 1])
    np.testing.assert_array_equal(X.data, before[0])
    np.testing.assert_array_equal(X.indices, before[1])
    summed = FromScratchNB("bernoulli").fit(X.toarray(), [0, 1])
    np.testing.assert_allclose(model.predict_proba(X), summed.predict_proba(X))


@pytest.mark.parametrize("name", NAMES)
@settings(max_examples=15)
@given(st.integers(0, 2**32 - 1))
def test_partial_fit_is_fit(name, seed):
    rng = np.random.default_rng(seed)
    n = rng.integers(12, 60)
    X = rng.poisson(2.0, (n, 3)).astype(float)
    X[rng.random(X.shape) < 0.1] = np.nan
    # Each class has a value of each column.
    X[:6] = rng.poisson(2.0, (6, 3))
    y, weight = np.arange(n) % 3, rng.random(n) + 0.1
    whole = FromScratchNB(name).fit(X, y, weight)
    parts = FromScratchNB(name)
    cut = rng.integers(6, n)
    for rows in (slice(None, cut), slice(cut, None)):
        parts.partial_fit(X[rows], y[rows], [0, 1, 2], weight[rows])
    same(parts, whole, X)


def test_new_rows_may_bring_new_categories(frame):
    X, y = frame
    X = X.assign(colour=np.where(np.arange(90) < 45, "red", X["colour"].fillna("pink")))
    names = ["gaussian", "categorical", "categorical", "categorical", "gaussian"]
    whole = FromScratchNB(names).fit(X, y)
    parts = FromScratchNB(names).partial_fit(X[:45], y[:45])
    assert parts.categories_[0].tolist() == ["red"]
    parts.partial_fit(X[45:], y[45:])
    assert parts.categories_[0].tolist() == ["red", "blue", "green", "pink"]
    same(parts, whole, X)


def test_weights_are_repetitions(frame):
    X, y = frame
    weight = np.arange(90) % 4
    repeated = X.loc[np.repeat(np.arange(90), weight)].reset_index(drop=True)
    ones = FromScratchNB().fit(repeated, np.repeat(y, weight))
    weighted = FromScratchNB().fit(X, y, weight)
    assert weighted.distributions_ == ones.distributions_
    for j, scores in weighted.selection_scores_.items():
        assert scores == pytest.approx(ones.selection_scores_[j], rel=1e-6)
    same(weighted, ones, X)
    assert [list(c) for c in weighted.categories_] == [
        list(c) for c in ones.categories_
    ]


@pytest.mark.parametrize("name", ["auto", *NAMES])
@pytest.mark.parametrize("weight", [1 / 60, 1e-6, 1e6, 1e-20])
def test_a_weight_that_all_rows_have_is_every_row_once(name, weight):
    X = np.random.default_rng(0).poisson(3.0, (60, 3)) + 1.0
    X[:, 2] = X[:, 2] > 2
    y = np.arange(60) % 3
    ones = FromScratchNB(name).fit(X, y)
    model = FromScratchNB(name).fit(X, y, np.full(60, weight))
    same(model, ones, X, rtol=1e-7)
    assert model.distributions_ == ones.distributions_
    ones, parts = (FromScratchNB(ones.distributions_) for _ in range(2))
    ones.fit(X, y)
    for rows in (slice(0, 20), slice(20, 60)):
        parts.partial_fit(X[rows], y[rows], sample_weight=np.full(60, weight)[rows])
    same(parts, ones, X, rtol=1e-7)


@pytest.mark.parametrize("name", ["auto", *NAMES])
def test_class_weights_are_what_errors_cost(name):
    X = np.random.default_rng(0).poisson(3.0, (60, 2)).astype(float)
    y, costs = np.arange(60) % 4 % 3, np.array([1000.0, 1.0, 1e-4])
    plain = FromScratchNB(name).fit(X, y)
    weighted = FromScratchNB(name, class_weight=dict(enumerate(costs))).fit(X, y)
    # The likelihoods and their choice are as they were: costs are no rows.
    np.testing.assert_array_equal(weighted.transform(X), plain.transform(X))
    assert weighted.distributions_ == plain.distributions_
    assert weighted.selection_scores_ == plain.selection_scores_
    np.testing.assert_array_equal(weighted.class_count_, [30, 15, 15])
    expected = costs * [30, 15, 15]
    np.testing.assert_allclose(weighted.class_prior_, expected / expected.sum())
    # The answer is the class with the largest cost times probability.
    costly = plain.predict_proba(X) * costs
    np.testing.assert_allclose(
        weighted.predict_proba(X), costly / costly.sum(axis=1, keepdims=True)
    )


def test_class_weights_are_sample_weights_of_what_is_not_smoothed():
    X, y = load_iris(return_X_y=True)
    model = FromScratchNB("gaussian", var_smoothing=0, class_weight={0: 1, 1: 2, 2: 5})
    rows = FromScratchNB("gaussian", var_smoothing=0)
    same(model.fit(X, y), rows.fit(X, y, np.array([1, 2, 5])[y]), X)


@pytest.mark.parametrize("priors", [None, [0.2, 0.3, 0.5]])
def test_balanced_classes_have_equal_priors(frame, priors):
    X, y = frame
    balanced = FromScratchNB("dtype", class_weight="balanced", priors=priors)
    np.testing.assert_allclose(balanced.fit(X[5:], y[5:]).class_prior_, 1 / 3)
    # Rows in parts, of which none has the shares of all.
    parts = FromScratchNB("dtype", class_weight="balanced", priors=priors)
    for rows in (slice(5, 47), slice(47, None)):
        parts.partial_fit(X[rows], y[rows], classes=[0, 1, 2])
    same(parts, balanced, X)
    np.testing.assert_allclose(parts.class_prior_, 1 / 3)


def test_class_weights_multiply_given_priors(frame):
    X, y = frame
    model = FromScratchNB(priors=[0.2, 0.3, 0.5], class_weight={0: 3}).fit(X, y)
    np.testing.assert_allclose(model.class_prior_, np.array([6, 3, 5]) / 14)


@pytest.mark.parametrize(
    ("class_weight", "message"),
    [
        ({7: 1}, "labels that are not in y"),
        ({0: -1}, "non-negative"),
        ({0: 0, 1: 0, 2: 0}, "makes the priors of all classes 0"),
    ],
)
def test_class_weights_that_are_none_are_refused(frame, class_weight, message):
    with pytest.raises(ValueError, match=message):
        FromScratchNB("dtype", class_weight=class_weight).fit(*frame)


def test_a_class_without_weight_is_not_there(frame):
    X, y = frame
    for name in ("auto", "dtype"):
        model = FromScratchNB(name).fit(X, y, (y != 1) * 1.0)
        assert model.classes_.tolist() == [0, 2]
        same(model, FromScratchNB(name).fit(X[y != 1], y[y != 1]), X)
    # One that is said to come, but has not yet, is impossible so far.
    model = FromScratchNB("dtype").partial_fit(X[y != 1], y[y != 1], classes=[0, 1, 2])
    assert (model.predict_proba(X)[:, 1] == 0).all()


def test_weights_of_a_class_that_is_not_there(frame):
    X, y = frame
    weight, class_weight = (y != 2) * 1.0, {0: 1, 1: 2}
    model = FromScratchNB(class_weight=class_weight).fit(X, y, weight)
    assert model.classes_.tolist() == [0, 1]
    there = y != 2
    same(model, FromScratchNB(class_weight=class_weight).fit(X[there], y[there]), X)


def test_a_column_without_a_value_says_nothing(frame):
    X, y = frame
    for distribution in ("auto", "dtype"):
        with pytest.warns(UserWarning, match="missing in class 0"):
            model = FromScratchNB(distribution).fit(X.assign(none=None), y)
        expected = FromScratchNB(distribution).fit(X, y).predict_proba(X)
        for value in (None, "new"):
            found = model.predict_proba(X.assign(none=value))
            np.testing.assert_allclose(found, expected, atol=1e-12)


def test_sparse_columns_far_from_zero_are_those_of_a_dense_x():
    rng = np.random.default_rng(0)
    y = np.arange(60) % 2
    X = np.column_stack(
        [rng.poisson(1.0, 60), 1e7 + rng.normal(size=60) + y, np.full(60, 1e8)]
    )
    dense = FromScratchNB("gaussian").fit(X, y)
    thin = FromScratchNB("gaussian").fit(sparse.csr_array(X), y)
    np.testing.assert_allclose(thin.var_, dense.var_, rtol=1e-6)
    found = thin.predict_proba(sparse.csr_array(X))
    np.testing.assert_allclose(found, dense.predict_proba(X), atol=1e-7)


def test_one_class_is_certain(frame):
    X, _ = frame
    model = FromScratchNB().fit(X, np.zeros(90))
    np.testing.assert_allclose(model.predict_proba(X), 1)


# What it says


@pytest.mark.parametrize("distribution", ["auto", "dtype", {0: Laplace()}])
def test_evidence_and_prior_are_the_log_odds(frame, distribution):
    X, y = frame
    model = FromScratchNB(distribution).fit(X, y)
    log_odds = model.feature_evidence(X).sum(axis=1) + np.log(model.class_prior_)
    log_odds -= log_odds[:, :1]
    log_proba = model.predict_log_proba(X)
    np.testing.assert_allclose(log_odds, log_proba - log_proba[:, :1], atol=1e-9)
    np.testing.assert_allclose(model.feature_evidence(X).sum(axis=2), 0, atol=1e-9)


def test_the_likelihood_of_one_feature(frame):
    X, y = frame
    model = FromScratchNB("dtype").fit(X, y)
    rows = pd.DataFrame({name: [None] * 3 for name in X}, dtype=object)
    for j, values in ((0, [0.5, None, -2]), (1, ["red", "pink", None])):
        expected = model.transform(rows.assign(**{X.columns[j]: values}))
        np.testing.assert_allclose(model.feature_log_likelihood(values, j), expected)
    with pytest.raises(ValueError, match="one of the 5 columns"):
        model.feature_log_likelihood([1.0], 5)
    with pytest.raises(ValueError, match="to numbers"):
        model.feature_log_likelihood(["red"], 0)


def test_transform_is_the_likelihood_without_the_prior(frame):
    X, y = frame
    model = FromScratchNB(priors=[0.2, 0.3, 0.5]).fit(X, y)
    np.testing.assert_allclose(
        model.transform(X) / model.temperature_ + np.log([0.2, 0.3, 0.5]),
        model.predict_joint_log_proba(X),
    )
    assert model.get_feature_names_out().tolist() == [
        f"fromscratchnb{k}" for k in range(3)
    ]


def test_drawn_rows_are_as_those_that_were_learnt(frame):
    X, y = frame
    model = FromScratchNB({"bins": ["length"], "poisson": ["count"]}).fit(X, y)
    drawn, labels = model.sample(20_000, random_state=0)
    assert drawn.shape == (20_000, 5)
    assert set(drawn[:, 1]) == {"red", "green", "blue"}
    assert set(drawn[:, 3]) == {36.0, 38.0, 40.0}
    np.testing.assert_allclose(np.bincount(labels) / 20_000, 1 / 3, atol=0.02)
    again = FromScratchNB(dict(enumerate(model.distributions_))).fit(drawn, labels)
    known = [0, 1, 2, 4, 5, 7, 8, 9]  # the others are of what is not known
    probabilities = (np.exp(m.category_log_prob_[known]) for m in (again, model))
    np.testing.assert_allclose(*probabilities, atol=0.05)
    np.testing.assert_allclose(again.rate_, model.rate_, rtol=0.05)


@pytest.mark.parametrize("name", [n for n in NAMES if n[:2] not in ("mu", "co")])
def test_each_distribution_draws_what_it_learnt(name):
    X = np.random.default_rng(0).poisson(2.0, (300, 2)) * 1.0
    if name == "bernoulli":
        X = np.minimum(X, 1)
    if name in ("gamma", "lognormal"):
        X = X + 1
    model = FromScratchNB(name).fit(X, np.arange(300) % 2)
    drawn, labels = model.sample(20_000, random_state=0)
    for k in range(2):
        own = X[k::2]
        np.testing.assert_allclose(drawn[labels == k].mean(0), own.mean(0), rtol=0.1)


def test_words_cannot_be_drawn():
    model = FromScratchNB("multinomial").fit([[1, 0], [0, 1]], [0, 1])
    with pytest.raises(ValueError, match="sample does not support Multinomial"):
        model.sample()


# Bad input


def test_an_infinite_number_is_told(frame):
    X, y = frame
    for bad in (X.assign(length=np.inf), X[["length", "count"]].assign(count=-np.inf)):
        with pytest.raises(ValueError, match=r"infinity|Negative"):
            FromScratchNB().fit(bad, y)
    model = FromScratchNB("gaussian").fit(X[["length", "count"]], y)
    with pytest.raises(ValueError, match="infinity"):
        model.predict(X[["length", "count"]].assign(count=np.inf))


def test_columns_that_are_missing_are_told(frame):
    X, y = frame
    model = FromScratchNB().fit(X, y)
    with pytest.raises(ValueError, match="seen at fit time, yet now missing"):
        model.predict(X.drop(columns="ripe"))
    with pytest.raises(ValueError, match="in the same order"):
        model.predict(X[X.columns[::-1]])


def test_columns_whose_type_changed(frame):
    X, y = frame
    model = FromScratchNB("dtype").fit(X, y)
    with pytest.raises(ValueError, match="convert column 'length' of X to numbers"):
        model.predict(X.assign(length="long"))
    # A number is no colour that was seen, and a text is none of the sizes.
    expected = model.predict_proba(X.assign(colour="?", size=-1))
    with pytest.warns(
        UserWarning, match="Column '(colour|size)' of X contains strings"
    ):
        found = model.predict_proba(X.assign(colour=1.5, size="large"))
    np.testing.assert_allclose(found, expected)
    sizes = FromScratchNB(["categorical"] * 5).partial_fit(X, y)
    with pytest.warns(UserWarning, match="'size' of X contains strings but had num"):
        sizes.partial_fit(X.assign(size="large"), y)
    assert sizes.categories_[3].tolist() == [36, 38, 40, "large"]


@pytest.mark.parametrize(
    "name", ["multinomial", "complement", "poisson", "exponential"]
)
def test_negative_counts_are_told(name):
    with pytest.raises(
        ValueError, match=f"Negative values.*{name} columns require non-negative"
    ):
        FromScratchNB(name).fit([[1, -1], [0, 1]], [0, 1])


def test_more_than_an_outlier():
    X, y = load_iris(return_X_y=True)
    names = ("gaussian", "kde", "bins", "categorical", "bernoulli", "exponential")
    for name in (*names, "gamma", "lognormal", "auto"):
        model = FromScratchNB(name).fit(X, y)
        spread = X.std(axis=0)
        for far in (1e6, 1e100, -1e300):
            proba = model.predict_proba(X + far * spread)
            assert np.isfinite(proba).all()
            np.testing.assert_allclose(proba.sum(axis=1), 1)


def test_a_failed_partial_fit_leaves_what_was_learnt(frame):
    X, y = frame
    model = FromScratchNB("dtype").fit(X, y)
    before = model.predict_proba(X)
    with pytest.raises(ValueError, match="convert"):
        model.partial_fit(X.assign(length="long"), y)
    np.testing.assert_array_equal(model.predict_proba(X), before)


# Accuracy at the defaults


@pytest.mark.parametrize(
    ("load", "at_least"),
    [(load_iris, 0.95), (load_wine, 0.97), (load_breast_cancer, 0.94)],
)
def test_quality_at_the_defaults(load, at_least):
    X, y = load(return_X_y=True)
    cv = RepeatedStratifiedKFold(n_splits=10, n_repeats=3, random_state=0)
    assert cross_val_score(FromScratchNB(), X, y, cv=cv).mean() >= at_least


@pytest.mark.slow
def test_quality_on_digits():
    X, y = load_digits(return_X_y=True)
    cv = RepeatedStratifiedKFold(n_splits=10, n_repeats=3, random_state=0)
    assert cross_val_score(FromScratchNB(), X, y, cv=cv).mean() >= 0.92


def test_gaussian_is_no_worse_than_the_peer_where_pixels_are_always_dark():
    X, y = load_digits(return_X_y=True)
    train, test = slice(1000), slice(1000, None)
    ours, theirs = (
        model.fit(X[train], y[train]).score(X[test], y[test])
        for model in (FromScratchNB("gaussian"), GaussianNB())
    )
    assert ours > theirs


@pytest.mark.parametrize("weight", [1.0, 0.01])
def test_a_class_gets_one_row_of_the_variance_of_all(weight):
    X, y = load_iris(return_X_y=True)
    model = FromScratchNB("gaussian").fit(X, y, np.full(150, weight))
    own = np.stack([X[y == k].var(axis=0) for k in range(3)])
    np.testing.assert_allclose(model.var_, (50 * own + X.var(axis=0)) / 51)


def test_quality_on_penguins_as_they_are():
    penguins = pytest.importorskip("palmerpenguins").load_penguins()
    y = penguins.pop("species")
    cv = RepeatedStratifiedKFold(n_splits=10, n_repeats=3, random_state=0)
    assert cross_val_score(FromScratchNB(), penguins, y, cv=cv).mean() >= 0.975
