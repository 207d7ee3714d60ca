r"""
Regression on words
===================

A table of words is wide and sparse. `skmath.SVDRegressor` finds its first singular
vectors without making it dense: 20 of about 500 directions hold most of what can be
predicted, 160 nearly all.
"""

# %%
# Real text without a network
# ---------------------------
#
# The documents are the docstrings of scikit-learn's estimators and functions. To be
# predicted from the words in the first 60% of a docstring: the logarithm of how many
# characters of code there are besides.

import inspect

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

# %%
# How many directions
# -------------------
#
# The R2 of a fit of the first k singular vectors, by five folds, and that of ridge
# regression on all words with the best of three penalties.

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

fig, ax = plt.subplots(figsize=(7, 4), layout="constrained")
ax.semilogx(ranks, scores, marker="o", label="the first k directions")
ax.axhline(ridge, color="#666666", linestyle="--", label="ridge, all words")
ax.set(xlabel="k", ylabel="R2 on held-out documents", ylim=(0, None))
ax.set_title("The length of the code from its docstring")
ax.legend()
plt.show()

# %%
# Which words
# -----------

model = SVDRegressor(40, solver="lanczos", random_state=0).fit(X, y)
names, order = words.get_feature_names_out(), np.argsort(model.coef_)
print("short:", ", ".join(names[order[:12]]))
print("long: ", ", ".join(names[order[-12:]]))
