"""Export to ONNX: `register` teaches skl2onnx the estimators of skmath.

A converted model runs in onnxruntime, without Python or skmath. Inside it computes in
float64, whatever it is given, and answers in the dtype of its input.
"""

from skmath.onnx._register import register

__all__ = ["register"]
