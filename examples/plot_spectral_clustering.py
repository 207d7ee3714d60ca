r"""
Spectral clustering: moons, digits and a karate club
====================================================

Spectral clustering in five steps, with a picture of each: it separates two moons that
k-means cuts in half, and groups new images of digits better than k-means does. A graph
of friends can take the place of rows.
"""

# %%
# 1. The affinity matrix
# ----------------------
#
# How similar one object is to another. Row i is joined to its nearest neighbours j by
#
# .. math:: A_{ij} = s_{ij}^2 \exp\left(-\frac{d_{ij}^2}{\sigma_i \sigma_j}\right) ,
#
# where the local scale :math:`\sigma_i` is the distance to the 7th neighbour and
# :math:`s_{ij}` the fraction of their neighbours that the two have in common; all other
# entries are 0. On the right, k-means on the coordinates cuts the plane in half
# instead.

# sphinx_gallery_thumbnail_number = 1
import matplotlib.pyplot as plt
import networkx as nx
import numpy as np
from sklearn.cluster import KMeans
from sklearn.datasets import load_digits, make_moons
from sklearn.metrics import adjusted_rand_score, normalized_mutual_info_score
from sklearn.model_selection import train_test_split

from skmath import LaplacianSpectralClustering
from skmath.display import EmbeddingDisplay

X, moon = make_moons(300, noise=0.07, random_state=0)
model = LaplacianSpectralClustering(n_clusters=2, random_state=0).fit(X)
A = model.affinity_matrix_

fig, axes = plt.subplots(1, 2, figsize=(8, 3), layout="constrained")
edges = np.transpose(A.nonzero())
axes[0].plot(*X[edges].transpose(2, 1, 0), color="0.8", linewidth=0.5, zorder=0)
axes[0].scatter(*X.T, c=model.labels_, s=12, cmap="coolwarm")
axes[0].set_title("the graph, and spectral clusters")
halves = KMeans(2, random_state=0).fit_predict(X)
axes[1].scatter(*X.T, c=halves, s=12, cmap="coolwarm")
axes[1].set_title("clusters of k-means")
for ax in axes:
    ax.set(xticks=[], yticks=[], aspect="equal")
plt.show()
assert adjusted_rand_score(moon, model.labels_) > 0.98
assert adjusted_rand_score(moon, halves) < 0.5

# %%
# The rows of A are in the order of the data. Sorted by cluster it falls into blocks:
# hardly any edge connects one moon with the other.

order = np.argsort(model.labels_, kind="stable")
fig, axes = plt.subplots(1, 2, figsize=(8, 4), layout="constrained")
for ax, title, matrix in (
    (axes[0], "A in the order of the data", A),
    (axes[1], "A sorted by cluster", A[order][:, order]),
):
    ax.spy(matrix, markersize=0.7, color="black")
    ax.set(title=title, xticks=[], yticks=[])
plt.show()

# %%
# 2. to 5. Degrees, Laplacian, eigenvectors, k-means
# --------------------------------------------------
#
# The degrees are A's row sums, :math:`D_{ii} = \sum_j A_{ij}`, and the Laplacian is
# :math:`L = A - D`, here scaled to :math:`D^{-1/2} (A - D) D^{-1/2}`. For every v
#
# .. math:: v^T (A - D) v = -\tfrac{1}{2} \sum_{ij} A_{ij} (v_i - v_j)^2,
#
# so that the eigenvalues are not above 0, and a vector of one just below 0 changes
# little along the edges: it is nearly constant on a group that has few edges to the
# rest. k-means on the rows of the highest eigenvectors finds the groups.

print("eigenvalues:", *model.eigenvalues_.round(6))
print(f"degrees: {model.degrees_.min():.2f} to {model.degrees_.max():.2f}")
print("connected components:", model.n_connected_components_)
EmbeddingDisplay.from_estimator(model)
plt.show()

# %%
# How many clusters
# -----------------
#
# ``n_clusters="auto"`` tries 2 to ``max_clusters`` and takes the one with the highest
# criterion: the gap after the k-th eigenvalue on a logarithmic scale, times how sharply
# the rows of the embedding are k points, times how much of the edges' weight is within
# clusters. The gap alone can be misled by a few rows that are cut off.

digits, digit = load_digits(return_X_y=True)
known, new, digit_known, digit_new = train_test_split(
    digits, digit, stratify=digit, random_state=0
)
counted = {
    "two moons": LaplacianSpectralClustering("auto", random_state=0).fit(X),
    "digits": LaplacianSpectralClustering("auto", random_state=0).fit(known),
}
fig, axes = plt.subplots(1, 2, figsize=(8, 3), layout="constrained")
for ax, (name, fitted) in zip(axes, counted.items(), strict=True):
    path = fitted.criterion_path_
    ax.plot(path.n_clusters, path.gap, "o:", color="0.6", label="gap alone")
    ax.plot(path.n_clusters, path.criterion, "o-", label="criterion")
    ax.axvline(fitted.n_clusters_, color="black", linestyle="--")
    ax.set_title(f"{name}: {fitted.n_clusters_} clusters")
    ax.set(xlabel="number of clusters k")
    ax.set_xticks(range(2, 21, 3))
    ax.legend()
    print(f"{name}: {fitted.n_clusters_} clusters")
plt.show()
assert counted["digits"].n_clusters_ == 9  # of ten digits two share a cluster

# %%
# New rows
# --------
#
# An eigenvector is defined on the rows that were clustered. Nyström's formula continues
# it: from :math:`L v = \lambda v`, written for a new x with affinities :math:`a(x, j)`
# and degree :math:`d(x)`, follows
#
# .. math:: v(x) = \frac{1}{1 + \lambda} \sum_j \frac{a(x, j)}{\sqrt{d(x) d_j}} v_j.
#
# So ``predict`` assigns held-out images to clusters without a new decomposition. Each
# cluster is named after the digit that most of its images show.


def named(labels, new_labels):
    """Name clusters by the digit most frequent in them; return those of new rows."""
    names = [np.bincount(digit_known[labels == c]).argmax() for c in range(10)]
    return np.array(names)[new_labels]


spectral = LaplacianSpectralClustering(n_clusters=10, random_state=0).fit(known)
pixels = KMeans(10, n_init=10, random_state=0).fit(known)
fig, axes = plt.subplots(1, 2, figsize=(8, 4.8), layout="constrained")
information = []
for ax, (method, fitted) in zip(
    axes,
    {"k-means on the pixels": pixels, "spectral clusters": spectral}.items(),
    strict=True,
):
    labels = fitted.predict(new)
    guess = named(fitted.labels_, labels)
    counts = np.zeros((10, 10), dtype=int)
    np.add.at(counts, (digit_new, guess), 1)
    ax.imshow(counts, cmap="Blues")
    for i, j in zip(*np.nonzero(counts), strict=True):
        colour = "white" if counts[i, j] > 25 else "black"
        ax.text(j, i, counts[i, j], ha="center", va="center", color=colour)
    right = np.mean(guess == digit_new)
    ax.set(xticks=range(10), yticks=range(10), xlabel="digit of the cluster")
    ax.set_title(f"{method}: {right:.0%}")
    mutual = normalized_mutual_info_score(digit_new, labels)
    print(f"{method}: {right:.1%} of new images, mutual information {mutual:.3f}")
    information.append(mutual)
assert information[1] > information[0] + 0.1
axes[0].set_ylabel("digit shown")
plt.show()

# %%
# A graph instead of rows
# -----------------------
#
# Known similarities are passed with ``affinity="precomputed"``. Here it is how often
# the members of a karate club met outside of it, before it split in two (Zachary 1977).
# Squares are the members who then joined the officers; colours are the two clusters.
# One member is in the wrong cluster: number 8, who supported the officers but stayed
# with the instructor, because his test for the black belt was three weeks away.

club = nx.karate_club_graph()
meetings = nx.to_scipy_sparse_array(club, dtype=float)
officers = np.array([club.nodes[i]["club"] == "Officer" for i in club])
split = LaplacianSpectralClustering(2, affinity="precomputed", random_state=0)
side = split.fit_predict(meetings)
if np.mean((side == 1) == officers) < 0.5:
    side = 1 - side
print("on the other side:", np.flatnonzero((side == 1) != officers))
assert np.flatnonzero((side == 1) != officers).tolist() == [8]
places = nx.spring_layout(club, seed=1)
fig, ax = plt.subplots(figsize=(6.4, 4.6), layout="constrained")
nx.draw_networkx_edges(club, places, ax=ax, edge_color="0.8")
for shape, members in (("s", officers), ("o", ~officers)):
    nodes = np.flatnonzero(members)
    nx.draw_networkx_nodes(
        club,
        places,
        nodes,
        ax=ax,
        node_shape=shape,
        node_color=side[nodes],
        cmap="coolwarm",
        vmin=0,
        vmax=1,
        node_size=240,
    )
nx.draw_networkx_labels(club, places, ax=ax, font_size=8, font_color="white")
ax.set_axis_off()
plt.show()
