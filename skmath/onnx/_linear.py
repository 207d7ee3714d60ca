"""Models whose answer is a product, or several with a function between them."""

import numpy as np

from skmath.calculus import (
    Binomial,
    Gamma,
    IncreasingOutputs,
    InverseGaussian,
    LogLoss,
    Loss,
    ModifiedHuber,
    NegativeBinomial,
    OneClass,
    Ordinal,
    Poisson,
    Quantiles,
    SmoothedLogLoss,
    SquaredErrorLogLink,
    Tweedie,
)
from skmath.calculus.increasing_outputs import middle, steps_to
from skmath.calculus.layers import (
    ELU,
    GELU,
    Identity,
    LeakyRelu,
    Logistic,
    Relu,
    Softplus,
    Tanh,
)
from skmath.onnx._encoding import embedded, encoded
from skmath.onnx._graph import refuse

__all__ = [
    "hidden_outputs",
    "least_squares",
    "linear_decisions",
    "linear_model",
    "network",
    "network_decisions",
    "singular_coordinates",
]

LOG_LINK = (
    Gamma,
    InverseGaussian,
    NegativeBinomial,
    Poisson,
    SquaredErrorLogLink,
    Tweedie,
)
"""Losses of which e^z is the mean."""

LARGEST_POWER = {"float64": 709.0, "float32": 88.0}
"""Exponent up to which e^z is a number."""

BY_NAME = (
    "Only what skmath has a name for has a converter: fit with one of its names, with "
    "link='auto' and one quantile."
)


def least_squares(graph, model, X):
    """Return X b + c."""
    return [affine(graph, X, model.coef_, model.intercept_)]


def singular_coordinates(graph, model, X):
    """Return (X - mean) V_k."""
    return [graph.MatMul(graph.Sub(X, model.mean_), np.asarray(model.components_).T)]


def linear_model(graph, model, X):
    """Return what the loss makes of X w + c."""
    Z = affine(graph, X, model.coef_, model.intercept_)
    if isinstance(model._loss_, Ordinal):
        return ordered_classes(graph, model, Z)
    return answers(graph, model, Z)


def linear_decisions(graph, model, X):
    """Return the labels and the decision function."""
    Z = affine(graph, X, model.coef_, model.intercept_)
    if isinstance(model._loss_, Ordinal) and len(model.classes_) > 2:
        label, p = ordered_classes(graph, model, Z)
        return [label, graph.Log(p)]
    return [labels(graph, model, Z), Z]


def ordered_classes(graph, model, Z):
    """Return labels and probabilities, of outputs less the thresholds between classes.

    Their logistic function is the probability to be above a threshold: that of a class
    is the difference of two of them.
    """
    if model._loss_ != Ordinal():
        refuse(model, described(model), "With link='logit' it has a converter.")
    n_classes = len(model.classes_)
    differences = np.eye(n_classes - 1, n_classes, 1) - np.eye(n_classes - 1, n_classes)
    lowest = np.eye(1, n_classes)
    p = graph.Add(graph.MatMul(graph.logistic(Z), differences), lowest)
    p = graph.Max(p, 0.0)
    return [graph.labels(graph.indices_of_largest(p), model.classes_), p]


def network(graph, model, X):
    """Return what the loss makes of the last layer's outputs, in the target's units."""
    return answers(graph, model, network_outputs(graph, model, X))


def network_decisions(graph, model, X):
    """Return the labels and the decision function."""
    Z = network_outputs(graph, model, X)
    return [labels(graph, model, Z), Z]


def network_outputs(graph, model, X):
    """Return the last layer's outputs, in the target's units and tempered."""
    scale, last = model.target_scale_, model._in_double().dense[-1:]
    members = []
    for j, Z in enumerate(last_hidden(graph, model, X)):
        Z = through(graph, model, last, Z, j)
        if isinstance(model._layers()[-1], IncreasingOutputs):
            Z = increasing(graph, Z, len(scale))
        members.append(graph.Add(graph.Mul(Z, scale), model.target_mean_))
    Z = mean_of_members(graph, model, members)
    return graph.Div(Z, getattr(model, "temperature_", 1.0))


def hidden_outputs(graph, model, X):
    """Return the outputs of the last hidden layer, of several networks side by side.

    Where there is no hidden layer, and no embedding, they are the standardised X.
    """
    if len(model.coefs_) == 1 and not model._first_layers_:
        return [standardized(graph, model, X)]
    members = last_hidden(graph, model, X)
    return [members[0] if len(members) == 1 else graph.Concat(*members, axis=1)]


def last_hidden(graph, model, X):
    """Return the outputs of the last hidden layer of each network."""
    X_0, layers = standardized(graph, model, X), model._in_double().dense[:-1]
    return [
        through(graph, model, layers, with_embeddings(graph, model, X_0, X, j), j)
        for j in range(model._training_.network.n_members or 1)
    ]


def standardized(graph, model, X):
    """Return the columns of X in units of their deviation, and their pieces."""
    units, X_0 = model._standardizer_, X
    m = len(units.mean) - units.n_embedded
    if units.encoding is not None:
        X_0 = encoded(graph, units.encoding, X)
    X_0 = graph.Mul(graph.Sub(X_0, units.mean[:m]), units.inverse[:m])
    if units.pieces is not None:
        X_0 = with_pieces(graph, units.pieces, X_0)
    return X_0


def through(graph, model, layers, Z, j):
    """Return what layers of network j make of Z."""
    one = model._training_.network.n_members is None
    for W, b, F in layers:
        W, b = (W, b) if one else (W[j], b[j])
        Z = activated(graph, model, F, graph.Add(graph.MatMul(Z, W), b))
    return Z


def with_embeddings(graph, model, X_0, X, j):
    """Return the inputs of the first matrix of network j."""
    embeddings, network = list(model.embeddings_.values()), model._training_.network
    if not embeddings:
        return X_0
    if network.n_members is not None:
        embeddings = [E[j] for E in embeddings]
    embedded_columns = embedded(graph, model._standardizer_.encoding, embeddings, X)
    return graph.Concat(X_0, embedded_columns, axis=1)


def with_pieces(graph, pieces, X):
    """Return the columns and, to their right, their pieces."""
    each = graph.Gather(X, pieces.columns, axis=1)
    each = graph.Mul(graph.Sub(each, pieces.left), pieces.inverse)
    each = graph.Sub(graph.Min(graph.Max(each, 0.0), 1.0), 0.5)
    return graph.Concat(X, each, axis=1)


def mean_of_members(graph, model, members):
    """Return the outputs of the mean of what several networks predict."""
    loss = model._loss_
    if len(members) == 1 or model._labels_together_:
        return members[0]  # several labels a row are refused later
    if isinstance(loss, LogLoss):
        if len(model.classes_) > 2:
            return _log_mean(graph, [_log_softmax(graph, Z) for Z in members])
        log_p = [_log_mean(graph, [_log_logistic(graph, Z) for Z in members])]
        members = [graph.Neg(Z) for Z in members]
        log_p.append(_log_mean(graph, [_log_logistic(graph, Z) for Z in members]))
        return graph.Sub(*log_p)
    if type(loss) in LOG_LINK:
        return _log_mean(graph, members)
    if loss == Binomial("logit"):
        refuse(model, "members of shares", "Fit with n_members=1.")
    return graph.Mul(graph.Sum(*members), 1 / len(members))


def _log_mean(graph, Z):
    """Return the logarithm of the mean of e^z, of some outputs."""
    largest = graph.Max(*Z)
    total = graph.Sum(*(graph.Exp(graph.Sub(z, largest)) for z in Z))
    return graph.Add(largest, graph.Sub(graph.Log(total), float(np.log(len(Z)))))


def _log_softmax(graph, Z):
    return graph.LogSoftmax(Z, axis=1)


def _log_logistic(graph, Z):
    """Return log(1 / (1 + e^-z))."""
    small = graph.Log(graph.Add(1.0, graph.Exp(graph.Neg(graph.Abs(Z)))))
    return graph.Sub(graph.Min(Z, 0.0), small)


def increasing(graph, Z, n_outputs):
    """Return the middle output and those steps away from it."""
    m = middle(n_outputs)
    free = np.eye(1, n_outputs, m)
    sign = np.where(np.arange(n_outputs) < m, -1.0, 1.0) * (1 - free)
    steps = graph.Add(graph.Mul(Z, free), graph.Mul(_softplus(graph, Z, None), sign))
    return graph.MatMul(steps, steps_to(n_outputs))


def affine(graph, X, coef, intercept):
    """Return X W' + c, a column an output."""
    W = np.reshape(np.asarray(coef, dtype=float), (-1, np.shape(coef)[-1]))
    c = np.reshape(np.asarray(intercept, dtype=float), (1, -1))
    return graph.Add(graph.MatMul(X, W.T), c)


def answers(graph, model, Z):
    """Return the numbers, or the labels and probabilities or scores, of outputs Z."""
    loss = model._loss_
    if model._labels_together_:
        refuse(model, "several labels a row", "Fit one classifier for each label.")
    if not hasattr(model, "classes_"):
        return [numbers(graph, model, loss, Z)]
    label, two = labels(graph, model, Z), len(model.classes_) == 2
    if not hasattr(model, "predict_proba"):
        return [label, Z]
    return [label, probabilities(graph, model, loss, Z, two)]


def labels(graph, model, Z):
    """Return the classes of the largest outputs, or of one output above 0."""
    if len(model.classes_) > 2:
        return graph.labels(graph.indices_of_largest(Z), model.classes_)
    above = graph.integers(graph.Greater(Z, 0.0))
    return graph.labels(graph.column(above), model.classes_)


def numbers(graph, model, loss, Z):
    """Return the mean that the outputs stand for: themselves, e^z or a probability."""
    # The object's own method, which that of its class need not be.
    if getattr(loss.inverse_link, "__func__", None) is Loss.inverse_link:
        return Z
    if isinstance(loss, Quantiles) and hasattr(model, "coefs_"):
        return Z  # in ascending order already
    if type(loss) in LOG_LINK:
        return graph.Exp(graph.Min(Z, LARGEST_POWER[graph.dtype.name]))
    if loss == Binomial("logit"):
        return graph.logistic(Z)
    return refuse(model, described(model), BY_NAME)


def described(model):
    """Return the loss of a model as its parameters say it."""
    names = [name for name in ("loss", "link", "quantile") if hasattr(model, name)]
    return ", ".join(f"{name}={getattr(model, name)!r}" for name in names)


def probabilities(graph, model, loss, Z, two):
    """Return a column a class."""
    if type(loss) not in PROBABILITIES:
        refuse(model, described(model), BY_NAME)
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


PROBABILITIES = {
    LogLoss: of_log_odds,
    ModifiedHuber: of_margins,
    OneClass: of_log_odds,
    SmoothedLogLoss: of_log_odds,
}
"""What makes probabilities of a loss's outputs."""


def activated(graph, model, F, Z):
    """Return F(Z)."""
    if type(F) not in ACTIVATED:
        refuse(model, f"activation={model.activation!r}", BY_NAME)
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
