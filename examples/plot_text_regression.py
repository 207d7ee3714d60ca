r"""
Regression on words
===================

A table of words is wide and sparse. `skmath.SVDRegressor` finds its first singular
vectors without making it dense. This page counts how many of them a prediction needs:
20 of about 500 directions hold most of what ridge regression finds in all the words,
and 160 nearly all of it.
"""

# %%
# Real text without a network
# ---------------------------
#
# The documents are the docstrings of scikit-learn's estimators and functions. From the
# words in the first 60% of a docstring the model predicts how long the code is: the
# logarithm of its number of characters, without the docstring.

import inspect
from textwrap import fill

import matplotlib.pyplot as plt
import numpy as np
from sklearn.feature_extraction.text import TfidfVectorizer
from sklearn.linear_model import Ridge
from sklearn.model_selection import KFold, cross_val_score
from sklearn.utils.discovery import all_estimators, all_functions

from skmath import SVDRegressor

documents, lengths = [], []
for _, described in [*all_estimators(), *all_functions()]:
    text = inspect.getdoc(described) or ""
    if len(text) < 300:
        continue
    code = inspect.getsource(inspect.unwrap(described))
    documents.append(text[: int(0.6 * len(text))])
    lengths.append(np.log(len(code) - len(text)))
y = np.array(lengths)
words = TfidfVectorizer(min_df=2, sublinear_tf=True)
X = words.fit_transform(documents)
print(
    f"{X.shape[0]} documents, {X.shape[1]} words, {X.nnz / X.shape[0]:.0f} a document"
)
assert 400 < X.shape[0] < 800
assert X.nnz < 0.1 * X.shape[0] * X.shape[1]

# %%
# How many directions
# -------------------
#
# The figure has R2 on held-out documents, by five folds, of a fit on the first k
# singular vectors. The dashed line is ridge regression on all words with the best of
# three penalties, which no number of directions up to 160 quite reaches.

cv = KFold(5, shuffle=True, random_state=0)
ranks = [1, 2, 5, 10, 20, 40, 80, 160]
scores = [
    cross_val_score(
        SVDRegressor(k, solver="lanczos", random_state=0), X, y, cv=cv
    ).mean()
    for k in ranks
]
ridge = max(cross_val_score(Ridge(alpha), X, y, cv=cv).mean() for alpha in (0.3, 1, 3))
for k, score in zip(ranks, scores, strict=True):
    print(f"k = {k:3}: R2 = {score:.3f}")
print(f"ridge, all words: R2 = {ridge:.3f}")
part = {k: score / ridge for k, score in zip(ranks, scores, strict=True)}
print(f"20 directions reach {part[20]:.0%} of that, 160 reach {part[160]:.0%}")

fig, ax = plt.subplots(figsize=(6.4, 4.4), layout="constrained")
ax.semilogx(ranks, scores, "o-", color="#0072B2", label="the first k directions")
ax.axhline(ridge, color="#D55E00", linestyle="--", label="ridge regression, all words")
ax.set_xticks(ranks, ranks, minor=False)
ax.set_xticks([], minor=True)
ax.set(
    xlabel="number k of directions", ylabel="R2 on held-out documents", ylim=(0, None)
)
ax.set_title("The length of the code from its docstring")
ax.legend(loc="lower right")
plt.show()

assert 0.7 < part[20] < 0.95
assert 0.93 < part[160] < 1

# %%
# Which words
# -----------
#
# The words with the most negative and the most positive coefficients: estimators, whose
# docstrings speak of what is fitted, are longer than functions, which return something.

model = SVDRegressor(40, solver="lanczos", random_state=0).fit(X, y)
names, order = words.get_feature_names_out(), np.argsort(model.coef_)
print(fill("short: " + ", ".join(names[order[:12]]), 80))
print(fill("long:  " + ", ".join(names[order[-12:]]), 80))
assert {"return", "returns"} & set(names[order[:12]])
assert "fit" in names[order[-40:]]
