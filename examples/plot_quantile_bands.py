r"""
Quantile regression bands
=========================

A predicted mean does not show how far a patient may be from it. Three quantiles do.
This page fits them at once, so that they do not cross, and counts how many of the
patients that were left out of the fit lie between the outer two: 80%, as they should.
"""

# %%
# The pinball loss
# ----------------
#
# .. math:: L(y, z) = \max\big( q (y - z), \; (q - 1)(y - z) \big)
#
# costs q for each unit that the prediction z is too low, and 1 - q for each unit that
# it is too high. Its mean is lowest where a fraction q of the targets y is below z,
# which is the quantile.
#
# Here the progression of diabetes depends on one column, the body mass index, by a
# spline.

import matplotlib.pyplot as plt
import numpy as np
from sklearn.datasets import load_diabetes
from sklearn.model_selection import KFold, cross_val_predict
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import SplineTransformer

from skmath import GDLinearModel

X, y = load_diabetes(return_X_y=True, scaled=False, as_frame=True)
bmi = X[["bmi"]].to_numpy()
y = y.to_numpy()
grid = np.linspace(bmi.min(), bmi.max(), 200)[:, None]
cv = KFold(10, shuffle=True, random_state=0)

quantiles = [0.1, 0.5, 0.9]
model = make_pipeline(
    SplineTransformer(n_knots=4, degree=2),
    GDLinearModel("quantile", quantile=quantiles, alpha=1e-4),
)
curves = model.fit(bmi, y).predict(grid)
held_out = cross_val_predict(model, bmi, y, cv=cv)

fig, ax = plt.subplots(figsize=(6.4, 4.6), layout="constrained")
ax.scatter(bmi, y, s=8, color="#999999")
styles = ("#0072B2", "--"), ("#000000", "-"), ("#D55E00", "-.")
for q, curve, (colour, line) in zip(quantiles, curves.T, styles, strict=True):
    ax.plot(grid, curve, line, color=colour, lw=2, label=f"q = {q}")
for q, predicted in zip(quantiles, held_out.T, strict=True):
    below = np.mean(y < predicted)
    print(f"q = {q}: {below:.1%} of the patients left out are below")
    # Three standard deviations of a fraction of 442.
    assert abs(below - q) < 3 * np.sqrt(q * (1 - q) / len(y))
print(f"optimality {model[-1].optimality_:.0e}")
ax.set(xlabel="body mass index", ylabel="progression after a year")
ax.set_title("10%, 50% and 90% of the patients are below")
ax.legend()
plt.show()
# They do not cross, on the grid or for any patient.
assert np.all(np.diff(curves, axis=1) >= 0)
assert np.all(np.diff(held_out, axis=1) >= -1e-9)

# %%
# The band is wider where patients differ more
# --------------------------------------------
#
# "Low" is a body mass index below the median. The coverage is right on average over all
# patients, which is what the loss asks for. For a single body mass index nothing
# guarantees it: below the median, and above it, the fraction inside may differ from
# 80%.

low, _, high = held_out.T
inside = (low <= y) & (y <= high)
width = high - low
thin = bmi[:, 0] < np.median(bmi)
print(f"inside: {inside.mean():.1%}")
print(
    f"mean width: {width[thin].mean():.0f} for a low index, "
    f"{width[~thin].mean():.0f} for a high one"
)
for name, group in (("low", thin), ("high", ~thin)):
    print(f"inside, for a {name} index: {inside[group].mean():.1%}")
assert abs(inside.mean() - 0.8) < 0.03
assert width[~thin].mean() > 1.15 * width[thin].mean()
