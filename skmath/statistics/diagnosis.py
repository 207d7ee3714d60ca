r"""Fitting, overfitting, underfitting: a verdict from scores, and the rule behind it.

A model is scored on the rows that it was fitted to and on others. With the mean of the
scores on the training rows t, on the validation rows v, the standard error of their
difference over the folds s, and a score b that is wanted at least:

- *underfitting* where :math:`t + 2 s_t < b`, with the standard error of t: not even the
  training rows are fitted;
- *overfitting* where it is not that, and :math:`t - v > \max(2 s, g |t - c|)`: what was
  learnt holds for the training rows and not for others. Here c is the score of a
  constant guess, and g the share of what was gained over it that may be lost. A score
  below c by all that was gained counts as just that;
- *fitting* else.

References
----------
.. [1] T. Hastie, R. Tibshirani and J. Friedman, *The Elements of Statistical Learning*,
   2nd edition, 2009, section 7.2 and figure 7.1.
"""

from dataclasses import dataclass

import numpy as np

__all__ = ["Diagnosis", "diagnose"]

LOST = 0.1
"""Share of what was gained over a constant guess that other rows may lose."""


@dataclass(frozen=True)
class Diagnosis:
    """A verdict and what gave it.

    Parameters
    ----------
    verdict : {"fitting", "overfitting", "underfitting"}
    rule : str
        The inequality that held, with its numbers.
    train_score, validation_score, standard_error : float
        Means over the folds, and the standard error of their difference.
    """

    verdict: str
    rule: str
    train_score: float
    validation_score: float
    standard_error: float


def diagnose(train_scores, validation_scores, *, baseline=0.0, wanted=None):
    """Tell whether a model fits, overfits or underfits.

    Parameters
    ----------
    train_scores, validation_scores : array-like of shape (n_folds,)
        Higher is better.
    baseline : float, default=0.0
        Score of a constant guess: 0 for R2, the largest class's share for accuracy.
    wanted : float, default=None
        Score that is wanted at least. None is half way from the baseline to 1, the best
        that accuracy and R2 can be.

    Returns
    -------
    Diagnosis

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
    wanted = 0.5 * (baseline + 1) if wanted is None else wanted
    # Worse than a guess by all that was gained is as bad as it gets: one fold that is
    # a disaster must not make the standard error so large that nothing is said.
    gained = abs(train.mean() - baseline)
    validation = np.maximum(validation, baseline - gained)
    t, v, gaps = train.mean(), validation.mean(), train - validation
    error = gaps.std(ddof=1) / np.sqrt(len(gaps)) if len(gaps) > 1 else 0.0
    allowed = max(2 * error, LOST * gained)
    fits = f"train {t:.3g} >= wanted {wanted:.3g}"
    of_train = train.std(ddof=1) / np.sqrt(len(train)) if len(train) > 1 else 0.0
    gap = f"train {t:.3g} - validation {v:.3g} = {t - v:.2g}"
    if t + 2 * of_train < wanted:
        verdict, rule = "underfitting", f"train {t:.3g} < wanted {wanted:.3g}"
    elif t - v > allowed:
        verdict, rule = "overfitting", f"{gap} > {allowed:.2g}"
    else:
        verdict, rule = "fitting", f"{gap} <= {allowed:.2g}, and {fits}"
    return Diagnosis(verdict, rule, float(t), float(v), float(error))
