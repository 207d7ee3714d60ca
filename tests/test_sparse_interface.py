"""Sparse arrays and matrices go in, and scikit-learn's option says which come out.

The option is ``sparse_interface`` of `sklearn.set_config`.
"""

import numpy as np
import pytest
from instances import assert_same, csr, data_for, instances, outputs, settled
from scipy import sparse
from sklearn import config_context
from sklearn.datasets import load_iris
from sklearn.feature_extraction.text import CountVectorizer
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import OneHotEncoder

from skmath import (
    FromScratchNB,
    GDLinearModel,
    LaplacianSpectralClustering,
    SVDRegressor,
)
from skmath.datasets import load_play_tennis
from skmath.linear_algebra import (
    LAPLACIANS,
    degrees,
    landmark_affinity,
    mutual_edges,
    symmetrized,
    top_eigenvectors,
)
from skmath.statistics import modularity, normalized_cut

KINDS = {"sparray": sparse.csr_array, "spmatrix": sparse.csr_matrix}


def clustering(**params):
    return LaplacianSpectralClustering(3, random_state=0, **params)


@pytest.mark.parametrize(("estimator", "configuration"), instances("sparse"))
@pytest.mark.parametrize("interface", ["sparray", "spmatrix"])
@pytest.mark.filterwarnings("ignore")
def test_every_kind_of_sparse_x_has_the_same_results(
    estimator, configuration, interface
):
    X, y = data_for(estimator)
    weight = np.linspace(0.5, 2, len(y))
    expected = outputs(settled(estimator).fit(csr(X), y, sample_weight=weight), csr(X))
    for kind in (sparse.csr_matrix, sparse.csc_array, sparse.coo_matrix):
        with config_context(sparse_interface=interface):
            model = settled(estimator).fit(kind(X), y, sample_weight=weight)
            assert_same(outputs(model, kind(X)), expected)


@pytest.mark.parametrize(("interface", "kind"), KINDS.items())
@pytest.mark.parametrize("params", [{}, {"n_landmarks": 40}], ids=str)
@pytest.mark.parametrize("read", [np.asarray, sparse.csr_array, sparse.csr_matrix])
def test_the_affinity_matrix_follows_the_option(interface, kind, params, read):
    X = read(load_iris().data)
    with config_context(sparse_interface=interface):
        model = clustering(**params).fit(X)
        assert type(model.affinity_matrix_) is kind
    # As with scikit-learn's properties, the option counts when the matrix is returned.
    for other, other_kind in KINDS.items():
        with config_context(sparse_interface=other):
            assert type(model.affinity_matrix_) is other_kind
            assert abs(model.affinity_matrix_ - model._graph_.affinities()).max() == 0


@pytest.mark.parametrize("interface", KINDS)
def test_a_dense_affinity_matrix_stays_dense(interface):
    with config_context(sparse_interface=interface):
        model = clustering(affinity="rbf").fit(load_iris().data)
        assert type(model.affinity_matrix_) is np.ndarray


@pytest.mark.parametrize(("interface", "kind"), KINDS.items())
def test_an_affinity_matrix_of_one_model_is_the_input_of_another(interface, kind):
    with config_context(sparse_interface=interface):
        model = clustering().fit(load_iris().data)
        A = model.affinity_matrix_
        again = clustering(affinity="precomputed").fit(A)
        assert type(again.affinity_matrix_) is kind
    np.testing.assert_array_equal(again.labels_, model.labels_)
    assert normalized_cut(A, model.labels_) < 0.2


@pytest.mark.parametrize(("interface", "kind"), KINDS.items())
def test_encoders_of_scikit_learn_in_a_pipeline(interface, kind):
    X, y = load_play_tennis(return_X_y=True)
    texts = [" ".join(map(str, row)) for row in X]
    number = np.array([label == "yes" for label in y], dtype=float)
    models = [
        (OneHotEncoder(), SVDRegressor(alpha=0.1), X, number),
        (OneHotEncoder(), GDLinearModel("log_loss", alpha=0.1), X, y),
        (CountVectorizer(), FromScratchNB("multinomial"), texts, y),
    ]
    for encoder, model, given, target in models:
        with config_context(sparse_interface=interface):
            fitted = make_pipeline(encoder, model).fit(given, target)
            found = fitted.predict(given)
            assert type(fitted[0].transform(given)) is kind
        dense = fitted[0].transform(given).toarray()
        expected = settled(model).fit(dense, target).predict(dense)
        if target is number:
            np.testing.assert_allclose(found, expected)
        else:
            np.testing.assert_array_equal(found, expected)


@pytest.mark.parametrize("kind", KINDS.values())
def test_public_functions_of_graphs_accept_both(kind):
    model = clustering().fit(load_iris().data)
    A, labels = sparse.csr_array(model.affinity_matrix_), model.labels_
    weight, given, dense = np.linspace(1, 2, A.shape[0]), kind(A), A.toarray()
    for w in (None, weight):
        np.testing.assert_allclose(degrees(given, w), degrees(dense, w))
        for function in (modularity, normalized_cut):
            ours = function(given, labels, w)
            assert ours == pytest.approx(function(dense, labels, w))
        for name, laplacian in LAPLACIANS.items():
            if name == "signed":
                continue
            ours = top_eigenvectors(laplacian(given, w), 4).eigenvalues
            expected = top_eigenvectors(laplacian(dense, w), 4).eigenvalues
            np.testing.assert_allclose(ours, expected, atol=1e-12)
    both = kind(sparse.triu(A))
    for function in (symmetrized, mutual_edges):
        ours, expected = function(both), function(sparse.csr_array(both))
        np.testing.assert_array_equal(ours.toarray(), expected.toarray())
    Z = clustering(n_landmarks=40).fit(load_iris().data).affinity_matrix_
    ours, expected = landmark_affinity(kind(Z)), landmark_affinity(sparse.csr_array(Z))
    np.testing.assert_array_equal(ours.toarray(), expected.toarray())
