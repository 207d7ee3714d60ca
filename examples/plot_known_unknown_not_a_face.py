r"""
Known, unknown, not a face
==========================

Of 40 people 30 are enrolled. Thresholds that were calibrated on the enrolled alone let
in 2% of the images of the ten others, and refuse 83% of patches without a face.
"""

# %%
# Who is enrolled, who comes
# --------------------------
#
# Five images of each of 30 people, drawn at random, are enrolled (ORL, 112 x 92 grey
# values). To be told apart: their other images, those of the ten strangers, and 100
# patches of photographs that show no face (scikit-image's part of LFW, enlarged to the
# same size).

import matplotlib.pyplot as plt
import numpy as np
from skimage.data import lfw_subset
from skimage.transform import resize
from sklearn.metrics import RocCurveDisplay

from skmath import EigenfaceClassifier
from skmath.datasets import load_orl_faces
from skmath.display import FaceDistanceDisplay

X, y = load_orl_faces(return_X_y=True)
number = np.arange(len(X)) % 10  # of the image among a person's ten
people = np.random.default_rng(0).permutation(np.unique(y))
enrolled = np.isin(y, people[:30])
train = enrolled & (number < 5)
new, strangers = X[enrolled & (number >= 5)], X[~enrolled]
patches = lfw_subset()[100:]
no_faces = np.array([resize(p, (112, 92)).ravel() for p in patches]) * X.max()
print(
    len(new), "of the enrolled,", len(strangers), "of strangers,", len(no_faces), "no"
)

# %%
# The four cases
# --------------
#
# An image is near face space or not, and in it near an enrolled face or not (Turk and
# Pentland 1991). Both thresholds are learned from the enrolled, by leaving people out:
# at most 5% of strangers' images are to be let in.

model = EigenfaceClassifier(
    known_threshold="auto", face_threshold="auto", target_far=0.05
)
model.fit(X[train], y[train])
images = np.concatenate([new, strangers, no_faces])
FaceDistanceDisplay.from_estimator(model, images)
plt.show()

for name, group in (("enrolled", new), ("strangers", strangers), ("no face", no_faces)):
    said = model.identify(group)
    print(
        f"{name:10} known {np.mean(said.known & said.face):5.1%}, "
        f"unknown {np.mean(~said.known & said.face):5.1%}, "
        f"no face {np.mean(~said.face):5.1%}"
    )
right = model.predict(new) == y[enrolled & (number >= 5)]
print(f"enrolled and named rightly: {right.mean():.1%}")

# %%
# All thresholds at once
# ----------------------
#
# The ROC curve has the rate of strangers let in against that of friends recognised, for
# every threshold.

fig, axes = plt.subplots(1, 2, figsize=(9, 4), layout="constrained")
faces = np.concatenate([new, strangers])
is_known = np.arange(len(faces)) < len(new)
RocCurveDisplay.from_predictions(
    is_known, model.open_set_score(faces), ax=axes[0], name="known or not"
)
is_face = np.arange(len(images)) < len(faces)
from_space = model.identify(images).distance_from_face_space
RocCurveDisplay.from_predictions(is_face, -from_space, ax=axes[1], name="a face or not")
plt.show()
