"""The order of class labels: of an ordered pandas Categorical, or sorted."""

from typing import Any

import numpy as np

from skmath import _arrays
from skmath._rows.rows import is_dask

__all__ = ["OrderedLabels", "ordered_labels"]


class OrderedLabels:
    """Labels whose order is not the sorted one, with their positions.

    Parameters
    ----------
    labels : ndarray of shape (n_labels,)
    """

    def __init__(self, labels):
        self.labels = labels
        self.places = {label: k for k, label in enumerate(labels.tolist())}

    def codes(self, y):
        """Return the position of each label.

        Raises
        ------
        ValueError
            If there are other labels, or labels are missing.
        """
        y = np.asarray(y, dtype=object).ravel().tolist()
        unknown = {label for label in y if label not in self.places}
        if unknown:
            raise ValueError(
                "y contains missing labels, or labels that are not among the ordered "
                f"categories {self.labels.tolist()}: {sorted(map(str, unknown))}. "
                "Remove these rows, or add the categories."
            )
        return np.array([self.places[label] for label in y], dtype=np.int64)

    def take(self, codes):
        """Return the labels at some positions."""
        return self.labels[_arrays.to_numpy(codes)]


def ordered_labels(y):
    """Return the `OrderedLabels` of an ordered Categorical; None for other labels."""
    dtype: Any = getattr(y, "dtype", None)
    if is_dask(y) or not (
        getattr(dtype, "ordered", False) and hasattr(dtype, "categories")
    ):
        return None
    return OrderedLabels(np.array(dtype.categories.tolist()))
