r"""
Which rows a clustering is unsure of
====================================

Many base clusterings, each with other numbers of clusters, eigenvectors and starts,
vote on the clusters. Where they disagree about a row, its ``row_stability_`` is low. Of
the penguins with a low stability one in five is in the cluster of another species, of
the others one in fifty.
"""

# %%
# Penguins by their bills
# -----------------------
#
# Length and depth of the bill separate three species of penguins, with some overlap.
# The clustering does not see the species. ``n_ensemble=100`` makes 100 base
# clusterings, and clusters the rows by what they have in common. The stability of a row
# is the fraction of them that agree with its cluster.

import matplotlib.pyplot as plt
from palmerpenguins import load_penguins
from scipy.optimize import linear_sum_assignment
from sklearn.metrics import roc_auc_score
from sklearn.metrics.cluster import contingency_matrix
from sklearn.preprocessing import scale

from skmath import LaplacianSpectralClustering

penguins = load_penguins().dropna()
species = penguins["species"].astype("category").cat.codes.to_numpy()
bill = ["bill_length_mm", "bill_depth_mm"]
model = LaplacianSpectralClustering(3, n_ensemble=100, random_state=0)


def wrong_rows(labels):
    """Return which rows are in a cluster that stands for another species."""
    counts = contingency_matrix(species, labels)
    _, cluster_of = linear_sum_assignment(-counts)
    return labels != cluster_of[species]


wrong = wrong_rows(model.fit_predict(scale(penguins[bill])))
stability = model.row_stability_
unsure = stability < 0.9
print(f"{unsure.sum()} of {len(unsure)} penguins have a stability below 0.9:")
print(f"{wrong[unsure].mean():.0%} of them are in the cluster of another species,")
print(f"{wrong[~unsure].mean():.0%} of the others are")

fig, ax = plt.subplots(figsize=(7, 4.8), layout="constrained")
x, y = penguins[bill].to_numpy().T
for c, marker in enumerate("os^"):
    of = model.labels_ == c
    dots = ax.scatter(
        x[of],
        y[of],
        c=stability[of],
        marker=marker,
        s=36,
        cmap="viridis",
        vmin=0.6,
        vmax=1,
        edgecolors="0.4",
        linewidths=0.5,
        label=f"cluster {c}",
    )
ax.scatter(
    x[wrong], y[wrong], s=110, marker="o", fc="none", ec="#D55E00", label="wrong"
)
fig.colorbar(dots, label="stability of the row")
ax.set(xlabel="bill length (mm)", ylabel="bill depth (mm)")
ax.set_title("Most errors are where the clusterings disagree")
ax.legend()
plt.show()
assert 40 < unsure.sum() < 90
assert wrong[unsure].mean() > 0.15
assert wrong[~unsure].mean() < 0.03
assert wrong[unsure].sum() > wrong[~unsure].sum()

# %%
# The clusters, too
# -----------------
#
# ``cluster_stability_`` is the mean of the rows of a cluster: the cluster between the
# other two is the least stable one. The area under the ROC curve is the probability
# that a wrong row is less stable than a right one.

for c, mean in enumerate(model.cluster_stability_):
    errors = wrong[model.labels_ == c].mean()
    print(f"cluster {c}: stability {mean:.2f}, {errors:.0%} of another species")
area = roc_auc_score(wrong, -stability)
print(f"area under the ROC curve: {area:.2f}")
assert model.cluster_stability_.min() < 0.9
assert area > 0.7

# %%
# What stability is not
# ---------------------
#
# Stability says whether the base clusterings agree, not whether they are right. By the
# depth of the bill and the length of the flipper all rows are stable, and still a fifth
# of the penguins are in the cluster of another species, since two species do not differ
# in these measurements:

depth_and_length = ["bill_depth_mm", "flipper_length_mm"]
wrong = wrong_rows(model.fit_predict(scale(penguins[depth_and_length])))
print(f"lowest stability {model.row_stability_.min():.2f}, {wrong.mean():.1%} wrong")
assert model.row_stability_.min() > 0.9
assert wrong.mean() > 0.2
