"""Arrows run one way: pillars <- estimators <- display; nothing private leaks out."""

import ast
from pathlib import Path

import pytest

import skmath

PACKAGE = Path(skmath.__file__).parent
PILLARS = ("linear_algebra", "calculus", "probability", "statistics")
MATHEMATICS = {"numpy", "scipy", "array_api_compat", "array_api_extra", "skmath"}
STANDARD = {"math", "collections", "dataclasses", "functools", "typing", "itertools"}


def imports(path):
    """Return the dotted names that a file imports, wherever in it."""
    found = set()
    for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
        if isinstance(node, ast.Import):
            found |= {alias.name for alias in node.names}
        elif isinstance(node, ast.ImportFrom):
            found |= {f"{node.module}.{alias.name}" for alias in node.names}
    return found


def files(*folders):
    return [p for folder in folders for p in sorted((PACKAGE / folder).glob("*.py"))]


@pytest.mark.parametrize("path", files(*PILLARS), ids=str)
def test_pillars_import_mathematics_only(path):
    for name in imports(path):
        top, *rest = name.split(".")
        assert top in MATHEMATICS | STANDARD, f"{path.name} imports {name}"
        if top == "skmath":
            assert rest[0] in (*PILLARS, "_arrays"), f"{path.name} imports {name}"


@pytest.mark.parametrize("path", files("display"), ids=str)
def test_displays_do_not_reach_into_the_library(path):
    for name in imports(path):
        if name.startswith("skmath."):
            # A verdict on scores is a rule of statistics, and of no estimator.
            allowed = ("skmath.display", "skmath._arrays", "skmath.statistics")
            assert name.startswith(allowed), f"{path.name} imports {name}"
    read = {
        node.attr
        for node in ast.walk(ast.parse(path.read_text(encoding="utf-8")))
        if isinstance(node, ast.Attribute)
        and isinstance(node.value, ast.Name)
        and node.value.id == "estimator"
    }
    assert not {name for name in read if name.startswith("_")}


@pytest.mark.parametrize("path", files(".", *PILLARS), ids=str)
def test_nothing_below_imports_the_displays(path):
    if path.name == "__main__.py":
        return
    assert not any(name.startswith("skmath.display") for name in imports(path))


@pytest.mark.parametrize("path", files(".", *PILLARS, "display"), ids=str)
def test_only_one_file_touches_scikit_learns_private_array_helpers(path):
    touches = any("sklearn.utils._array_api" in name for name in imports(path))
    assert touches == (path.name == "_arrays.py")


def test_there_is_something_to_check():
    assert len(files(*PILLARS)) >= 15
    assert len(files("display")) >= 7
