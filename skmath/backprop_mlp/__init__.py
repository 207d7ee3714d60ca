"""`BackpropMLP`: read `estimator` first; the other files are its parts."""

from skmath.backprop_mlp.estimator import BackpropMLP

__all__ = ["BackpropMLP"]
