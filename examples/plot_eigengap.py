r"""
The eigengap chooses the number of clusters
===========================================

A graph of k weakly connected groups has k eigenvalues near 0 and a gap after them. The
place of the gap, and how compact the clusters are there, give the number of clusters
without labels. Two groups that overlap count as one.
"""

# %%
# Three tables
# ------------

import matplotlib.pyplot as plt
import numpy as np
from sklearn.datasets import load_iris, make_circles, make_moons
from sklearn.metrics import adjusted_rand_score
from sklearn.metrics.cluster import contingency_matrix

from skmath import LaplacianSpectralClustering

circles, of_circle = make_circles(500, noise=0.05, factor=0.5, random_state=0)
moons, of_moon = make_moons(500, noise=0.06, random_state=0)
both = np.vstack([circles, moons + np.array([4, 0])])
iris, species = load_iris(return_X_y=True)
tables = {
    "circles": (circles, of_circle),
    "circles and moons": (both, np.concatenate([of_circle, of_moon + 2])),
    "iris": (iris, species),
}

fig, axes = plt.subplots(2, 3, figsize=(8, 5), layout="constrained")
for (above, below), (name, (X, y)) in zip(axes.T, tables.items(), strict=True):
    model = LaplacianSpectralClustering("auto", random_state=0).fit(X)
    above.scatter(*X[:, :2].T, c=model.labels_, cmap="tab10", s=8)
    above.set_title(f"{name}: {model.n_clusters_} clusters")
    path = model.criterion_path_
    below.bar(path.n_clusters, path.gap, color="#999999", label="relative gap")
    below.plot(path.n_clusters, path.criterion, color="#0072B2", label="criterion")
    below.axvline(model.n_clusters_, color="#D55E00", linestyle="--")
    below.set(xlabel="number of clusters k", xticks=[2, 10, 20])
    agreement = adjusted_rand_score(y, model.labels_)
    print(
        f"{name:18} {model.n_clusters_} clusters, agreement with labels {agreement:.2f}"
    )
    # Found, all of them, but for the species that overlap.
    assert (agreement > 0.99) == (name != "iris")
assert model.n_clusters_ == 2
axes[1, 0].legend()
plt.show()

# %%
# Iris has three species, of which two overlap. The gap after three clusters is only a
# little smaller than that after two, but three clusters are less compact, and the
# criterion chooses two. With ``n_clusters=3`` one species is a cluster of its own, and
# most flowers of the other two are separated as well. A row for each species, a column
# for each cluster:

X, y = tables["iris"]
for i in (0, 1):
    print(f"iris, {path.n_clusters[i]} clusters: ", end="")
    print(f"gap {path.gap[i]:.2f}, criterion {path.criterion[i]:.2f}")
three = LaplacianSpectralClustering(3, random_state=0).fit_predict(X)
print(contingency_matrix(y, three))
print(f"three clusters: agreement with labels {adjusted_rand_score(y, three):.2f}")
assert path.gap[0] > path.gap[1] > 0.7 * path.gap[0]
assert path.criterion[0] > path.criterion[1]
assert sorted(contingency_matrix(y, three).max(axis=1))[0] > 25
assert (contingency_matrix(y, three)[0] > 0).sum() == 1
