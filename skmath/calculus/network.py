"""A network: layers whose weights are views of one flat array."""

import math
from typing import Any

import numpy as np

from skmath.calculus.layers import Layer
from skmath.calculus.scaled_layer import KAPPA, ScaledLayer

__all__ = ["Network"]


class Network:
    """Layers whose weights are views of one flat array.

    With a flat array, updating all the weights is one vector operation.

    Parameters
    ----------
    sizes : list of int
        Number of inputs of the first matrix, of units in each hidden layer, and of
        outputs.
    activations : list, one per matrix
    theta : array of shape (n_weights,)
        The weights.
    n_members : int, default=None
        Number of networks of this shape; None means one, whose W are matrices.
    before : tuple of objects, default=()
        Objects that create the layers before the first matrix; see
        `skmath.calculus.layers`.
    after : tuple of objects, default=()
        The same for layers after the last matrix.
    scaled : bool, default=False
        Whether the first layer with a W is a `ScaledLayer`, whose u precede its W.

    Attributes
    ----------
    theta : array
    layers : list of layers
    dense : list of Layer
        The layers with a W.

    Examples
    --------
    >>> import numpy as np
    >>> from skmath.calculus import ACTIVATIONS, Network
    >>> network = Network([2, 1], [ACTIVATIONS["identity"]], np.array([1.0, 2.0, 3.0]))
    >>> network.layers[0].W.tolist(), network.layers[0].b.tolist()
    ([[1.0], [2.0]], [3.0])
    """

    def __init__(
        self,
        sizes: Any,
        activations: Any,
        theta: Any,
        n_members: int | None = None,
        before: Any = (),
        after: Any = (),
        scaled: bool = False,
    ) -> None:
        self.sizes, self.activations, self.theta = sizes, activations, theta
        self.n_members, self.before, self.after = n_members, before, after
        self.scaled = scaled
        self.layers, start = [], 0
        for kind in before:
            self.layers.append(kind.on(theta[start : start + kind.n_weights]))
            start += kind.n_weights
        many = () if n_members is None else (n_members,)
        u = theta[start : start + self._n_scales]
        start += self._n_scales
        for n_in, n_out, F in zip(sizes[:-1], sizes[1:], activations, strict=True):
            middle = start + n_in * n_out * math.prod(many)
            W = theta[start:middle].reshape(*many, n_in, n_out)
            start = middle + n_out * math.prod(many)
            b = theta[middle:start]
            self.layers.append(Layer(W, b.reshape(*many, 1, n_out) if many else b, F))
        for kind in after:
            self.layers.append(kind.on(theta[start : start + kind.n_weights]))
            start += kind.n_weights
        if scaled:
            place = len(before)
            self.layers[place] = ScaledLayer(  # type: ignore[call-arg]  # unpacked
                *self.layers[place], u.reshape(*many, sizes[0])
            )

    def __reduce__(self) -> tuple[Any, ...]:
        # A copied or unpickled network has views of its own theta.
        return Network, (*self._shape, self.theta, *self._around)

    @property
    def _shape(self) -> tuple[Any, Any]:
        return self.sizes, self.activations

    @property
    def _around(self) -> tuple[Any, Any, Any, Any]:
        return self.n_members, self.before, self.after, self.scaled

    @property
    def _n_scales(self) -> int:
        return self.sizes[0] * (self.n_members or 1) if self.scaled else 0

    @property
    def dense(self) -> list[Any]:
        """The layers that have a W."""
        return self.layers[len(self.before) : len(self.layers) - len(self.after)]

    def like(self, theta: Any) -> "Network":
        """Return a network of the same shape with other weights."""
        return Network(*self._shape, theta, *self._around)

    def gradient(self) -> "Network":
        """Return a network of the same shape for the derivatives of the weights."""
        return self.like(np.zeros_like(self.theta))

    def with_scales(self) -> "Network":
        """Return a network with the same outputs whose inputs have scales of 1."""
        start = sum(kind.n_weights for kind in self.before)
        n_scales = self.sizes[0] * (self.n_members or 1)
        u = np.full(n_scales, 1 / KAPPA, self.theta.dtype)
        theta = np.concatenate([self.theta[:start], u, self.theta[start:]])
        return Network(*self._shape, theta, *self._around[:-1], scaled=True)

    def unscaled(self) -> "Network":
        """Return a network with the same outputs without input scales."""
        if not self.scaled:
            return self
        start = sum(kind.n_weights for kind in self.before)
        parts = self.theta[:start], self.theta[start + self._n_scales :]
        theta = np.concatenate(parts)
        plain = Network(*self._shape, theta, *self._around[:-1])
        plain.dense[0].W[...] = self.dense[0].unscaled().W
        return plain

    def weight_squares(self) -> float:
        """Return the sum of squares of the weights that a penalty shrinks."""
        shrunk = (W for layer in self.layers for W in layer.shrunk)
        return sum(float((W * W).sum()) for W in shrunk)
