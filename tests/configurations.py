"""What the common checks run on: each estimator's configurations, and excuses."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

ANY = ("numpy", "memmap", "sparse", "dask", "array_api")
"""Kinds of a matrix of numbers."""

INPUTS = (*ANY, "tables")
"""Kinds of X that a configuration can declare, of all of which it learns the same.

Tables have strings and missing values, in a data frame or an array of objects.
"""

OTHERWISE = "sparse, otherwise"
"""What a configuration declares that takes a sparse X and learns something else."""


@dataclass(frozen=True)
class Configuration:
    """One way to set an estimator, what it then takes, and what it is excused from.

    Parameters
    ----------
    params : mapping
        Parameters that differ from the defaults.
    inputs : tuple of str
        Which of `INPUTS` `fit` and `predict` take; a memmap that is not "memmap" here
        is read into memory.
    excused : mapping of str to str
        Names of scikit-learn's checks that are expected to fail, each with its reason.
    slow : bool
        Whether it takes so long that it is run with the slow tests.
    """

    params: Mapping[str, Any] = field(default_factory=dict)
    inputs: tuple[str, ...] = ("numpy",)
    excused: Mapping[str, str] = field(default_factory=dict)
    slow: bool = False


IN_MEMORY = ("numpy", "memmap", "sparse", "array_api")

IN_MEMORY_OR_TABLES = (*IN_MEMORY, "tables")

DENSE = ("numpy", "dask", "array_api")

GRAPHS = ("numpy", "sparse", "array_api")

LANDMARKS = (*GRAPHS, "dask")

CHOSEN = ("numpy", "array_api")

FEW_COMPONENTS = {
    "check_regressors_train": "two of ten components do not hold the one that predicts"
}

ONE_COMPONENT = dict.fromkeys(
    (
        "check_dont_overwrite_parameters",
        "check_methods_sample_order_invariance",
        "check_methods_subset_invariance",
        "check_fit2d_1sample",
        "check_fit2d_1feature",
        "check_fit2d_predict1d",
    ),
    "it sets n_components=1, which is refused together with positive=True",
)

BY_CHANCE = dict.fromkeys(
    (
        "check_sample_weight_equivalence_on_dense_data",
        "check_sample_weight_equivalence_on_sparse_data",
    ),
    "landmarks come from rows drawn by chance: other rows, other draws",
)

NO_COUNTS = {
    "check_class_weight_classifiers": "its X has negative numbers, which no count is, "
    "whatever the tags say",
}

CONFIGURATIONS = {
    "SVDRegressor": (
        Configuration({}, ANY),
        Configuration({"n_components": 2}, ANY, excused=FEW_COMPONENTS),
        Configuration({"alpha": 1.0, "fit_intercept": False}, ANY),
        Configuration({"n_components": 0.9, "solver": "qr"}, ANY),
        Configuration({"n_components": "auto"}, ANY),
        Configuration({"alpha": (0.1, 1.0, 10.0), "criterion": "gcv"}, ANY),
        Configuration({"alpha": (0.1, 1.0), "alpha_per_target": True}, ANY),
        Configuration(
            {"n_components": "auto", "criterion": "cv", "cv": 3},
            ANY,
        ),
        Configuration({"solver": "svd"}, ("numpy", "sparse", "array_api")),
        Configuration({"positive": True}, ANY, excused=ONE_COMPONENT),
        Configuration(
            {"alpha": (0.1, 1.0), "scoring": "r2", "cv": 3},
            ("numpy", "memmap", "sparse", "array_api"),
        ),
        Configuration(
            {"n_components": 2, "solver": "lanczos"}, ANY, excused=FEW_COMPONENTS
        ),
    ),
    "EigenfaceClassifier": (
        Configuration({}, DENSE),
        # The seed's own: plain eigenfaces.
        Configuration(
            {"brightness": None, "whiten": False, "metric": "euclidean"}, DENSE
        ),
        Configuration({"n_components": 3, "whiten": True, "shrinkage": "auto"}, DENSE),
        Configuration(
            {"metric": "cosine", "n_neighbors": 3, "known_threshold": 10.0}, DENSE
        ),
        # Rates that the few rows of a check can tell.
        Configuration(
            {
                "known_threshold": "auto",
                "face_threshold": "auto",
                "target_far": 0.2,
                "target_frr": 0.2,
            },
            DENSE,
            slow=True,
        ),
        Configuration({"known_threshold": 0.5, "brightness": "standard"}, DENSE),
        Configuration({"n_components": "auto", "metric": "manhattan"}, DENSE),
        Configuration(
            {"n_neighbors": 5, "weights": "distance", "metric": "euclidean"}, DENSE
        ),
    ),
    "LaplacianSpectralClustering": (
        Configuration({}, GRAPHS),
        Configuration({"affinity": "rbf", "laplacian": "random_walk"}, GRAPHS),
        Configuration(
            {"affinity": "nearest_neighbors", "laplacian": "unnormalized"},
            GRAPHS,
        ),
        Configuration({"n_landmarks": 40}, LANDMARKS, excused=BY_CHANCE),
        Configuration(
            {"n_clusters": "auto", "assign_labels": "discretize"}, GRAPHS, slow=True
        ),
        Configuration(
            {"affinity": "rbf", "n_landmarks": 30},
            LANDMARKS,
            excused=BY_CHANCE,
        ),
        Configuration(
            {
                "metric": "manhattan",
                "edges": "mutual",
                "n_neighbors": 40,
                "assign_labels": "cluster_qr",
            },
            GRAPHS,
        ),
        Configuration(
            {"affinity": "precomputed"},
            GRAPHS,
            excused={
                "check_clustering": "it passes coordinates, not affinities between rows"
            },
        ),
    ),
    "GDLinearModel": (
        Configuration({}, ANY),
        Configuration({"loss": "log_loss"}, ANY),
        # Descents that stop short of the optimum stop at places that rounding chooses:
        # weights equal repetitions to the checks' 1e-7 only at a tighter tol.
        Configuration(
            {"loss": "huber", "tol": 1e-11, "max_iter": 10_000}, ANY, slow=True
        ),
        Configuration(
            {
                "penalty": "elasticnet",
                "alpha": 1e-3,
                "tol": 1e-11,
                "max_iter": 10_000,
            },
            ANY,
            slow=True,
        ),
        Configuration(
            {"loss": "log_loss", "penalty": "l1", "alpha": 1e-2}, ANY, slow=True
        ),
        Configuration(
            {"loss": "poisson"},
            ANY,
            excused={
                "check_regressor_multioutput": "its y has negative numbers, which no "
                "count is, whatever the tags say",
            },
        ),
        Configuration({"loss": "ordinal"}, ANY),
        Configuration({"bounds": (-0.5, 10.0)}, ANY, slow=True),
        Configuration({"penalty": "fused"}, ANY, slow=True),
        Configuration({"penalty": "mcp", "alpha": 0.1, "tol": 1e-11}, ANY, slow=True),
        Configuration({"loss": "quantile", "tol": 1e-9}, IN_MEMORY, slow=True),
        Configuration({"loss": "squared_hinge"}, IN_MEMORY, slow=True),
        Configuration(
            {"solver": "lbfgs", "metric": "diagonal", "tol": 1e-12, "max_iter": 10_000},
            ANY,
            slow=True,
        ),
    ),
    "BackpropMLP": (
        Configuration({}, IN_MEMORY_OR_TABLES),
        # Without a penalty the few rows of a check are fitted exactly: then Adam
        # divides gradients that are only rounding errors by each other.
        Configuration(
            {
                "hidden_layer_sizes": (20,),
                "loss": "squared_error",
                "activation": "tanh",
                "alpha": 0.1,
            },
            IN_MEMORY_OR_TABLES,
        ),
        Configuration(
            {"hidden_layer_sizes": (20, 10), "solver": "sgd", "learning_rate": 0.05},
            IN_MEMORY_OR_TABLES,
            slow=True,
        ),
        Configuration(
            {
                "hidden_layer_sizes": (10, 5),
                "activation": ["gelu", "elu"],
                "solver": "adamw",
                "schedule": "one_cycle",
            },
            IN_MEMORY_OR_TABLES,
            slow=True,
        ),
        Configuration(
            {"hidden_layer_sizes": 10, "label_smoothing": 0.1},
            IN_MEMORY_OR_TABLES,
            slow=True,
        ),
        Configuration(
            {
                "hidden_layer_sizes": (8, 6),
                "preset": "fast",
                "solver": "muon",
                "learning_rate": 3e-3,
                "average": 20,
                "schedule": "flat_cosine",
            },
            IN_MEMORY_OR_TABLES,
            slow=True,
        ),
        # Where rounding chooses the way, only the optimum is the same to 1e-7.
        Configuration(
            {
                "hidden_layer_sizes": (3,),
                "loss": "huber",
                "activation": "tanh",
                "solver": "lbfgs",
                "alpha": 0.1,
                "max_iter": 5000,
                "tol": 1e-10,
            },
            IN_MEMORY_OR_TABLES,
            slow=True,
        ),
    ),
    "FromScratchNB": (
        Configuration({}, ("numpy", "memmap", "array_api", "tables", OTHERWISE)),
        Configuration({"distribution": "dtype"}, INPUTS),
        Configuration({"distribution": "gaussian"}, ANY),
        Configuration({"missing": "category"}, (*CHOSEN, "tables", OTHERWISE)),
        Configuration({"distribution": "kde"}, CHOSEN),
        Configuration({"distribution": "bins"}, CHOSEN),
        Configuration(
            {"distribution": "categorical"},
            ("numpy", "memmap", "dask", "array_api", "tables"),
        ),
        Configuration({"distribution": "bernoulli"}, ANY),
        Configuration({"distribution": "multinomial"}, ANY, excused=NO_COUNTS),
        Configuration({"distribution": "complement"}, ANY, excused=NO_COUNTS),
        Configuration({"distribution": "poisson"}, ANY, excused=NO_COUNTS),
        Configuration({"distribution": "exponential"}, ANY, excused=NO_COUNTS),
        Configuration({"distribution": "gamma"}, ANY, excused=NO_COUNTS),
        Configuration({"distribution": "lognormal"}, ANY, excused=NO_COUNTS),
    ),
}
"""By the name of the estimator; one that is not here is checked as it is by default."""


def configurations(entry):
    """Return the configurations of an estimator of the registry."""
    return CONFIGURATIONS.get(entry.name, (Configuration(),))


def instances_of(entry, of_input=None):
    """Return (instance, configuration), of those that take an input if named."""
    return [
        (entry.estimator(**c.params), c)
        for c in configurations(entry)
        if of_input is None or of_input in c.inputs
    ]
