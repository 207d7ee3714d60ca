r"""The temperature of a network's probabilities, fitted on rows it was not trained on.

A network that has learnt its rows by heart is too sure of others. Its outputs z are
divided by one number T,

.. math:: P_T(y = k | x) = \frac{e^{z_k / T}}{\sum_j e^{z_j / T}},

that makes the classes of the held-out rows most probable (`likeliest_temperature`). No
prediction of a class changes by it, only how sure it is.

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

__all__ = ["likeliest", "temperature_on"]


def temperature_on(rows, parameters, n_classes):
    """Return the temperature that makes the labels of rows most probable.

    Parameters
    ----------
    rows : Rows
        That were held out, with class codes or columns of labels for y.
    parameters : tuple
        Of `outputs_of`.
    n_classes : int
        0 for labels that do not exclude each other: each is a row of two classes then,
        and the temperature is the same for all.

    Returns
    -------
    float
    """
    Z = _in_memory(rows.map(outputs_of, *parameters)).astype(np.float64)
    codes, weight = _in_memory(rows.y), np.ones(len(Z))
    if rows.weight is not None:
        # In units of which the weights are repetitions.
        weight = _in_memory(rows.weight).astype(np.float64)
        weight *= rows.sum(count_rows).repetitions / weight.sum()
    G = as_outputs(codes, Z, n_classes)
    return likeliest(Z, G, weight, exclusive=n_classes > 0)


def likeliest(Z, G, weight, exclusive, **precision):
    """Return the temperature that makes labels most probable.

    Parameters
    ----------
    Z : ndarray of shape (n_samples, n_outputs)
        Log odds.
    G : ndarray of shape (n_samples, n_outputs)
        Zeros and ones; of two classes one column does.
    weight : ndarray of shape (n_samples,)
    exclusive : bool
        Whether a row has one label; if not, each of its labels is a row of two classes.
    **precision : dict
        ``close``, as of `likeliest_temperature`.

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
    even = np.zeros(Z.shape[1])
    return likeliest_temperature(Z, even, codes, weight, **precision)


def _in_memory(values):
    return _arrays.host(values.compute() if is_dask(values) else values)
