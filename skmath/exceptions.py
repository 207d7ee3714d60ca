"""Warnings that skmath raises."""

from collections.abc import Mapping

import numpy as np

__all__ = ["CollinearityWarning"]


class CollinearityWarning(np.exceptions.RankWarning):
    """Warning that columns of X are linear combinations of others.

    It is raised when a fit drops a direction because of that.

    Parameters
    ----------
    message : str
        Text of the warning.
    condition_number : float, default=inf
        Condition number of X after centring and scaling its columns to length one.
    columns : dict, default=None
        For the index of each dependent column, the indices of the columns that it
        depends on.
    """

    def __init__(
        self,
        message: str,
        condition_number: float = np.inf,
        columns: Mapping[int, list[int]] | None = None,
    ) -> None:
        super().__init__(message)
        self.condition_number = condition_number
        self.columns = columns or {}
