"""Naive Bayes: a sum over the columns for each class, and the largest."""

import numpy as np
from scipy.special import gammaln

from skmath import _arrays
from skmath.from_scratch_nb.ignored import Ignored
from skmath.from_scratch_nb.missingness import WithMissingness
from skmath.onnx._cells import bins, categorical
from skmath.onnx._dependence import aode, check_tables, tan
from skmath.onnx._graph import refuse
from skmath.onnx._kernels import check_kernels, kernels
from skmath.probability import (
    AODE,
    KDE,
    TAN,
    Bernoulli,
    Bins,
    Categorical,
    Complement,
    Exponential,
    Gamma,
    Gaussian,
    LogNormal,
    Multinomial,
    Poisson,
)

__all__ = ["log_likelihoods", "naive_bayes"]

FARTHEST = 1e140
"""Standard deviations at most, whose squares are finite."""


def naive_bayes(graph, model, X):
    """Return the label and the probabilities: log P(y) + sum_j log P(x_j | y) / T."""
    total = log_likelihood(graph, model, X)
    log_prior = _arrays.to_numpy(model._log_prior_)
    joint = graph.Add(log_prior[None, :], graph.Div(total, model.temperature_))
    label = graph.labels(graph.indices_of_largest(joint), model.classes_)
    return [label, graph.softmax(joint)]


def log_likelihoods(graph, model, X):
    """Return log P(x | y) for each class, all of it."""
    total = log_likelihood(graph, model, X)
    for columns, likelihood, parameters in model._groups_:
        if isinstance(likelihood, WithMissingness):
            likelihood = likelihood.likelihood
        if type(likelihood) is Poisson:
            refuse(
                model,
                "its transform of counts (distribution='poisson')",
                "ONNX has no factorial: convert what it predicts, or fit with 'bins'.",
            )
        if type(likelihood) in (Gamma, LogNormal):
            part = (
                X if columns is None else graph.Gather(X, np.asarray(columns), axis=1)
            )
            logs, _ = zero_filled(graph, logarithms(graph, part, parameters["_least_"]))
            total = graph.Sub(total, graph.total(logs))
    return [total]


def log_likelihood(graph, model, X):
    """Return sum_j log P(x_j | y), but for terms that are the same for all classes."""
    groups = model._groups_
    check_likelihoods(model, groups)
    total = graph.constant(np.zeros((1, len(model.classes_))))
    for columns, likelihood, parameters in groups:
        part = X
        if columns is not None:
            part = graph.Gather(X, np.asarray(columns), axis=1)
        write = LIKELIHOODS[type(likelihood)]
        total = graph.Add(total, write(graph, part, likelihood, parameters))
    return total


def check_likelihoods(model, groups):
    """Refuse distributions that a graph has no formula for, or is too small for."""
    for _, likelihood, parameters in groups:
        if isinstance(likelihood, WithMissingness):
            likelihood = likelihood.likelihood
        if type(likelihood) not in LIKELIHOODS:
            refuse(
                model,
                f"distribution={model.distribution!r} ({likelihood!r})",
                "Fit with a distribution among "
                + ", ".join(kind.__name__.lower() for kind in LIKELIHOODS)
                + ".",
            )
        if "_kernels_" in parameters:
            check_kernels(model, parameters)
        if "_log_prob_" in parameters:
            check_tables(model, parameters)


def zero_filled(graph, X):
    """Return X with zeros for missing values, and 1 where a value is there, else 0."""
    missing = graph.IsNaN(X)
    return graph.Where(missing, 0.0, X), graph.doubles(graph.Not(missing))


def gaussian(graph, X, likelihood, parameters):
    """Return x^2 A + x B + c, about the centre of the classes."""
    var, centre = parameters["var_"], parameters["theta_"].mean(axis=0)
    theta = parameters["theta_"] - centre
    X, present = zero_filled(graph, graph.Sub(X, centre))
    far = FARTHEST * float(var.min()) ** 0.5
    X = graph.Max(graph.Min(X, far), -far)
    each = theta * theta / var + np.log(2 * np.pi * var)
    total = graph.Add(
        graph.MatMul(graph.Mul(X, X), (-0.5 / var).T), graph.MatMul(X, (theta / var).T)
    )
    return graph.Sub(total, graph.MatMul(present, 0.5 * each.T))


def bernoulli(graph, X, likelihood, parameters):
    """Return the log odds of what is above a threshold, and log P of nothing being."""
    X, present = zero_filled(graph, X)
    here, absent = (
        parameters[name].T for name in ("feature_log_prob_", "_absent_log_prob_")
    )
    # As numbers of this dtype are compared with it.
    threshold = float(graph.dtype.type(likelihood.binarize))
    above = graph.Mul(graph.doubles(graph.Greater(X, threshold)), present)
    return graph.Add(graph.MatMul(above, here - absent), graph.MatMul(present, absent))


def multinomial(graph, X, likelihood, parameters):
    """Return sum_j x_j log p_j."""
    X, _ = zero_filled(graph, X)
    return graph.MatMul(X, parameters["feature_log_prob_"].T)


def poisson(graph, X, likelihood, parameters):
    """Return sum_j x_j log r_j - r_j; log x! is the same for all classes."""
    X, present = zero_filled(graph, X)
    rate = parameters["rate_"]
    return graph.Sub(graph.MatMul(X, np.log(rate).T), graph.MatMul(present, rate.T))


def exponential(graph, X, likelihood, parameters):
    """Return sum_j -x_j / m_j - log m_j."""
    X, present = zero_filled(graph, X)
    mean = parameters["mean_"]
    total = graph.Add(
        graph.MatMul(X, (1 / mean).T), graph.MatMul(present, np.log(mean).T)
    )
    return graph.Neg(total)


def logarithms(graph, X, least):
    """Return log x, not below some least; NaN where a value is missing."""
    positive = graph.Greater(X, 0.0)
    logs = graph.Log(graph.Where(positive, X, 1.0))
    logs = graph.Where(positive, graph.Max(logs, least[None, :]), least[None, :])
    return graph.Where(graph.IsNaN(X), np.nan, logs)


def log_normal(graph, X, likelihood, parameters):
    """Return the normal density of log x; log x itself is the same for all classes."""
    logs = logarithms(graph, X, parameters["_least_"])
    of_logs = {"theta_": parameters["log_theta_"], "var_": parameters["log_var_"]}
    return gaussian(graph, logs, likelihood, of_logs)


def gamma(graph, X, likelihood, parameters):
    """Return sum_j k_j (r_j - e^r_j) + c_j with r_j = log x_j / m_j."""
    shape, mean = parameters["shape_"].T, parameters["gamma_mean_"].T
    peak = shape * np.log(shape) - gammaln(shape)
    logs = logarithms(graph, X, parameters["_least_"])
    missing = graph.Unsqueeze(graph.IsNaN(logs), np.array([2]))
    ratio = graph.Sub(graph.Unsqueeze(logs, np.array([2])), np.log(mean)[None])
    each = graph.Mul(shape[None], graph.Sub(ratio, graph.Exp(ratio)))
    each = graph.Add(each, peak[None])
    each = graph.Where(missing, 0.0, each)
    return graph.ReduceSum(each, np.array([1]), keepdims=0)


def ignored(graph, X, likelihood, parameters):
    """Return zeros: the columns are left out."""
    return graph.constant(np.zeros((1, parameters["_n_classes_"])))


def with_missingness(graph, X, likelihood, parameters):
    """Return the likelihood of the values, times P of each being there or missing."""
    there = parameters["_present_log_prob_"]
    inner = likelihood.likelihood
    total = LIKELIHOODS[type(inner)](graph, X, inner, parameters)
    missing = graph.doubles(graph.IsNaN(X))
    odds = graph.MatMul(missing, parameters["missing_log_prob_"] - there)
    return graph.Add(graph.Add(total, there.sum(axis=0)[None, :]), odds)


LIKELIHOODS = {
    Gaussian: gaussian,
    Bernoulli: bernoulli,
    Multinomial: multinomial,
    Complement: multinomial,
    Poisson: poisson,
    Exponential: exponential,
    Categorical: categorical,
    Bins: bins,
    KDE: kernels,
    Gamma: gamma,
    LogNormal: log_normal,
    AODE: aode,
    TAN: tan,
    Ignored: ignored,
    WithMissingness: with_missingness,
}
"""Likelihoods as nodes: of (graph, X, likelihood, parameters)."""
