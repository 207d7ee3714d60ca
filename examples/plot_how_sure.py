r"""
How sure is a coefficient?
==========================

A coefficient without its error is half an answer. This page has errors that hold where
the variance is not constant, tests of several coefficients together, the same for a
positive amount instead of a squared error, and what a table says when it cannot know.
"""

# %%
# Least squares
# -------------
#
# Ten measurements of 442 diabetes patients, and how far the disease had progressed a
# year later. The columns are standardised, so that the coefficients have one unit: the
# progression for a standard deviation more.

import matplotlib.pyplot as plt
import numpy as np
from sklearn.datasets import load_diabetes

from skmath import GDLinearModel, SVDRegressor
from skmath.display import SummaryDisplay

X, y = load_diabetes(return_X_y=True, as_frame=True, scaled=False)
X = (X - X.mean()) / X.std()
model = SVDRegressor().fit(X, y)
print(model.summary())

# %%
# Errors that differ in size
# --------------------------
#
# The table takes all errors to have one variance. Those of patients with a high
# prediction are larger, which a sandwich allows for: with the inverse H of
# :math:`X^T X`, the residuals :math:`e_i` and the leverages :math:`h_i`
#
# .. math:: \operatorname{cov} = H \Big( \sum_i \frac{e_i^2}{(1 - h_i)^2} x_i x_i^T
#           \Big) H .
#
# It needs the rows again; a fitted model keeps none.

residual = y - model.predict(X)
high = model.predict(X) > np.median(model.predict(X))
print(f"standard deviation of the residuals: {residual[~high].std():.0f} where the")
print(f"prediction is low, {residual[high].std():.0f} where it is high")

robust = model.summary(X, y, cov_type="HC3")
classical = model.summary()
fig, axes = plt.subplots(1, 2, figsize=(10, 4.2), sharex=True, layout="constrained")
for ax, table, title in zip(
    axes, (classical, robust), ("one variance", "robust (HC3)"), strict=True
):
    SummaryDisplay.from_summary(table, ax=ax)
    ax.set_title(title)
plt.show()

# %%
# Five that are nothing alone
# ---------------------------
#
# Of the six blood serum measurements s1 to s6 only s5 has an interval without 0. That
# is no reason to leave the others out: they depend on each other, and the data hardly
# tell which one it is. Whether *any* of them matters is a question about all six
# coefficients together, and the statistic has their covariance in it.

serum = [f"s{i}" for i in range(1, 7)]
terms = {"serum": serum, "s1 to s4": serum[:4], "body": ["bmi", "bp"], "age": ["age"]}
print(robust.wald_test_terms(terms))

# %%
# Of s1 to s4 not one interval is without 0, and yet they matter: p is about 1e-5. The
# error of s1 is several times that of age, as the others nearly make that column.

ratio = robust.standard_error[robust.name.index("s1")]
ratio /= robust.standard_error[robust.name.index("age")]
print(f"{ratio:.1f} times")

# %%
# A hypothesis may be any sum: is the effect of bmi that of blood pressure?

R = np.zeros(len(robust.name))
R[robust.name.index("bmi")], R[robust.name.index("bp")] = 1, -1
print(robust.wald_test(R))

# %%
# A positive amount
# -----------------
#
# The progression is positive, and its spread grows with it: the gamma loss says so.
# Its coefficients are differences of the logarithm; the dispersion is estimated, and
# the errors are those of R's ``glm`` and statsmodels' ``GLM``.

gamma = GDLinearModel("gamma", alpha=0).fit(X, y)
table = gamma.summary(X, y)
print(table)
print(f"dispersion: {table.dispersion:.3f}")

# %%
# What a table cannot know
# ------------------------
#
# A column that others make is determined by nothing, and has no p value.

twice = X[["bmi", "bp"]].assign(pressure=2 * X["bp"] + 1)
print(GDLinearModel("gamma", alpha=0).fit(twice, y).summary(twice, y))

# %%
# A lasso chooses its columns by the same rows, and what it has chosen looks surer than
# it is. The table says so, and gives none of what was held at 0.

lasso = GDLinearModel(penalty="l1", alpha=5.0).fit(X, y)
print(lasso.summary(X, y))
