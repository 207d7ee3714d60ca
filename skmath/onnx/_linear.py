"""Models whose answer is a product, or several with a function between them."""

import numpy as np

from skmath.calculus import LogLoss, Loss, ModifiedHuber
from skmath.calculus.activations import (
    ELU,
    GELU,
    Identity,
    LeakyRelu,
    Logistic,
    Relu,
    Softplus,
    Tanh,
)
from skmath.onnx._graph import refuse

__all__ = ["least_squares", "linear_model", "network"]

LARGEST_POWER = 709.0
"""Exponent beyond which e^z is no number."""


def least_squares(graph, model, X):
    """Return X b + c."""
    return [affine(graph, X, model.coef_, model.intercept_)]


def linear_model(graph, model, X):
    """Return what the loss makes of X w + c."""
    return answers(graph, model, affine(graph, X, model.coef_, model.intercept_))


def network(graph, model, X):
    """Return what the loss makes of the last layer's outputs, in the target's units."""
    varies = model._varies_
    Z = graph.Mul(graph.Sub(X, model.mean_), np.where(varies, 1 / model.scale_, 0.0))
    for W, b, F in model._network(np.float64).layers:
        Z = activated(graph, model, F, graph.Add(graph.MatMul(Z, W), b))
    Z = graph.Add(graph.Mul(Z, model.target_scale_), model.target_mean_)
    return answers(graph, model, Z)


def affine(graph, X, coef, intercept):
    """Return X W' + c, a column an output."""
    W = np.reshape(np.asarray(coef, dtype=float), (-1, np.shape(coef)[-1]))
    c = np.reshape(np.asarray(intercept, dtype=float), (1, -1))
    return graph.Add(graph.MatMul(X, W.T), c)


def answers(graph, model, Z):
    """Return the numbers, or the labels and probabilities or scores, of outputs Z."""
    loss = model._loss_
    if getattr(model, "_labels_together_", False):
        refuse(model, "several labels a row")
    if not hasattr(model, "classes_"):
        return [numbers(graph, model, loss, Z)]
    two = len(model.classes_) == 2
    if two:
        above = graph.integers(graph.Greater(Z, 0.0))
        codes = graph.Squeeze(above, np.array([1]))
    else:
        codes = graph.indices_of_largest(Z)
    label = graph.labels(codes, model.classes_)
    if not hasattr(model, "predict_proba"):
        return [label, Z]
    return [label, probabilities(graph, model, loss, Z, two)]


def numbers(graph, model, loss, Z):
    """Return the mean that the outputs stand for: themselves, or e^z."""
    if type(loss).inverse_link is Loss.inverse_link:
        return Z
    if type(loss).__module__ == "skmath.calculus.regression_losses":
        return graph.Exp(graph.Min(Z, LARGEST_POWER))
    return refuse(model, f"loss={model.loss!r}, whose inverse_link is one's own")


def probabilities(graph, model, loss, Z, two):
    """Return a column a class."""
    if type(loss) not in PROBABILITIES:
        refuse(model, f"loss={model.loss!r}")
    p = PROBABILITIES[type(loss)](graph, Z, two)
    return graph.Concat(graph.Sub(1.0, p), p, axis=1) if two else p


def of_log_odds(graph, Z, two):
    """Return the logistic function of one output, the softmax of several."""
    return graph.logistic(Z) if two else graph.softmax(Z)


def of_margins(graph, Z, two):
    """Return (z + 1) / 2 between 0 and 1, divided by the sum over the classes."""
    p = graph.Min(graph.Max(graph.Mul(0.5, graph.Add(Z, 1.0)), 0.0), 1.0)
    if two:
        return p
    total = graph.total(p)
    none = graph.Equal(total, 0.0)
    share = graph.Div(p, graph.Where(none, 1.0, total))
    # The same for each where no class has any: 1 / K.
    ones = graph.Add(graph.Mul(p, 0.0), 1.0)
    return graph.Where(none, graph.Div(ones, graph.total(ones)), share)


PROBABILITIES = {LogLoss: of_log_odds, ModifiedHuber: of_margins}
"""What makes probabilities of a loss's outputs."""


def activated(graph, model, F, Z):
    """Return F(Z)."""
    if type(F) not in ACTIVATED:
        refuse(model, f"activation={model.activation!r}")
    return ACTIVATED[type(F)](graph, Z, F)


def _elu(graph, Z, F):
    below = graph.Sub(graph.Exp(graph.Min(Z, 0.0)), 1.0)
    return graph.Where(graph.Greater(Z, 0.0), Z, below)


def _gelu(graph, Z, F):
    # onnxruntime has the error function in float32 alone.
    z = graph.Cast(graph.Mul(Z, 0.5**0.5), to=graph.types.FLOAT)
    phi = graph.Mul(0.5, graph.Add(1.0, graph.doubles(graph.Erf(z))))
    return graph.Mul(Z, phi)


def _softplus(graph, Z, F):
    small = graph.Log(graph.Add(1.0, graph.Exp(graph.Neg(graph.Abs(Z)))))
    return graph.Add(graph.Max(Z, 0.0), small)


ACTIVATED = {
    Identity: lambda graph, Z, F: Z,
    Logistic: lambda graph, Z, F: graph.logistic(Z),
    Tanh: lambda graph, Z, F: graph.Tanh(Z),
    Relu: lambda graph, Z, F: graph.Max(Z, 0.0),
    LeakyRelu: lambda graph, Z, F: graph.Max(Z, graph.Mul(Z, F.slope)),
    ELU: _elu,
    GELU: _gelu,
    Softplus: _softplus,
}
"""Activations as nodes."""
