r"""
Are the gradients right?
========================

Finite differences agree with the gradient to ten digits, at the right step: a longer
one bends with the loss, a shorter one drowns in rounding.
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

fig, ax = plt.subplots(figsize=(7, 4), layout="constrained")
ax.loglog(steps, error, marker="o", ms=3)
ax.loglog(steps, 1e-1 * steps**2, "--", color="#666666", label="proportional to h²")
ax.loglog(steps, 1e-16 / steps, ":", color="#666666", label="proportional to 1 / h")
ax.set(xlabel="step h", ylabel="relative error", ylim=(1e-13, 10))
ax.set_title("Finite differences against the gradient")
ax.legend()
plt.show()

# %%
# A whole network
# ---------------
#
# `skmath.BackpropMLP.check_gradients` does so for every weight, and
# `skmath.calculus.check_gradient` for a loss of one's own.

X, y = load_iris(return_X_y=True)
for activation in ("tanh", "gelu", "softplus"):
    network = BackpropMLP((8, 5), activation=activation, random_state=0).fit(X, y)
    print(f"{activation:9} {network.check_gradients(X, y):.0e}")

# It raises a ValueError where the two differ, with both numbers.
check_gradient(loss)
