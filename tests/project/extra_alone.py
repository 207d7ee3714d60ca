"""What works with one optional extra of skmath and none of the others.

    python tests/project/extra_alone.py EXTRA [--hide]

EXTRA is one of pyproject.toml's, or "none". A job of the tests installs it and runs
this; with ``--hide`` the packages of all others cannot be imported, which shows nearly
the same where everything is installed. No package of the tests is needed.
"""

import argparse
import importlib.abc
import sys
import warnings

import numpy as np

PACKAGES = {
    "none": (),
    "plot": ("matplotlib", "PIL"),
    "dask": ("dask", "distributed", "pandas", "pyarrow"),
    "onnx": ("onnx", "onnxruntime", "skl2onnx"),
    "skops": ("skops",),
    "numba": ("numba", "llvmlite"),
    "index": ("usearch",),
    "images": ("PIL",),
}
"""The optional packages that each extra brings."""

OF_NONE = ("polars", "torch", "cupy", "hypothesis", "array_api_strict", "pytest")
"""Packages that a user need not have, whatever the extra."""


class Hidden(importlib.abc.MetaPathFinder):
    """A finder that finds some packages missing."""

    def __init__(self, packages):
        self.packages = packages

    def find_spec(self, name, path=None, target=None):
        if name.partition(".")[0] in self.packages:
            raise ModuleNotFoundError(f"No module named {name!r} (hidden)", name=name)


def hide_all_but(extra):
    """Let none of the optional packages be imported but those of one extra."""
    optional = {package for each in PACKAGES.values() for package in each} | {*OF_NONE}
    sys.meta_path.insert(0, Hidden(optional - {*PACKAGES[extra]}))


def data():
    rng = np.random.default_rng(0)
    X = np.vstack([rng.normal(c, 1.0, size=(40, 5)) for c in (0.0, 6.0)])
    return X, np.repeat([0, 1], 40)


def fitted():
    """Return each of the six, fitted, and X."""
    import skmath

    X, y = data()
    models = [
        skmath.SVDRegressor(),
        skmath.GDLinearModel("log_loss", alpha=0.1),
        skmath.BackpropMLP((5,), max_iter=20, random_state=0),
        skmath.FromScratchNB("gaussian"),
        skmath.EigenfaceClassifier(2),
        skmath.LaplacianSpectralClustering(2),
    ]
    for model in models:
        model.fit(X, X @ np.arange(5) if model is models[0] else y)
        assert len(model.predict(X)) == len(X)
    return models, X


def core():
    """Fit and predict, name the trusted types, and tell the versions."""
    import skmath

    fitted()
    assert "skmath.svd_regressor.estimator.SVDRegressor" in skmath.trusted_types()
    skmath.show_versions()


def none():
    """Say which extra is missing."""
    import skmath.onnx
    from skmath.datasets import read_face
    from skmath.display import SpectrumDisplay

    models, _ = fitted()
    with raises_import_error("skmath[plot]"):
        SpectrumDisplay.from_estimator(models[0])
    with raises_import_error("skmath[onnx]"):
        skmath.onnx.register()
    with raises_import_error("skmath[images]"):
        read_face(np.arange(600.0).reshape(30, 20))
    with raises_import_error("skmath[index]"):
        skmath.EigenfaceClassifier(2, search="approximate").fit(*data())


class raises_import_error:
    """A context that must end with an ImportError which names an extra.

    As `pytest.raises`, which need not be there.
    """

    def __init__(self, named):
        self.named = named

    def __enter__(self):
        return self

    def __exit__(self, kind, error, trace):
        assert kind is not None, f"no ImportError names {self.named}"
        return issubclass(kind, ImportError) and self.named in str(error)


def plot():
    """Draw the spectrum of a fit and the loss of another."""
    import matplotlib

    matplotlib.use("Agg")
    from skmath.display import LossCurveDisplay, SpectrumDisplay

    models, _ = fitted()
    SpectrumDisplay.from_estimator(models[0]).figure_.canvas.draw()
    LossCurveDisplay.from_estimator(models[2]).figure_.canvas.draw()


def dask():
    """Fit arrays and frames in chunks as one in memory."""
    import dask.array
    import dask.dataframe
    import pandas

    import skmath

    X, _ = data()
    y = X @ np.arange(5)
    expected = skmath.SVDRegressor().fit(X, y).coef_
    chunks = dask.array.from_array(X, chunks=(30, 5))
    model = skmath.SVDRegressor().fit(chunks, dask.array.from_array(y, chunks=30))
    np.testing.assert_allclose(model.coef_, expected, atol=1e-10)
    assert model.predict(chunks).compute().shape == y.shape
    frame = dask.dataframe.from_pandas(pandas.DataFrame(X), npartitions=2)
    target = dask.dataframe.from_pandas(pandas.Series(y), npartitions=2)
    model = skmath.SVDRegressor().fit(frame, target)
    np.testing.assert_allclose(model.coef_, expected, atol=1e-10)


def onnx():
    """Convert five of the six, and compare what the graphs answer."""
    import onnxruntime
    from skl2onnx import to_onnx

    import skmath.onnx

    skmath.onnx.register()
    models, X = fitted()
    for model in models[:-1]:
        content = to_onnx(model, X[:1]).SerializeToString()
        session = onnxruntime.InferenceSession(content)
        answer = session.run(None, {"X": X})[0]
        np.testing.assert_allclose(answer.ravel(), model.predict(X), atol=1e-8)


def skops():
    """Save the six, and load them of trusted types alone."""
    from skops.io import dumps, loads

    import skmath

    models, X = fitted()
    for model in models:
        loaded = loads(dumps(model), trusted=skmath.trusted_types())
        np.testing.assert_array_equal(loaded.predict(X), model.predict(X))


def numba():
    """Fit a sparse X with and without what Numba compiles: the cost is the same."""
    from scipy import sparse

    import skmath
    from skmath.gd_linear_model import coordinate_descent

    assert "numba" not in sys.modules
    rng = np.random.default_rng(0)
    X = sparse.random_array((400, 1000), density=0.01, format="csr", rng=rng)
    y = (X[:, :50].sum(axis=1) + 0.3 * rng.normal(size=400) > 0.3).astype(int)
    for loss in ("squared_error", "log_loss", "poisson"):
        model = skmath.GDLinearModel(loss, penalty="l1", alpha=1e-3, tol=1e-8)
        compiled = model.fit(X, y).loss_curve_[-1]
        assert coordinate_descent.compiled_minimum().signatures
        minimum = coordinate_descent.compiled_minimum
        coordinate_descent.compiled_minimum = lambda: None
        plain = model.fit(X, y).loss_curve_[-1]
        coordinate_descent.compiled_minimum = minimum
        np.testing.assert_allclose(compiled, plain, rtol=1e-10)


def index():
    """Find the nearest faces by an index."""
    import skmath

    X, y = data()
    model = skmath.EigenfaceClassifier(2, search="approximate").fit(X, y)
    assert model.index_recall_ > 0.9
    exact = skmath.EigenfaceClassifier(2).fit(X, y)
    np.testing.assert_array_equal(model.predict(X), exact.predict(X))


def images():
    """Read a picture."""
    from skmath.datasets import read_face

    picture = np.arange(2400).reshape(60, 40).astype(np.uint8)
    assert read_face(picture, shape=(30, 20)).shape == (30, 20)


OWN_PART = {
    **{"none": none, "plot": plot, "dask": dask, "onnx": onnx, "skops": skops},
    **{"numba": numba, "index": index, "images": images},
}
"""What each extra is for."""


def main():
    parser = argparse.ArgumentParser(description=__doc__.partition("\n")[0])
    parser.add_argument("extra", choices=OWN_PART)
    parser.add_argument("--hide", action="store_true")
    arguments = parser.parse_args()
    if arguments.hide:
        hide_all_but(arguments.extra)
    warnings.filterwarnings("ignore", message="The loss was still falling")
    core()
    OWN_PART[arguments.extra]()


if __name__ == "__main__":
    main()
