"""AODE and TAN: pairs of cells of two features, looked up in tables."""

import numpy as np

from skmath.onnx._cells import among, below, gathered, slots_of
from skmath.onnx._graph import refuse

__all__ = ["aode", "check_tables", "tan"]

MOST_ENTRIES = 1 << 27
"""Entries of a table at most, a gigabyte: a file of ONNX may have two."""


def check_tables(model, parameters):
    """Refuse tables of pairs that no file of ONNX can hold."""
    size = parameters["_log_prob_"].size
    if "tree_" not in parameters and size > MOST_ENTRIES:
        refuse(
            model,
            f"dependence={model.dependence!r} and a table of {size:.0e} pairs of "
            "values",
            "A file of ONNX does not hold it: use dependence='tan' or None.",
        )


def aode(graph, X, likelihood, parameters):
    """Return log of the mean over the parents i of P(x_i | y) prod_j P(x_j | y, x_i).

    One parent follows the other: the pairs of all would not fit into memory.
    """
    # Rows of the cells that may be parents; the last, of no parent, is naive Bayes.
    table = parameters["_log_prob_"]
    possible = np.flatnonzero(parameters["_may_be_parent_"])
    n_slots, _, n_classes = table.shape
    flat = graph.constant(
        table[np.append(possible, n_slots - 1)].reshape(-1, n_classes)
    )
    row_of = np.full(n_slots, len(possible))
    row_of[possible] = np.arange(len(possible))
    slots = slots_of_pairs(graph, X, likelihood, parameters)
    parents = graph.Gather(row_of, slots, axis=0)
    each = []
    for i in range(len(likelihood.cells.edges)):
        parent = graph.Gather(parents, np.array([i]), axis=1)
        entries = graph.Add(graph.Mul(parent, n_slots), slots)
        each.append(graph.Unsqueeze(gathered(graph, flat, entries), np.array([1])))
    counts = graph.Less(parents, len(possible))
    return log_mean(graph, graph.Concat(*each, axis=1), counts)


def log_mean(graph, logs, counts):
    """Return the logarithm of the mean of the exponentials of those that count.

    Where none counts, all do.
    """
    none = graph.Equal(graph.total(graph.integers(counts)), 0)
    counts = graph.Or(counts, none)
    logs = graph.Where(graph.Unsqueeze(counts, np.array([2])), logs, -np.inf)
    top = graph.largest(logs)
    powers = graph.Exp(graph.Sub(logs, top))
    mean = graph.Div(
        graph.ReduceSum(powers, np.array([1]), keepdims=0),
        graph.total(graph.doubles(counts)),
    )
    return graph.Add(graph.Log(mean), graph.Squeeze(top, np.array([1])))


def tan(graph, X, likelihood, parameters):
    """Return the sum over the features of log P(x_j | y, parent of x_j)."""
    blocks, rows_of, columns_of = [], [], []
    n_entries = 0
    for j, parent in enumerate(parameters["tree_"]):
        rows, columns = own_cells(parameters, parent), own_cells(parameters, j)
        rows = rows[:-1][parameters["_may_be_parent_"][rows[:-1]]]
        block, row_of, column_of = block_of(parameters, rows, columns)
        blocks.append(block)
        rows_of.append(row_of)
        columns_of.append(column_of + n_entries)
        n_entries += len(block)
    slots = slots_of_pairs(graph, X, likelihood, parameters)
    # A root stands for its own parent: none of its cells has a row.
    tree = parameters["tree_"]
    tree = np.where(tree >= 0, tree, np.arange(len(tree)))
    parents = graph.Gather(slots, tree, axis=1)
    entries = graph.Add(
        entries_of(graph, rows_of, parents), entries_of(graph, columns_of, slots)
    )
    return gathered(graph, np.concatenate(blocks), entries)


def own_cells(parameters, j):
    """Return the slots of column j, and that of what is missing; of none, the last."""
    first = parameters["_cells_"].first
    own = np.arange(first[j], first[j + 1]) if j >= 0 else np.arange(0)
    return np.append(own, first[-1])


def block_of(parameters, rows, columns):
    """Return the part of the table for one feature, and where its entries are.

    Parameters
    ----------
    parameters : dict
    rows : ndarray of int
        Slots of the parent that may be one.
    columns : ndarray of int
        Slots of the feature, and that of a missing value.

    Returns
    -------
    block : ndarray of shape (n_entries, n_classes)
    row_of, column_of : ndarray of int of shape (n_slots,)
        Of each slot, what to add to find an entry.
    """
    table = parameters["_log_prob_"]
    n_slots, width = len(table), len(columns)
    block = table[np.ix_(np.append(rows, n_slots - 1), columns)]
    row_of, column_of = np.full(n_slots, len(rows)), np.zeros(n_slots, dtype=int)
    row_of[rows], column_of[columns] = np.arange(len(rows)), np.arange(width)
    return block.reshape(-1, table.shape[-1]), row_of * width, column_of


def entries_of(graph, of_columns, slots):
    """Return of each column the entry of its own list at its slot."""
    n_slots = len(of_columns[0])
    starts = n_slots * np.arange(len(of_columns))[None, :]
    return graph.Gather(np.concatenate(of_columns), graph.Add(slots, starts), axis=0)


def slots_of_pairs(graph, X, likelihood, parameters):
    """Return the slots of the cells whose pairs were counted."""
    index = parameters["_cells_"]
    columns = [
        among(graph, values) if edges is None else below(graph, "GreaterOrEqual", edges)
        for values, edges in zip(index.values, likelihood.cells.edges, strict=True)
    ]
    return slots_of(graph, X, columns, index.sizes + 1)
