r"""
Quantile regression bands
=========================

A mean does not tell how far off a patient may be. Three quantiles do, fitted at once so
that they do not cross, and 80% of the patients that were not fitted lie between the
outer two.
"""

# %%
# The pinball loss
# ----------------
#
# .. math:: L(y, z) = \max\big( q (y - z), \; (q - 1)(y - z) \big)
#
# charges q for each unit that the prediction is too low, 1 - q for each that it is too
# high. It is lowest where a share q of the targets is below: at the quantile.
#
# One column of the diabetes data, the body mass index, bent by a spline.

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

fig, ax = plt.subplots(figsize=(7, 4.4), layout="constrained")
ax.scatter(bmi, y, s=8, color="#999999")
for q, curve, colour in zip(
    quantiles, curves.T, ("#0072B2", "#000000", "#D55E00"), strict=True
):
    ax.plot(grid, curve, color=colour, label=f"q = {q}")
for q, predicted in zip(quantiles, held_out.T, strict=True):
    print(f"q = {q}: {np.mean(y < predicted):.1%} of other patients below")
print(f"optimality {model[-1].optimality_:.0e}")
ax.set(xlabel="body mass index", ylabel="progression after a year")
ax.set_title("10%, 50% and 90% of the patients are below")
ax.legend()
plt.show()

# %%
# The band is wider where patients differ more
# --------------------------------------------

low, _, high = held_out.T
inside = (low <= y) & (y <= high)
width = high - low
thin = bmi[:, 0] < np.median(bmi)
print(f"inside: {inside.mean():.1%}")
print(
    f"mean width: {width[thin].mean():.0f} for a low index, "
    f"{width[~thin].mean():.0f} for a high one"
)
