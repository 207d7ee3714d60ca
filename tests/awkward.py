"""What users bring: awkward arrays, labels, weights and parameters, by name."""

import tempfile

import numpy as np
import pandas as pd
from hypothesis import strategies as st
from scipy import sparse
from scipy.optimize import LinearConstraint
from sklearn.utils._param_validation import (
    generate_invalid_param_val,
    generate_valid_param,
    make_constraint,
)

ROWS = (0, 1, 2, 3, 5, 8, 12, 30)
COLUMNS = (0, 1, 2, 3, 5)


def _some_replaced(X, rng, value):
    X = X.copy()
    X[rng.random(X.shape) < 0.2] = value
    return X


def _read_only(X, rng):
    X.flags.writeable = False
    return X


def _mapped(X, rng):
    if X.size == 0:
        return X
    with tempfile.TemporaryFile() as file:  # gone with the last map of it
        X.tofile(file)
        file.flush()
        return np.memmap(file, X.dtype, "r", shape=X.shape)


def _duplicates(X, rng):
    """Return a CSR array with explicit zeros, entries twice and unsorted."""
    n, p = X.shape
    rows, columns = rng.integers(0, max(n, 1), 20), rng.integers(0, max(p, 1), 20)
    if n == 0 or p == 0:
        return sparse.csr_array(X)
    values = rng.integers(-1, 2, 20).astype(float)
    order = np.argsort(rows, kind="stable")
    indptr = np.searchsorted(rows[order], np.arange(n + 1))
    return sparse.csr_array((values[order], columns[order], indptr), shape=(n, p))


def _wide_indices(X, rng):
    X = sparse.csr_array(X)
    X.indices, X.indptr = X.indices.astype(np.int64), X.indptr.astype(np.int64)
    return X


def _strings(X, rng):
    return rng.choice(np.array(["a", "b", "cc"]), X.shape)


def _objects(X, rng):
    X = X.astype(object)
    if X.size:
        X.flat[0] = rng.choice(np.array([None, "a", 1, 2.5, True], dtype=object))
    return X


def _frame(X, rng):
    return pd.DataFrame(X, columns=[f"x{j}" for j in range(X.shape[1])])


def _mixed_frame(X, rng):
    frame = _frame(X, rng)
    for j, column in enumerate(frame.columns):
        if j % 2:
            frame[column] = pd.Categorical(rng.choice(["a", "b", "c"], len(frame)))
    return frame


ARRAYS = {
    "plain": lambda X, rng: X,
    "positive": lambda X, rng: np.abs(X),
    "huge": lambda X, rng: X * 1e200,
    "large": lambda X, rng: X * 1e100,
    "far": lambda X, rng: X + 1e12,
    "small": lambda X, rng: X * 1e-100,
    "tiny": lambda X, rng: X * 1e-200,
    "denormal": lambda X, rng: np.round(X * 3) * 5e-324,
    "scales": lambda X, rng: X * 10.0 ** rng.integers(-140, 140, X.shape[1]),
    "a column huge": lambda X, rng: X * np.where(np.arange(X.shape[1]), 1, 1e180),
    "infinities": lambda X, rng: _some_replaced(X, rng, np.inf),
    "holes": lambda X, rng: _some_replaced(X, rng, np.nan),
    "nothing": lambda X, rng: np.full(X.shape, np.nan),
    "constant": lambda X, rng: np.full(X.shape, 0.1),
    "zeros": lambda X, rng: np.zeros(X.shape),
    "negative zeros": lambda X, rng: -np.zeros(X.shape),
    "constant columns": lambda X, rng: X * (np.arange(X.shape[1]) % 2) + 0.1,
    "equal rows": lambda X, rng: X[np.zeros(len(X), dtype=int)],
    "pairs of rows": lambda X, rng: X[np.arange(len(X)) // 2],
    "collinear": lambda X, rng: X[:, :1] * np.arange(X.shape[1]),
    "whole numbers": lambda X, rng: np.round(X * 3),
    "one-hot": lambda X, rng: np.eye(max(X.shape))[: len(X), : X.shape[1]],
    "float32": lambda X, rng: X.astype(np.float32),
    "float32 huge": lambda X, rng: (X * 1e30).astype(np.float32),
    "float32 tiny": lambda X, rng: (X * 1e-30).astype(np.float32),
    "float16": lambda X, rng: X.astype(np.float16),
    "long double": lambda X, rng: X.astype(np.longdouble),
    "int8": lambda X, rng: rng.integers(-128, 128, X.shape).astype(np.int8),
    "uint8": lambda X, rng: rng.integers(0, 256, X.shape).astype(np.uint8),
    "int64": lambda X, rng: rng.integers(-(2**62), 2**62, X.shape),
    "counts": lambda X, rng: rng.poisson(2, X.shape),
    "bool": lambda X, rng: X > 0,
    "complex": lambda X, rng: X + 1j,
    "strings": _strings,
    "objects": _objects,
    "dates": lambda X, rng: X.astype("M8[s]"),
    "masked": lambda X, rng: np.ma.masked_array(X, X > 1),
    "columns first": lambda X, rng: np.asfortranarray(X),
    "every other": lambda X, rng: np.repeat(X, 2, axis=0)[::2],
    "reversed": lambda X, rng: X[::-1, ::-1],
    "read-only": _read_only,
    "memory-mapped": _mapped,
    "byte-swapped": lambda X, rng: X.astype(X.dtype.newbyteorder()),
    "csr": lambda X, rng: sparse.csr_array(np.round(X)),
    "csr matrix": lambda X, rng: sparse.csr_matrix(np.round(X)),
    "csr duplicates": _duplicates,
    "csr int64": _wide_indices,
    "csr holes": lambda X, rng: sparse.csr_array(_some_replaced(X, rng, np.nan)),
    "csc": lambda X, rng: sparse.csc_array(np.abs(np.round(X))),
    "coo": lambda X, rng: sparse.coo_array(np.round(X)),
    "list": lambda X, rng: X.tolist(),
    "frame": _frame,
    "mixed frame": _mixed_frame,
    "one dimension": lambda X, rng: X.ravel(),
    "three dimensions": lambda X, rng: X[:, :, None],
    "none": lambda X, rng: None,
    "a number": lambda X, rng: 3.0,
    "a text": lambda X, rng: "X",
}
"""What is made of an array of normal numbers."""

TARGETS = {
    "two": lambda n, rng: np.arange(n) % 2,
    "three": lambda n, rng: np.arange(n) % 3,
    "two words": lambda n, rng: np.array(["no", "yes"])[np.arange(n) % 2],
    "numbers": lambda n, rng: rng.normal(size=n),
    "positive": lambda n, rng: rng.gamma(1.0, size=n),
    "one class": lambda n, rng: np.zeros(n, dtype=int),
    "each its own": lambda n, rng: np.arange(n),
    "negative": lambda n, rng: -(np.arange(n) % 3),
    "whole floats": lambda n, rng: np.arange(n) % 3 * 1.0,
    "bool": lambda n, rng: np.arange(n) % 2 == 1,
    "objects": lambda n, rng: (np.arange(n) % 2).astype(object),
    "mixed": lambda n, rng: np.array([1, "a"] * n, dtype=object)[:n],
    "int8": lambda n, rng: (np.arange(n) % 3 - 128).astype(np.int8),
    "unsigned": lambda n, rng: (np.arange(n) % 3).astype(np.uint64) + np.uint64(2**63),
    "constant": lambda n, rng: np.full(n, 0.1),
    "huge": lambda n, rng: rng.normal(size=n) * 1e200,
    "large": lambda n, rng: rng.normal(size=n) * 1e100,
    "tiny": lambda n, rng: rng.normal(size=n) * 1e-200,
    "denormal": lambda n, rng: rng.integers(0, 3, n) * 5e-324,
    "float32": lambda n, rng: rng.normal(size=n).astype(np.float32),
    "infinite": lambda n, rng: np.where(np.arange(n) % 2, np.inf, 1.0),
    "holes": lambda n, rng: np.where(np.arange(n) % 2, np.nan, 1.0),
    "complex": lambda n, rng: np.arange(n) % 2 + 1j,
    "bytes": lambda n, rng: np.array([b"a", b"b"])[np.arange(n) % 2],
    "a column": lambda n, rng: (np.arange(n) % 2)[:, None],
    "two columns": lambda n, rng: rng.normal(size=(n, 2)),
    "indicators": lambda n, rng: rng.integers(0, 2, (n, 3)),
    "no columns": lambda n, rng: np.ones((n, 0)),
    "too short": lambda n, rng: np.arange(max(0, n - 1)) % 2,
    "series": lambda n, rng: pd.Series(np.arange(n) % 2),
    "categories": lambda n, rng: pd.Series(["a", "b"] * n, dtype="category")[:n],
    "list": lambda n, rng: (np.arange(n) % 2).tolist(),
    "none": lambda n, rng: None,
    "a number": lambda n, rng: 1,
    "read-only": lambda n, rng: _read_only(np.arange(n) % 2, rng),
    "byte-swapped": lambda n, rng: rng.normal(size=n).astype(">f8"),
}

WEIGHTS = {
    "ones": lambda n, rng: np.ones(n),
    "whole": lambda n, rng: rng.integers(0, 3, n),
    "uneven": lambda n, rng: rng.gamma(0.1, size=n),
    "zeros": lambda n, rng: np.zeros(n),
    "tiny": lambda n, rng: np.full(n, 1e-300),
    "denormal": lambda n, rng: np.full(n, 5e-324),
    "huge": lambda n, rng: np.full(n, 1e300),
    "scales": lambda n, rng: 10.0 ** rng.integers(-200, 200, n),
    "one": lambda n, rng: (np.arange(n) == 0) * 1.0,
    "negative": lambda n, rng: -np.ones(n),
    "holes": lambda n, rng: np.where(np.arange(n) % 2, np.nan, 1.0),
    "infinite": lambda n, rng: np.where(np.arange(n) % 2, np.inf, 1.0),
    "float32": lambda n, rng: np.full(n, 0.1, np.float32),
    "too short": lambda n, rng: np.ones(max(0, n - 1)),
    "two columns": lambda n, rng: np.ones((n, 2)),
    "strings": lambda n, rng: np.array(["1"] * n),
    "a number": lambda n, rng: 2.0,
    "bool": lambda n, rng: np.arange(n) % 2 == 0,
    "list": lambda n, rng: [1.0] * n,
}

VALUES = [
    None,
    True,
    False,
    "auto",
    "x",
    -1,
    0,
    1,
    2,
    3,
    50,
    -0.5,
    0.0,
    1e-300,
    0.5,
    1.0,
]
VALUES += [2.5, 1e300, float("nan"), float("inf"), [], [0.5], (2,), {}, np.float32(0.5)]
VALUES += [np.int64(2), np.array([1.0, 2.0])]
"""Anything that may be passed for a parameter; no number that asks for much work."""


@st.composite
def params_of(draw, estimator):
    """Draw up to two parameters, valid, invalid, or anything."""
    constraints = type(estimator)._parameter_constraints
    names = st.sampled_from(sorted(estimator.get_params()))
    params = {}
    for name in draw(st.lists(names, max_size=2, unique=True)):
        values = [st.sampled_from(VALUES)]
        for constraint in constraints.get(name, ()):
            made = make_constraint(constraint)
            values += [_generated(generate_valid_param, made)] * 2
            values.append(_generated(generate_invalid_param_val, made))
        params[name] = draw(st.one_of(values))
    return params


def _generated(function, constraint):
    if getattr(constraint, "type", None) is LinearConstraint:
        made = LinearConstraint(np.ones((1, 3)), -1.0, 1.0)  # scikit-learn makes none
        return st.just(made) if function is generate_valid_param else st.nothing()
    try:
        made = function(constraint)
    except NotImplementedError:
        return st.nothing()
    # An empty function, or an object without its methods, is none of ours to check.
    is_hollow = any(
        s in repr(made) for s in ("generate_valid_param", "ValidHasMethods")
    )
    return st.nothing() if is_hollow else st.just(made)


@st.composite
def tables(draw, n=None, p=None):
    """Draw (name, n, p, X)."""
    n = draw(st.sampled_from(ROWS)) if n is None else n
    p = draw(st.sampled_from(COLUMNS)) if p is None else p
    # Half of them plain, so that the rest is awkward alone.
    names = st.one_of(st.just("plain"), st.sampled_from(sorted(ARRAYS)))
    name = draw(names)
    rng = np.random.default_rng(draw(st.integers(0, 2**16)))
    with np.errstate(all="ignore"):
        return name, n, p, ARRAYS[name](rng.normal(size=(n, p)), rng)


@st.composite
def beside(draw, kinds, usual, n):
    """Draw (name, y or weights) for n rows."""
    names = st.one_of(st.sampled_from(usual), st.sampled_from(sorted(kinds)))
    name = draw(names)
    rng = np.random.default_rng(draw(st.integers(0, 2**16)))
    return name, kinds[name](n, rng)
