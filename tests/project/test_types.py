"""The public interface has types: each parameter, and what is returned."""

import functools
import importlib
import inspect

import pytest

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


def test_what_has_no_type_is_found():
    def f(x, y: float, *rest, z=None):
        pass

    assert without_types(f) == ["x", "rest", "z", "return"]
