"""Activations F of a layer and their derivatives, side by side.

Each works entry by entry and returns a new array. ``derivative(z, x)`` is given
x = F(z), of which most derivatives are made; an object of one's own with the two
methods serves as well.

References
----------
.. [1] A. L. Maas, A. Y. Hannun and A. Y. Ng, "Rectifier nonlinearities improve neural
   network acoustic models", ICML 2013 (leaky ReLU).
.. [2] D.-A. Clevert, T. Unterthiner and S. Hochreiter, "Fast and accurate deep network
   learning by exponential linear units (ELUs)", ICLR 2016, equation 15.
.. [3] D. Hendrycks and K. Gimpel, "Gaussian error linear units (GELUs)",
   arXiv:1606.08415, 2016, section 2.
.. [4] C. Dugas, Y. Bengio, F. Belisle, C. Nadeau and R. Garcia, "Incorporating
   second-order functional knowledge for better option pricing", NIPS 2000 (softplus).
"""

import math
from dataclasses import dataclass

import numpy as np
from scipy.special import expit, ndtr

__all__ = [
    "ACTIVATIONS",
    "ELU",
    "GELU",
    "Identity",
    "LeakyRelu",
    "Logistic",
    "Relu",
    "Softplus",
    "Tanh",
]


@dataclass(frozen=True)
class Identity:
    """F(z) = z."""

    def value(self, z):
        """Return z."""
        return z

    def derivative(self, z, x):
        """Return ones."""
        return np.ones_like(z)


@dataclass(frozen=True)
class Logistic:
    """F(z) = 1 / (1 + exp(-z))."""

    def value(self, z):
        """Return the logistic function of z."""
        return expit(z)

    def derivative(self, z, x):
        """Return x (1 - x)."""
        return x * (1 - x)


@dataclass(frozen=True)
class Tanh:
    """F(z) = tanh z."""

    def value(self, z):
        """Return tanh z."""
        return np.tanh(z)

    def derivative(self, z, x):
        """Return 1 - x^2."""
        return 1 - x * x


@dataclass(frozen=True)
class Relu:
    """F(z) = max(z, 0); its derivative at 0 is taken to be 0."""

    def value(self, z):
        """Return max(z, 0)."""
        return np.maximum(z, 0)

    def derivative(self, z, x):
        """Return 1 where x > 0, else 0."""
        return (x > 0).astype(z.dtype)


@dataclass(frozen=True)
class LeakyRelu:
    """F(z) = max(z, slope z), so that no unit ever stops to learn (Maas et al. 2013).

    Parameters
    ----------
    slope : float, default=0.01
        Below 0; between 0 and 1.
    """

    slope: float = 0.01

    def value(self, z):
        """Return max(z, slope z)."""
        return np.maximum(z, self.slope * z)

    def derivative(self, z, x):
        """Return 1 where z > 0, else the slope."""
        return np.where(z > 0, 1.0, self.slope).astype(z.dtype)


@dataclass(frozen=True)
class ELU:
    """F(z) = z above 0, e^z - 1 below (Clevert et al. 2016)."""

    def value(self, z):
        """Return z above 0, e^z - 1 below."""
        return np.where(z > 0, z, np.expm1(np.minimum(z, 0)))

    def derivative(self, z, x):
        """Return 1 above 0, x + 1 below."""
        return np.minimum(x, 0) + 1


@dataclass(frozen=True)
class GELU:
    """F(z) = z Phi(z), Phi the standard normal distribution function."""

    def value(self, z):
        """Return z Phi(z)."""
        return z * ndtr(z)

    def derivative(self, z, x):
        """Return Phi(z) + z phi(z), phi the density."""
        return ndtr(z) + z * np.exp(-0.5 * z * z) / math.sqrt(2 * math.pi)


@dataclass(frozen=True)
class Softplus:
    """F(z) = log(1 + e^z), a smooth ReLU (Dugas et al. 2000)."""

    def value(self, z):
        """Return log(1 + e^z)."""
        return np.logaddexp(0, z)

    def derivative(self, z, x):
        """Return 1 / (1 + e^-z)."""
        return expit(z)


ACTIVATIONS = {
    "identity": Identity(),
    "logistic": Logistic(),
    "tanh": Tanh(),
    "relu": Relu(),
    "leaky_relu": LeakyRelu(),
    "elu": ELU(),
    "gelu": GELU(),
    "softplus": Softplus(),
}
"""The activations that have a name."""
