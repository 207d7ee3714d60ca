r"""
Descent on columns in their own units
=====================================

Proline is measured in hundreds, hue in tenths. Stochastic descent loses its way on such
columns. Measured in the curvature of the cost descent needs no scaling, and gives the
same answer in any units.
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

# %%
# Accuracy on other rows
# ----------------------

models = {
    "SGDClassifier": SGDClassifier(loss="log_loss", random_state=0),
    "SGDClassifier, scaled": make_pipeline(
        StandardScaler(), SGDClassifier(loss="log_loss", random_state=0)
    ),
    "GDLinearModel": GDLinearModel("log_loss"),
    "GDLinearModel, scaled": make_pipeline(StandardScaler(), GDLinearModel("log_loss")),
}
for name, model in models.items():
    print(f"{name:22} {cross_val_score(model, X, y, cv=5).mean():.3f}")

# %%
# Why
# ---
#
# The loss is a valley whose walls are as steep as the largest column is wide, and whose
# floor is as flat as the smallest: with the second derivatives H a step of alpha surely
# goes down only where :math:`\alpha < 2 / \lambda_{\max}(H)`, and along the floor it
# then moves by little. Each metric below is another measure of how long a step is.

fig, ax = plt.subplots(figsize=(7, 4), layout="constrained")
for metric in ("identity", "diagonal", "hessian"):
    with warnings.catch_warnings():
        # The first stops at max_iter, far from the optimum: that is the point.
        warnings.simplefilter("ignore")
        model = GDLinearModel(
            "log_loss", solver="gd", metric=metric, alpha=1e-2, max_iter=200
        ).fit(X, y)
    ax.plot(np.arange(len(model.loss_curve_)) + 1, model.loss_curve_, label=metric)
    print(f"{metric:9} {model.n_iter_:4} steps, converged: {model.converged_}")
ax.set(xscale="log", xlabel="step", ylabel="cost", title="One cost, three metrics")
ax.legend()
plt.show()

# %%
# Units do not matter
# -------------------
#
# Without a penalty, which is measured in the coefficients' units, probabilities are the
# same whatever the columns are multiplied with.

units = 10.0 ** np.random.default_rng(0).integers(-6, 7, X.shape[1])
plain = GDLinearModel("log_loss", alpha=0, metric="hessian", max_iter=15, tol=0)
with warnings.catch_warnings():
    # Two classes that a plane separates have no optimum: 15 steps are looked at.
    warnings.simplefilter("ignore")
    p = plain.fit(X, y != 1).predict_proba(X)
    p_units = plain.fit(X * units, y != 1).predict_proba(X * units)
print(f"largest difference: {np.abs(p - p_units).max():.1e}")
print(f"log-loss: {log_loss(y != 1, p):.1e}")
