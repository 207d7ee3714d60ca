r"""
Least squares by the SVD: Boston housing
========================================

Five of the thirteen singular values give most of the fit that all thirteen give. The
two smallest, which carry 2 % of the variance of the data, give most of the rest: how
large a singular value is does not say what it is worth for the target.
"""

# %%
# The data, and why they are contested
# ------------------------------------
#
# 506 census tracts of Boston in 1970, 13 variables, and the median value of a home in
# $1000s, 5 to 50.
#
# scikit-learn removed this data set in version 1.2. Its authors assumed that racial
# self-segregation raises house prices, and built the variable B from the share of Black
# residents of a town to carry that assumption into the model. They did not show that
# it holds, and B cannot be turned back into that share, so the data do not allow it to
# be examined; :func:`~skmath.datasets.load_boston_housing` has the reference. The data
# are here for one reason: the text that skmath starts from works its example on them.
# The last section leaves B out. For anything else take
# :func:`sklearn.datasets.fetch_california_housing`.

# sphinx_gallery_thumbnail_number = 2
import matplotlib.pyplot as plt
import numpy as np
from sklearn.model_selection import (
    GridSearchCV,
    KFold,
    RepeatedKFold,
    cross_val_predict,
)
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import StandardScaler

from skmath import SVDRegressor
from skmath.datasets import load_boston_housing
from skmath.display import SpectrumDisplay

boston = load_boston_housing()
X, y = boston.data, boston.target
print(f"{X.shape[0]} rows, {X.shape[1]} columns, prices {y.min():g} to {y.max():g}")

# %%
# The pseudo-inverse
# ------------------
#
# We look for the b with :math:`Ab = y`. A has 506 rows and 13 columns, so it has no
# inverse, and y is not a combination of its columns: no b solves all the equations.
# With the decomposition :math:`A = U S V^T` the best one in terms of least squares is
#
# .. math:: b = A^+ y = V S^{-1} U^T y,
#
# for which :math:`Ab = U U^T y` is the projection of y on the span of A's columns. Here
# are these formulas in NumPy, with the columns centred and brought to the same
# variance, and the estimator beside them. The estimator never forms U; it needs only
# sums over the rows.

A = StandardScaler().fit_transform(X)
U, s, Vt = np.linalg.svd(A, full_matrices=False)
b = Vt.T @ ((U.T @ (y - y.mean())) / s)

model = make_pipeline(StandardScaler(), SVDRegressor()).fit(X, y)
regressor = model[-1]
print(f"largest coefficient: {abs(b).max():.4f}")
print(f"largest difference:  {abs(regressor.coef_ - b).max():.1e}")

# %%
# The singular values
# -------------------
#
# They fall from 56 to 6. None is near zero: the 13 columns are far from linearly
# dependent, the rank is 13, and all of them can be inverted safely. The first five hold
# 81 % of the variance.

SpectrumDisplay.from_estimator(model)
plt.show()

# %%
# What a singular value is worth
# ------------------------------
#
# The variance of y that the fit explains is also a sum over the singular directions,
# the squares of :math:`U^T y`. Since :math:`V^T b = S^{-1} U^T y`, they follow from the
# fitted attributes. Beside the shares of X they show two directions, 12 and 13, that
# are small in X and not small in y.

projections = regressor.singular_values_ * (regressor.components_ @ regressor.coef_)
share_of_y = projections**2 / np.sum((y - y.mean()) ** 2)
share_of_X = regressor.explained_variance_ratio_
numbers = np.arange(1, len(share_of_X) + 1)

fig, ax = plt.subplots(figsize=(7, 3.6), layout="constrained")
ax.bar(numbers - 0.2, share_of_X, width=0.4, label="of the variance of X")
ax.bar(numbers + 0.2, share_of_y, width=0.4, label="of the variance of y")
ax.set(xticks=numbers, xlabel="singular direction", ylabel="share")
ax.set_title("What each direction carries")
ax.legend()
plt.show()

for label, share in (("X", share_of_X), ("y", share_of_y)):
    print(
        f"share of {label}: directions 1 to 5 {share[:5].sum():.3f}, "
        f"6 to 11 {share[5:11].sum():.3f}, 12 and 13 {share[11:].sum():.3f}"
    )

# %%
# The rank, by a grid search
# --------------------------
#
# Inverting only the first k singular values gives the model of rank k. Whether the
# others are information or noise is for data to tell that the model has not seen: five
# folds, in four random orders.

folds = RepeatedKFold(n_splits=5, n_repeats=4, random_state=0)
grid = {"svdregressor__n_components": numbers.tolist()}
search = GridSearchCV(model, grid, scoring="r2", cv=folds).fit(X, y)

mean = search.cv_results_["mean_test_score"]
spread = search.cv_results_["std_test_score"]
for k in (1, 3, 5, 11, 12, 13):
    print(f"rank {k:2}: R2 = {mean[k - 1]:.3f}")
print("best:", search.best_params_)

# %%
# From 5 to 11 nothing changes; 12 and 13 bring more. The search keeps them all, so its
# choice is ordinary least squares. The text's rule, keep the first few and ignore the
# rest, costs little here, 0.04 of R², but on these data it gains nothing either.

fig, ax = plt.subplots(figsize=(7, 3.6), layout="constrained")
ax.fill_between(numbers, mean - spread, mean + spread, alpha=0.2, linewidth=0)
ax.plot(numbers, mean, marker="o", label="R²: mean, standard deviation over the folds")
ax.plot(
    numbers,
    np.cumsum(share_of_X),
    color="0.5",
    linestyle="--",
    label="share of the variance of X",
)
ax.set(xticks=numbers, ylim=(0, 1.02), xlabel="rank k", ylabel="share")
ax.set_title("R² on held-out rows against the rank")
ax.legend(loc="lower right")
plt.show()

# %%
# Predicted against true
# ----------------------
#
# Each price is predicted by a model that has not seen its row. All three miss the
# tracts at 50, where the prices of 1970 were cut off: a linear model has no cut.

once = KFold(5, shuffle=True, random_state=0)
fig, axes = plt.subplots(1, 3, figsize=(10, 3.8), sharey=True, layout="constrained")
for ax, k in zip(axes, (1, 5, 13), strict=True):
    model.set_params(svdregressor__n_components=k)
    predicted = cross_val_predict(model, X, y, cv=once)
    error = np.sqrt(np.mean((predicted - y) ** 2))
    ax.scatter(y, predicted, s=8, alpha=0.5)
    ax.axline((0, 0), slope=1, color="0.5", linewidth=0.8)
    ax.set(title=f"rank {k}: RMS error {error:.1f}", xlabel="true, $1000s")
axes[0].set(ylabel="predicted, $1000s")
plt.show()

# %%
# Without B
# ---------
#
# The result does not rest on B: without it the best rank is again the full one, and R²
# at rank 5 and at the full rank is the same to 0.01.

without = np.delete(X, boston.feature_names.index("B"), axis=1)
grid = {"svdregressor__n_components": numbers[:-1].tolist()}
search = GridSearchCV(model, grid, scoring="r2", cv=folds).fit(without, y)
mean = search.cv_results_["mean_test_score"]
print(f"rank  5: R2 = {mean[4]:.3f}")
print(f"best: {search.best_params_}, R2 = {search.best_score_:.3f}")
