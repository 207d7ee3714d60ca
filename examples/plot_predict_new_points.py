r"""
Predicting new points with a spectral clustering
================================================

Eigenvectors have a row for each point that was clustered, and none for others.
Nyström's formula extends them: 5,000 new points get the cluster that they would get in
a clustering of all points, in a fraction of the time.
"""

# %%
# Two moons
# ---------

from time import perf_counter

import matplotlib.pyplot as plt
import numpy as np
from sklearn.datasets import make_moons
from sklearn.metrics import adjusted_rand_score

from skmath import LaplacianSpectralClustering

X, _ = make_moons(500, noise=0.07, random_state=0)
X_new, _ = make_moons(5000, noise=0.07, random_state=1)
model = LaplacianSpectralClustering(2, random_state=0).fit(X)

start = perf_counter()
predicted = model.predict(X_new)
seconds = perf_counter() - start

# %%
# The same as clustering them all
# -------------------------------

start = perf_counter()
together = LaplacianSpectralClustering(2, random_state=0).fit(np.vstack([X, X_new]))
ratio = (perf_counter() - start) / seconds
agreement = adjusted_rand_score(predicted, together.labels_[len(X) :])
print(f"agreement (adjusted Rand index): {agreement:.4f}")
assert agreement > 0.99
print(
    f"clustering all points takes {ratio:.0f} times as long as predicting the new ones"
)

# %%
# Where the clusters meet
# -----------------------
#
# A new point x has the affinities a to the clustered points, and the eigenvector u of
# eigenvalue :math:`\lambda` is extended to it as a weighted mean,
#
# .. math:: u(x) = \frac{1}{1 + \lambda} \sum_j \frac{a(x, x_j)}{\sqrt{d(x) d_j}} u_j .
#
# The colour is the difference of the two clusters' distances in that space, the line
# where it is zero.

xx, yy = np.meshgrid(np.linspace(-1.6, 2.6, 200), np.linspace(-1.1, 1.6, 150))
grid = np.column_stack([xx.ravel(), yy.ravel()])
Z = model.transform(grid)
centres = [model.embedding_[model.labels_ == k].mean(axis=0) for k in range(2)]
gap = np.subtract(*(np.linalg.norm(Z - c, axis=1) for c in centres)).reshape(xx.shape)

fig, ax = plt.subplots(figsize=(7, 4), layout="constrained")
ax.contourf(xx, yy, gap, 20, cmap="RdBu", alpha=0.6)
ax.contour(xx, yy, gap, [0], colors="black")
ax.scatter(*X.T, c=model.labels_, cmap="coolwarm_r", s=12, edgecolor="white", lw=0.3)
ax.set(title="500 points, and the clusters of new ones", xlabel="x", ylabel="y")
plt.show()
