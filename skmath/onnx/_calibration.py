"""Calibrated classifiers of skmath: scikit-learn's `CalibratedClassifierCV`.

skl2onnx calibrates probabilities alone, and by the nearest known score where isotonic
regression interpolates. Here a graph does what scikit-learn does: it takes the
`decision_function` where there is one, and knows the three methods.
"""

from functools import partial

import numpy as np
from skl2onnx import get_model_alias
from skl2onnx.common._registration import get_converter, register_converter
from sklearn.calibration import CalibratedClassifierCV

from skmath.onnx._conversion import CONVERTERS, label_type
from skmath.onnx._graph import Graph, refuse
from skmath.onnx._inputs import numbers_type
from skmath.onnx._place import last_step, unfrozen

__all__ = ["register_calibration"]

LOG_OF_ZERO = 1e-12
"""What scikit-learn adds to probabilities before their logarithm is taken."""


def register_calibration():
    """Add what converts calibrated classifiers of skmath; others stay skl2onnx's."""
    name = get_model_alias(CalibratedClassifierCV)
    original = get_converter(name)
    if getattr(original._fct, "func", None) is not convert:
        extended = partial(convert, original._fct)
        register_converter(name, extended, overwrite=True, options=original._options)


def convert(convert_others, scope, operator, container):
    """Convert a calibrated classifier; those of others by skl2onnx's converter."""
    model = operator.raw_operator
    inner = [c.estimator for c in model.calibrated_classifiers_]
    if not any(isinstance(last_step(part), tuple(CONVERTERS)) for part in inner):
        convert_others(scope, operator, container)
        return
    graph = Graph(scope, container, np.float64)
    p = [
        calibrated(graph, model, one, scores(scope, operator, one))
        for one in model.calibrated_classifiers_
    ]
    p = graph.Mul(graph.Sum(*p), 1 / len(p))
    label = graph.labels(graph.indices_of_largest(p), model.classes_)
    for output, answer in zip(operator.outputs, [label, p], strict=True):
        graph.store(answer, output)


def scores(scope, operator, one):
    """Return the name of what a classifier's calibrators are given."""
    estimator = unfrozen(one.estimator)
    inner = scope.declare_local_operator(get_model_alias(type(estimator)), estimator)
    inner.inputs = operator.inputs
    label = scope.declare_local_variable("label", label_type(estimator.classes_)())
    found = scope.declare_local_variable("scores", numbers_type(operator.inputs)())
    inner.outputs.extend([label, found])
    return found.full_name


def calibrated(graph, model, one, Z):
    """Return the probabilities that calibrators make of scores, a column a class."""
    Z, two = graph.doubles(Z), len(one.classes) == 2
    decides = hasattr(one.estimator, "decision_function")
    if one.method == "temperature":
        if two and decides:
            Z = graph.Concat(graph.Neg(Z), Z, axis=1)
        elif not decides:
            Z = graph.Log(graph.Add(Z, LOG_OF_ZERO))
        return graph.softmax(graph.Mul(Z, float(one.calibrators[0].beta_)))
    if one.method not in METHODS:
        refuse(model, f"method={one.method!r}", f"Use one of {', '.join(METHODS)}.")
    first = 1 if two and not decides else 0
    p = [
        METHODS[one.method](graph, graph.Gather(Z, np.array([first + k]), axis=1), by)
        for k, by in enumerate(one.calibrators)
    ]
    if two:
        return graph.Concat(graph.Sub(1.0, p[0]), p[0], axis=1)
    p = graph.Concat(*p, axis=1)
    total = graph.total(p)
    none = graph.Equal(total, 0.0)
    share = graph.Div(p, graph.Where(none, 1.0, total))
    return graph.Where(none, 1 / len(one.classes), share)


def sigmoid(graph, z, calibrator):
    """Return 1 / (1 + exp(a z + b))."""
    return graph.logistic(
        graph.Neg(graph.Add(graph.Mul(z, float(calibrator.a_)), float(calibrator.b_)))
    )


def isotonic(graph, z, calibrator):
    """Return what stands between the values at the two known scores around z."""
    x = np.asarray(calibrator.X_thresholds_, dtype=np.float64)
    y = np.asarray(calibrator.y_thresholds_, dtype=np.float64)
    if len(x) == 1:
        return graph.Add(graph.Mul(z, 0.0), float(y[0]))
    z = graph.Max(graph.Min(z, float(calibrator.X_max_)), float(calibrator.X_min_))
    inner = np.append(x[1:-1], np.inf)
    above = graph.doubles(graph.Greater(z, inner[None, :]))
    i = graph.column(graph.integers(graph.total(above)))
    left, value, slope = (
        graph.Gather(each[:, None], i, axis=0)
        for each in (x[:-1], y[:-1], np.diff(y) / np.diff(x))
    )
    return graph.Add(value, graph.Mul(graph.Sub(z, left), slope))


METHODS = {"sigmoid": sigmoid, "isotonic": isotonic}
"""What makes probabilities of a column of scores: of (graph, z, calibrator)."""
