"""Callbacks for `GDLinearModel` and `BackpropMLP`, in addition to `sklearn.callback`.

scikit-learn's `ProgressBar` and `ScoringMonitor` work on all estimators, also in a
pipeline or a grid search.
"""

import math
from typing import Any

from sklearn.metrics import check_scoring

from skmath._estimators.fitting import warn
from skmath._estimators.tasks import TasksMixin
from skmath.calculus import Patience

__all__ = ["EarlyStopping"]


class EarlyStopping:
    """Stop a fit when the score on validation data no longer improves.

    Set it on the `GDLinearModel` or `BackpropMLP` itself,
    ``model.set_callbacks(EarlyStopping(...))``, also if that is part of a pipeline or a
    search.

    Parameters
    ----------
    validation : tuple (X, y) or (X, y, sample_weight)
        Held-out data. In a pipeline the estimator is fitted on the output of the
        previous steps; pass validation data that went through the same steps.
    monitor : str or callable, default=None
        Score to monitor, where higher is better: a name in
        `sklearn.metrics.get_scorer_names`, a callable ``monitor(estimator, X, y)``, or
        None for the estimator's ``score``.
    patience : int, default=5
        The fit stops after this many steps without improvement.
    min_delta : float, default=0.0
        Minimum increase of the score that counts as improvement.
    restore_best : bool, default=True
        Whether to restore the estimator of the step with the best score.

    Attributes
    ----------
    scores_ : list of float
        The score after each step of the last fit.
    best_score_ : float
        The best score.
    best_step_ : int
        Index of the step with the best score, from 0.

    Examples
    --------
    >>> from sklearn.datasets import load_breast_cancer
    >>> from sklearn.model_selection import train_test_split
    >>> from skmath import GDLinearModel
    >>> from skmath.callbacks import EarlyStopping
    >>> X, y = load_breast_cancer(return_X_y=True)
    >>> X, X_val, y, y_val = train_test_split(X, y, random_state=0)
    >>> stop = EarlyStopping(validation=(X_val, y_val), patience=3)
    >>> model = GDLinearModel("log_loss", solver="gd").set_callbacks(stop).fit(X, y)
    >>> len(stop.scores_) - 1 - stop.best_step_
    3
    """

    def __init__(
        self,
        validation: tuple[Any, ...],
        *,
        monitor: Any = None,
        patience: int = 5,
        min_delta: float = 0.0,
        restore_best: bool = True,
    ) -> None:
        self.validation = validation
        self.monitor = monitor
        self.patience = patience
        self.min_delta = min_delta
        self.restore_best = restore_best

    def setup(self, estimator: Any, context: Any) -> None:
        """Prepare for a new fit; scikit-learn calls this.

        Parameters
        ----------
        estimator : estimator
            Estimator that is about to be fitted.
        context : CallbackContext
            Context of the fit.

        Raises
        ------
        TypeError
            If the estimator is not iterative. In a pipeline or a search, set the
            callback on the GDLinearModel or BackpropMLP inside.
        ValueError
            If `validation` is not a tuple of two or three arrays, or `patience` is less
            than 1.

        Warns
        -----
        UserWarning
            If the estimator is the last step of a pipeline: validation data do not go
            through the previous steps.
        """
        self.best_estimator_: Any = None
        name = type(estimator).__name__
        if isinstance(estimator, TasksMixin):
            raise TypeError(
                f"EarlyStopping was set on a {name}, whose fit does not improve a "
                "model step by step: there is nothing to score before it ends. Use "
                "EarlyStopping with GDLinearModel or BackpropMLP."
            )
        if not hasattr(estimator, "_learnt_in_steps"):
            raise TypeError(
                f"EarlyStopping was set on a {name}, whose fit has no steps to stop. "
                "Set it on the GDLinearModel or BackpropMLP inside, before creating "
                f"the {name}: model.set_callbacks(EarlyStopping(...))."
            )
        parent = context.parent
        if context.source_estimator_name == "Pipeline" and parent.max_subtasks > 1:
            warn(
                f"EarlyStopping scores the {name} at the end of a pipeline on "
                "untransformed validation data, but X goes through the previous steps. "
                "Pass validation data that went through the same steps, or use "
                "transform_input, as shown in the user guide on callbacks."
            )
        if not (isinstance(self.validation, tuple) and len(self.validation) in (2, 3)):
            raise ValueError(
                "EarlyStopping requires validation=(X, y) or (X, y, sample_weight)."
            )
        if self.patience < 1:
            raise ValueError(f"patience={self.patience} must be 1 or more.")
        self.scorer_: Any = check_scoring(estimator, self.monitor)
        self.scores_: list[float] = []
        self.best_score_, self.best_step_ = -math.inf, -1
        self.waiting_ = Patience(self.patience)

    def on_fit_task_begin(self, estimator: Any, context: Any) -> None:
        """Do nothing: the score is computed at the end of a step.

        Parameters
        ----------
        estimator : estimator
        context : CallbackContext
        """

    def on_fit_task_end(
        self, estimator: Any, context: Any, *, fitted_estimator: Any = None
    ) -> bool:
        """Score the model after a step; return whether the fit should stop.

        Parameters
        ----------
        estimator : estimator
        context : CallbackContext
        fitted_estimator : estimator, default=None
            The estimator after the step.

        Returns
        -------
        bool
        """
        if context.task_name == "fit" or fitted_estimator is None:
            return False
        X, y, *weight = self.validation
        options = {"sample_weight": weight[0]} if weight else {}
        score = float(self.scorer_(fitted_estimator, X, y, **options))
        if score > self.best_score_ + self.min_delta or self.best_step_ < 0:
            self.best_score_, self.best_step_ = score, len(self.scores_)
            self.best_estimator_ = fitted_estimator
        progress = self.best_step_ == len(self.scores_)
        self.scores_.append(score)
        return self.waiting_.ends(progress)

    def teardown(self, estimator: Any, context: Any) -> None:
        """Restore the best step, if ``restore_best=True``.

        Parameters
        ----------
        estimator : estimator
        context : CallbackContext
        """
        if self.restore_best and self.best_estimator_ is not None:
            best = vars(self.best_estimator_)
            for name in best.keys() & set(estimator._learnt_in_steps):
                setattr(estimator, name, best[name])
        self.best_estimator_ = self.scorer_ = None
