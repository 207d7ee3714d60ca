"""Kernel densities: sums over the values of each column in each class.

Of few values the sums are taken as they stand; of many by the local expansions of
`skmath.probability.kernel_density`, and as they stand where the density is so low that
these are not exact.
"""

import math

import numpy as np

from skmath.onnx._graph import refuse
from skmath.probability.kernel_density import (
    BOXES,
    FARTHEST,
    MARGIN,
    TERMS,
    TRUSTED,
)

__all__ = ["check_kernels", "kernels"]

MOST_VALUES = 1 << 24
"""Values at most, of all columns and classes: a quarter of a gigabyte with weights."""

FEW = 256
"""Different values of a sample up to which each new value meets all of them."""

LARGEST = 1e150
"""Bandwidths at most, whose squares are finite."""


def check_kernels(model, parameters):
    """Refuse densities of so many values that no file should hold them."""
    size = len(parameters["_kernels_"].sums.values)
    if size > MOST_VALUES:
        refuse(
            model,
            f"distribution='kde' and {size:.0e} values, all of which it needs",
            "Use 'bins', or fit on a sample of the rows.",
        )


def kernels(graph, X, likelihood, parameters):
    """Return the sum over the columns of the log densities."""
    found, total = parameters["_kernels_"], graph.constant(0.0)
    sums = found.sums
    for j, samples in enumerate(found.of_class):
        x = graph.Gather(X, np.array([j]), axis=1)
        missing = graph.IsNaN(x)
        x = graph.Where(missing, float(sums.values[sums.ends[samples[0]]]), x)
        densities = [log_density(graph, x, sums, sample) for sample in samples]
        each = graph.Concat(*densities, axis=1)
        total = graph.Add(total, graph.Where(missing, 0.0, each))
    return total


def log_density(graph, x, sums, sample):
    """Return the logarithm of the density of a sample, a column."""
    values, weights, h = sums.sample(sample)
    u = graph.Div(graph.Sub(x, values[0]), h)
    u = graph.Max(graph.Min(u, LARGEST), -LARGEST)
    centres = (values - values[0]) / h
    if len(centres) <= FEW:
        logs = log_sums(graph, u, centres, weights)
    else:
        logs = log_of_expanded(graph, u, sums, sample, centres, weights)
    return graph.Sub(logs, math.log(weights.sum() * h * math.sqrt(2 * math.pi)))


def log_sums(graph, u, centres, weights):
    """Return the logarithms of the sums as they stand."""
    error = graph.Sub(u, centres[None, :])
    exponent = graph.Mul(-0.5, graph.Mul(error, error))
    top = graph.largest(exponent)
    kernel_sum = graph.MatMul(graph.Exp(graph.Sub(exponent, top)), weights[:, None])
    return graph.Add(graph.Log(kernel_sum), top)


def log_of_expanded(graph, u, sums, sample, centres, weights):
    """Return the same by the polynomials of the boxes, where they can be trusted."""
    found = expanded(graph, u, *boxes_of(sums, sample))
    trusted = graph.Greater(found, TRUSTED * weights.sum())
    logs = graph.Log(graph.Where(trusted, found, 1.0))
    # The few others, put in their places.
    far = graph.Transpose(graph.NonZero(graph.column(graph.Not(trusted))), perm=[1, 0])
    others = graph.GatherElements(u, far, axis=0)
    others = log_sums(graph, others, centres, weights)
    return graph.ScatterElements(logs, far, others, axis=0)


def expanded(graph, u, numbers, coefficients):
    """Return the sums by the polynomials; 0 where a value has no box."""
    u = graph.Max(graph.Min(u, float(FARTHEST)), -float(FARTHEST))
    box = graph.Floor(graph.Mul(u, float(BOXES)))
    xi = graph.Sub(u, graph.Div(graph.Add(box, 0.5), float(BOXES)))
    places = np.arange(len(numbers))
    slots = graph.lookup(graph.integers(box), numbers, places, len(numbers))
    own = graph.Gather(coefficients, graph.column(slots), axis=0)
    powers = graph.Pow(xi, np.arange(float(TERMS))[None, :])
    return graph.total(graph.Mul(own, powers))


def boxes_of(sums, sample):
    """Return the numbers of a sample's boxes, and their coefficients; zeros of none."""
    n_boxes = sums.n_boxes[sample]
    if n_boxes:
        # The first slot holds zeros.
        slots = sums.first[sample] + 1 + np.arange(n_boxes)
        numbers = np.arange(n_boxes) - MARGIN * BOXES
    else:
        start = 4 * FARTHEST * int(sample)
        own = np.abs(sums.keys - start) <= FARTHEST
        slots, numbers = sums.key_slots[own], sums.keys[own] - start
    coefficients = sums.coefficients[:, slots].T
    return numbers, np.concatenate([coefficients, np.zeros((1, TERMS))])
