"""Tour of `SVDRegressor`: comparison with principal component regression."""

from skmath._tour.registry import Entry, Task
from skmath.svd_regressor import SVDRegressor


def _tasks():
    from sklearn.decomposition import PCA
    from sklearn.linear_model import LinearRegression
    from sklearn.model_selection import KFold
    from sklearn.pipeline import make_pipeline
    from sklearn.preprocessing import StandardScaler

    from skmath.datasets import load_boston_housing

    ranks = list(range(1, 14))
    return [
        Task(
            data="Boston housing",
            load=lambda: load_boston_housing(return_X_y=True),
            ours=make_pipeline(StandardScaler(), SVDRegressor()),
            grid={"svdregressor__n_components": ranks},
            peer=make_pipeline(StandardScaler(), PCA(), LinearRegression()),
            peer_grid={"pca__n_components": ranks},
            scoring="r2",
            metric="R2",
            cv=KFold(5, shuffle=True, random_state=0),
        )
    ]


ENTRY = Entry(
    estimator=SVDRegressor,
    counterpart="LinearRegression, PCA + LinearRegression, RidgeCV",
    adds="coefficients exact to the last digits; chooses the rank and the "
    "regularization strength; fits data in batches; names collinear columns; reports "
    "standard errors",
    tasks=_tasks,
    display="SpectrumDisplay",
)
