"""The tour of `FromScratchNB`, on real data beside scikit-learn's nearest."""

from skmath._tour.registry import Entry, Task
from skmath.from_scratch_nb import FromScratchNB


def _tasks():
    from sklearn.datasets import load_iris
    from sklearn.model_selection import LeaveOneOut, StratifiedKFold
    from sklearn.naive_bayes import CategoricalNB, GaussianNB
    from sklearn.pipeline import make_pipeline
    from sklearn.preprocessing import FunctionTransformer, OrdinalEncoder

    from skmath.datasets import load_play_tennis

    smoothing = [1e-9, 1e-3, 1e-2]
    alphas = [0.5, 1.0, 2.0]
    return [
        Task(
            data="iris",
            load=lambda: load_iris(return_X_y=True),
            ours=make_pipeline(FunctionTransformer(), FromScratchNB()),
            grid={"fromscratchnb__dependence": [None, "auto"]},
            peer=make_pipeline(FunctionTransformer(), GaussianNB()),
            peer_grid={"gaussiannb__var_smoothing": smoothing},
            scoring="accuracy",
            metric="accuracy",
            cv=StratifiedKFold(10, shuffle=True, random_state=0),
        ),
        Task(
            data="play tennis, strings",
            load=lambda: load_play_tennis(return_X_y=True),
            ours=make_pipeline(FunctionTransformer(), FromScratchNB()),
            grid={"fromscratchnb__alpha": alphas},
            peer=make_pipeline(OrdinalEncoder(), CategoricalNB(min_categories=3)),
            peer_grid={"categoricalnb__alpha": alphas},
            scoring="accuracy",
            metric="accuracy",
            cv=LeaveOneOut(),
        ),
    ]


ENTRY = Entry(
    estimator=FromScratchNB,
    counterpart="GaussianNB, CategoricalNB, BernoulliNB, MultinomialNB",
    adds="one estimator for mixed columns, strings as they are, unseen categories",
    tasks=_tasks,
    display="EvidenceDisplay",
)
