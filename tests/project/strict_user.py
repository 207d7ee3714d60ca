"""A program of a user who checks it with ``mypy --strict``; test_types.py does so.

It is not run: it shows which types a user of the public interface gets.
"""

from collections.abc import Iterator
from typing import Any, assert_type

import numpy as np

import skmath
from skmath import (
    BackpropMLP,
    EigenfaceClassifier,
    FromScratchNB,
    GDLinearModel,
    LaplacianSpectralClustering,
    SVDRegressor,
    calculus,
    datasets,
    display,
    linear_algebra,
    onnx,
    probability,
    statistics,
)
from skmath.callbacks import EarlyStopping
from skmath.exceptions import CollinearityWarning

X, y = np.ones((4, 2)), np.arange(4.0)
people, weight = np.array([0, 0, 1, 1]), np.ones(4)


def svd_regressor() -> None:
    """Fit and read an `SVDRegressor`."""
    model = SVDRegressor(alpha=1.0, solver="svd")
    assert_type(model.fit(X, y, sample_weight=weight), SVDRegressor)
    assert_type(model.fit(X=X, y=y).partial_fit(X, y), SVDRegressor)
    assert_type(model.score(X, y), float)
    assert_type(model.condition_number_, float)
    model.predict(X, return_std=True)
    model.predict(X, return_interval=0.9)
    model.inverse_transform(model.transform(X))
    model.fit_windows(X, y, window=3, step=1)
    model.fit_groups(X, y, people)
    model.leverage(X)
    model.influence(X, y)
    model.coef_path()
    model.variance_inflation_factors()
    summary = model.summary(X, y, cov_type="HC3")
    assert_type(summary.covariance, np.ndarray)
    summary.wald_test([[0.0, 1.0, 0.0]])
    summary.wald_test_terms()
    print(model.singular_values_, model.spectrum_, model.filter_factors_)
    print(model.components_, model.explained_variance_ratio_)
    print(model.degrees_of_freedom_, model.coef_, model.intercept_)


def eigenface_classifier() -> None:
    """Enrol and identify people."""
    model = EigenfaceClassifier(n_components=2, known_threshold="auto")
    assert_type(model.fit(X, people), EigenfaceClassifier)
    assert_type(model.partial_fit(X, people, classes=[0, 1, 2]), EigenfaceClassifier)
    assert_type(model.forget([1], refit=True), EigenfaceClassifier)
    assert_type(EigenfaceClassifier.for_embeddings(), EigenfaceClassifier)
    assert_type(model.predict(X, groups=people), np.ndarray)
    assert_type(model.predict_proba(X), np.ndarray)
    assert_type(model.transform(X), np.ndarray)
    assert_type(model.inverse_transform(X), np.ndarray)
    assert_type(model.prepare(X), np.ndarray)
    assert_type(model.open_set_score(X), np.ndarray)
    assert_type(model.kneighbors(X, n_neighbors=1), tuple[np.ndarray, np.ndarray])
    assert_type(model.score(X, people), float)
    labels, distances, probabilities = model.watch_list(X, k=2)
    print(model.identify(X).label, model.verify(X, X, prior=0.1).probability)
    print(labels, distances, probabilities)


def laplacian_spectral_clustering() -> None:
    """Cluster rows."""
    model = LaplacianSpectralClustering(n_clusters=2, affinity="rbf")
    fitted = model.fit(X, sample_weight=weight, must_link=[[0, 1]])
    assert_type(fitted, LaplacianSpectralClustering)
    assert_type(model.score(X), float)
    model.predict(X)
    model.predict_proba(X)
    model.transform(X)
    model.labels_path([2, 3])
    print(model.fit_predict(X), model.labels_, model.affinity_matrix_)


def gd_linear_model() -> None:
    """Fit a linear model."""
    model = GDLinearModel("poisson", alpha=0.1, solver="lbfgs")
    assert_type(model.fit(X, y, sample_weight=weight, offset=weight), GDLinearModel)
    assert_type(GDLinearModel(solver="sgd").partial_fit(X, y), GDLinearModel)
    assert_type(model.score(X, y), float)
    alphas, coefs, intercepts = model.path(None, X, y)
    assert_type(alphas, np.ndarray)
    model.predict(X, offset=weight)
    classifier = GDLinearModel("log_loss").fit(X, people)
    classifier.predict_proba(X)
    classifier.predict_log_proba(X)
    classifier.decision_function(X)
    print(classifier.summary(X, people), coefs, intercepts, model.n_iter_)


def backprop_mlp() -> None:
    """Train and inspect a network."""
    model = BackpropMLP(hidden_layer_sizes=(4,), random_state=0)
    stop = EarlyStopping(validation=(X, people), patience=2)
    model.set_callbacks(stop)
    assert_type(model.fit(X, people, X_val=X, y_val=people), BackpropMLP)
    assert_type(model.partial_fit(X, people, n_epochs=2), BackpropMLP)
    assert_type(model.score(X, people), float)
    assert_type(model.layer_outputs(X), list[np.ndarray])
    assert_type(model.check_gradients(X, people), float)
    assert_type(model.transform(X), np.ndarray)
    of_coefs, of_intercepts = model.gradients(X, people)
    coefs, intercepts = model.unstandardized()
    model.predict(X, return_std=True)
    model.predict_proba(X)
    model.predict_log_proba(X)
    model.decision_function(X)
    print(of_coefs, of_intercepts, coefs, intercepts, stop.best_score_)
    print(model.categories_, model.embeddings_, model.coefs_, model.loss_curve_)


def from_scratch_nb() -> None:
    """Fit naive Bayes."""
    model = FromScratchNB(distribution="gaussian")
    assert_type(model.fit(X, people, sample_weight=weight), FromScratchNB)
    assert_type(model.partial_fit(X, people, classes=[0, 1]), FromScratchNB)
    assert_type(model.score(X, people), float)
    assert_type(model.sample(3, random_state=0), tuple[np.ndarray, np.ndarray])
    assert_type(model.feature_log_likelihood([0.0, 1.0], 0), np.ndarray)
    model.predict(X)
    model.predict_proba(X)
    model.predict_log_proba(X)
    model.predict_joint_log_proba(X)
    model.feature_evidence(X)
    model.transform(X)
    print(model.feature_importances_, model.classes_)


class LogCosh(calculus.Loss):
    """A custom loss."""

    def value(self, y: np.ndarray, z: np.ndarray) -> Any:
        """Return the loss of each row."""
        return np.log(np.cosh(z - y)).sum(axis=1)

    def gradient(self, y: np.ndarray, z: np.ndarray) -> Any:
        """Return its derivative."""
        return np.tanh(z - y)

    def curvature(self, y: np.ndarray, z: np.ndarray) -> Any:
        """Return its second derivative."""
        return 1 - np.tanh(z - y) ** 2


def minimum() -> np.ndarray:
    """Minimise a function, and a penalised loss step by step."""

    def f(x: np.ndarray) -> tuple[float, np.ndarray]:
        return float(x @ x), 2 * x

    points = calculus.gradient_descent(f, [3.0, 1.0], rule="nesterov")
    assert_type(points, Iterator[calculus.Point])
    flat = calculus.Metric(np.ones((1, 1)), np.zeros((1, 1)), np.ones((1, 1)))
    path = calculus.descend(
        f,
        calculus.L1(0.1),
        np.zeros((2, 1)),
        rule=calculus.Nesterov(),
        metric=lambda point: flat,
        reference=flat,
    )
    theta: np.ndarray = next(path).point.theta
    return theta


def mathematics() -> None:
    """Call functions of the four modules of mathematics."""
    calculus.check_gradient(LogCosh())
    model = GDLinearModel(LogCosh(), penalty=calculus.SparseGroup(1.0, 0.5, people))
    assert_type(model.fit(X, y), GDLinearModel)
    assert_type(calculus.resolve_loss("huber", delta=1.0), calculus.Loss)
    network = calculus.Network([2, 3, 1], ["relu", "identity"], np.zeros(13))
    calculus.forward(X, network.layers)
    calculus.Adam(learning_rate=0.01).step(np.zeros(3))
    problem = linear_algebra.from_rows(X, y[:, None], rcond=1e-12)
    assert_type(problem, linear_algebra.LeastSquares)
    assert_type(problem.solve(), np.ndarray)
    assert_type(problem.rank, int)
    L = linear_algebra.symmetric_laplacian(X @ X.T)
    assert_type(linear_algebra.top_eigenvectors(L, 2), linear_algebra.Spectrum)
    print(linear_algebra.DISTANCES["cosine"].between(X, X), L @ X)
    moments = statistics.cross_moments(X, y) + statistics.cross_moments(X, y)
    assert_type(moments, statistics.CrossMoments)
    assert_type(statistics.diagnose([1.0], [0.5]).verdict, str)
    assert_type(statistics.modularity(X @ X.T, people), float)
    cells = probability.cells_of(X, weight, [False, False], 2)
    assert_type(cells, probability.Cells)
    gaussian = probability.Gaussian()
    parameters = gaussian.fit(gaussian.statistics(X, np.eye(4, 2), weight))
    assert_type(parameters, dict[str, Any])
    gaussian.log_likelihood(X, parameters)
    assert_type(probability.silverman_bandwidth(y, weight), float)


def plots() -> None:
    """Draw displays."""
    model = SVDRegressor().fit(X, y)
    shown = display.SpectrumDisplay.from_estimator(model)
    assert_type(shown, display.SpectrumDisplay)
    assert_type(shown.plot(ax=None), display.SpectrumDisplay)
    display.SummaryDisplay.from_summary(model.summary())
    display.ReliabilityDisplay.from_estimator(FromScratchNB().fit(X, y), X, y)
    display.LossCurveDisplay(loss_curve=[3.0, 2.0]).plot()
    print(shown.ax_, shown.figure_)


def others() -> None:
    """Load data, export models, and read about the package."""
    print(datasets.load_boston_housing(return_X_y=True))
    assert_type(datasets.read_face("face.png", shape=(28, 23)), np.ndarray)
    onnx.register()
    skmath.show_versions()
    assert_type(skmath.trusted_types(), list[str])
    assert_type(skmath.__version__, str)
    raise CollinearityWarning("dependent columns", columns={1: [0]})
