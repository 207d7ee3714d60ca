r"""
Spectral clustering of handwritten digits
=========================================

Clusters of the graph of nearest neighbours follow the ten digits more closely than
clusters of the pixels do: of the images that were not clustered 89 % fall to the
cluster of their digit, against 79 %.
"""

# %%
# The data
# --------
#
# 1797 images of handwritten digits, 8 x 8 pixels of 0 to 16. A quarter is kept back.
# The clustering never sees which digit an image shows; we use that to name the clusters
# and to judge them.

# sphinx_gallery_thumbnail_number = 2
import matplotlib.pyplot as plt
import numpy as np
from sklearn.cluster import KMeans
from sklearn.datasets import load_digits
from sklearn.metrics import normalized_mutual_info_score
from sklearn.model_selection import GridSearchCV, train_test_split
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import MinMaxScaler

from skmath import LaplacianSpectralClustering
from skmath.display import EmbeddingDisplay

X, digit = load_digits(return_X_y=True)
X, X_new, digit, digit_new = train_test_split(X, digit, stratify=digit, random_state=0)

# %%
# The steps
# ---------
#
# 1. The affinity A: :math:`A_{ij} = \exp(-d_{ij}^2 / (\sigma_i \sigma_j))` if i is one
#    of j's nearest neighbours or j one of i's, half of that if only one of the two,
#    else 0. The local scale :math:`\sigma_i` is the distance to the 7th neighbour.
# 2. The degrees: :math:`D_{ii} = \sum_j A_{ij}`.
# 3. The Laplacian :math:`L = A - D`, here scaled by the degrees,
#    :math:`D^{-1/2} (A - D) D^{-1/2}`.
# 4. The ten highest eigenvectors: for every vector v
#
#    .. math:: v^T (A - D) v = -\tfrac{1}{2} \sum_{ij} A_{ij} (v_i - v_j)^2,
#
#    so a high one, of an eigenvalue just below 0, changes little along the edges. Such
#    a vector is nearly constant on a group that has few edges to the rest.
# 5. k-means on the rows of these ten columns.

clustering = LaplacianSpectralClustering(n_clusters=10, random_state=0)
model = make_pipeline(MinMaxScaler(), clustering).fit(X)
clustering = model[-1]
A = clustering.affinity_matrix_
print(
    f"A: {A.shape[0]} x {A.shape[1]}, of which {A.nnz / A.shape[0] ** 2:.1%} not zero"
)
print(f"degrees: {clustering.degrees_.min():.2f} to {clustering.degrees_.max():.2f}")
print(f"connected components: {clustering.n_connected_components_}")
print("eigenvalues:", *clustering.eigenvalues_.round(4))

# %%
# Sorted by cluster, the affinity is nearly block diagonal: most edges stay within a
# cluster.

EmbeddingDisplay.from_estimator(model)
plt.show()

# %%
# How many neighbours
# -------------------
#
# With few neighbours the graph may fall apart, with many it joins what is different. A
# grid search over their number needs a score. Knowing the digits, we take the
# normalised mutual information of clusters and digits (1 if they are the same but for
# names, 0 if they are independent) on the rows that were not clustered. Without knowing
# them, there is no such score, and the number remains a choice.


def agreement(estimator, X, digit):
    """Compare predicted clusters with the digits."""
    return normalized_mutual_info_score(digit, estimator.predict(X))


numbers = [5, 6, 8, 10, 20]
grid = {"laplacianspectralclustering__n_neighbors": numbers}
search = GridSearchCV(model, grid, scoring=agreement, cv=3)
search.fit(X, digit)
mean = search.cv_results_["mean_test_score"]
for n, score in zip(numbers, mean, strict=True):
    print(f"{n:3} neighbours: {score:.3f}")
print("best:", search.best_params_)

# %%
# New images
# ----------
#
# An eigenvector is defined on the rows that were clustered. Nyström's formula continues
# it: from :math:`L v = \lambda v`, written for a new x with affinities :math:`a(x, j)`
# and degree :math:`d(x)`, follows
#
# .. math:: v(x) = \frac{1}{1 + \lambda} \sum_j \frac{a(x, j)}{\sqrt{d(x) d_j}} v_j.
#
# So ``predict`` gives the images kept back a cluster, without a new decomposition. Each
# cluster is named after the digit that most of its own images show. Beside it, k-means
# on the pixels.


def named(labels, labels_new):
    """Name clusters by the digit most frequent in them; return those of new rows."""
    names = [np.bincount(digit[labels == c]).argmax() for c in range(10)]
    return np.array(names)[labels_new]


spectral = search.best_estimator_
pixels = make_pipeline(MinMaxScaler(), KMeans(10, n_init=10, random_state=0)).fit(X)
found = {
    "k-means on the pixels": (pixels[-1].labels_, pixels.predict(X_new)),
    "spectral clustering": (spectral[-1].labels_, spectral.predict(X_new)),
}

fig, axes = plt.subplots(1, 2, figsize=(9, 4.4), layout="constrained")
for ax, (method, labels) in zip(axes, found.items(), strict=True):
    guess = named(*labels)
    right = np.mean(guess == digit_new)
    mutual = normalized_mutual_info_score(digit_new, labels[1])
    print(f"{method}: {right:.1%} of new images, mutual information {mutual:.3f}")
    counts = np.zeros((10, 10), dtype=int)
    np.add.at(counts, (digit_new, guess), 1)
    ax.imshow(counts, cmap="Blues")
    for i, j in zip(*np.nonzero(counts), strict=True):
        colour = "white" if counts[i, j] > 25 else "black"
        ax.text(j, i, counts[i, j], ha="center", va="center", color=colour)
    ax.set(xticks=range(10), yticks=range(10), xlabel="digit that names the cluster")
    ax.set_title(f"{method}: {right:.0%}")
axes[0].set_ylabel("digit shown")
plt.show()

# %%
# Half of what is left is one confusion: 25 of the 46 ones are with the eights. The
# number of neighbours was chosen knowing the digits, and k-means was given nothing of
# the kind; so here is also the default of 10, with which the page began.

guess = named(clustering.labels_, model.predict(X_new))
print(f"10 neighbours: {np.mean(guess == digit_new):.1%} of new images")
