"""A small table, a target for each loss, and losses whose own lengths have a unit."""

import numpy as np

IDENTITY_LINKS = [
    "absolute_error",
    "epsilon_insensitive",
    "huber",
    "quantile",
    "squared_epsilon_insensitive",
    "squared_error",
]
LOG_LINKS = ["gamma", "inverse_gaussian", "poisson", "tweedie"]
UNITLESS = ["binomial", "negative_binomial"]
CLASSIFICATIONS = ["hinge", "log_loss", "modified_huber", "squared_hinge"]


def small_table():
    """Return three columns and a target with errors of long tails."""
    rng = np.random.default_rng(0)
    X = rng.normal(size=(120, 3))
    return X, X @ [1.0, 2.0, -1.0] + rng.standard_t(4, 120)


def targets(loss, table):
    """Return the columns, and of the target what a loss can learn."""
    X, y = table
    if loss in (*LOG_LINKS, "negative_binomial"):
        return X, np.exp(y / 4)
    if loss == "binomial":
        return X, 1 / (1 + np.exp(-y))
    return (X, y > 0.5) if loss in CLASSIFICATIONS else (X, y)


def lengths(loss, unit):
    """Return the parameters of a loss that are in the unit of y."""
    if loss == "huber":
        return {"delta": 1.35 * unit}
    return {"epsilon": 0.1 * unit} if "epsilon" in loss else {}
