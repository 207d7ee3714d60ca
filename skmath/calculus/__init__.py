"""Calculus pillar: losses, penalties, activations, layers and gradient descent."""

from skmath.calculus.bounds import Bounded
from skmath.calculus.checks import check_gradient
from skmath.calculus.classification_losses import (
    Hinge,
    LogLoss,
    ModifiedHuber,
    SquaredHinge,
)
from skmath.calculus.descent import (
    RULES,
    GradientDescent,
    Iterate,
    Momentum,
    Nesterov,
    Newton,
    Point,
    QuasiNewton,
    descend,
)
from skmath.calculus.embeddings import Embedded, Embeddings
from skmath.calculus.family_losses import (
    GammaIdentityLink,
    InverseGaussian,
    NegativeBinomial,
    PoissonIdentityLink,
    SquaredErrorLogLink,
    dispersion_slopes,
)
from skmath.calculus.folded_penalties import MCP, SCAD
from skmath.calculus.fused_penalty import FusedLasso
from skmath.calculus.gradient_descent import gradient_descent
from skmath.calculus.group_penalties import SparseGroup
from skmath.calculus.increasing_outputs import IncreasingOutputs
from skmath.calculus.label_losses import OneClass, SmoothedLogLoss, WeightedLabels
from skmath.calculus.layers import (
    ACTIVATIONS,
    Dropout,
    Layer,
    backward,
    forward,
    initial_weights,
    last_output,
)
from skmath.calculus.linear_constraints import LinearlyConstrained
from skmath.calculus.loss import Loss
from skmath.calculus.losses import LINKS, LOSSES, best_constant, resolve_loss
from skmath.calculus.metrics import HessianMetric, Metric
from skmath.calculus.moving_average import MovingAverage
from skmath.calculus.network import Network
from skmath.calculus.offsets import WithOffset, best_shift
from skmath.calculus.ordinal_loss import CUMULATIVE_LINKS, Ordinal
from skmath.calculus.penalties import (
    L1,
    L2,
    PENALTIES,
    ElasticNet,
    duality_gap,
    resolve_penalty,
)
from skmath.calculus.piecewise import PiecewiseLinear
from skmath.calculus.proximal_newton import lasso_from, quadratic_lasso
from skmath.calculus.ramps import ramp, ramp_curvature, ramp_slope
from skmath.calculus.regression_losses import (
    AbsoluteError,
    EpsilonInsensitive,
    Gamma,
    Huber,
    Poisson,
    Quantile,
    Quantiles,
    SquaredEpsilonInsensitive,
    SquaredError,
    Tweedie,
)
from skmath.calculus.scaled_layer import ScaledLayer
from skmath.calculus.schedules import SCHEDULES
from skmath.calculus.share_losses import Bernoulli, Binomial
from skmath.calculus.step_rules import (
    SGD,
    STEP_RULES,
    Adam,
    AdamW,
    Muon,
    Patience,
    RMSprop,
)
from skmath.calculus.tikhonov import Tikhonov

__all__ = [
    "ACTIVATIONS",
    "CUMULATIVE_LINKS",
    "L1",
    "L2",
    "LINKS",
    "LOSSES",
    "MCP",
    "PENALTIES",
    "RULES",
    "SCAD",
    "SCHEDULES",
    "SGD",
    "STEP_RULES",
    "AbsoluteError",
    "Adam",
    "AdamW",
    "Bernoulli",
    "Binomial",
    "Bounded",
    "Dropout",
    "ElasticNet",
    "Embedded",
    "Embeddings",
    "EpsilonInsensitive",
    "FusedLasso",
    "Gamma",
    "GammaIdentityLink",
    "GradientDescent",
    "HessianMetric",
    "Hinge",
    "Huber",
    "IncreasingOutputs",
    "InverseGaussian",
    "Iterate",
    "Layer",
    "LinearlyConstrained",
    "LogLoss",
    "Loss",
    "Metric",
    "ModifiedHuber",
    "Momentum",
    "MovingAverage",
    "Muon",
    "NegativeBinomial",
    "Nesterov",
    "Network",
    "Newton",
    "OneClass",
    "Ordinal",
    "Patience",
    "PiecewiseLinear",
    "Point",
    "Poisson",
    "PoissonIdentityLink",
    "Quantile",
    "Quantiles",
    "QuasiNewton",
    "RMSprop",
    "ScaledLayer",
    "SmoothedLogLoss",
    "SparseGroup",
    "SquaredEpsilonInsensitive",
    "SquaredError",
    "SquaredErrorLogLink",
    "SquaredHinge",
    "Tikhonov",
    "Tweedie",
    "WeightedLabels",
    "WithOffset",
    "backward",
    "best_constant",
    "best_shift",
    "check_gradient",
    "descend",
    "dispersion_slopes",
    "duality_gap",
    "forward",
    "gradient_descent",
    "initial_weights",
    "lasso_from",
    "last_output",
    "quadratic_lasso",
    "ramp",
    "ramp_curvature",
    "ramp_slope",
    "resolve_loss",
    "resolve_penalty",
]
