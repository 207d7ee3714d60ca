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

# sphinx_gallery_thumbnail_number = 3
import matplotlib.pyplot as plt
import numpy as np
from sklearn.model_selection import GridSearchCV, KFold, LeaveOneOut
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import StandardScaler

from skmath import SVDRegressor
from skmath.datasets import load_boston_housing
from skmath.display import SpectrumDisplay

boston = load_boston_housing(as_frame=True)
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

scaler = StandardScaler().set_output(transform="pandas")
A = scaler.fit_transform(X)
U, s, Vt = np.linalg.svd(A, full_matrices=False)
b = Vt.T @ ((U.T @ (y - y.mean())) / s)

model = SVDRegressor().fit(A, y)
print(f"largest coefficient: {abs(b).max():.4f}")
print(f"largest difference:  {abs(model.coef_ - b).max():.1e}")

# %%
# The singular values
# -------------------
#
# They fall from 56 to 6. None is near zero: the 13 columns are far from linearly
# dependent, the rank is 13, and all of them can be inverted safely. The first five hold
# 81 % of the variance. A model of rank 5 inverts those and drops the ones in the shade.

SpectrumDisplay.from_estimator(SVDRegressor(n_components=5).fit(A, y))
plt.show()

# %%
# What a singular value is worth
# ------------------------------
#
# The variance of y that the fit explains is also a sum over the singular directions,
# the squares of :math:`U^T y`. Since :math:`V^T b = S^{-1} U^T y`, they follow from the
# fitted attributes. Beside the shares of X they show two directions, 12 and 13, that
# are small in X and not small in y.

projections = model.singular_values_ * (model.components_ @ model.coef_)
share_of_y = projections**2 / np.sum((y - y.mean()) ** 2)
share_of_X = model.explained_variance_ratio_
numbers = np.arange(1, model.rank_ + 1)

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
# The rank, by the error on held-out rows
# ---------------------------------------
#
# Inverting only the first k singular values gives the model of rank k. Whether the
# others are information or noise is for data to tell that the model has not seen.
# With ``n_components="auto"`` one fit finds the error of every rank, and
# ``criterion_path_`` keeps it: of leaving out each row in turn, or of five folds, here
# in four random orders. (The columns are standardised once, by all rows.)

loo = SVDRegressor("auto", criterion="loo").fit(A, y)
orders = [KFold(5, shuffle=True, random_state=i) for i in range(4)]
by_folds = [SVDRegressor("auto", criterion="cv", cv=cv).fit(A, y) for cv in orders]

loo_error = np.sqrt(loo.criterion_path_.error)
cv_error = np.sqrt([m.criterion_path_.error for m in by_folds])
print("rank  leave-one-out  5-fold, the four orders  (RMS error, $1000s)")
for k in (1, 3, 5, 11, 12, 13):
    four = "  ".join(f"{e:.2f}" for e in cv_error[:, k - 1])
    print(f"{k:4}  {loo_error[k - 1]:13.2f}  {four}")
print("best:", loo.n_components_, "and", [m.n_components_ for m in by_folds])

# %%
# From 5 to 11 hardly anything is gained; 12 and 13 bring more. Leaving out one row and
# all four orders of the folds keep all 13, which is ordinary least squares. The text's
# rule, keep the first few and ignore the rest, costs little here, 0.03 of R² by
# leave-one-out, but on these data it gains nothing either.
#
# On the right, R² on the rows that were fitted rises with every direction, as it must:
# it is the running sum of the orange bars above. On held-out rows it is lower by
# 0.02 at full rank.

held_out = 1 - loo_error**2 / y.var(ddof=0)
fitted = np.cumsum(share_of_y)
print(f"R2, held out: rank 5 {held_out[4]:.3f}, rank 13 {held_out[12]:.3f}")
print(f"R2, fitted:   rank 5 {fitted[4]:.3f}, rank 13 {fitted[12]:.3f}")

fig, (left, right) = plt.subplots(1, 2, figsize=(10, 3.8), layout="constrained")
low, high = cv_error.min(axis=0), cv_error.max(axis=0)
left.fill_between(numbers, low, high, alpha=0.3, label="5-fold, four orders")
left.plot(numbers, loo_error, marker="o", label="leave-one-out")
left.set(ylabel="RMS error, $1000s", title="Error on held-out rows")
left.legend(loc="upper right")
right.plot(numbers, fitted, color="C1", marker="o", label="on the rows fitted")
right.plot(numbers, held_out, color="C0", marker="o", label="leave-one-out")
right.set(ylabel="R²", title="Share of the variance of y explained")
right.legend(loc="lower right")
for ax in (left, right):
    ax.set(xticks=numbers, xlabel="rank k")
plt.show()

# %%
# Leave-one-out holds the directions fixed while a row is out, which is what makes it
# cheap; at full rank that changes nothing. With each row out of the directions too,
# which ``criterion="cv"`` computes over 506 folds, the RMS error moves by at most 0.11,
# at rank 4, and the choice stays. What looks at X alone chooses otherwise: the
# threshold of Gavish and Donoho takes X to be of low rank with white noise on top, and
# calls everything after the third direction noise. For y it is not.

exact = SVDRegressor("auto", criterion="cv", cv=LeaveOneOut()).fit(A, y)
moved = np.sqrt(exact.criterion_path_.error) - loo_error
print(f"exact leave-one-out: best {exact.n_components_}, moved by at most", end=" ")
print(f"{abs(moved).max():.2f} (rank {numbers[abs(moved).argmax()]})")
threshold = SVDRegressor("auto", criterion="gavish-donoho").fit(A, y)
print("Gavish and Donoho:  ", threshold.n_components_)

# %%
# The same by a grid search
# -------------------------
#
# ``GridSearchCV`` fits each of 13 ranks on each of 5 folds, and once more at the end:
# 66 fits. The estimator adds up each fold once and takes the sums of the others for
# training, in one fit. The errors are the same to rounding. (A fold of 101 rows and one
# of 102 weigh the same in the grid's mean; here each row does.)

grid = {"n_components": numbers.tolist()}
scoring = "neg_mean_squared_error"
search = GridSearchCV(SVDRegressor(), grid, scoring=scoring, cv=orders[0]).fit(A, y)

sizes = [len(test) for _, test in orders[0].split(A)]
by_split = [-search.cv_results_[f"split{i}_test_score"] for i in range(5)]
by_grid = np.average(by_split, axis=0, weights=sizes)
difference = abs(by_grid - by_folds[0].criterion_path_.error).max()
print(f"mean squared errors {by_grid.min():.1f} to {by_grid.max():.1f}", end=", ")
print(f"largest difference {difference:.0e}")
print("best:", search.best_params_["n_components"], "and", by_folds[0].n_components_)

# %%
# The coefficients at each rank
# -----------------------------
#
# ``coef_path()`` has a row for each rank. The columns have the same variance, so the
# coefficients can be compared: $1000s for one standard deviation of the column. Ranks 5
# and 11 err alike, with coefficients up to 1.3 apart. Direction 12 is mostly NOX
# with some DIS, and moves these two. Direction 13 is mostly TAX less RAD, which are
# correlated to 0.91: only there do the taxes and the access to highways come apart, and
# RAD, negative at rank 1, ends as the second largest positive coefficient.

path = model.coef_path()
names = X.columns.tolist()
for k in (12, 13):
    v = model.components_[k - 1]
    largest = np.argsort(-abs(v))[:3]
    parts = ", ".join(f"{v[j]:+.2f} {names[j]}" for j in largest)
    print(f"direction {k}: {parts}")
apart = abs(path[10] - path[4])
print(f"ranks 5 and 11 differ by at most {apart.max():.1f} ({names[apart.argmax()]})")
print(f"correlation of RAD and TAX: {np.corrcoef(X['RAD'], X['TAX'])[0, 1]:.2f}")

told = {"NOX": "o", "DIS": "s", "RAD": "^", "TAX": "D"}
fig, ax = plt.subplots(figsize=(8, 4), layout="constrained")
others = [j for j in range(len(names)) if names[j] not in told]
lines = ax.plot(numbers, path[:, others], color="0.75", linewidth=1)
lines[0].set_label("the other nine")
for name, marker in told.items():
    ax.plot(numbers, path[:, names.index(name)], marker=marker, label=name)
ax.axhline(0, color="0.4", linewidth=0.8)
ax.set(xticks=numbers, xlabel="rank k", ylabel="coefficient, $1000s")
ax.set_title("Coefficients of the standardised columns")
fig.legend(loc="outside right upper")
plt.show()

# %%
# How sure the coefficients are
# -----------------------------
#
# ``summary()`` has them at full rank, where it is the table of ordinary least squares.

print(model.summary())

# %%
# p is the probability that noise alone brings an estimate at least that many standard
# errors away from zero, if the true coefficient is zero and the other columns stay in
# the model. Of 100 intervals made in this way, 95 hold the true coefficient on average.
# Both take the relation to be linear and the errors to be independent, normal and of
# one variance, which here they are not quite: prices end at 50, and tracts that are
# neighbours resemble each other.
#
# The intervals of INDUS and AGE hold zero; these data do not tell their signs. A small
# p says that a column helps to predict beside the other twelve, and nothing about
# causes: that of B, 0.0006, does not make its authors' assumption true.
#
# RAD and TAX have the largest standard errors of the 13. A direction adds
# :math:`v^2/s^2` to the variance of a coefficient, so what is small in X is what the
# data say least about. Of these two variances 84 % and 91 % come from direction 13.

variances = (model.components_ / model.singular_values_[:, None]) ** 2
for name in ("RAD", "TAX"):
    of_column = variances[:, names.index(name)]
    print(f"{name}: {of_column[-1] / of_column.sum():.0%} from direction 13")

# %%
# Predicted against true
# ----------------------
#
# Each price is predicted by a model that has not seen its row, with the standard
# deviation of a new observation by ``return_std=True``: the noise, and the error of the
# coefficients. The band is two of them to either side. It narrows with the rank, as
# less is left to noise, and at each rank it holds 95 % of the prices.
#
# What it does not hold, in orange, is not spread evenly. The tracts at 50, where the
# prices of 1970 were cut off, are all above their predictions, and 10 or more of these
# 16 are above the band: a linear model has no cut.

fig, axes = plt.subplots(
    1, 3, figsize=(10, 4.2), sharex=True, sharey=True, layout="constrained"
)
for ax, k in zip(axes, (1, 5, 13), strict=True):
    ranked = make_pipeline(StandardScaler(), SVDRegressor(n_components=k))
    predicted, std = np.empty((2, len(y)))
    for train, test in orders[0].split(X):
        ranked.fit(X.iloc[train], y.iloc[train])
        predicted[test], std[test] = ranked.predict(X.iloc[test], return_std=True)
    error = predicted - y
    inside, cut = abs(error) < 2 * std, y == 50
    low, out = np.sum(error[cut] < 0), np.sum(~inside[cut])
    print(
        f"rank {k:2}: median std {np.median(std):.1f}, {inside.mean():.1%} in", end="; "
    )
    print(f"of {cut.sum()} at 50 {low} predicted too low, {out} out")

    order = np.argsort(predicted)
    at, half = predicted[order], 2 * std[order]
    ax.fill_between(at, at - half, at + half, color="0.85", linewidth=0)
    ax.plot(at, at, color="0.5", linewidth=0.8)
    ax.scatter(predicted[inside], y[inside], s=8, alpha=0.5)
    ax.scatter(predicted[~inside], y[~inside], s=8, color="C1")
    rms = np.sqrt(np.mean(error**2))
    ax.set(title=f"rank {k}: RMS error {rms:.1f}", xlabel="predicted, $1000s")
axes[0].set(ylabel="true, $1000s")
plt.show()

# %%
# Without B
# ---------
#
# The result does not rest on B: without it the best rank is again the full one, and R²
# by leave-one-out, at rank 5 and at the full rank, is the same to 0.01.

without = SVDRegressor("auto").fit(A.drop(columns="B"), y)
held_out = 1 - without.criterion_path_.error / y.var(ddof=0)
print(f"rank  5: R2 = {held_out[4]:.3f}")
print(f"best: {without.n_components_}, R2 = {held_out[-1]:.3f}")
