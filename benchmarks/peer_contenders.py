"""skmath's estimators and their peers, at default settings, for each task.

A contender is ``make(table, seed)``, which returns a model and X in a form that the
model supports; `PREPARATION` describes the preprocessing. The loss and the number of
clusters are those of the task, and ``random_state`` is the number of the split.
"""

from collections.abc import Callable
from dataclasses import dataclass
from functools import partial

import network_tables
import numpy as np
from naive_bayes_tables import of_scikit_learn
from sklearn.cluster import KMeans, SpectralClustering
from sklearn.compose import ColumnTransformer
from sklearn.decomposition import PCA
from sklearn.impute import SimpleImputer
from sklearn.linear_model import LinearRegression, LogisticRegression, Ridge, RidgeCV
from sklearn.naive_bayes import GaussianNB
from sklearn.neighbors import KNeighborsClassifier
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import OrdinalEncoder

import skmath

SCALED = (
    "missing numbers imputed by the median; numbers scaled; strings one-hot encoded"
)

PREPARATION = {
    "SVDRegressor": SCALED,
    "LinearRegression": SCALED,
    "RidgeCV": SCALED,
    "GDLinearModel": SCALED,
    "Ridge": SCALED,
    "LogisticRegression": SCALED,
    "MLP of scikit-learn": f"{SCALED}; in regression, the target scaled",
    "HistGradientBoosting": (
        "strings as categories; columns with more than 255 of them as ordinal codes"
    ),
    "BackpropMLP": "none",
    "FromScratchNB": "none",
    "GaussianNB or CategoricalNB": (
        "GaussianNB: missing numbers imputed by the mean, strings as ordinal codes; "
        "CategoricalNB if all columns are strings"
    ),
    "LaplacianSpectralClustering": f"{SCALED}; pictures unchanged",
    "SpectralClustering": f'{SCALED}; pictures unchanged; affinity="nearest_neighbors"',
    "KMeans": f"{SCALED}; pictures unchanged",
    "EigenfaceClassifier": "none",
    "PCA + 1-NN": "PCA(0.95), which keeps as many components as EigenfaceClassifier",
}
"""Preprocessing of the columns, and settings that differ from the defaults."""


def linear(kind, **parameters):
    """Return the contender of a model of scaled columns."""

    def make(table, seed):
        scale, X = network_tables.scaled_columns(table.X)
        model = kind(**parameters)
        if "random_state" in model.get_params():
            model.set_params(random_state=seed)
        return make_pipeline(scale, model), X

    return make


def by_task(make):
    """Return the contender of what `network_tables.py` makes."""

    def with_task(table, seed):
        return make(table.X, table.task == "classification", seed)

    return with_task


def naive_bayes(table, seed):
    return skmath.FromScratchNB(random_state=seed), table.X


def naive_bayes_of_scikit_learn(table, seed):
    """Return CategoricalNB of strings alone, else GaussianNB of ordinal codes."""
    return of_scikit_learn(table.X) or gaussian_of_codes(table.X)


def gaussian_of_codes(X):
    strings = X.select_dtypes(exclude="number").columns
    unknown = {"handle_unknown": "use_encoded_value", "unknown_value": -1}
    codes = OrdinalEncoder(encoded_missing_value=-1, **unknown)
    other_columns = X.columns.difference(strings, sort=False)
    columns = [("numbers", SimpleImputer(), other_columns), ("strings", codes, strings)]
    return make_pipeline(ColumnTransformer(columns), GaussianNB()), X


def clusters(kind, **parameters):
    """Return the contender of a model that gets the number of clusters."""

    def make(table, seed):
        model = kind(table.about["classes"], random_state=seed, **parameters)
        if table.about["holds"] == "pictures":
            return model, table.X
        scale, X = network_tables.scaled_columns(table.X)
        return make_pipeline(scale, model), X

    return make


def eigenfaces(table, seed):
    return skmath.EigenfaceClassifier(random_state=seed), table.X


def nearest_after_pca(table, seed):
    pca = PCA(0.95, random_state=seed)
    return make_pipeline(pca, KNeighborsClassifier(1)), table.X


CONTENDERS = {
    "classification": {
        "GDLinearModel": linear(skmath.GDLinearModel, loss="log_loss"),
        "LogisticRegression": linear(LogisticRegression),
        "BackpropMLP": by_task(network_tables.network),
        "MLP of scikit-learn": by_task(network_tables.scaled_network),
        "HistGradientBoosting": by_task(network_tables.gradient_boosting),
        "FromScratchNB": naive_bayes,
        "GaussianNB or CategoricalNB": naive_bayes_of_scikit_learn,
    },
    "regression": {
        "SVDRegressor": linear(skmath.SVDRegressor),
        "LinearRegression": linear(LinearRegression),
        "RidgeCV": linear(RidgeCV),
        "GDLinearModel": linear(skmath.GDLinearModel),
        "Ridge": linear(Ridge),
        "BackpropMLP": by_task(network_tables.network),
        "MLP of scikit-learn": by_task(network_tables.scaled_network),
        "HistGradientBoosting": by_task(network_tables.gradient_boosting),
    },
    "clustering": {
        "LaplacianSpectralClustering": clusters(skmath.LaplacianSpectralClustering),
        "SpectralClustering": clusters(
            SpectralClustering, affinity="nearest_neighbors"
        ),
        "KMeans": clusters(KMeans),
    },
    "pictures": {
        "EigenfaceClassifier": eigenfaces,
        "PCA + 1-NN": nearest_after_pca,
    },
}
"""Contenders of each task; those of skmath have the name of their class."""


@dataclass(frozen=True)
class Remedy:
    """A setting that helps on tables where the defaults are worse than the peers.

    Parameters
    ----------
    estimator, task : str
    setting : str
        The parameters as source code.
    make : callable
        The contender.
    tables : tuple of str
    """

    estimator: str
    task: str
    setting: str
    make: Callable
    tables: tuple


LINEAR_LOSSES = ("ames", "Hitters", "Sacramento")
WITHOUT_EMBEDDING = by_task(partial(network_tables.network, numeric_embedding=None))

REMEDIES = (
    Remedy(
        *("SVDRegressor", "regression", "alpha=np.logspace(-2, 4, 13)"),
        linear(skmath.SVDRegressor, alpha=np.logspace(-2, 4, 13)),
        LINEAR_LOSSES,
    ),
    Remedy(
        *("GDLinearModel", "regression", 'alpha="cv"'),
        linear(skmath.GDLinearModel, alpha="cv"),
        LINEAR_LOSSES,
    ),
    Remedy(
        *("GDLinearModel", "classification", 'alpha="cv"'),
        linear(skmath.GDLinearModel, loss="log_loss", alpha="cv"),
        ("scat", "automobile", "breast_cancer", "german"),
    ),
    Remedy(
        *("BackpropMLP", "classification", "numeric_embedding=None"),
        *(WITHOUT_EMBEDDING, ("vehicle",)),
    ),
    Remedy(
        *("BackpropMLP", "regression", "numeric_embedding=None"),
        *(WITHOUT_EMBEDDING, ("Hitters",)),
    ),
    Remedy(
        *("LaplacianSpectralClustering", "clustering", 'affinity="rbf"'),
        clusters(skmath.LaplacianSpectralClustering, affinity="rbf"),
        ("wine", "vowel", "segment"),
    ),
    Remedy(
        *("EigenfaceClassifier", "pictures", "whiten=False"),
        lambda table, seed: (
            skmath.EigenfaceClassifier(whiten=False, random_state=seed),
            table.X,
        ),
        ("MNIST",),
    ),
)
"""Settings that help where the defaults lose, chosen after the results were known."""
