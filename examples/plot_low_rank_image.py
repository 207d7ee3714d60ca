r"""
A photograph as a sum of rank-one matrices
==========================================

A photograph is a matrix. The first 20 of its 512 terms of rank one already make the
scene recognisable, with 8% of the numbers; 80 are hard to tell from all of them.
"""

# %%
# A matrix of grey values
# -----------------------
#
# 512 x 512 numbers from 0 to 255.

import matplotlib.pyplot as plt
import numpy as np
from scipy.ndimage import affine_transform
from skimage.data import camera

A = camera().astype(float)
print(A.shape, A.min(), A.max())

# %%
# The sum, cut off
# ----------------
#
# .. math:: A = U S V' = \sum_i s_i u_i v_i', \qquad A_k = \sum_{i \le k} s_i u_i v_i'.
#
# The matrix of rank k nearest to A, in squared error, is the sum of the first k terms
# (Eckart and Young 1936). What is lost is the sum of the other squares:
# :math:`\|A - A_k\|^2 = \sum_{i > k} s_i^2`.

U, s, Vt = np.linalg.svd(A)

fig, axes = plt.subplots(1, 4, figsize=(12, 3.8), layout="constrained")
for ax, k in zip(axes, (5, 20, 80, len(s)), strict=True):
    A_k = (U[:, :k] * s[:k]) @ Vt[:k]
    energy = np.sum(s[:k] ** 2) / np.sum(s**2)
    numbers = min(k * (1 + sum(A.shape)), A.size) / A.size
    ax.imshow(A_k, cmap="gray", vmin=0, vmax=255)
    ax.set_title(f"rank {k}\nenergy {energy:.1%}, numbers {numbers:.0%}")
    ax.set_axis_off()
    lost = np.sum((A - A_k) ** 2)
    print(f"rank {k:3}: |A - A_k|^2 = {lost:.4g}, {np.sum(s[k:] ** 2):.4g}")
plt.show()

# %%
# Cropping, scaling and shearing are linear
# -----------------------------------------
#
# Cropping multiplies with rows of the identity. Scaling and shearing move the positions
# of the pixels by a 2 x 2 matrix; here the new image looks up where each of its pixels
# comes from, by the inverse.

crop = np.eye(512)[60:260] @ A @ np.eye(512)[:, 160:360]
maps = {
    "crop": np.eye(2),
    "scaled: 1, 1/2": np.diag([1.0, 0.5]),
    "sheared by 0.4": np.array([[1.0, 0.0], [0.4, 1.0]]),
}
fig, axes = plt.subplots(1, 3, figsize=(9, 3.2), layout="constrained")
for ax, (name, M) in zip(axes, maps.items(), strict=True):
    ax.imshow(affine_transform(crop, np.linalg.inv(M)), cmap="gray", vmin=0, vmax=255)
    ax.set_title(name)
    ax.set_axis_off()
plt.show()
