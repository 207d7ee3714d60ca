r"""
Two moons, from a line to a curve
=================================

Without a hidden layer a network can only draw a straight line between two classes.
With four hidden units its boundary follows both moons. This page shows that picture,
and then checks the gradients from which the boundary is learnt.
"""

# %%
# More units, a more flexible boundary
# ------------------------------------
#
# The data are 300 points of two interlocking moons. A fifth of them are test points,
# which the figure shows. The colour of the plane is the probability of one class, and
# on the black line it is one half.

import matplotlib.pyplot as plt
import numpy as np
from sklearn.datasets import make_moons
from sklearn.inspection import DecisionBoundaryDisplay
from sklearn.model_selection import train_test_split

from skmath import BackpropMLP
from skmath.display import LossCurveDisplay

X, y = make_moons(300, noise=0.15, random_state=0)
X, X_test, y, y_test = train_test_split(X, y, test_size=0.2, random_state=0)

right = {}
names = {(): "no hidden unit", (4,): "4 units", (30, 30): "30 + 30 units"}
fig, axes = plt.subplots(1, 3, figsize=(8, 3.4), sharey=True, layout="constrained")
for ax, sizes in zip(axes, [(), (4,), (30, 30)], strict=True):
    model = BackpropMLP(sizes, activation="tanh", solver="lbfgs", alpha=1e-3)
    model.set_params(max_iter=500, preset="fast", random_state=0).fit(X, y)
    boundary = DecisionBoundaryDisplay.from_estimator(
        model, X, ax=ax, response_method="predict_proba", cmap="PuOr", alpha=0.7
    )
    ax.contour(boundary.xx0, boundary.xx1, boundary.response, [0.5], colors="black")
    for label, marker, colour in ((0, "o", "#7f3b08"), (1, "^", "#2d004b")):
        ax.scatter(
            *X_test[y_test == label].T, c=colour, marker=marker, edgecolor="white", s=28
        )
    right[sizes] = model.score(X_test, y_test)
    ax.set_title(f"{names[sizes]}:\n{right[sizes]:.0%} correct")
    ax.set(xlabel="first column", ylabel="")
axes[0].set_ylabel("second column")
plt.show()

# %%
# 60 units are no better than four here: four units already classify all 60 test points
# correctly.

assert len(y_test) == 60
assert right[()] < 0.92
assert min(right[(4,)], right[(30, 30)]) > 0.96
assert right[(30, 30)] - right[(4,)] < 0.02

# %%
# The gradients, checked
# ----------------------
#
# With :math:`Z_i = X_{i-1} W_i + b_i` and :math:`X_i = F_i(Z_i)`, the chain rule gives
# all derivatives of the error E, from the last layer to the first:
#
# .. math::
#
#    \delta_n = \frac{\partial L}{\partial X_n} \odot F_n'(Z_n), \qquad
#    \frac{\partial E}{\partial W_i} = X_{i-1}^T \delta_i, \qquad
#    \delta_{i-1} = \delta_i W_i^T \odot F_{i-1}'(Z_{i-1}).
#
# ``layer_outputs`` returns the :math:`X_i`, ``gradients`` the derivatives. By hand, for
# the last layer of the last network above:

*_, hidden, z = model.layer_outputs(X)
delta = (1 / (1 + np.exp(-z)) - y[:, None]) / len(X)
by_hand = hidden.T @ delta + model.alpha_ * model.coefs_[-1]
computed = model.gradients(X, y)[0][-1]
print(f"by hand and by the model: {abs(by_hand - computed).max():.0e} apart")
assert abs(by_hand - computed).max() < 1e-10

# %%
# ``check_gradients`` moves the weights one by one and compares how E changes, for any
# activation, loss and depth. The networks here were trained for three epochs only, so
# that their gradients are still large. All agree to eight digits:

activations = ["tanh", "logistic", "relu", "leaky_relu", "elu", "gelu", "softplus"]
worst = []
for name in activations:
    young = BackpropMLP((8, 5), activation=name, schedule="cosine", max_iter=3)
    worst.append(young.set_params(random_state=0).fit(X, y).check_gradients(X, y))

fig, ax = plt.subplots(figsize=(6.4, 3.2), layout="constrained")
ax.plot(worst, activations, "o", color="#0072B2")
ax.set(xscale="log", xlim=(1e-11, 1e-7), xlabel="largest relative difference")
ax.axvline(1e-8, color="black", linestyle="--", linewidth=1)
ax.annotate(" eight digits", (1e-8, len(activations) - 1), va="center")
ax.set_title("Back-propagation against finite differences")
ax.grid(axis="y", alpha=0.3)
plt.show()
assert max(worst) < 1e-8

# %%
# The same gradients, six solvers
# -------------------------------
#
# The solvers differ in how they use a gradient: a step against it (``sgd``), steps that
# gather momentum (``momentum``, ``nesterov``), steps of about the same length in each
# weight (``rmsprop``, ``adam``), or steps that follow the curvature estimated from the
# last gradients (``lbfgs``, on all rows at once). Each has a learning rate that suits
# it here; the order of the curves is that of these rates on these data, and is no
# ranking of the solvers.

steps = {
    "sgd": 1.0,
    "momentum": 0.3,
    "nesterov": 0.3,
    "rmsprop": 0.01,
    "adam": 0.03,
    "lbfgs": 1.0,
}
fig, ax = plt.subplots(figsize=(7.2, 4.2), layout="constrained")
styles = ("-", "--", "-.", ":", (0, (5, 1)), (0, (3, 1, 1, 1)))
losses = {}
for (solver, rate), style in zip(steps.items(), styles, strict=True):
    model = BackpropMLP(
        (30,), solver=solver, learning_rate=rate, batch_size=60, schedule="cosine"
    )
    model.set_params(max_iter=100, activation="tanh", alpha=1e-4, preset="fast")
    model.set_params(random_state=0).fit(X, y)
    LossCurveDisplay.from_estimator(
        model, ax=ax, label=solver, marker="", linestyle=style
    )
    losses[solver] = model.loss_curve_[-1]
    print(f"{solver:9} {model.n_iter_:3} epochs, loss {model.loss_curve_[-1]:.3f}")
ax.legend(loc="upper right", ncols=3)
plt.show()
# Every solver reduces the loss of a guess, log 2, to less than half.
assert max(losses.values()) < np.log(2) / 2
