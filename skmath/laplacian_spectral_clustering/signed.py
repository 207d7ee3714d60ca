r"""Signed graphs, in which negative edges push nodes into different clusters.

If the degrees D are the row sums of :math:`|A|`, the signed Laplacian :math:`A - D` has
no eigenvalue above 0:

.. math:: u^T (A - D) u
          = -\sum_{i < j} |a_{ij}| (u_i - \mathrm{sign}(a_{ij}) u_j)^2

so the highest eigenvectors have similar entries across positive edges, and entries of
opposite sign across negative ones. The highest eigenvalue of a connected graph is 0 if
and only if the graph is balanced: it has two sides, with positive edges within them and
negative edges between them. Here the signed Laplacian is normalised by the degrees like
the symmetric Laplacian, which it equals if no weight is negative.

References
----------
.. [1] J. Kunegis et al., "Spectral analysis of signed graphs for clustering, prediction
   and visualization", SIAM International Conference on Data Mining, 2010.
.. [2] S. Gomez, P. Jensen and A. Arenas, "Analysis of community structure in networks
   of correlated data", Physical Review E, 80, 2009.
.. [3] K.-Y. Chiang, J. J. Whang and I. S. Dhillon, "Scalable clustering of signed
   networks using balance normalized cut", CIKM 2012.
"""

from dataclasses import dataclass
from typing import Any

import numpy as np
from scipy import linalg, sparse
from scipy.sparse.linalg import ArpackNoConvergence, LinearOperator, eigsh

from skmath.laplacian_spectral_clustering.eigenvectors import Extension
from skmath.linear_algebra import Spectrum, degrees
from skmath.linear_algebra.decompositions import fix_signs
from skmath.linear_algebra.graph_eigenvectors import rayleigh_ritz
from skmath.linear_algebra.graphs import connected_nodes
from skmath.statistics import affinities_between

__all__ = [
    "SignedExtension",
    "SignedLaplacian",
    "quality",
    "signed_laplacian",
    "signed_spectrum",
]

DENSE_ROWS = 2000
"""Largest number of nodes for which LAPACK solves the dense eigenproblem."""

MORE_VECTORS = 20
"""Number of Lanczos vectors, in addition to twice the number of eigenvectors."""


@dataclass(frozen=True)
class SignedLaplacian:
    """The signed Laplacian of a graph, normalised by the degrees.

    Parameters
    ----------
    matrix : array or csr_array of shape (n, n)
        Symmetric, with eigenvalues from -2 to 0.
    root : ndarray of shape (n,)
        Square roots of the nodes' weights, by which its eigenvectors are divided.
    component : ndarray of int of shape (n,)
        Connected component of each node.
    """

    matrix: Any
    root: np.ndarray
    component: np.ndarray


def signed_laplacian(
    A: Any, weight: np.ndarray | None = None
) -> tuple[np.ndarray, SignedLaplacian]:
    """Return the degrees, the row sums of abs(A), and the signed Laplacian.

    Parameters
    ----------
    A : array or sparse matrix of shape (n, n)
        Symmetric matrix of signed weights.
    weight : ndarray of shape (n,), default=None

    Returns
    -------
    degrees : ndarray of shape (n,)
    laplacian : SignedLaplacian

    Examples
    --------
    >>> import numpy as np
    >>> from skmath.laplacian_spectral_clustering.signed import signed_laplacian
    >>> A = np.array([[0.0, 1.0, -1.0], [1.0, 0.0, -1.0], [-1.0, -1.0, 0.0]])
    >>> d, L = signed_laplacian(A)
    >>> d
    array([2., 2., 2.])
    >>> L.matrix.round(2)
    array([[-1. ,  0.5, -0.5],
           [ 0.5, -1. , -0.5],
           [-0.5, -0.5, -1. ]])
    """
    size = abs(A)
    d, n = degrees(size, weight), A.shape[0]
    root = np.ones(n) if weight is None else np.sqrt(weight)
    outer = np.divide(root, np.sqrt(d), out=np.zeros(n), where=d > 0)
    if sparse.issparse(A):
        outer, shift = sparse.diags_array(outer), sparse.diags_array((d > 0) * 1.0)
        S = (outer @ A @ outer - shift).tocsr()
    else:
        S = outer[:, None] * A * outer - np.diag((d > 0) * 1.0)
    return d, SignedLaplacian(S, root, connected_nodes(size))


def signed_spectrum(L: SignedLaplacian, k: int, tol: float) -> Spectrum:
    """Return the k highest eigenvalues of the signed Laplacian, and their eigenvectors.

    Parameters
    ----------
    L : SignedLaplacian
    k : int
        Number of eigenvectors.
    tol : float
        Tolerance of the residual, relative to the width of the spectrum.

    Returns
    -------
    Spectrum

    Examples
    --------
    >>> import numpy as np
    >>> from skmath.laplacian_spectral_clustering.signed import signed_laplacian
    >>> from skmath.laplacian_spectral_clustering.signed import signed_spectrum
    >>> A = np.array([[0.0, 1.0, -1.0], [1.0, 0.0, -1.0], [-1.0, -1.0, 0.0]])
    >>> spectrum = signed_spectrum(signed_laplacian(A)[1], 2, 1e-4)
    >>> (abs(spectrum.eigenvalues[0]) < 1e-12, np.sign(spectrum.vectors[:, 0]))
    (np.True_, array([ 1.,  1., -1.]))
    """
    S = L.matrix
    values, V, certificate = highest_eigenpairs(S, k, tol)
    residual = np.linalg.norm(S @ V - V * values, axis=0).max() / 2
    vectors, _ = fix_signs((V / L.root[:, None]).T)
    values = np.minimum(values, 0.0)
    return Spectrum(values, vectors.T, L.component, float(residual), certificate)


def highest_eigenpairs(S, k, tol):
    """Return the k highest eigenpairs of a matrix, and evidence that none is missing.

    Parameters
    ----------
    S : array or sparse matrix of shape (n, n)
        Symmetric matrix with eigenvalues from -2 to 0.
    k : int
    tol : float

    Returns
    -------
    eigenvalues : ndarray of shape (k,)
    V : ndarray of shape (n, k)
    certificate : {"exact", "second_start", "none"}
        The evidence, as in `Spectrum`.
    """
    n = S.shape[0]
    if n <= DENSE_ROWS or k > n // 4:
        dense = S.toarray() if sparse.issparse(S) else S
        values, V = linalg.eigh(dense, subset_by_index=[n - k, n - 1])
        return values[::-1], V[:, ::-1], "exact"
    V = np.zeros((n, 0))
    values, V, _ = rayleigh_ritz(S, by_lanczos(S, V, k, tol, start=0))
    for _ in range(k):
        # One start finds only one eigenvector of a repeated eigenvalue.
        other = by_lanczos(S, V, 1, tol, start=1)
        if np.sum(other * (S @ other)) <= values[k - 1] + 2 * tol:
            return values[:k], V[:, :k], "second_start"
        values, V, _ = rayleigh_ritz(S, np.hstack([V, other]))
    return values[:k], V[:, :k], "none"


def by_lanczos(S, V, k, tol, start):
    """Return the k highest eigenvectors of S orthogonal to the columns of V."""
    n = S.shape[0]
    # Eigenvalues from 0 to 2, not -2 to 0: ARPACK's tolerance is relative to them.
    shifted = LinearOperator(
        (n, n), matvec=lambda x: S @ x + 2 * (x - V @ (V.T @ x)), dtype=float
    )
    v0 = np.random.RandomState(start).uniform(-1, 1, n)
    ncv = min(n - 1, 2 * k + MORE_VECTORS)
    try:
        return eigsh(shifted, k, which="LA", v0=v0, tol=tol / 2, ncv=ncv)[1]
    except ArpackNoConvergence:
        ncv = min(n - 1, 10 * ncv)
        return eigsh(shifted, k, which="LA", v0=v0, tol=tol / 2, ncv=ncv)[1]


@dataclass(frozen=True)
class SignedExtension(Extension):
    """Eigenvectors of the signed Laplacian, extended to new rows.

    Nystroem's formula is that of the symmetric Laplacian, with degrees from absolute
    weights.
    """

    def degrees_of(self, X: Any) -> np.ndarray:
        """Return the degrees of new rows."""
        return degrees(abs(self.affinities(X)), self.weight)


def quality(
    A: Any, labels: np.ndarray, weight: np.ndarray | None, laplacian: str
) -> tuple[float, float, np.ndarray]:
    r"""Return the modularity, the cut and the volumes of clusters of a graph's nodes.

    In a signed graph the modularity is the weight within clusters minus what the
    degrees alone lead to expect, separately for positive and negative weights (Gomez,
    Jensen and Arenas),

    .. math:: \frac{1}{v^+ + v^-} \sum_c \left( a(c, c)
              - \frac{v^+(c)^2}{v^+} + \frac{v^-(c)^2}{v^-} \right),

    where v+ and v- are the volumes from positive and from negative weights. With v
    their sum, the cut counts the positive edges that leave a cluster and the negative
    ones within it (Chiang, Whang and Dhillon),

    .. math:: \sum_c \frac{a^+(c, \bar c) + a^-(c, c)}{v(c)}.

    Without negative weights they equal `modularity` and `normalized_cut`.

    Parameters
    ----------
    A : array or sparse matrix of shape (n, n)
        Symmetric affinity matrix.
    labels : ndarray of shape (n,)
        Clusters, from 0 to k - 1.
    weight : ndarray of shape (n,) or None
    laplacian : str
        "signed" if A may have negative weights.

    Returns
    -------
    modularity : float
    cut : float
    volume : ndarray of shape (k,)

    Examples
    --------
    >>> import numpy as np
    >>> from skmath.laplacian_spectral_clustering.signed import quality
    >>> A = np.array([[0.0, 1.0, -1.0], [1.0, 0.0, -1.0], [-1.0, -1.0, 0.0]])
    >>> quality(A, np.array([0, 0, 1]), None, "signed")[1]
    0.0
    """
    between = affinities_between(A, labels, weight)
    is_signed = laplacian == "signed"
    size = affinities_between(abs(A), labels, weight) if is_signed else between
    # The total volume is 1, since sums of squares would overflow in some units.
    volume, total = size.sum(axis=1), size.sum() or 1.0
    between, fraction = between / total, volume / total
    within, positive = np.diag(between), (fraction + between.sum(axis=1)) / 2
    negative = fraction - positive
    excess = within.sum() - by_chance(positive) + by_chance(negative)
    used = fraction > 0
    cut = np.sum((positive - within)[used] / fraction[used])
    return float(excess), float(cut), volume


def by_chance(volumes):
    """Return the weight expected within clusters of given volumes by chance."""
    total = volumes.sum()
    return np.sum(volumes**2) / total if total > 0 else 0.0
