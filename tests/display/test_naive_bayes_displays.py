"""Reliability curves, and the tree that features make."""

import matplotlib
import numpy as np
import pandas
import pytest
from numpy.testing import assert_allclose, assert_array_equal
from scipy import stats
from sklearn.calibration import CalibrationDisplay
from sklearn.datasets import load_breast_cancer, load_digits, load_iris
from sklearn.linear_model import LogisticRegression
from sklearn.metrics import brier_score_loss
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import StandardScaler
from sklearn.svm import LinearSVC

from skmath import BackpropMLP, FromScratchNB
from skmath.datasets import load_play_tennis
from skmath.display import (
    DependenceTreeDisplay,
    EvidenceDisplay,
    LikelihoodDisplay,
    ReliabilityDisplay,
)


@pytest.fixture(autouse=True, scope="module")
def agg():
    before = matplotlib.get_backend()
    matplotlib.use("Agg")
    yield
    matplotlib.use(before)


@pytest.fixture(autouse=True)
def no_figure_stays_open():
    import matplotlib.pyplot as plt

    yield
    plt.close("all")


@pytest.fixture(scope="module")
def cancer():
    return load_breast_cancer(return_X_y=True)


@pytest.mark.parametrize("strategy", ["uniform", "quantile"])
def test_a_curve_of_two_classes_is_that_of_scikit_learn(cancer, strategy):
    X, y = cancer
    model = FromScratchNB("gaussian").fit(X[::2], y[::2])
    bins = {"n_bins": 6, "strategy": strategy}
    shown = ReliabilityDisplay.from_estimator(model, X[1::2], y[1::2], **bins)
    expected = CalibrationDisplay.from_estimator(model, X[1::2], y[1::2], **bins)
    (line,) = shown.lines_
    assert_allclose(line.get_xdata(), expected.prob_pred)
    assert_allclose(line.get_ydata(), expected.prob_true)
    p = model.predict_proba(X[1::2])[:, 1]
    assert_allclose(shown.scores_, brier_score_loss(y[1::2], p))
    assert shown.untempered_lines_ == []


def test_each_of_several_classes_has_a_curve_against_the_others():
    X, y = load_iris(return_X_y=True)
    names = np.array(["setosa", "versicolor", "virginica"])
    model = FromScratchNB("gaussian").fit(X, names[y])
    shown = ReliabilityDisplay.from_estimator(model, X, names[y])
    labels = [line.get_label().split()[0] for line in shown.lines_]
    assert labels == names.tolist()
    expected = CalibrationDisplay.from_predictions(
        y == 1, model.predict_proba(X)[:, 1], n_bins=10
    )
    assert_allclose(shown.lines_[1].get_ydata(), expected.prob_true)


def test_many_classes_have_one_curve_of_the_most_probable():
    X, y = load_digits(return_X_y=True)
    model = FromScratchNB("poisson").fit(X[::2], y[::2])
    shown = ReliabilityDisplay.from_estimator(model, X[1::2], y[1::2])
    (line,) = shown.lines_
    p = model.predict_proba(X[1::2]).max(axis=1)
    hits = model.predict(X[1::2]) == y[1::2]
    last = p >= 0.9
    assert_allclose(line.get_xdata()[-1], p[last].mean())
    assert_allclose(line.get_ydata()[-1], hits[last].mean())


@pytest.mark.parametrize("strategy", ["uniform", "quantile"])
def test_bars_are_where_binomial_shares_are(strategy):
    rng = np.random.default_rng(0)
    p = rng.random(2000) ** 2
    shown = ReliabilityDisplay(
        probabilities=np.column_stack([1 - p, p]),
        y=(rng.random(2000) < p).astype(int),
        classes=[0, 1],
        n_bins=20,
        strategy=strategy,
    ).plot()
    (mean, share), (bars,) = shown.lines_[0].get_data(), shown.bars_
    low, high = np.array([path[:, 1] for path in bars.get_segments()]).T
    # 19 of 20, but for chance.
    assert ((low <= share) & (share <= high)).sum() >= 17
    if strategy == "quantile":
        expected = np.array(stats.binom.interval(0.95, 100, mean)) / 100
        assert_allclose((low, high), expected)


def test_intervals_of_dependent_features_have_the_shares_of_the_rows(cancer):
    X, y = cancer
    model = FromScratchNB(dependence="aode").fit(X, y)
    shown = LikelihoodDisplay.from_estimator(model, X, y, feature=3)
    assert shown.ax_.get_ylabel() == "probability of the interval"
    for k, line in enumerate(shown.lines_):
        heights = shown.histograms_[k]
        assert heights.sum() == pytest.approx(1)
        at = np.searchsorted(model.edges_[3], line.get_xdata(), side="right")
        # Counts of neighbours are averaged, and smoothed.
        assert np.abs(line.get_ydata() - heights[at]).max() < 0.1


@pytest.mark.parametrize("scaled", [False, True])
def test_the_dashed_curve_is_of_a_model_without_temperature(cancer, scaled):
    X, y = cancer

    def fitted(calibrate):
        model = FromScratchNB("gaussian", calibrate=calibrate)
        model = make_pipeline(StandardScaler(), model) if scaled else model
        return model.fit(X[::2], y[::2])

    shown, without = (
        ReliabilityDisplay.from_estimator(fitted(calibrate), X[1::2], y[1::2])
        for calibrate in ("temperature", None)
    )
    (dashed,), (line,) = shown.untempered_lines_, without.lines_
    assert_allclose(dashed.get_xdata(), line.get_xdata())
    assert_allclose(dashed.get_ydata(), line.get_ydata())
    assert shown.scores_ < without.scores_


def test_the_dashed_curve_of_a_network_is_of_outputs_as_they_were_trained(cancer):
    X, y = cancer
    model = BackpropMLP(30, calibrate=True, alpha=1e-5, random_state=0)
    model.fit(X[:200], y[:200], X_val=X[200:400], y_val=y[200:400])
    assert model.temperature_ != 1
    (dashed,) = ReliabilityDisplay.from_estimator(
        model, X[400:], y[400:]
    ).untempered_lines_
    model.temperature_ = 1.0
    (line,) = ReliabilityDisplay.from_estimator(model, X[400:], y[400:]).lines_
    assert_allclose(dashed.get_xdata(), line.get_xdata(), atol=1e-6)
    assert_allclose(dashed.get_ydata(), line.get_ydata())


def test_any_classifier_with_probabilities_has_a_reliability(cancer):
    X, y = cancer
    model = make_pipeline(StandardScaler(), LogisticRegression()).fit(X, y)
    assert len(ReliabilityDisplay.from_estimator(model, X, y).lines_) == 1
    model = make_pipeline(StandardScaler(), LinearSVC()).fit(X, y)
    with pytest.raises(ValueError, match="requires an estimator with predict_proba"):
        ReliabilityDisplay.from_estimator(model, X, y)
    with pytest.raises(ValueError, match="requires X and y"):
        ReliabilityDisplay.from_estimator(model, X)


def test_edges_of_the_tree_join_features_and_their_parents(cancer):
    model = FromScratchNB(dependence="tan").fit(*cancer)
    shown = DependenceTreeDisplay.from_estimator(model)
    at = np.array([node.get_xydata()[0] for node in shown.nodes_])
    edges = iter(shown.lines_)
    for j, parent in enumerate(model.tree_):
        if parent < 0:
            assert at[j].tolist() == [0, 0]
            continue
        ends = next(edges).get_xydata()[[0, -1]]
        assert_array_equal(ends, at[[parent, j]])
        # A child is a step to the right of its parent, and below it.
        assert at[j, 0] == at[parent, 0] + 1
        assert at[j, 1] > at[parent, 1]
    assert next(edges, None) is None
    assert sorted(at[:, 1]) == list(range(30))


def test_descendants_follow_their_feature_before_anything_else(cancer):
    model = FromScratchNB(dependence="tan").fit(*cancer)
    shown = DependenceTreeDisplay.from_estimator(model)
    at = np.array([node.get_xydata()[0] for node in shown.nodes_])
    order = np.argsort(at[:, 1])
    for j, parent in enumerate(model.tree_):
        if parent >= 0:
            between = order[int(at[parent, 1]) + 1 : int(at[j, 1])]
            assert (at[between, 0] > at[parent, 0]).all()


def test_features_are_called_by_their_names():
    X, y = load_play_tennis(return_X_y=True, as_frame=True)
    model = FromScratchNB(dependence="tan").fit(X, y)
    shown = DependenceTreeDisplay.from_estimator(model)
    assert [text.get_text() for text in shown.texts_] == list(X.columns)
    shown = DependenceTreeDisplay.from_estimator(model, feature_names="othw")
    assert [text.get_text() for text in shown.texts_] == list("othw")


def test_columns_that_are_left_out_are_not_drawn():
    X, y = load_play_tennis(return_X_y=True, as_frame=True)
    kept = ["outlook", "humidity", "wind"]
    asked = {"temperature": "ignored"}
    model = FromScratchNB(asked, dependence="tan").fit(X[X.columns], y)
    shown = DependenceTreeDisplay.from_estimator(model)
    expected = FromScratchNB(dependence="tan").fit(X[kept], y)
    expected = DependenceTreeDisplay.from_estimator(expected)
    assert [text.get_text() for text in shown.texts_] == kept
    for found, other in zip(shown.lines_, expected.lines_, strict=True):
        assert_array_equal(found.get_xydata(), other.get_xydata())


@pytest.mark.parametrize("dependence", [None, "aode"])
def test_features_that_make_no_tree_are_not_drawn(dependence):
    model = FromScratchNB(dependence=dependence).fit(*load_iris(return_X_y=True))
    with pytest.raises(ValueError, match="requires dependence='tan'"):
        DependenceTreeDisplay.from_estimator(model)


def test_one_feature_is_a_root_alone():
    X, y = load_iris(return_X_y=True)
    model = FromScratchNB(dependence="tan").fit(X[:, :1], y)
    shown = DependenceTreeDisplay.from_estimator(model)
    assert len(shown.nodes_) == 1
    assert shown.lines_ == []


def visits(n=300):
    """Return a frame of dates, durations, names of the rows and counts; classes."""
    rng, y = np.random.default_rng(0), np.arange(n) % 2
    start = pandas.Timestamp("2024-01-01")
    frame = pandas.DataFrame(
        {
            "date": start + pandas.to_timedelta(rng.integers(0, 100, n) + 30 * y, "D"),
            "ring": [f"ring {i}" for i in range(n)],
            "stay": pandas.to_timedelta(rng.exponential(10, n), "h"),
            "count": rng.poisson(3 + y),
        }
    )
    frame.loc[::20, "date"] = pandas.NaT
    return frame, y


@pytest.mark.filterwarnings("ignore:Column 'ring' of X:UserWarning")
@pytest.mark.parametrize("dependence", [None, "aode"])
@pytest.mark.parametrize("feature", ["date", "stay", "count"])
def test_likelihoods_of_dates_and_durations_are_those_of_their_seconds(
    feature, dependence
):
    frame, y = visits()
    model = FromScratchNB(dependence=dependence).fit(frame, y)
    shown = LikelihoodDisplay.from_estimator(model, frame, y, feature=feature)
    shown.figure_.canvas.draw()
    alone = pandas.DataFrame(
        {name: frame[name].where(np.zeros(len(frame), bool)) for name in frame}
    )
    alone[feature] = frame[feature]
    whole = frame[feature]
    if feature == "count":
        seconds = whole.to_numpy(float)
    else:
        start = pandas.Timestamp(0) if feature == "date" else pandas.Timedelta(0)
        seconds = ((whole - start) / pandas.Timedelta(1, "s")).to_numpy()
    expected = np.exp(model.transform(alone))
    at = np.searchsorted(shown.values, seconds[1]) - 1
    # A row between two points of the curve has a likelihood between, or near, theirs.
    near = shown.likelihood[at : at + 2]
    assert (expected[1] > 0.5 * near.min(axis=0)).all()
    assert (expected[1] < 2 * near.max(axis=0)).all()
    labels = [text.get_text() for text in shown.ax_.get_xticklabels()]
    assert any("2024-" in t for t in labels) == (feature == "date")


@pytest.mark.filterwarnings("ignore:Column 'ring' of X:UserWarning")
def test_a_feature_that_is_left_out_has_no_likelihood():
    frame, y = visits()
    model = FromScratchNB().fit(frame, y)
    with pytest.raises(ValueError, match="feature ring: its distribution is 'ignored'"):
        LikelihoodDisplay.from_estimator(model, frame, y, feature="ring")


def test_an_instant_is_drawn_at_the_same_second_whatever_holds_it():
    frame, y = visits()
    dates = frame["date"].fillna(pandas.Timestamp("2024-02-01"))
    tables = {
        "NumPy": dates.to_numpy("datetime64[ns]")[:, None],
        "objects": [[date.to_pydatetime()] for date in dates],
        "zone": dates.dt.tz_localize("Europe/Berlin").to_frame(),
    }
    shown = {}
    for name, X in tables.items():
        model = FromScratchNB("gaussian").fit(X, y)
        shown[name] = LikelihoodDisplay.from_estimator(model, X, y)
        assert shown[name].times == "dates"
        shown[name].figure_.canvas.draw()
    assert_array_equal(shown["objects"].values, shown["NumPy"].values)
    assert_allclose(shown["objects"].likelihood, shown["NumPy"].likelihood)
    # Berlin is ahead of UTC by an hour in winter, and by two in summer. The ends are a
    # tenth of the span beyond the values.
    earlier = shown["NumPy"].values - shown["zone"].values
    assert_allclose(earlier[[0, -1]], [3600 - 360, 7200 + 360])


def test_evidence_of_other_estimators_is_refused(cancer):
    model = make_pipeline(StandardScaler(), LogisticRegression()).fit(*cancer)
    with pytest.raises(TypeError, match=r"needs a FromScratchNB.*LogisticRegression"):
        EvidenceDisplay.from_estimator(model, cancer[0])
