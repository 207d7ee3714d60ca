r"""
Weights through a pipeline
==========================

A weight of 2 is the same as having the row twice. Weights that are routed through a
pipeline and a cross-validation make rare cases count. This page shows what that gains
and what it costs: the recall of the rare class rises from about two thirds to nearly
all, and its precision falls from above 0.9 to below one half.
"""

# %%
# A rare class
# ------------
#
# Is a digit an eight? One in ten is. Without weights a linear model misses many eights
# rather than raise false alarms.

import matplotlib.pyplot as plt
import numpy as np
import sklearn
from sklearn.datasets import load_digits
from sklearn.metrics import get_scorer
from sklearn.model_selection import StratifiedKFold, cross_validate
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import StandardScaler

from skmath import GDLinearModel

X, y = load_digits(return_X_y=True)
y = (y == 8).astype(int)
cv = StratifiedKFold(5, shuffle=True, random_state=0)
print(f"fraction of eights: {y.mean():.2f}")
assert 0.09 < y.mean() < 0.11

# %%
# The same row twice
# ------------------

weight = np.where(y == 1, 3, 1)
repeated = np.repeat(np.arange(len(y)), weight)
by_weight = GDLinearModel("log_loss", alpha=1e-3).fit(X, y, sample_weight=weight)
by_rows = GDLinearModel("log_loss", alpha=1e-3).fit(X[repeated], y[repeated])
difference = np.abs(by_weight.predict_proba(X) - by_rows.predict_proba(X)).max()
print(f"largest difference of probabilities: {difference:.0e}")
assert difference < 1e-8

# %%
# Routed
# ------
#
# Each step requests the metadata that it uses. The scaler requests no weights, the
# model requests them, and the scores count each digit once.

factors = [1, 2, 4, 8, 16, 32]
recall, precision = [], []
with sklearn.config_context(enable_metadata_routing=True):
    scoring = {
        name: get_scorer(name).set_score_request(sample_weight=False)
        for name in ("recall", "precision")
    }
    model = make_pipeline(
        StandardScaler().set_fit_request(sample_weight=False),
        GDLinearModel("log_loss", alpha=1e-2).set_fit_request(sample_weight=True),
    )
    for factor in factors:
        scores = cross_validate(
            model,
            X,
            y,
            cv=cv,
            params={"sample_weight": np.where(y == 1, float(factor), 1.0)},
            scoring=scoring,
        )
        recall.append(scores["test_recall"].mean())
        precision.append(scores["test_precision"].mean())
        print(
            f"{factor:3} times: recall {recall[-1]:.2f}, precision {precision[-1]:.2f}"
        )

fig, ax = plt.subplots(figsize=(6.4, 4.4), layout="constrained")
ax.plot(factors, recall, "o-", color="#0072B2", label="recall of the eights")
ax.plot(factors, precision, "s--", color="#D55E00", label="precision of the eights")
ax.set(xlabel="weight of an eight", ylabel="score on held-out rows", ylim=(0, 1.02))
ax.set_xscale("log", base=2)
ax.set_xticks(factors, factors)
ax.set_title("Weights trade precision for recall")
ax.legend()
plt.show()

# Both are strict: every larger weight has a price.
assert np.all(np.diff(recall) > 0)
assert np.all(np.diff(precision) < 0)
assert 0.6 < recall[0] < 0.75
assert recall[-1] > 0.95
assert precision[0] > 0.9
assert precision[-1] < 0.5

# %%
# Which weight is right depends on what a missed eight costs, compared with a false
# alarm: the weights do not make the model better, they move its threshold along this
# trade-off.
