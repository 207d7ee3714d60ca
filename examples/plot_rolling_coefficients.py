r"""
Coefficients that move: windows of patients by age
==================================================

One least squares fit has one coefficient for each column. Where they may change along
an order of the rows, such as time or age, a fit of each window of neighbouring rows
shows how. 323 such fits take a fraction of a second, so fits of shuffled rows can show
how much coefficients move by chance: here one of three curves moves more than that.
"""

# %%
# The data
# --------
#
# 442 patients, and how far their diabetes has progressed a year later (25 to 346). They
# are sorted by age, 19 to 79, and three columns are brought to the same variance: the
# body mass index, the blood pressure, and s5, a logarithm of the triglycerides.

# sphinx_gallery_thumbnail_number = 1
import time

import matplotlib.pyplot as plt
import numpy as np
from sklearn.datasets import load_diabetes

from skmath import SVDRegressor

patients = load_diabetes(as_frame=True, scaled=False)
table = patients.data.sort_values("age", kind="stable")
y, age = patients.target[table.index].to_numpy(), table["age"].to_numpy()
names = ["bmi", "bp", "s5"]
X = ((table[names] - table[names].mean()) / table[names].std()).to_numpy()
assert (len(y), y.min(), y.max(), age.min(), age.max()) == (442, 25, 346, 19, 79)

# %%
# A fit of each window
# --------------------
#
# ``fit_windows`` returns the coefficients of a separate fit of each 120 neighbours. The
# windows share their sums, and no row is ever subtracted from one: a window's sum is
# made of the sums of its parts, so it is as exact as the fit of its rows alone.

model, window = SVDRegressor(), 120
start = time.perf_counter()
moving = model.fit_windows(X, y, window)
seconds = time.perf_counter() - start
print(f"{len(moving.coef)} windows of {window} rows, {1000 * seconds:.0f} ms")
assert len(moving.coef) == 323

alone = [model.fit(X[i : i + window], y[i : i + window]).coef_ for i in moving.start]
print(f"largest difference from separate fits: {np.abs(moving.coef - alone).max():.0e}")
assert np.abs(moving.coef - alone).max() < 1e-10

# %%
# How much moves by chance
# ------------------------
#
# If age did not matter, patients in any other order would give curves like these. 200
# random orders are 64,600 fits. The grey band contains 95% of them in each window; the
# dashed line is the coefficient of all patients.

rng = np.random.default_rng(0)
orders = [rng.permutation(len(y)) for _ in range(200)]
by_chance = np.array([model.fit_windows(X[o], y[o], window).coef for o in orders])
low, high = np.quantile(by_chance, [0.025, 0.975], axis=0)
middle = np.array([age[i : i + window].mean() for i in moving.start])
whole = model.fit(X, y).coef_

fig, axes = plt.subplots(1, 3, figsize=(8, 3.8), sharey=True, layout="constrained")
titles = ("body mass index", "blood pressure", "triglycerides (s5)")
for j, (ax, title) in enumerate(zip(axes, titles, strict=True)):
    ax.fill_between(middle, low[:, j], high[:, j], color="0.85", label="by chance")
    ax.axhline(whole[j], color="0.4", linestyle="--", linewidth=1, label="all patients")
    ax.plot(middle, moving.coef[:, j], color="#D55E00", label="120 neighbours")
    ax.set(title=title, xlabel="mean age")
axes[0].set_ylabel("coefficient")
axes[1].legend(loc="upper left")
plt.show()

# %%
# Each curve is tested as a whole: how far is it from its lowest to its highest point,
# and how many of the random orders move as far? More than a third do for the body mass
# index and for the blood pressure. The coefficient of s5 is twice as high for patients
# of about 50 as for the young, and only 3.5% of the orders move as far. As the smallest
# of three tests, 3.5% is a hint, not a proof: by chance alone one of three is that
# small in about one case of ten.

as_far = []
for j, name in enumerate(names):
    reach = np.ptp(moving.coef[:, j])
    as_far.append(np.mean(np.ptp(by_chance[:, :, j], axis=1) >= reach))
    print(
        f"{name:3} moves by {reach:4.1f}; {as_far[-1]:5.1%} of random orders do as much"
    )

assert min(as_far[:2]) > 1 / 3
assert 0.02 < as_far[2] < 0.05
assert 48 < middle[moving.coef[:, 2].argmax()] < 52
assert moving.coef[:, 2].max() > 2 * moving.coef[0, 2]
assert 0.09 < 1 - (1 - as_far[2]) ** 3 < 0.12

# %%
# Groups instead of windows
# -------------------------
#
# ``fit_groups`` sums each group once, in one pass over the rows. Here the groups are
# the two sexes, which the data number 1 and 2.

lines = model.fit_groups(X, y, table["sex"].astype(int))
for group, n, coef in zip(lines.groups, lines.n_samples, lines.coef, strict=True):
    parts = ", ".join(f"{name} {b:.1f}" for name, b in zip(names, coef, strict=True))
    print(f"sex {group}, {n} patients: {parts}")
