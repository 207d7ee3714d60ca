r"""Layers of a network: activations, forward and backward.

Layer i multiplies its input by weights and applies an activation,

.. math:: X_i = F_i(X_{i-1} W_i + b_i),

with samples in rows (some texts write :math:`W_i X_{i-1}`, with samples in columns).
With the error :math:`E = L(G, X_n)` the chain rule gives, from the last layer to the
first,

.. math::

   \delta_n = \frac{\partial L}{\partial X_n} \odot F_n'(Z_n), \qquad
   \frac{\partial E}{\partial W_i} = X_{i-1}^T \delta_i, \qquad
   \delta_{i-1} = \delta_i W_i^T \odot F_{i-1}'(Z_{i-1}),

with :math:`Z_i = X_{i-1} W_i + b_i`. All the W in these formulas are those before any
update: weights are updated together, after all gradients have been computed.

An activation F works entry by entry and returns a new array. Its ``derivative(z, x)``
also gets x = F(z), from which most derivatives are computed; any object with
``value(z)`` and this method is a valid activation.

A layer is an object whose weights are views of the network's flat array, with

- ``forward(X)``, which returns its output and what it needs for the backward pass;
- ``backward(X, remembered, dE_dX, gradient, to_input)``, which fills the arrays of
  `gradient`, a layer of the same kind, and returns the derivative with respect to its
  input if ``to_input``;
- ``output(X)``, its output alone;
- ``weights``, the list of its arrays, and ``shrunk``, the list of those that a penalty
  shrinks.

`Layer` multiplies by W. Layers of other kinds can come before and after; they are made
by an object with ``n_weights``, ``on(theta)`` and, for those before,
``initial(generator)``.

Several networks of the same shape are one network with W of shape (n_members, n_in,
n_out): every formula holds for each of them.

References
----------
.. [1] D. E. Rumelhart, G. E. Hinton and R. J. Williams, "Learning representations by
   back-propagating errors", Nature, 323, 1986, equations 4 to 9.
.. [2] X. Glorot and Y. Bengio, "Understanding the difficulty of training deep
   feedforward neural networks", AISTATS 2010, equation 16.
.. [3] N. Srivastava, G. Hinton, A. Krizhevsky, I. Sutskever and R. Salakhutdinov,
   "Dropout: a simple way to prevent neural networks from overfitting", JMLR, 15, 2014.
.. [4] A. L. Maas, A. Y. Hannun and A. Y. Ng, "Rectifier nonlinearities improve neural
   network acoustic models", ICML 2013 (leaky ReLU).
.. [5] D.-A. Clevert, T. Unterthiner and S. Hochreiter, "Fast and accurate deep network
   learning by exponential linear units (ELUs)", ICLR 2016, equation 15.
.. [6] D. Hendrycks and K. Gimpel, "Gaussian error linear units (GELUs)",
   arXiv:1606.08415, 2016, section 2.
.. [7] C. Dugas, Y. Bengio, F. Belisle, C. Nadeau and R. Garcia, "Incorporating
   second-order functional knowledge for better option pricing", NIPS 2000 (softplus).
"""

import math
from dataclasses import dataclass
from itertools import pairwise
from typing import Any, NamedTuple

import numpy as np
from scipy.special import expit, ndtr

from skmath import _arrays

__all__ = [
    "ACTIVATIONS",
    "ELU",
    "GELU",
    "Dropout",
    "Identity",
    "Layer",
    "LeakyRelu",
    "Logistic",
    "Relu",
    "Softplus",
    "Tanh",
    "backward",
    "forward",
    "initial_weights",
    "last_output",
]


class Layer(NamedTuple):
    """Weights and activation of one layer.

    Attributes
    ----------
    W : array of shape (n_in, n_out) or (n_members, n_in, n_out)
    b : array of shape (n_out,) or (n_members, 1, n_out)
    F : object
        Activation, one of `ACTIVATIONS` or with the same methods.
    """

    W: Any
    b: Any
    F: Any

    @property
    def weights(self) -> list[Any]:
        """All arrays of the layer."""
        return [self.W, self.b]

    @property
    def shrunk(self) -> list[Any]:
        """The weights that a penalty shrinks."""
        return [self.W]

    def forward(self, X: Any) -> tuple[Any, Any]:
        """Return X_i = F(X W + b) and the slope F'(X W + b)."""
        Z = _product(X, self.W)
        Z += self.b
        X_i = self.F.value(Z)
        return X_i, self.F.derivative(Z, X_i)

    def backward(
        self, X: Any, slope: Any, dE_dX: Any, gradient: Any, to_input: bool
    ) -> Any:
        """Fill dE/dW and dE/db; return dE/dX_(i-1) if to_input is True."""
        delta = dE_dX * slope
        _fill_product(gradient.W, X, delta)
        # Sum over the rows; the product takes half the time of a sum.
        gradient.b[...] = np.ones((1, delta.shape[-2]), delta.dtype) @ delta
        return delta @ _transposed(self.W) if to_input else None

    def output(self, X: Any) -> Any:
        """Return X_i alone."""
        Z = _product(X, self.W)
        Z += self.b
        return self.F.value(Z)


def _transposed(A: Any) -> Any:
    """Return the transpose of a matrix, or of each of several."""
    return A.swapaxes(-1, -2) if getattr(A, "ndim", 2) > 2 else A.T


def _product(X: Any, W: Any) -> Any:
    """Return X W; for several W and X that is not an array, by one wide product."""
    if W.ndim == 2 or isinstance(X, np.ndarray):
        return X @ W
    n_members, n_in, n_out = W.shape
    together = X @ W.transpose(1, 0, 2).reshape(n_in, -1)
    return together.reshape(-1, n_members, n_out).transpose(1, 0, 2)


def _fill_product(out: Any, X: Any, delta: Any) -> None:
    """Fill an array with the transpose of X times delta."""
    if delta.ndim == 2 or isinstance(X, np.ndarray):
        _arrays.product_into(out, _transposed(X), delta)
    else:
        together = X.T @ delta.transpose(1, 0, 2).reshape(delta.shape[1], -1)
        out[...] = together.reshape(-1, *out.shape[::2]).transpose(1, 0, 2)


def initial_weights(
    sizes: list[int],
    generator: Any,
    dtype: Any,
    mean: Any = 0.0,
    scale: Any = 1.0,
    n_members: int | None = None,
) -> np.ndarray:
    r"""Return flat random weights: Glorot's uniform W, and b that spread the units.

    The variance of W, 2 / (n_in + n_out), keeps that of the signals about the same from
    layer to layer, forward and backward.

    A unit bends where :math:`x^T w + b = 0`. With b = 0 all these hyperplanes of the
    first layer would pass through one point, and with a single column all units would
    bend at the same place. Here the distance of a hyperplane from the mean is uniform
    up to :math:`\sqrt{3}` standard deviations, the range of uniform inputs:

    .. math::

       b = u \sqrt{\textstyle\sum_k (s_k w_k)^2} - \sum_k m_k w_k, \qquad
       u \sim U(-\sqrt{3}, \sqrt{3}).

    The inputs of the other layers already are different functions of x; their b are
    zero.

    Parameters
    ----------
    sizes : list of int
        Numbers of inputs, of units in the hidden layers, and of outputs.
    generator : RandomState or Generator
    dtype : dtype
    mean, scale : float or array of shape (n_in,), default=0.0, 1.0
        m and s, mean and standard deviation of the inputs.
    n_members : int, default=None
        As in `Network`.

    Returns
    -------
    ndarray of shape (n_weights,)
        Weights of the layers that have a W.

    Examples
    --------
    >>> import numpy as np
    >>> from skmath.calculus import initial_weights
    >>> theta = initial_weights([1, 4, 1], np.random.default_rng(0), np.float64)
    >>> (-theta[4:8] / theta[:4]).round(2)  # where the four units bend
    array([-1.09,  1.43,  0.37,  0.79])
    """
    parts, many = [], () if n_members is None else (n_members,)
    for i, (n_in, n_out) in enumerate(pairwise(sizes)):
        bound = math.sqrt(6 / (n_in + n_out))
        W = generator.uniform(-bound, bound, (*many, n_in, n_out))
        b = np.zeros((*many, n_out))
        if i == 0:
            m, s = np.broadcast_to(mean, n_in), np.broadcast_to(scale, n_in)
            u = generator.uniform(-math.sqrt(3), math.sqrt(3), b.shape)
            b = u * np.sqrt((s * s) @ (W * W)) - m @ W
        parts += [W.ravel(), b.ravel()]
    return np.concatenate(parts).astype(dtype)


def forward(
    X: Any, layers: list[Any], dropout: Any = None
) -> tuple[list[Any], list[Any]]:
    """Return every layer's outputs X_i, and the slopes F_i'(Z_i) of its activation.

    Parameters
    ----------
    X : array or CSR matrix of shape (n_samples, n_features)
        X_0.
    layers : list of layers
    dropout : Dropout, default=None
        Multiplies the outputs, and therefore their slopes.

    Returns
    -------
    outputs : list of arrays
        X_0 to X_n.
    slopes : list of arrays
        F_1'(Z_1) to F_n'(Z_n), or what a layer of another kind needs for `backward`.
    """
    outputs, slopes = [X], []
    for i, layer in enumerate(layers):
        X_i, slope = layer.forward(outputs[-1])
        if dropout is not None and dropout.rates[i] > 0:
            kept = dropout.kept(i, X_i)
            X_i, slope = X_i * kept, slope * kept
        outputs.append(X_i)
        slopes.append(slope)
    return outputs, slopes


def backward(
    outputs: list[Any],
    slopes: list[Any],
    layers: list[Any],
    dE_dX: Any,
    gradient: list[Any],
) -> None:
    """Fill the gradient of every layer's weights, from the last layer to the first.

    Parameters
    ----------
    outputs, slopes : lists of arrays
        As `forward` returns them.
    layers : list of layers
    dE_dX : array of shape (n_samples, n_out)
        Derivative of the error with respect to the last output.
    gradient : list of layers
        Layers whose weights are filled with dE/dW_i and dE/db_i.
    """
    for i in reversed(range(len(layers))):
        parts = outputs[i], slopes[i], dE_dX, gradient[i]
        dE_dX = layers[i].backward(*parts, to_input=i > 0)


def last_output(X: Any, layers: list[Any]) -> Any:
    """Return X_n alone: the forward pass of a prediction.

    Parameters
    ----------
    X : array or CSR matrix of shape (n_samples, n_features)
    layers : list of layers

    Returns
    -------
    array of shape (n_samples, n_out)
    """
    for layer in layers:
        X = layer.output(X)
    return X


class Dropout:
    """Dropout: random units are set to zero, so that no unit relies on another.

    As in Srivastava et al. (2014), but inverted: the remaining outputs are divided by
    their probability, so that predictions, without dropout, need no correction.

    Parameters
    ----------
    rates : list of float, one per layer
        Probability that an output is set to zero.
    generator : numpy.random.Generator
    """

    def __init__(self, rates: list[float], generator: Any) -> None:
        self.rates, self.generator = rates, generator

    def kept(self, i: int, X_i: Any) -> Any:
        """Return the factors of the outputs of layer i: 0, or 1 / (1 - rate)."""
        drawn = self.generator.random(X_i.shape, dtype=np.float32)
        return (drawn >= self.rates[i]) * X_i.dtype.type(1 / (1 - self.rates[i]))


@dataclass(frozen=True)
class Identity:
    """F(z) = z."""

    def value(self, z: Any) -> Any:
        """Return z."""
        return z

    def derivative(self, z: Any, x: Any) -> Any:
        """Return ones."""
        return np.ones_like(z)


@dataclass(frozen=True)
class Logistic:
    """F(z) = 1 / (1 + exp(-z))."""

    def value(self, z: Any) -> Any:
        """Return the logistic function of z."""
        return expit(z)

    def derivative(self, z: Any, x: Any) -> Any:
        """Return x (1 - x)."""
        return x * (1 - x)


@dataclass(frozen=True)
class Tanh:
    """F(z) = tanh z."""

    def value(self, z: Any) -> Any:
        """Return tanh z."""
        return np.tanh(z)

    def derivative(self, z: Any, x: Any) -> Any:
        """Return 1 - x^2."""
        return 1 - x * x


@dataclass(frozen=True)
class Relu:
    """F(z) = max(z, 0); its derivative at 0 is taken to be 0."""

    def value(self, z: Any) -> Any:
        """Return max(z, 0)."""
        return np.maximum(z, 0)

    def derivative(self, z: Any, x: Any) -> Any:
        """Return 1 where x > 0, else 0."""
        return (x > 0).astype(z.dtype)


@dataclass(frozen=True)
class LeakyRelu:
    """F(z) = max(z, slope z), which never stops to learn (Maas et al. 2013).

    Parameters
    ----------
    slope : float, default=0.01
        Slope below 0; between 0 and 1.
    """

    slope: float = 0.01

    def value(self, z: Any) -> Any:
        """Return max(z, slope z)."""
        return np.maximum(z, self.slope * z)

    def derivative(self, z: Any, x: Any) -> Any:
        """Return 1 where z > 0, else the slope."""
        return np.where(z > 0, 1.0, self.slope).astype(z.dtype)


@dataclass(frozen=True)
class ELU:
    """F(z) = z above 0, e^z - 1 below (Clevert et al. 2016)."""

    def value(self, z: Any) -> Any:
        """Return z above 0, e^z - 1 below."""
        return np.where(z > 0, z, np.expm1(np.minimum(z, 0)))

    def derivative(self, z: Any, x: Any) -> Any:
        """Return 1 above 0, x + 1 below."""
        return np.minimum(x, 0) + 1


@dataclass(frozen=True)
class GELU:
    """F(z) = z Phi(z), Phi the standard normal distribution function."""

    def value(self, z: Any) -> Any:
        """Return z Phi(z)."""
        return z * ndtr(z)

    def derivative(self, z: Any, x: Any) -> Any:
        """Return Phi(z) + z phi(z), phi the density."""
        return ndtr(z) + z * np.exp(-0.5 * z * z) / math.sqrt(2 * math.pi)


@dataclass(frozen=True)
class Softplus:
    """F(z) = log(1 + e^z), a smooth ReLU (Dugas et al. 2000)."""

    def value(self, z: Any) -> Any:
        """Return log(1 + e^z)."""
        return np.logaddexp(0, z)

    def derivative(self, z: Any, x: Any) -> Any:
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
