"""`register`, which needs skl2onnx when it is called and not when it is imported."""

__all__ = ["register"]


def register() -> None:
    """Add converters of five estimators to skl2onnx; more than once does no harm.

    `SVDRegressor` gives ``variable``; a classifier ``label`` and ``probabilities``, an
    array of shape (n_samples, n_classes), or ``scores`` where its loss knows no
    probabilities. `LaplacianSpectralClustering` has no converter: its new rows are
    compared with those of `fit` by a search that ONNX has no operator for.

    Before the last step of a pipeline, in a union or on some columns, an estimator
    gives what its `transform` returns. Elsewhere the option ``transform`` asks for it:
    ``to_onnx(model, X[:1], options={id(model): {"transform": True}})``.

    Raises
    ------
    ImportError
        If skl2onnx is not installed.

    Notes
    -----
    *Inputs.* A data frame as the example, or several initial types, make several inputs
    of the graph. They are joined in the order of the features of the same names, or in
    their own where the names are others, and cast to float64. The answers are in
    float64 if one of the inputs is.

    Columns of text are read for `BackpropMLP` and `FromScratchNB`, as strings: an input
    for each column of a frame, or all columns as one array of objects. "", "nan",
    "None", "<NA>" and "NaT" are missing values there, unless `fit` saw them as
    categories; in columns that held numbers or booleans a string is the number or
    boolean whose text it is. Dates are refused: convert them to numbers first.

    *Where.* An estimator may stand alone, in a pipeline, a union or a column
    transformer, in `GridSearchCV`, in a vote, a stack, bagged, boosted, calibrated by
    any method, one against the rest or in one place of a multiple output: where what
    the graph answers was compared with scikit-learn.

    *Refused.* Converting raises a NotImplementedError that names the estimator and what
    to do instead: a search or a stack that transforms; the `transform` of Poisson
    counts, for ONNX has no factorial; tuned thresholds and other wrappers;
    likelihoods, losses and activations that ONNX has no operators for (objects that are
    not of skmath); kernel densities of more than 16 million values and tables of pairs
    of more than a gigabyte; strings where numbers were learned, or the reverse; several
    labels a row, several neighbours that vote; inputs of other columns than X has.

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

    from skmath.laplacian_spectral_clustering import LaplacianSpectralClustering
    from skmath.onnx._calibration import register_calibration
    from skmath.onnx._conversion import CONVERTERS, alias, converter, declare_shapes
    from skmath.onnx._parsers import (
        PREPARATIONS,
        declare_outputs,
        prepared,
        refuse_clusters,
    )

    for estimator, write in CONVERTERS.items():
        update_registered_converter(
            estimator,
            alias(estimator),
            declare_shapes,
            converter(write),
            parser=declare_outputs,
            overwrite=True,
            options={"zipmap": [False], "nocl": [False], "transform": [False, True]},
        )
    # Its parser raises an error: what follows is not reached.
    update_registered_converter(
        LaplacianSpectralClustering,
        alias(LaplacianSpectralClustering),
        declare_shapes,
        converter(refuse_clusters),
        parser=refuse_clusters,
        overwrite=True,
    )
    for holder, prepare in PREPARATIONS.items():
        parse = prepared(sklearn_parsers_map[holder], prepare)
        update_registered_parser(holder, parse)
    register_calibration()
