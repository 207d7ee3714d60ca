"""What a saved estimator is made of."""

import importlib
import pkgutil
from pathlib import Path

from skmath.laplacian_spectral_clustering.graph import LANDMARK_WEIGHTS
from skmath.linear_algebra import EDGES

__all__ = ["trusted_types"]

TABLES = ("categories", "columns")
"""Files of the rows' room that say what a fitted table is."""

OTHER_ROOMS = ("datasets", "display", "onnx")
"""Packages of which nothing is kept in an estimator, as of those with an underscore."""

OF_OTHERS = (
    "numpy.dtype",
    "scipy.sparse._csr.csr_array",
    "sklearn.utils._bunch.Bunch",
)
"""Types of other packages that hold numbers here, beyond those that skops trusts."""


def trusted_types() -> list[str]:
    """Return the names of the types that saved estimators of skmath are made of.

    They are skmath's own classes, the functions of its options, and three containers of
    numbers. An estimator that was given a function or an object of one's own (a loss, a
    metric) has that one's type besides.

    Returns
    -------
    list of str
        For ``trusted`` of ``skops.io.load``.

    Examples
    --------
    >>> import skmath
    >>> "skmath.svd_regressor.estimator.SVDRegressor" in skmath.trusted_types()
    True

    Load what somebody else saved, and nothing but what these types make of it::

        import skops.io

        skops.io.dump(model, "model.skops")
        model = skops.io.load("model.skops", trusted=skmath.trusted_types())
    """
    functions = (*EDGES.values(), *LANDMARK_WEIGHTS.values())
    kept = {*_classes(), *functions}
    return sorted({f"{t.__module__}.{t.__qualname__}" for t in kept} | set(OF_OTHERS))


def _classes():
    """Yield the classes of the mathematics and of the estimators' folders.

    None of their modules needs an optional package to be imported.
    """
    here = Path(__file__).parent
    for part in TABLES:
        yield from _classes_of(f"skmath._rows.{part}")
    for room in pkgutil.iter_modules([str(here)]):
        if (
            room.ispkg
            and not room.name.startswith("_")
            and room.name not in OTHER_ROOMS
        ):
            for module in pkgutil.iter_modules([str(here / room.name)]):
                yield from _classes_of(f"skmath.{room.name}.{module.name}")


def _classes_of(name):
    """Yield the classes that a module defines."""
    for found in vars(importlib.import_module(name)).values():
        if isinstance(found, type) and found.__module__ == name:
            yield found
