r"""
All six in scikit-learn's searches
==================================

Each of the six is a step like any other: in a pipeline, beside others in a column
transformer, as a candidate of a grid search or of successive halving.
"""

# %%
# Classifiers as candidates
# -------------------------
#
# Four of the six classify. Which of them suits the digits, with which parameters, is
# one search over the last step of a pipeline.

import matplotlib.pyplot as plt
import numpy as np
from palmerpenguins import load_penguins
from sklearn.compose import ColumnTransformer
from sklearn.datasets import load_diabetes, load_digits
from sklearn.experimental import enable_halving_search_cv  # noqa: F401
from sklearn.impute import SimpleImputer
from sklearn.model_selection import GridSearchCV, HalvingGridSearchCV
from sklearn.pipeline import Pipeline, make_pipeline
from sklearn.preprocessing import OneHotEncoder, StandardScaler

from skmath import (
    BackpropMLP,
    EigenfaceClassifier,
    FromScratchNB,
    GDLinearModel,
    LaplacianSpectralClustering,
    SVDRegressor,
)

X, y = load_digits(return_X_y=True)
pipeline = Pipeline([("scale", "passthrough"), ("model", GDLinearModel("log_loss"))])
grid = [
    {"model": [GDLinearModel("log_loss")], "model__alpha": [1e-3, 1e-2]},
    {"model": [EigenfaceClassifier(brightness=None)], "model__n_components": [20, 40]},
    {"model": [FromScratchNB()], "model__distribution": ["gaussian", "bins"]},
    {
        "model": [BackpropMLP(random_state=0)],
        "model__hidden_layer_sizes": [(50,), (100,)],
    },
]
search = HalvingGridSearchCV(pipeline, grid, cv=3, random_state=0, min_resources=300)
search.fit(X, y)
results = search.cv_results_
best = {}
for params, score, i in zip(
    results["params"], results["mean_test_score"], results["iter"], strict=True
):
    name = type(params["model"]).__name__
    best[name] = max(best.get(name, (0, 0)), (i, score))
for name, (i, score) in best.items():
    print(f"{name:20} round {i}, accuracy {score:.3f}")
print("chosen:", type(search.best_params_["model"]).__name__)

# %%
# A table of mixed columns
# ------------------------
#
# A linear model wants numbers: encoders and imputers in a column transformer. Naive
# Bayes takes the same frame as it is.

penguins = load_penguins().dropna(subset=["body_mass_g"])
species = penguins.pop("species")
numbers = ["bill_length_mm", "bill_depth_mm", "flipper_length_mm", "body_mass_g"]
encode = make_pipeline(SimpleImputer(strategy="most_frequent"), OneHotEncoder())
columns = ColumnTransformer(
    [
        ("numbers", StandardScaler(), numbers),
        ("clusters", LaplacianSpectralClustering(3, random_state=0), numbers),
        ("words", encode, ["island", "sex"]),
    ]
)
linear = make_pipeline(columns, GDLinearModel("log_loss"))
grid = {
    "gdlinearmodel__alpha": [1e-4, 1e-3, 1e-2],
    "columntransformer__clusters": [
        "drop",
        LaplacianSpectralClustering(3, random_state=0),
    ],
}
search = GridSearchCV(linear, grid, cv=5).fit(penguins, species)
print(f"encoded, linear: {search.best_score_:.3f}")
bayes = GridSearchCV(FromScratchNB(random_state=0), {"alpha": [0.5, 1.0]}, cv=5)
print(f"as it is, Bayes: {bayes.fit(penguins, species).best_score_:.3f}")

# %%
# A regression with more to choose
# --------------------------------

X, y = load_diabetes(return_X_y=True)
model = make_pipeline(StandardScaler(), SVDRegressor())
ranks = np.arange(1, 11)
grid = {"svdregressor__n_components": ranks, "svdregressor__alpha": [1e-9, 30.0]}
search = GridSearchCV(model, grid, cv=10).fit(X, y)
mean = search.cv_results_["mean_test_score"].reshape(2, -1)
fig, ax = plt.subplots(figsize=(6.4, 3.8), layout="constrained")
for alpha, scores in zip((0, 30), mean, strict=True):
    ax.plot(ranks, scores, marker="o", label=f"alpha = {alpha}")
own = make_pipeline(StandardScaler(), SVDRegressor("auto", alpha=[1e-9, 30.0])).fit(
    X, y
)
ax.axvline(own[-1].n_components_, color="#666666", ls="--", label="chosen by itself")
ax.set(xlabel="rank", ylabel="R2 on other rows", title="110 fits, and one")
ax.legend()
plt.show()
