"""A look inside: gradients, a check of them, and weights in the units of the data."""

import math
from dataclasses import replace

import numpy as np
from sklearn.utils.validation import check_is_fitted

from skmath._estimators.host import on_host
from skmath._rows.checks import check_squares
from skmath.backprop_mlp.batches import Batches
from skmath.backprop_mlp.constant_columns import (
    with_constant_columns,
    without_constant_columns,
)
from skmath.backprop_mlp.encoding import categories_by_name, embeddings_by_name
from skmath.backprop_mlp.members import sum_of_errors
from skmath.backprop_mlp.prediction import dense
from skmath.backprop_mlp.reading import check_in_memory, check_unstandardized
from skmath.backprop_mlp.training import backpropagate, penalise
from skmath.calculus import forward

__all__ = ["Inspection"]

STEPS = (1e-5, 1e-6, 1e-7)
"""By how much a weight is moved for a finite difference: a shorter step where a kink
may be within a longer one."""

CLOSE = 1e-7
"""Relative difference at which no other step is tried."""


def error_and_gradient(network, loss, alpha, batch):
    """Return E of a batch, the penalty included, and its gradient as a network."""
    gradient = network.gradient()
    error, _ = backpropagate(network, loss, batch, gradient)
    penalise(network, gradient, alpha)
    return error + 0.5 * alpha * network.weight_squares(), gradient


def error_of(network, loss, alpha, batch):
    """Return E of a batch, by the forward pass alone."""
    error = sum_of_errors(network, loss, batch) / len(batch.G)
    return error + 0.5 * alpha * network.weight_squares()


def largest_difference(network, loss, alpha, batch, n_weights):
    """Return how far the gradient is from central differences, at most.

    Parameters
    ----------
    network : Network
        In double precision.
    loss : object of `skmath.calculus.losses`
    alpha : float
    batch : Batch
    n_weights : int
        How many of the weights to move, evenly spaced.

    Returns
    -------
    float
        Relative to the largest derivative.
    """
    slope = error_and_gradient(network, loss, alpha, batch)[1].theta.copy()
    theta, largest, worst = network.theta, np.abs(slope).max(), 0.0
    for k in np.arange(0, slope.size, max(1, slope.size // n_weights)):
        here, error = theta[k], math.inf
        for step in STEPS:
            theta[k] = here + step
            above = error_of(network, loss, alpha, batch)
            theta[k] = here - step
            below = error_of(network, loss, alpha, batch)
            theta[k] = here
            difference = (above - below) / (2 * step)
            largest = max(largest, abs(difference))
            error = min(error, abs(slope[k] - difference))
            if error <= CLOSE * largest:
                break
        worst = max(worst, error)
    return float(worst / largest) if largest > 0 else 0.0


def unstandardized(layers, standardizer, temperature=1.0):
    """Return the weights of layers for columns and targets in the data's own units."""
    scale = standardizer.target_scale / temperature
    coefs, intercepts, _ = map(list, zip(*layers, strict=True))
    # Inputs that are embeddings have no unit.
    m = len(standardizer.inverse) - standardizer.n_embedded
    scaled = standardizer.inverse[:m, None] * coefs[0][..., :m, :]
    shift = (standardizer.mean[:m] @ scaled).reshape(intercepts[0].shape)
    intercepts[0] = intercepts[0] - shift
    coefs[0] = np.concatenate([scaled, coefs[0][..., m:, :]], axis=-2)
    coefs[-1] = coefs[-1] * scale
    intercepts[-1] = intercepts[-1] * scale
    intercepts[-1] = intercepts[-1] + standardizer.target_mean
    return coefs, intercepts


class Inspection:
    """What a fitted network shows of itself: outputs, gradients and weights."""

    @property
    def categories_(self):
        """Categories of each column that has any, by name, in a dict of lists."""
        return categories_by_name(self._encoding, self._table_, self._names)

    @property
    def embeddings_(self):
        """Embedding of each column of many categories, by name."""
        return embeddings_by_name(self._encoding, self._first_layers_, self._names)

    @property
    def _n_features_out(self):
        n_members = self._training_.network.n_members or 1
        return n_members * self.coefs_[-1].shape[-2]

    def _widest(self):
        return max(W.size // W.shape[-2] for W in self.coefs_)

    @property
    def _encoding(self):
        return self._standardizer_.encoding

    @property
    def _names(self):
        return getattr(self, "feature_names_in_", None)

    @on_host
    def layer_outputs(self, X):
        """Return the outputs of every layer, X_0 to X_n.

        Parameters
        ----------
        X : array-like, sparse matrix or Dask array of shape (n_samples, n_features)

        Returns
        -------
        list of ndarray of shape (n_samples, n_units) or (n_members, n_samples, n_units)
            The first is the standardised X, with codes in place of embeddings that
            the next one holds, the last what the loss compares with the standardised
            targets.
        """
        X, layers = self._rows(X, "layer_outputs").X, self._layers()
        with np.errstate(over="ignore", invalid="ignore"):
            outputs, _ = forward(dense(self._standardizer_.columns(X)), layers)
        check_squares(outputs[-1])
        return outputs

    @on_host
    def gradients(self, X, y, sample_weight=None):
        """Return the derivatives of the error with respect to every weight.

        Of E, the weighted mean of the loss of these rows plus the penalty, in double
        precision, nothing dropped out.

        Parameters
        ----------
        X : array-like, sparse matrix or Dask array of shape (n_samples, n_features)
        y : array-like of shape (n_samples,) or (n_samples, n_outputs)
        sample_weight : array-like of shape (n_samples,), default=None

        Returns
        -------
        coef_gradients : list of ndarray
            dE/dW of each layer, as coefs_.
        intercept_gradients : list of ndarray
            dE/db of each layer, as intercepts_.
        embedding_gradients : dict of ndarray
            dE/dE_j as embeddings_; only where there are any.
        """
        slope = error_and_gradient(*self._error_of_batch(X, y, sample_weight))[1]
        slope = with_constant_columns(slope, self._standardizer_.constant)
        of_coefs = [layer.W for layer in slope.dense]
        of_intercepts = [layer.b for layer in slope.dense]
        if not slope.before:
            return of_coefs, of_intercepts
        first = slope.layers[: len(slope.before)]
        embedded = embeddings_by_name(self._encoding, first, self._names)
        return of_coefs, of_intercepts, embedded

    @on_host
    def check_gradients(self, X, y, sample_weight=None, *, n_weights=1000):
        """Compare the gradients with central finite differences.

        Parameters
        ----------
        X : array-like, sparse matrix or Dask array of shape (n_samples, n_features)
        y : array-like of shape (n_samples,) or (n_samples, n_outputs)
        sample_weight : array-like of shape (n_samples,), default=None
        n_weights : int, default=1000
            How many of the weights to move, at two forward passes each: evenly chosen
            if there are more.

        Returns
        -------
        float
            Largest absolute difference, divided by the largest derivative: below 1e-6
            where the formulas are right, unless a row lies in a kink of an activation
            or of the loss, or all derivatives are as small as rounding.
        """
        error = self._error_of_batch(X, y, sample_weight)
        return largest_difference(*error, n_weights)

    def _in_double(self):
        """Return the fitted network in double precision."""
        network = self._training_.network.unscaled()
        network = network.like(np.zeros(network.theta.shape))
        network = with_constant_columns(network, self._standardizer_.constant)
        for layer, fitted in zip(network.layers, self._layers(), strict=True):
            for array, values in zip(layer.weights, fitted.weights, strict=True):
                array[...] = values
        return network

    def _error_of_batch(self, X, y, sample_weight):
        """Return what `error_and_gradient` takes, in double precision."""
        check_is_fitted(self)
        check_in_memory(X)
        rows = self._other_rows(X, y, sample_weight)
        standardizer = replace(self._standardizer_, dtype=np.dtype(np.float64))
        [batch] = Batches(rows, standardizer, rows.X.shape[0]).shuffled()
        network = without_constant_columns(self._in_double(), standardizer.constant)
        return network, self._training_.options.loss, self.alpha_, batch

    def unstandardized(self):
        """Return the weights for columns and targets in the data's own units.

        Returns
        -------
        coefs : list of ndarray
            As coefs_; with these, X_0 is X itself.
        intercepts : list of ndarray
            As intercepts_; the last layer's output is in the units of y, or what
            `decision_function` returns.

        Raises
        ------
        ValueError
            If pieces of the columns stand beside them, or several quantiles are steps
            apart.
        """
        check_is_fitted(self)
        if self._standardizer_.pieces is not None:
            raise ValueError(
                "No weights of the columns alone give the outputs of pieces of them: "
                "fit with numeric_embedding=None."
            )
        check_unstandardized(self, self._layers())
        parts = self._in_double().dense, self._standardizer_
        return unstandardized(*parts, getattr(self, "temperature_", 1.0))
