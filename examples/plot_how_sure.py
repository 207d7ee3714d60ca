r"""
How sure is a coefficient?
==========================

A coefficient without its standard error is half an answer. Coefficients that are not
significant one by one can be highly significant together, when their columns are
correlated: four blood measurements of diabetes patients are.
"""

# %%
# Least squares
# -------------
#
# Ten measurements of 442 diabetes patients, and how far the disease had progressed a
# year later. The columns are standardised, so that all coefficients have one unit: the
# progression for one standard deviation more.

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
# The table assumes that all errors have one variance. Those of patients with a high
# prediction are larger, which a sandwich estimate allows for: with the inverse H of
# :math:`X^T X`, the residuals :math:`e_i` and the leverages :math:`h_i`
#
# .. math:: \operatorname{cov} = H \Big( \sum_i \frac{e_i^2}{(1 - h_i)^2} x_i x_i^T
#           \Big) H .
#
# It needs the rows again, because a fitted model keeps none. Here it changes little:
# each standard error by less than a tenth.

residual = y - model.predict(X)
high = model.predict(X) > np.median(model.predict(X))
print(f"standard deviation of the residuals: {residual[~high].std():.0f} where the")
print(f"prediction is low, {residual[high].std():.0f} where it is high")
assert residual[high].std() > 1.2 * residual[~high].std()

robust = model.summary(X, y, cov_type="HC3")
classical = model.summary()
ratio = robust.standard_error / classical.standard_error
print(f"robust errors are {ratio.min():.2f} to {ratio.max():.2f} of the others")
assert np.all(abs(ratio - 1) < 0.1)

# %%
# Not significant one by one, significant together
# ------------------------------------------------
#
# Of the six blood serum measurements s1 to s6 only s5 has an interval without 0. That
# is no reason to leave the others out: they are correlated, and the data hardly show
# which of them matters. Whether *any* of them matters is a question about all the
# coefficients together; the Wald statistic uses their covariance.

serum = [f"s{i}" for i in range(1, 7)]
terms = {"serum": serum, "s1 to s4": serum[:4], "body": ["bmi", "bp"], "age": ["age"]}
joint = robust.wald_test_terms(terms)
print(joint)

alone = np.array([robust.p[robust.name.index(name)] for name in serum[:4]])
together = joint.p[joint.term.index("s1 to s4")]
fig, (left, right) = plt.subplots(1, 2, figsize=(8, 4.2), layout="constrained")
SummaryDisplay.from_summary(robust, ax=left)
left.set_title("Intervals of 95%")
left.axhspan(3.5, 7.5, color="#E69F00", alpha=0.25, lw=0)
places = [*serum[:4], "s1 to s4\ntogether"]
right.plot([*alone, together], places, "o", color="#0072B2")
right.hlines(places, 1e-6, [*alone, together], color="0.8", zorder=0)
right.axvline(0.05, color="black", linestyle="--", label="p = 0.05")
right.set(xscale="log", xlabel="p, logarithmic", xlim=(1e-6, 1))
right.invert_yaxis()
right.margins(y=0.1)
right.set_title("Not one by one, but together")
right.legend(loc="lower right")
plt.show()

# %%
# All intervals of s1 to s4 contain 0, and yet they matter: p is about 1e-5. The
# standard error of s1 is several times that of age, as s1 is nearly a combination of
# the others.

ratio = robust.standard_error[robust.name.index("s1")]
ratio /= robust.standard_error[robust.name.index("age")]
print(f"{ratio:.1f} times")

for table in (classical, robust):
    low, high = table.interval.T
    with_zero = {table.name[j] for j in np.flatnonzero((low < 0) & (high > 0))}
    assert with_zero & {*serum} == {*serum} - {"s5"}
assert np.all(alone > 0.05)
assert together < 1e-4
assert ratio > 5

# %%
# A hypothesis may be any linear combination: is the effect of bmi equal to that of
# blood pressure? The difference is not significant at the 5% level.

R = np.zeros(len(robust.name))
R[robust.name.index("bmi")], R[robust.name.index("bp")] = 1, -1
difference = robust.wald_test(R)
print(difference)
assert difference.p > 0.05

# %%
# A positive amount
# -----------------
#
# The progression is positive, and its spread grows with it, as the gamma loss assumes.
# Its coefficients are differences of the logarithm; the dispersion is estimated, and
# the standard errors are those of R's ``glm`` and statsmodels' ``GLM``. In this model
# s1 and s2 are significant one by one, too: what is significant depends on what is
# assumed of the errors.

gamma = GDLinearModel("gamma", alpha=0).fit(X, y)
table = gamma.summary(X, y)
print(table)
print(f"dispersion: {table.dispersion:.3f}")
significant = {table.name[j] for j in np.flatnonzero(table.p < 0.05)}
assert {"s1", "s2", "s5"} == significant & {*serum}

# %%
# What a table cannot know
# ------------------------
#
# The coefficient of a column that is a combination of others is not determined by the
# data, and has no p value. Nor have those of the columns it is made of.

twice = X[["bmi", "bp"]].assign(pressure=2 * X["bp"] + 1)
table = GDLinearModel("gamma", alpha=0).fit(twice, y).summary(twice, y)
print(table)
determined = dict(zip(table.name, np.isfinite(table.standard_error), strict=True))
assert determined["bmi"]
assert not determined["bp"]
assert not determined["pressure"]

# %%
# A lasso chooses its columns by the same rows, which makes the chosen ones look more
# significant than they are. The table says so in a note, and gives no standard errors
# for coefficients that the penalty holds at 0.

lasso = GDLinearModel(penalty="l1", alpha=5.0).fit(X, y)
table = lasso.summary(X, y)
print(table)
assert np.array_equal(np.isnan(table.p[1:]), lasso.coef_ == 0)
assert any("not valid after the selection" in note for note in table.notes)
