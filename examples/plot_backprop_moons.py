r"""
Two moons, from a line to a curve
=================================

Without a hidden layer a network draws a straight line; four units are enough to follow
both moons. All solvers descend on the same gradients, which agree with finite
differences to eight digits.
"""

# %%
# More units, a more flexible boundary
# ------------------------------------
#
# 300 points of two interlocking moons, a fifth of them for the test. The colour is the
# probability of the one class, the black line where it is one half.

import matplotlib.pyplot as plt
import numpy as np
from sklearn.datasets import make_moons
from sklearn.inspection import DecisionBoundaryDisplay
from sklearn.model_selection import train_test_split

from skmath import BackpropMLP
from skmath.display import LossCurveDisplay

X, y = make_moons(300, noise=0.15, random_state=0)
X, X_test, y, y_test = train_test_split(X, y, test_size=0.2, random_state=0)

fig, axes = plt.subplots(1, 3, figsize=(11, 3.8), layout="constrained")
for ax, sizes in zip(axes, [(), (4,), (30, 30)], strict=True):
    model = BackpropMLP(sizes, activation="tanh", solver="lbfgs", alpha=1e-3)
    model.set_params(max_iter=500, preset="fast", random_state=0).fit(X, y)
    boundary = DecisionBoundaryDisplay.from_estimator(
        model, X, ax=ax, response_method="predict_proba", cmap="RdBu", alpha=0.7
    )
    ax.contour(boundary.xx0, boundary.xx1, boundary.response, [0.5], colors="black")
    ax.scatter(*X_test.T, c=y_test, cmap="RdBu", edgecolor="white", s=25)
    right = model.score(X_test, y_test)
    ax.set_title(f"{sizes or 'no'} units: {right:.0%} right")
    ax.set(xlabel="first column", ylabel="second column")
plt.show()

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

# %%
# ``check_gradients`` moves the weights one by one and compares what E does, for any
# activation, loss and depth. A network that has not learnt long has large gradients:

names = ["tanh", "logistic", "relu", "leaky_relu", "elu", "gelu", "softplus"]
worst = []
for name in names:
    young = BackpropMLP((8, 5), activation=name, schedule="cosine", max_iter=3)
    worst.append(young.set_params(random_state=0).fit(X, y).check_gradients(X, y))

fig, ax = plt.subplots(figsize=(6.4, 3.2), layout="constrained")
ax.barh(names, worst, color="tab:blue")
ax.set(xscale="log", xlim=(1e-12, 1e-4), xlabel="largest relative difference")
ax.axvline(1e-6, color="black", linestyle="--", linewidth=1)
ax.annotate("1e-6", (1.2e-6, len(names) - 1), va="center")
ax.set_title("Back-propagation against finite differences")
plt.show()

# %%
# The same gradients, six solvers
# -------------------------------
#
# The solvers differ in what they make of a gradient: a step against it (``sgd``), steps
# that gather momentum (``momentum``, ``nesterov``), steps of about the same length in
# each weight (``rmsprop``, ``adam``), or steps that follow the curvature estimated from
# the last gradients (``lbfgs``, on all rows at once).

steps = {
    "sgd": 1.0,
    "momentum": 0.3,
    "nesterov": 0.3,
    "rmsprop": 0.01,
    "adam": 0.03,
    "lbfgs": 1.0,
}
fig, ax = plt.subplots(figsize=(7.2, 4.2), layout="constrained")
for solver, rate in steps.items():
    model = BackpropMLP(
        (30,), solver=solver, learning_rate=rate, batch_size=60, schedule="cosine"
    )
    model.set_params(max_iter=100, activation="tanh", alpha=1e-4, preset="fast")
    model.set_params(random_state=0).fit(X, y)
    LossCurveDisplay.from_estimator(model, ax=ax, label=solver, marker="")
    print(f"{solver:9} {model.n_iter_:3} epochs, loss {model.loss_curve_[-1]:.3f}")
plt.show()
