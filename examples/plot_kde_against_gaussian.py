r"""
Densities of any shape against Gaussians
========================================

Where a feature is skewed or has several humps, a Gaussian is sure of the wrong class. A
kernel density follows the values; its probabilities cost less on digits left out.
"""

# %%
# Pixels are no Gaussians
# -----------------------
#
# Handwritten digits, 8 x 8 counts from 0 to 16. A pixel at the edge of a stroke is
# either ink or paper: two humps.

import matplotlib.pyplot as plt
from sklearn.datasets import load_breast_cancer, load_digits
from sklearn.model_selection import StratifiedKFold, cross_validate

from skmath import FromScratchNB
from skmath.display import LikelihoodDisplay

X, y = load_digits(return_X_y=True)
two = (y == 3) | (y == 8)
fig, axes = plt.subplots(1, 2, figsize=(10, 3.6), layout="constrained", sharey=True)
for ax, name in zip(axes, ("gaussian", "kde"), strict=True):
    model = FromScratchNB(name).fit(X[two], y[two])
    LikelihoodDisplay.from_estimator(model, X[two], y[two], feature=26, ax=ax)
    ax.set(title=f"row 3, column 2: {name}", xlabel="ink")
plt.show()

# %%
# What it costs on other rows
# ---------------------------
#
# The log-loss is the mean surprise of the true class, in nats: it punishes being sure
# and wrong.

cv = StratifiedKFold(10, shuffle=True, random_state=0)
data = {"digits": (X, y), "breast_cancer": load_breast_cancer(return_X_y=True)}
for table, (X, y) in data.items():
    for name in ("gaussian", "kde", "bins", "auto"):
        scores = cross_validate(
            FromScratchNB(name, dependence=None, calibrate=None, random_state=0),
            X,
            y,
            cv=cv,
            scoring=("accuracy", "neg_log_loss"),
        )
        print(
            f"{table:14} {name:9} accuracy {scores['test_accuracy'].mean():.3f}, "
            f"log-loss {-scores['test_neg_log_loss'].mean():.2f}"
        )

# %%
# The bandwidth
# -------------
#
# The density is a mean of Gaussians about the values, of width h. Silverman's rule
# guesses h from their spread and number.

X, y = data["breast_cancer"]
fig, axes = plt.subplots(1, 3, figsize=(12, 3.2), layout="constrained", sharey=True)
for ax, h in zip(axes, (0.05, "silverman", 5.0), strict=True):
    model = FromScratchNB("kde", bandwidth=h).fit(X[:, :1], y)
    LikelihoodDisplay.from_estimator(model, X[:, :1], y, ax=ax)
    ax.set(title=f"h = {h}", xlabel="mean radius")
plt.show()
