"""The eigenvectors of a graph on as many threads as they can use."""

import contextlib

from scipy import sparse

from skmath._rows.threads import one_thread
from skmath.linear_algebra import top_eigenvectors


def spectrum_of(L, k, tol):
    """Return `top_eigenvectors`; of a sparse graph on one thread of linear algebra.

    Its many short products gain nothing from more, and lose much where other processes
    hold the cores: each then waits for all.

    Parameters
    ----------
    L : Laplacian
    k : int
    tol : float

    Returns
    -------
    Spectrum
    """
    with one_thread() if sparse.issparse(L.A) else contextlib.nullcontext():
        return top_eigenvectors(L, k, tol)
