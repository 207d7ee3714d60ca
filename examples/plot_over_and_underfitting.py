r"""
Fitting, overfitting, underfitting
==================================

A line is too stiff for the prices of houses, a polynomial of degree 12 too flexible.
The scores on training rows and on held-out rows show it, by a rule that is written over
each picture.
"""

# %%
# One column, three models
# ------------------------
#
# The house prices of Boston, predicted from the percentage of poorer people in the
# tract, in a sample of 120 tracts.

import matplotlib.pyplot as plt
import numpy as np
from sklearn.model_selection import ShuffleSplit
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import MinMaxScaler, PolynomialFeatures

from skmath import SVDRegressor
from skmath.datasets import load_boston_housing
from skmath.display import FitDiagnosisDisplay

X, y = load_boston_housing(return_X_y=True)
rng = np.random.default_rng(0)
some = rng.choice(len(y), 120, replace=False)
x, price = X[some, -1:], y[some]
degrees = (1, 4, 12)


def polynomial(degree):
    """Return a regression on the powers of a column that is scaled to [-1, 1]."""
    powers = PolynomialFeatures(degree, include_bias=False)
    return make_pipeline(MinMaxScaler((-1, 1)), powers, SVDRegressor())


grid = np.linspace(x.min(), x.max(), 400)[:, None]
fig, axes = plt.subplots(1, 3, figsize=(12, 3.6), layout="constrained", sharey=True)
for ax, degree in zip(axes, degrees, strict=True):
    ax.scatter(x, price, s=12, color="#999999")
    ax.plot(grid, polynomial(degree).fit(x, price).predict(grid), color="#0072B2")
    ax.set(title=f"degree {degree}", ylim=(0, 55), xlabel="poorer people, %")
axes[0].set_ylabel("price, $1000s")
plt.show()

# %%
# The verdict
# -----------
#
# - *underfitting*: not even the training rows reach the score that is wanted, here
#   0.65, or come within two standard errors of it;
# - *overfitting*: held-out rows lose more than a tenth of the gain over a constant
#   guess, and more than two standard errors;
# - *fitting*: neither.
#
# The polynomial of degree 12 runs off at the ends of the data. On held-out rows beyond
# the training rows it is so wrong that its mean score lies below the picture, whatever
# the number of rows; the rule counts such a score as no worse than the gain was good.

cv = ShuffleSplit(20, test_size=0.25, random_state=0)
fig, axes = plt.subplots(1, 3, figsize=(14, 4), layout="constrained")
for ax, degree in zip(axes, degrees, strict=True):
    shown = FitDiagnosisDisplay.from_estimator(
        polynomial(degree),
        x,
        price,
        cv=cv,
        train_sizes=np.linspace(0.55, 1, 5),
        wanted=0.65,
        scoring="r2",
        random_state=0,
        ax=ax,
    )
    ax.set_ylim(-1, 1)
    print(f"degree {degree:2}: {shown.diagnosis_.verdict}: {shown.diagnosis_.rule}")
    print(
        f"           mean on held-out rows {shown.validation_line_.get_ydata()[-1]:.3g}"
    )
plt.show()

# %%
# All degrees
# -----------
#
# The verdict of a validation curve is that on its best point.

shown = FitDiagnosisDisplay.from_estimator(
    polynomial(1),
    x,
    price,
    param_name="polynomialfeatures__degree",
    param_range=[1, 2, 3, 4, 5, 6, 8],
    cv=cv,
    wanted=0.65,
    scoring="r2",
)
shown.ax_.set_ylim(0, 1)
best = shown.validation_line_.get_ydata().argmax()
print(f"best degree: {shown.x[best]}, {shown.diagnosis_.verdict}")
plt.show()
