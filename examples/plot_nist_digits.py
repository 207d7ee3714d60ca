r"""
Certified digits
================

Least squares has one right answer, and on hard tables a solver can miss all of its
digits. This page counts how many digits are right on tables whose answers NIST
certifies: 13 or more with `skmath.SVDRegressor`.
"""

# %%
# Tables with known answers
# -------------------------
#
# Longley's table of employment (1967) has six columns that rise together; the other
# five are polynomials of degree 5 in 0, 1, ..., 20 (Wampler 1970), exact or with an
# error that is orthogonal to them, so that their coefficients are known. NIST's
# Statistical Reference Datasets have the same tables, in the public domain.

import matplotlib.pyplot as plt
import numpy as np
from sklearn.linear_model import LinearRegression

from skmath import SVDRegressor

LONGLEY = """
60323 83.0 234289 2356 1590 107608 1947
61122 88.5 259426 2325 1456 108632 1948
60171 88.2 258054 3682 1616 109773 1949
61187 89.5 284599 3351 1650 110929 1950
63221 96.2 328975 2099 3099 112075 1951
63639 98.1 346999 1932 3594 113270 1952
64989 99.0 365385 1870 3547 115094 1953
63761 100.0 363112 3578 3350 116219 1954
66019 101.2 397469 2904 3048 117388 1955
67857 104.6 419180 2822 2857 118734 1956
68169 108.4 442769 2936 2798 120445 1957
66513 110.8 444546 4681 2637 121950 1958
68655 112.6 482704 3813 2552 123366 1959
69564 114.2 502601 3931 2514 125368 1960
69331 115.7 518173 4806 2572 127852 1961
70551 116.9 554894 4007 2827 130081 1962
"""
CERTIFIED = [15.0618722713733, -0.358191792925910e-01, -2.02022980381683]
CERTIFIED += [-1.03322686717359, -0.511041056535807e-01, 1829.15146461355]

table = np.array(LONGLEY.split(), dtype=float).reshape(-1, 7)
sets = {"Longley": (table[:, 1:], table[:, 0], np.array(CERTIFIED))}

x = np.arange(21.0)
X = x[:, None] ** np.arange(1, 6)
half = [759, -2048, 2048, -2048, 2523, -2048, 2048, -2048, 1838, -2048]
error = np.array([*half, 2048, *half[::-1]])
ones = np.ones(5)
sets["Wampler1"] = (X, 1 + X.sum(axis=1), ones)
sets["Wampler2"] = (X, 1 + X @ 0.1 ** np.arange(1, 6), 0.1 ** np.arange(1, 6))
for number, factor in ((3, 1), (4, 100), (5, 10_000)):
    sets[f"Wampler{number}"] = (X, 1 + X.sum(axis=1) + factor * error, ones)
print("Wampler's error is orthogonal to the powers:", np.abs(error @ X).max() == 0)
assert not np.any(error @ X)

# %%
# Why it is hard
# --------------
#
# The columns of powers are nearly dependent. The ratio of the largest singular value to
# the smallest, the condition number, is the factor by which rounding grows, and A'A
# squares it. It is given for centred columns of length one, and for the columns as they
# are, which also differ in size.

for name, (A, _, _) in sets.items():
    Z = A - A.mean(axis=0)
    s = np.linalg.svd(Z / np.linalg.norm(Z, axis=0), compute_uv=False)
    print(f"{name}: {s[0] / s[-1]:.0e}, and as they are {np.linalg.cond(A):.0e}")

# %%
# Correct digits
# --------------
#
# The digits of the worst coefficient are minus the logarithm of its relative error; a
# float64 has 16. `skmath.SVDRegressor` computes residuals in twice the digits and
# corrects the solution by them.
#
# `LinearRegression` ignores singular values below ``tol``, 1e-6 of the largest by
# default. On Wampler's tables it ignores one that the answer needs. With ``tol=0`` it
# ignores none, and more than five digits are right on every table.


def digits(model, b):
    """Return the digits of the worst coefficient, 0 to 16."""
    error = np.max(np.abs(model.coef_ - b) / np.abs(b))
    return float(np.clip(-np.log10(error + 1e-16), 0, 16))


solvers = {
    "SVDRegressor": (SVDRegressor(), "o", "#0072B2"),
    "LinearRegression, tol=0": (LinearRegression(tol=0), "^", "#009E73"),
    "LinearRegression": (LinearRegression(), "s", "#D55E00"),
}
right = {}
fig, ax = plt.subplots(figsize=(6.4, 4.4), layout="constrained")
for name, (estimator, marker, colour) in solvers.items():
    right[name] = [digits(estimator.fit(A, y), b) for A, y, b in sets.values()]
    print(f"{name:24}", *(f"{d:5.1f}" for d in right[name]))
    ax.plot(list(sets), right[name], marker, ms=10, color=colour, label=name)
ax.set(ylabel="correct digits", ylim=(-0.5, 16.9))
ax.set_title("Correct digits of the worst coefficient of each table")
ax.grid(axis="y", alpha=0.3)
ax.legend(loc="lower center", bbox_to_anchor=(0.5, 0.09))
plt.show()

assert min(right["SVDRegressor"]) > 13
assert max(right["LinearRegression"][1:]) < 1
assert min(right["LinearRegression, tol=0"]) > 5
assert min(right["LinearRegression, tol=0"]) < min(right["SVDRegressor"])
