r"""
Descent on columns in their own units
=====================================

In a table of wines one column is measured in hundreds and another in tenths. Plain
descent hardly moves on such columns. This page shows that descent measured in the
curvature of the cost needs no scaling, and gives the same answer in any units.
"""

# %%
# The table
# ---------

import warnings

import matplotlib.pyplot as plt
import numpy as np
from sklearn.datasets import load_wine
from sklearn.linear_model import SGDClassifier
from sklearn.metrics import log_loss
from sklearn.model_selection import cross_val_score
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import StandardScaler

from skmath import GDLinearModel

X, y = load_wine(return_X_y=True)
spread = X.std(axis=0)
print(f"standard deviations of the columns: {spread.min():.2g} to {spread.max():.3g}")
assert spread.max() > 1000 * spread.min()

# %%
# Accuracy on held-out rows
# -------------------------
#
# scikit-learn's stochastic descent needs the scaler. On scaled columns it is even a
# little better here than `skmath.GDLinearModel`, whose penalty does not depend on it.

models = {
    "SGDClassifier": SGDClassifier(loss="log_loss", random_state=0),
    "SGDClassifier, scaled": make_pipeline(
        StandardScaler(), SGDClassifier(loss="log_loss", random_state=0)
    ),
    "GDLinearModel": GDLinearModel("log_loss"),
    "GDLinearModel, scaled": make_pipeline(StandardScaler(), GDLinearModel("log_loss")),
}
accuracy = {}
for name, model in models.items():
    accuracy[name] = cross_val_score(model, X, y, cv=5).mean()
    print(f"{name:22} {accuracy[name]:.3f}")
assert accuracy["SGDClassifier"] < accuracy["SGDClassifier, scaled"] - 0.15
assert accuracy["GDLinearModel"] > 0.95
assert abs(accuracy["GDLinearModel"] - accuracy["GDLinearModel, scaled"]) < 0.03
assert accuracy["SGDClassifier, scaled"] >= accuracy["GDLinearModel, scaled"]

# %%
# Why
# ---
#
# The cost is a valley. Its walls are steep along the column with the largest numbers,
# and its floor is flat along the one with the smallest. With the matrix H of second
# derivatives a step of length :math:`\eta` times the gradient is sure to go down only
# where :math:`\eta < 2 / \lambda_{\max}(H)`, and such a step hardly moves along the
# floor. The three metrics below measure the length of a step in different ways: in the
# columns' units (identity), in their standard deviations (diagonal), and in the
# curvature of the cost (hessian).

n_steps = {}
fig, ax = plt.subplots(figsize=(6.4, 4.4), layout="constrained")
looks = {
    "identity": ("#D55E00", ":"),
    "diagonal": ("#009E73", "--"),
    "hessian": ("#0072B2", "-"),
}
for metric, (colour, line) in looks.items():
    with warnings.catch_warnings():
        # The first stops at max_iter, far from the optimum: that is the point.
        warnings.simplefilter("ignore")
        model = GDLinearModel(
            "log_loss", solver="gd", metric=metric, alpha=1e-2, max_iter=200
        ).fit(X, y)
    at = np.arange(len(model.loss_curve_)) + 1
    ax.plot(at, model.loss_curve_, line, color=colour, lw=2, label=metric)
    n_steps[metric] = model.n_iter_, bool(model.converged_), min(model.loss_curve_)
    print(f"{metric:9} {model.n_iter_:4} steps, converged: {model.converged_}")
ax.set(xscale="log", xlabel="step", ylabel="cost", title="One cost, three metrics")
ax.legend(title="metric")
plt.show()
assert not n_steps["identity"][1]
assert n_steps["diagonal"][1]
assert n_steps["hessian"][1]
assert 3 * n_steps["hessian"][0] < n_steps["diagonal"][0]
assert n_steps["identity"][2] > 2 * n_steps["hessian"][2]

# %%
# Units do not matter
# -------------------
#
# A penalty depends on the coefficients' units. Without one, the probabilities are the
# same whatever the columns are multiplied by.

units = 10.0 ** np.random.default_rng(0).integers(-6, 7, X.shape[1])
plain = GDLinearModel("log_loss", alpha=0, metric="hessian", max_iter=15, tol=0)
with warnings.catch_warnings():
    # A plane separates the two classes, so that there is no optimum: 15 steps do.
    warnings.simplefilter("ignore")
    p = plain.fit(X, y != 1).predict_proba(X)
    p_units = plain.fit(X * units, y != 1).predict_proba(X * units)
print(f"largest difference: {np.abs(p - p_units).max():.1e}")
print(f"log-loss: {log_loss(y != 1, p):.1e}")
assert np.abs(p - p_units).max() < 1e-8
