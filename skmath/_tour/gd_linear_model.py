"""Tour of `GDLinearModel`: comparison with scikit-learn's linear models."""

from skmath._tour.registry import Entry, Task
from skmath.gd_linear_model import GDLinearModel


def _tasks():
    from sklearn.datasets import load_breast_cancer, load_diabetes
    from sklearn.feature_selection import VarianceThreshold
    from sklearn.linear_model import LogisticRegression, Ridge
    from sklearn.model_selection import KFold, StratifiedKFold
    from sklearn.pipeline import make_pipeline
    from sklearn.preprocessing import StandardScaler

    strengths = [1e-4, 1e-3, 1e-2]

    def breast_cancer(data, preparation, peer):
        return Task(
            data=data,
            load=lambda: load_breast_cancer(return_X_y=True),
            ours=make_pipeline(preparation, GDLinearModel("log_loss")),
            grid={"gdlinearmodel__alpha": strengths},
            peer=make_pipeline(preparation, peer),
            peer_grid={"logisticregression__C": [1 / (455 * a) for a in strengths]},
            scoring="accuracy",
            metric="accuracy",
            cv=StratifiedKFold(5, shuffle=True, random_state=0),
        )

    return [
        Task(
            data="diabetes, unscaled",
            load=lambda: load_diabetes(return_X_y=True, scaled=False),
            ours=make_pipeline(VarianceThreshold(), GDLinearModel()),
            grid={"gdlinearmodel__alpha": strengths},
            peer=make_pipeline(VarianceThreshold(), Ridge()),
            peer_grid={"ridge__alpha": [a * 353 for a in strengths]},
            scoring="r2",
            metric="R2",
            cv=KFold(5, shuffle=True, random_state=0),
        ),
        # The same cost on the same columns; lbfgs would not reach its optimum unscaled.
        breast_cancer(
            "breast cancer, unscaled",
            VarianceThreshold(),
            LogisticRegression(solver="newton-cholesky"),
        ),
        breast_cancer("breast cancer, scaled", StandardScaler(), LogisticRegression()),
    ]


ENTRY = Entry(
    estimator=GDLinearModel,
    counterpart="SGDRegressor, Ridge, LogisticRegression",
    adds="custom losses and penalties, no scaling, no divergence, a certified optimum, "
    "callbacks",
    tasks=_tasks,
    display="DescentDisplay",
)
