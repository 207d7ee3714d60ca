"""Who is nearest in a gallery: exactly, in blocks, and by an index."""

import copy
import pickle
import sys
import tracemalloc

import numpy as np
import pytest
from sklearn.base import clone
from sklearn.neighbors import NearestNeighbors

from skmath import EigenfaceClassifier, trusted_types
from skmath.eigenface_classifier import gram
from skmath.eigenface_classifier.gallery import Gallery


def people(n, p, n_people=40, seed=0):
    rng = np.random.default_rng(seed)
    y = rng.integers(0, n_people, n)
    X = rng.normal(size=(n_people, p))[y] + 0.3 * rng.normal(size=(n, p))
    return X, y


@pytest.mark.parametrize("metric", ["cosine", "euclidean", "manhattan"])
def test_neighbours_in_several_blocks_are_those_of_scikit_learn(metric):
    X, y = people(3000, 12)
    gallery = Gallery(X, y, np.ones(len(y)), 40, metric)
    new = people(700, 12, seed=1)[0]
    search = NearestNeighbors(n_neighbors=4, metric=metric, algorithm="brute").fit(X)
    expected = search.kneighbors(new)
    for ours, theirs in zip(gallery.neighbors(new, 4), expected, strict=True):
        np.testing.assert_allclose(ours, theirs, rtol=1e-9)


def test_what_the_search_keeps_is_not_saved():
    X, y = people(500, 12)
    model = EigenfaceClassifier(5).fit(X, y)
    before = len(pickle.dumps(model))
    model.predict(X)
    assert len(pickle.dumps(model)) == before
    np.testing.assert_array_equal(
        pickle.loads(pickle.dumps(model)).predict(X), model.predict(X)
    )


@pytest.mark.parametrize("metric", ["cosine", "euclidean"])
@pytest.mark.parametrize("dtype", [np.float32, np.float64])
def test_an_index_finds_what_it_says(metric, dtype):
    pytest.importorskip("usearch")
    X, y = people(3000, 30)
    X = X.astype(dtype)
    settings = {"n_components": 20, "metric": metric, "random_state": 0}
    exact = EigenfaceClassifier(**settings).fit(X, y)
    model = EigenfaceClassifier(**settings, search="approximate").fit(X, y)
    assert 0.9 < model.index_recall_ <= 1
    assert not hasattr(exact, "index_recall_")
    new = people(400, 30, seed=0)[0].astype(dtype)
    found, expected = model.kneighbors(new, 3), exact.kneighbors(new, 3)
    same = found[1] == expected[1]
    assert same.mean() > 0.9
    assert found[0].dtype == expected[0].dtype
    np.testing.assert_allclose(found[0][same], expected[0][same], rtol=1e-4, atol=1e-6)
    assert np.mean(model.predict(new) == exact.predict(new)) > 0.9
    np.testing.assert_array_equal(model.predict_proba(new), exact.predict_proba(new))
    assert model.kneighbors(new[:1], 1)[1].shape == (1, 1)


@pytest.mark.parametrize("unit", [1e-30, 1e30])
def test_the_unit_does_not_matter_to_an_index(unit):
    pytest.importorskip("usearch")
    X, y = people(300, 8)
    settings = {"brightness": None, "whiten": False, "metric": "euclidean"}
    model = EigenfaceClassifier(8, search="approximate", **settings).fit(unit * X, y)
    distances, indices = model.kneighbors(unit * X, 2)
    search = NearestNeighbors(n_neighbors=2).fit(X)
    expected = search.kneighbors(X)
    np.testing.assert_array_equal(indices, expected[1])
    np.testing.assert_allclose(distances[:, 1] / unit, expected[0][:, 1], rtol=1e-9)


def test_an_index_is_saved_copied_and_built_anew():
    pytest.importorskip("usearch")
    X, y = people(600, 12)
    model = EigenfaceClassifier(8, search="approximate", random_state=0).fit(X, y)
    expected = model.kneighbors(X, 3)
    again = [pickle.loads(pickle.dumps(model)), copy.deepcopy(model)]
    skops = pytest.importorskip("skops.io")
    again.append(skops.loads(skops.dumps(model), trusted=trusted_types()))
    for other in again:
        assert other.index_recall_ == model.index_recall_
        np.testing.assert_array_equal(other.kneighbors(X, 3)[1], expected[1])
    assert not hasattr(clone(model), "index_recall_")
    more, who = people(50, 12, seed=5)
    model.partial_fit(more + 5, who + 100)
    assert np.mean(model.predict(more + 5) == who + 100) > 0.9
    assert model.kneighbors(more + 5, 1)[1].min() >= 600
    model.set_params(search="exact").fit(X, y)
    assert not hasattr(model, "index_recall_")


def test_an_index_that_cannot_be_is_refused(monkeypatch):
    X, y = people(60, 12)
    with pytest.raises(ValueError, match="metric='cosine' or 'euclidean'"):
        EigenfaceClassifier(4, metric="manhattan", search="approximate").fit(X, y)
    monkeypatch.setitem(sys.modules, "usearch", None)
    monkeypatch.setitem(sys.modules, "usearch.index", None)
    with pytest.raises(ImportError, match=r"skmath\[index\]"):
        EigenfaceClassifier(4, search="approximate").fit(X, y)


# Bytes and single precision


@pytest.mark.parametrize("brightness", ["root", "standard", None])
@pytest.mark.parametrize("shape", [(60, 100), (300, 40)])
@pytest.mark.parametrize("weighted", [False, True])
def test_bytes_are_what_they_are_as_floats(brightness, shape, weighted):
    rng = np.random.default_rng(0)
    X = rng.integers(0, 256, size=shape, dtype=np.uint8)
    y = np.arange(len(X)) % 10
    weight = rng.integers(0, 3, len(X)) if weighted else None
    settings = {"n_components": 8, "brightness": brightness}
    model = EigenfaceClassifier(**settings).fit(X, y, sample_weight=weight)
    floats = EigenfaceClassifier(**settings).fit(X / 1.0, y, sample_weight=weight)
    assert model.components_.dtype == model.embedding_.dtype == np.float64
    for method in ("transform", "prepare", "predict_proba"):
        ours, theirs = (getattr(m, method)(X) for m in (model, floats))
        assert ours.dtype == np.float64
        np.testing.assert_allclose(ours, theirs, atol=1e-10)
    np.testing.assert_allclose(floats.transform(X), floats.transform(X / 1.0))
    model.partial_fit(X[:20] // 2, y[:20])
    floats.partial_fit(X[:20] // 2 / 1.0, y[:20])
    np.testing.assert_allclose(model.embedding_, floats.embedding_, atol=1e-9)


@pytest.mark.parametrize("dtype", [np.uint8, np.float32])
@pytest.mark.parametrize("weighted", [False, True])
def test_wide_images_in_blocks_are_as_if_in_one(dtype, weighted, monkeypatch):
    rng = np.random.default_rng(0)
    X = rng.integers(0, 256, size=(40, 300)).astype(dtype)
    y = np.arange(40) % 8
    weight = rng.integers(1, 4, 40) if weighted else None
    whole = EigenfaceClassifier(12).fit(X, y, sample_weight=weight)
    monkeypatch.setattr(gram, "WIDE_BYTES", 9000)
    model = EigenfaceClassifier(12).fit(X, y, sample_weight=weight)
    assert model.components_.dtype == whole.components_.dtype
    tol = 1e-10 if dtype == np.uint8 else 2e-4
    np.testing.assert_allclose(model.components_, whole.components_, atol=tol)
    np.testing.assert_allclose(model.embedding_, whole.embedding_, atol=100 * tol)


@pytest.mark.parametrize("dtype", [np.uint8, np.float32])
@pytest.mark.parametrize("shape", [(200, 60_000), (60_000, 200)])
def test_images_of_one_or_four_bytes_are_not_copied(dtype, shape, monkeypatch):
    monkeypatch.setattr(gram, "WIDE_BYTES", 2**21)
    monkeypatch.setattr("skmath._rows.rows.BLOCK_ROWS", 16)
    rng = np.random.default_rng(0)
    X = rng.integers(0, 256, size=shape, dtype=np.uint8).astype(dtype, copy=False)
    y = np.arange(len(X)) % 10
    model = EigenfaceClassifier(3, random_state=0)
    peaks = []
    for act in (lambda: model.fit(X, y), lambda: model.predict(X)):
        tracemalloc.start()
        act()
        peaks.append(tracemalloc.get_traced_memory()[1])
        tracemalloc.stop()
    single = 4 * X.size

    assert max(peaks) < single


# Few eigenfaces of many images


def falling(n=1500, p=600, last=1.0):
    """Images whose variances fall slowly, as those of pictures do."""
    rng = np.random.default_rng(3)
    scales = np.linspace(1, 0.1, p) ** 4
    scales[20:] *= last
    return rng.normal(size=(n, p)) * scales @ np.linalg.qr(rng.normal(size=(p, p)))[0]


SPACE = {"brightness": None, "whiten": False, "metric": "euclidean", "random_state": 0}


@pytest.mark.parametrize("weighted", [False, True])
@pytest.mark.parametrize("unit", [1e-100, 1.0, 1e100])
def test_products_in_single_precision_give_eigenfaces_of_double(weighted, unit):
    X = falling() + 3.0
    y = np.arange(len(X)) % 30
    weight = np.random.default_rng(0).integers(0, 3, len(X)) if weighted else None
    model = EigenfaceClassifier(20, **SPACE).fit(unit * X, y, sample_weight=weight)
    exact = EigenfaceClassifier(20, solver="gram", **SPACE)
    exact.fit(unit * X, y, sample_weight=weight)
    ratio = model.explained_variance_ / exact.explained_variance_
    np.testing.assert_allclose(ratio, 1, rtol=1e-10)
    np.testing.assert_allclose(
        model.explained_variance_ratio_, exact.explained_variance_ratio_, rtol=1e-10
    )
    np.testing.assert_allclose(model.components_, exact.components_, atol=1e-4)
    C = model.embedding_ / unit
    weight = np.ones(len(X)) if weight is None else weight[weight > 0]
    G = (C * weight[:, None]).T @ C
    np.testing.assert_allclose(G - np.diag(np.diag(G)), 0, atol=1e-8 * G[0, 0])
    theirs = exact.transform(unit * X[:5]) / unit
    np.testing.assert_allclose(model.transform(unit * X[:5]) / unit, theirs, atol=1e-3)
    np.testing.assert_allclose(
        model.components_ @ model.components_.T, np.eye(20), atol=1e-10
    )


def test_eigenfaces_below_the_rounding_of_single_precision_are_of_double():
    X = falling(last=1e-7)
    y = np.arange(len(X)) % 30
    model = EigenfaceClassifier(40, **SPACE).fit(X, y)
    exact = EigenfaceClassifier(40, solver="gram", **SPACE).fit(X, y)
    np.testing.assert_allclose(
        model.explained_variance_, exact.explained_variance_, rtol=1e-3
    )
