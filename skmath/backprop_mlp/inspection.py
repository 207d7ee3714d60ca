"""Methods of `BackpropMLP` that return layer outputs, gradients and weights."""

import math
from dataclasses import replace
from typing import Any

import numpy as np
from numpy.typing import ArrayLike
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
"""Steps of the finite differences; a shorter one is tried if there may be a kink within
a longer one."""

TOL = 1e-7
"""Relative difference below which no shorter step is tried."""


def error_and_gradient(network, loss, alpha, batch):
    """Return E of a batch, including the penalty, and its gradient as a network."""
    gradient = network.gradient()
    error, _ = backpropagate(network, loss, batch, gradient)
    penalise(network, gradient, alpha)
    return error + 0.5 * alpha * network.weight_squares(), gradient


def error_of(network, loss, alpha, batch):
    """Return E of a batch, by the forward pass alone."""
    error = sum_of_errors(network, loss, batch) / len(batch.G)
    return error + 0.5 * alpha * network.weight_squares()


def largest_difference(network, loss, alpha, batch, n_weights):
    """Return the largest difference between the gradient and central differences.

    Parameters
    ----------
    network : Network
        In double precision.
    loss : object of `skmath.calculus.losses`
    alpha : float
    batch : Batch
    n_weights : int
        Number of weights to check, evenly spaced.

    Returns
    -------
    float
        Difference relative to the largest derivative.
    """
    slope = error_and_gradient(network, loss, alpha, batch)[1].theta.copy()
    theta, largest, largest_error = network.theta, np.abs(slope).max(), 0.0
    for k in np.arange(0, slope.size, max(1, slope.size // n_weights)):
        weight, error = theta[k], math.inf
        for step in STEPS:
            theta[k] = weight + step
            above = error_of(network, loss, alpha, batch)
            theta[k] = weight - step
            below = error_of(network, loss, alpha, batch)
            theta[k] = weight
            difference = (above - below) / (2 * step)
            largest = max(largest, abs(difference))
            error = min(error, abs(slope[k] - difference))
            if error <= TOL * largest:
                break
        largest_error = max(largest_error, error)
    return float(largest_error / largest) if largest > 0 else 0.0


def unstandardized(layers, standardizer, temperature=1.0):
    """Return the weights of layers for columns and targets in the units of the data."""
    scale = standardizer.target_scale / temperature
    coefs, intercepts, _ = map(list, zip(*layers, strict=True))
    # Embeddings have no unit.
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
    """Base class of `BackpropMLP` for the inspection of a fitted network."""

    coefs_: list[np.ndarray]
    loss_curve_: list[float]
    alpha_: float
    _standardizer_: Any
    _training_: Any
    _first_layers_: Any
    _table_: Any
    _layers: Any
    _rows: Any
    _other_rows: Any
    _n_classes_: int
    _n_targets_: int
    _seed_: int

    @property
    def categories_(self) -> dict[Any, list[Any]]:
        """Categories of each categorical column, by name, in a dict of lists."""
        return categories_by_name(self._encoding, self._table_, self._names)

    @property
    def embeddings_(self) -> dict[Any, np.ndarray]:
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
    def layer_outputs(self, X: Any) -> list[np.ndarray]:
        """Return the outputs of every layer, X_0 to X_n.

        Parameters
        ----------
        X : array-like, sparse matrix or Dask array of shape (n_samples, n_features)

        Returns
        -------
        list of ndarray of shape (n_samples, n_units) or (n_members, n_samples, n_units)
            The first is the standardised X (with codes for columns that the next layer
            embeds); the last is what the loss compares with the standardised targets.
        """
        X, layers = self._rows(X, "layer_outputs").X, self._layers()
        with np.errstate(over="ignore", invalid="ignore"):
            outputs, _ = forward(dense(self._standardizer_.columns(X)), layers)
        check_squares(outputs[-1])
        return outputs

    @on_host
    def gradients(
        self, X: Any, y: ArrayLike, sample_weight: ArrayLike | None = None
    ) -> tuple[Any, ...]:
        """Return the derivatives of the error with respect to every weight.

        The error is E, the weighted mean of the loss of these rows plus the penalty,
        computed in double precision and without dropout.

        Parameters
        ----------
        X : array-like, sparse matrix or Dask array of shape (n_samples, n_features)
        y : array-like of shape (n_samples,) or (n_samples, n_outputs)
        sample_weight : array-like of shape (n_samples,), default=None

        Returns
        -------
        coef_gradients : list of ndarray
            dE/dW of each layer, in the shapes of coefs_.
        intercept_gradients : list of ndarray
            dE/db of each layer, in the shapes of intercepts_.
        embedding_gradients : dict of ndarray
            Derivatives with respect to embeddings_; only if there are embeddings.
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
    def check_gradients(
        self,
        X: Any,
        y: ArrayLike,
        sample_weight: ArrayLike | None = None,
        *,
        n_weights: int = 1000,
    ) -> float:
        """Compare the gradients with central finite differences.

        Parameters
        ----------
        X : array-like, sparse matrix or Dask array of shape (n_samples, n_features)
        y : array-like of shape (n_samples,) or (n_samples, n_outputs)
        sample_weight : array-like of shape (n_samples,), default=None
        n_weights : int, default=1000
            Number of weights to check, evenly spaced if there are more. Each takes two
            forward passes.

        Returns
        -------
        float
            Largest absolute difference, divided by the largest derivative. It is below
            1e-6 if the gradients are right, unless a row is at a kink of an activation
            or of the loss, or all derivatives are as small as rounding errors.
        """
        error = self._error_of_batch(X, y, sample_weight)
        return largest_difference(*error, n_weights)  # type: ignore[call-arg]  # unpacked

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
        """Return the arguments of `error_and_gradient`, in double precision."""
        check_is_fitted(self)
        check_in_memory(X)
        rows = self._other_rows(X, y, sample_weight)
        standardizer = replace(self._standardizer_, dtype=np.dtype(np.float64))
        [batch] = Batches(rows, standardizer, rows.X.shape[0]).shuffled()
        network = without_constant_columns(self._in_double(), standardizer.constant)
        return network, self._training_.options.loss, self.alpha_, batch

    def unstandardized(self) -> tuple[list[np.ndarray], list[np.ndarray]]:
        """Return the weights for columns and targets in the units of the data.

        Returns
        -------
        coefs : list of ndarray
            In the shapes of coefs_, for X_0 = X without standardisation.
        intercepts : list of ndarray
            In the shapes of intercepts_. The last layer's output is in the units of y,
            or what `decision_function` returns.

        Raises
        ------
        ValueError
            If the network was fitted with ``numeric_embedding``, or to several
            quantiles.
        """
        check_is_fitted(self)
        if self._standardizer_.pieces is not None:
            raise ValueError(
                "unstandardized is not available with numeric_embedding, whose "
                "additional inputs are pieces of the columns: fit with "
                "numeric_embedding=None."
            )
        check_unstandardized(self, self._layers())
        parts = self._in_double().dense, self._standardizer_
        return unstandardized(*parts, getattr(self, "temperature_", 1.0))
