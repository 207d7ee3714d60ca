"""Callbacks for the iterative estimators, beside those of `sklearn.callback`.

`ProgressBar` and `ScoringMonitor` of scikit-learn work on `GDLinearModel` and
`BackpropMLP` as they are, in a pipeline and in a grid search too.
"""

import math

from sklearn.metrics import check_scoring

from skmath._estimators.fitting import warn
from skmath.calculus import Patience

__all__ = ["EarlyStopping"]


class EarlyStopping:
    """End a fit when a score on other data has not improved for some steps.

    Set it on the estimator whose steps it follows, a `GDLinearModel` or `BackpropMLP`:
    ``model.set_callbacks(EarlyStopping(...))``, also inside of a pipeline or a search.

    Parameters
    ----------
    validation : tuple (X, y) or (X, y, sample_weight)
        Data that are not fitted. In a pipeline the estimator sees what the steps before
        it make of X; these data must have gone through the same steps.
    monitor : str or callable, default=None
        What is watched, higher is better: a name of `sklearn.metrics.get_scorer_names`,
        a callable ``monitor(estimator, X, y)``, or None for the estimator's ``score``.
    patience : int, default=5
        Steps without a better score after which the fit ends.
    min_delta : float, default=0.0
        By how much a score must be higher to be better.
    restore_best : bool, default=True
        Whether the estimator is left as it was at the best score.

    Attributes
    ----------
    scores_ : list of float
        The score after each step of the last fit.
    best_score_ : float
    best_step_ : int
        Its index, from 0.

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
        validation,
        *,
        monitor=None,
        patience=5,
        min_delta=0.0,
        restore_best=True,
    ):
        self.validation = validation
        self.monitor = monitor
        self.patience = patience
        self.min_delta = min_delta
        self.restore_best = restore_best

    def setup(self, estimator, context):
        """Begin anew: forget the scores of an earlier fit.

        Parameters
        ----------
        estimator : estimator
            About to be fitted.
        context : CallbackContext

        Raises
        ------
        TypeError
            If the estimator has no steps to end, as a pipeline or a search.
        ValueError
            If validation is no tuple of data.

        Warns
        -----
        UserWarning
            If the estimator is the last step of a pipeline, whose other steps the
            validation data do not go through.
        """
        self.best_estimator_ = None
        name = type(estimator).__name__
        if not hasattr(estimator, "_learnt_in_steps"):
            raise TypeError(
                f"EarlyStopping was set on a {name}, whose fit has no steps that it "
                "could end. Set it on the GDLinearModel or BackpropMLP inside, before "
                f"the {name} is made of it: model.set_callbacks(EarlyStopping(...))."
            )
        parent = context.parent
        if context.source_estimator_name == "Pipeline" and parent.max_subtasks > 1:
            warn(
                f"EarlyStopping scores the {name} at the end of a pipeline on the "
                "validation data as they are, while X goes through the steps before. "
                "Give validation data that went through the same steps, or "
                "transform_input, as the user guide on callbacks shows."
            )
        if not (isinstance(self.validation, tuple) and len(self.validation) in (2, 3)):
            raise ValueError(
                "EarlyStopping needs validation=(X, y) or (X, y, sample_weight)."
            )
        if self.patience < 1:
            raise ValueError(f"patience={self.patience} must be 1 or more.")
        self.scorer_ = check_scoring(estimator, self.monitor)
        self.scores_, self.best_score_, self.best_step_ = [], -math.inf, -1
        self.waiting_ = Patience(self.patience)

    def on_fit_task_begin(self, estimator, context):
        """Do nothing: it is the end of a step that has a score.

        Parameters
        ----------
        estimator : estimator
        context : CallbackContext
        """

    def on_fit_task_end(self, estimator, context, *, fitted_estimator=None):
        """Score the model after a step; return whether the fit has to end.

        Parameters
        ----------
        estimator : estimator
        context : CallbackContext
        fitted_estimator : estimator, default=None
            As the step left it.

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

    def teardown(self, estimator, context):
        """Leave the estimator as it was at its best.

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
