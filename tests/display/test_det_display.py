"""The DET curve against scikit-learn's, and intervals against the binomial's."""

import numpy as np
import pytest
from scipy import stats
from sklearn.metrics import DetCurveDisplay

from skmath import EigenfaceClassifier
from skmath.display import DETDisplay

pytest.importorskip("matplotlib")


@pytest.fixture
def scores():
    rng = np.random.default_rng(0)
    is_known = np.arange(500) < 200
    return is_known, rng.normal(size=500) + 2 * is_known


def test_the_curve_is_that_of_scikit_learn(scores):
    ours = DETDisplay.from_predictions(*scores)
    theirs = DetCurveDisplay.from_predictions(*scores, drop_intermediate=False)
    x, y = ours.line_.get_data()
    inside = (theirs.fpr > 1e-9) & (theirs.fnr > 1e-9)  # there 0 is drawn far away
    np.testing.assert_allclose(x[inside], stats.norm.ppf(theirs.fpr)[inside], atol=1e-9)
    np.testing.assert_allclose(y[inside], stats.norm.ppf(theirs.fnr)[inside], atol=1e-9)
    assert np.isfinite(x + y).all()
    assert ours.point_ is None


def test_the_threshold_has_exact_intervals(scores):
    display = DETDisplay.from_predictions(*scores, threshold=1.0)
    is_known, score = scores
    k = int((score[~is_known] >= 1).sum())
    assert display.false_alarm_rate_ == k / 300
    low, high = display.false_alarm_interval_
    assert stats.binom.sf(k - 1, 300, low) == pytest.approx(0.025)
    assert stats.binom.cdf(k, 300, high) == pytest.approx(0.025)
    never = DETDisplay.from_predictions(*scores, threshold=99.0)
    assert never.false_alarm_interval_[0] == 0
    assert never.false_rejection_rate_ == 1


@pytest.mark.parametrize("threshold", [-3.5, 0.0, 3.5])
def test_the_threshold_and_its_intervals_are_in_the_picture(threshold):
    # All are told apart between -3 and 3: the curve is short.
    known = np.arange(40) < 20
    display = DETDisplay.from_predictions(
        known, np.where(known, 3.0, -3.0), threshold=threshold
    )
    rates = display.false_alarm_interval_, display.false_rejection_interval_
    for limits, interval in zip(
        (display.ax_.get_xlim(), display.ax_.get_ylim()), rates, strict=True
    ):
        ends = stats.norm.ppf(np.clip(interval, 0.5 / 20, 1 - 0.5 / 20))
        assert limits[0] < ends[0]
        assert ends[1] < limits[1]


def test_the_gate_of_an_estimator_is_drawn_in_an_axes():
    import matplotlib.pyplot as plt

    rng = np.random.default_rng(0)
    y = np.repeat(np.arange(30), 6)
    X = 100 + 20 * rng.normal(size=(30, 40))[y] + 9 * rng.normal(size=(180, 40))
    train = (np.arange(180) % 6 < 3) & (y < 20)
    model = EigenfaceClassifier(known_threshold="auto", target_far=0.1)
    model.fit(X[train], y[train])
    _, ax = plt.subplots()
    display = DETDisplay.from_estimator(model, X[~train], y[~train], ax=ax, color="k")
    assert display.ax_ is ax
    assert display.line_.get_color() == "k"
    known = np.isin(y[~train], model.classes_)
    refused = (model.predict(X[~train]) == -1)[known].mean()
    assert display.false_rejection_rate_ == pytest.approx(refused)
    with pytest.raises(ValueError, match="both known and unknown people"):
        DETDisplay.from_estimator(model, X[train], y[train])
