"""`FromScratchNB`: read `estimator` first; the other files are its parts."""

from skmath.from_scratch_nb.estimator import FromScratchNB

__all__ = ["FromScratchNB"]
