"""Likelihoods that are looked up in a table: which cell a value is in, and its log P.

The cells of all columns stand in one table, one column after the other: categories, or
intervals between edges. The last slot is for what is missing.
"""

import numpy as np

__all__ = ["among", "below", "bins", "categorical", "gathered", "slots_of"]


def bins(graph, X, likelihood, parameters):
    """Return the sum of the log densities of the bins that the values are in."""
    edges = [histogram.cuts[1:-1] for histogram in parameters["_columns_"]]
    tables = [histogram.table.T for histogram in parameters["_columns_"]]
    columns = [below(graph, "Greater", points) for points in edges]
    slots = slots_of(graph, X, columns, [len(points) + 1 for points in edges])
    table = np.concatenate([*tables, np.zeros((1, tables[0].shape[1]))])
    return gathered(graph, table, slots)


def categorical(graph, X, likelihood, parameters):
    """Return the sum over the columns of the log probability of each one's value."""
    values = parameters["_index_"].values
    columns = [among(graph, of_column) for of_column in values]
    slots = slots_of(graph, X, columns, [len(of_column) + 1 for of_column in values])
    return gathered(graph, parameters["category_log_prob_"], slots)


def gathered(graph, table, slots):
    """Return the sum over the columns of a table's entries, a class a column."""
    return graph.ReduceSum(
        graph.Gather(table, slots, axis=0), np.array([1]), keepdims=0
    )


def below(graph, comparison, edges):
    """Return what counts the edges that a column's values are above."""

    def cell(x):
        hits = graph.doubles(getattr(graph, comparison)(x, edges[None, :]))
        return graph.MatMul(hits, np.ones((len(edges), 1)))

    return cell if len(edges) else lambda x: graph.Mul(0.0, x)


def among(graph, values):
    """Return what finds a column's values among categories; after them what is new."""
    n_values = len(values)
    places = np.arange(n_values)[:, None] - float(n_values)

    def cell(x):
        hits = graph.doubles(graph.Equal(x, values.astype(float)[None, :]))
        return graph.Add(graph.MatMul(hits, places), float(n_values))

    return cell if n_values else lambda x: graph.Mul(0.0, x)


def slots_of(graph, X, columns, sizes):
    """Return where the values of X stand in the table of all cells, in int64.

    Parameters
    ----------
    graph : Graph
    X : str
    columns : list of callable
        What returns the number of a column's cells, as nodes.
    sizes : list of int
        Of the columns: how many cells there are.
    """
    ends = np.concatenate([[0], np.cumsum(sizes)])
    cells = [
        graph.Add(cell(graph.Gather(X, np.array([j]), axis=1)), float(first))
        for j, (cell, first) in enumerate(zip(columns, ends, strict=False))
    ]
    slots = cells[0] if len(cells) == 1 else graph.Concat(*cells, axis=1)
    return graph.integers(graph.Where(graph.IsNaN(X), float(ends[-1]), slots))
