"""One registry: everything that should find an estimator finds it."""

import importlib
import re
from pathlib import Path

import pytest

import skmath
import skmath.display
from skmath._tour.registry import entries

ROOT = Path(__file__).parents[2]


@pytest.mark.parametrize("entry", entries(), ids=lambda entry: entry.name)
def test_the_folder_is_the_class_in_snake_case(entry):
    snake = re.sub(r"(?<=[a-z])(?=[A-Z])|(?<=[A-Z])(?=[A-Z][a-z])", "_", entry.name)
    folder = importlib.import_module(f"skmath.{snake.lower()}")
    assert folder.__all__ == [entry.name]
    assert getattr(folder, entry.name) is entry.estimator
    assert entry.estimator.__module__ == f"{folder.__name__}.estimator"


@pytest.mark.parametrize("entry", entries(), ids=lambda entry: entry.name)
def test_it_is_exported_toured_drawn_and_documented(entry):
    assert entry.name in skmath.__all__
    assert getattr(skmath, entry.name) is entry.estimator
    assert entry.tasks(), "the tour has nothing to run it on"
    assert hasattr(skmath.display, entry.display)
    assert f"`{entry.name}`" in (ROOT / "README.md").read_text(encoding="utf-8")


def test_only_estimators_are_exported():
    exported = set(skmath.__all__) - {"__version__", "show_versions", "trusted_types"}
    assert exported == {entry.name for entry in entries()}


def test_the_version_is_one():
    assert re.fullmatch(r"\d+\.\d+\.\d+(\.dev\d+)?", skmath.__version__)
    assert skmath.__version__ in (ROOT / "CITATION.cff").read_text(encoding="utf-8")
