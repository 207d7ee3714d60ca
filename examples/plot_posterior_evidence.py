r"""
What each measurement says of a tumour
======================================

The posterior log odds of naive Bayes are a sum of one term a feature. Drawn as bars
they explain an answer; and they show why its probabilities are too sure, and what mends
that.
"""

# %%
# Two tumours
# -----------
#
# Thirty measurements of cells, malignant or benign. One case that is clear, and the one
# whose answer was nearest to even.

import matplotlib.pyplot as plt
import numpy as np
from sklearn.calibration import CalibratedClassifierCV, CalibrationDisplay
from sklearn.datasets import load_breast_cancer
from sklearn.metrics import log_loss
from sklearn.model_selection import StratifiedKFold, cross_val_predict, train_test_split

from skmath import FromScratchNB
from skmath.display import EvidenceDisplay

data = load_breast_cancer()
X, y = data.data, data.target_names[data.target]
X_fit, X_test, y_fit, y_test = train_test_split(X, y, random_state=0)
model = FromScratchNB(random_state=0).fit(X_fit, y_fit)
log_odds = np.diff(model.predict_joint_log_proba(X_test), axis=1)[:, 0]
cases = {"clear": np.argmax(np.abs(log_odds)), "close": np.argmin(np.abs(log_odds))}

fig, axes = plt.subplots(1, 2, figsize=(13, 5), layout="constrained")
for ax, (name, i) in zip(axes, cases.items(), strict=True):
    EvidenceDisplay.from_estimator(
        model, X_test[[i]], feature_names=data.feature_names, max_features=10, ax=ax
    )
    answer = model.predict(X_test[[i]])[0]
    print(f"{name}: {answer}, in truth {y_test[i]}; log odds {abs(log_odds[i]):.1f}")
plt.show()

# %%
# The same thing said many times
# ------------------------------
#
# Radius, perimeter and area are one measurement in three units. Naive Bayes counts them
# as three independent witnesses, and is more often wrong than it says. The temperature
# T, which the default finds too, takes the product to the power 1 / T.

R = np.corrcoef(X[:, [0, 2, 3]].T)
print("correlation of radius, perimeter and area:", R[0, 1:].round(3))
cv = StratifiedKFold(10, shuffle=True, random_state=0)
naive = FromScratchNB(dependence=None, calibrate=None, random_state=0)
models = {
    "naive": naive,
    "with temperature": FromScratchNB(dependence=None, random_state=0),
    "calibrated": CalibratedClassifierCV(naive, cv=5),
}
fig, ax = plt.subplots(figsize=(5.5, 4.4), layout="constrained")
for name, candidate in models.items():
    proba = cross_val_predict(candidate, X, y, cv=cv, method="predict_proba")
    right = np.mean(candidate.fit(X, y).classes_[proba.argmax(axis=1)] == y)
    print(f"{name:16} log-loss {log_loss(y, proba):.3f}, accuracy {right:.3f}")
    CalibrationDisplay.from_predictions(
        y == "malignant", proba[:, 1], n_bins=8, strategy="quantile", name=name, ax=ax
    )
ax.set(xlabel="probability said", ylabel="share that was malignant")
plt.show()
