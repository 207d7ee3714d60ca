r"""A first layer with learned scales of its inputs.

.. math::

   X_1 = F(X_0 \operatorname{diag}(s) W + b), \qquad s = \kappa u.

An uninformative input loses influence if all its weights shrink together. This is one
direction among as many as there are units, and each unit has to find it separately; s_j
is a single number that does it. With :math:`G = X_0^T \delta_1`, the derivative with
respect to :math:`\operatorname{diag}(s) W`, the chain rule gives

.. math::

   \frac{\partial E}{\partial W} = \operatorname{diag}(s) G, \qquad
   \frac{\partial E}{\partial u_j} = \kappa \sum_k W_{jk} G_{jk}.

A rule such as Adam changes every number by about the learning rate. So u starts at
:math:`1 / \kappa`, where s is 1, and s changes :math:`\kappa` times as much as a
weight.

After training diag(s) W is one matrix, and the layer an ordinary one.

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
"""Factor by which a scale moves farther than a weight in one step."""


class ScaledLayer(NamedTuple):
    r"""Weights, activation and the scales of the inputs.

    Attributes
    ----------
    W : array of shape (n_in, n_out) or (n_members, n_in, n_out)
    b : array of shape (n_out,) or (n_members, 1, n_out)
    F : object
        Activation, as in `Layer`.
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
    def weights(self) -> list[Any]:
        """All arrays of the layer."""
        return [self.W, self.b, self.u]

    @property
    def shrunk(self) -> list[Any]:
        """The weights that a penalty shrinks."""
        return [self.W]

    def unscaled(self) -> Layer:
        """Return the layer with W replaced by diag(s) W, which has the same output."""
        return Layer(self._s * self.W, self.b, self.F)

    def forward(self, X: Any) -> tuple[Any, Any]:
        """Return X_i and the slope of the activation, as `Layer.forward`."""
        return self.unscaled().forward(X)

    def backward(
        self, X: Any, slope: Any, dE_dX: Any, gradient: Any, to_input: bool
    ) -> Any:
        """Fill dE/dW, dE/db and dE/du; return dE/dX_(i-1) if to_input is True."""
        product = Layer(gradient.W, gradient.b, self.F)
        dE_dX = self.unscaled().backward(X, slope, dE_dX, product, to_input)
        G = gradient.W
        gradient.u[...] = KAPPA * np.einsum("...jk,...jk->...j", self.W, G)
        G *= self._s
        return dE_dX

    def output(self, X: Any) -> Any:
        """Return X_i alone."""
        return self.unscaled().output(X)

    @property
    def _s(self) -> Any:
        """The scales as a column."""
        return KAPPA * self.u[..., None]
