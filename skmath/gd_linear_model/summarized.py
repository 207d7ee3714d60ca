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

__all__ = ["Summarized"]


class Summarized(SummaryMixin, Estimator):
    """Summary of a fitted model."""

    def _rows_again(self, X, y, sample_weight):
        # Validate on a copy, so that this model is not changed.
        return copy.copy(self)._learn_rows(X, y, sample_weight, reset=False)

    def _summarized(self, rows, asked, offset=None):
        loss, classes = self._loss_, getattr(self, "classes_", None)
        if isinstance(loss, Huber):
            loss = replace(loss, delta=self.delta_)
        elif isinstance(loss, NegativeBinomial):
            found = self.dispersion_
            loss = replace(loss, dispersion=found) if found > 0 else Poisson()
        if loss.is_proportion:  # weights are numbers of trials
            asked = replace(asked, repeats=False)
        options = options_for(self, rows, loss, self._n_classes_)
        kind = OrdinalCost if isinstance(loss, Ordinal) else Cost
        cost = kind(rows, options, self._beside(rows, offset))
        if options.chooses_alpha:
            cost = cost.of(penalty=cost.penalty.times(self.alpha_))
        coef, intercept = self._outputs()[1]
        labels = Labels(
            names=names_of_columns(self),
            classes=None if classes is None else _arrays.to_numpy(classes).tolist(),
            is_one=self.coef_.ndim == 1 or self._n_classes_ == 2,
            loss=self.loss,
            weighs_classes=self.class_weight is not None,
            is_chosen=options.chooses_alpha,
            finds_scale=options.finds_scale or options.finds_dispersion,
            is_firth=options.is_firth,
            converged=getattr(self, "converged_", True),
        )
        theta = cost.like_theta(coef, intercept[None, :])
        if isinstance(cost, OrdinalCost):
            return summarize_ordinal(cost, theta, asked, labels)
        return summarize(cost, theta, asked, labels)
