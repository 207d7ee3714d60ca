"""Warnings in a gallery example are errors, as they are in the tests."""

import warnings
from contextlib import ExitStack

_running = ExitStack()


def raise_warnings(gallery_conf, fname, when):
    """Turn warnings into errors before an example, and back after it.

    Parameters
    ----------
    gallery_conf : dict
    fname : str
        The example's file.
    when : {"before", "after"}
    """
    _running.close()
    if when == "before":
        _running.enter_context(warnings.catch_warnings())
        warnings.simplefilter("error")
