r"""Fitting, overfitting, underfitting: a verdict from scores, and the rule behind it.

A model is scored on the rows that it was fitted to and on held-out rows. Let t and v be
the means over the folds of its scores on the training and on the validation rows, s the
standard error of their difference, and b the lowest score that is wanted. The model is

- *underfitting* if :math:`t + 2 s_t < b`, with the standard error of t: not even the
  training rows are fitted;
- *overfitting* if it does not underfit and :math:`t - v > \max(2 s, g |t - c|)`: what
  was learnt holds for the training rows and not for held-out rows. Here c is the score
  of a constant guess, and g the fraction of the gain over it that may be lost.
  Validation scores below :math:`c - |t - c|` count as :math:`c - |t - c|`;
- *fitting* otherwise.

References
----------
.. [1] T. Hastie, R. Tibshirani and J. Friedman, *The Elements of Statistical Learning*,
   2nd edition, 2009, section 7.2 and figure 7.1.
"""

from dataclasses import dataclass

import numpy as np

__all__ = ["Diagnosis", "diagnose"]

LOST = 0.1
"""Fraction of the gain over a constant guess that held-out rows may lose."""


@dataclass(frozen=True)
class Diagnosis:
    """A verdict and what gave it.

    Parameters
    ----------
    verdict : {"fitting", "overfitting", "underfitting"}
    rule : str
        The inequality that decided, with numbers for which it holds as printed.
    train_score, validation_score, standard_error : float
        Means over the folds, and the standard error of their difference. Validation
        scores far below the baseline count as the rule counts them.
    """

    verdict: str
    rule: str
    train_score: float
    validation_score: float
    standard_error: float


def diagnose(train_scores, validation_scores, *, baseline=0.0, wanted=None):
    """Decide whether a model fits, overfits or underfits.

    Parameters
    ----------
    train_scores, validation_scores : array-like of shape (n_folds,)
        Higher is better.
    baseline : float, default=0.0
        Score of a constant guess: 0 for R2, the largest class frequency for accuracy.
    wanted : float, default=None
        Lowest score that is wanted. None is half way from the baseline to 1, the best
        that accuracy and R2 can be.

    Returns
    -------
    Diagnosis
        A training score that misses `wanted` by at most two standard errors still
        counts as reaching it; the rule then says so.

    Raises
    ------
    ValueError
        If there are not as many scores of either kind, or none, or one is not finite.

    Examples
    --------
    >>> from skmath.statistics import diagnose
    >>> diagnose([0.99, 1.0, 0.99], [0.61, 0.55, 0.58]).verdict
    'overfitting'
    >>> diagnose([0.31, 0.29, 0.3], [0.28, 0.3, 0.29]).verdict
    'underfitting'
    >>> diagnose([0.9, 0.91, 0.92], [0.9, 0.88, 0.89]).rule
    'train 0.91 - validation 0.89 = 0.02 <= 0.091, and train 0.91 >= wanted 0.5'
    """
    train, validation = _checked(train_scores, validation_scores)
    wanted = 0.5 * (baseline + 1) if wanted is None else wanted
    # Worse than a guess by all that was gained is as bad as it gets: one fold that is
    # a disaster must not make the standard error so large that nothing is said.
    gained = abs(train.mean() - baseline)
    validation = np.maximum(validation, baseline - gained)
    t, v, error = train.mean(), validation.mean(), _standard_error(train - validation)
    t_at_most, allowed = t + 2 * _standard_error(train), max(2 * error, LOST * gained)
    if t_at_most < wanted:
        verdict, rule = "underfitting", _reach_rule(t, t_at_most, wanted)
    elif t - v > allowed:
        verdict, rule = "overfitting", _gap_rule(t, v, allowed)
    else:
        verdict = "fitting"
        rule = f"{_gap_rule(t, v, allowed)}, and {_reach_rule(t, t_at_most, wanted)}"
    return Diagnosis(verdict, rule, float(t), float(v), float(error))


def _checked(train_scores, validation_scores):
    """Return the scores of both kinds as arrays of shape (n_folds,)."""
    train, validation = (
        np.asarray(scores, dtype=float) for scores in (train_scores, validation_scores)
    )
    if train.shape != validation.shape or train.ndim != 1 or not len(train):
        raise ValueError(
            "train_scores and validation_scores must have one entry a fold, got shapes "
            f"{train.shape} and {validation.shape}."
        )
    if not (np.isfinite(train).all() and np.isfinite(validation).all()):
        raise ValueError("Scores must be finite.")
    return train, validation


def _standard_error(scores):
    """Return the standard error of the mean; 0 for one fold, which shows none."""
    return scores.std(ddof=1) / np.sqrt(len(scores)) if len(scores) > 1 else 0.0


def _gap_rule(t, v, allowed):
    """Return in words how the loss on held-out rows compares with what is allowed."""
    sign = ">" if t - v > allowed else "<="
    gap, bound = _apart(t - v, allowed, 2)
    return f"train {t:.4g} - validation {v:.4g} = {gap} {sign} {bound}"


def _reach_rule(t, t_at_most, wanted):
    """Return in words how the training score compares with the one that is wanted."""
    if t >= wanted or t_at_most == t:
        lead, compared = "", t
    else:
        lead, compared = f"{t:.4g} + 2 standard errors = ", t_at_most
    sign = "<" if compared < wanted else ">="
    left, right = _apart(compared, wanted, 3)
    return f"train {lead}{left} {sign} wanted {right}"


def _apart(left, right, digits):
    """Return both numbers, in more digits where they would look equal and are not."""
    while left != right and float(f"{left:.{digits}g}") == float(f"{right:.{digits}g}"):
        digits += 1
    return f"{left:.{digits}g}", f"{right:.{digits}g}"
