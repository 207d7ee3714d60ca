"""The public interface has types: each parameter, and what is returned."""

import doctest
import functools
import importlib
import inspect
import sys
import textwrap
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]

MODULES = (
    "skmath",
    "skmath.linear_algebra",
    "skmath.calculus",
    "skmath.probability",
    "skmath.statistics",
    "skmath.display",
    "skmath.datasets",
    "skmath.callbacks",
    "skmath.onnx",
    "skmath.exceptions",
)


def functions_of(owner, name):
    """Yield the functions and methods behind a public name, with what to call them."""
    thing = getattr(owner, name)
    if inspect.isfunction(thing):
        yield name, thing
    elif inspect.isclass(thing):
        for member in dir(thing):
            if member.startswith("_") and member not in ("__init__", "__call__"):
                continue
            f = inspect.getattr_static(thing, member)
            if isinstance(f, property):
                f = f.fget
            elif isinstance(f, functools.cached_property):
                f = f.func
            else:
                f = getattr(thing, member)
            if inspect.isfunction(f) or inspect.ismethod(f):
                yield f"{name}.{member}", f


def public_functions(module):
    """Return what a module offers that skmath wrote, by name."""
    owner = importlib.import_module(module)
    names = [n for n in getattr(owner, "__all__", dir(owner)) if not n.startswith("_")]
    return {
        called: f
        for name in names
        for called, f in functions_of(owner, name)
        if f.__module__.startswith("skmath")
    }


def without_types(f):
    """Return the parameters of a function without annotation, and "return"."""
    signature = inspect.signature(f)
    missing = [
        name
        for name, parameter in signature.parameters.items()
        if name != "self" and parameter.annotation is inspect.Parameter.empty
    ]
    # Checkers know what a constructor returns.
    if f.__name__ != "__init__" and (
        signature.return_annotation is inspect.Signature.empty
    ):
        missing.append("return")
    return missing


@pytest.mark.parametrize("module", MODULES)
def test_public_functions_have_types(module):
    missing = {name: without_types(f) for name, f in public_functions(module).items()}
    assert {name: these for name, these in missing.items() if these} == {}


@pytest.mark.parametrize(
    ("module", "name"),
    [
        ("skmath", "SVDRegressor.__init__"),
        ("skmath", "FromScratchNB.fit"),
        ("skmath", "show_versions"),
        ("skmath.calculus", "ElasticNet.prox"),
        ("skmath.calculus", "FusedLasso.strength"),
        ("skmath.calculus", "PiecewiseLinear.of"),
        ("skmath.display", "SpectrumDisplay.from_estimator"),
    ],
)
def test_functions_methods_and_properties_are_looked_at(module, name):
    assert name in public_functions(module)


def examples():
    """Return a program with the examples of the documentation, a function for each."""
    finder, programs = doctest.DocTestFinder(), {}
    for module in MODULES:
        owner = importlib.import_module(module)
        for name in owner.__all__:
            thing = getattr(owner, name)
            if not inspect.isroutine(thing) and not inspect.isclass(thing):
                continue
            for test in finder.find(thing, name, sys.modules[thing.__module__]):
                if test.examples:
                    code = "".join(example.source for example in test.examples)
                    programs[test.name] = code
    assert len(programs) > 100
    return "\n\n".join(
        f"def example_{i}() -> None:  # {name}\n" + textwrap.indent(code, "    ")
        for i, (name, code) in enumerate(programs.items())
    )


@pytest.mark.slow
def test_a_program_that_uses_skmath_passes_strict_checks(tmp_path, monkeypatch):
    """A user can run ``mypy --strict`` on calls of skmath, such as its own examples.

    Errors about packages without types, such as scikit-learn, are left out, and those
    about functions that an example defines without types.
    """
    api = pytest.importorskip("mypy.api")
    program, of_docs = tmp_path / "strict_user.py", tmp_path / "examples.py"
    program.write_text(Path(__file__).with_name(program.name).read_text())
    of_docs.write_text(examples())
    monkeypatch.setenv("MYPYPATH", str(ROOT))
    monkeypatch.chdir(tmp_path)  # not the settings of skmath
    options = ["--strict", "--follow-imports=silent", "--no-error-summary"]
    report, problem, _ = api.run([*options, program.name, of_docs.name])
    assert not problem
    known = ("[import-untyped]", "[no-untyped-def]")
    errors = [e for e in report.splitlines() if ": error:" in e]
    assert [e for e in errors if not e.endswith(known)] == []
    assert not [e for e in errors if e.startswith(program.name)]


def test_what_has_no_type_is_found():
    def f(x, y: float, *rest, z=None):
        pass

    assert without_types(f) == ["x", "rest", "z", "return"]
