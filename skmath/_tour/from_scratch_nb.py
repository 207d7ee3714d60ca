"""Tour of `FromScratchNB`: comparison with scikit-learn's naive Bayes."""

import numpy as np

from skmath._tour.registry import Entry, Task
from skmath.from_scratch_nb import FromScratchNB

# Dawson (1995), Journal of Statistics Education 3 (3): for each class, sex and age, the
# number of people who died and who survived when the Titanic sank (survival is y).
TITANIC = """
1st  man   child   0   5
2nd  man   child   0  11
3rd  man   child  35  13
1st  woman child   0   1
2nd  woman child   0  13
3rd  woman child  17  14
1st  man   adult 118  57
2nd  man   adult 154  14
3rd  man   adult 387  75
crew man   adult 670 192
1st  woman adult   4 140
2nd  woman adult  13  80
3rd  woman adult  89  76
crew woman adult   3  20
"""


def titanic():
    """Return class, sex and age of 2,201 people, and whether they survived."""
    cells = [line.split() for line in TITANIC.strip().splitlines()]
    counts = np.array([cell[3:] for cell in cells], dtype=int)
    X = np.repeat(np.array([cell[:3] for cell in cells], dtype=object), 2, axis=0)
    y = np.tile(["no", "yes"], len(cells))
    return np.repeat(X, counts.ravel(), axis=0), np.repeat(y, counts.ravel())


def _tasks():
    from sklearn.datasets import load_iris
    from sklearn.model_selection import StratifiedKFold
    from sklearn.naive_bayes import CategoricalNB, GaussianNB
    from sklearn.pipeline import make_pipeline
    from sklearn.preprocessing import FunctionTransformer, OrdinalEncoder

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
            data="Titanic, strings",
            load=titanic,
            ours=make_pipeline(FunctionTransformer(), FromScratchNB()),
            grid={"fromscratchnb__dependence": [None, "tan"]},
            peer=make_pipeline(OrdinalEncoder(), CategoricalNB(min_categories=4)),
            peer_grid={"categoricalnb__alpha": alphas},
            scoring="accuracy",
            metric="accuracy",
            cv=StratifiedKFold(10, shuffle=True, random_state=0),
        ),
    ]


ENTRY = Entry(
    estimator=FromScratchNB,
    counterpart="GaussianNB, CategoricalNB, BernoulliNB, MultinomialNB",
    adds="numbers, strings and missing values without preprocessing; chooses a "
    "distribution for each column; models pairs of dependent features; calibrated "
    "probabilities, unseen categories, the evidence of each feature",
    tasks=_tasks,
    display="EvidenceDisplay",
    display_options=lambda X: {"feature_names": ["class", "sex", "age"]},
)
