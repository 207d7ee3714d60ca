r"""Distances between faces, and how they become probabilities.

*Distances.* Euclidean and cosine distances follow from inner products alone,

.. math::
   |a - b|^2 = a \cdot a + b \cdot b - 2\, a \cdot b, \qquad
   d_{\cos}(a, b) = 1 - \frac{a \cdot b}{|a|\, |b|},

so that all pairs are one matrix product. They hold in any inner product, also one that
is another for each row.

*Probabilities* are :math:`p_c \propto e^{-d_c / \tau}` of the distances to the closest
face of each class. The temperature tau makes genuine comparisons likeliest: each image
is left out in turn and compared with the others of its own person.

It has to be left out of the whitening too, where its own differences were made small.
For an image with deviation d from its person's mean face that takes no more than the
rank-one update

.. math:: (W - b\, d d^T)^{-1} = W^{-1} +
          \frac{b}{1 - b\, d^T W^{-1} d}\, W^{-1} d\, d^T W^{-1}

(Sherman and Morrison 1950), which turns the inner products of whitened points, for all
images at once, into matrix products.

References
----------
.. [1] C. Guo, G. Pleiss, Y. Sun and K. Q. Weinberger, "On calibration of modern neural
   networks", ICML, 2017, section 4.2 (temperature scaling).
"""

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np
from scipy.optimize import brentq
from scipy.spatial.distance import cdist
from scipy.special import logsumexp, softmax
from sklearn.utils import check_random_state, gen_batches

from skmath.statistics import left_out_factors

__all__ = [
    "DISTANCES",
    "Distance",
    "class_distances",
    "cosine",
    "draw",
    "euclidean",
    "folds_of_people",
    "genuine_temperature",
    "manhattan",
    "nearest",
    "products_left_out",
    "soft_votes",
    "temperature",
]

BLOCK_DISTANCES = 5_000_000
"""Distances or products that are held at a time: 40 MB."""

GENUINE_IMAGES = 500
"""Images, at most, that are left out to calibrate: a rate of 5% is then good to 1%."""

FEWEST_GENUINE_IMAGES = 100
"""The same, at least: their mean is then good to a tenth of how they differ."""

GENUINE_DISTANCES = 1_000_000
"""Distances from those images to all; of many faces fewer images are left out."""

LEAST_LEFT = 1e-10
"""Share of the scatter along a deviation that is rounding: it was all there was."""


@dataclass(frozen=True)
class Distance:
    """A distance between points, and what follows where inner products make it.

    Parameters
    ----------
    between : callable
        Of A, shape (m, M), and B, shape (n, M): the distances, shape (m, n).
    of_products : callable, default=None
        The same of a . b, a . a and b . b, shapes (m, n), (m, 1) and (m, n) or (1, n).
        None where it does not follow from them.
    scaled : callable, default=None
        Of points: others, among which the nearest by euclidean distance is the nearest
        by this one. None where there are none.
    of_pairs : callable, default=None
        Of scaled points, both of shape (m, M): the distance of each pair, exact to
        rounding also where it is small.
    """

    between: Callable
    of_products: Callable | None = None
    scaled: Callable | None = None
    of_pairs: Callable | None = None


def euclidean(products, own, other):
    """Return the euclidean distances that inner products make.

    Parameters
    ----------
    products : ndarray of shape (m, n)
    own : ndarray of shape (m, 1)
    other : ndarray of shape (m, n) or (1, n)

    Returns
    -------
    ndarray of shape (m, n)
    """
    return np.sqrt(np.maximum(own + other - 2 * products, 0.0))


def cosine(products, own, other):
    """Return one less the cosines that inner products make, 0 to 2.

    Parameters
    ----------
    products : ndarray of shape (m, n)
    own : ndarray of shape (m, 1)
    other : ndarray of shape (m, n) or (1, n)

    Returns
    -------
    ndarray of shape (m, n)
        1 where a point is the origin.
    """
    lengths = np.sqrt(own) * np.sqrt(other)
    return 1 - products / np.where(lengths > 0, lengths, 1.0)


def manhattan(A, B):
    """Return the sums of absolute differences of coordinates.

    Parameters
    ----------
    A : ndarray of shape (m, M)
    B : ndarray of shape (n, M)

    Returns
    -------
    ndarray of shape (m, n)
    """
    return cdist(A, B, "cityblock").astype(A.dtype, copy=False)


def _of_points(of_products):
    def between(A, B):
        own, other = (np.einsum("ij,ij->i", Z, Z) for Z in (A, B))
        return of_products(A @ B.T, own[:, None], other[None, :])

    return between


def _unit(A):
    lengths = np.linalg.norm(A, axis=1, keepdims=True)
    return A / np.where(lengths > 0, lengths, 1.0)


def _itself(A):
    return A


def _euclidean_pairs(A, B):
    return np.linalg.norm(A - B, axis=1)


def _cosine_pairs(A, B):
    # 1 - a . b = |a - b|^2 / 2 for unit vectors; the origin is at 1 from all.
    D = A - B
    directed = A.any(axis=1) & B.any(axis=1)
    return np.where(directed, np.einsum("ij,ij->i", D, D) / 2, np.ones(1, A.dtype))


DISTANCES = {
    "euclidean": Distance(_of_points(euclidean), euclidean, _itself, _euclidean_pairs),
    "cosine": Distance(_of_points(cosine), cosine, _unit, _cosine_pairs),
    "manhattan": Distance(manhattan),
}
"""The distances by name."""


def nearest(A, B):
    r"""Return for each row of A the index of the nearest row of B, euclidean.

    The nearest b has the largest :math:`s_b = a \cdot b - b \cdot b / 2`: a matrix
    product, of which only a block of rows is ever held. It is taken in single
    precision, whose error is at most :math:`\epsilon = (M + 3) 2^{-24} (|a| |b| +
    |b|^2)`. Only where the second best is within 2 epsilon of the best, double
    precision decides among all; so the answer is that of double precision throughout.

    Parameters
    ----------
    A : ndarray of shape (m, M)
    B : ndarray of shape (n, M)

    Returns
    -------
    ndarray of int of shape (m,)

    Examples
    --------
    >>> import numpy as np
    >>> from skmath.eigenface_classifier.distances import nearest
    >>> nearest(np.array([[0.9, 0.0]]), np.array([[3.0, 0.0], [1.0, 0.0]]))
    array([1])
    """
    if A.dtype == np.float32:
        return _best(A, B)[0]
    top = max(np.abs(A).max(initial=0.0), np.abs(B).max(), np.finfo(float).tiny)
    A, B = A / top, B / top
    found, best, second = _best(A.astype(np.float32), B.astype(np.float32))
    a, b = np.linalg.norm(A, axis=1), np.linalg.norm(B, axis=1).max()
    close = best - second <= (A.shape[1] + 3) * 2.0**-23 * (a * b + b * b)
    if close.any():
        found[close] = _best(A[close], B)[0]
    return found


def _best(A, B):
    """Return the index of the largest score in each row, it, and the second largest."""
    half = np.einsum("ij,ij->i", B, B)[:, None] / 2
    A, B = np.hstack([A, np.ones_like(A[:, :1])]), np.hstack([B, -half])
    step = max(1, min(len(A), BLOCK_DISTANCES // len(B)))
    buffer, every = np.empty_like(A, shape=(step, len(B))), np.arange(step)
    index = np.empty(len(A), dtype=np.intp)
    best, second = np.empty_like(A, shape=len(A)), np.empty_like(A, shape=len(A))
    for start in range(0, len(A), step):
        rows = slice(start, start + step)
        scores = np.matmul(A[rows], B.T, out=buffer[: len(A[rows])])
        scores.argmax(axis=1, out=index[rows])
        winner = every[: len(scores)], index[rows]
        best[rows] = scores[winner]
        scores[winner] = -np.inf
        scores.max(axis=1, out=second[rows])
    return index, best, second


def class_distances(D, codes, n_classes):
    """Return the distance to the closest point of each class.

    Parameters
    ----------
    D : ndarray of shape (m, n)
        Distances to n points.
    codes : ndarray of int of shape (n,)
        Their classes.
    n_classes : int

    Returns
    -------
    ndarray of shape (m, n_classes)
        Infinite for a class without points.

    Examples
    --------
    >>> import numpy as np
    >>> from skmath.eigenface_classifier.distances import class_distances
    >>> class_distances(np.array([[3.0, 1.0, 2.0]]), np.array([0, 2, 0]), 3)
    array([[ 2., inf,  1.]])
    """
    closest = np.full((len(D), n_classes), np.inf, dtype=D.dtype)
    order = np.argsort(codes, kind="stable")
    present, starts = np.unique(codes[order], return_index=True)
    closest[:, present] = np.minimum.reduceat(D[:, order], starts, axis=1)
    return closest


def soft_votes(closest, temperature):
    r"""Return :math:`p_c \propto e^{-d_c / \tau}` of the distances to the classes.

    Parameters
    ----------
    closest : ndarray of shape (m, n_classes)
        Infinite where a class has no faces.
    temperature : float
        tau, in the units of the distances.

    Returns
    -------
    ndarray of shape (m, n_classes)
    """
    # Less the least: of huge distances their differences are all that counts.
    least = closest.min(axis=1, keepdims=True)
    excess = closest - np.where(np.isfinite(least), least, 0.0)
    logits = -excess / max(temperature, float(np.finfo(closest.dtype).tiny))
    return np.exp(logits - logsumexp(logits, axis=1, keepdims=True))


def genuine_temperature(faces, gallery, whitening, random_state):
    """Return the temperature at which images that are left out are likeliest.

    Parameters
    ----------
    faces : Faces
    gallery : Gallery
        Of the same faces.
    whitening : Whitening
        Learnt of all the faces; each is left out of it.
    random_state : int, RandomState instance or None

    Returns
    -------
    float
    """
    n = len(faces.codes)
    n_probes = min(GENUINE_IMAGES, GENUINE_DISTANCES // n)
    probes = draw(n, max(FEWEST_GENUINE_IMAGES, n_probes), random_state)
    removed = None
    if whitening.means is not None and DISTANCES[gallery.metric].of_products:
        removed = left_out_factors(faces.weight, faces.codes, faces.copy)
        removed *= 1 - whitening.shrinkage
    closest = [
        class_distances(
            left_out_distances(probes[block], faces, gallery, whitening, removed),
            faces.codes,
            gallery.n_classes,
        )
        for block in gen_batches(len(probes), max(1, GENUINE_DISTANCES // n))
    ]
    closest = np.concatenate(closest)
    return temperature(closest, faces.codes[probes], faces.weight[probes])


def left_out_distances(probes, faces, gallery, whitening, removed):
    """Return the distances of faces to all, each as if it had not been enrolled.

    Parameters
    ----------
    probes : ndarray of int of shape (m,)
        Indices of the faces that are left out.
    faces : Faces
    gallery : Gallery
    whitening : Whitening
    removed : ndarray of shape (n,) or None
        What leaving each face out takes from the scatter that whitens, as of
        `products_left_out`; None where it takes nothing.

    Returns
    -------
    ndarray of shape (m, n)
        Infinite to the face itself and to its copies.
    """
    Z, distance = gallery.Z, DISTANCES[gallery.metric]
    if removed is None:
        D = distance.between(Z[probes], Z)
    else:
        deviations = faces.C[probes] - whitening.means[faces.codes[probes]]
        deviations = whitening.apply(deviations.astype(Z.dtype))
        products = products_left_out(Z, deviations, removed[probes], probes)
        D = distance.of_products(*products)
    D[faces.image[probes, None] == faces.image[None, :]] = np.inf
    return D


def draw(n_images, n, random_state):
    """Return the indices of n of the faces, at random; of all if there are no more.

    Parameters
    ----------
    n_images, n : int
    random_state : int, RandomState instance or None

    Returns
    -------
    ndarray of int of shape (min(n, n_images),)
    """
    if n_images <= n:
        return np.arange(n_images)
    rng = check_random_state(random_state)
    return np.sort(rng.choice(n_images, n, replace=False))


def folds_of_people(codes, n_folds):
    """Yield masks of the points of some classes, each class in one of them.

    Parameters
    ----------
    codes : ndarray of int of shape (n,)
    n_folds : int
        How many masks at most; there are no more than classes.

    Yields
    ------
    ndarray of bool of shape (n,)

    Examples
    --------
    >>> import numpy as np
    >>> from skmath.eigenface_classifier.distances import folds_of_people
    >>> [mask.tolist() for mask in folds_of_people(np.array([3, 3, 7]), 5)]
    [[True, True, False], [False, False, True]]
    """
    present, place = np.unique(codes, return_inverse=True)
    n_folds = min(n_folds, len(present))
    for fold in range(n_folds):
        yield place % n_folds == fold


def products_left_out(Z, deviations, removed, chosen):
    """Return inner products of chosen points with all, each in a metric without it.

    Parameters
    ----------
    Z : ndarray of shape (n, M)
        Whitened points.
    deviations : ndarray of shape (m, M)
        Whitened deviations v of those chosen from the class means.
    removed : ndarray of shape (m,)
        Factor b of what leaving a point out takes from the scatter, b v v'; 0 for
        what was not whitened by v.
    chosen : ndarray of int of shape (m,)

    Returns
    -------
    products : ndarray of shape (m, n)
        z_i . z_j, in the metric without i.
    own : ndarray of shape (m, 1)
        z_i . z_i.
    other : ndarray of shape (m, n)
        z_j . z_j.
    """
    V, b = deviations, removed[:, None]
    # What is left of the scatter along a deviation that was all there was is rounding.
    left = np.maximum(1 - b * np.einsum("ij,ij->i", V, V)[:, None], LEAST_LEFT)
    kappa = b / left
    across, along = V @ Z.T, np.einsum("ij,ij->i", V, Z[chosen])[:, None]
    squares = np.einsum("ij,ij->i", Z, Z)
    products = Z[chosen] @ Z.T + kappa * along * across
    own = squares[chosen, None] + kappa * along * along
    return products, own, squares + kappa * across * across


def temperature(closest, codes, weight):
    r"""Return the tau of `soft_votes` that makes the right answers likeliest.

    Parameters
    ----------
    closest : ndarray of shape (n, n_classes)
        Distances to the classes of points that were left out.
    codes : ndarray of int of shape (n,)
        Their classes.
    weight : ndarray of shape (n,)

    Returns
    -------
    float
        Positive. A point whose class has no others tells nothing; if all are such, tau
        is the mean distance to the closest of the others.

    Notes
    -----
    Beyond the distance to each point's closest class, that to its right class is then
    on average what the votes expect. Where all answers are right the likelihood grows
    without end as tau falls: so one answer in n + 2 is taken to be any of the classes,
    as in Platt's targets.

    Examples
    --------
    >>> import numpy as np
    >>> from skmath.eigenface_classifier.distances import temperature
    >>> closest = np.array([[1.0, 2.0], [1.0, 2.0], [2.0, 1.0], [1.0, 2.0]])
    >>> codes = np.array([0, 0, 1, 1])
    >>> bool(temperature(closest, codes, np.ones(4)) > 0.5)
    True
    """
    rows = np.arange(len(codes))
    compared = np.isfinite(closest[rows, codes])
    compared &= np.isfinite(closest).sum(axis=1) > 1
    if not compared.any():
        finite = np.where(np.isfinite(closest), closest, np.inf).min(axis=1)
        finite = finite[np.isfinite(finite) & (finite > 0)]
        return float(finite.mean()) if finite.size else 1.0
    closest, codes, weight = closest[compared], codes[compared], weight[compared]
    least = closest.min(axis=1, keepdims=True)
    excess = closest - least  # 0 for the closest class
    finite = np.isfinite(excess)
    right = excess[np.arange(len(codes)), codes]
    uniform = np.where(finite, excess, 0.0).sum(axis=1) / finite.sum(axis=1)
    doubt = 1 / (weight.sum() + 2)
    wanted = (1 - doubt) * right + doubt * uniform

    def slope(log_beta):
        """Differentiate minus the log likelihood by beta = 1 / tau: it increases."""
        p = softmax(-np.exp(log_beta) * excess, axis=1)
        expected = np.sum(p * np.where(finite, excess, 0.0), axis=1)
        return weight @ (wanted - expected)

    # About 1 over the mean excess, and far more where nearly all answers are right.
    middle = -np.log(max(np.mean(excess[finite]), np.finfo(float).tiny))
    low, high = middle - 6, middle + 12
    if slope(low) >= 0 or slope(high) <= 0:
        return float(np.exp(-low if slope(low) >= 0 else -high))
    return float(np.exp(-brentq(slope, low, high, xtol=1e-14)))
