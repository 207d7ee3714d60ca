r"""
A gate for embeddings
=====================

A network makes 128 numbers of a face; whose it is, and whether it is anybody's who is
enrolled, has still to be decided. A distance that was good for other faces is not for
these: calibrated on the enrolled, it is.
"""

# %%
# Vectors of a network, made
# --------------------------
#
# Ten images each of 40 people, as vectors of 128 numbers and length 1. What people have
# in common (a camera, an age) is the larger part of them, as of real ones that are far
# from what the network was trained on. Half of the people are enrolled, by five images.

import matplotlib.pyplot as plt
import numpy as np

from skmath import EigenfaceClassifier
from skmath.display import DETDisplay

rng = np.random.default_rng(0)
y = np.repeat(np.arange(40), 10)
shared = rng.normal(size=128)
people = 0.35 * rng.normal(size=(40, 24)) @ rng.normal(size=(24, 128)) / 5
V = shared + people[y] + 0.3 * rng.normal(size=(400, 128))
V /= np.linalg.norm(V, axis=1, keepdims=True)
train = (y < 20) & (np.arange(400) % 10 < 5)
known, strangers = (y < 20) & ~train, y >= 20

# %%
# The usual tolerance, and the calibrated one
# -------------------------------------------

nearest = np.linalg.norm(V[:, None] - V[train], axis=2).min(axis=1)
print(f"within .6: {np.mean(nearest[strangers] <= 0.6):.0%} of the strangers' images")

model = EigenfaceClassifier.for_embeddings(target_far=0.02).fit(V[train], y[train])
let_in = np.mean(model.predict(V[strangers]) != model.unknown_label_)
refused = np.mean(model.predict(V[known]) == model.unknown_label_)
print(f"calibrated: {let_in:.1%} of the strangers' images, {refused:.1%} refused")
print(f"expected: {model.false_alarm_rate_:.1%}, {model.false_refusal_rate_:.1%}")

# %%
# Every threshold: the gate, and pairs
# ------------------------------------
#
# `open_set_score` is of images against the enrolled, `verify` of pairs of images, here
# of people who are not enrolled at all.

fig, axes = plt.subplots(1, 2, figsize=(10, 4.6), layout="constrained")
rest = known | strangers
DETDisplay.from_estimator(model, V[rest], y[rest], ax=axes[0])
i, j = rng.integers(200, 400, (2, 2000))
j[:1000] = 10 * (i[:1000] // 10) + (i[:1000] + rng.integers(1, 10, 1000)) % 10
pairs = model.verify(V[i], V[j])
DETDisplay.from_predictions(y[i] == y[j], pairs.score, threshold=0.0, ax=axes[1])
axes[1].set_title("Pairs of people who are not enrolled")
plt.show()

# %%
# To forget
# ---------
#
# A person who leaves is erased from the gallery, and what is calibrated follows.

model.forget([3])
print(3 in model.classes_, np.isin(model.predict(V[y == 3]), model.classes_).mean())
