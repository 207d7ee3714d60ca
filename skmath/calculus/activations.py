"""Activations F of a layer and their derivatives, side by side.

Each is applied entry by entry and returns a new array.
"""

from dataclasses import dataclass

import numpy as np
from scipy.special import expit

__all__ = ["ACTIVATIONS", "Identity", "Logistic", "Relu", "Tanh"]


@dataclass(frozen=True)
class Identity:
    """F(z) = z."""

    def value(self, z):
        """Return z."""
        return z

    def derivative(self, z):
        """Return ones."""
        return np.ones_like(z)


@dataclass(frozen=True)
class Logistic:
    """F(z) = 1 / (1 + exp(-z))."""

    def value(self, z):
        """Return the logistic function of z."""
        return expit(z)

    def derivative(self, z):
        """Return F (1 - F)."""
        x = expit(z)
        return x * (1 - x)


@dataclass(frozen=True)
class Tanh:
    """F(z) = tanh z."""

    def value(self, z):
        """Return tanh z."""
        return np.tanh(z)

    def derivative(self, z):
        """Return 1 - tanh^2 z."""
        return 1 - np.tanh(z) ** 2


@dataclass(frozen=True)
class Relu:
    """F(z) = max(z, 0); its derivative at 0 is taken to be 0."""

    def value(self, z):
        """Return max(z, 0)."""
        return np.maximum(z, 0)

    def derivative(self, z):
        """Return 1 where z > 0, else 0."""
        return (z > 0).astype(z.dtype)


ACTIVATIONS = {
    "identity": Identity(),
    "logistic": Logistic(),
    "relu": Relu(),
    "tanh": Tanh(),
}
"""The activations that have a name."""
