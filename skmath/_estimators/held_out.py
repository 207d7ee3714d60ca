"""Rows that a fit holds out for validation."""

from typing import Any

import numpy as np
from sklearn.model_selection import train_test_split

from skmath._rows.rows import weighted_indices

__all__ = ["hold_out"]


def hold_out(
    rows: Any,
    fraction: float,
    random_state: Any,
    codes: Any = None,
    advice: str = "",
    purpose: str = "early_stopping=True",
) -> tuple[Any, Any]:
    """Split rows into training and validation rows.

    Parameters
    ----------
    rows : Rows
    fraction : float
        Fraction of validation rows.
    random_state : int or RandomState
    codes : ndarray of shape (n_samples,), default=None
        Classes, by which the split is stratified.
    advice : str, default=""
        Further advice for the error message.
    purpose : str, default="early_stopping=True"
        Parameter that holds out rows, for the error message.

    Raises
    ------
    ValueError
        If there are too few rows.
    """
    there = weighted_indices(rows)
    try:
        parts = train_test_split(
            there,
            test_size=fraction,
            random_state=random_state,
            stratify=None if codes is None else codes[there],
        )
    except ValueError as error:
        raise ValueError(
            f"{purpose} holds out validation_fraction={fraction} of {len(there)} rows: "
            f"{error}{advice}"
        ) from error
    training, validation = (rows.take(np.sort(part)) for part in parts)
    return training, validation
