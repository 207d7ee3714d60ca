"""Rows that are held out of a fit, to see when to end it."""

import numpy as np
from sklearn.model_selection import train_test_split

from skmath._rows.rows import weighted_indices

__all__ = ["hold_out"]


def hold_out(
    rows, fraction, random_state, codes=None, advice="", purpose="early_stopping=True"
):
    """Return rows in two parts, one for training, one for validation.

    Parameters
    ----------
    rows : Rows
    fraction : float
        Of the second.
    random_state : int or RandomState
    codes : ndarray of shape (n_samples,), default=None
        Classes, of which both parts get the same shares.
    advice : str, default=""
        What else to do, for the message.
    purpose : str, default="early_stopping=True"
        What the rows are held out for, for the message.

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
    return [rows.take(np.sort(part)) for part in parts]
