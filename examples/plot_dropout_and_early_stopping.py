r"""
Dropout and early stopping
==========================

A network of 400 units memorises 240 digits. With half of its units left out of each
step it reads new digits better. With the weights of the epoch that was best on held-out
rows its probabilities are better, but it reads no more digits correctly.
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
# figures are means over five networks with different initial weights:

fitted = {}
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
    _, *error = np.std(scores, axis=0, ddof=1) / 5**0.5
    print(
        f"{name:15} training accuracy {learnt:.3f}; new digits: "
        f"accuracy {accuracy:.3f} +- {error[0]:.3f}, "
        f"log-loss {loss:.2f} +- {error[1]:.2f}"
    )

# %%
# Training and validation
# -----------------------
#
# Training goes on to the last epoch; the weights that are kept are those of the epoch
# with the lowest validation loss.

fig, axes = plt.subplots(1, 2, figsize=(11, 3.8), layout="constrained", sharey=True)
for ax, name in zip(axes, ("early stopping", "both"), strict=True):
    LossCurveDisplay.from_estimator(fitted[name], ax=ax, marker="")
    ax.set_title(name)
plt.show()

# %%
# A progress bar
# --------------
#
# scikit-learn's callbacks are called after every epoch.

BackpropMLP(random_state=0).set_callbacks(ProgressBar()).fit(X, y)
