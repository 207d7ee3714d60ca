r"""
All six in scikit-learn's searches
==================================

All six work as pipeline steps, in a column transformer, and as candidates of a grid
search or of successive halving.
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
# A linear model needs numbers: encoders and imputers in a column transformer. Naive
# Bayes takes the same data frame without them.

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
print(f"unprepared, Bayes: {bayes.fit(penguins, species).best_score_:.3f}")

# %%
# Rank and penalty of a regression
# --------------------------------
#
# A grid search fits every pair on every fold. Given the same choices,
# `skmath.SVDRegressor` finds the leave-one-out error of each in a single fit.

X, y = load_diabetes(return_X_y=True)
model = make_pipeline(StandardScaler(), SVDRegressor())
ranks = np.arange(1, 11)
alphas = [1e-9, 30.0]
grid = {"svdregressor__n_components": ranks, "svdregressor__alpha": alphas}
search = GridSearchCV(model, grid, cv=10).fit(X, y)
n_fits = len(search.cv_results_["params"]) * search.n_splits_
mean = search.cv_results_["mean_test_score"].reshape(2, -1)
fig, ax = plt.subplots(figsize=(6.4, 3.8), layout="constrained")
for alpha, scores in zip(alphas, mean, strict=True):
    ax.plot(ranks, scores, marker="o", label=f"alpha = {alpha:g}")
auto = make_pipeline(StandardScaler(), SVDRegressor("auto", alpha=alphas)).fit(X, y)
rank = auto[-1].n_components_
ax.axvline(rank, color="#666666", ls="--", label="chosen in one fit")
ax.set(xlabel="rank", ylabel="R2 on held-out rows", title=f"{n_fits} fits, and one")
print(f"{n_fits} fits choose rank {search.best_params_['svdregressor__n_components']},")
print(f"one fit chooses rank {rank}")
ax.legend()
plt.show()
