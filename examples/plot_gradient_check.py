r"""
Are the gradients right?
========================

Finite differences check a gradient without knowing how it was computed. With the right
step they agree with it to ten digits. With a longer step the curvature of the loss
causes an error, with a shorter one rounding does.
"""

# %%
# One direction, many steps
# -------------------------
#
# Along a direction d, the central difference
#
# .. math:: \frac{f(w + h d) - f(w - h d)}{2 h}
#           = \nabla f(w) \cdot d + O(h^2) + O(\epsilon / h)
#
# has an error that falls as the square of h, until rounding takes over. The loss and
# its gradient are those of a logistic regression on real data.

import matplotlib.pyplot as plt
import numpy as np
from sklearn.datasets import load_breast_cancer, load_iris

from skmath import BackpropMLP
from skmath.calculus import LogLoss, check_gradient

X, y = load_breast_cancer(return_X_y=True)
X = (X - X.mean(axis=0)) / X.std(axis=0)
loss, rng = LogLoss(), np.random.default_rng(0)
w, d = rng.normal(size=30), rng.normal(size=30)


def f(w):
    """Return the mean loss."""
    return loss.value(y[:, None], X @ w[:, None]).mean()


slope = loss.gradient(y[:, None], X @ w[:, None])[:, 0]
exact = (X.T @ slope / len(y)) @ d
steps = 10.0 ** np.arange(-14, 0.1, 0.25)
error = np.array([abs((f(w + h * d) - f(w - h * d)) / (2 * h) - exact) for h in steps])
error = np.maximum(error / abs(exact), 1e-17)
print(f"best: {error.min():.0e} at h = {steps[error.argmin()]:.0e}")

fig, ax = plt.subplots(figsize=(6.4, 4.4), layout="constrained")
ax.loglog(steps, error, marker="o", ms=4, color="#0072B2", label="measured")
ax.loglog(steps, 1e-1 * steps**2, "--", color="#D55E00", label="proportional to h²")
ax.loglog(steps, 1e-16 / steps, ":", color="#009E73", label="proportional to 1 / h")
ax.set(xlabel="step h", ylabel="relative error", ylim=(1e-13, 10))
ax.set_title("Neither too long a step, nor too short a one")
ax.legend()
plt.show()

# The slopes of both sides, in decades of the error for a decade of h.
right = (steps > 1e-4) & (steps < 1e-1)
left = (steps > 1e-13) & (steps < 1e-8)
slopes = [np.polyfit(*np.log10([steps[of], error[of]]), 1)[0] for of in (right, left)]
print("slopes: {:.2f} for long steps, {:.2f} for short ones".format(*slopes))
assert abs(slopes[0] - 2) < 0.1
assert abs(slopes[1] + 1) < 0.35
assert error.min() < 1e-10
assert 1e-8 < steps[error.argmin()] < 1e-4

# %%
# A whole network
# ---------------
#
# `skmath.BackpropMLP.check_gradients` compares the derivative with respect to every
# weight, and `skmath.calculus.check_gradient` the gradient of a custom loss. Printed is
# the largest difference, relative to the largest derivative.

X, y = load_iris(return_X_y=True)
for activation in ("tanh", "gelu", "softplus"):
    network = BackpropMLP((8, 5), activation=activation, random_state=0).fit(X, y)
    worst = network.check_gradients(X, y)
    print(f"{activation:9} {worst:.0e}")
    assert worst < 1e-7

check_gradient(loss)  # raises a ValueError with both numbers if they differ
print("the gradient of LogLoss is right")
