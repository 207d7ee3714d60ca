"""A look inside: gradients, a check of them, and weights in the units of the data."""

import math

import numpy as np

from skmath.backprop_mlp.training import backpropagate, penalise

__all__ = ["error_and_gradient", "largest_difference", "unstandardized"]

STEPS = (1e-5, 1e-6, 1e-7)
"""By how much a weight is moved for a finite difference: a shorter step where a kink
may be within a longer one."""

CLOSE = 1e-7
"""Relative difference at which no other step is tried."""


def error_and_gradient(network, loss, alpha, batch):
    """Return E of a batch, the penalty included, and its gradient as a network."""
    gradient = network.gradient()
    error = backpropagate(network, loss, batch, gradient)
    penalise(network, gradient, alpha)
    return error + 0.5 * alpha * network.weight_squares(), gradient


def largest_difference(network, loss, alpha, batch, n_weights):
    """Return how far the gradient is from central differences, at most.

    Parameters
    ----------
    network : Network
        In double precision.
    loss : object of `skmath.calculus.losses`
    alpha : float
    batch : tuple (X, G, weight)
    n_weights : int
        How many of the weights to move, evenly spaced.

    Returns
    -------
    float
        Relative to the largest derivative.
    """
    slope = error_and_gradient(network, loss, alpha, batch)[1].theta.copy()
    theta, largest, worst = network.theta, np.abs(slope).max(), 0.0
    for k in np.arange(0, slope.size, max(1, slope.size // n_weights)):
        here, error = theta[k], math.inf
        for step in STEPS:
            theta[k] = here + step
            above = error_and_gradient(network, loss, alpha, batch)[0]
            theta[k] = here - step
            below = error_and_gradient(network, loss, alpha, batch)[0]
            theta[k] = here
            difference = (above - below) / (2 * step)
            largest = max(largest, abs(difference))
            error = min(error, abs(slope[k] - difference))
            if error <= CLOSE * largest:
                break
        worst = max(worst, error)
    return float(worst / largest) if largest > 0 else 0.0


def unstandardized(layers, standardizer):
    """Return the weights of layers for columns and targets in the data's own units."""
    coefs, intercepts, _ = map(list, zip(*layers, strict=True))
    coefs[0] = standardizer.inverse[:, None] * coefs[0]
    intercepts[0] = intercepts[0] - standardizer.mean @ coefs[0]
    coefs[-1] = coefs[-1] * standardizer.target_scale
    intercepts[-1] = intercepts[-1] * standardizer.target_scale
    intercepts[-1] = intercepts[-1] + standardizer.target_mean
    return coefs, intercepts
