r"""Who is known: distances of strangers and of friends, played by the enrolled.

A closest face there always is; how close it has to be follows from the enrolled alone.

- *Strangers* are played by leaving people out, all images of each, and measuring how
  far theirs are from the closest face of the others. A threshold at the quantile f of
  those distances lets the share f of strangers in.
- *Friends* are played by leaving out one image at a time.

Both have to be left out of all that was learnt of them. In coordinates that were
whitened by a person's own differences that person's images are far closer to each
other, and farther from others, than a new one will be. For people the whitening is
learnt anew without them. For an image with deviation d from its person's mean face it
takes no more than the rank-one update

.. math:: (W - b\, d d^T)^{-1} = W^{-1} +
          \frac{b}{1 - b\, d^T W^{-1} d}\, W^{-1} d\, d^T W^{-1}

(Sherman and Morrison 1950), which turns the inner products of whitened points, for all
images at once, into matrix products.

References
----------
.. [1] P. J. Phillips, P. Grother and R. Micheals, "Evaluation methods in face
   recognition", in *Handbook of Face Recognition*, 2nd edition, 2011, for open-set
   identification.
.. [2] C. Guo, G. Pleiss, Y. Sun and K. Q. Weinberger, "On calibration of modern neural
   networks", ICML, 2017, section 4.2 (temperature scaling).
"""

import numpy as np
from scipy.optimize import brentq
from scipy.special import logsumexp

__all__ = [
    "class_distances",
    "false_alarm_threshold",
    "folds_of_people",
    "products_without_oneself",
    "soft_votes",
    "temperature",
    "weighted_quantile",
    "weighted_votes",
]


NONE = 1e-10
"""A share of the scatter along a direction up to which there is none."""


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
    >>> from skmath.eigenface_classifier.open_set import folds_of_people
    >>> [mask.tolist() for mask in folds_of_people(np.array([3, 3, 7]), 5)]
    [[True, True, False], [False, False, True]]
    """
    present, place = np.unique(codes, return_inverse=True)
    n_folds = min(n_folds, len(present))
    for fold in range(n_folds):
        yield place % n_folds == fold


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
    >>> from skmath.eigenface_classifier.open_set import class_distances
    >>> class_distances(np.array([[3.0, 1.0, 2.0]]), np.array([0, 2, 0]), 3)
    array([[ 2., inf,  1.]])
    """
    closest = np.full((len(D), n_classes), np.inf, dtype=D.dtype)
    order = np.argsort(codes, kind="stable")
    present, starts = np.unique(codes[order], return_index=True)
    closest[:, present] = np.minimum.reduceat(D[:, order], starts, axis=1)
    return closest


def false_alarm_threshold(closest, weight, far, per_class):
    """Return the distance up to which there is at most a share `far` of strangers.

    One for all is a quantile of strangers' distances to the closest class: the largest
    of them that lets in no more than the share, or, if even one stranger is more, what
    is next below the smallest. Some
    people are closer to everybody than others are: a threshold a class is the mean
    distance of strangers to that class, and a quantile, of how much closer than that
    their closest class is, which is the same for all.

    Parameters
    ----------
    closest : ndarray of shape (n, n_classes)
        Distances of strangers to the classes, infinite to those they had to leave.
    weight : ndarray of shape (n,)
    far : float
        The false alarm rate, 0 to 1.
    per_class : bool

    Returns
    -------
    ndarray of shape (n_classes,)
        Negative where no distance is small enough.

    Examples
    --------
    >>> import numpy as np
    >>> from skmath.eigenface_classifier.open_set import false_alarm_threshold
    >>> closest = np.array([[np.inf, 5.0], [np.inf, 7.0], [2.0, np.inf]])
    >>> false_alarm_threshold(closest, np.ones(3), 0.7, False)
    array([5., 5.])
    >>> false_alarm_threshold(closest, np.ones(3), 0.7, True)
    array([2., 6.])
    """
    met = np.isfinite(closest)
    usual = np.zeros(closest.shape[1])
    if per_class:
        total = weight @ met
        usual = weight @ np.where(met, closest, 0.0) / np.where(total > 0, total, 1.0)
    nearest = closest.argmin(axis=1)
    distance = np.take_along_axis(closest, nearest[:, None], axis=1)[:, 0]
    return usual + _largest_below(distance - usual[nearest], far, weight)


def _largest_below(values, share, weight):
    """Return the largest value up to which there is no more than a share."""
    values, weight = values[weight > 0], weight[weight > 0]
    distinct, place = np.unique(values, return_inverse=True)
    upto = np.cumsum(np.bincount(place, weight)) / weight.sum()
    count = np.count_nonzero(upto <= share * (1 + 1e-12))
    return distinct[count - 1] if count else np.nextafter(distinct[0], -np.inf)


def weighted_quantile(values, share, weight):
    """Return the smallest value at or below which there is a share of the weight.

    Parameters
    ----------
    values : ndarray of shape (n,)
    share : float
        0 to 1.
    weight : ndarray of shape (n,)

    Returns
    -------
    float

    Examples
    --------
    >>> import numpy as np
    >>> from skmath.eigenface_classifier.open_set import weighted_quantile
    >>> float(weighted_quantile(np.array([3.0, 1.0]), 0.5, np.array([1.0, 1.0])))
    1.0
    """
    return np.quantile(values, share, weights=weight, method="inverted_cdf")


def products_without_oneself(Z, deviations, removed, chosen):
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
    left = np.maximum(1 - b * np.einsum("ij,ij->i", V, V)[:, None], NONE)
    kappa = b / left
    across, along = V @ Z.T, np.einsum("ij,ij->i", V, Z[chosen])[:, None]
    squares = np.einsum("ij,ij->i", Z, Z)
    products = Z[chosen] @ Z.T + kappa * along * across
    own = squares[chosen, None] + kappa * along * along
    return products, own, squares + kappa * across * across


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
    >>> from skmath.eigenface_classifier.open_set import temperature
    >>> closest = np.array([[1.0, 2.0], [1.0, 2.0], [2.0, 1.0], [1.0, 2.0]])
    >>> codes = np.array([0, 0, 1, 1])
    >>> bool(temperature(closest, codes, np.ones(4)) > 0.5)
    True
    """
    rows = np.arange(len(codes))
    told = np.isfinite(closest[rows, codes]) & (np.isfinite(closest).sum(axis=1) > 1)
    if not told.any():
        finite = np.where(np.isfinite(closest), closest, np.inf).min(axis=1)
        finite = finite[np.isfinite(finite) & (finite > 0)]
        return float(finite.mean()) if finite.size else 1.0
    closest, codes, weight = closest[told], codes[told], weight[told]
    least = closest.min(axis=1, keepdims=True)
    excess = closest - least  # 0 for the closest class
    finite = np.isfinite(excess)
    right = excess[np.arange(len(codes)), codes]
    evenly = np.where(finite, excess, 0.0).sum(axis=1) / finite.sum(axis=1)
    doubt = 1 / (weight.sum() + 2)
    wanted = (1 - doubt) * right + doubt * evenly

    def slope(log_beta):
        """Differentiate minus the log likelihood by beta = 1 / tau: it increases."""
        p = soft_votes(excess, np.exp(-log_beta))
        expected = np.sum(p * np.where(finite, excess, 0.0), axis=1)
        return weight @ (wanted - expected)

    middle = -np.log(max(np.mean(excess[finite]), np.finfo(float).tiny))
    low, high = middle - 6, middle + 12
    if slope(low) >= 0 or slope(high) <= 0:
        return float(np.exp(-low if slope(low) >= 0 else -high))
    return float(np.exp(-brentq(slope, low, high, xtol=1e-14)))


def weighted_votes(weight, n_votes):
    """Return how many of n_votes votes each neighbour, nearest first, casts.

    A face of weight w stands for w equal faces, which vote one after the other until
    the votes are used up.

    Parameters
    ----------
    weight : ndarray of shape (m, k)
    n_votes : int

    Returns
    -------
    ndarray of shape (m, k)

    Examples
    --------
    >>> import numpy as np
    >>> from skmath.eigenface_classifier.open_set import weighted_votes
    >>> weighted_votes(np.array([[2.0, 2.0, 1.0]]), 3)
    array([[2., 1., 0.]])
    """
    used = np.cumsum(weight, axis=1) - weight
    return np.clip(n_votes - used, 0, weight)
