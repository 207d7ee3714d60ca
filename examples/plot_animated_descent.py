r"""
Watch three descents find the lowest point
==========================================

Gradient descent, momentum and L-BFGS walk down the same curved valley from the same
place. This page shows them step by step, as an animation with buttons: press play, or
move the slider. L-BFGS arrives first, and plain gradient descent is the last.
"""

# %%
# A function of two variables
# ---------------------------
#
# Rosenbrock's valley, here with walls that are less steep than his,
#
# .. math:: f(x, y) = (1 - x)^2 + 10 \, (y - x^2)^2,
#
# is lowest at (1, 1). The ground falls steeply into the valley, and then only slightly
# along its bend. A descent needs nothing but a function that returns the value and the
# gradient:

from itertools import islice

import matplotlib.pyplot as plt
import numpy as np
from matplotlib.animation import FuncAnimation
from scipy.optimize import check_grad

from skmath.calculus import gradient_descent


def f(p):
    """Return the height of the valley, and the direction of steepest ascent."""
    x, y = p
    value = (1 - x) ** 2 + 10 * (y - x**2) ** 2
    return value, np.array([-2 * (1 - x) - 40 * x * (y - x**2), 20 * (y - x**2)])


start = np.array([-1.0, 1.8])
assert check_grad(lambda p: f(p)[0], lambda p: f(p)[1], start) < 1e-5

# %%
# Three rules
# -----------
#
# Each rule makes a step of the gradient:
#
# - *gradient descent* goes against the gradient, by the learning rate times its length.
#   Along the flat valley the gradient is short, and so are the steps;
# - *momentum* adds a fraction of the step before, so that it gathers speed along the
#   valley, and shoots past its bends;
# - *L-BFGS* estimates the curvature from its last steps, and turns the gradient towards
#   the lowest point. It finds the length of each step by itself.

rules = {
    "gradient descent": {"rule": "gd", "learning_rate": 0.01},
    "momentum": {"rule": "momentum", "learning_rate": 0.01},
    "L-BFGS": {"rule": "lbfgs"},
}
lowest = np.array([1.0, 1.0])
n_steps = 2000
trails, arrived = {}, {}
for name, how in rules.items():
    points = islice(gradient_descent(f, start, **how), n_steps + 1)
    trails[name] = np.array([point.theta for point in points])
    near = np.linalg.norm(trails[name] - lowest, axis=1) < 0.01
    # The step after which it stays within 0.01 of the lowest point.
    arrived[name] = len(near) - near[::-1].argmin() if near[-1] else np.inf
    print(f"{name:17} is within 0.01 of the lowest point after {arrived[name]} steps")

assert arrived["L-BFGS"] < arrived["momentum"] / 3
assert arrived["momentum"] < arrived["gradient descent"] / 3
assert arrived["gradient descent"] < n_steps
assert np.allclose(trails["L-BFGS"][-1], lowest, atol=1e-6)

# %%
# The animation
# -------------
#
# Each frame shows all three after the same number of steps. The contour lines are the
# heights, and the star is the lowest point.

x, y = np.meshgrid(np.linspace(-1.8, 1.6, 120), np.linspace(-0.6, 2.4, 120))
heights = f((x, y))[0]
looks = {
    "gradient descent": {"color": "#0072B2", "marker": "o"},
    "momentum": {"color": "#D55E00", "marker": "s"},
    "L-BFGS": {"color": "#009E73", "marker": "^"},
}

fig, ax = plt.subplots(figsize=(5.6, 5), dpi=72, layout="constrained")
levels = np.geomspace(0.1, 100, 9)
ax.contour(x, y, heights, levels=levels, colors="#bbbbbb", linewidths=0.7)
ax.plot(*lowest, "*", color="black", markersize=14, zorder=3)
lines = {
    name: ax.plot([], [], markersize=5, lw=1.5, label=name, **look)[0]
    for name, look in looks.items()
}
ax.set(xlabel="x", ylabel="y", xlim=(-1.8, 1.6), ylim=(-0.6, 2.4))
ax.legend(loc="lower left")

steps = [*range(13), *range(14, 31, 2), *range(40, 101, 20)]


def draw(step):
    """Draw the first steps of every descent."""
    for name, line in lines.items():
        line.set_data(*trails[name][: step + 1].T)
    ax.set_title(f"after {step} steps")
    return list(lines.values())


animation = FuncAnimation(fig, draw, frames=steps, interval=250)
plt.show()

# %%
# What to try
# -----------
#
# - With a learning rate of 0.02 plain gradient descent never comes to rest on this
#   function, and with one of 0.001 it is not there after 2,000 steps.
# - Nobody has to choose: without ``learning_rate`` the rule looks for the length of
#   each step by itself, and needs far fewer.
# - Write another f with its gradient, and watch.

for rate in (0.001, 0.02, "auto"):
    points = islice(gradient_descent(f, start, learning_rate=rate), n_steps + 1)
    trail = np.array([point.theta for point in points])
    left = np.linalg.norm(trail[-1] - lowest)
    print(f"learning rate {rate}: {left:.1g} away after {len(trail) - 1} steps")
    assert (left < 0.01) == (rate == "auto")
assert len(trail) < arrived["gradient descent"] / 5
