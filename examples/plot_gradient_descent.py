r"""
Gradient descent on data as they come
=====================================

Plain gradient descent depends on the units of the columns: on unscaled data 1000 steps
do not bring it near the minimum. With lengths measured by the curvature of the cost,
the same descent reaches it after 1 step on one data set and about 10 on the other.
"""

# %%
# The mountain
# ------------
#
# A player on a mountain, blindfolded, feels where the ground descends, takes a step
# that way, and repeats. The ground is the cost
#
# .. math:: F(w, c) = \frac{1}{n} \sum_i L(y_i, x_i^T w + c) + \frac{\alpha}{2} w^T w,
#
# and two things are repeated:
#
# 1. compute the gradient :math:`\nabla F` at the point where one stands;
# 2. move in the opposite direction, by a learning rate times the gradient.
#
# (Some texts call the learning rate alpha; here, as in scikit-learn, alpha is the
# strength of the penalty.)
#
# Two data sets, neither scaled: diabetes, a squared error of 10 columns, and breast
# cancer, a logistic loss of 30.

# sphinx_gallery_thumbnail_number = 2
import warnings

import matplotlib.pyplot as plt
import numpy as np
from sklearn.datasets import load_breast_cancer, load_diabetes
from sklearn.exceptions import ConvergenceWarning
from sklearn.feature_selection import SelectKBest
from sklearn.model_selection import GridSearchCV, StratifiedKFold
from sklearn.pipeline import make_pipeline

from skmath import GDLinearModel
from skmath.display import DescentDisplay

sets = {
    "diabetes": (*load_diabetes(return_X_y=True, scaled=False), "squared_error"),
    "breast cancer": (*load_breast_cancer(return_X_y=True), "log_loss"),
}
for name, (X, _, _) in sets.items():
    deviations = X.std(axis=0)
    print(
        f"{name}: {X.shape[0]} rows, {X.shape[1]} columns, standard deviations "
        f"{deviations.min():.2g} to {deviations.max():.2g}"
    )

# %%
# Why units matter
# ----------------
#
# Near its lowest point F is a bowl with the Hessian H, its second derivative. With a
# learning rate :math:`\eta`, a step multiplies the distance along each eigenvector of H
# by :math:`1 - \eta \lambda`. The rate must stay below :math:`2 / \lambda_{\max}`, or
# the descent diverges along the steepest direction. Then a step along the flattest
# direction covers a fraction of at most :math:`2 / \kappa` of the way, with the
# condition number :math:`\kappa = \lambda_{\max} / \lambda_{\min}`. So the number of
# steps grows as :math:`\kappa`, and the units of the columns change it.

X = sets["diabetes"][0]
for what, A in (("as they come", X), ("scaled", X / X.std(axis=0))):
    H = np.cov(A, rowvar=False, bias=True)
    print(
        f"diabetes, {what}: condition number {np.linalg.cond(H):.0f}, "
        f"limit of the learning rate {2 / np.linalg.eigvalsh(H)[-1]:.1e}"
    )
    far = np.linalg.cond(H) > 50_000
    assert far if what == "as they come" else np.linalg.cond(H) < 500

# %%
# The plain descent
# -----------------
#
# This is the descent on breast cancer, with five fixed learning rates in the identity
# metric. Short steps make little progress, long steps increase the cost, and no rate in
# between is good. The estimator ends with a certificate, ``optimality_``: the length of
# the gradient relative to that at the start, 0 at the minimum. If it is above ``tol``
# after ``max_iter`` = 1000 steps, ``fit`` warns. This is expected here, so the warning
# is ignored.


def descended(X, y, **params):
    """Fit, and let the descent end where it does."""
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", ConvergenceWarning)
        return GDLinearModel(**params).fit(X, y)


X, y, loss = sets["breast cancer"]
fig, ax = plt.subplots(figsize=(7, 3.8), layout="constrained")
looks = {
    1e-7: ("#0072B2", "-"),
    1e-6: ("#009E73", "--"),
    1e-5: ("#CC79A7", "-"),
    1e-4: ("#D55E00", ":"),
    1e-3: ("black", "-."),
}
for rate, (color, line) in looks.items():
    model = descended(X, y, loss=loss, metric="identity", learning_rate=rate)
    print(
        f"learning rate {rate:.0e}: lowest cost {min(model.loss_curve_):.3f}, "
        f"optimality {model.optimality_:.2f}, "
        f"predicts {model.score(X, y):.3f} of the rows"
    )
    assert model.optimality_ > 0.1
    assert min(model.loss_curve_) > 2 * 0.0426  # the minimum, found below
    at = np.arange(len(model.loss_curve_)) + 1
    ax.plot(at, model.loss_curve_, line, color=color, label=f"{rate:.0e}")
ax.set(xlabel="number of the point, 1 is the start", ylabel="cost")
ax.set(xscale="log", yscale="log")
ax.set_title("Breast cancer, unscaled: plain descent")
ax.legend(title="learning rate")
plt.show()

# %%
# The same descent in another metric
# ----------------------------------
#
# What "steepest" means depends on how lengths are measured. In a metric M the step is
#
# .. math:: w \leftarrow w - \eta M^{-1} \nabla F(w).
#
# - identity: M = I, the plain descent;
# - diagonal: M holds the columns' variances (times the largest curvature of the loss),
#   which is what scaling the columns does, without touching them;
# - hessian: M = H at each point. This is Newton's direction: the units of the columns
#   cancel, and on a quadratic cost one step of length 1 leads to the minimum.
#
# All three minimise the same cost, and all three now find the length of each step by
# backtracking, so none diverges. (Below 1e-10 the curves are drawn at 1e-10.)

metrics = ("identity", "diagonal", "hessian")
colors = dict(zip(metrics, ("#D55E00", "#009E73", "#0072B2"), strict=True))
styles = dict(zip(metrics, (":", "--", "-"), strict=True))
fig, axes = plt.subplots(1, 2, figsize=(8, 4), layout="constrained")
for ax, (name, (X, y, loss)) in zip(axes, sets.items(), strict=True):
    models = {
        metric: descended(X, y, loss=loss, metric=metric, solver="gd")
        for metric in metrics
    }
    lowest = min(min(model.loss_curve_) for model in models.values())
    print(f"{name}: lowest cost {lowest:.6g}")
    n_steps = {metric: model.n_iter_ for metric, model in models.items()}
    assert n_steps["hessian"] <= (1 if name == "diabetes" else 12)
    assert n_steps["hessian"] < n_steps["diagonal"] < n_steps["identity"] == 1000
    assert min(models["identity"].loss_curve_) > 1.05 * lowest
    for metric, model in models.items():
        above = min(model.loss_curve_) / lowest - 1
        print(
            f"  {metric:8} {model.n_iter_:4} steps, "
            f"cost above the minimum {above:8.1e}, optimality {model.optimality_:.0e}"
        )
        costs = np.array(model.loss_curve_) / lowest - 1
        ax.plot(
            np.arange(1, len(costs) + 1),
            np.maximum(costs, 1e-10),
            marker="o" if metric == "hessian" else "",
            color=colors[metric],
            linestyle=styles[metric],
            label=metric,
        )
    ax.set(xscale="log", yscale="log", title=name)
    ax.set(xlabel="number of the point, 1 is the start")
axes[0].set_ylabel("cost above the minimum, relative")
axes[0].legend(title="metric")
plt.show()

# %%
# On breast cancer, in the Hessian's metric, every step has Newton's length 1, and near
# the end each about doubles the number of correct digits of the cost.

model = descended(X, y, loss=loss, metric="hessian", solver="gd")
DescentDisplay.from_estimator(model)
plt.show()

# %%
# The step rules side by side
# ---------------------------
#
# A rule computes a step from the gradient and from the previous steps. Two columns of
# diabetes, a ratio of cholesterols (s4) and blood sugar (s6), both with mean 0, have a
# cost that can be drawn: an oblong bowl. Four rules descend from the same point, in the
# identity metric, in which the bowl is as oblong as the data make it:
#
# - gd: against the gradient. Soon it is in the valley, and creeps along it;
# - momentum: 0.9 times the last step is added. It is faster along the valley, and rolls
#   past the lowest point and back;
# - nesterov: the same, but the gradient is taken where the momentum will lead, and the
#   momentum is dropped when it points uphill;
# - lbfgs: estimates the curvature from the steps so far, which turns the gradient into
#   the valley.
#
# A callback gets the model after each step; here it records the coefficients.


class Trail:
    """Records the coefficients after each step of a fit."""

    def setup(self, estimator, context):
        """Begin at zero."""
        self.points = [np.zeros(2)]

    def teardown(self, estimator, context):
        """Keep the trail."""

    def on_fit_task_begin(self, estimator, context):
        """Wait for the step."""

    def on_fit_task_end(self, estimator, context, *, fitted_estimator=None):
        """Note where it led."""
        if context.task_name == "step":
            self.points.append(fitted_estimator.coef_)


X, y, _ = sets["diabetes"]
X, y = X[:, [7, 9]] - X[:, [7, 9]].mean(axis=0), y - y.mean()
H = X.T @ X / len(y)
rate = 1.2 / np.linalg.eigvalsh(H)[-1]  # all three are stable below 1.33
lowest = np.linalg.solve(H, X.T @ y / len(y))
across, along = np.meshgrid(np.linspace(-3, 33, 200), np.linspace(-1, 4.5, 200))
away = np.stack([across - lowest[0], along - lowest[1]])
heights = 0.5 * np.einsum("iab,ij,jab->ab", away, H, away)

steps = {}
fig, axes = plt.subplots(2, 2, figsize=(8, 6), sharex=True, sharey=True)
fig.set_layout_engine("constrained")
for ax, rule in zip(axes.flat, ("gd", "momentum", "nesterov", "lbfgs"), strict=True):
    trail = Trail()
    model = GDLinearModel(
        alpha=0,
        solver=rule,
        metric="identity",
        fit_intercept=False,
        learning_rate="auto" if rule == "lbfgs" else rate,
        tol=1e-4,
    )
    model.set_callbacks(trail).fit(X, y)
    levels = np.geomspace(1, 1000, 13)
    ax.contour(across, along, heights, levels=levels, colors="grey", linewidths=0.5)
    way = {"marker": "o", "markersize": 3, "linewidth": 1, "color": "#0072B2"}
    ax.plot(*np.transpose(trail.points), **way)
    ax.plot(*lowest, marker="*", markersize=12, color="#D55E00")
    ax.set_title(f"{rule}: {model.n_iter_} steps")
    print(f"{rule:8} {model.n_iter_:3} steps, optimality {model.optimality_:.0e}")
    steps[rule] = model.n_iter_
    assert np.allclose(model.coef_, lowest, rtol=1e-2)
fig.supxlabel("coefficient of s4")
fig.supylabel("coefficient of s6")
plt.show()
assert steps["gd"] > 4 * steps["momentum"] > 8 * steps["nesterov"] > 8 * steps["lbfgs"]

# %%
# Any loss, without knowing how far to step
# -----------------------------------------
#
# The cost may have points where it is not differentiable, such as that of the absolute
# error and of quantiles. It is smoothed there, less and less, until a certificate shows
# that the minimum is reached. Nine in ten patients should be below the upper line, one
# in ten below the lower one.

X, y, _ = sets["diabetes"]
bmi, order = X[:, [2]], np.argsort(X[:, 2])
fig, ax = plt.subplots(figsize=(7, 4), layout="constrained")
ax.plot(bmi, y, ".", color="lightgrey")
for q, color in ((0.1, "#0072B2"), (0.5, "black"), (0.9, "#D55E00")):
    model = GDLinearModel("quantile", quantile=q, alpha=0).fit(bmi, y)
    below = np.mean(y <= model.predict(bmi))
    print(f"quantile {q}: {below:.3f} below, optimality {model.optimality_:.0e}")
    ax.plot(bmi[order], model.predict(bmi)[order], color=color, label=f"{q}")
    assert abs(below - q) < 0.01
ax.set(xlabel="body mass index", ylabel="disease progression")
ax.set_title("Quantiles of the progression")
ax.legend(title="quantile")
plt.show()

# %%
# In a Pipeline, without a scaler
# -------------------------------
#
# The default metric is the Hessian's, where the loss is smooth and there are up to 500
# columns. So a grid search over the strength of the penalty needs no scaler for the
# descent; here the step in front selects columns. The penalty still acts on
# coefficients in the units of the columns.

X, y, loss = sets["breast cancer"]
pipeline = make_pipeline(SelectKBest(), GDLinearModel(loss))
grid = {
    "selectkbest__k": [5, 10, 30],
    "gdlinearmodel__alpha": [1e-6, 1e-5, 1e-4, 1e-3, 1e-2],
}
folds = StratifiedKFold(5, shuffle=True, random_state=0)
search = GridSearchCV(pipeline, grid, cv=folds).fit(X, y)

scores = search.cv_results_["mean_test_score"].reshape(5, 3)
print("alpha  ", *(f"{k:3} columns" for k in grid["selectkbest__k"]))
for alpha, row in zip(grid["gdlinearmodel__alpha"], scores, strict=True):
    print(f"{alpha:.0e}  ", *(f"{score:11.3f}" for score in row))
print("best:", search.best_params_)
assert search.best_score_ > 0.96
