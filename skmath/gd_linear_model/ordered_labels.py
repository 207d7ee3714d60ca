"""The order of labels: that of an ordered pandas Categorical, or that of sorting."""

import numpy as np

from skmath import _arrays
from skmath._rows.rows import is_dask

__all__ = ["OrderedLabels", "ordered_labels"]


class OrderedLabels:
    """Labels in an order that is not that of sorting, and their places in it.

    Parameters
    ----------
    labels : ndarray of shape (n_labels,)
    """

    def __init__(self, labels):
        self.labels = labels
        self.places = {label: k for k, label in enumerate(labels.tolist())}

    def codes(self, y):
        """Return the place of each label.

        Raises
        ------
        ValueError
            If there are others, or labels are missing.
        """
        y = np.asarray(y, dtype=object).ravel().tolist()
        unknown = {label for label in y if label not in self.places}
        if unknown:
            raise ValueError(
                f"y holds labels that are not among the ordered categories "
                f"{self.labels.tolist()}, or are missing: {sorted(map(str, unknown))}."
            )
        return np.array([self.places[label] for label in y], dtype=np.int64)

    def take(self, codes):
        """Return the labels at some places."""
        return self.labels[_arrays.to_numpy(codes)]


def ordered_labels(y):
    """Return the `OrderedLabels` of an ordered Categorical, or None of other labels."""
    dtype = getattr(y, "dtype", None)
    if is_dask(y) or not (
        getattr(dtype, "ordered", False) and hasattr(dtype, "categories")
    ):
        return None
    return OrderedLabels(np.array(dtype.categories.tolist()))
