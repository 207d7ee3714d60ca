"""The displays: the data of their artists, where they draw, and what they refuse."""

import subprocess
import sys

import matplotlib
import numpy as np
import pytest
from numpy.testing import assert_allclose, assert_array_equal
from scipy import sparse, stats
from sklearn.datasets import load_breast_cancer, load_diabetes, load_digits, load_iris
from sklearn.exceptions import ConvergenceWarning, NotFittedError
from sklearn.model_selection import learning_curve
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import FunctionTransformer, StandardScaler
from sklearn.tree import DecisionTreeClassifier, DecisionTreeRegressor

from skmath import (
    BackpropMLP,
    EigenfaceClassifier,
    FromScratchNB,
    GDLinearModel,
    LaplacianSpectralClustering,
    SVDRegressor,
    display,
)
from skmath._tour.registry import entries
from skmath.datasets import load_play_tennis
from skmath.display import (
    AlphaPathDisplay,
    DescentDisplay,
    EigenfacesDisplay,
    EmbeddingDisplay,
    EvidenceDisplay,
    FaceDistanceDisplay,
    FitDiagnosisDisplay,
    LikelihoodDisplay,
    LossCurveDisplay,
    RankSelectionDisplay,
    SpectrumDisplay,
    SummaryDisplay,
)
from skmath.display.descent import above_lowest
from skmath.display.embedding import MAX_TILES, mean_tiles
from skmath.exceptions import CollinearityWarning


@pytest.fixture(autouse=True, scope="module")
def agg():
    before = matplotlib.get_backend()
    matplotlib.use("Agg")
    yield
    matplotlib.use(before)


@pytest.fixture
def plt():
    import matplotlib.pyplot as plt

    return plt


@pytest.fixture(autouse=True)
def no_figure_stays_open(plt):
    yield
    plt.close("all")


@pytest.fixture(scope="module")
def digits():
    return load_digits(return_X_y=True)


@pytest.fixture(scope="module")
def iris():
    return load_iris(return_X_y=True)


@pytest.fixture(scope="module")
def regression():
    X, y = load_diabetes(return_X_y=True)
    return SVDRegressor(n_components=6).fit(X, y)


@pytest.fixture(scope="module")
def faces(digits):
    return EigenfaceClassifier(n_components=20).fit(*digits)


@pytest.fixture(scope="module")
def gate(digits):
    enrolled = digits[1] < 8
    return EigenfaceClassifier(20).fit(digits[0][enrolled], digits[1][enrolled])


@pytest.fixture(scope="module")
def clustering(iris):
    X = StandardScaler().fit_transform(iris[0])
    return LaplacianSpectralClustering(3, affinity="rbf", random_state=0).fit(X)


@pytest.fixture(scope="module")
def descent():
    return GDLinearModel("log_loss", alpha=1e-3).fit(
        *load_breast_cancer(return_X_y=True)
    )


@pytest.fixture(scope="module")
def network(iris):
    return BackpropMLP(random_state=0).fit(*iris)


@pytest.fixture(scope="module")
def bayes(iris):
    return FromScratchNB().fit(*iris)


@pytest.fixture(scope="module")
def tree(iris):
    return FromScratchNB(dependence="tan").fit(*iris)


@pytest.fixture(scope="module")
def chosen_rank():
    return SVDRegressor("auto").fit(*load_diabetes(return_X_y=True))


@pytest.fixture(scope="module")
def chosen_alpha():
    model = GDLinearModel(penalty="l1", alpha="cv", n_alphas=20)
    return model.fit(*load_diabetes(return_X_y=True))


@pytest.fixture(params=sorted(set(display.__all__) - {"FitDiagnosisDisplay"}))
def fitted(request, digits, iris):
    """A display, a fitted estimator for it, data for it, and options."""
    estimators = {
        "SpectrumDisplay": "regression",
        "SummaryDisplay": "regression",
        "EigenfacesDisplay": "faces",
        "EmbeddingDisplay": "clustering",
        "DescentDisplay": "descent",
        "LossCurveDisplay": "network",
        "EvidenceDisplay": "bayes",
        "LikelihoodDisplay": "bayes",
        "ReliabilityDisplay": "bayes",
        "DependenceTreeDisplay": "tree",
        "RankSelectionDisplay": "chosen_rank",
        "AlphaPathDisplay": "chosen_alpha",
        "FaceDistanceDisplay": "faces",
        "DETDisplay": "gate",
    }
    estimator = request.getfixturevalue(estimators[request.param])
    of_faces = any(word in request.param for word in ("Face", "face", "DET"))
    X = digits[0] if of_faces else iris[0]
    of_display = {
        "EigenfacesDisplay": {"image_shape": (8, 8)},
        "ReliabilityDisplay": {"y": iris[1]},
        "DETDisplay": {"y": digits[1]},
    }
    options = of_display.get(request.param, {})
    return getattr(display, request.param), estimator, X, options


def main_artist(shown):
    """Return what **kwargs go to."""
    for name in ("line_", "scatter_"):
        if hasattr(shown, name):
            return getattr(shown, name)
    if hasattr(shown, "points_"):
        return next(iter(shown.points_.values()))
    if hasattr(shown, "lines_"):
        return shown.lines_[0]
    return shown.images_[0] if hasattr(shown, "images_") else shown.bars_[0]


# What all displays have in common.


def test_every_estimator_has_a_display():
    assert {entry.display for entry in entries()} <= set(display.__all__)


def test_from_estimator_returns_a_display_whose_figure_can_be_drawn(fitted):
    cls, estimator, X, options = fitted
    shown = cls.from_estimator(estimator, X, **options)
    assert isinstance(shown, cls)
    shown.figure_.canvas.draw()
    assert all(ax.figure is shown.figure_ for ax in np.ravel(shown.ax_))


def test_an_estimator_that_is_not_fitted_is_refused(fitted):
    cls, estimator, X, options = fitted
    with pytest.raises(NotFittedError):
        cls.from_estimator(type(estimator)(), X, **options)


def test_nothing_is_fitted_again(fitted):
    cls, estimator, X, options = fitted
    before = dict(vars(estimator))
    cls.from_estimator(estimator, X, **options)
    assert all(vars(estimator)[name] is value for name, value in before.items())
    assert vars(estimator).keys() == before.keys()


def test_one_axes_is_used_or_divided(fitted, plt):
    cls, estimator, X, options = fitted
    figure, (left, right) = plt.subplots(1, 2, figsize=(20, 5), layout="constrained")
    shown = cls.from_estimator(estimator, X, ax=right, **options)
    assert shown.figure_ is figure
    figure.canvas.draw()
    place = right.get_subplotspec().get_position(figure)
    for ax in np.ravel(shown.ax_):
        assert ax.get_subplotspec().get_position(figure).x0 >= place.x0
    assert not left.has_data()


def test_several_axes_are_used_as_they_are(fitted, plt):
    cls, estimator, X, options = fitted
    n = np.size(cls.from_estimator(estimator, X, **options).ax_)
    _, axes = plt.subplots(1, n, squeeze=False)
    shown = cls.from_estimator(estimator, X, ax=axes, **options)
    assert list(np.ravel(shown.ax_)) == list(axes[0])


def test_plot_draws_again_and_returns_the_display(fitted, plt):
    cls, estimator, X, options = fitted
    shown = cls.from_estimator(estimator, X, **options)
    first = shown.figure_
    assert shown.plot() is shown
    assert shown.figure_ is not first


def test_keywords_reach_the_main_artist(fitted):
    cls, estimator, X, options = fitted
    shown = cls.from_estimator(estimator, X, alpha=0.25, gid="mine", **options)
    assert main_artist(shown).get_alpha() == 0.25
    assert main_artist(shown).get_gid() == "mine"


def test_a_pipeline_is_drawn_by_its_last_step(fitted):
    cls, estimator, X, options = fitted
    doubled = make_pipeline(FunctionTransformer(lambda X: 2 * X), estimator)
    shown = cls.from_estimator(doubled, X, **options)
    same = cls.from_estimator(estimator, 2 * X, **options)
    for name, value in vars(same).items():
        if isinstance(value, np.ndarray) and not name.endswith("_"):
            assert_array_equal(getattr(shown, name), value)


@pytest.mark.parametrize("cls", [SpectrumDisplay, EmbeddingDisplay, DescentDisplay])
def test_too_few_axes_are_refused(cls, request, plt):
    name = {"SpectrumDisplay": "regression", "EmbeddingDisplay": "clustering"}
    estimator = request.getfixturevalue(name.get(cls.__name__, "descent"))
    _, axes = plt.subplots(1, 1)
    with pytest.raises(ValueError, match="a single one that it divides; ax has 0"):
        cls.from_estimator(estimator, ax=[])
    no_grid = axes.figure.add_axes((0.1, 0.1, 0.5, 0.5))
    with pytest.raises(ValueError, match=r"pass \d axes"):
        cls.from_estimator(estimator, ax=no_grid)


def test_importing_the_displays_does_not_import_matplotlib():
    code = "import sys, skmath.display; sys.exit('matplotlib' in sys.modules)"
    assert subprocess.run([sys.executable, "-c", code], check=False).returncode == 0


def test_a_missing_matplotlib_is_named_with_the_remedy(network, monkeypatch):
    monkeypatch.setitem(sys.modules, "matplotlib.pyplot", None)
    with pytest.raises(ImportError, match=r'pip install "skmath\[plot\]"'):
        LossCurveDisplay.from_estimator(network)


# SpectrumDisplay


def test_spectrum_draws_all_singular_values_and_cumulated_shares(regression):
    shown = SpectrumDisplay.from_estimator(regression)
    X, _ = load_diabetes(return_X_y=True)
    s = np.linalg.svd(X - X.mean(axis=0), compute_uv=False)
    assert_array_equal(shown.line_.get_xdata(), np.arange(1, 11))
    assert_allclose(shown.line_.get_ydata(), s, rtol=1e-10)
    share = np.cumsum(s**2) / np.sum(s**2)
    assert_array_equal(shown.cumulative_line_.get_xdata(), np.arange(1, 11))
    assert_allclose(shown.cumulative_line_.get_ydata(), share, rtol=1e-10)
    assert shown.ax_[0].get_yscale() == "log"


def shaded(ax):
    """Return the range of x that a panel shades, None if it shades nothing."""
    spans = [patch for patch in ax.patches if patch.get_width() > 0]
    return (
        (spans[0].get_x(), spans[0].get_x() + spans[0].get_width()) if spans else None
    )


def test_spectrum_marks_the_last_inverted_and_shades_the_rest(regression):
    shown = SpectrumDisplay.from_estimator(regression)
    for ax, line in zip(shown.ax_, shown.chosen_lines_, strict=True):
        assert_array_equal(line.get_xdata(), [6, 6])
        assert line.get_label() == "inverted: 6 of 10"
        assert ax.get_xlim()[1] == 10.5
        assert shaded(ax) == (6, 10.5)


def test_spectrum_that_is_inverted_whole_has_no_shade():
    model = SVDRegressor().fit(*load_diabetes(return_X_y=True))
    shown = SpectrumDisplay.from_estimator(model)
    assert [shaded(ax) for ax in shown.ax_] == [None, None]
    assert shown.chosen_lines_[0].get_label() == "inverted: 10 of 10"


def test_spectrum_is_a_share_of_all_variance_where_few_values_were_looked_for():
    X, y = load_diabetes(return_X_y=True)
    model = SVDRegressor(n_components=3, solver="lanczos", random_state=0).fit(X, y)
    shown = SpectrumDisplay.from_estimator(model)
    s = np.linalg.svd(X - X.mean(axis=0), compute_uv=False)
    share = np.cumsum(s**2)[:3] / np.sum(s**2)
    assert_allclose(shown.cumulative_line_.get_ydata(), share, rtol=1e-6)


def test_spectrum_of_a_constant_X_is_empty():
    model = SVDRegressor().fit(np.ones((5, 2)), np.arange(5.0))
    shown = SpectrumDisplay.from_estimator(model)
    shown.figure_.canvas.draw()
    assert len(shown.line_.get_ydata()) == 0


# EigenfacesDisplay


def test_eigenfaces_are_the_components_as_images(faces):
    shown = EigenfacesDisplay.from_estimator(faces, image_shape=(8, 8), n_eigenfaces=4)
    mean_face, *eigenfaces = [image.get_array() for image in shown.images_]
    assert_array_equal(mean_face, faces.mean_face_.reshape(8, 8))
    assert_array_equal(eigenfaces, faces.components_[:4].reshape(4, 8, 8))


def test_middle_grey_of_an_eigenface_is_zero(faces):
    shown = EigenfacesDisplay.from_estimator(faces, image_shape=(8, 8))
    for image in shown.images_[1:]:
        low, high = image.get_clim()
        assert low == -high
        assert high == np.abs(image.get_array()).max()


def test_first_row_of_X_is_drawn_with_its_projection_on_face_space(faces, digits):
    X, _ = digits
    shown = EigenfacesDisplay.from_estimator(faces, X[3:], image_shape=(8, 8))
    _, face, reconstruction, *_ = [image.get_array() for image in shown.images_]
    [seen] = faces.prepare(X[3:4])
    assert_array_equal(face, seen.reshape(8, 8))
    E = faces.components_
    projected = faces.mean_face_ + E.T @ (E @ (seen - faces.mean_face_))
    assert_allclose(reconstruction.ravel(), projected, atol=1e-10)
    error = np.sqrt(np.mean((projected - seen) ** 2))
    assert f"RMS error {error:.3g}" in shown.ax_[2].get_title()


def test_eigenfaces_take_the_shape_of_the_estimator(digits):
    X, y = digits
    model = EigenfaceClassifier(n_components=3, image_shape=(4, 16)).fit(X, y)
    shown = EigenfacesDisplay.from_estimator(model)
    assert [image.get_array().shape for image in shown.images_] == [(4, 16)] * 4
    shown = EigenfacesDisplay.from_estimator(model, image_shape=(16, 4))
    assert shown.images_[0].get_array().shape == (16, 4)


def test_images_of_unknown_or_wrong_shape_are_refused(faces):
    with pytest.raises(ValueError, match=r"pass image_shape=\(height, width\)"):
        EigenfacesDisplay.from_estimator(faces)
    with pytest.raises(ValueError, match="does not match images with 64"):
        EigenfacesDisplay.from_estimator(faces, image_shape=(8, 9))


def test_faces_as_data_frames_are_drawn(faces, digits):
    pd = pytest.importorskip("pandas")
    X = pd.DataFrame(digits[0]).add_prefix("pixel")
    model = EigenfaceClassifier(n_components=2, brightness=None)
    model.set_output(transform="pandas")
    shown = EigenfacesDisplay.from_estimator(
        model.fit(X, digits[1]), X, image_shape=(8, 8)
    )
    assert_array_equal(shown.images_[1].get_array(), digits[0][0].reshape(8, 8))


# EmbeddingDisplay


def test_wrong_axes_of_a_clustering_are_refused_with_their_number(clustering, plt):
    alone = plt.figure().add_axes((0, 0, 1, 1))
    for ax in (alone, [], plt.subplots(1, 2)[1]):
        with pytest.raises(ValueError, match=r"(requires|pass) 3 axes"):
            EmbeddingDisplay.from_estimator(clustering, ax=ax)
    axes = plt.subplots(1, 3)[1]
    assert list(EmbeddingDisplay.from_estimator(clustering, ax=axes).ax_) == list(axes)


def test_affinity_is_sorted_by_cluster(clustering):
    shown = EmbeddingDisplay.from_estimator(clustering)
    order = np.argsort(clustering.labels_, kind="stable")
    A = clustering.affinity_matrix_[order][:, order]
    assert_allclose(shown.image_.get_array(), A, rtol=1e-14)
    sizes = np.bincount(clustering.labels_)
    middles = [sizes[0] / 2, sizes[0] + sizes[1] / 2, sizes[:2].sum() + sizes[2] / 2]
    assert_allclose(shown.ax_[0].get_xticks(), middles)
    assert [t.get_text() for t in shown.ax_[0].get_xticklabels()] == ["0", "1", "2"]


@pytest.mark.parametrize("container", [np.asarray, sparse.csr_array])
@pytest.mark.parametrize("n", [MAX_TILES, MAX_TILES + 1, 4 * MAX_TILES - 1])
def test_a_large_affinity_is_drawn_in_few_tiles_of_means(container, n):
    rng = np.random.default_rng(0)
    A = rng.random((n, n)) * (rng.random((n, n)) < 0.1)
    order = rng.permutation(n)
    tiles = mean_tiles(container(A), order)
    assert isinstance(tiles, np.ndarray)
    assert len(tiles) <= MAX_TILES
    size = -(-n // MAX_TILES)
    A = A[order][:, order]
    assert_allclose(tiles[0, -1], A[:size, (len(tiles) - 1) * size :].mean())
    assert_allclose(tiles[2, 1], A[2 * size : 3 * size, size : 2 * size].mean())


def test_embedding_is_coloured_by_cluster(clustering):
    shown = EmbeddingDisplay.from_estimator(clustering)
    assert_array_equal(shown.scatter_.get_array(), clustering.labels_)
    # The graph is connected: its first eigenvector says nothing.
    assert_array_equal(shown.scatter_.get_offsets(), clustering.embedding_[:, 1:])
    colours = shown.scatter_.to_rgba(np.arange(3))
    assert len({tuple(colour) for colour in colours}) == 3


def test_two_clusters_are_drawn_on_both_coordinates(iris):
    model = LaplacianSpectralClustering(2, random_state=0).fit(iris[0])
    shown = EmbeddingDisplay.from_estimator(model)
    assert_array_equal(shown.scatter_.get_offsets(), model.embedding_)
    shown.figure_.canvas.draw()


@pytest.mark.parametrize("k", [1, 15, 25])
def test_any_number_of_clusters_can_be_drawn(k):
    X = np.random.default_rng(0).normal(size=(200, 2))
    model = LaplacianSpectralClustering(k, random_state=0).fit(X)
    shown = EmbeddingDisplay.from_estimator(model)
    shown.figure_.canvas.draw()
    assert len(np.unique(shown.scatter_.get_array())) == k


def test_colours_of_the_embedding_can_be_replaced(clustering):
    shown = EmbeddingDisplay.from_estimator(clustering, color="black")
    assert_array_equal(shown.scatter_.get_facecolors(), [[0, 0, 0, 1]])


def test_eigenvalues_are_drawn_from_the_highest(clustering):
    shown = EmbeddingDisplay.from_estimator(clustering)
    assert_array_equal(shown.eigenvalue_line_.get_xdata(), [1, 2, 3])
    assert_array_equal(shown.eigenvalue_line_.get_ydata(), clustering.eigenvalues_)


def test_eigenvalues_that_are_zero_but_for_rounding_are_drawn_as_zero():
    X = np.array([[0.0], [1.0], [2.0], [1000.0], [1001.0], [1002.0]])
    model = LaplacianSpectralClustering(2, n_neighbors=3, random_state=0).fit(X)
    shown = EmbeddingDisplay.from_estimator(model)
    assert shown.ax_[2].get_ylim() == (-1, 0.05)


# DescentDisplay


def test_descent_draws_the_cost_above_the_lowest(descent):
    shown = DescentDisplay.from_estimator(descent)
    costs = np.array(descent.loss_curve_)
    above = shown.line_.get_ydata()
    higher = costs > costs.min()
    assert_array_equal(shown.line_.get_xdata(), np.arange(descent.n_iter_ + 1))
    assert_allclose(above[higher], (costs - costs.min())[higher], rtol=1e-14)
    assert np.isnan(above[~higher]).all()
    assert shown.lowest_.get_xdata() == [costs.argmin()]


def test_descent_draws_the_length_of_each_step_where_it_led(descent):
    shown = DescentDisplay.from_estimator(descent)
    assert_array_equal(shown.step_line_.get_xdata(), np.arange(1, descent.n_iter_ + 1))
    assert_array_equal(shown.step_line_.get_ydata(), descent.step_sizes_)
    assert [ax.get_yscale() for ax in shown.ax_] == ["log", "log"]
    assert descent.metric_ in shown.ax_[1].get_ylabel()


def test_a_descent_that_started_at_the_optimum_is_drawn():
    model = GDLinearModel().fit(np.ones((5, 2)), np.ones(5))
    assert model.n_iter_ == 0
    DescentDisplay.from_estimator(model).figure_.canvas.draw()


def test_a_descent_that_diverged_is_drawn_as_far_as_numbers_go():
    X = 1000 * np.random.default_rng(0).normal(size=(50, 3))
    model = GDLinearModel(metric="identity", learning_rate=1e200)
    with pytest.warns(ConvergenceWarning):
        model.fit(X, X.sum(axis=1))
    assert not np.isfinite(model.loss_curve_[-1])
    shown = DescentDisplay.from_estimator(model)
    shown.figure_.canvas.draw()
    assert np.isnan(shown.line_.get_ydata()[-1])
    assert shown.line_.get_xdata()[0] == 0


def test_costs_that_are_never_finite_are_all_left_out():
    assert np.isnan(above_lowest([np.inf, np.nan])).all()


# LossCurveDisplay


def test_loss_curve_is_drawn_against_the_epoch(network):
    shown = LossCurveDisplay.from_estimator(network)
    assert_array_equal(shown.line_.get_xdata(), np.arange(1, network.n_iter_ + 1))
    assert_array_equal(shown.line_.get_ydata(), network.loss_curve_)
    assert shown.ax_.get_yscale() == "log"


def test_loss_that_may_be_negative_has_a_linear_axis():
    shown = LossCurveDisplay(loss_curve=[1.0, -1.0]).plot()
    assert shown.ax_.get_yscale() == "linear"


@pytest.mark.parametrize("losses", [[], [2.0], [2.0, 1e300]])
def test_short_and_bursting_loss_curves_are_drawn(losses):
    LossCurveDisplay(loss_curve=losses).plot().figure_.canvas.draw()


def test_curves_on_the_same_axes_have_their_own_colours_and_labels():
    first = LossCurveDisplay(loss_curve=[2.0, 1.0]).plot(label="one")
    second = LossCurveDisplay(loss_curve=[2.0, 1.5]).plot(first.ax_, label="two")
    assert first.line_.get_color() != second.line_.get_color()
    names = [text.get_text() for text in second.ax_.get_legend().get_texts()]
    assert names == ["one", "two"]


# EvidenceDisplay


def log_odds(model, row):
    """Return the posterior log odds of the most probable class and the runner-up."""
    runner_up, first = np.sort(model.predict_log_proba(row)[0])[-2:]
    return first - runner_up


@pytest.mark.parametrize("i", [0, 70, 149])
def test_evidence_bars_add_up_to_the_posterior_log_odds(bayes, iris, i):
    X = iris[0][i:]
    shown = EvidenceDisplay.from_estimator(bayes, X)
    widths = [bar.get_width() for bar in shown.bars_]
    assert len(widths) == 5
    assert_allclose(sum(widths), log_odds(bayes, X[:1]), rtol=1e-8)
    assert_allclose(shown.total_bar_.get_width(), sum(widths), rtol=1e-12)


def test_each_bar_starts_where_the_one_above_ends(bayes, iris):
    shown = EvidenceDisplay.from_estimator(bayes, iris[0])
    starts = [bar.get_x() for bar in shown.bars_]
    ends = np.cumsum([bar.get_width() for bar in shown.bars_])
    assert_allclose(starts, [0, *ends[:-1]], atol=1e-12)
    assert shown.total_bar_.get_x() == 0


def test_evidence_of_counted_categories_is_what_a_hand_computes():
    X, y = load_play_tennis(return_X_y=True)
    model = FromScratchNB("categorical", alpha=1.0).fit(X, y)
    shown = EvidenceDisplay.from_estimator(model, X, feature_names=["o", "t", "h", "w"])
    # Of 5 days "no" and 9 "yes": 3 and 2 sunny, 2 and 2 hot, 4 and 3 high, 2 and 6
    # weak, each with one more of every category.
    by_hand = {
        "prior": 5 / 9,
        "o = sunny": (4 / 8) / (3 / 12),
        "h = high": (5 / 7) / (4 / 11),
        "t = hot": (3 / 8) / (3 / 12),
        "w = weak": (3 / 7) / (7 / 11),
    }
    names = [text.get_text() for text in shown.ax_.get_yticklabels()]
    assert names == [*by_hand, "posterior log odds"]
    widths = [bar.get_width() for bar in shown.bars_]
    assert_allclose(widths, np.log([*by_hand.values()]), rtol=1e-10)
    assert shown.classes == ("no", "yes")


def test_runner_up_is_the_second_in_probability(bayes, iris):
    X, _ = iris
    order = np.argsort(-bayes.predict_proba(X[70:71])[0])
    shown = EvidenceDisplay.from_estimator(bayes, X[70:])
    assert shown.classes == tuple(bayes.classes_[order[:2]].tolist())


def test_bars_of_opposite_signs_have_opposite_colours(bayes, iris):
    shown = EvidenceDisplay.from_estimator(bayes, iris[0][70:])
    colours = {(b.get_width() >= 0, b.get_facecolor()) for b in shown.bars_}
    assert len(colours) == 2


def test_weak_features_share_a_bar(digits):
    X, y = digits
    model = FromScratchNB("bernoulli").fit(X > 8, y)
    shown = EvidenceDisplay.from_estimator(model, X > 8, max_features=3)
    widths = np.array([bar.get_width() for bar in shown.bars_])
    assert len(widths) == 5
    assert_allclose(widths.sum(), log_odds(model, X[:1] > 8), rtol=1e-8)
    assert shown.ax_.get_yticklabels()[4].get_text() == "61 other features"
    assert abs(widths[3]) >= np.sort(np.abs(shown.evidence))[-4]


def test_evidence_takes_names_from_a_data_frame():
    pytest.importorskip("pandas")
    X, y = load_play_tennis(return_X_y=True, as_frame=True)
    model = FromScratchNB().fit(X, y)
    shown = EvidenceDisplay.from_estimator(model, X)
    assert shown.feature_names == ["outlook", "temperature", "humidity", "wind"]
    assert list(shown.values) == ["sunny", "hot", "high", "weak"]


def test_evidence_of_a_sparse_row_is_that_of_the_dense_one(bayes, iris):
    X, _ = iris
    dense = EvidenceDisplay.from_estimator(bayes, X)
    of_sparse = EvidenceDisplay.from_estimator(bayes, sparse.coo_array(X))
    assert_allclose(of_sparse.evidence, dense.evidence)
    assert_array_equal(of_sparse.values, dense.values)


def test_evidence_of_a_class_without_prior_is_not_asked_for(iris):
    X, y = iris
    model = FromScratchNB(priors=[0.5, 0, 0.5]).fit(X, y)
    assert EvidenceDisplay.from_estimator(model, X).classes == (0, 2)
    model = FromScratchNB(priors=[0, 1, 0]).fit(X, y)
    with pytest.raises(ValueError, match="but only one has a probability above"):
        EvidenceDisplay.from_estimator(model, X)


def test_evidence_without_a_row_or_with_wrong_names_is_refused(bayes, iris):
    with pytest.raises(ValueError, match="requires X, whose first row"):
        EvidenceDisplay.from_estimator(bayes)
    with pytest.raises(
        ValueError, match="feature_names has 1 names, but X has 4 features"
    ):
        EvidenceDisplay.from_estimator(bayes, iris[0], feature_names=["a"])


def test_long_names_are_cut():
    shown = EvidenceDisplay(
        evidence=np.ones(1), prior=0.0, classes=(0, 1), feature_names=["a" * 99]
    ).plot()
    assert len(shown.ax_.get_yticklabels()[1].get_text()) == 40


def test_the_affinity_through_landmarks_and_without_rows_of_weight_zero_is_drawn():
    from skmath.display.embedding import mean_tiles

    X = np.random.default_rng(0).normal(size=(60, 2))
    model = LaplacianSpectralClustering(2, n_landmarks=20, random_state=0).fit(X)
    Z = model.affinity_matrix_.toarray()
    drawn = EmbeddingDisplay.from_estimator(model).image_.get_array()
    order = np.argsort(model.labels_, kind="stable")
    A = Z @ np.diag(1 / Z.sum(axis=0)) @ Z.T
    np.testing.assert_allclose(drawn, A[order][:, order])
    weight = np.arange(60) % 3 * 1.0
    for params in ({}, {"affinity": "rbf"}, {"n_landmarks": 20}):
        model = LaplacianSpectralClustering(2, random_state=0, **params)
        A = model.fit(X, sample_weight=weight).affinity_matrix_
        assert A.shape[0] == 60
        assert (np.asarray(A.sum(axis=1)).ravel()[weight == 0] == 0).all()
        drawn = EmbeddingDisplay.from_estimator(model).image_.get_array()
        np.testing.assert_allclose(
            drawn, mean_tiles(A, np.argsort(model.labels_, kind="stable"))
        )


# RankSelectionDisplay


def test_rank_selection_draws_the_criterion_and_the_choice(chosen_rank):
    shown = RankSelectionDisplay.from_estimator(chosen_rank)
    path = chosen_rank.criterion_path_
    assert_array_equal(shown.line_.get_xdata(), path.n_components)
    assert_allclose(shown.line_.get_ydata(), path.error)
    assert shown.chosen_line_.get_xdata()[0] == chosen_rank.n_components_
    assert shown.threshold_line_ is None
    best = np.argmin(shown.line_.get_ydata())
    assert shown.line_.get_xdata()[best] == chosen_rank.n_components_


def test_rank_selection_draws_alphas_and_thresholds():
    X, y = load_diabetes(return_X_y=True)
    alphas = np.logspace(-4, 0, 7)
    damped = SVDRegressor(alpha=alphas[::-1]).fit(X, y)
    shown = RankSelectionDisplay.from_estimator(damped)
    assert_allclose(shown.line_.get_xdata(), alphas)
    assert shown.chosen_line_.get_xdata()[0] == damped.alpha_
    assert shown.ax_.get_xscale() == "log"
    both = SVDRegressor("auto", alpha=alphas).fit(X, y)
    shown = RankSelectionDisplay.from_estimator(both)
    here = both.criterion_path_.alpha == both.alpha_
    assert_allclose(shown.line_.get_ydata(), both.criterion_path_.error[here])
    cut = SVDRegressor("auto", criterion="gavish-donoho").fit(X, y)
    shown = RankSelectionDisplay.from_estimator(cut)
    kept = shown.line_.get_ydata() > shown.threshold_line_.get_ydata()[0]
    assert kept.sum() == cut.n_components_
    with pytest.raises(
        ValueError, match="requires a model that selected its rank or alpha"
    ):
        RankSelectionDisplay.from_estimator(SVDRegressor().fit(X, y))


# AlphaPathDisplay


def test_alpha_path_draws_losses_with_errors_and_all_coefficients(chosen_alpha):
    shown = AlphaPathDisplay.from_estimator(chosen_alpha)
    results = chosen_alpha.cv_results_
    assert_allclose(shown.line_.get_ydata(), results["mean_test_loss"])
    edges = shown.band_.get_paths()[0].vertices[:, 1]
    low = results["mean_test_loss"] - results["std_error_test_loss"]
    assert edges.min() == pytest.approx(low.min())
    for j, line in enumerate(shown.coef_lines_):
        assert_allclose(line.get_ydata(), chosen_alpha.coef_path_[:, j])
    assert [line.get_xdata()[0] for line in shown.chosen_lines_] == [
        chosen_alpha.alpha_
    ] * 2
    with pytest.raises(ValueError, match="requires a model that selected alpha"):
        AlphaPathDisplay.from_estimator(
            GDLinearModel().fit(*load_diabetes(return_X_y=True))
        )


# FaceDistanceDisplay


def test_face_distances_are_those_of_identify(digits):
    X, y = digits
    model = EigenfaceClassifier(
        n_components=20, known_threshold="auto", face_threshold="auto"
    ).fit(X[y < 6], y[y < 6])
    noise = np.random.default_rng(0).uniform(0, 16, (40, 64))
    images = np.concatenate([X[y < 6][:80], X[y >= 6][:80], noise])
    shown = FaceDistanceDisplay.from_estimator(model, images)
    said = model.identify(images)
    drawn = {case: points.get_offsets().data for case, points in shown.points_.items()}
    expected = {
        "known": said["face"] & said["known"],
        "unknown": said["face"] & ~said["known"],
        "not a face": ~said["face"],
    }
    assert set(drawn) == {case for case, here in expected.items() if here.any()}
    for case, offsets in drawn.items():
        here = said[expected[case]]
        columns = [here["distance_in_face_space"], here["distance_from_face_space"]]
        assert_allclose(offsets, np.column_stack(columns))
    upright, level = shown.threshold_lines_
    assert upright.get_xdata()[0] == model.known_threshold_
    assert level.get_ydata()[0] == model.face_threshold_


# LikelihoodDisplay


@pytest.mark.parametrize("name", ["gaussian", "kde", "bins", "exponential"])
def test_likelihoods_are_densities_over_the_rows(name):
    rng = np.random.default_rng(0)
    y = np.arange(400) % 2
    X = rng.exponential(size=(400, 2)) + y[:, None]
    model = FromScratchNB(name).fit(X, y)
    shown = LikelihoodDisplay.from_estimator(model, X, y, feature=1)
    at = shown.lines_[0].get_xdata()
    X_at = np.column_stack([np.full(len(at), np.nan), at])
    for k, line in enumerate(shown.lines_):
        assert_allclose(line.get_ydata(), np.exp(model.transform(X_at)[:, k]))
        heights = shown.histograms_[k]
        width = shown.ax_.patches[0].get_width() if k == 0 else None
        if width is not None:
            assert heights.sum() * width == pytest.approx(1)


def test_likelihoods_of_categories_and_counts_are_probabilities():
    import pandas as pd

    rng = np.random.default_rng(0)
    y = np.arange(90) % 3
    colour = rng.choice(["red", "blue", None], 90)
    X = pd.DataFrame({"colour": colour, "count": rng.poisson(4, 90)})
    model = FromScratchNB({"count": "poisson"}).fit(X, y)
    shown = LikelihoodDisplay.from_estimator(model, X, y, feature="colour")
    assert shown.values.tolist() == ["blue", "red"]
    labels = [text.get_text() for text in shown.ax_.get_xticklabels()]
    assert labels == ["blue", "red"]
    for k, line in enumerate(shown.lines_):
        assert line.get_ydata().sum() == pytest.approx(1)
        own = colour[y == k]
        assert_allclose(shown.histograms_[k], [np.mean(own == c) for c in labels])
    shown = LikelihoodDisplay.from_estimator(model, X, feature=1)
    expected = stats.poisson.pmf(shown.values[:, None], model.rate_[:, 0])
    assert_allclose(shown.likelihood, expected)
    assert shown.histograms_ == []


def test_features_without_a_likelihood_of_their_own_are_told(bayes, iris):
    with pytest.raises(ValueError, match="one of the 4 columns"):
        LikelihoodDisplay.from_estimator(bayes, iris[0], feature=4)
    with pytest.raises(ValueError, match="feature='weight' is not a column"):
        LikelihoodDisplay.from_estimator(bayes, iris[0], feature="weight")
    words = FromScratchNB("multinomial").fit(*iris)
    with pytest.raises(ValueError, match="single columns have no likelihood"):
        LikelihoodDisplay.from_estimator(words, iris[0])


# LossCurveDisplay with validation rows


def test_the_validation_loss_and_its_best_epoch_are_drawn(iris):
    model = BackpropMLP(early_stopping=True, random_state=0).fit(*iris)
    shown = LossCurveDisplay.from_estimator(model)
    assert_allclose(shown.validation_line_.get_ydata(), model.validation_curve_)
    assert shown.best_line_.get_xdata()[0] == model.best_iteration_ + 1
    labels = [text.get_text() for text in shown.ax_.get_legend().get_texts()]
    assert labels[:2] == ["training", "validation"]


# FitDiagnosisDisplay


def test_a_learning_curve_has_its_scores_and_a_verdict(iris):
    tree = DecisionTreeClassifier(random_state=0)
    X, y = load_diabetes(return_X_y=True)
    y = (y > 140) * 1
    shown = FitDiagnosisDisplay.from_estimator(tree, X, y, cv=5, random_state=0)
    options = {"cv": 5, "shuffle": True, "random_state": 0}
    options["train_sizes"] = np.linspace(0.1, 1.0, 8)
    sizes, train, validation = learning_curve(tree, X, y, **options)
    assert_array_equal(shown.train_line_.get_xdata(), sizes)
    assert_allclose(shown.train_line_.get_ydata(), train.mean(axis=1))
    assert_allclose(shown.validation_line_.get_ydata(), validation.mean(axis=1))
    assert shown.diagnosis_ == shown.verdicts_[-1]
    assert shown.diagnosis_.verdict == "overfitting"
    assert shown.ax_.get_title().startswith("overfitting: train 1 - validation")
    fits = FitDiagnosisDisplay.from_estimator(GDLinearModel("log_loss"), *iris)
    assert fits.diagnosis_.verdict == "fitting"


def test_a_validation_curve_judges_each_value():
    X, y = load_diabetes(return_X_y=True)
    depths = [1, 2, 4, 12]
    shown = FitDiagnosisDisplay.from_estimator(
        DecisionTreeRegressor(random_state=0),
        X,
        y,
        param_name="max_depth",
        param_range=depths,
        wanted=0.45,
    )
    assert_array_equal(shown.validation_line_.get_xdata(), depths)
    verdicts = [diagnosis.verdict for diagnosis in shown.verdicts_]
    assert verdicts[0] == "underfitting"
    assert verdicts[-1] == "overfitting"
    best = np.argmax(shown.validation_line_.get_ydata())
    assert shown.diagnosis_ == shown.verdicts_[best]
    with pytest.raises(ValueError, match="param_range"):
        FitDiagnosisDisplay.from_estimator(GDLinearModel(), X, y, param_name="alpha")


def test_values_that_are_no_numbers_have_places(plt):
    scores = np.array([[0.5, 0.6], [0.7, 0.8]])
    options = {"train_scores": scores, "validation_scores": scores}
    _, ax = plt.subplots()
    shown = FitDiagnosisDisplay(x=["l1", "l2"], x_name="penalty", **options).plot(ax)
    assert [t.get_text() for t in shown.ax_.get_xticklabels()] == ["l1", "l2"]
    assert shown.ax_ is ax
    # Two standard errors of (0.5, 0.6): 2 x 0.05 either way of 0.55.
    x, height = shown.bands_[0].get_paths()[0].vertices.T
    assert_allclose([height[x == 0].min(), height[x == 0].max()], [0.45, 0.65])


# SummaryDisplay


def test_a_summary_is_drawn_interval_by_interval():
    X, y = load_diabetes(return_X_y=True, as_frame=True)
    model = SVDRegressor().fit(X, y)
    shown = SummaryDisplay.from_estimator(model)
    table = model.summary()
    assert_allclose(shown.lines_[0].get_xdata(), table.estimate[1:])
    drawn = [segment[:, 0] for segment in shown.intervals_[0].get_segments()]
    assert_allclose(drawn, table.interval[1:])
    labels = [text.get_text() for text in shown.ax_.get_yticklabels()]
    assert labels == list(X.columns)
    # The first is on top.
    assert shown.ax_.get_ylim()[0] > shown.ax_.get_ylim()[1]
    shown = SummaryDisplay.from_summary(model.summary(confidence=0.9), intercept=True)
    assert shown.names[0] == "intercept"
    assert "90%" in shown.ax_.get_title()


def test_a_summary_of_several_classes_has_a_colour_for_each(iris):
    model = GDLinearModel("log_loss", alpha=0.01).fit(*iris)
    shown = SummaryDisplay.from_estimator(model, *iris)
    assert [line.get_label() for line in shown.lines_] == ["1", "2"]
    rows = np.concatenate([line.get_ydata() for line in shown.lines_])
    assert len(set(rows)) == 8
    with pytest.raises(ValueError, match="requires the rows of the fit"):
        SummaryDisplay.from_estimator(model)
    piped = make_pipeline(StandardScaler(), GDLinearModel("log_loss", alpha=0.01))
    piped.fit(*iris)
    own = SummaryDisplay.from_estimator(piped, *iris)
    same = piped[-1].summary(piped[:-1].transform(iris[0]), iris[1])
    assert_allclose(own.estimate, same.estimate[:, 1:])


def test_what_has_no_interval_is_named():
    X, y = load_diabetes(return_X_y=True, as_frame=True)
    X = X[["age", "bmi"]].assign(twice=2 * X["age"])
    with pytest.warns(CollinearityWarning):
        shown = SummaryDisplay.from_estimator(SVDRegressor().fit(X, y))
    labels = [text.get_text() for text in shown.ax_.get_yticklabels()]
    assert labels == ["age (no interval)", "bmi", "twice (no interval)"]
    assert np.isfinite(shown.lines_[0].get_xdata()).tolist() == [False, True, False]
