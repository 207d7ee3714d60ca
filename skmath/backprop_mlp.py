r"""Multilayer perceptron by back-propagation.

Layer i of n has weights :math:`W_i` and an activation :math:`F_i`; from the input
:math:`X_0` the outputs follow one layer at a time, and the error compares the last with
the ground truth G:

.. math:: X_i = F_i(X_{i-1} W_i + b_i), \qquad E = L(G, X_n).

For each batch of rows:

1. forward: X_1 to X_n;
2. the error E, and its derivative with respect to X_n;
3. backward: by the chain rule dE/dW_n, from it dE/dW_(n-1), and so on to the first
   layer (`skmath.calculus.layers` has the formulas);
4. one update: all the weights change together, after all the gradients are known.

An epoch costs O(n P) time for n rows and P weights; memory beside X is that of the
weights and of a batch's outputs.

References
----------
D. E. Rumelhart, G. E. Hinton and R. J. Williams, "Learning representations by
back-propagating errors", Nature, 323, 1986.
"""

from numbers import Integral, Real

import numpy as np
from sklearn.base import (
    BaseEstimator,
    ClassNamePrefixFeaturesOutMixin,
    TransformerMixin,
    _fit_context,
)
from sklearn.callback import CallbackSupportMixin, with_callbacks
from sklearn.exceptions import ConvergenceWarning
from sklearn.utils import check_random_state, gen_batches
from sklearn.utils._param_validation import HasMethods, Interval, StrOptions

from skmath import _arrays
from skmath._fit import all_or_nothing, warn
from skmath._registry import Configuration, Entry, Task
from skmath._rows import check_squares, rows_to_apply, rows_to_fit
from skmath._targets import TaskByLossMixin, as_outputs
from skmath.calculus import (
    ACTIVATIONS,
    LOSSES,
    SGD,
    Adam,
    Layer,
    Network,
    SquaredError,
    backward,
    forward,
    initial_weights,
)
from skmath.statistics import column_moments

__all__ = ["BackpropMLP"]

STEP_RULES = {"adam": Adam, "sgd": SGD}


class BackpropMLP(
    CallbackSupportMixin,
    ClassNamePrefixFeaturesOutMixin,
    TransformerMixin,
    TaskByLossMixin,
    BaseEstimator,
):
    r"""Neural network whose gradients are back-propagated in the open.

    Minimises, batch by batch, the weighted mean of the loss plus alpha/2 times the sum
    of the squared weights divided by the batch's weight (its number of rows). The loss
    makes it a classifier or a regressor.

    Parameters
    ----------
    hidden_layer_sizes : tuple of int, default=(100,)
        Outputs of each hidden layer; () is a linear model.
    loss : {"log_loss", "squared_error", "huber"} or object, default="log_loss"
        What the last output is compared with the truth by; see
        `skmath.calculus.losses`.
    activation : {"relu", "tanh", "logistic", "identity"}, default="relu"
        F of the hidden layers. The last layer's is the identity: the loss knows its
        link.
    solver : {"adam", "sgd"}, default="adam"
        Rule of the step; "sgd" has momentum 0.9.
    learning_rate : float, default=1e-3
        Length of the step, the seed's alpha of gradient descent.
    alpha : float, default=1e-4
        Strength of the penalty on the weights W (not b), as in MLPClassifier.
    batch_size : int or "auto", default="auto"
        Rows for each update; "auto" is min(200, n_samples).
    max_iter : int, default=200
        Epochs at most.
    tol : float, default=1e-4
        An epoch improves the loss if it lowers it by more than this.
    n_iter_no_change : int, default=10
        Epochs without improvement after which training ends.
    standardize : bool, default=True
        Whether columns are centred and scaled inside (a sparse X: scaled only), and for
        "squared_error" the target too, so that units do not matter.
    shuffle : bool, default=True
        Whether rows are drawn in a new order each epoch.
    random_state : int, RandomState instance or None, default=None
        Of the first weights and of the order of rows.

    Attributes
    ----------
    coefs_ : list of ndarray of shape (n_in, n_out)
        W of each layer, on the standardised columns.
    intercepts_ : list of ndarray of shape (n_out,)
        b of each layer.
    classes_ : ndarray of shape (n_classes,)
        Sorted labels; classifiers only.
    loss_curve_ : list of float
        Mean loss and penalty of each epoch, as met during it.
    n_iter_ : int
        Epochs run.
    mean_, scale_ : ndarray of shape (n_features,)
        What columns are centred and divided by.
    target_mean_, target_scale_ : ndarray of shape (n_outputs,)
        What outputs are multiplied by and shifted to.
    n_features_in_ : int
        Number of features seen in `fit`.
    feature_names_in_ : ndarray of shape (n_features_in_,)
        Names of the features, where X has them all as strings.

    See Also
    --------
    sklearn.neural_network.MLPClassifier : Needs scaled columns; no choice of loss.

    References
    ----------
    .. [1] D. E. Rumelhart, G. E. Hinton and R. J. Williams, "Learning representations
       by back-propagating errors", Nature, 323, 1986.
    .. [2] D. P. Kingma and J. Ba, "Adam: a method for stochastic optimization", ICLR
       2015.

    Examples
    --------
    >>> from sklearn.datasets import load_wine
    >>> from skmath import BackpropMLP
    >>> X, y = load_wine(return_X_y=True)
    >>> model = BackpropMLP(learning_rate=0.01, random_state=0).fit(X, y)
    >>> model.score(X, y) > 0.98
    True
    >>> model.transform(X).shape
    (178, 100)
    """

    _parameter_constraints = {
        "hidden_layer_sizes": ["array-like"],
        "loss": [StrOptions(set(LOSSES)), HasMethods(["value", "gradient"])],
        "activation": [StrOptions(set(ACTIVATIONS))],
        "solver": [StrOptions(set(STEP_RULES))],
        "learning_rate": [Interval(Real, 0, None, closed="neither")],
        "alpha": [Interval(Real, 0, None, closed="left")],
        "batch_size": [
            StrOptions({"auto"}),
            Interval(Integral, 1, None, closed="left"),
        ],
        "max_iter": [Interval(Integral, 1, None, closed="left")],
        "tol": [Interval(Real, 0, None, closed="left")],
        "n_iter_no_change": [Interval(Integral, 1, None, closed="left")],
        "standardize": ["boolean"],
        "shuffle": ["boolean"],
        "random_state": ["random_state"],
    }

    _fitted = "mean_"
    _learnt_in_steps = ("coefs_", "intercepts_")

    def __init__(
        self,
        hidden_layer_sizes=(100,),
        *,
        loss="log_loss",
        activation="relu",
        solver="adam",
        learning_rate=1e-3,
        alpha=1e-4,
        batch_size="auto",
        max_iter=200,
        tol=1e-4,
        n_iter_no_change=10,
        standardize=True,
        shuffle=True,
        random_state=None,
    ):
        self.hidden_layer_sizes = hidden_layer_sizes
        self.loss = loss
        self.activation = activation
        self.solver = solver
        self.learning_rate = learning_rate
        self.alpha = alpha
        self.batch_size = batch_size
        self.max_iter = max_iter
        self.tol = tol
        self.n_iter_no_change = n_iter_no_change
        self.standardize = standardize
        self.shuffle = shuffle
        self.random_state = random_state

    @_fit_context(prefer_skip_nested_validation=True)
    @all_or_nothing
    @with_callbacks
    def fit(self, X, y, sample_weight=None):
        """Train the network.

        Parameters
        ----------
        X : array-like or sparse matrix of shape (n_samples, n_features)
        y : array-like of shape (n_samples,) or (n_samples, n_outputs)
            Labels for a classification, numbers for a regression.
        sample_weight : array-like of shape (n_samples,), default=None

        Returns
        -------
        self : BackpropMLP

        Raises
        ------
        ValueError
            If X, y or hidden_layer_sizes cannot be used, or y holds one class only.

        Warns
        -----
        ConvergenceWarning
            If the loss still fell after max_iter epochs, or stopped being finite.
        """
        context = self._init_callback_context(max_subtasks=self.max_iter)
        seen = {"X": X, "y": y, "metadata": {"sample_weight": sample_weight}}
        context.call_on_fit_task_begin(estimator=self, **seen)
        task = {"multi_output": True, "y_numeric": True}
        if self._task() == "classification":
            task = {}
        task |= {"accept_sparse": "csr", "takes_dask": False}
        rows = rows_to_fit(self, X, y, sample_weight, **task)
        rows, self._n_classes_ = self._learn_targets(rows)
        self._learn_scales(rows)
        random_state = check_random_state(self.random_state)
        network = self._new_network(rows, random_state)
        rule = STEP_RULES[self.solver](self.learning_rate)
        self.loss_curve_, self._activations_ = [], network.activations
        best, asked = network.theta.copy(), False
        while len(self.loss_curve_) < self.max_iter and not self._is_level():
            error = self._train_epoch(rows, network, rule, random_state)
            if not np.isfinite(error):
                network.theta[...] = best
                break
            if error <= min(self.loss_curve_, default=error):
                best[...] = network.theta
            self.loss_curve_.append(error)
            epoch = context.subcontext(task_name="step")
            epoch.call_on_fit_task_begin(estimator=self)
            asked = epoch.call_on_fit_task_end(
                estimator=self,
                **seen,
                reconstruction_attributes=lambda: self._weights_of(
                    network, copied=True
                ),
            )
            if asked:
                break
        self.n_iter_ = len(self.loss_curve_)
        if not asked:
            self._warn_unless_level()
        vars(self).update(self._weights_of(network))
        context.call_on_fit_task_end(
            estimator=self, **seen, reconstruction_attributes={}
        )
        return self

    def _weights_of(self, network, *, copied=False):
        """Return the fitted attributes that hold a network's weights."""
        if copied:
            network = Network(network.sizes, network.activations, network.theta.copy())
        return {
            "coefs_": [layer.W for layer in network.layers],
            "intercepts_": [layer.b for layer in network.layers],
        }

    def _train_epoch(self, rows, network, rule, random_state):
        """Run once over the rows, a batch at a time; return their mean error."""
        n = rows.X.shape[0]
        order = random_state.permutation(n) if self.shuffle else np.arange(n)
        size = min(200 if self.batch_size == "auto" else self.batch_size, n)
        gradient, errors, weights = network.gradient(), 0.0, 0.0
        with np.errstate(over="ignore", invalid="ignore"):
            for batch in gen_batches(n, size):
                error, weight = self._backpropagate(
                    rows, order[batch], network, gradient
                )
                # One update: all the weights change together.
                network.theta += rule.step(gradient.theta)
                errors, weights = errors + error, weights + weight
            penalty = 0.5 * self.alpha * network.weight_squares() * n / size
        return (errors + penalty) / weights

    def _backpropagate(self, rows, batch, network, gradient):
        """Fill in the gradient of a batch; return its weighted error and weight."""
        loss = self._loss_
        X, G, weight = self._batch(rows, batch)
        total = float(len(batch) if weight is None else weight.sum())
        # Forward: X_1 to X_n, and the error against the ground truth G.
        Z, outputs = forward(X, network.layers)
        error = float(_arrays.weigh(loss.value(G, outputs[-1]), weight).sum())
        # Backward: dE/dW_n, then dE/dW_(n-1), to the first layer.
        dE_dX = _arrays.weigh(loss.gradient(G, outputs[-1]), weight)
        backward(Z, outputs, network.layers, dE_dX, gradient.layers)
        for layer, slope in zip(network.layers, gradient.layers, strict=True):
            slope.W[...] += self.alpha * layer.W
        gradient.theta /= total if total > 0 else 1.0
        return error, total

    def _batch(self, rows, batch):
        """Return the standardised rows of a batch, their targets and weights."""
        X = standardized(rows.X[batch], self.mean_, self.scale_)
        G = as_outputs(rows.y[batch], X, self._n_classes_)
        G = (G - self.target_mean_) / self.target_scale_
        return X, G, None if rows.weight is None else rows.weight[batch]

    def _new_network(self, rows, random_state):
        """Return a network of random weights, of the sizes that the data ask for."""
        hidden = np.asarray(self.hidden_layer_sizes)
        if hidden.ndim != 1 or any(h != int(h) or h < 1 for h in hidden):
            raise ValueError(
                "hidden_layer_sizes must be a sequence of positive integers, got "
                f"{self.hidden_layer_sizes!r}."
            )
        sizes = [rows.n_features, *map(int, hidden), self.target_mean_.shape[0]]
        F = [ACTIVATIONS[self.activation]] * len(hidden) + [ACTIVATIONS["identity"]]
        return Network(sizes, F, initial_weights(sizes, random_state, rows.X.dtype))

    def _learn_scales(self, rows):
        """Learn what columns, and the target of a squared error, are scaled by."""
        dtype = rows.X.dtype
        columns = rows.sum(column_moments).significant()
        check_squares(columns.scatter)
        self.mean_, self.scale_ = _centre_and_scale(columns, dtype)
        if not self.standardize:
            self.mean_, self.scale_ = 0 * self.mean_, np.ones_like(self.scale_)
        targets = rows.sum(_target_moments, self._n_classes_).significant()
        check_squares(targets.scatter, "y")
        self.target_mean_, self.target_scale_ = _centre_and_scale(targets, dtype)
        if not self.standardize or not isinstance(self._loss_, SquaredError):
            self.target_mean_ = 0 * self.target_mean_
            self.target_scale_ = np.ones_like(self.target_scale_)

    def _is_level(self):
        """Tell whether none of the last n_iter_no_change epochs improved the loss."""
        if len(self.loss_curve_) <= self.n_iter_no_change:
            return False
        best_before = np.minimum.accumulate(self.loss_curve_)[:-1]
        improved = np.array(self.loss_curve_[1:]) < best_before - self.tol
        return not improved[-self.n_iter_no_change :].any()

    def _warn_unless_level(self):
        if self._is_level():
            return
        if self.n_iter_ < self.max_iter:
            what = (
                f"the loss stopped being finite in epoch {self.n_iter_ + 1}; the "
                "best weights before it are kept. Use a smaller learning_rate"
                f" than {self.learning_rate:g}."
            )
        else:
            what = (
                f"the loss was still falling after max_iter={self.max_iter} epochs. "
                "Raise max_iter or tol."
            )
        warn(what[0].upper() + what[1:], ConvergenceWarning)

    def _layers(self):
        parts = zip(self.coefs_, self.intercepts_, self._activations_, strict=True)
        return [Layer(W, b, F) for W, b, F in parts]

    def _outputs(self):
        scales = self.mean_, self.scale_, self.target_mean_, self.target_scale_
        return last_output, (self._layers(), *scales)

    def transform(self, X):
        """Return the outputs of the last hidden layer, X_(n-1).

        Parameters
        ----------
        X : array-like or sparse matrix of shape (n_samples, n_features)

        Returns
        -------
        ndarray of shape (n_samples, hidden_layer_sizes[-1])
            The standardised X where there is no hidden layer.
        """
        rows = rows_to_apply(
            self, X, fitted="mean_", method="transform", accept_sparse="csr"
        )
        return rows.map(last_hidden, self._layers(), self.mean_, self.scale_)

    @property
    def _n_features_out(self):
        return self.coefs_[-1].shape[0]

    def __sklearn_tags__(self):
        tags = super().__sklearn_tags__()
        tags.input_tags.sparse = True
        tags.transformer_tags.preserves_dtype = ["float64", "float32"]
        return tags


def standardized(X, mean, scale):
    """Return (X - mean) / scale; a sparse X is not centred."""
    if _arrays.is_array(X):
        return (X - mean) / scale
    return X.multiply(1 / scale).tocsr()


def last_output(X, layers, mean, scale, target_mean, target_scale):
    """Return X_n of a block, in the target's units."""
    _, outputs = forward(standardized(X, mean, scale), layers)
    return outputs[-1] * target_scale + target_mean


def last_hidden(X, layers, mean, scale):
    """Return X_(n-1) of a block."""
    _, outputs = forward(standardized(X, mean, scale), layers[:-1])
    return _arrays.dense(outputs[-1])


def _target_moments(X, y, weight, n_classes):
    return column_moments(as_outputs(y, X, n_classes), None, weight)


def _centre_and_scale(moments, dtype):
    scale = np.sqrt(moments.variance)
    scale[scale == 0] = 1.0
    return moments.mean.astype(dtype), scale.astype(dtype)


def _tasks():
    from sklearn.datasets import load_digits
    from sklearn.feature_selection import VarianceThreshold
    from sklearn.model_selection import StratifiedKFold
    from sklearn.neural_network import MLPClassifier
    from sklearn.pipeline import make_pipeline
    from sklearn.preprocessing import StandardScaler

    strengths = [1e-4, 1e-2]
    return [
        Task(
            data="digits",
            load=lambda: load_digits(return_X_y=True),
            ours=make_pipeline(VarianceThreshold(), BackpropMLP(random_state=0)),
            grid={"backpropmlp__alpha": strengths},
            peer=make_pipeline(StandardScaler(), MLPClassifier(random_state=0)),
            peer_grid={"mlpclassifier__alpha": strengths},
            scoring="accuracy",
            metric="accuracy",
            cv=StratifiedKFold(3, shuffle=True, random_state=0),
        )
    ]


ENTRY = Entry(
    estimator=BackpropMLP,
    counterpart="MLPClassifier, MLPRegressor",
    adds="standardises inside, any loss, weights, its hidden layer as a transformer",
    configurations=(
        Configuration({"tol": 1e-3}, ("numpy", "memmap", "sparse")),
        Configuration(
            {"loss": "squared_error", "activation": "tanh", "tol": 1e-3},
            ("numpy", "memmap", "sparse"),
        ),
        Configuration(
            {"hidden_layer_sizes": (20, 10), "solver": "sgd", "learning_rate": 0.05},
            ("numpy", "memmap", "sparse"),
        ),
    ),
    tasks=_tasks,
    display="LossCurveDisplay",
)
