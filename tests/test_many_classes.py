"""Of thousands of classes an array of probabilities is far wider than X."""

import tracemalloc

import numpy as np
import pytest

from skmath import BackpropMLP, EigenfaceClassifier, FromScratchNB, GDLinearModel

N_CLASSES, N_ROWS, N_COLUMNS = 1000, 20_000, 6
PROBABILITIES = N_ROWS * N_CLASSES * 8
"""Bytes of all probabilities: 160 MB."""

MODELS = [
    GDLinearModel("log_loss", max_iter=2, tol=1.0),
    BackpropMLP((8,), max_iter=1, tol=0.0),
    FromScratchNB(),
    FromScratchNB("gaussian"),
    FromScratchNB("bins"),
    FromScratchNB("multinomial"),
    FromScratchNB("categorical"),
    EigenfaceClassifier(4),
]


def peak_of(action):
    tracemalloc.start()
    try:
        action()
        return tracemalloc.get_traced_memory()[1]
    finally:
        tracemalloc.stop()


@pytest.mark.filterwarnings("ignore::sklearn.exceptions.ConvergenceWarning")
@pytest.mark.parametrize("model", MODELS, ids=repr)
def test_nothing_is_as_large_as_all_probabilities(model):
    rng = np.random.default_rng(0)
    X = rng.integers(0, 9, size=(N_ROWS, N_COLUMNS)).astype(float)
    y = np.arange(N_ROWS) % N_CLASSES
    model.fit(X[: 2 * N_CLASSES], y[: 2 * N_CLASSES])  # load libraries
    assert peak_of(lambda: model.fit(X, y)) < PROBABILITIES / 2
    assert peak_of(lambda: model.predict(X)) < PROBABILITIES / 2


def test_answers_do_not_depend_on_how_rows_are_cut():
    rng = np.random.default_rng(0)
    y = np.arange(600) % 300
    X = rng.normal(size=(300, 4))[y] + 0.1 * rng.normal(size=(600, 4))
    for model in (FromScratchNB("bins"), FromScratchNB("gaussian"), GDLinearModel()):
        if isinstance(model, GDLinearModel):
            model.set_params(loss="log_loss", alpha=1e-3)
        model.fit(X, y)
        each = np.concatenate([model.predict_proba(x[None]) for x in X[:50]])
        np.testing.assert_allclose(model.predict_proba(X)[:50], each, rtol=1e-9)
