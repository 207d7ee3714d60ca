"""What the parameters of `BackpropMLP` mean for the rows at hand."""

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
    "check_batch_size",
    "check_solver",
    "decisions_to_go_on",
    "pieces_of",
    "resolve_options",
]

BATCH = 200
"""Rows of a batch of ``batch_size="auto"``: so does scikit-learn's MLPClassifier."""

ALL_ROWS_BLOCK = 2000
"""Rows whose errors ``solver="lbfgs"`` sums at once: enough for a fast product, few
enough for the layers' outputs to stay in the processor's cache."""

SINGLE_FROM = BATCH + 1
"""Rows from which ``compute_dtype="auto"`` is float32 for float64 data: a full batch is
one exact gradient, of which double precision makes use; a part of the rows is noise."""

SINGLE_SCALES = (1e-15, 1e15)
"""Standard deviations between which float32 holds a column's values and squares."""

EMBEDDED = 8
"""Dimensions of the embedding of a column, as in RealMLP (Holzmueller et al. 2024):
fewer than its categories, of which there are ten at least, and enough to tell apart
thousands."""

PRIOR_COLUMNS = 10
"""Columns from which the penalty does not grow with their number."""


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
"""What "auto" means."""

PRIOR, PRIOR_OF_MEMBERS = 0.4, 0.03
"""What ``alpha="auto"`` takes for each column, up to `PRIOR_COLUMNS`, and divides by
the number of rows: the penalty is that of a normal prior of the weights whose variance
falls with the number of inputs, so that their sums vary alike (Neal 1996). The rows
that members leave out tell them when to end; without them the prior has to."""

FEWEST_TO_LEAVE_OUT = 25
"""Rows from which members leave some out: five parts of five."""

BATCHES, FEWEST = 15, 32
"""Batches that an epoch has at least, if they have that many rows each: a small table
needs as many steps as a large one."""

FEW_ROWS, PASSES_OF_FEW = 100, 100
"""Rows up to which all make one batch, in as many more epochs: repetitions and weights
are the same then."""

PASSES, MOST_ROWS_SEEN, FEWEST_PASSES = 48, 1_200_000, 10
"""Epochs, and rows that all of them see at most."""

FAST_EPOCHS = 200
"""Epochs of ``preset="fast"`` at most."""

PATIENCE, FEWEST_STEPS = 10, 30
"""Epochs, and steps, without progress after which training ends at the earliest."""

STEPS_OF_ONE_LENGTH = ("rmsprop", "adam", "adamw", "muon")
"""Solvers whose steps are about as long as the learning rate."""

MOST_COLUMNS = 100
"""Columns up to which "auto" cuts them into pieces: of more there are enough."""

COUNT = Interval(Integral, 1, None, closed="left")

CONSTRAINTS = {
    "hidden_layer_sizes": [StrOptions({"auto"}), "array-like", COUNT],
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
    "batch_size": [StrOptions({"auto"}), COUNT],
    "max_iter": [StrOptions({"auto"}), COUNT],
    "tol": [Interval(Real, 0, None, closed="left")],
    "n_iter_no_change": [StrOptions({"auto"}), COUNT],
    "early_stopping": ["boolean"],
    "validation_fraction": [Interval(Real, 0, 1, closed="neither")],
    "restore_best": ["boolean"],
    "standardize": ["boolean"],
    "numeric_embedding": [StrOptions({"auto", "piecewise"}), None],
    "input_scales": [StrOptions({"auto"}), "boolean"],
    "n_members": [StrOptions({"auto"}), COUNT],
    "preset": [StrOptions(set(PRESETS))],
    "clip_norm": [StrOptions({"auto"}), Interval(Real, 0, None, closed="neither")],
    "average": [StrOptions({"auto"}), "boolean", COUNT],
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
"""What the parameters of `BackpropMLP` may be."""


@dataclass(frozen=True)
class Options:
    """The decisions of a training, each "auto" among them resolved.

    Attributes
    ----------
    before : tuple of objects
        What makes the layers before the first matrix: embeddings, or none.
    sizes : list of int
        Of the input of the first matrix, the hidden layers and the output.
    n_members : int or None
        None is one network.
    scaled : bool
        Whether the first layer learns scales of its inputs.
    activations : list, one a layer
    after : tuple
        What makes layers behind the last matrix, as of `skmath.calculus.Network`.
    dropout_rates : list of float, one a layer, or None
        Those before the first matrix included.
    loss : object of `skmath.calculus.losses`
        That is minimised, of the standardised targets.
    validation_loss : object of `skmath.calculus.losses`
        By which rows are judged that are not trained on: of labels as they are.
    alpha : float
    least : float
        Probability of what never happened in n rows, 1 / 2n.
    clip_norm : float or "auto"
        "auto" follows the gradients of the training.
    solver, schedule : str
    learning_rate : float
    max_iter : int
        Epochs that are planned.
    n_steps : int
        Steps of an epoch; of a Dask array those on each chunk.
    patience : int
        Epochs without progress after which training ends.
    tol : float
    batch_size : int
        Rows of a batch, if there are so many.
    dtype : dtype
        Of the arithmetic.
    average : bool or int
        How many steps the average of the weights reaches back, for predictions; True
        is a number of epochs, False none.
    shuffle, early_stopping, restore_best : bool
    verbose : int
        Epochs after which the errors are printed; 0 prints nothing.
    """

    before: tuple
    sizes: Any
    n_members: Any
    scaled: bool
    activations: Any
    after: Any
    dropout_rates: Any
    loss: Any
    validation_loss: Any
    alpha: float
    least: float
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


def resolve_options(model, rows, scales, streams):
    """Return the decisions for a training that begins with these rows.

    Parameters
    ----------
    model : BackpropMLP
        Whose parameters to resolve.
    rows : Rows
    scales : Scales
    streams : bool
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
    open_decisions = decisions_to_go_on(model, rows, scales.loss, streams)
    hidden = check_sizes(asked(model, "hidden_layer_sizes"))
    rates = dropout_rates(model.dropout, len(hidden))
    check_solver(model.solver, rates, open_decisions["average"])
    alpha, dtype, n_members = model.alpha, model.compute_dtype, members_of(model)
    if alpha == "auto":
        leaves_out = n_members is not None and not is_dask(rows.X)
        leaves_out = leaves_out and repetitions >= FEWEST_TO_LEAVE_OUT and not streams
        prior = PRIOR_OF_MEMBERS if leaves_out else PRIOR
        encoding = scales.standardizer.encoding
        n_read = rows.n_features if encoding is None else encoding.n_read
        alpha = prior * min(n_read, PRIOR_COLUMNS) / repetitions
    if dtype == "auto":
        least, most = SINGLE_SCALES
        extreme = not ((scales.scale > least) & (scales.scale < most)).all()
        wide = n_rows < SINGLE_FROM or extreme or model.solver == "lbfgs"
        dtype = rows.X.dtype if wide else np.float32
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
        least=0.5 / repetitions,
        dtype=np.dtype(dtype),
        shuffle=model.shuffle,
        **open_decisions,
    )


def layers_before(scales, n_members):
    """Return what makes the layers before the first matrix, and their outputs' number.

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
    if encoding is None or not encoding.many:
        return (), n_inputs
    n_places = tuple(encoding.n_places)
    n_more = len(n_places) * (EMBEDDED - 1)
    return (Embedded(n_places, EMBEDDED, n_members),), n_inputs + n_more


def decisions_to_go_on(model, rows, loss, streams):
    """Return the decisions that are made anew when a training goes on, by name.

    Parameters
    ----------
    model : BackpropMLP
    rows : Rows
    loss : object of `skmath.calculus.losses`
        By which predictions are judged, of the standardised targets.
    streams : bool
        Whether it is `partial_fit` that goes on.

    Returns
    -------
    dict
        Of fields of `Options`.
    """
    n_rows, batch_size = rows.sum(count_rows).n_rows, model.batch_size
    if batch_size == "auto":
        batch_size = BATCH
        if model.preset != "fast" and n_rows > FEW_ROWS:
            batch_size = min(BATCH, max(FEWEST, n_rows // BATCHES))
    max_iter = model.max_iter
    if max_iter == "auto":
        max_iter = FAST_EPOCHS
        if model.preset != "fast" and model.solver != "lbfgs":
            passes = PASSES if n_rows > FEW_ROWS else PASSES_OF_FEW
            max_iter = min(passes, max(FEWEST_PASSES, MOST_ROWS_SEEN // n_rows))
    if model.solver == "lbfgs":
        batch_size = ALL_ROWS_BLOCK
    n_chunks = rows.X.numblocks[0] if is_dask(rows.X) else 1
    n_steps = max(1, -(-n_rows // (n_chunks * min(batch_size, n_rows))))
    return {
        "loss": loss_to_train(model, rows, loss),
        "solver": model.solver,
        "learning_rate": asked(model, "learning_rate"),
        "schedule": asked(model, "schedule"),
        "clip_norm": model.clip_norm,
        "average": average_of(model, streams),
        "max_iter": max_iter,
        "n_steps": n_steps,
        "patience": patience_of(model, n_steps),
        "tol": model.tol,
        "batch_size": batch_size,
        "early_stopping": model.early_stopping,
        "restore_best": model.restore_best,
        "verbose": int(model.verbose),
    }


def asked(model, name):
    """Return a parameter of the model, or what the preset has for "auto"."""
    value = getattr(model, name)
    is_open = isinstance(value, str) and value == "auto"
    return PRESETS[model.preset][name] if is_open else value


def average_of(model, streams):
    """Return what the average of the weights reaches back: steps, True or False.

    In a stream the last steps are as long as any, and their noise would be seen.
    """
    if isinstance(model.average, str):
        return streams and model.preset != "fast" and model.solver != "lbfgs"
    return np.asarray(model.average).item()


def patience_of(model, n_steps):
    """Return how many epochs, of so many steps, may pass without progress."""
    if model.n_iter_no_change != "auto":
        return model.n_iter_no_change
    if model.preset == "fast":
        return PATIENCE
    return max(PATIENCE, -(-FEWEST_STEPS // n_steps))


def members_of(model):
    """Return how many networks are trained; None is one.

    Raises
    ------
    ValueError
        If there are several and the solver is "lbfgs".
    """
    n_members = asked(model, "n_members")
    if model.solver == "lbfgs":
        if model.n_members not in ("auto", 1):
            raise ValueError(
                f"n_members={n_members} share batches, and solver='lbfgs' has none: "
                "use another solver, such as 'adam', or n_members=1."
            )
        n_members = 1
    return n_members if n_members > 1 else None


def learns_scales(model, hidden):
    """Tell whether the first layer learns how much each of its inputs counts.

    Parameters
    ----------
    model : BackpropMLP
    hidden : list of int
        Units of the hidden layers. Without one, W has a weight for each input as it is;
        and a step that is as long as a gradient moves no scale farther than a weight.
    """
    if isinstance(model.input_scales, str):
        pays = len(hidden) > 0 and model.solver in STEPS_OF_ONE_LENGTH
        return pays and asked(model, "input_scales")
    return bool(model.input_scales)


def pieces_of(model, rows):
    """Return into how many pieces each column is cut; 0 leaves it alone.

    Raises
    ------
    ValueError
        If pieces are asked for of a Dask array, whose quantiles are not known.
    """
    n_pieces = PRESETS["accurate"]["n_pieces"]
    if model.numeric_embedding == "auto":
        few = rows.n_features <= MOST_COLUMNS and not is_dask(rows.X)
        bends = len(check_sizes(asked(model, "hidden_layer_sizes"))) > 0
        pays = few and bends and model.standardize and model.solver != "lbfgs"
        return PRESETS[model.preset]["n_pieces"] if pays else 0
    if model.numeric_embedding is None:
        return 0
    if is_dask(rows.X):
        raise ValueError(
            "numeric_embedding='piecewise' needs the quantiles of the columns, which a "
            "Dask array does not give: use numeric_embedding=None, or "
            "scikit-learn's SplineTransformer with knots of your choice before."
        )
    return n_pieces


def check_solver(solver, dropout_rates, average):
    """Raise a ValueError if a solver cannot do what is asked for with it.

    Parameters
    ----------
    solver : str
    dropout_rates : list of float or None
    average : bool or int
    """
    if solver == "lbfgs" and dropout_rates:
        raise ValueError(
            "solver='lbfgs' needs the same error at every step: use dropout=0, or "
            "another solver."
        )
    if solver == "lbfgs" and average:
        raise ValueError(
            "solver='lbfgs' goes to the optimum, not about it: use average=False, or "
            "another solver."
        )


def check_batch_size(rows, batch_size):
    """Raise a ValueError if a batch would have more rows than there are."""
    if batch_size == "auto":
        return
    n = rows.sum(count_rows).n_rows
    if batch_size > n:
        raise ValueError(
            f"batch_size={batch_size} is above the {n} rows to train on; use "
            f"batch_size='auto', or {n} for a full batch."
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
    """Return F of each layer: those of the hidden ones, and the identity.

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
            raise ValueError(f"activation={F!r} is none of {sorted(ACTIVATIONS)}.")
        resolved.append(ACTIVATIONS[F] if isinstance(F, str) else F)
    for F in resolved:
        if not (hasattr(F, "value") and hasattr(F, "derivative")):
            raise ValueError(
                f"activation={F!r} has no value or no derivative: define both, as "
                "those of skmath.calculus.layers do."
            )
    return [*resolved, ACTIVATIONS["identity"]]


def layers_after(loss):
    """Return what makes the layers behind the last matrix: quantiles must not cross."""
    several = isinstance(loss, Quantiles) and len(loss.quantile) > 1
    return (IncreasingOutputs(),) if several else ()


def dropout_rates(dropout, n_hidden):
    """Return the share of units to leave out of each layer, or None if of none.

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
            "dropout must be a number, or a list of one for each hidden layer, got "
            f"{dropout!r}."
        ) from failure
    if not all(0 <= rate < 1 for rate in rates):
        raise ValueError(f"dropout={dropout!r} must lie in [0, 1): 1 is excluded.")
    return [*rates, 0.0] if any(rates) else None


def _one_a_layer(value, name, n_hidden):
    if not isinstance(value, list | tuple | np.ndarray):
        return [value] * n_hidden
    if len(value) != n_hidden:
        raise ValueError(
            f"{name} has {len(value)} entries, but there are {n_hidden} hidden layers: "
            "give one for all, or one for each."
        )
    return list(value)
