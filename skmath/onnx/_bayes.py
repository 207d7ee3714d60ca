"""Naive Bayes: a sum over the columns for each class, and the largest."""

import numpy as np

from skmath.onnx._graph import refuse
from skmath.probability import (
    Bernoulli,
    Categorical,
    Complement,
    Exponential,
    Gaussian,
    Multinomial,
    Poisson,
)

__all__ = ["naive_bayes"]


def naive_bayes(graph, model, X):
    """Return the label and the probabilities: log P(y) + sum_j log P(x_j | y)."""
    if model._table_ is not None:
        refuse(model, "columns of strings")
    joint = graph.constant(model._log_prior()[None, :])
    for columns, likelihood, parameters in model._groups_:
        if type(likelihood) not in LIKELIHOODS:
            refuse(model, f"distribution={model.distribution!r} ({likelihood!r})")
        part = X
        if columns is not None:
            part = graph.Gather(X, np.asarray(columns), axis=1)
        write = LIKELIHOODS[type(likelihood)]
        joint = graph.Add(joint, write(graph, part, likelihood, parameters))
    label = graph.labels(graph.indices_of_largest(joint), model.classes_)
    return [label, graph.softmax(joint)]


def _seen(graph, X):
    """Return X with zeros for missing values, and 1 where there is one."""
    missing = graph.IsNaN(X)
    return graph.Where(missing, 0.0, X), graph.doubles(graph.Not(missing))


def gaussian(graph, X, likelihood, parameters):
    """Return x^2 A + x B + c, about the centre of the classes."""
    centre, var = parameters["_centre_"], parameters["var_"]
    theta = parameters["theta_"] - centre
    X, seen = _seen(graph, graph.Sub(X, centre))
    each = theta * theta / var + np.log(2 * np.pi * var)
    total = graph.Add(
        graph.MatMul(graph.Mul(X, X), (-0.5 / var).T), graph.MatMul(X, (theta / var).T)
    )
    return graph.Sub(total, graph.MatMul(seen, 0.5 * each.T))


def bernoulli(graph, X, likelihood, parameters):
    """Return the log odds of what is there, and log P of all being absent."""
    X, seen = _seen(graph, X)
    absent = parameters["_absent_log_prob_"]
    odds = parameters["feature_log_prob_"] - absent
    present = graph.doubles(graph.Greater(X, 0.0))
    return graph.Add(graph.MatMul(present, odds.T), graph.MatMul(seen, absent.T))


def multinomial(graph, X, likelihood, parameters):
    """Return sum_j x_j log p_j."""
    X, _ = _seen(graph, X)
    return graph.MatMul(X, parameters["feature_log_prob_"].T)


def poisson(graph, X, likelihood, parameters):
    """Return sum_j x_j log r_j - r_j; log x! is the same for all classes."""
    X, seen = _seen(graph, X)
    rate = parameters["rate_"]
    return graph.Sub(graph.MatMul(X, np.log(rate).T), graph.MatMul(seen, rate.T))


def exponential(graph, X, likelihood, parameters):
    """Return sum_j -x_j / m_j - log m_j."""
    X, seen = _seen(graph, X)
    mean = parameters["mean_"]
    total = graph.Add(graph.MatMul(X, (1 / mean).T), graph.MatMul(seen, np.log(mean).T))
    return graph.Neg(total)


def categorical(graph, X, likelihood, parameters):
    """Return the sum over the columns of the log probability of each one's value."""
    total = graph.constant(0.0)
    for j, values in enumerate(parameters["_index_"].values):
        column = graph.Gather(X, np.array([j]), axis=1)
        known, unknown = _by_value(likelihood, parameters, j, np.asarray(values, float))
        hits = graph.doubles(graph.Equal(column, np.asarray(values, float)[None, :]))
        _, seen = _seen(graph, column)
        others = graph.Sub(seen, graph.total(hits))
        total = graph.Add(total, graph.MatMul(hits, known))
        total = graph.Add(total, graph.MatMul(others, unknown))
    return total


def _by_value(likelihood, parameters, j, values):
    """Return the log probabilities of a column's values, and of any other."""
    rows = np.full((len(values) + 1, len(parameters["_index_"].values)), np.nan)
    rows[:, j] = [*values, values.max() + 1]
    table = likelihood.log_likelihood(rows, parameters)
    return table[:-1], table[-1:]


LIKELIHOODS = {
    Gaussian: gaussian,
    Bernoulli: bernoulli,
    Multinomial: multinomial,
    Complement: multinomial,
    Poisson: poisson,
    Exponential: exponential,
    Categorical: categorical,
}
"""Likelihoods as nodes: of (graph, X, likelihood, parameters)."""
