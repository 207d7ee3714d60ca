"""Warnings that skmath gives."""

import numpy as np

__all__ = ["CollinearityWarning"]


class CollinearityWarning(np.exceptions.RankWarning):
    """Columns are linear combinations of others, and a direction was dropped.

    Parameters
    ----------
    message : str
    condition_number : float, default=inf
        Of X, centred, its columns scaled to length one.
    columns : dict, default=None
        Index of each dependent column, with the indices of those that it depends on.
    """

    def __init__(self, message, condition_number=np.inf, columns=None):
        super().__init__(message)
        self.condition_number = condition_number
        self.columns = columns or {}
