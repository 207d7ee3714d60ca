"""Separate descents for each output, for losses with kinks.

Several outputs share the width of a smoothing, and the cost that limits its error: with
outputs in very different units the largest one determines both. Therefore, once all
outputs together are near their optimum, each continues alone to the optimum of its own
cost. This is possible because the losses and the penalty are sums over the outputs.
"""

from dataclasses import dataclass, replace
from typing import Any

import numpy as np

from skmath import _arrays
from skmath._rows.rows import is_dask
from skmath.calculus import ElasticNet, Point
from skmath.gd_linear_model.descent import START_TOL, Trace
from skmath.gd_linear_model.minimum_norm import minimum_norm_optimum
from skmath.gd_linear_model.stochastic import Epochs, StochasticDescent

__all__ = ["Outputs", "is_separable_by_output", "stages_by_output"]


@dataclass
class Outputs:
    """The last stages of all outputs, combined: as good as the worst of them.

    It has the interface of a `skmath.gd_linear_model.descent.Stage`, but no points.

    Parameters
    ----------
    cost : Cost
        Cost of all outputs.
    best : Point
    parts : list of Stage or Epochs
        One for each output, or fewer if the descent was stopped.
    trace : Trace
    options : Options
    """

    cost: Any
    best: Any
    parts: Any
    trace: Any
    options: Any

    is_rough = False
    moves = ()

    def points(self):
        """Return no points: those of the parts have been processed."""
        return iter(())

    @property
    def null(self):
        """An empty basis: the parts already have minimum norm."""
        return np.empty((self.cost.rows.n_features, 0))

    @property
    def worst(self):
        """The part farthest from its optimum; unproven parts first."""
        tol = self.options.tol
        return max(
            self.parts,
            key=lambda p: (not p.is_converged(p.gap(tol)), p.optimality),
        )

    @property
    def optimality(self):
        """Optimality of the worst part."""
        return self.worst.optimality

    @property
    def is_ill_conditioned(self):
        """Whether columns are so nearly dependent that some slope is not known."""
        return self.worst.is_ill_conditioned

    @property
    def ended(self):
        """Why the worst part ended, or the last one if others are missing."""
        return self.worst.ended if self._is_whole else self.parts[-1].ended

    @property
    def width(self):
        """Width of the smoothing of each output."""
        return tuple(part.width for part in self.parts) if self._is_whole else None

    @property
    def _is_whole(self):
        return len(self.parts) == self.best.theta.shape[1]

    def gap(self, tol):
        """Bound how far the cost is above the optimum."""
        return sum(part.gap(tol) for part in self.parts)

    def is_converged(self, gap):
        """Return True if each of the parts is at its optimum."""
        tol = self.options.tol
        return self._is_whole and all(p.is_converged(p.gap(tol)) for p in self.parts)

    def is_level(self):
        """Return True if rounding hides further steps of the worst part."""
        return self.worst.is_level()

    def shortfall(self):
        """Return the warning text of the worst part."""
        return self.worst.shortfall()

    def continued(self):
        """Return a stochastic descent that continues with other rows."""
        w, intercept = self.cost.parameters(self.best.theta)
        theta = _arrays.namespace(w).concat([w, intercept[None, :]], axis=0)
        return StochasticDescent(theta, self.options, len(self.trace.values) - 1)


def is_separable_by_output(cost, theta):
    """Return True if a cost is a sum over several outputs with kinks and units.

    Parameters
    ----------
    cost : Cost
    theta : array of shape (n_features + 1, n_outputs)

    Returns
    -------
    bool
    """
    loss, is_separable = cost.loss, isinstance(cost.penalty, ElasticNet)
    has_several = theta.shape[1] > 1 and loss.task == "regression"
    return has_several and loss.has_kink and is_separable and not is_dask(cost.rows.X)


def stages_by_output(descent, cost, theta, *, from_constant=True):
    """Yield the stages of all outputs together, then of each alone, then `Outputs`.

    Parameters
    ----------
    descent : Descent
    cost : Cost
    theta : array of shape (n_features + 1, n_outputs)
    from_constant : bool, default=True
        As in `Descent.stages`.

    Yields
    ------
    Stage, Epochs or Outputs
    """
    widths, trace = descent.width, descent.trace
    if not isinstance(widths, tuple):
        options = replace(descent.options, tol=max(START_TOL, descent.options.tol))
        rough = replace(descent, options=options)
        stage = yield from rough.stages(cost, theta, from_constant=from_constant)
        if stage.ended not in ("optimal", "stalled"):
            return
        theta, widths = stage.best.theta, (stage.width,) * theta.shape[1]
    parts = []
    for j, width in enumerate(widths):
        of_output = replace(descent, trace=Trace(), width=width)
        part = cost.of_output(j, theta)
        stage = yield from of_output.stages(
            part, theta[:, j : j + 1], from_constant=False
        )
        if isinstance(stage, Epochs):
            stage.certify()
        if part.penalty.has_unpenalized and not isinstance(stage, Epochs):
            stage.best = minimum_norm_optimum(stage)
        theta = part.among_outputs(stage.best.theta)
        extend(trace, stage.trace)
        parts.append(stage)
        if stage.ended == "stopped":
            break
    value = sum(part.best.value for part in parts)
    best = Point(theta, value, None, parts[-1].best.step)
    yield Outputs(cost, best, parts, trace, descent.options)


def extend(trace, added):
    """Append the steps of one output to the trace of all."""
    other_outputs = trace.values[-1] - added.values[0] if trace.values else 0.0
    first = 1 if trace.values else 0
    trace.values.extend(other_outputs + value for value in added.values[first:])
    trace.steps.extend(added.steps)
