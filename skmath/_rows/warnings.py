"""Warnings that point at the user's line of code."""

import sys
import warnings
from typing import Any

__all__ = ["warn"]


def warn(message: Any, category: Any = UserWarning) -> None:
    """Warn at the line that called the library, at any depth of the call stack.

    Parameters
    ----------
    message : str or Warning
    category : type, default=UserWarning
        Category if the message is a str.
    """
    frame, level, between = sys._getframe(1), 2, ("skmath", "sklearn")
    while frame.f_back and frame.f_globals.get("__name__", "").split(".")[0] in between:
        frame, level = frame.f_back, level + 1
    warnings.warn(message, category, stacklevel=level)
