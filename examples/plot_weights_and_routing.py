r"""
Weights through a pipeline
==========================

A weight of 2 is the same row twice. Routed through a pipeline and a cross-validation,
weights make rare cases count: the recall of the rare class rises from about two thirds
to nearly all, and its precision falls from above 0.9 to below one half.
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
from sklearn.metrics import get_scorer, precision_score, recall_score
from sklearn.model_selection import StratifiedKFold, cross_validate
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import StandardScaler

from skmath import GDLinearModel

X, y = load_digits(return_X_y=True)
y = (y == 8).astype(int)
cv = StratifiedKFold(5, shuffle=True, random_state=0)
print(f"fraction of eights: {y.mean():.2f}")

# %%
# The same row twice
# ------------------

weight = np.where(y == 1, 3, 1)
repeated = np.repeat(np.arange(len(y)), weight)
by_weight = GDLinearModel("log_loss", alpha=1e-3).fit(X, y, sample_weight=weight)
by_rows = GDLinearModel("log_loss", alpha=1e-3).fit(X[repeated], y[repeated])
difference = np.abs(by_weight.predict_proba(X) - by_rows.predict_proba(X)).max()
print(f"largest difference of probabilities: {difference:.0e}")

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

fig, ax = plt.subplots(figsize=(6.4, 3.8), layout="constrained")
ax.semilogx(factors, recall, marker="o", base=2, label="recall")
ax.semilogx(factors, precision, marker="s", base=2, label="precision")
ax.set(xlabel="weight of an eight", ylabel="score on held-out rows")
ax.set_title("Weights trade precision for recall")
ax.legend()
plt.show()

fitted = by_weight.predict(X)
print("On the training rows, with a weight of 3:")
print(
    f"recall {recall_score(y, fitted):.2f}, precision {precision_score(y, fitted):.2f}"
)
