r"""
Fitting, overfitting, underfitting
==================================

A straight line is too stiff for the prices of houses, a polynomial of degree 12 is too
flexible. This page shows how the scores on training rows and on held-out rows
distinguish both from a model that fits, by an explicit rule.
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
titles = ("degree 1:\nunderfitting", "degree 4:\nfitting", "degree 12:\noverfitting")
fig, axes = plt.subplots(1, 3, figsize=(8, 3.4), layout="constrained", sharey=True)
for ax, degree, title in zip(axes, degrees, titles, strict=True):
    ax.scatter(x, price, s=12, color="#999999")
    ax.plot(grid, polynomial(degree).fit(x, price).predict(grid), color="#0072B2", lw=2)
    ax.set(title=title, ylim=(0, 55), xlabel="poorer people, %")
axes[0].set_ylabel("price, $1000s")
plt.show()

# %%
# The verdict
# -----------
#
# The score is R2: 1 for perfect predictions, 0 for the mean price. It is computed on
# the training rows and on rows that are held out, 20 times, and the rule is
#
# - *underfitting*: not even the training rows reach the score that is wanted, here
#   0.65, or come within two standard errors of it;
# - *overfitting*: held-out rows lose more than a tenth of the gain over a constant
#   guess, and more than two standard errors;
# - *fitting*: neither.
#
# The bands are two standard errors wide to either side. The polynomial of degree 12
# runs off at the ends of the data. On held-out rows beyond the training rows it is so
# wrong that its mean score is far below the lower end of the picture, whatever the
# number of rows. One such row is enough for that. The rule therefore limits how bad a
# held-out score can be: R2 counts at least as the negative of the training score.

cv = ShuffleSplit(20, test_size=0.25, random_state=0)
verdicts, held_out = [], []
fig, axes = plt.subplots(1, 3, figsize=(8, 3.6), layout="constrained", sharey=True)
for ax, degree, title in zip(axes, degrees, titles, strict=True):
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
    # The title of the display is the whole rule, which is printed below.
    ax.set_title(title, fontsize=12)
    ax.set(ylim=(-1, 1), ylabel="")
    ax.legend(loc="lower center")
    verdicts.append(shown.diagnosis_.verdict)
    held_out.append(shown.validation_line_.get_ydata()[-1])
    print(
        f"degree {degree:2}: {verdicts[-1]}, mean on held-out rows {held_out[-1]:.3g}"
    )
    print(f"  {shown.diagnosis_.rule}")
axes[0].set_ylabel("R2")
plt.show()

assert verdicts == ["underfitting", "fitting", "overfitting"]
assert held_out[1] > held_out[0] + 0.05
assert held_out[2] < -1

# %%
# All degrees
# -----------
#
# A validation curve has a point for each degree. Its title is the verdict on the point
# that is best on held-out rows. From degree 6 on some held-out rows are predicted
# badly, which widens the band, and this is not visible on the training rows. Degrees 3,
# 4 and 5 differ by less than their bands: these data do not show which of the three is
# best.

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
shown.ax_.set(ylim=(0, 1), xlabel="degree of the polynomial", ylabel="R2")
means = shown.validation_line_.get_ydata()
best = means.argmax()
print(f"best degree: {shown.x[best]}, {shown.diagnosis_.verdict}")
plt.show()

assert shown.x[best] in (3, 4, 5)
assert shown.diagnosis_.verdict == "fitting"
error = np.std(shown.validation_scores, axis=1, ddof=1) / 20**0.5
assert np.ptp(means[2:5]) < 2 * error[2:5].min()
assert error[5:].min() > 2 * error[:5].max()
assert np.all(np.diff(shown.train_line_.get_ydata()) > -1e-9)
