r"""Temperature scaling of a network's probabilities, fitted on held-out rows.

A network that memorises its training rows is over-confident on new ones. Its outputs z
are divided by one number T,

.. math:: P_T(y = k | x) = \frac{e^{z_k / T}}{\sum_j e^{z_j / T}},

that maximises the probability of the held-out rows' classes
(`likeliest_temperature`). Predicted classes do not change, only their probabilities.

References
----------
.. [1] C. Guo, G. Pleiss, Y. Sun and K. Q. Weinberger, "On calibration of modern neural
   networks", ICML 2017, section 4.2.
"""

import numpy as np

from skmath import _arrays
from skmath._estimators.targets import as_outputs
from skmath._rows.rows import is_dask
from skmath.backprop_mlp.prediction import outputs_of
from skmath.probability import likeliest_temperature
from skmath.statistics import count_rows

__all__ = ["fitted_temperature", "temperature_on"]


def temperature_on(rows, parameters, n_classes):
    """Return the temperature that maximises the probability of the rows' labels.

    Parameters
    ----------
    rows : Rows
        Held-out rows, with class codes or columns of labels for y.
    parameters : tuple
        Parameters of `outputs_of`.
    n_classes : int
        0 for multilabel targets: then each label counts as a row of two classes, with
        a common temperature.

    Returns
    -------
    float
    """
    Z = _in_memory(rows.map(outputs_of, *parameters)).astype(np.float64)
    codes, weight = _in_memory(rows.y), np.ones(len(Z))
    if rows.weight is not None:
        # Scale the weights to repetitions.
        weight = _in_memory(rows.weight).astype(np.float64)
        weight *= rows.sum(count_rows).repetitions / weight.sum()
    G = as_outputs(codes, Z, n_classes)
    return fitted_temperature(Z, G, weight, exclusive=n_classes > 0)


def fitted_temperature(Z, G, weight, exclusive, **precision):
    """Return the temperature that maximises the probability of labels.

    Parameters
    ----------
    Z : ndarray of shape (n_samples, n_outputs)
        Outputs (log odds).
    G : ndarray of shape (n_samples, n_outputs)
        Zeros and ones; a single column for two classes.
    weight : ndarray of shape (n_samples,)
    exclusive : bool
        Whether each row has one class; otherwise each label counts as a row.
    **precision : dict
        ``close`` of `likeliest_temperature`.

    Returns
    -------
    float
    """
    if not exclusive:
        weight = np.repeat(weight, Z.shape[1])
        Z, G = Z.reshape(-1, 1), G.reshape(-1, 1)
    if Z.shape[1] == 1:
        Z, G = np.hstack([np.zeros_like(Z), Z]), np.hstack([1 - G, G])
    Z, codes = Z.astype(np.float64), G.argmax(axis=1)
    equal_prior = np.zeros(Z.shape[1])
    return likeliest_temperature(Z, equal_prior, codes, weight, **precision)


def _in_memory(values):
    return _arrays.host(values.compute() if is_dask(values) else values)
