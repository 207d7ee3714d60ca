"""`register`, which needs skl2onnx when it is called and not when it is imported."""

__all__ = ["register"]


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
    from skl2onnx import update_registered_parser
    from skl2onnx._parse import sklearn_parsers_map

    from skmath.onnx import _conversion as ours

    for estimator, write in ours.CONVERTERS.items():
        update_registered_converter(
            estimator,
            ours.alias(estimator),
            ours.declare_shapes,
            ours.converter(write),
            parser=ours.declare_outputs,
            overwrite=True,
            options={"zipmap": [False], "nocl": [False]},
        )
    for wrapper, check in ours.CHECKS.items():
        parse = ours.checked_first(sklearn_parsers_map[wrapper], check)
        update_registered_parser(wrapper, parse)
