r"""An embedding layer: each category has a learned vector, looked up by its code.

From q columns of codes :math:`c_1, \dots, c_q` and m numeric columns it computes

.. math:: X_1 = [\text{numbers},\ E_1[c_1],\ \dots,\ E_q[c_q]],

where :math:`E_j[c]` is row c of a matrix that is learned with all other weights. This
is the product of the one-hot codes with :math:`E_j`, of which only one row has to be
read. So its derivative is the transposed product, a sum of the rows of :math:`\partial
E / \partial X_1` by code:

.. math::

   \frac{\partial E}{\partial E_j[c]} =
   \sum_{i : c_{ij} = c} \Bigl(\frac{\partial E}{\partial X_1}\Bigr)_{i, j}.

A penalty on the embeddings shrinks those of rare categories most, towards zero, the
embedding of unknown values: like the effects in a random-effects model.

References
----------
.. [1] Y. Bengio, R. Ducharme, P. Vincent and C. Jauvin, "A neural probabilistic
   language model", JMLR, 3, 2003, section 2.
.. [2] C. Guo and F. Berkhahn, "Entity embeddings of categorical variables",
   arXiv:1604.06737, 2016, equation 6.
"""

import math
from dataclasses import dataclass
from typing import Any, NamedTuple

import numpy as np
from scipy import sparse

__all__ = ["Embedded", "Embeddings"]


class Embeddings(NamedTuple):
    """The embeddings of the last columns of X_0, which hold codes.

    Attributes
    ----------
    E : ndarray of shape (n_places, n_dimensions) or (n_members, n_places, n_dimensions)
        Embeddings of all columns, stacked vertically.
    starts : ndarray of int of shape (n_columns,)
        The row of E with which each column begins.

    Examples
    --------
    >>> import numpy as np
    >>> from skmath.calculus import Embeddings
    >>> layer = Embeddings(np.array([[0.0, 1.0], [2.0, 3.0]]), np.array([0]))
    >>> X_1, places = layer.forward(np.array([[7.0, 1.0], [8.0, 0.0], [9.0, 1.0]]))
    >>> X_1
    array([[7., 2., 3.],
           [8., 0., 1.],
           [9., 2., 3.]])
    >>> gradient = layer._replace(E=np.zeros((2, 2)))
    >>> layer.backward(None, places, np.ones((3, 3)), gradient, False)
    >>> gradient.E
    array([[1., 1.],
           [2., 2.]])
    """

    E: Any
    starts: Any

    @property
    def weights(self) -> list[Any]:
        """All arrays of the layer."""
        return [self.E]

    @property
    def shrunk(self) -> list[Any]:
        """The weights that a penalty shrinks."""
        return [self.E]

    def output(self, X: Any) -> Any:
        """Return X_1 alone."""
        return self.forward(X)[0]

    def of_columns(self) -> list[Any]:
        """Return the embedding of each column, a list of views of E."""
        return np.split(self.E, self.starts[1:], axis=-2)

    def forward(self, X: Any) -> tuple[Any, Any]:
        """Return X_1, and the row of E for each code.

        Parameters
        ----------
        X : ndarray of shape (n_samples, n_numbers + n_columns)
            X_0, with integer codes in its last columns.

        Returns
        -------
        X_1 : ndarray of shape (n_samples, n_numbers + n_columns * n_dimensions)
            For several networks one for each, as in `Layer`.
        places : ndarray of int of shape (n_samples, n_columns)
        """
        m = X.shape[1] - len(self.starts)
        places = X[:, m:].astype(np.intp) + self.starts
        taken = self.E[..., places, :]
        rows = taken.shape[:-2]
        numbers = np.broadcast_to(X[:, :m], (*rows, m))
        return np.concatenate([numbers, taken.reshape(*rows, -1)], axis=-1), places

    def backward(
        self, X: Any, places: Any, dE_dX: Any, gradient: Any, to_input: bool
    ) -> Any:
        """Fill the gradient's E; return dE/dX_0 if to_input is True, else None.

        Parameters
        ----------
        X : ndarray
            X_0.
        places : ndarray
            As `forward` returns them.
        dE_dX : ndarray
            Derivative of the error with respect to X_1.
        gradient : Embeddings
            Layer whose E is filled.
        to_input : bool
            Whether the previous layer needs dE/dX_0; it is 0 for codes.

        Returns
        -------
        ndarray or None
        """
        n, q = places.shape
        *many, n_places, d = self.E.shape
        m = dE_dX.shape[-1] - q * d
        # A matrix of one-hot codes; its transpose sums by code.
        ones = np.ones(n * q, dtype=dE_dX.dtype)
        parts = (ones, places.ravel(), np.arange(n * q + 1))
        indicators = sparse.csr_array(parts, shape=(n * q, n_places))
        by_code = dE_dX[..., m:].reshape(*many, n * q, d)
        # All networks have the same codes: sum their derivatives in one product.
        side_by_side = np.moveaxis(by_code, -2, 0).reshape(n * q, -1)
        summed = (indicators.T @ side_by_side).reshape(n_places, *many, d)
        gradient.E[...] = np.moveaxis(summed, 0, -2)
        if not to_input:
            return None
        of_codes = np.zeros((*dE_dX.shape[:-1], q), dE_dX.dtype)
        return np.concatenate([dE_dX[..., :m], of_codes], axis=-1)


@dataclass(frozen=True)
class Embedded:
    """Creates an `Embeddings` layer on a network's flat array.

    Parameters
    ----------
    n_places : tuple of int
        Number of rows in the embedding of each column. The last two are for unknown and
        for missing values.
    n_dimensions : int
        Length of each embedding vector.
    n_members : int, default=None
        As in `Network`: each network learns its own embeddings.

    Examples
    --------
    >>> import numpy as np
    >>> from skmath.calculus import Embedded
    >>> kind = Embedded((3, 4), 2)
    >>> kind.n_weights
    14
    >>> kind.on(np.arange(14.0)).of_columns()[0].tolist()
    [[0.0, 1.0], [2.0, 3.0], [4.0, 5.0]]
    """

    n_places: tuple[int, ...]
    n_dimensions: int
    n_members: Any = None

    @property
    def n_weights(self) -> int:
        """Total number of weights of the embeddings."""
        return math.prod(self._shape)

    @property
    def _shape(self) -> tuple[int, int]:
        many = () if self.n_members is None else (self.n_members,)
        return *many, sum(self.n_places), self.n_dimensions

    @property
    def _ends(self) -> np.ndarray:
        return np.cumsum(self.n_places)

    def on(self, theta: Any) -> Embeddings:
        """Return the layer whose E is a view of theta."""
        starts = self._ends - self.n_places
        return Embeddings(theta.reshape(self._shape), starts)

    def initial(self, generator: Any) -> np.ndarray:
        """Return flat random embeddings, with lengths of about 1, like one-hot rows.

        Those of unknown and missing values are 0, because nothing is known about them
        before training.
        """
        E = generator.normal(0, 1 / math.sqrt(self.n_dimensions), self._shape)
        E[..., [*(self._ends - 1), *(self._ends - 2)], :] = 0
        return E.ravel()

    def concatenated(self, of_inputs: Any, of_embedded: Any) -> Any:
        """Return values for the columns of X_1, given those for X_0.

        Parameters
        ----------
        of_inputs : ndarray of shape (n_numbers + n_columns,)
        of_embedded : float
            Value for each column of the embeddings.
        """
        q = len(self.n_places)
        embedded = np.full(q * self.n_dimensions, of_embedded, of_inputs.dtype)
        return np.concatenate([of_inputs[: len(of_inputs) - q], embedded])

    def moments(self, mean: Any, deviation: Any) -> Any:
        """Return mean and standard deviation of the columns of X_1, given X_0's."""
        spread = 1 / math.sqrt(self.n_dimensions)
        return self.concatenated(mean, 0.0), self.concatenated(deviation, spread)
