r"""
All six in scikit-learn's searches
==================================

All six estimators work as pipeline steps, in a column transformer, and as candidates of
a grid search or of successive halving. One search compares four kinds of classifiers.
"""

# %%
# Classifiers as candidates
# -------------------------
#
# Four of the six are classifiers. One search over the last step of a pipeline finds
# which of them, with which parameters, suits the digits best. Successive halving tries
# all candidates on 300 images, and only the best third of them again on 900. Accuracies
# can be compared within a round, but not between rounds, which have different images.

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
names = np.array([type(params["model"]).__name__ for params in results["params"]])
rounds, n_images = np.array(results["iter"]), np.array(results["n_resources"])
accuracy = results["mean_test_score"]
winner = type(search.best_params_["model"]).__name__

fig, ax = plt.subplots(figsize=(6.4, 4), layout="constrained")
colors = ["#0072B2", "#D55E00", "#009E73", "#CC79A7"]
for name, color, marker in zip(dict.fromkeys(names), colors, "os^D", strict=True):
    best = [
        (n_images[of].max(), accuracy[of].max())
        for of in (np.flatnonzero((names == name) & (rounds == i)) for i in (0, 1))
        if len(of)
    ]
    ax.plot(*np.transpose(best), color=color, marker=marker, label=name)
    print(f"{name:20}", *(f"{score:.3f} with {n} images" for n, score in best), sep=" ")
ax.set(xlabel="images", ylabel="cross-validated accuracy", xticks=sorted({*n_images}))
ax.set_title("Successive halving drops two of four kinds")
ax.legend(loc="lower right")
plt.show()

print("chosen:", winner)
assert len({*names[rounds == 0]}) == 4
assert {*names[rounds == 1]} == {"EigenfaceClassifier", "BackpropMLP"}
assert winner == names[rounds == 1][accuracy[rounds == 1].argmax()]

# %%
# That three models were within two points of each other on 300 images shows what
# halving risks: a model that needs more data may be dropped before it gets them.

first = {name: accuracy[(names == name) & (rounds == 0)].max() for name in {*names}}
assert sorted(first.values())[-3] > first[winner] - 0.02

# %%
# A table of mixed columns
# ------------------------
#
# A linear model needs numbers, so a column transformer encodes the strings and imputes
# missing values. The coordinates of spectral clustering can be columns too; the search
# also tries the pipeline without them. Naive Bayes accepts the data frame as it is.

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
without = search.cv_results_["param_columntransformer__clusters"] == "drop"
with_clusters = search.cv_results_["mean_test_score"][~without].max()
print(f"encoded, linear, with clusters: {with_clusters:.3f}")
bayes = GridSearchCV(FromScratchNB(random_state=0), {"alpha": [0.5, 1.0]}, cv=5)
print(f"naive Bayes, as it is: {bayes.fit(penguins, species).best_score_:.3f}")

# %%
# All three classify more than 98% of the penguins correctly. The clusters add nothing:
# they are computed from the measurements that the model already has.

assert min(search.best_score_, with_clusters, bayes.best_score_) > 0.98
assert with_clusters <= search.best_score_

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
auto = make_pipeline(StandardScaler(), SVDRegressor("auto", alpha=alphas)).fit(X, y)
by_search, by_one_fit = search.best_estimator_[-1], auto[-1]
print(f"{n_fits} fits choose rank {by_search.n_components},", end=" ")
print(f"one fit chooses rank {by_one_fit.n_components_}")
assert n_fits == 200
assert by_search.n_components == by_one_fit.n_components_
