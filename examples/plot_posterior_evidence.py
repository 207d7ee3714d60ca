r"""
The evidence of each measurement of a tumour
============================================

The posterior log odds of naive Bayes are a sum with one term for each feature. Drawn as
bars they explain a prediction. They also show why its probabilities are too extreme:
the same size is counted several times. One number, a temperature, corrects this better
than the sigmoid of scikit-learn's ``CalibratedClassifierCV`` does here.
"""

# %%
# Two tumours
# -----------
#
# Thirty measurements of the cells of a tumour, malignant or benign. Of the test rows,
# the clearest case and the one with posterior odds closest to 1 to 1.

# sphinx_gallery_thumbnail_number = 2
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

fig, axes = plt.subplots(2, 1, figsize=(7, 8.4), layout="constrained")
for ax, (name, i) in zip(axes, cases.items(), strict=True):
    EvidenceDisplay.from_estimator(
        model, X_test[[i]], feature_names=data.feature_names, max_features=10, ax=ax
    )
    answer = model.predict(X_test[[i]])[0]
    ax.set_title(f"The {name} case: predicted {answer}, is {y_test[i]}")
    ax.margins(x=0.2)
    print(f"{name}: {answer}, in truth {y_test[i]}; log odds {abs(log_odds[i]):.1f}")
    assert answer == y_test[i]
plt.show()
assert abs(log_odds[cases["clear"]]) > 10 > 0.5 > abs(log_odds[cases["close"]])

# %%
# The same evidence counted several times
# ---------------------------------------
#
# Radius, perimeter and area measure one thing, the size. Naive Bayes counts them as
# three independent observations, and is wrong more often than its probabilities say.
# The temperature T takes the likelihood to the power 1 / T. The default chooses T on
# the rows of the fit, each left out in turn.

R = np.corrcoef(X[:, [0, 2, 3]].T)
print("correlation of radius with perimeter and area:", R[0, 1:].round(3))
assert R.min() > 0.98
cv = StratifiedKFold(10, shuffle=True, random_state=0)
naive = FromScratchNB(dependence=None, calibrate=None, random_state=0)
models = {
    "naive": naive,
    "with temperature": FromScratchNB(dependence=None, random_state=0),
    "CalibratedClassifierCV": CalibratedClassifierCV(naive, cv=5),
}
fig, ax = plt.subplots(figsize=(6.4, 4.8), layout="constrained")
looks = (("#D55E00", "o:"), ("#0072B2", "s-"), ("#009E73", "^--"))
loss, right, predicted = {}, {}, {}
for (name, candidate), (color, look) in zip(models.items(), looks, strict=True):
    proba = cross_val_predict(candidate, X, y, cv=cv, method="predict_proba")
    predicted[name], loss[name] = proba[:, 1], log_loss(y, proba)
    right[name] = np.mean(candidate.fit(X, y).classes_[proba.argmax(axis=1)] == y)
    print(f"{name:22} log-loss {loss[name]:.3f}, accuracy {right[name]:.3f}")
    shown = CalibrationDisplay.from_predictions(
        y == "malignant", proba[:, 1], n_bins=8, strategy="quantile", name=name, ax=ax
    )
    shown.line_.set(color=color, marker=look[0], linestyle=look[1:])
ax.set(xlabel="predicted probability of malignant", ylabel="fraction malignant")
ax.set_title("Probabilities of held-out rows")
ax.legend(loc="lower right")
plt.show()

# %%
# The temperature has the lowest log-loss of the three, and all are right equally often:
# what was wrong with the probabilities was their size, not their order. Both corrected
# curves are near the diagonal. The sigmoid loses because it never predicts less than 5%
# or more than 95%, although most cases are clear; the temperature leaves them clear.

calibrated = predicted["CalibratedClassifierCV"]
assert calibrated.min() > 0.05
assert calibrated.max() < 0.95
print(f"sigmoid: probabilities from {calibrated.min():.2f} to {calibrated.max():.2f}")
assert predicted["with temperature"].min() < 0.001
assert loss["with temperature"] < 0.8 * loss["CalibratedClassifierCV"]
assert loss["CalibratedClassifierCV"] < 0.5 * loss["naive"]
assert np.ptp(list(right.values())) < 0.005
