"""Tour of `BackpropMLP`: comparison with scikit-learn's networks on real data."""

from skmath._tour.registry import Entry, Task
from skmath.backprop_mlp import BackpropMLP


def _tasks():
    from sklearn.datasets import load_digits
    from sklearn.feature_selection import VarianceThreshold
    from sklearn.model_selection import StratifiedKFold
    from sklearn.neural_network import MLPClassifier
    from sklearn.pipeline import make_pipeline
    from sklearn.preprocessing import StandardScaler

    strengths = [1e-4, 1e-2]
    return [
        Task(
            data="digits",
            load=lambda: load_digits(return_X_y=True),
            ours=make_pipeline(VarianceThreshold(), BackpropMLP(random_state=0)),
            grid={"backpropmlp__alpha": strengths},
            peer=make_pipeline(StandardScaler(), MLPClassifier(random_state=0)),
            peer_grid={"mlpclassifier__alpha": strengths},
            scoring="accuracy",
            metric="accuracy",
            cv=StratifiedKFold(3, shuffle=True, random_state=0),
        )
    ]


ENTRY = Entry(
    estimator=BackpropMLP,
    counterpart="MLPClassifier, MLPRegressor",
    adds="tables with text and missing values, an ensemble of networks in one "
    "estimator, custom losses, dropout, class weights, your own validation data, "
    "training that resumes exactly, gradients that you can inspect",
    tasks=_tasks,
    display="LossCurveDisplay",
)
