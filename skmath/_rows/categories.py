"""Identity of categories, independent of their type, and the categories of one column.

``0``, ``0.0``, ``"0"``, ``numpy.int64(0)`` and ``Decimal(0)`` are one category, and so
are ``True``, ``numpy.True_``, ``1`` and ``"True"``: equal values are the same category,
and a string that spells a value is that value. ``"007"`` and ``"1.50"`` do not spell a
number.
"""

import enum
import math
from dataclasses import dataclass, replace
from functools import cached_property
from numbers import Integral
from typing import Any

import numpy as np

from skmath._rows.tables import NUMBERS, CategoricalColumn, as_categories
from skmath._rows.times import TimeColumn

__all__ = ["UNKNOWN", "Categories", "as_number", "identity"]

UNKNOWN = 1e300
"""The code of an unknown category, which did not occur in fit."""

TEXT, STEP = 2.0**1000, 2.0**-40
"""Code of the first string among numbers, which are their own codes; relative step."""


def as_number(value: Any) -> Any:
    """Return the number that a value represents, or None.

    Examples
    --------
    >>> from skmath._rows.categories import as_number
    >>> [as_number(value) for value in (True, "1.5", "-3", "007", "red")]
    [1.0, 1.5, -3.0, None, None]
    """
    value = _plain(value)
    if isinstance(value, str):
        return _number_of_text(value)
    if isinstance(value, (bool, np.bool_, *NUMBERS)):
        return float(value)
    return None


def identity(value: Any) -> str:
    """Return a string that is the same for all values of a category.

    Examples
    --------
    >>> from decimal import Decimal
    >>> from skmath._rows.categories import identity
    >>> {identity(value) for value in (0, 0.0, "0", False, Decimal("0.00"))}
    {'0'}
    """
    value = _plain(value)
    if isinstance(value, Integral):
        return str(int(value))
    number = as_number(value)
    return str(value) if number is None else _text(number)


def shown(value: Any) -> str:
    """Return the string of a category."""
    value = _plain(value)
    if isinstance(value, str | bool | np.bool_):
        return str(value)
    return identity(value)


def _plain(value: Any) -> str:
    """Return the value of an Enum member, and the string of bytes."""
    if isinstance(value, enum.Enum):
        value = value.value
    if isinstance(value, bytes):
        return value.decode(errors="backslashreplace")
    return value


def _number_of_text(text: str) -> Any:
    """Return the number that a string spells, or None."""
    if text in ("True", "False"):
        return float(text == "True")
    if text[:1] not in tuple("-0123456789"):
        return None
    try:
        number = float(text)
    except ValueError:
        return None
    is_text_of_it = math.isfinite(number) and text in (_text(number), repr(number))
    return number if is_text_of_it else None


def _text(number: float) -> str:
    """Return the string of a number, for integers without a decimal point."""
    return str(int(number)) if number.is_integer() else repr(number)


@dataclass(frozen=True)
class Categories:
    """The categories of one column, and their codes.

    Parameters
    ----------
    texts : tuple of str
        The categories whose codes are their indices.
    numbers : bool
        Whether numbers and booleans are their own codes; other strings then have codes
        above all numbers.

    Examples
    --------
    >>> from skmath._rows.categories import Categories
    >>> from skmath._rows.tables import columns_of
    >>> (column,) = columns_of([["b"], ["3"], ["a"], [None]])
    >>> categories = Categories.of(column)
    >>> categories.texts
    ('3', 'a', 'b')
    >>> (column,) = columns_of([[3], ["a"], ["z"], [None]])
    >>> categories.codes(column)
    array([0.e+000, 1.e+000, 1.e+300,     nan])
    """

    texts: tuple[Any, ...] = ()
    numbers: bool = False

    @classmethod
    def of(cls, column: Any) -> "Categories":
        """Return the sorted categories of a column in fit."""
        if not isinstance(column, CategoricalColumn):
            return cls(numbers=True)
        values = [_plain(value) for value in column.values]
        if values and not any(
            as_number(v) is None or isinstance(v, str) for v in values
        ):
            return cls(numbers=True)
        return cls().learn(column)

    def learn(self, column: Any) -> "Categories":
        """Return the categories with the sorted new ones of a column appended."""
        if self.numbers and not isinstance(column, CategoricalColumn):
            return self
        new: dict[Any, Any] = {}
        for value in as_categories(column).values:
            if self.numbers and as_number(value) is not None:
                continue
            key, text = identity(value), shown(value)
            if key not in self._places:
                new[key] = min(text, new.get(key, text))
        return replace(self, texts=(*self.texts, *sorted(new.values())))

    @cached_property
    def _places(self) -> dict[Any, Any]:
        """Index of each category by its identity."""
        return {identity(text): i for i, text in enumerate(self.texts)}

    def codes(self, column: Any) -> np.ndarray:
        """Return the code of each row: `UNKNOWN` if it is new, NaN if it is missing.

        Parameters
        ----------
        column : ndarray, CategoricalColumn or TimeColumn

        Returns
        -------
        ndarray of float of shape (n_samples,)
        """
        if self.numbers and not isinstance(column, CategoricalColumn):
            return column.seconds if isinstance(column, TimeColumn) else column
        column = as_categories(column)
        return column.with_numbers(self._code(value) for value in column.values)

    def _code(self, value: Any) -> float:
        if self.numbers and (number := as_number(value)) is not None:
            return number
        place = self._places.get(identity(value))
        if place is None:
            return UNKNOWN
        return TEXT * (1 + STEP * place) if self.numbers else place

    def values(self, codes: np.ndarray) -> np.ndarray:
        """Return the categories of codes; None for missing values.

        Parameters
        ----------
        codes : ndarray of float of shape (n_codes,)

        Returns
        -------
        ndarray of object of shape (n_codes,)
        """
        values = codes.astype(object)
        has_text = codes >= TEXT if self.numbers else ~np.isnan(codes)
        places = codes[has_text]
        if self.numbers:
            places = (places / TEXT - 1) / STEP
        values[has_text] = np.array([*self.texts, None], object)[places.astype(int)]
        values[np.isnan(codes)] = None
        return values

    def is_of_another_kind(self, column: Any) -> Any:
        """Return whether a column has numbers and these are strings, or the reverse."""
        if not isinstance(column, CategoricalColumn):
            if self.numbers:
                return False
            column = as_categories(column)
        known = {as_number(text) is None for text in self.texts}
        if self.numbers:
            known.add(False)
        found = {as_number(value) is None for value in column.values}
        return bool(known and found) and known.isdisjoint(found)
