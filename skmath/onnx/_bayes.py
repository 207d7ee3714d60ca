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
    log_prior,
)

__all__ = ["naive_bayes"]


def naive_bayes(graph, model, X):
    """Return the label and the probabilities: log P(y) + sum_j log P(x_j | y)."""
    groups = model._groups_
    check_likelihoods(model, [likelihood for _, likelihood, _ in groups])
    joint = graph.constant(log_priors(model, groups)[None, :])
    for columns, likelihood, parameters in groups:
        part = X
        if columns is not None:
            part = graph.Gather(X, np.asarray(columns), axis=1)
        write = LIKELIHOODS[type(likelihood)]
        joint = graph.Add(joint, write(graph, part, likelihood, parameters))
    label = graph.labels(graph.indices_of_largest(joint), model.classes_)
    return [label, graph.softmax(joint)]


def check_likelihoods(model, likelihoods):
    """Refuse columns of strings, and distributions that have no formula in a graph."""
    if any(values.dtype.kind == "O" for values in getattr(model, "categories_", [])):
        refuse(
            model,
            "columns of strings",
            "Encode them as numbers, by OrdinalEncoder, and fit on these.",
        )
    for likelihood in likelihoods:
        if type(likelihood) not in LIKELIHOODS:
            refuse(
                model,
                f"distribution={model.distribution!r} ({likelihood!r})",
                "Fit with a distribution among "
                + ", ".join(kind.__name__.lower() for kind in LIKELIHOODS)
                + ".",
            )


def log_priors(model, groups):
    """Return log P(y), or zeros where no likelihood uses it."""
    if any(getattr(likelihood, "uses_prior", True) for _, likelihood, _ in groups):
        return log_prior(model.class_prior_)
    return np.zeros(len(model.classes_))


def zero_filled(graph, X):
    """Return X with zeros for missing values, and 1 where a value is there, else 0."""
    missing = graph.IsNaN(X)
    return graph.Where(missing, 0.0, X), graph.doubles(graph.Not(missing))


def gaussian(graph, X, likelihood, parameters):
    """Return x^2 A + x B + c, about the centre of the classes."""
    var, centre = parameters["var_"], parameters["theta_"].mean(axis=0)
    theta = parameters["theta_"] - centre
    X, present = zero_filled(graph, graph.Sub(X, centre))
    each = theta * theta / var + np.log(2 * np.pi * var)
    total = graph.Add(
        graph.MatMul(graph.Mul(X, X), (-0.5 / var).T), graph.MatMul(X, (theta / var).T)
    )
    return graph.Sub(total, graph.MatMul(present, 0.5 * each.T))


def bernoulli(graph, X, likelihood, parameters):
    """Return the log odds of what is above 0, and log P of nothing being so."""
    X, present = zero_filled(graph, X)
    outcomes = np.repeat([[0.0], [1.0]], parameters["feature_log_prob_"].shape[1], 1)
    absent, here = likelihood.by_feature(outcomes, parameters)
    above = graph.doubles(graph.Greater(X, 0.0))
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


def categorical(graph, X, likelihood, parameters):
    """Return the sum over the columns of the log probability of each one's value."""
    values_of_columns, total = parameters["_index_"].values, graph.constant(0.0)
    for j, values in enumerate(values_of_columns):
        values = np.asarray(values, dtype=float)
        column = graph.Gather(X, np.array([j]), axis=1)
        known, unknown = log_probabilities(
            likelihood, parameters, j, values, len(values_of_columns)
        )
        hits = graph.doubles(graph.Equal(column, values[None, :]))
        _, present = zero_filled(graph, column)
        others = graph.Sub(present, graph.total(hits))
        total = graph.Add(total, graph.MatMul(hits, known))
        total = graph.Add(total, graph.MatMul(others, unknown))
    return total


def log_probabilities(likelihood, parameters, j, values, n_columns):
    """Return log P of values of column j, and of any other: a column a class."""
    rows = np.full((len(values) + 1, n_columns), np.nan)
    rows[:, j] = [*values, np.max(values, initial=0.0) + 1]
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
