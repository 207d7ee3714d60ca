"""What a network cannot be given, and what the message says to do instead."""

import dask.array as da
import numpy as np
import pytest
from sklearn.base import clone
from sklearn.datasets import load_wine
from sklearn.preprocessing import StandardScaler

from skmath import BackpropMLP

pytestmark = pytest.mark.filterwarnings("ignore:The loss was still falling")


@pytest.fixture(scope="module")
def wine():
    X, y = load_wine(return_X_y=True)
    return StandardScaler().fit_transform(X), y


def test_what_does_not_fit_to_what_was_fitted_is_told(wine):
    X, y = wine
    Y = np.c_[y == 0, y > 0].astype(int)
    model = BackpropMLP(5, max_iter=3, random_state=0)
    for y_val, told in [
        (Y, "y has 2 columns, but the network was fitted with 1"),
        (None, "X_val was passed without y_val"),
    ]:
        with pytest.raises(ValueError, match=told):
            model.fit(X, y, X_val=X, y_val=y_val)
    for y_val, told in [
        (y > 0, "y has 1 column, but the network was fitted with 2"),
        (3.5 * Y, "must be zeros and ones"),
    ]:
        with pytest.raises(ValueError, match=told):
            model.fit(X, Y, X_val=X, y_val=y_val)
    for part in ({"y_val": y}, {"sample_weight_val": np.ones(178)}):
        with pytest.raises(ValueError, match="val was passed without X_val"):
            model.fit(X, y, **part)
    for loss in ("log_loss", "squared_error"):
        with pytest.raises(
            ValueError, match="fitted with 2: pass as many, or fit a new"
        ):
            clone(model).set_params(loss=loss).partial_fit(X, Y).partial_fit(X, y)
    with pytest.raises(ValueError, match="fitted with 1"):
        model.fit(X, y).gradients(X, Y)
    with pytest.raises(
        ValueError, match=r"continuous.* For regression, use loss='squared_error'"
    ):
        model.fit(X, X[:, 0])


def test_what_chunks_cannot_have_names_what_to_do(wine):
    chunks = da.from_array(wine[0], chunks=(90, 13)), da.from_array(wine[1], chunks=90)
    model = BackpropMLP(5, max_iter=3, random_state=0)
    with pytest.raises(TypeError, match="use another solver, such as 'adam'"):
        clone(model).set_params(solver="lbfgs").fit(*chunks)
    with pytest.raises(TypeError, match="pass X_val and y_val, so that no rows are"):
        clone(model).set_params(early_stopping=True).fit(*chunks)
    for method in ("gradients", "check_gradients"):
        with pytest.raises(
            TypeError, match=r"do not support Dask arrays. Pass some of the"
        ):
            getattr(model.fit(*wine), method)(*chunks)
    # Rows to validate on may be in chunks where those to train on may not.
    model.set_params(solver="lbfgs").fit(*wine, X_val=chunks[0], y_val=chunks[1])
    assert len(model.validation_curve_) == model.n_iter_
