"""Fits for several strengths of the penalty: a path, or the best for held-out rows."""

from typing import Any

import numpy as np
from numpy.typing import ArrayLike
from sklearn.base import clone

from skmath import _arrays
from skmath._estimators.base import Estimator
from skmath.gd_linear_model.alpha_search import alpha_grid, search_alpha
from skmath.gd_linear_model.descent import Stage, Trace, last_of, unit_of
from skmath.gd_linear_model.kept_hessian import PathStarts
from skmath.gd_linear_model.options import STOCHASTIC, options_for

__all__ = ["PathMixin"]


class PathMixin(Estimator):
    """Methods that fit a model for several strengths of its penalty."""

    early_stopping: Any
    solver: Any

    def path(
        self,
        alphas: ArrayLike | None,
        X: Any,
        y: ArrayLike,
        sample_weight: ArrayLike | None = None,
        offset: ArrayLike | None = None,
    ) -> tuple[np.ndarray, Any, Any]:
        """Fit the model for several strengths of the penalty, with warm starts.

        Parameters
        ----------
        alphas : array-like of shape (n_alphas,) or None
            Strengths, used in descending order. None means n_alphas values, starting
            with the smallest one that sets all penalised coefficients to zero.
        X : array-like or sparse matrix of shape (n_samples, n_features)
        y : array-like of shape (n_samples,) or (n_samples, n_outputs)
        sample_weight : array-like of shape (n_samples,), default=None
        offset : array-like of shape (n_samples,) or (n_samples, n_outputs), \
default=None
            As in `fit`.

        Returns
        -------
        alphas : ndarray of shape (n_alphas,)
            The strengths in descending order.
        coefs : array
            The stacked coef_ of each strength.
        intercepts : array
            The stacked intercept_ of each strength.

        Examples
        --------
        >>> from sklearn.datasets import load_diabetes
        >>> from skmath import GDLinearModel
        >>> X, y = load_diabetes(return_X_y=True)
        >>> model = GDLinearModel(penalty="l1")
        >>> alphas, coefs, _ = model.path([0.1, 1.0, 2.0], X, y)
        >>> alphas, (coefs != 0).sum(axis=1)
        (array([2. , 1. , 0.1]), array([2, 3, 7]))
        """
        model = clone(self).set_params(warm_start=True)
        if alphas is None:
            alphas = model._grid(X, y, sample_weight, offset)
        alphas = np.sort(np.asarray(alphas, dtype=np.float64).ravel())[::-1]
        one_by_one = self.early_stopping or self.solver in STOCHASTIC
        if one_by_one or hasattr(self, "_skl_callbacks"):
            fits = (
                vars(model.set_params(alpha=float(a)).fit(X, y, sample_weight, offset))
                for a in alphas
            )
        else:
            fits = model._fits(alphas, X, y, sample_weight, offset)
        parameters = [(fit["coef_"], fit["intercept_"]) for fit in fits]
        xp = _arrays.namespace(parameters[0][0])
        coefs, intercepts = zip(*parameters, strict=True)
        return alphas, xp.stack(coefs), xp.stack([xp.asarray(c) for c in intercepts])

    def _with_chosen_alpha(self, cost, options):
        """Return the cost with the chosen alpha, and its coefficients."""
        search = search_alpha(cost, options, self)
        best = search.best(self.alpha_rule)
        self.alpha_, self.cv_results_ = float(search.alphas[best]), search.results()
        path = [self._attributes(*cost.parameters(theta)) for theta in search.thetas]
        for name in ("coef", "intercept"):
            values = [_arrays.to_numpy(fit[f"{name}_"]) for fit in path]
            setattr(self, f"{name}_path_", np.stack(values))
        w, intercept = cost.parameters(search.thetas[best])
        start = w, intercept, getattr(self, "classes_", None)
        return cost.of(penalty=cost.penalty.times(self.alpha_)), start

    def _grid(self, X, y, sample_weight, offset):
        """Return the default alphas of a path."""
        self.set_params(alpha=[1.0])._validate_params()
        rows = self._learn_rows(X, y, sample_weight)
        options = options_for(self, rows, self._loss_, self._n_classes_)
        cost = options.cost(rows, options, self._checked_offset(rows, offset))
        return alpha_grid(cost, options, self.n_alphas)

    def _fits(self, alphas, X, y, sample_weight, offset):
        """Yield the coefficients for each alpha; X is validated once."""
        self._validate_params()
        rows = self._learn_rows(X, y, sample_weight)
        data = rows, self._loss_, self._n_classes_
        options = [
            options_for(self.set_params(alpha=float(alpha)), *data) for alpha in alphas
        ]
        offset, stage = self._checked_offset(rows, offset), None
        cost = options[0].cost(rows, options[0], offset)
        costs = cost.with_penalties(one.penalty for one in options)
        theta, starts = cost.best_constant(), PathStarts(cost, options[0])
        for one, part in zip(options, costs, strict=True):
            with np.errstate(over="ignore", invalid="ignore"):
                theta, is_optimal = starts.next(part, theta)
                stages = self._stages(part, theta, one, Trace(), stage is None)
                if is_optimal:
                    arguments = (one.tol, unit_of(part), one, Trace())
                    stages = [Stage(part, theta, *arguments)]
                stage = last_of(stages)
            self._conclude(stage)
            theta = stage.best.theta
            yield self._attributes(*part.parameters(theta))
