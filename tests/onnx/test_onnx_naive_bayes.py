"""Naive Bayes exported to ONNX: every likelihood, text, holes and new categories."""

import numpy as np
import pandas
import pytest
from graphs import answers_of, run, run_frame
from skl2onnx import to_onnx
from skl2onnx.common.data_types import StringTensorType
from sklearn.datasets import load_breast_cancer, load_iris, load_wine
from sklearn.ensemble import VotingClassifier
from sklearn.model_selection import GridSearchCV
from sklearn.pipeline import make_pipeline

from skmath import FromScratchNB
from skmath.datasets import load_play_tennis
from skmath.onnx import _dependence, _kernels
from skmath.probability import LIKELIHOODS

EXACT = 1e-9

MODELS = [
    FromScratchNB(),
    *(FromScratchNB(name, calibrate=None) for name in LIKELIHOODS),
    FromScratchNB(["kde", "bins", "gamma", "lognormal"] * 3 + ["poisson"]),
    FromScratchNB("kde", bandwidth="scott", calibrate="temperature"),
    FromScratchNB(dependence="aode"),
    FromScratchNB(dependence="tan"),
    FromScratchNB(dependence="aode", calibrate=None, class_weight="balanced"),
    FromScratchNB(["auto", "ignored"] * 6 + ["auto"], dependence="aode"),
    FromScratchNB(["ignored", "auto"] * 6 + ["auto"], dependence="tan"),
]

OF_TABLES = [
    FromScratchNB(),
    FromScratchNB("dtype", dependence=None),
    FromScratchNB("categorical", dependence=None),
    FromScratchNB("bins", dependence=None).set_params(
        distribution={"island": "categorical", "sex": "categorical"}
    ),
    FromScratchNB(dependence="aode"),
    FromScratchNB(dependence="tan", calibrate=None),
    make_pipeline(FromScratchNB(dependence="tan")),
]

AS_EVIDENCE = [
    FromScratchNB(missing="category"),
    FromScratchNB("dtype", missing="category"),
    FromScratchNB({"bill": "kde", "mass": "gamma"}, missing="category"),
    FromScratchNB(dependence="tan", missing="category"),
    FromScratchNB(dependence="aode", missing="category"),
    FromScratchNB({"year": "ignored"}, dependence="tan", missing="category"),
]


def with_holes(X, share=0.05):
    """Return X with some values missing, and one row without any."""
    X = X.copy()
    X[np.random.default_rng(0).random(X.shape) < share] = np.nan
    X[7] = np.nan
    return X


def penguins(n=240):
    """Return a frame as of penguins: text, numbers, flags, holes; and their species."""
    rng = np.random.default_rng(1)
    y = rng.integers(0, 3, n)
    islands = np.array(["Biscoe", "Dream", "Torgersen"], dtype=object)
    frame = pandas.DataFrame(
        {
            "island": islands[np.where(rng.random(n) < 0.7, y, rng.integers(0, 3, n))],
            "bill": np.round(rng.normal(38 + 5 * y, 3), 1),
            "mass": rng.lognormal(8 + 0.2 * y, 0.1),
            "sex": np.array(["male", "female"], dtype=object)[rng.integers(0, 2, n)],
            "year": rng.integers(2007, 2010, n),
            "chick": rng.random(n) < 0.2 + 0.2 * y,
        }
    )
    frame.loc[rng.random(n) < 0.1, "bill"] = np.nan
    frame.loc[rng.random(n) < 0.1, "sex"] = None
    return frame, np.array(["Adelie", "Chinstrap", "Gentoo"])[y]


def as_new(frame):
    """Return the rows with categories that fit did not see, and more holes."""
    new = frame.copy()
    new.loc[new.index[:5], "island"] = "Atlantis"
    new.loc[new.index[3:9], "sex"] = None
    new.loc[new.index[8:12], "bill"] = 1e3
    return new


def check(model, answers, X, atol=EXACT):
    expected = model.predict_proba(X)
    np.testing.assert_allclose(answers["probabilities"], expected, atol=atol)
    np.testing.assert_array_equal(answers["label"], model.predict(X))


@pytest.mark.parametrize("model", MODELS, ids=repr)
@pytest.mark.parametrize("holes", [False, True])
def test_every_likelihood_is_that_of_the_model(model, holes):
    X, y = load_wine(return_X_y=True)
    X = with_holes(X) if holes else X
    model.fit(X[::2], y[::2])
    check(model, run(model, X), X)


@pytest.mark.parametrize("name", LIKELIHOODS)
def test_values_that_are_zero_or_far_are_answered(name):
    X, y = load_iris(return_X_y=True)
    model = FromScratchNB(name).fit(X, y)
    new = np.vstack([np.zeros((1, 4)), X[:3] * 100, [[0, np.nan, 5, 1]]])
    check(model, run(model, new), new)


def test_far_values_keep_finite_squares():
    X, y = load_iris(return_X_y=True)
    for name in ("gaussian", "kde", "lognormal"):
        model = FromScratchNB(name).fit(X, y)
        new = np.array([[1e200, 3.0, 4.0, 1.0]])
        check(model, run(model, new), new)


@pytest.mark.parametrize("dtype", [np.float32, np.float64])
@pytest.mark.parametrize("binarize", [-1.0, 0.1, 3.5])
def test_what_is_present_is_above_the_threshold(binarize, dtype):
    X, y = load_iris(return_X_y=True)
    X = with_holes(np.round(X - 3, 1)).astype(dtype)
    model = FromScratchNB("bernoulli", binarize=binarize).fit(X, y)
    check(model, run(model, X), X, atol=1e-6)


@pytest.mark.parametrize("norm", [False, True])
def test_complement_is_normalised_where_asked(norm):
    X, y = load_wine(return_X_y=True)
    model = FromScratchNB("complement", norm=norm, class_weight={0: 3.0}).fit(X, y)
    check(model, run(model, X), X)


@pytest.mark.parametrize("dependence", [None, "aode", "tan"])
def test_float32_is_read_as_it_is(dependence):
    X, y = load_breast_cancer(return_X_y=True)
    X = X[:, :8].astype(np.float32)
    model = FromScratchNB("auto", dependence=dependence).fit(X, y)
    check(model, run(model, X), X, atol=1e-6)


@pytest.mark.parametrize("model", OF_TABLES, ids=repr)
@pytest.mark.parametrize("form", ["frame", "objects"])
def test_a_table_with_text_is_read_as_the_model_does(model, form):
    frame, y = penguins()
    model.fit(frame, y)
    new = as_new(frame)
    if form == "frame":
        check(model, run_frame(model, new, example=frame), new)
        return
    cells = new.to_numpy(dtype=object)
    # The answers are in float32: no input is in float64.
    check(model, answers_of(to_onnx(model, cells[:1]), {"X": cells}), new, atol=1e-6)


@pytest.mark.parametrize("dependence", [None, "aode", "tan"])
def test_the_weather_for_tennis_is_words(dependence):
    X, y = load_play_tennis(return_X_y=True)
    model = FromScratchNB(dependence=dependence).fit(X, y)
    # Quinlan's new day, and one of words that nobody has seen.
    new = np.array([["Sunny", "Cool", "High", "Strong"], ["Snow", "Cold", "", ""]])
    new = new.astype(object)
    answers = answers_of(to_onnx(model, new[:1]), {"X": new})
    new[1, 2:] = None
    check(model, answers, new, atol=1e-6)


@pytest.mark.parametrize("missing", [None, np.nan, pandas.NA, "", "nan"])
def test_what_is_missing_has_several_texts(missing):
    frame, y = penguins()
    model = FromScratchNB().fit(frame, y)
    new = frame[:20].copy()
    new["sex"] = np.full(20, missing, dtype=object)
    answers = run_frame(model, new, example=frame)
    check(model, answers, new.assign(sex=None))


def test_a_category_may_have_the_name_of_what_is_missing():
    X = np.array([["None"], ["some"], ["None"], ["some"], ["much"], [None]], object)
    y = np.array([0, 1, 0, 1, 1, 0])
    model = FromScratchNB("dtype").fit(X, y)
    answers = answers_of(to_onnx(model, X[:1]), {"X": X[:5]})
    check(model, answers, X[:5], atol=1e-6)
    as_missing = answers_of(to_onnx(model, X[:1]), {"X": np.array([[""]], object)})
    check(model, as_missing, X[5:], atol=1e-6)


def test_inputs_may_come_in_another_order():
    frame, y = penguins()
    model = FromScratchNB().fit(frame, y)
    turned = frame[frame.columns[::-1]]
    check(model, run_frame(model, turned), frame)


def test_categories_of_later_rows_are_known():
    frame, y = penguins()
    model = FromScratchNB("dtype").fit(frame[:200], y[:200])
    later = frame[200:].assign(island="Anvers")
    model.partial_fit(later, y[200:])
    new = pandas.concat([frame[:50], later])
    check(model, run_frame(model, new), new)


def test_a_search_and_a_vote_read_text():
    frame, y = penguins()
    search = GridSearchCV(FromScratchNB("dtype"), {"alpha": [0.1, 1.0]}, cv=3)
    check(search.fit(frame, y), run_frame(search, frame), frame)
    cells, y = frame.to_numpy(dtype=object), np.unique(y, return_inverse=True)[1]
    parts = [("one", FromScratchNB()), ("two", FromScratchNB("dtype"))]
    vote = VotingClassifier(parts, voting="soft", flatten_transform=False)
    graph = to_onnx(vote.fit(cells, y), cells[:1], options={"zipmap": False})
    check(vote, answers_of(graph, {"X": cells}), cells, atol=1e-6)


@pytest.mark.parametrize("holes", [False, True])
@pytest.mark.parametrize("model", AS_EVIDENCE, ids=repr)
def test_missing_values_are_evidence_where_they_are_in_the_model(model, holes):
    frame, y = penguins()
    frame = frame if holes else frame.fillna({"sex": "male", "bill": 40.0})
    model.fit(frame, y)
    new = as_new(frame)
    check(model, run_frame(model, new, example=frame), new)
    X, y = load_wine(return_X_y=True)
    X = with_holes(X) if holes else X
    names = model.get_params()["distribution"]
    model.set_params(distribution="auto" if isinstance(names, dict) else names)
    check(model.fit(X, y), run(model, with_holes(X)), with_holes(X))


def test_columns_that_are_left_out_say_nothing():
    frame, y = penguins()
    frame["ring"] = [f"ring {i}" for i in range(len(frame))]
    left_out = dict.fromkeys(("ring", "mass", "sex"), "ignored")
    for options in ({}, {"missing": "category"}, {"dependence": "tan"}):
        model = FromScratchNB(left_out, **options).fit(frame, y)
        new = as_new(frame)
        new["ring"] = new["ring"][::-1].to_numpy()
        check(model, run_frame(model, new, example=frame), new)


def test_numbers_in_place_of_text_are_refused():
    frame, y = penguins()
    model = FromScratchNB().fit(frame, y)
    told = "FromScratchNB .* numbers in 'island'.*columns of strings"
    with pytest.raises(NotImplementedError, match=told):
        to_onnx(model, frame.assign(island=1.0)[:1])


def test_a_table_of_text_of_another_width_fails():
    frame, y = penguins()
    model = FromScratchNB().fit(frame, y)
    graph = to_onnx(model, initial_types=[("X", StringTensorType([None, None]))])
    cells = frame.to_numpy(dtype=object)
    check(model, answers_of(graph, {"X": cells}), frame, atol=1e-6)
    # Of another class in each version of onnxruntime.
    with pytest.raises(Exception, match="cannot be reshaped"):
        answers_of(graph, {"X": cells[:, :3]})


def test_text_in_place_of_numbers_fails():
    frame, y = penguins()
    cells = frame.to_numpy(dtype=object)
    graph = to_onnx(FromScratchNB().fit(frame, y), cells[:1])
    cells[0, 1] = "long"
    # Of another class in each version of onnxruntime.
    with pytest.raises(Exception, match="Cast"):
        answers_of(graph, {"X": cells})


@pytest.mark.parametrize(
    ("module", "limit", "model", "told"),
    [
        (_kernels, "MOST_VALUES", FromScratchNB("kde"), "distribution='kde'.*bins"),
        (_dependence, "MOST_ENTRIES", FromScratchNB(dependence="aode"), "'aode'.*tan"),
    ],
    ids=["kde", "aode"],
)
def test_what_is_too_large_is_refused(monkeypatch, module, limit, model, told):
    X, y = load_iris(return_X_y=True)
    monkeypatch.setattr(module, limit, 9)
    with pytest.raises(NotImplementedError, match=told):
        to_onnx(model.fit(X, y), X[:1])


@pytest.mark.parametrize("dependence", ["aode", "tan"])
def test_one_feature_depends_on_none(dependence):
    X, y = load_iris(return_X_y=True)
    model = FromScratchNB(dependence=dependence).fit(X[:, 2:3], y)
    check(model, run(model, X[:, 2:3]), X[:, 2:3])


def test_a_graph_of_the_tree_holds_its_edges_alone():
    X, y = load_breast_cancer(return_X_y=True)
    sizes = [
        len(to_onnx(FromScratchNB(dependence=d).fit(X, y), X[:1]).SerializeToString())
        for d in ("aode", "tan")
    ]
    assert 8 * sizes[1] < sizes[0]


@pytest.mark.parametrize("name", ["normal", "heavy tails", "repeated", "missing"])
def test_kernels_about_many_values_are_summed_exactly(name):
    rng = np.random.default_rng(0)
    y = np.arange(3000) % 3
    X = rng.normal(size=(3000, 2)) + y[:, None]
    if name == "heavy tails":  # boxes that are searched for
        X = rng.standard_cauchy((3000, 2)) ** 3
    elif name == "repeated":
        X = np.round(X, 1)
    elif name == "missing":
        X[::7, 0] = X[2::5, 1] = np.nan
    model = FromScratchNB("kde").fit(X, y)
    # Also where the density is low, and where there is none.
    new = np.concatenate([X[:200], np.linspace(-50, 50, 60).repeat(2).reshape(-1, 2)])
    new[-2:] = [[1e9, 0.0], [-1e250, np.nan]]
    check(model, run(model, new), new)
    check(model, run(model, X[:1]), X[:1])
