r"""Diagnosis of over- and underfitting from scores, with the rule that decided.

A model is scored on its training rows and on held-out rows. Let t and v be the means
over the folds of the training and of the validation scores, s the standard error of
their difference, and b the score that the model should reach. The model is

- *underfitting* if :math:`t + 2 s_t < b`, with the standard error of t: not even the
  training rows are fitted well enough;
- *overfitting* if it does not underfit and :math:`t - v > \max(2 s, g |t - c|)`: what
  was learnt does not generalise to held-out rows. Here c is the score of a constant
  prediction, and g the fraction of the gain over it that may be lost.
  Validation scores below :math:`c - |t - c|` count as :math:`c - |t - c|`;
- *fitting* otherwise.

References
----------
.. [1] T. Hastie, R. Tibshirani and J. Friedman, *The Elements of Statistical Learning*,
   2nd edition, 2009, section 7.2 and figure 7.1.
"""

from dataclasses import dataclass
from typing import Any

import numpy as np

__all__ = ["Diagnosis", "diagnose"]

LOST = 0.1
"""Fraction of the gain over a constant prediction that held-out rows may lose."""


@dataclass(frozen=True)
class Diagnosis:
    """Verdict on the fit of a model, with the reason.

    Parameters
    ----------
    verdict : {"fitting", "overfitting", "underfitting"}
        The verdict.
    rule : str
        The inequality that decided, with numbers rounded so that it holds as printed.
    train_score, validation_score, standard_error : float
        Means over the folds, and the standard error of their difference. Validation
        scores far below the baseline are limited as in the rule.
    """

    verdict: str
    rule: str
    train_score: float
    validation_score: float
    standard_error: float


def diagnose(
    train_scores: Any,
    validation_scores: Any,
    *,
    baseline: float = 0.0,
    wanted: float | None = None,
) -> Diagnosis:
    """Decide whether a model fits, overfits or underfits.

    Parameters
    ----------
    train_scores, validation_scores : array-like of shape (n_folds,)
        Scores; higher is better.
    baseline : float, default=0.0
        Score of a constant prediction: 0 for R2, the largest class frequency for
        accuracy.
    wanted : float, default=None
        Score that the model should reach. None is half way from the baseline to 1, the
        best possible accuracy or R2.

    Returns
    -------
    Diagnosis
        A training score that misses `wanted` by at most two standard errors still
        counts as reaching it; the rule then says so.

    Raises
    ------
    ValueError
        If the numbers of scores differ or are 0, or a score is not finite.

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
    # Limit how bad a validation score can be: one disastrous fold must not make the
    # standard error so large that there is no verdict.
    gain = abs(train.mean() - baseline)
    validation = np.maximum(validation, baseline - gain)
    t, v, error = train.mean(), validation.mean(), _standard_error(train - validation)
    t_at_most, allowed = t + 2 * _standard_error(train), max(2 * error, LOST * gain)
    if t_at_most < wanted:
        verdict, rule = "underfitting", _reach_rule(t, t_at_most, wanted)
    elif t - v > allowed:
        verdict, rule = "overfitting", _gap_rule(t, v, allowed)
    else:
        verdict = "fitting"
        rule = f"{_gap_rule(t, v, allowed)}, and {_reach_rule(t, t_at_most, wanted)}"
    return Diagnosis(verdict, rule, float(t), float(v), float(error))


def _checked(
    train_scores: Any, validation_scores: Any
) -> tuple[np.ndarray, np.ndarray]:
    """Return both kinds of scores as arrays of shape (n_folds,)."""
    train, validation = (
        np.asarray(scores, dtype=float) for scores in (train_scores, validation_scores)
    )
    if train.shape != validation.shape or train.ndim != 1 or not len(train):
        raise ValueError(
            "train_scores and validation_scores must have one entry per fold, got "
            f"shapes {train.shape} and {validation.shape}."
        )
    if not (np.isfinite(train).all() and np.isfinite(validation).all()):
        raise ValueError("train_scores and validation_scores must be finite.")
    return train, validation


def _standard_error(scores: np.ndarray) -> float:
    """Return the standard error of the mean; 0 for a single fold."""
    return scores.std(ddof=1) / np.sqrt(len(scores)) if len(scores) > 1 else 0.0


def _gap_rule(t: float, v: float, allowed: float) -> str:
    """Return the comparison of the loss on held-out rows with the allowed one."""
    sign = ">" if t - v > allowed else "<="
    gap, bound = _apart(t - v, allowed, 2)
    return f"train {t:.4g} - validation {v:.4g} = {gap} {sign} {bound}"


def _reach_rule(t: float, t_at_most: float, wanted: float) -> str:
    """Return the comparison of the training score with the wanted one."""
    if t >= wanted or t_at_most == t:
        lead, compared = "", t
    else:
        lead, compared = f"{t:.4g} + 2 standard errors = ", t_at_most
    sign = "<" if compared < wanted else ">="
    left, right = _apart(compared, wanted, 3)
    return f"train {lead}{left} {sign} wanted {right}"


def _apart(left: float, right: float, digits: int) -> tuple[str, str]:
    """Return both numbers, with enough digits to show whether they differ."""
    while left != right and float(f"{left:.{digits}g}") == float(f"{right:.{digits}g}"):
        digits += 1
    return f"{left:.{digits}g}", f"{right:.{digits}g}"
