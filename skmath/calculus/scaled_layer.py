r"""A first layer that learns how much each of its inputs counts.

.. math::

   X_1 = F(X_0 \operatorname{diag}(s) W + b), \qquad s = \kappa u.

An input that says nothing counts less if all its weights shrink together. That is one
direction among as many as there are units, and each unit has to find it alone; s_j is
one number that does it. With :math:`G = X_0^T \delta_1`, the derivative with respect to
:math:`\operatorname{diag}(s) W`, the chain rule gives

.. math::

   \frac{\partial E}{\partial W} = \operatorname{diag}(s) G, \qquad
   \frac{\partial E}{\partial u_j} = \kappa \sum_k W_{jk} G_{jk}.

A rule such as Adam moves every number by about the learning rate. So u begins at
:math:`1 / \kappa`, where s is 1, and s moves :math:`\kappa` times as far as a weight.

After training diag(s) W is one matrix, and the layer one like all the others.

References
----------
.. [1] D. Holzmueller, L. Grinsztajn and I. Steinwart, "Better by default: strong
   pre-tuned MLPs and boosted trees on tabular data", NeurIPS 2024, section 3: the
   scaling layer, whose learning rate is six times that of the weights.
"""

from typing import Any, NamedTuple

import numpy as np

from skmath.calculus.layers import Layer

__all__ = ["KAPPA", "ScaledLayer"]

KAPPA = 6.0
"""How many times as far as a weight a scale moves in a step."""


class ScaledLayer(NamedTuple):
    r"""Weights, activation and the scales of the inputs.

    Attributes
    ----------
    W : array of shape (n_in, n_out) or (n_members, n_in, n_out)
    b : array of shape (n_out,) or (n_members, 1, n_out)
    F : object
        As of `Layer`.
    u : array of shape (n_in,) or (n_members, n_in)
        :math:`s / \kappa`.

    Examples
    --------
    >>> import numpy as np
    >>> from skmath.calculus import ACTIVATIONS, ScaledLayer
    >>> W, b, u = np.array([[1.0], [2.0]]), np.zeros(1), np.array([0.5, 0.0]) / 6
    >>> layer = ScaledLayer(W, b, ACTIVATIONS["identity"], u)
    >>> layer.output(np.array([[4.0, 9.0]]))
    array([[2.]])
    """

    W: Any
    b: Any
    F: Any
    u: Any

    @property
    def weights(self):
        """All its arrays."""
        return [self.W, self.b, self.u]

    @property
    def shrunk(self):
        """The weights that a penalty shrinks."""
        return [self.W]

    def unscaled(self):
        """Return the layer whose W is diag(s) W: its output is the same."""
        return Layer(self._s * self.W, self.b, self.F)

    def forward(self, X):
        """Return X_i and the slope of the activation, as `Layer.forward`."""
        return self.unscaled().forward(X)

    def backward(self, X, slope, dE_dX, gradient, to_input):
        """Fill dE/dW, dE/db and dE/du; return dE/dX_(i-1) if asked for."""
        product = Layer(gradient.W, gradient.b, self.F)
        dE_dX = self.unscaled().backward(X, slope, dE_dX, product, to_input)
        G = gradient.W
        gradient.u[...] = KAPPA * np.einsum("...jk,...jk->...j", self.W, G)
        G *= self._s
        return dE_dX

    def output(self, X):
        """Return X_i alone."""
        return self.unscaled().output(X)

    @property
    def _s(self):
        """The scales, as a column beside W."""
        return KAPPA * self.u[..., None]
