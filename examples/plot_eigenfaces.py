r"""
Eigenfaces: who is this, do I know them, is it a face at all
============================================================

The five steps of the eigenface method, on the ORL faces. The page then shows how two
thresholds decide beyond which distance a face belongs to an unknown person (a
*stranger*), and what is not a face. Both thresholds are calibrated in ``fit``, by
leaving out enrolled people: on average over four groups of strangers the false
acceptance rate is near its target of 5%, and in single groups it is 0% to 11%.
"""

# %%
# 1. Collect faces
# ----------------
#
# Ten grey images of each of 40 people, upright, from the front, before a dark
# background. Every fourth person is left out: these ten are the strangers. Of the other
# thirty the first six images are enrolled, and the last four are held out.

# sphinx_gallery_thumbnail_number = 2
import matplotlib.pyplot as plt
import numpy as np
from sklearn.datasets import load_sample_image

from skmath import EigenfaceClassifier
from skmath.datasets import load_orl_faces
from skmath.display import EigenfacesDisplay

faces = load_orl_faces()
X, person = faces.data, faces.target
shape = faces.images.shape[1:]
shot = np.tile(np.arange(10), 40)
stranger = person % 4 == 3
enrolled = ~stranger & (shot < 6)
new = ~stranger & (shot >= 6)
print(f"{len(X)} images of {shape[0]} x {shape[1]} pixels, of grey values 0 to 255")
print(f"{enrolled.sum()} enrolled")
print(f"{new.sum()} new images of the same people")
print(f"{stranger.sum()} images of strangers")
assert (enrolled.sum(), new.sum(), stranger.sum()) == (180, 120, 100)

# %%
# Brightness and contrast do not depend on the person. ``prepare`` removes both: it
# takes the square roots of the grey values and scales those of each image to mean 0 and
# standard deviation 1. Below are an image, the same in dim light, and both after
# ``prepare``, which makes them equal.

model = EigenfaceClassifier(image_shape=shape).fit(X[enrolled], person[enrolled])
dim = 0.3 * X[:1]
fig, axes = plt.subplots(1, 4, figsize=(7, 2.6), layout="constrained")
pictures = [("as taken", X[:1], 255), ("in dim light", dim, 255)]
prepared = [model.prepare(image) for image in (X[:1], dim)]
pictures += [("prepared", image, None) for image in prepared]
print(f"largest difference after prepare: {abs(np.subtract(*prepared)).max():.0e}")
assert abs(np.subtract(*prepared)).max() < 1e-4
for ax, (title, image, top) in zip(axes, pictures, strict=True):
    ax.imshow(image.reshape(shape), cmap="gray", vmin=0 if top else None, vmax=top)
    ax.set(title=title, xticks=[], yticks=[])
plt.show()

# %%
# 2. The directions of maximum variance
# -------------------------------------
#
# They are the eigenvectors of the covariance matrix of the pixels, images themselves:
#
# .. math:: C e = \lambda e, \qquad C = \frac{1}{n} A^T A,
#
# where each row of A is a face minus the mean face. C has 10304 x 10304 entries here,
# but 180 faces have at most 179 directions. The estimator solves the 180 x 180 problem
# instead: from :math:`A A^T u = \lambda u` follows
# :math:`A^T A (A^T u) = \lambda (A^T u)`, so :math:`e = A^T u` up to its length.

EigenfacesDisplay.from_estimator(model, n_eigenfaces=11)
plt.show()

# %%
# 3. The top M define face space
# ------------------------------
#
# A face in face space is its projection: the mean face and M multiples of eigenfaces.
# The face below was not enrolled. The first eigenfaces show the light and the shape of
# the head, the later ones the person. What is missing at M = 179 lies outside face
# space. By default M is the smallest number that explains 95% of the variance.

one = X[(person == 2) & (shot == 6)]
fig, axes = plt.subplots(1, 5, figsize=(8, 2.6), layout="constrained")
errors = []
images = [("the face", model.prepare(one))]
for M in (5, 20, 80, 179):
    classifier = EigenfaceClassifier(M).fit(X[enrolled], person[enrolled])
    again = classifier.inverse_transform(classifier.transform(one))
    images.append((f"M = {M}", again))
low, high = images[0][1].min(), images[0][1].max()
for ax, (title, image) in zip(axes, images, strict=True):
    ax.imshow(image.reshape(shape), cmap="gray", vmin=low, vmax=high)
    ax.set(title=title, xticks=[], yticks=[])
    if title != "the face":
        errors.append(np.sqrt(np.mean((image - images[0][1]) ** 2)))
        ax.set_xlabel(f"RMS error {errors[-1]:.2f}")
plt.show()
print(f"M = {model.n_components_} by default")
assert np.all(np.diff(errors) < 0)
assert errors[-1] > 0.2  # the part outside face space

# %%
# 4. Project all the faces
# ------------------------
#
# In face space two images of one person may be farther apart than images of two people,
# because pose and expression cause more variance than identity. How the images of one
# person differ is described by a matrix, too: the scatter within persons, W. In the
# coordinates :math:`W^{-1/2} c` those differences have the same size in every
# direction, so that what remains is what differs between people. Angles between these
# coordinates are compared, not lengths.
#
# The histogram shows, for each new image, the distance to the closest enrolled image of
# the same person divided by that to the closest of all others: if it is above 1, the
# prediction is wrong. That is rare, so errors are counted over twenty random halves of
# the images of all forty people. In most of the twenty halves whitening increases the
# accuracy.

ways = {
    "plain face space": {"brightness": None, "whiten": False, "metric": "euclidean"},
    "whitened within persons": {},
}
fig, ax = plt.subplots(figsize=(7, 3.4), layout="constrained")
named = {}
for (name, params), color in zip(ways.items(), ("#D55E00", "#0072B2"), strict=True):
    classifier = EigenfaceClassifier(**params).fit(X[enrolled], person[enrolled])
    distance, closest = classifier.kneighbors(X[new], enrolled.sum())
    same = person[enrolled][closest] == person[new][:, None]
    own = np.where(same, distance, np.inf).min(axis=1)
    ratio = own / np.where(same, np.inf, distance).min(axis=1)
    ax.hist(ratio, np.linspace(0, 1.3, 40), alpha=0.6, color=color, label=name)
    scores = []
    for seed in range(20):
        rng = np.random.default_rng(seed)
        half = rng.permuted(np.tile(np.arange(10) < 5, (40, 1)), axis=1).ravel()
        classifier.fit(X[half], person[half])
        scores.append(classifier.score(X[~half], person[~half]))
    named[name] = np.array(scores)
    print(f"{name}: {np.mean(scores):.1%} of the other halves named correctly")
ax.axvline(1, color="black", linestyle="--")
ax.set(xlabel="distance to the same person / to the closest other", ylabel="images")
ax.set_title("Left of the line the answer is right")
ax.legend()
plt.show()
plain, whitened = named.values()
assert whitened.mean() > plain.mean() + 0.02
assert np.mean(whitened > plain) > 0.5

# %%
# 5. Project new faces: known or unknown
# --------------------------------------
#
# There is always a closest face. ``known_threshold="auto"`` learns how close it has to
# be from the enrolled people: groups of them are left out of the training in turn and
# act as strangers, and the threshold is where a fraction ``target_far`` of their images
# would be accepted. The lower it is, the more known people are rejected.
#
# These ten strangers are accepted more often than the target, at every target: 5% of
# their images at 1%, 11% at 5%. The threshold is estimated from thirty people and
# tested on ten others, some of whom resemble an enrolled person in all their images. At
# 1% it has to be extrapolated, since that is less than two of the 180 enrolled images.
# The last section shows that other groups of ten are accepted less often.

print("target  strangers accepted  named correctly  rejected  named wrongly")
for target_far in (0.01, 0.05, 0.1, 0.2):
    model = EigenfaceClassifier(known_threshold="auto", target_far=target_far)
    who = model.fit(X[enrolled], person[enrolled]).predict(X)
    rates = [
        np.mean(who[stranger] != -1),
        np.mean(who[new] == person[new]),
        np.mean(who[new] == -1),
        np.mean((who[new] != person[new]) & (who[new] != -1)),
    ]
    print("{:6.0%}{:20.0%}{:17.0%}{:10.0%}{:15.0%}".format(target_far, *rates))
    assert target_far < rates[0] < target_far + 0.15
    assert rates[3] < 0.01

# %%
# The distances that are compared with the threshold, and images of each kind: the new
# face above, the closest enrolled one below. The last two kinds are the errors.

model.set_params(target_far=0.05, face_threshold="auto", image_shape=shape)
model.fit(X[enrolled], person[enrolled])
result = model.identify(X)
fig, ax = plt.subplots(figsize=(7, 3.6), layout="constrained")
bins = np.linspace(0, 0.8, 41)
for who, color, name in (
    (new, "#0072B2", "known people"),
    (stranger, "#D55E00", "strangers"),
):
    ax.hist(
        result.distance_in_face_space[who], bins, alpha=0.6, color=color, label=name
    )
ax.axvline(model.known_threshold_, color="black", linestyle="--", label="threshold")
ax.set(xlabel="distance to the closest enrolled face", ylabel="images")
ax.set_title("Known people are close, most strangers are not")
ax.legend()
plt.show()
assert np.mean(result.known[new]) > 0.85
assert np.mean(result.known[stranger]) < 0.15

kinds = {
    "known,\nnamed": new & (result.label == person),
    "stranger,\nrejected": stranger & ~result.known,
    "known,\nrejected": new & ~result.known,
    "stranger,\naccepted": stranger & result.known,
}
_, closest = model.kneighbors(X, 1)
shown = [(kind, i) for kind, of in kinds.items() for i in np.flatnonzero(of)[[0, -1]]]
fig, axes = plt.subplots(2, 8, figsize=(8, 3.4), layout="constrained")
for (above, below), (kind, i) in zip(axes.T, shown, strict=True):
    above.imshow(faces.images[i], cmap="gray")
    below.imshow(faces.images[enrolled][closest[i, 0]], cmap="gray")
    above.set_title(kind, fontsize="small")
    below.set_xlabel(f"{result.distance_in_face_space[i]:.2f}")
    for ax in (above, below):
        ax.set(xticks=[], yticks=[])
axes[0, 0].set_ylabel("new")
axes[1, 0].set_ylabel("closest")
plt.show()

# %%
# Is it a face at all?
# --------------------
#
# Windows of a photograph of a temple are not faces, and the closest face has no meaning
# for them. What distinguishes them is the distance *from* face space, which is 1 on
# average for faces of people who are left out in `fit`, and less for the new images.
# ``face_threshold="auto"`` sets the limit that rejects one of those faces in twenty; of
# the new images and the strangers it rejects fewer, and it rejects every window.

photograph = load_sample_image("china.jpg").mean(axis=2)
rows, columns = np.arange(0, 427 - 112, 45), np.arange(0, 640 - 92, 60)
windows = np.array(
    [photograph[r : r + 112, c : c + 92].ravel() for r in rows for c in columns]
)
no_face = model.identify(windows)
distances = result.distance_from_face_space[new | stranger]
bins = np.linspace(0, 4, 41)
fig, ax = plt.subplots(figsize=(7, 3.4), layout="constrained")
for name, distance, color in (
    ("new images of known people", result.distance_from_face_space[new], "#0072B2"),
    ("strangers", result.distance_from_face_space[stranger], "#D55E00"),
    ("windows of a photograph", no_face.distance_from_face_space, "#009E73"),
):
    ax.hist(distance, bins, alpha=0.6, color=color, label=name)
ax.axvline(model.face_threshold_, color="black", linestyle="--", label="threshold")
ax.set(xlabel="distance from face space", ylabel="images")
ax.set_title("What is not a face is far from face space")
ax.legend()
plt.show()
print(f"mean distance of the faces: {distances.mean():.2f}")
print(f"{np.mean(~result.face[new | stranger]):.0%} of the faces rejected")
print(f"{np.mean(~no_face.face):.0%} of {len(windows)} windows rejected")
assert distances.mean() < 1
assert np.mean(~result.face[new | stranger]) < 0.05
assert np.all(~no_face.face)

# %%
# Images differ in two distances: to face space, and within face space to the closest
# enrolled face. A known person behind a thin blind is still recognised: the image is
# farther from face space, but within the limit.

cases = {
    "known": X[kinds["known,\nnamed"]][:1],
    "stranger": X[kinds["stranger,\nrejected"]][:1],
    "behind a blind": X[kinds["known,\nnamed"]][:1].copy(),
    "a window": windows[~no_face.face][:1],
}
behind = cases["behind a blind"].reshape(shape)
behind[30:75:6, 10:82], behind[33:75:6, 10:82] = 255, 0
queries = np.concatenate(list(cases.values()))
fig, axes = plt.subplots(2, 4, figsize=(7.5, 5.6), layout="constrained")
seen = model.prepare(queries)
again = model.inverse_transform(model.transform(queries))
answers = model.identify(queries)
assert answers.label.tolist() == [person[0], -1, person[0], -1]
assert answers.face.tolist() == [True, True, True, False]
assert answers.distance_from_face_space[2] > answers.distance_from_face_space[0]
for (above, below), name, image, projected, answer in zip(
    axes.T, cases, seen, again, answers, strict=True
):
    for ax, picture in ((above, image), (below, projected)):
        ax.imshow(picture.reshape(shape), cmap="gray", vmin=-2, vmax=2.5)
        ax.set(xticks=[], yticks=[])
    above.set_title(name)
    below.set_xlabel(
        f"in face space {answer.distance_in_face_space:.2f}\n"
        f"from face space {answer.distance_from_face_space:.1f}\n"
        f"answer: {answer.label}"
    )
axes[0, 0].set_ylabel("prepared")
axes[1, 0].set_ylabel("in face space")
plt.show()

# %%
# Enrol a stranger
# ----------------
#
# ``partial_fit`` enrols new people without the old images: the face space is merged
# with that of the new ones. The thresholds do not change, and two of the four later
# images of the new person are still rejected.

met = (person == 35) & (shot < 6)
later = (person == 35) & (shot >= 6)
before = model.predict(X[later])
after = model.partial_fit(X[met], person[met]).predict(X[later])
print("before:", before)
print("after: ", after)
assert np.all(before == -1)
assert sorted(after) == [-1, -1, 35, 35]

# %%
# Other strangers
# ---------------
#
# Ten people are few. Here each quarter of the forty people are the strangers in turn.
# The rate at which they are accepted is close to the target of 5% on average, and
# differs much between the quarters; the one used above has the highest rate of the
# four.

rates = []
for quarter in range(4):
    stranger = person % 4 == quarter
    enrolled = ~stranger & (shot < 6)
    new = ~stranger & ~enrolled
    model = EigenfaceClassifier(known_threshold="auto", target_far=0.05)
    who = model.fit(X[enrolled], person[enrolled]).predict(X)
    rates.append((np.mean(who[stranger] != -1), np.mean(who[new] == person[new])))
    print(
        f"{rates[-1][0]:4.0%} of strangers accepted, "
        f"{rates[-1][1]:4.0%} of the known named correctly"
    )
print("mean: {:.0%} and {:.0%}".format(*np.mean(rates, axis=0)))
accepted = np.array(rates)[:, 0]
assert abs(accepted.mean() - 0.05) < 0.02
assert accepted.argmax() == 3
assert accepted.max() > 0.1 > 0.01 > accepted.min()
