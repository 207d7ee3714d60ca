"""Second pillar: losses, penalties, activations, layers and descent."""

from skmath.calculus.activations import ACTIVATIONS
from skmath.calculus.descent import (
    SGD,
    Adam,
    HessianMetric,
    Iterate,
    Metric,
    descend,
)
from skmath.calculus.layers import (
    Layer,
    Network,
    backward,
    forward,
    initial_weights,
)
from skmath.calculus.losses import (
    LOSSES,
    Huber,
    LogLoss,
    SquaredError,
    resolve_loss,
)
from skmath.calculus.penalties import L1, L2, PENALTIES, ElasticNet

__all__ = [
    "ACTIVATIONS",
    "L1",
    "L2",
    "LOSSES",
    "PENALTIES",
    "SGD",
    "Adam",
    "ElasticNet",
    "HessianMetric",
    "Huber",
    "Iterate",
    "Layer",
    "LogLoss",
    "Metric",
    "Network",
    "SquaredError",
    "backward",
    "descend",
    "forward",
    "initial_weights",
    "resolve_loss",
]
