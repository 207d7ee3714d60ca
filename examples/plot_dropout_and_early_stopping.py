r"""
Dropout and early stopping
==========================

A network of 400 units memorises 240 digits. With half of its units left out of each
step (dropout) it reads new digits better. This page compares that with early stopping,
which here makes the probabilities better and the accuracy lower.
"""

# %%
# Few rows, many units
# --------------------

import warnings

import matplotlib.pyplot as plt
import numpy as np
from sklearn.callback import ProgressBar
from sklearn.datasets import load_digits
from sklearn.exceptions import ConvergenceWarning
from sklearn.metrics import log_loss
from sklearn.model_selection import train_test_split

from skmath import BackpropMLP
from skmath.display import LossCurveDisplay

X, y = load_digits(return_X_y=True)
X, X_test, y, y_test = train_test_split(
    X, y, train_size=300, stratify=y, random_state=0
)
fit_part, held = train_test_split(np.arange(300), test_size=0.2, random_state=0)

options = {
    "hidden_layer_sizes": (200, 200),
    "alpha": 0,
    "max_iter": 60,
    "n_iter_no_change": 60,
    "learning_rate": 3e-3,
    "tol": 0,
    "preset": "fast",  # one plain network
}
models = {
    "neither": {},
    "dropout": {"dropout": 0.5},
    "early stopping": {"early_stopping": True},
    "both": {"dropout": 0.5, "early_stopping": True},
}

# %%
# The validation rows are given to `fit`, so that all networks use the same ones. The
# output shows means over five networks with different initial weights: the accuracy on
# the training rows and on new digits, and the log-loss on new digits.

fitted, results = {}, {}
for name, more in models.items():
    scores = []
    for seed in range(5):
        model = BackpropMLP(**options, **more, random_state=seed)
        validation = (
            {"X_val": X[held], "y_val": y[held]} if "early" in str(more) else {}
        )
        with warnings.catch_warnings():
            # All train for 60 epochs, whether or not the loss still falls.
            warnings.simplefilter("ignore", ConvergenceWarning)
            model.fit(X[fit_part], y[fit_part], **validation)
        loss = log_loss(y_test, model.predict_proba(X_test))
        learnt = model.score(X[fit_part], y[fit_part])
        scores.append((learnt, model.score(X_test, y_test), loss))
    fitted[name] = model
    learnt, accuracy, loss = np.mean(scores, axis=0)
    results[name] = learnt, accuracy, loss
    _, *error = np.std(scores, axis=0, ddof=1) / 5**0.5
    print(
        f"{name:15} training {learnt:.3f}, "
        f"new digits {accuracy:.3f} +- {error[0]:.3f}; "
        f"log-loss {loss:.2f} +- {error[1]:.2f}"
    )

# %%
# Dropout raises the accuracy on new digits by about one in a hundred and halves the
# log-loss. Early stopping improves the probabilities too, but it reads about five in a
# hundred fewer digits correctly than the network that was trained to the end: its
# lowest validation loss comes early, when the network has not yet learned all it can.
# With both, the accuracy is no better than with neither.

assert len(y) == 300
assert len(fit_part) == 240
assert results["neither"][0] == 1  # it memorises
assert 0.005 < results["dropout"][1] - results["neither"][1] < 0.03
assert results["dropout"][2] < 0.65 * results["neither"][2]
assert 0.02 < results["neither"][1] - results["early stopping"][1] < 0.08
assert results["early stopping"][2] < results["neither"][2] - 0.1
assert results["both"][1] < results["neither"][1] + 0.005
assert results["both"][1] < results["dropout"][1]

# %%
# Training and validation
# -----------------------
#
# Training goes on to the last epoch; the weights that are kept are those of the epoch
# with the lowest validation loss. Without dropout the loss on the validation rows stops
# falling after a few epochs, while the loss on the training rows falls to less than a
# thousandth. With dropout both fall together for longer.

fig, axes = plt.subplots(1, 2, figsize=(8, 3.8), layout="constrained", sharey=True)
for ax, (name, title) in zip(
    axes,
    {"early stopping": "without dropout", "both": "with dropout"}.items(),
    strict=True,
):
    LossCurveDisplay.from_estimator(fitted[name], ax=ax, marker="")
    ax.set_title(title)
axes[1].set_ylabel("")
plt.show()

plain, dropped = fitted["early stopping"], fitted["both"]
assert plain.best_iteration_ < 10
assert plain.best_iteration_ < dropped.best_iteration_
assert plain.validation_curve_[-1] > min(plain.validation_curve_)
assert plain.loss_curve_[-1] < plain.loss_curve_[plain.best_iteration_] / 1000
assert min(dropped.validation_curve_) < min(plain.validation_curve_)

# %%
# A progress bar
# --------------
#
# scikit-learn's callbacks are called after every epoch; a progress bar is one of them.

model = BackpropMLP(random_state=0).set_callbacks(ProgressBar()).fit(X, y)
