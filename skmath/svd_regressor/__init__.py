"""`SVDRegressor`: read `estimator` first; the other files are its parts."""

from skmath.svd_regressor.estimator import SVDRegressor

__all__ = ["SVDRegressor"]
