"""Parameter constraints and presets of `BackpropMLP`, and the resolved options."""

from dataclasses import dataclass
from numbers import Integral, Real
from typing import Any

import numpy as np
from sklearn.utils._param_validation import HasMethods, Interval, StrOptions

from skmath._rows.rows import is_dask
from skmath.backprop_mlp.training_loss import loss_to_train
from skmath.calculus import (
    ACTIVATIONS,
    LOSSES,
    SCHEDULES,
    STEP_RULES,
    Embedded,
    IncreasingOutputs,
    Quantiles,
)
from skmath.statistics import count_rows

__all__ = [
    "CONSTRAINTS",
    "Options",
    "changeable_options",
    "check_batch_size",
    "check_solver",
    "pieces_of",
    "resolve_options",
]

BATCH = 200
"""Batch size for ``batch_size="auto"``, the same as scikit-learn's MLPClassifier's."""

ALL_ROWS_BLOCK = 2000
"""Rows per block for ``solver="lbfgs"``: enough for fast matrix products, and few
enough for the layers' outputs to stay in the processor's cache."""

SINGLE_FROM = BATCH + 1
"""Rows from which ``compute_dtype="auto"`` is float32 for float64 data. Fewer make a
single batch, whose gradient is exact and benefits from double precision; gradients of
mini-batches are noisy anyway."""

SINGLE_SCALES = (1e-15, 1e15)
"""Standard deviations between which float32 holds a column's values and squares."""

EMBEDDED = 8
"""Dimensions of a column's embedding, as in RealMLP (Holzmueller et al. 2024): fewer
than its categories, of which there are at least ten, and enough to distinguish
thousands."""

PRIOR_COLUMNS = 10
"""Number of columns above which the penalty stays constant."""


PRESETS = {
    "accurate": {
        "hidden_layer_sizes": (128, 128),
        "learning_rate": 6e-3,
        "schedule": "cosine",
        "n_members": 2,
        "n_pieces": 8,
        "input_scales": True,
    },
    "fast": {
        "hidden_layer_sizes": (100,),
        "learning_rate": 1e-3,
        "schedule": "raised_cosine",
        "n_members": 1,
        "n_pieces": 0,
        "input_scales": False,
    },
}
"""Values that "auto" stands for, by preset."""

PRIOR, PRIOR_OF_MEMBERS = 0.4, 0.03
"""``alpha="auto"`` is this number, times the number of columns up to `PRIOR_COLUMNS`,
divided by the number of rows. The penalty corresponds to a normal prior on the weights
whose variance falls with the number of inputs, so that their sums have the same
variance (Neal 1996). Members with held-out rows need less of it, because these rows
determine when they stop."""

MIN_ROWS_TO_HOLD_OUT = 25
"""Minimum number of rows for members to hold some out: five parts of five rows."""

MIN_BATCHES, MIN_BATCH = 15, 32
"""Minimum number of batches per epoch, if each has at least so many rows: a small table
needs as many steps as a large one."""

FEW_ROWS, EPOCHS_OF_FEW = 100, 100
"""Up to this many rows make a single batch, for this many epochs. Then a weight of 2
has exactly the same effect as repeating a row."""

EPOCHS, MAX_ROWS_PROCESSED, MIN_EPOCHS = 48, 1_200_000, 10
"""Number of epochs, the number of rows that they process at most, and the fewest epochs
to which this limit reduces them."""

FAST_EPOCHS = 200
"""Maximum number of epochs for ``preset="fast"``."""

PATIENCE, MIN_STEPS = 10, 30
"""Training stops at the earliest after this many epochs, and steps, without progress.
"""

NORMALISED_STEP_SOLVERS = ("rmsprop", "adam", "adamw", "muon")
"""Solvers whose steps are about as long as the learning rate."""

MAX_COLUMNS = 100
"""Maximum number of columns that "auto" cuts into pieces."""

POSITIVE_INTEGER = Interval(Integral, 1, None, closed="left")

CONSTRAINTS = {
    "hidden_layer_sizes": [StrOptions({"auto"}), "array-like", POSITIVE_INTEGER],
    "loss": [StrOptions(set(LOSSES)), HasMethods(["value", "gradient"])],
    "activation": [
        StrOptions(set(ACTIVATIONS)),
        HasMethods(["value", "derivative"]),
        "array-like",
    ],
    "solver": [StrOptions({*STEP_RULES, "lbfgs"})],
    "learning_rate": [
        StrOptions({"auto"}),
        Interval(Real, 0, None, closed="neither"),
    ],
    "schedule": [StrOptions({"auto", *SCHEDULES})],
    "alpha": [StrOptions({"auto"}), Interval(Real, 0, None, closed="left")],
    "dropout": [Interval(Real, 0, 1, closed="left"), "array-like"],
    "batch_size": [StrOptions({"auto"}), POSITIVE_INTEGER],
    "max_iter": [StrOptions({"auto"}), POSITIVE_INTEGER],
    "tol": [Interval(Real, 0, None, closed="left")],
    "n_iter_no_change": [StrOptions({"auto"}), POSITIVE_INTEGER],
    "early_stopping": ["boolean"],
    "validation_fraction": [Interval(Real, 0, 1, closed="neither")],
    "restore_best": ["boolean"],
    "standardize": ["boolean"],
    "numeric_embedding": [StrOptions({"auto", "piecewise"}), None],
    "input_scales": [StrOptions({"auto"}), "boolean"],
    "n_members": [StrOptions({"auto"}), POSITIVE_INTEGER],
    "preset": [StrOptions(set(PRESETS))],
    "clip_norm": [StrOptions({"auto"}), Interval(Real, 0, None, closed="neither")],
    "average": [StrOptions({"auto"}), "boolean", POSITIVE_INTEGER],
    "class_weight": [StrOptions({"balanced"}), dict, list, tuple, None],
    "label_smoothing": [Interval(Real, 0, 1, closed="left")],
    "calibrate": ["boolean"],
    "compute_dtype": [StrOptions({"auto", "float32", "float64"})],
    "warm_start": ["boolean"],
    "shuffle": ["boolean"],
    "quantile": [Interval(Real, 0, 1, closed="neither"), "array-like"],
    "delta": [StrOptions({"auto"}), Interval(Real, 0, None, closed="neither")],
    "random_state": ["random_state"],
    "verbose": ["boolean", Interval(Integral, 0, None, closed="left")],
}
"""The values that each parameter of `BackpropMLP` accepts."""


@dataclass(frozen=True)
class Options:
    """Resolved options of a training, in which no value is "auto".

    Attributes
    ----------
    before : tuple of objects
        Factories of the layers before the first matrix: embeddings, or none.
    sizes : list of int
        Number of inputs of the first matrix, units of the hidden layers, and outputs.
    n_members : int or None
        Number of networks; None for a single one.
    scaled : bool
        Whether the first layer learns scales of its inputs.
    activations : list, one per layer
    after : tuple
        Factories of the layers after the last matrix, see `skmath.calculus.Network`.
    dropout_rates : list of float, one per layer, or None
        Including the layers before the first matrix.
    loss : object of `skmath.calculus.losses`
        Loss of the standardised targets to minimise.
    validation_loss : object of `skmath.calculus.losses`
        Loss on held-out rows, without label smoothing.
    alpha : float
    min_probability : float
        Smallest probability, of an event that did not occur in n rows: 1 / 2n.
    clip_norm : float or "auto"
        "auto" follows the gradients of the training.
    solver, schedule : str
    learning_rate : float
    max_iter : int
        Planned number of epochs.
    n_steps : int
        Steps per epoch; for a Dask array, per chunk.
    patience : int
        Epochs without progress after which training stops.
    tol : float
    batch_size : int
        Maximum number of rows per batch.
    dtype : dtype
        Precision of training.
    average : bool or int
        Length in steps of the moving average of the weights, for predictions; True is
        a number of epochs, False no average.
    shuffle, early_stopping, restore_best : bool
    verbose : int
        Number of epochs between printed errors; 0 prints nothing.
    """

    before: tuple[Any, ...]
    sizes: Any
    n_members: Any
    scaled: bool
    activations: Any
    after: Any
    dropout_rates: Any
    loss: Any
    validation_loss: Any
    alpha: float
    min_probability: float
    clip_norm: Any
    solver: str
    schedule: str
    learning_rate: float
    max_iter: int
    n_steps: int
    patience: int
    tol: float
    batch_size: int
    dtype: Any
    average: bool | int
    shuffle: bool
    early_stopping: bool
    restore_best: bool
    verbose: int


def resolve_options(model, rows, scales, is_stream):
    """Resolve the parameters of a model for a training that begins with these rows.

    Parameters
    ----------
    model : BackpropMLP
        Model whose parameters to resolve.
    rows : Rows
    scales : Scales
    is_stream : bool
        Whether it is `partial_fit` that begins.

    Returns
    -------
    Options

    Raises
    ------
    ValueError
        If a parameter of the layers cannot be used.
    """
    count = rows.sum(count_rows)
    n_rows, repetitions = count.n_rows, count.repetitions
    changeable = changeable_options(model, rows, scales.loss, is_stream)
    hidden = check_sizes(preset_value(model, "hidden_layer_sizes"))
    rates = dropout_rates(model.dropout, len(hidden))
    check_solver(model.solver, rates, changeable["average"])
    alpha, dtype, n_members = model.alpha, model.compute_dtype, members_of(model)
    if alpha == "auto":
        holds_out = n_members is not None and not is_dask(rows.X)
        holds_out = holds_out and repetitions >= MIN_ROWS_TO_HOLD_OUT and not is_stream
        prior = PRIOR_OF_MEMBERS if holds_out else PRIOR
        encoding = scales.standardizer.encoding
        n_read = rows.n_features if encoding is None else encoding.n_read
        alpha = prior * min(n_read, PRIOR_COLUMNS) / repetitions
    if dtype == "auto":
        low, high = SINGLE_SCALES
        is_extreme = not ((scales.scale > low) & (scales.scale < high)).all()
        uses_data_dtype = n_rows < SINGLE_FROM or is_extreme or model.solver == "lbfgs"
        dtype = rows.X.dtype if uses_data_dtype else np.float32
    before, n_inputs = layers_before(scales, n_members)
    after = layers_after(scales.loss)
    return Options(
        before=before,
        sizes=[n_inputs, *hidden, len(scales.output_mean)],
        n_members=n_members,
        scaled=learns_scales(model, hidden),
        activations=activations_of(model.activation, len(hidden)),
        after=after,
        dropout_rates=rates and [0.0] * len(before) + rates + [0.0] * len(after),
        validation_loss=scales.loss,
        alpha=alpha,
        min_probability=0.5 / repetitions,
        dtype=np.dtype(dtype),
        shuffle=model.shuffle,
        **changeable,
    )


def layers_before(scales, n_members):
    """Return the factories of the layers before the first matrix, and their width.

    Parameters
    ----------
    scales : Scales
    n_members : int or None

    Returns
    -------
    before : tuple
    n_outputs : int
    """
    encoding, n_inputs = scales.standardizer.encoding, len(scales.input_mean)
    if encoding is None or not encoding.embedded:
        return (), n_inputs
    n_places = tuple(encoding.n_places)
    n_more = len(n_places) * (EMBEDDED - 1)
    return (Embedded(n_places, EMBEDDED, n_members),), n_inputs + n_more


def changeable_options(model, rows, loss, is_stream):
    """Return the options that may change when a training continues, by name.

    Parameters
    ----------
    model : BackpropMLP
    rows : Rows
    loss : object of `skmath.calculus.losses`
        Loss of the standardised targets, without label smoothing.
    is_stream : bool
        Whether `partial_fit` continues the training.

    Returns
    -------
    dict
        Fields of `Options`.
    """
    n_rows, batch_size = rows.sum(count_rows).n_rows, model.batch_size
    if batch_size == "auto":
        batch_size = BATCH
        if model.preset != "fast" and n_rows > FEW_ROWS:
            batch_size = min(BATCH, max(MIN_BATCH, n_rows // MIN_BATCHES))
    max_iter = model.max_iter
    if max_iter == "auto":
        max_iter = FAST_EPOCHS
        if model.preset != "fast" and model.solver != "lbfgs":
            epochs = EPOCHS if n_rows > FEW_ROWS else EPOCHS_OF_FEW
            max_iter = min(epochs, max(MIN_EPOCHS, MAX_ROWS_PROCESSED // n_rows))
    if model.solver == "lbfgs":
        batch_size = ALL_ROWS_BLOCK
    n_chunks = rows.X.numblocks[0] if is_dask(rows.X) else 1
    n_steps = max(1, -(-n_rows // (n_chunks * min(batch_size, n_rows))))
    return {
        "loss": loss_to_train(model, rows, loss),
        "solver": model.solver,
        "learning_rate": preset_value(model, "learning_rate"),
        "schedule": preset_value(model, "schedule"),
        "clip_norm": model.clip_norm,
        "average": average_of(model, is_stream),
        "max_iter": max_iter,
        "n_steps": n_steps,
        "patience": patience_of(model, n_steps),
        "tol": model.tol,
        "batch_size": batch_size,
        "early_stopping": model.early_stopping,
        "restore_best": model.restore_best,
        "verbose": int(model.verbose),
    }


def preset_value(model, name):
    """Return a parameter of the model, or the preset's value for "auto"."""
    value = getattr(model, name)
    is_auto = isinstance(value, str) and value == "auto"
    return PRESETS[model.preset][name] if is_auto else value


def average_of(model, is_stream):
    """Return the length of the weights' moving average: steps, True or False.

    `partial_fit` needs it, because its steps do not become shorter towards the end.
    """
    if isinstance(model.average, str):
        return is_stream and model.preset != "fast" and model.solver != "lbfgs"
    return np.asarray(model.average).item()


def patience_of(model, n_steps):
    """Return how many epochs of n_steps steps may pass without progress."""
    if model.n_iter_no_change != "auto":
        return model.n_iter_no_change
    if model.preset == "fast":
        return PATIENCE
    return max(PATIENCE, -(-MIN_STEPS // n_steps))


def members_of(model):
    """Return how many networks are trained; None for a single one.

    Raises
    ------
    ValueError
        If there are several and the solver is "lbfgs".
    """
    n_members = preset_value(model, "n_members")
    if model.solver == "lbfgs":
        if model.n_members not in ("auto", 1):
            raise ValueError(
                f"n_members={n_members} is not supported with solver='lbfgs': use "
                "another solver, such as 'adam', or n_members=1."
            )
        n_members = 1
    return n_members if n_members > 1 else None


def learns_scales(model, hidden):
    """Return whether the first layer learns a scale for each of its inputs.

    Scales do not help without a hidden layer, where each input has its own weight
    anyway, or with solvers whose steps are proportional to the gradient.

    Parameters
    ----------
    model : BackpropMLP
    hidden : list of int
        Units of the hidden layers.
    """
    if isinstance(model.input_scales, str):
        is_useful = len(hidden) > 0 and model.solver in NORMALISED_STEP_SOLVERS
        return is_useful and preset_value(model, "input_scales")
    return bool(model.input_scales)


def pieces_of(model, rows):
    """Return into how many pieces each column is cut; 0 for none.

    Raises
    ------
    ValueError
        If pieces are requested for a Dask array, whose quantiles are not known.
    """
    n_pieces = PRESETS["accurate"]["n_pieces"]
    if model.numeric_embedding == "auto":
        has_few_columns = rows.n_features <= MAX_COLUMNS and not is_dask(rows.X)
        is_nonlinear = len(check_sizes(preset_value(model, "hidden_layer_sizes"))) > 0
        is_useful = has_few_columns and is_nonlinear and model.solver != "lbfgs"
        is_useful = is_useful and model.standardize
        return PRESETS[model.preset]["n_pieces"] if is_useful else 0
    if model.numeric_embedding is None:
        return 0
    if is_dask(rows.X):
        raise ValueError(
            "numeric_embedding='piecewise' is not supported for Dask arrays, because "
            "it requires the quantiles of the columns: use numeric_embedding=None, or "
            "transform X with scikit-learn's SplineTransformer and fixed knots."
        )
    return n_pieces


def check_solver(solver, dropout_rates, average):
    """Raise a ValueError if a solver does not support dropout or averaging.

    Parameters
    ----------
    solver : str
    dropout_rates : list of float or None
    average : bool or int
    """
    if solver == "lbfgs" and dropout_rates:
        raise ValueError(
            "solver='lbfgs' does not support dropout, which changes the error in every "
            "step: use dropout=0, or another solver."
        )
    if solver == "lbfgs" and average:
        raise ValueError(
            "solver='lbfgs' does not support averaging, because it converges to the "
            "optimum: use average=False, or another solver."
        )


def check_batch_size(rows, batch_size):
    """Raise a ValueError if a batch would have more rows than there are."""
    if batch_size == "auto":
        return
    n = rows.sum(count_rows).n_rows
    if batch_size > n:
        raise ValueError(
            f"batch_size={batch_size} is larger than the number of training rows, {n}: "
            f"use batch_size='auto', or {n} for a full batch."
        )


def check_sizes(hidden_layer_sizes):
    """Return the sizes of the hidden layers as a list of int.

    Raises
    ------
    ValueError
        If they are not positive integers, one or a sequence.
    """
    sizes = np.atleast_1d(np.asarray(hidden_layer_sizes))
    if sizes.size == 0:
        return []
    if sizes.ndim != 1 or sizes.dtype.kind not in "iu" or (sizes < 1).any():
        raise ValueError(
            "hidden_layer_sizes must be a positive integer or a sequence of them, got "
            f"{hidden_layer_sizes!r}."
        )
    return sizes.tolist()


def activations_of(activation, n_hidden):
    """Return F of each layer: the hidden layers' activations, then the identity.

    Parameters
    ----------
    activation : str, object or sequence of these
    n_hidden : int

    Raises
    ------
    ValueError
        If a name is unknown or there is not one for each hidden layer.
    """
    resolved = []
    for F in _one_a_layer(activation, "activation", n_hidden):
        if isinstance(F, str) and F not in ACTIVATIONS:
            raise ValueError(f"activation={F!r} must be one of {sorted(ACTIVATIONS)}.")
        resolved.append(ACTIVATIONS[F] if isinstance(F, str) else F)
    for F in resolved:
        if not (hasattr(F, "value") and hasattr(F, "derivative")):
            raise ValueError(
                f"activation={F!r} must have the methods value and derivative, like "
                "those in skmath.calculus.layers."
            )
    return [*resolved, ACTIVATIONS["identity"]]


def layers_after(loss):
    """Return the factories of the layers after the last matrix.

    For several quantiles, one that keeps them from crossing.
    """
    has_several = isinstance(loss, Quantiles) and len(loss.quantile) > 1
    return (IncreasingOutputs(),) if has_several else ()


def dropout_rates(dropout, n_hidden):
    """Return the dropout rate of each layer, or None without dropout.

    Parameters
    ----------
    dropout : float or sequence of float
    n_hidden : int

    Raises
    ------
    ValueError
        If a rate is not at least 0 and below 1, or there is not one for each layer.
    """
    rates = _one_a_layer(dropout, "dropout", n_hidden)
    try:
        rates = [float(rate) for rate in rates]
    except (TypeError, ValueError) as failure:
        raise ValueError(
            "dropout must be a number, or a list with one number per hidden layer, got "
            f"{dropout!r}."
        ) from failure
    if not all(0 <= rate < 1 for rate in rates):
        raise ValueError(f"dropout={dropout!r} must be at least 0 and less than 1.")
    return [*rates, 0.0] if any(rates) else None


def _one_a_layer(value, name, n_hidden):
    if not isinstance(value, list | tuple | np.ndarray):
        return [value] * n_hidden
    if len(value) != n_hidden:
        raise ValueError(
            f"{name} has {len(value)} entries, but there are {n_hidden} hidden layers: "
            "pass one value for all, or one per layer."
        )
    return list(value)
