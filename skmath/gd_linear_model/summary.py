"""The summary of a fitted linear model, from the training rows."""

import copy
from dataclasses import replace

from skmath import _arrays
from skmath._estimators.base import Estimator
from skmath._estimators.summary import SummaryMixin, names_of_columns
from skmath.calculus import Huber, NegativeBinomial, Ordinal, Poisson
from skmath.gd_linear_model.cost import Cost
from skmath.gd_linear_model.inference import Labels, summarize
from skmath.gd_linear_model.options import options_for
from skmath.gd_linear_model.ordinal import OrdinalCost
from skmath.gd_linear_model.ordinal_summary import summarize_ordinal

__all__ = ["LinearModelSummary"]


class LinearModelSummary(SummaryMixin, Estimator):
    """Summary of a fitted model."""

    def _rows_again(self, X, y, sample_weight):
        # Validate on a copy, so that this model is not changed.
        return copy.copy(self)._learn_rows(X, y, sample_weight, reset=False)

    def _summarized(self, rows, summary_options, offset=None):
        loss, classes = self._loss_, getattr(self, "classes_", None)
        if isinstance(loss, Huber):
            loss = replace(loss, delta=self.delta_)
        elif isinstance(loss, NegativeBinomial):
            dispersion = self.dispersion_
            loss = replace(loss, dispersion=dispersion) if dispersion > 0 else Poisson()
        if loss.is_proportion:  # weights are numbers of trials
            summary_options = replace(summary_options, repeats=False)
        options = options_for(self, rows, loss, self._n_classes_)
        cost_class = OrdinalCost if isinstance(loss, Ordinal) else Cost
        cost = cost_class(rows, options, self._checked_offset(rows, offset))
        if options.searches_alpha:
            cost = cost.of(penalty=cost.penalty.times(self.alpha_))
        coef, intercept = self._outputs()[1]
        labels = Labels(
            names=names_of_columns(self),
            classes=None if classes is None else _arrays.to_numpy(classes).tolist(),
            is_one=self.coef_.ndim == 1 or self._n_classes_ == 2,
            loss=self.loss,
            weighs_classes=self.class_weight is not None,
            is_chosen=options.searches_alpha,
            estimates_scale=options.estimates_scale or options.estimates_dispersion,
            is_firth=options.is_firth,
            converged=getattr(self, "converged_", True),
        )
        theta = cost.like_theta(coef, intercept[None, :])
        if isinstance(cost, OrdinalCost):
            return summarize_ordinal(cost, theta, summary_options, labels)
        return summarize(cost, theta, summary_options, labels)
