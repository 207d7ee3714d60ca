r"""
Known, unknown, not a face
==========================

A picture shows one of the people who are enrolled, somebody else, or no face at all.
Two distances decide which of these it is. Their thresholds are calibrated in ``fit``,
on the enrolled people alone; this page tests them on people and pictures that the model
has not seen. It also tests `verify`, which compares two pictures of anybody.
"""

# %%
# Enrolled people and test images
# -------------------------------
#
# The ORL faces are ten images of each of 40 people. Thirty people, drawn at random, are
# enrolled with five images each. The test images are of three kinds: *friends*, the
# other five images of the enrolled people; *strangers*, all ten images of the other ten
# people; and 100 patches of photographs that show no face (scikit-image's part of LFW,
# enlarged).

import matplotlib.pyplot as plt
import numpy as np
from scipy.stats import binomtest, norm
from skimage.data import lfw_subset
from skimage.transform import resize

from skmath import EigenfaceClassifier
from skmath.datasets import load_orl_faces
from skmath.display import DETDisplay, FaceDistanceDisplay

faces = load_orl_faces()
X, y = faces.images.astype(np.uint8), faces.target


def draw(seed):
    """Return which images are enrolled, which are friends, which are strangers."""
    rng = np.random.default_rng(seed)
    known = np.isin(y, rng.permutation(40)[:30])
    half = rng.permuted(np.tile(np.arange(10) < 5, (40, 1)), axis=1).ravel()
    return known & half, known & ~half, ~known


enrolled, friend, stranger = draw(seed=2)
patches = np.array([resize(p, (112, 92)) for p in lfw_subset()[100:]]) * 255
model = EigenfaceClassifier(
    known_threshold="auto", face_threshold="auto", target_far=0.05
)
model.fit(X[enrolled], y[enrolled])
print(
    enrolled.sum(), "enrolled,", friend.sum(), "friends,", stranger.sum(), "strangers"
)

# %%
# The four cases
# --------------
#
# An image is near face space or far from it; and its projection into face space is near
# an enrolled person or far from everybody (Turk and Pentland 1991):
#
# 1. near face space and near a person: *known*;
# 2. near face space and far from everybody: *unknown*;
# 3. far from face space and near a person: *not a face*. Here it is a friend in the
#    shadow of a blind. Face space keeps the friend and loses the blind, so the distance
#    to the closest person alone would not notice that something is wrong;
# 4. far from both: *not a face*.
#
# The upper row shows the images, the lower row what face space keeps of them. Below are
# both distances, in bold where they are beyond their thresholds.

result, result_of_patches = model.identify(X), model.identify(patches)
recognised = X[friend & (result.label == y)]
blind = 70 * np.sign(np.sin(2 * np.pi * (np.arange(112) + 0.5) / 12))
shaded = np.clip(recognised + blind[:, None], 0, 255)
result_of_shaded = model.identify(shaded)
both = np.flatnonzero(result_of_shaded.known & ~result_of_shaded.face)[0]
neither = patches[~result_of_patches.known & ~result_of_patches.face]
cases = {
    "1. known": recognised[both],
    "2. unknown": X[stranger & result.face & ~result.known][0],
    "3. not a face,\nnear a person": shaded[both],
    "4. not a face,\nnear nobody": neither[np.std(neither, axis=(1, 2)).argmax()],
}
images = np.array(list(cases.values()))
answers = model.identify(images)
assert answers.known.tolist() == [True, False, True, False]
assert answers.face.tolist() == [True, True, False, False]
assert (answers.label != model.unknown_label_).tolist() == [True, False, False, False]
assert answers.closest[0] == answers.closest[2]

fig, axes = plt.subplots(2, 4, figsize=(7.2, 4.8), layout="constrained")
kept = model.inverse_transform(model.transform(images)).reshape(-1, 112, 92)
for (above, below), name, image, projected, answer in zip(
    axes.T, cases, images, kept, answers, strict=True
):
    above.imshow(image, cmap="gray", vmin=0, vmax=255)
    below.imshow(projected, cmap="gray", vmin=-2, vmax=2.5)
    above.set_title(name, fontsize=12)
    lines = (
        (
            f"to person {answer.closest}: {answer.distance_in_face_space:.2f}",
            answer.known,
        ),
        (f"from face space: {answer.distance_from_face_space:.2f}", answer.face),
    )
    for row, (line, near) in enumerate(lines):
        below.annotate(
            line,
            (0.5, 0),
            (0, -6 - 14 * row),
            xycoords="axes fraction",
            textcoords="offset points",
            ha="center",
            va="top",
            weight="normal" if near else "bold",
        )
    for ax in (above, below):
        ax.set(xticks=[], yticks=[])
axes[0, 0].set_ylabel("the image", fontsize=11)
axes[1, 0].set_ylabel("in face space", fontsize=11)
plt.show()
print(f"threshold of the distance to a person:     {model.known_threshold_:.2f}")
print(f"threshold of the distance from face space: {model.face_threshold_:.2f}")

# %%
# All test images
# ---------------
#
# Each panel shows the images of one kind. The thresholds divide it into the four cases;
# known people are at the lower left.

kinds = {"friends": X[friend], "strangers": X[stranger], "no faces": patches}
fig, axes = plt.subplots(
    1, 3, figsize=(8, 4), sharex=True, sharey=True, layout="constrained"
)
for ax, (name, group) in zip(axes, kinds.items(), strict=True):
    FaceDistanceDisplay.from_estimator(model, group, ax=ax)
    ax.set(title=f"{len(group)} {name}", xlabel="to the closest person", ylim=(0, 6))
    ax.legend(loc="upper left")
for ax in axes[1:]:
    ax.set_ylabel("")
plt.show()

shares = {}
print(f"{'':9} {'known':>7} {'unknown':>8} {'no face':>8}")
for name, group in kinds.items():
    of_group = model.identify(group)
    case = (
        of_group.face & of_group.known,
        of_group.face & ~of_group.known,
        ~of_group.face,
    )
    shares[name] = [np.mean(c) for c in case]
    print(
        f"{name:9} {shares[name][0]:7.0%} {shares[name][1]:8.0%} {shares[name][2]:8.0%}"
    )
wrong = np.mean((result.label != y) & result.known & result.face, where=friend)
print(f"friends taken for another person: {wrong:.1%}")

# %%
# Most friends are recognised, and hardly any of them as somebody else. Few strangers
# are mistaken for a friend. Nearly all patches are rejected as no face, and nearly all
# faces are accepted as one.

assert shares["friends"][0] > 0.75
assert wrong < 0.02
assert shares["strangers"][0] < 0.15
assert shares["no faces"][0] < 0.02
assert shares["no faces"][2] > 0.9
assert max(shares["friends"][2], shares["strangers"][2]) < 0.05

# %%
# What the expected false alarm rate means
# ----------------------------------------
#
# ``target_far=0.05`` requests a threshold that accepts 5% of the images of people who
# are not enrolled. The training data contain no such people. Therefore ``fit`` leaves
# out some of the enrolled people at a time, treats them as strangers, and chooses the
# threshold that accepts 5% of their images. They are only a sample of all possible
# people. Three attributes estimate what happens with others:
#
# - ``false_alarm_rate_``: the fraction of strangers' images that will be accepted, on
#   average over all strangers;
# - ``false_alarm_interval_``: where this fraction is with 95% confidence. It is wide,
#   because images of thirty people contain much less information than the same number
#   of images of different people;
# - ``false_rejection_rate_``: the fraction of friends' new images that are rejected.
#
# In the figure thirty people are drawn at random twenty times. Each line is the
# interval of one model, the ring is the expected rate, and the dot is the rate of the
# other ten people.

expected, intervals, expected_rejected, accepted, rejected = [], [], [], [], []
for seed in range(20):
    who, old, new = draw(seed)
    gate = EigenfaceClassifier(known_threshold="auto", target_far=0.05)
    gate.fit(X[who], y[who])
    expected.append(gate.false_alarm_rate_)
    intervals.append(gate.false_alarm_interval_)
    expected_rejected.append(gate.false_rejection_rate_)
    accepted.append(np.mean(gate.identify(X[new]).known))
    rejected.append(np.mean(~gate.identify(X[old]).known))
low, high = np.transpose(intervals)

fig, ax = plt.subplots(figsize=(7, 3.4), layout="constrained")
draws = np.arange(1, 21)
ax.vlines(draws, low, high, color="#56B4E9", linewidth=4, label="95% interval")
ax.plot(draws, expected, "o", color="#0072B2", mfc="none", label="expected")
ax.plot(draws, accepted, "o", color="#D55E00", label="observed, ten strangers")
ax.set(xlabel="draw of thirty people", ylabel="images accepted", xticks=draws[::2])
ax.yaxis.set_major_formatter("{x:.0%}")
ax.legend(ncols=3, loc="upper center", fontsize=10)
ax.set_ylim(-0.01, 0.27)
plt.show()
for kind, by_fit, counted in (
    ("strangers accepted", expected, accepted),
    ("friends rejected", expected_rejected, rejected),
):
    print(f"{kind}: expected {np.mean(by_fit):.1%}, observed {np.mean(counted):.1%}")
print(f"accepted not above the interval: {np.sum(accepted <= high)} of 20 draws")

# %%
# On average over the draws the rate is as expected. Ten strangers are few, though: it
# may be that none of them is accepted, or three times as many as expected.

assert abs(np.mean(accepted) - np.mean(expected)) < 0.015
assert abs(np.mean(rejected) - np.mean(expected_rejected)) < 0.03
assert np.sum(accepted <= high) >= 18
assert min(accepted) == 0
assert max(accepted) > 3 * np.mean(expected)

# %%
# All thresholds at once: the DET curve
# -------------------------------------
#
# The larger a threshold is, the more strangers are accepted and the fewer friends are
# rejected. The curve of the detection error tradeoff has both rates for every
# threshold; this is that of the images above. The point is the calibrated threshold.
# Its bars are the 95% intervals of both rates, as if all images were independent, which
# those of one person are not quite. The grey band is ``false_alarm_interval_``, which
# `fit` computed without any stranger. The crosses are thresholds that were calibrated
# to accept 1%, 10% and 20%. These ten strangers are those of the third draw above,
# which are accepted more often than most others.

assert accepted[2] > 2 * np.mean(accepted)
tested = friend | stranger
det = DETDisplay.from_estimator(model, X[tested], y[tested])
band = norm.ppf(np.clip(model.false_alarm_interval_, 1e-3, 1))
det.ax_.axvspan(*band, color="grey", alpha=0.2, label="expected, at 95% confidence")
for target in (0.01, 0.1, 0.2):
    gate = EigenfaceClassifier(known_threshold="auto", target_far=target)
    known = gate.fit(X[enrolled], y[enrolled]).identify(X).known
    rates = np.clip([known[stranger].mean(), np.mean(~known[friend])], 5e-3, 1)
    det.ax_.plot(*norm.ppf(rates), "x", color="black", markersize=8)
    det.ax_.annotate(f" {target:.0%}", norm.ppf(rates), va="bottom", fontsize=11)
det.ax_.legend(loc="lower left")
plt.show()

low, high = model.false_alarm_interval_
print(
    f"strangers accepted: expected {model.false_alarm_rate_:.1%} "
    f"({low:.1%} to {high:.1%}), observed {det.false_alarm_rate_:.1%}"
)
print(
    f"friends rejected: expected {model.false_rejection_rate_:.1%}, "
    f"observed {det.false_rejection_rate_:.1%}"
)
assert low < det.false_alarm_rate_ < high
assert abs(det.false_rejection_rate_ - model.false_rejection_rate_) < 0.1

# %%
# ``face_threshold="auto"`` is calibrated in the same way: to reject 5% of new faces of
# enrolled people, which is ``target_frr``. The training data contain no patches without
# a face.

# %%
# Verify: are these two the same person?
# --------------------------------------
#
# The two people of `verify` need not be enrolled. From pairs of images of the enrolled
# it has learned how far apart two images of one person are, and those of two people.
# Here it compares all pairs of images of the ten strangers. Of the pairs of one person,
# and of those of two people, the figure shows the most probable, the median and the
# least probable.

i, j = np.triu_indices(stranger.sum(), 1)
S, who = X[stranger], y[stranger]
pairs, same = model.verify(S[i], S[j]), who[i] == who[j]
fig, axes = plt.subplots(2, 6, figsize=(8, 3.8), layout="constrained")
for column, (kind, of) in enumerate((("one person", same), ("two people", ~same))):
    order = np.flatnonzero(of)[np.argsort(-pairs.score[of])]
    for n, k in enumerate(order[[0, len(order) // 2, -1]]):
        above, below = axes[:, 3 * column + n]
        for ax, image in ((above, S[i[k]]), (below, S[j[k]])):
            ax.imshow(image, cmap="gray")
            ax.set(xticks=[], yticks=[])
        above.set_title(kind, fontsize=11)
        below.set_xlabel(f"p = {pairs.probability[k]:.3f}", fontsize=11)
plt.show()

# %%
# The ``score`` is the logarithm of the likelihood ratio of one person to two. Its
# threshold is 0 if both are equally frequent. A ``probability`` means what it says if a
# fraction p of the pairs that have the probability p show one person. On the right this
# is counted in six ranges of p, with 95% intervals. Of these pairs one in eleven shows
# one person, which `verify` has to be given as the ``prior``.

assert 1 / 12 < same.mean() < 1 / 10
fig, axes = plt.subplots(1, 2, figsize=(8, 4.2), layout="constrained")
verified = DETDisplay.from_predictions(same, pairs.score, threshold=0.0, ax=axes[0])
axes[0].set(
    xlabel="false acceptances: pairs of two people",
    ylabel="false rejections: pairs of one person",
)
axes[0].set_title(f"{len(same)} pairs of strangers", fontsize=12)
axes[0].legend(fontsize=9)

p = model.verify(S[i], S[j], prior=same.mean()).probability
edges = [0, 0.01, 0.1, 0.3, 0.6, 0.9, 1]
bins = np.digitize(p, edges[1:-1])
axes[1].plot([0, 1], [0, 1], "--", color="grey")
for b in range(6):
    k, n = int(same[bins == b].sum()), int((bins == b).sum())
    ci = binomtest(k, n).proportion_ci()
    bar = [[k / n - ci.low], [ci.high - k / n]]
    axes[1].errorbar(
        p[bins == b].mean(), k / n, bar, fmt="o", color="#0072B2", capsize=3
    )
axes[1].set(xlabel="probability of one person", ylabel="fraction that is one person")
axes[1].set_title("The probabilities", fontsize=12)
plt.show()

print(f"pairs of two people that are accepted: {verified.false_alarm_rate_:.1%}")
print(f"pairs of one person that are rejected: {verified.false_rejection_rate_:.1%}")
print(f"one person: expected {p.mean():.1%} of the pairs, observed {same.mean():.1%}")

# %%
# Both kinds of pairs are misclassified about equally often, and the probabilities are
# calibrated, for people whom the model has never seen.

assert verified.false_alarm_rate_ < 0.1
assert abs(verified.false_alarm_rate_ - verified.false_rejection_rate_) < 0.02
for b in range(6):
    assert abs(p[bins == b].mean() - same[bins == b].mean()) < 0.12
assert abs(p.mean() - same.mean()) < 0.01
