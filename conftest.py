"""What holds for the tests and for the examples of docstrings."""

import sys

import pytest


@pytest.fixture(autouse=True)
def figures_are_closed():
    """Close what a test or an example drew: pyplot warns of more than 20 figures."""
    yield
    pyplot = sys.modules.get("matplotlib.pyplot")
    if pyplot is not None:
        pyplot.close("all")
