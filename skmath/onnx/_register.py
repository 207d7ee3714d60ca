"""The converters' table, and what skl2onnx wants of each."""

from skmath.backprop_mlp import BackpropMLP
from skmath.eigenface_classifier import EigenfaceClassifier
from skmath.from_scratch_nb import FromScratchNB
from skmath.gd_linear_model import GDLinearModel
from skmath.onnx._bayes import naive_bayes
from skmath.onnx._faces import faces
from skmath.onnx._graph import Graph
from skmath.onnx._linear import least_squares, linear_model, network
from skmath.svd_regressor import SVDRegressor

__all__ = ["register"]

CONVERTERS = {
    SVDRegressor: least_squares,
    GDLinearModel: linear_model,
    BackpropMLP: network,
    FromScratchNB: naive_bayes,
    EigenfaceClassifier: faces,
}
"""What writes an estimator's answers as nodes: of (graph, model, name of X)."""


def register():
    """Add converters of five estimators to skl2onnx; more than once does no harm.

    `SVDRegressor` gives ``variable``; a classifier ``label`` and ``probabilities``, an
    array of shape (n_samples, n_classes), or ``scores`` where its loss knows no
    probabilities. `LaplacianSpectralClustering` has no converter: its new rows are
    compared with those of `fit` by a search that ONNX has no operator for.

    Raises
    ------
    ImportError
        If skl2onnx is not installed.

    Notes
    -----
    Converting raises a NotImplementedError, which names the parameter, for likelihoods,
    losses and activations that ONNX has no operators for or that are one's own:
    "kde" and "bins" of naive Bayes, tables with strings, several labels a row.

    Examples
    --------
    >>> import numpy as np
    >>> import skmath.onnx
    >>> from skl2onnx import to_onnx
    >>> from skmath import SVDRegressor
    >>> skmath.onnx.register()
    >>> X = np.array([[1.0], [2.0], [4.0]])
    >>> model = to_onnx(SVDRegressor().fit(X, X[:, 0] + 1), X)
    >>> [output.name for output in model.graph.output]
    ['variable']
    """
    try:
        from skl2onnx import update_registered_converter
    except ImportError as failure:
        raise ImportError(
            'skl2onnx is not installed: pip install "skmath[onnx]"'
        ) from failure
    for estimator, write in CONVERTERS.items():
        update_registered_converter(
            estimator,
            f"Skmath{estimator.__name__}",
            _declare_shapes,
            _converter(write),
            parser=_declare_outputs,
            overwrite=True,
            options={"zipmap": [False], "nocl": [False]},
        )


def _converter(write):
    def convert(scope, operator, container):
        graph = Graph(scope, container)
        X = graph.doubles(operator.inputs[0].full_name)
        answers = write(graph, operator.raw_operator, X)
        for output, answer in zip(operator.outputs, answers, strict=True):
            graph.store(answer, output)

    return convert


def _declare_outputs(scope, model, inputs, custom_parsers=None):
    """Return the outputs' variables: numbers, or a label and what it is chosen by."""
    from skl2onnx.common.data_types import guess_tensor_type

    operator = scope.declare_local_operator(f"Skmath{type(model).__name__}", model)
    operator.inputs.extend(inputs)
    numbers = guess_tensor_type(inputs[0].type)
    named = {"variable": numbers}
    if hasattr(model, "classes_"):
        scored = "probabilities" if hasattr(model, "predict_proba") else "scores"
        named = {"label": _label_type(model.classes_), scored: numbers}
    for name, type_ in named.items():
        operator.outputs.append(scope.declare_local_variable(name, type_))
    return operator.outputs


def _declare_shapes(operator):
    """Set the outputs' types: as many rows as X, numbers of X's dtype."""
    from skl2onnx.common.data_types import guess_tensor_type

    model, n_rows = operator.raw_operator, operator.inputs[0].get_first_dimension()
    *label, numbers = operator.outputs
    numbers.type = guess_tensor_type(operator.inputs[0].type)
    numbers.type.shape = [n_rows, None]
    for output in label:
        output.type = _label_type(model.classes_)
        output.type.shape = [n_rows]


def _label_type(classes):
    """Return the type of labels: integers, strings, or numbers."""
    from skl2onnx.common import data_types

    kinds = {"f": data_types.DoubleTensorType, "i": data_types.Int64TensorType}
    kinds |= dict.fromkeys("ub", data_types.Int64TensorType)
    return kinds.get(classes.dtype.kind, data_types.StringTensorType)()
