"""Arrows run one way: _arrays, pillars, _rows, _estimators, the six, and the rest.

Every import statement of the package is read, those inside functions too.
"""

import ast
from graphlib import CycleError, TopologicalSorter
from pathlib import Path

import pytest

import skmath

PACKAGE = Path(skmath.__file__).parent
PILLARS = ("linear_algebra", "calculus", "probability", "statistics")
ESTIMATORS = tuple(sorted(p.parent.name for p in PACKAGE.glob("*/estimator.py")))
LAYERS = (
    ("_arrays", "exceptions"),
    PILLARS,
    ("_rows",),
    ("_estimators",),
    ESTIMATORS,
    ("datasets", "callbacks", "versions", "persistence", "display", "onnx"),
    ("_tour",),
    ("__init__", "__main__"),
)
"""From the bottom to the top; a room imports its own files and those below it."""

RANK = {room: rank for rank, layer in enumerate(LAYERS) for room in layer}

ROOT = {
    *("__init__.py", "__main__.py", "_arrays.py", "callbacks.py", "datasets.py"),
    *("exceptions.py", "persistence.py", "versions.py", "py.typed"),
}
"""Files that lie in the package's root; all else has a room."""

MATHEMATICS = {"numpy", "scipy", "array_api_compat", "array_api_extra", "skmath"}
STANDARD = {"math", "collections", "dataclasses", "functools", "typing", "itertools"}


def module_of(path):
    """Return a file's dotted name; a package's is that of its folder."""
    parts = path.relative_to(PACKAGE.parent).with_suffix("").parts
    return ".".join(parts[:-1] if parts[-1] == "__init__" else parts)


FILES = sorted(PACKAGE.rglob("*.py"))
MODULES = {module_of(path): path for path in FILES}


def imports(path):
    """Return the dotted names that a file imports, wherever in it."""
    found = set()
    for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
        if isinstance(node, ast.Import):
            found |= {alias.name for alias in node.names}
        elif isinstance(node, ast.ImportFrom):
            assert node.level == 0, f"{path}:{node.lineno} is a relative import"
            found |= {f"{node.module}.{alias.name}" for alias in node.names}
    return found


def imported_modules(path):
    """Return the package's modules that a file imports: the longest dotted names."""
    found = set()
    for name in imports(path):
        while name and name not in MODULES:
            name = name.rpartition(".")[0]
        found |= {name} - {""}
    return found


def room(module):
    """Return the folder or the file below the package that a module belongs to."""
    return module.split(".")[1] if "." in module else "__init__"


def in_rooms(*rooms):
    return [path for path in FILES if room(module_of(path)) in rooms]


@pytest.mark.parametrize("path", FILES, ids=module_of)
def test_a_room_imports_itself_and_what_is_below_it(path):
    here = "__main__" if path.name == "__main__.py" else room(module_of(path))
    for module in imported_modules(path):
        there = room(module)
        if here == there:
            continue
        rule = f"{module_of(path)} imports {module}: "
        assert here in RANK, f"{here} is no room of the house: DESIGN.md lists them"
        assert RANK[there] <= RANK[here], rule + "arrows run down the layers"
        shares = RANK[there] == RANK[here]
        assert not (shares and here in ESTIMATORS), rule + "no estimator needs another"


def test_there_is_no_circle():
    graph = {name: imported_modules(path) for name, path in MODULES.items()}
    try:
        TopologicalSorter(graph).prepare()
    except CycleError as error:
        pytest.fail(f"these import each other: {' <- '.join(error.args[1])}")


def test_the_root_holds_the_rooms_and_nothing_loose():
    loose = {path.name for path in PACKAGE.iterdir() if path.is_file()}
    assert loose <= ROOT
    rooms = {path.name for path in PACKAGE.iterdir() if (path / "__init__.py").exists()}
    assert rooms <= set(RANK)


@pytest.mark.parametrize("folder", ESTIMATORS)
def test_an_estimators_folder_hands_on_its_class_alone(folder):
    (name,) = __import__(f"skmath.{folder}", fromlist=["__all__"]).__all__
    assert name in skmath.__all__
    names = [path.name for path in (PACKAGE / folder).glob("*.py")]
    assert not [n for n in names if n.startswith("_") and n != "__init__.py"]


@pytest.mark.parametrize("path", in_rooms(*PILLARS), ids=module_of)
def test_pillars_import_mathematics_only(path):
    for name in imports(path):
        top = name.split(".")[0]
        assert top in MATHEMATICS | STANDARD, f"{path.name} imports {name}"


@pytest.mark.parametrize("path", in_rooms("display"), ids=module_of)
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


@pytest.mark.parametrize("path", FILES, ids=module_of)
def test_only_one_file_touches_scikit_learns_private_array_helpers(path):
    touches = any("sklearn.utils._array_api" in name for name in imports(path))
    assert touches == (path.name == "_arrays.py")


def test_there_is_something_to_check():
    assert len(in_rooms(*PILLARS)) >= 15
    assert len(in_rooms("display")) >= 7
    assert len(ESTIMATORS) >= 6
