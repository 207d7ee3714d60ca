r"""
Densities of any shape against Gaussians
========================================

Where the values of a feature have two peaks, a Gaussian gives a high probability to the
wrong class. A kernel density follows the values, and the probabilities of naive Bayes
become better on held-out rows. This page compares the two, and finds that counting
intervals is better still on one of two tables.
"""

# %%
# Pixels are not Gaussian
# -----------------------
#
# Handwritten digits, 8 x 8 counts from 0 to 16. A pixel at the edge of a stroke is
# either ink or paper: its values have two peaks. The bars are the values of one pixel
# in the images of a 3 and of an 8, the lines are the densities of naive Bayes. Most
# images of a 3 have no ink there, which the Gaussian cannot represent.

import matplotlib.pyplot as plt
import numpy as np
from sklearn.datasets import load_breast_cancer, load_digits
from sklearn.model_selection import StratifiedKFold, cross_validate

from skmath import FromScratchNB
from skmath.display import LikelihoodDisplay

X, y = load_digits(return_X_y=True)
two = (y == 3) | (y == 8)
titles = {"gaussian": "Gaussian density", "kde": "kernel density"}
densities = {}
fig, axes = plt.subplots(1, 2, figsize=(8, 3.8), layout="constrained", sharey=True)
for ax, (name, title) in zip(axes, titles.items(), strict=True):
    model = FromScratchNB(name).fit(X[two], y[two])
    shown = LikelihoodDisplay.from_estimator(model, X[two], y[two], feature=26, ax=ax)
    for line, style in zip(shown.lines_, ("-", "--"), strict=True):
        line.set_linestyle(style)
    ax.legend(title="digit")
    ax.set(title=title, xlabel="ink in row 4, column 3 (of 8)")
    densities[name] = shown.likelihood
axes[1].set_ylabel("")
plt.show()


def peaks(density):
    """Return how many local maxima a density has."""
    inner = density[1:-1]
    return np.sum((inner > density[:-2]) & (inner > density[2:]))


assert np.mean(X[y == 3, 26] == 0) > 0.5
assert densities["kde"][:, 0].max() > 3 * densities["gaussian"][:, 0].max()
assert peaks(densities["gaussian"][:, 1]) == 1
assert peaks(densities["kde"][:, 1]) >= 2

# %%
# What it costs on held-out rows
# ------------------------------
#
# The log-loss is the mean of -log p, with p the probability that was given to the true
# class: it penalises wrong predictions with a high probability.

cv = StratifiedKFold(10, shuffle=True, random_state=0)
losses = {}
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
        losses[table, name] = -scores["test_neg_log_loss"].mean()
        print(
            f"{table:14} {name:9} accuracy {scores['test_accuracy'].mean():.3f}, "
            f"log-loss {losses[table, name]:.2f}"
        )

# %%
# On both tables the kernel density beats the Gaussian: by half of the log-loss on the
# digits, and by a sixth on the tumours. It is not the best choice everywhere. On the
# digits, whose values are whole numbers, counting them in intervals ("bins") is better
# by far. On the tumours "auto", which chooses for each column alone, is worse than the
# kernel density for all.

for table in data:
    assert losses[table, "kde"] < 0.9 * losses[table, "gaussian"]
assert losses["digits", "kde"] < 0.6 * losses["digits", "gaussian"]
assert losses["digits", "bins"] < 0.8 * losses["digits", "kde"]
assert losses["breast_cancer", "auto"] > losses["breast_cancer", "kde"]

# %%
# The bandwidth
# -------------
#
# The density is a mean of Gaussians around the values, each of width h. A small h makes
# a peak of every value, a large one hides all structure. Silverman's rule guesses h
# from the spread of the values and from how many there are.

tumours = load_breast_cancer()
X, y = tumours.data, tumours.target_names[tumours.target]
fig, axes = plt.subplots(1, 3, figsize=(8, 3.4), layout="constrained", sharey=True)
counts = []
for ax, h in zip(axes, (0.05, "silverman", 5.0), strict=True):
    model = FromScratchNB("kde", bandwidth=h).fit(X[:, :1], y)
    shown = LikelihoodDisplay.from_estimator(model, X[:, :1], y, ax=ax)
    for line, style in zip(shown.lines_, ("-", "--"), strict=True):
        line.set_linestyle(style)
    ax.legend(title="class")
    ax.set(title=f"h = {h}" if h != "silverman" else "Silverman's h")
    ax.set(xlabel="mean radius", ylabel="")
    counts.append(peaks(shown.likelihood[:, 0]))
for ax in axes[1:]:
    ax.get_legend().remove()
axes[0].set_ylabel("density")
plt.show()
assert counts[0] > 10
assert counts[1] <= 3
assert counts[2] == 1
