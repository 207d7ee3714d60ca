"""The registry of the benchmark's cases: what is run, on what, against whom.

A case is a `Case` in the list `CASES`. Peers are imported where they are made, so that
listing the cases needs none of them. An estimator of skmath's own registry that has no
case here gets one from the first task of its tour.
"""

import mlp_cases
from case import Case, fit, fit_then_predict
from clustering_cases import CLUSTERING_CASES
from eigenface_cases import EIGENFACE_CASES
from gd_cases import GD_CASES
from lasso_cases import LASSO_CASES
from nb_cases import NB_CASES
from real_table_cases import REAL_TABLE_CASES
from sklearn.base import clone
from sklearn.utils import Bunch
from svd_cases import SVD_CASES

from skmath._tour.registry import entries


def all_cases():
    """Return `CASES`, and a case of its tour for each estimator that has none there.

    Returns
    -------
    list of Case
    """
    covered = {case.estimator for case in CASES}
    return CASES + [from_tour(e) for e in entries() if e.name not in covered]


def from_tour(entry):
    """Return a case made of the first task of an estimator's tour.

    The pipelines are fitted on the training part of the first fold and predict its
    test part, if both can predict; they are not searched over their grids. The data of
    a tour are small, so quick takes them all.

    Parameters
    ----------
    entry : skmath._tour.registry.Entry

    Returns
    -------
    Case
    """
    from sklearn.metrics import check_scoring

    task = entry.tasks()[0]
    both_predict = hasattr(task.ours, "predict") and hasattr(task.peer, "predict")
    return Case(
        name=f"{entry.name}.tour",
        estimator=entry.name,
        dataset=task.data,
        data=lambda quick: first_fold(task),
        ours=lambda data: clone(task.ours),
        peers={entry.counterpart: lambda data: clone(task.peer)},
        action=fit_then_predict if both_predict else fit,
        accuracy=lambda model, data: check_scoring(model, task.scoring)(
            model, data.X_test, data.y_test
        ),
        metric=task.metric,
    )


def first_fold(task):
    """Return the training and test part of a tour's task."""
    from sklearn.model_selection import check_cv

    X, y = task.load()
    cv = check_cv(task.cv(X) if callable(task.cv) else task.cv)
    train, test = next(iter(cv.split(X, y)))
    return Bunch(X=X[train], y=y[train], X_test=X[test], y_test=y[test])


CASES = [
    *SVD_CASES,
    *EIGENFACE_CASES,
    *CLUSTERING_CASES,
    *GD_CASES,
    *LASSO_CASES,
    *REAL_TABLE_CASES,
    *mlp_cases.MLP_CASES,
    *NB_CASES,
]
