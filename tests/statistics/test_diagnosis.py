"""A verdict is what the rule of its module says, and its text is true as printed."""

import operator
import re

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from numpy.testing import assert_allclose

from skmath.statistics import diagnose

SIGNS = {"<": operator.lt, "<=": operator.le, ">": operator.gt, ">=": operator.ge}

SCORES = st.floats(-2, 1).map(lambda score: round(score, 3))
FOLDS = st.lists(st.tuples(SCORES, SCORES), min_size=1, max_size=6)


def comparisons(rule):
    """Return (left, sign, right) of each inequality that a rule prints."""
    found = re.findall(r"(\S+) (<=?|>=?) (?:wanted )?([-+.\de]+)", rule)
    return [(float(left), sign, float(right)) for left, sign, right in found]


@given(FOLDS, st.sampled_from([None, 0.3, 0.65]), st.sampled_from([0.0, 0.4]))
def test_what_a_rule_prints_holds_for_the_numbers_printed(folds, wanted, baseline):
    train, validation = zip(*folds, strict=True)
    found = diagnose(train, validation, wanted=wanted, baseline=baseline)
    printed = comparisons(found.rule)
    assert len(printed) == (2 if found.verdict == "fitting" else 1)
    for left, sign, right in printed:
        assert SIGNS[sign](left, right), found.rule


@given(FOLDS)
def test_the_verdict_is_that_of_the_rule(folds):
    train, validation = np.array(folds).T
    n, t = len(train), train.mean()
    counted = np.maximum(validation, -abs(t))
    error, of_train = (
        np.std(scores, ddof=1) / np.sqrt(n) if n > 1 else 0.0
        for scores in (train - counted, train)
    )
    if t + 2 * of_train < 0.5:
        expected = "underfitting"
    elif t - counted.mean() > max(2 * error, 0.1 * abs(t)):
        expected = "overfitting"
    else:
        expected = "fitting"
    assert diagnose(train, validation).verdict == expected


def test_a_score_that_misses_what_is_wanted_by_chance_says_so():
    # The mean is 0.62; its standard error is 0.02, by hand.
    found = diagnose([0.58, 0.64, 0.64], [0.6, 0.6, 0.6], wanted=0.65)
    assert found.verdict == "fitting"
    assert found.rule.endswith("train 0.62 + 2 standard errors = 0.66 >= wanted 0.65")
    missed = diagnose([0.58, 0.64, 0.64], [0.6, 0.6, 0.6], wanted=0.67)
    assert missed.verdict == "underfitting"
    assert missed.rule == "train 0.62 + 2 standard errors = 0.66 < wanted 0.67"


def test_numbers_that_are_nearly_equal_have_more_digits():
    found = diagnose([0.49999], [0.49999], wanted=0.5)
    assert found.rule == "train 0.49999 < wanted 0.5"


def test_one_fold_that_is_a_disaster_counts_as_far_below_the_guess_as_was_gained():
    found = diagnose([0.8, 0.8], [0.8, -1000.0], baseline=0.2)
    assert_allclose(found.validation_score, (0.8 + (0.2 - 0.6)) / 2)


@pytest.mark.parametrize(
    ("train", "validation", "message"),
    [
        ([0.5], [0.5, 0.6], "one entry per fold"),
        ([], [], "one entry per fold"),
        ([np.nan], [0.5], "finite"),
    ],
)
def test_scores_that_cannot_be_judged_are_refused(train, validation, message):
    with pytest.raises(ValueError, match=message):
        diagnose(train, validation)
