"""`GDLinearModel`: read `estimator` first; the other files are its parts."""

from skmath.gd_linear_model.estimator import GDLinearModel

__all__ = ["GDLinearModel"]
