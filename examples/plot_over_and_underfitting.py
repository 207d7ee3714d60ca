r"""
Fitting, overfitting, underfitting
==================================

A line is too stiff for the prices of houses, a polynomial of degree 12 too free. The
scores on rows that were and that were not fitted tell which is which, by a rule that is
written over each picture.
"""

# %%
# One column, three models
# ------------------------
#
# The house prices of Boston from the share of poorer people in the tract.

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
some = rng.choice(len(y), 80, replace=False)
x, price = X[some, -1:], y[some]
degrees = (1, 4, 12)


def polynomial(degree):
    """Return a regression on the powers of a column that is scaled to -1 ... 1."""
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
# - *underfitting*: not even the training rows reach the score that is wanted, here .65;
# - *overfitting*: more than a tenth of what was gained over a constant guess is lost on
#   other rows, and more than two standard errors;
# - *fitting*: else.

cv = ShuffleSplit(20, test_size=0.25, random_state=0)
fig, axes = plt.subplots(1, 3, figsize=(13, 3.8), layout="constrained")
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
plt.show()

# %%
# All degrees
# -----------

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
plt.show()
