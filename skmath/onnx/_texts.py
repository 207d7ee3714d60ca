"""Columns of text: known categories become their codes, what is missing NaN.

A tensor of strings has no missing values: onnxruntime makes "None", "nan" or "<NA>" of
them, and booleans and numbers of an array of objects their texts. Such a text is what
it was made of, unless it is a category itself.
"""

import numpy as np
from skl2onnx.common.data_types import StringTensorType

from skmath._rows.categories import UNKNOWN, as_number, identity
from skmath._rows.tables import CategoricalColumn
from skmath.from_scratch_nb import FromScratchNB
from skmath.onnx._graph import refuse

__all__ = ["codes_and_numbers", "has_texts", "is_text"]

MISSING = ("", "nan", "None", "<NA>", "NaT")
"""Texts of missing values."""

BOOLEANS = {"True": 1, "False": 0}
"""What onnxruntime makes of booleans."""

IS_MISSING, IS_NUMBER = -1, -2
"""In place of 1 and 0, of text that is no boolean."""


def is_text(variable):
    """Tell whether an input is a tensor of strings."""
    return isinstance(variable.type, StringTensorType)


def has_texts(model):
    """Tell whether a model was fitted on a table with text, booleans or objects."""
    return getattr(model, "_table_", None) is not None


def codes_and_numbers(graph, model, inputs):
    """Return the inputs as columns of float64, as the model reads a table.

    Parameters
    ----------
    graph : Graph
    model : BackpropMLP or FromScratchNB
        Fitted on a table.
    inputs : list of variables of skl2onnx
        In the order of the features.

    Returns
    -------
    list of str
        Names of blocks of columns.
    """
    widths = [variable.get_second_dimension() for variable in inputs]
    if len(inputs) == 1:
        widths = [model.n_features_in_]
    if None in widths:
        refuse(
            model,
            "inputs of an unknown number of columns",
            "Name it in their types, or give an input for each column.",
        )
    starts = np.cumsum([0, *widths])
    blocks = []
    for variable, width, first in zip(inputs, widths, starts, strict=False):
        # Another width fails when it is run: no rows are made of columns.
        X = graph.Reshape(variable.full_name, np.array([0, width]))
        for j in range(width):
            column = graph.Gather(X, np.array([j]), axis=1) if width > 1 else X
            blocks.append(as_doubles(graph, model, variable, column, first + j))
    return blocks


def as_doubles(graph, model, variable, column, j):
    """Return column j of the model's as float64: codes of text, or numbers."""
    table = model._table_
    if j in table.ignored:
        if is_text(variable):
            return by_text(graph, column, {}, np.nan)
        return graph.Mul(graph.doubles(column), np.nan)
    if table.times[j]:
        name = f"columns such as that of index {j}, of dates or times"
        refuse(model, name, "Convert them to numbers first.")
    known = table.categories[j]
    if is_text(variable):
        if known is None:
            return numbers_of_text(graph, column)
        return by_text(graph, column, codes_by_text(model, j), UNKNOWN)
    if known is not None and not known.numbers:
        refuse(
            model,
            f"numbers in {variable.raw_name!r}, where it was fitted with columns of "
            "strings",
            "Give strings there: an input for each column, or all as strings.",
        )
    return graph.doubles(column)


def codes_by_text(model, j):
    """Return the code of each text that is a category of column j, or missing."""
    values = categories_of(model, j)
    column = CategoricalColumn(values, np.arange(len(values)))
    codes = dict.fromkeys(MISSING, np.nan)
    own = model._table_.categories[j].codes(column)
    for value, code in zip(values, own, strict=True):
        codes |= dict.fromkeys(same_texts(identity(value)), code)
    return codes


def categories_of(model, j):
    """Return the categories of column j."""
    if isinstance(model, FromScratchNB):
        return list(model.categories_[model.distributions_[:j].count("categorical")])
    names = getattr(model, "feature_names_in_", None)
    return model.categories_[j if names is None else str(names[j])]


def same_texts(text):
    """Return the texts of the values that are the same category."""
    number = as_number(text)
    if number is None:
        return [text]
    booleans = [str(bool(number))] if number in (0, 1) else []
    return [text, identity(number), repr(number), *booleans]


def by_text(graph, column, numbers, default):
    """Return the number of each text, and that of any other."""
    # There is no table of no keys.
    numbers = numbers or {"": default}
    places = graph.lookup(column, [*numbers], np.arange(len(numbers)), len(numbers))
    return graph.Gather(np.array([*numbers.values(), default]), places, axis=0)


def numbers_of_text(graph, column):
    """Return the numbers that texts are; onnxruntime fails where one is none."""
    keys = [*MISSING, *BOOLEANS]
    kinds = [IS_MISSING] * len(MISSING) + list(BOOLEANS.values())
    kind = graph.lookup(column, keys, np.array(kinds), IS_NUMBER)
    text = graph.Where(graph.Equal(kind, IS_NUMBER), column, np.array("NaN"))
    return graph.Where(graph.Less(kind, 0), graph.doubles(text), graph.doubles(kind))
