r"""
A photograph as a sum of rank-one matrices
==========================================

A photograph is a matrix, and a matrix is a sum of terms of rank one. This page adds
them up: the first 20 of 512 terms hold most of this photograph, in 8% of its numbers.
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
# .. math:: A = U S V^T = \sum_i s_i u_i v_i^T, \qquad
#           A_k = \sum_{i \le k} s_i u_i v_i^T.
#
# The matrix of rank k nearest to A, in squared error, is the sum of the first k terms
# (Eckart and Young 1936). What is lost is the sum of the other squares:
# :math:`\|A - A_k\|^2 = \sum_{i > k} s_i^2`.
#
# The title of each picture has the fraction of the squared grey values that the terms
# hold, and how many numbers they need: a term has 1 + 512 + 512 of them, so that from
# rank 256 on the terms need more numbers than the photograph itself.

U, s, Vt = np.linalg.svd(A)

shares = {}
fig, axes = plt.subplots(2, 2, figsize=(6.4, 7.2), layout="constrained")
for ax, k in zip(axes.flat, (5, 20, 80, len(s)), strict=True):
    A_k = (U[:, :k] * s[:k]) @ Vt[:k]
    energy = np.sum(s[:k] ** 2) / np.sum(s**2)
    numbers = min(k * (1 + sum(A.shape)), A.size) / A.size
    ax.imshow(A_k, cmap="gray", vmin=0, vmax=255)
    name = f"{k} terms" if k < len(s) else "all 512 terms"
    ax.set_title(f"{name}: {energy:.1%}\nin {numbers:.0%} of the numbers")
    ax.set_axis_off()
    lost = np.sum((A - A_k) ** 2)
    print(f"rank {k:3}: |A - A_k|^2 = {lost:.4g}, {np.sum(s[k:] ** 2):.4g}")
    assert np.isclose(lost, np.sum(s[k:] ** 2), atol=1e-9 * np.sum(s**2))
    shares[k] = energy, numbers, np.sqrt(lost / A.size)
plt.show()
print(f"root mean squared error of 80 terms: {shares[80][2]:.1f} of 255")

# %%
# These percentages are flattering: most of them is the mean brightness, which a single
# term represents. Sharp edges need the most terms. The sum of 20 terms is still
# blurred; that of 80 differs from the photograph by 7 of 255 grey values (the root of
# the mean square), with 31% of the numbers.

assert shares[20][0] > 0.98
assert round(shares[20][1], 2) == 0.08
assert 6 < shares[80][2] < 8
assert round(shares[80][1], 2) == 0.31
assert s[0] ** 2 / np.sum(s**2) > 0.8

# %%
# Cropping, scaling and shearing are linear
# -----------------------------------------
#
# Cropping multiplies with rows of the identity matrix. Scaling and shearing multiply
# the positions of the pixels by a 2 x 2 matrix. The inverse matrix gives the position
# in the old image that each pixel of the new image comes from.

crop = np.eye(512)[60:260] @ A @ np.eye(512)[:, 160:360]
assert np.array_equal(crop, A[60:260, 160:360])
maps = {
    "crop": np.eye(2),
    "scaled: 1, 1/2": np.diag([1.0, 0.5]),
    "sheared by 0.4": np.array([[1.0, 0.0], [0.4, 1.0]]),
}
fig, axes = plt.subplots(1, 3, figsize=(8, 3.2), layout="constrained")
for ax, (name, M) in zip(axes, maps.items(), strict=True):
    ax.imshow(affine_transform(crop, np.linalg.inv(M)), cmap="gray", vmin=0, vmax=255)
    ax.set_title(name)
    ax.set_axis_off()
plt.show()
