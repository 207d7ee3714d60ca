"""How the defaults of EigenfaceClassifier were chosen: nested, without the test images.

For each of 20 splits of the ORL faces the settings of a grid are compared on random
halves of the training images alone: by the share of images that are recognised, and by
the area under the ROC curve of `open_set_score` where part of the people play
strangers. The best by the mean of both is then fitted to all the training images and
measured once on the test images. What the table prints is that measure, and how often
each value was chosen; the defaults are the values chosen most often.

    python benchmarks/eigenface_defaults.py [--splits 20]

The number of eigenfaces that tell what is no face, `face_components`, is chosen in the
same splits on windows of the training images, which are no faces, at 25 x 25 pixels.
"""

import argparse
from collections import Counter

import numpy as np
from scipy.ndimage import gaussian_filter, map_coordinates
from sklearn.metrics import roc_auc_score
from sklearn.model_selection import ParameterGrid

from skmath import EigenfaceClassifier
from skmath.datasets import load_orl_faces

GRID = [
    {
        "n_components": [0.9, 0.95, 0.99],
        "brightness": [None, "standard", "root"],
        "metric": ["euclidean", "cosine"],
        **whiten,
    }
    for whiten in (
        {"whiten": [False, True]},
        {"whiten": ["within"], "shrinkage": ["auto", 0.03, 0.1, 0.2, 0.3]},
    )
]
GRID.append(
    {
        "image_shape": [(112, 92)],
        "smoothing": [1.0, 1.5, 2.0, 3.0, 4.0],
        "shrinkage": [0.1, 0.2, 0.3],
    }
)
FACE_COMPONENTS = (1, 2, 3, 5, 8, 12, 20, 40)
INNER = 3  # random halves of the training part


def recognised(model, X, y, train, test):
    return model.fit(X[train], y[train]).score(X[test], y[test])


def open_set_auc(model, X, y, train, known, strangers):
    """Return the area under the ROC curve of known people against strangers."""
    model.fit(X[train], y[train])
    scores = [model.open_set_score(X[rows]) for rows in (known, strangers)]
    is_known = np.repeat([1, 0], [len(known), len(strangers)])
    return roc_auc_score(is_known, np.concatenate(scores))


def merits(params, X, y, images, rng):
    """Return the two measures of a setting, on halves of images of some people.

    Parameters
    ----------
    params : dict
    X, y : ndarray
    images : ndarray of int of shape (n_people, n_images)
        Rows of X.
    rng : numpy.random.Generator

    Returns
    -------
    tuple of two floats
    """
    model = EigenfaceClassifier(**params)
    images = rng.permuted(rng.permutation(images), axis=1)
    train, test = np.split(images, [(images.shape[1] + 1) // 2], axis=1)
    enrolled = 3 * len(images) // 4
    return (
        recognised(model, X, y, train.ravel(), test.ravel()),
        open_set_auc(
            model,
            X,
            y,
            train[:enrolled].ravel(),
            test[:enrolled].ravel(),
            images[enrolled:].ravel(),
        ),
    )


def chosen(X, y, images, seed):
    """Return the setting that is best on halves of the images."""

    def merit(params):
        rng = np.random.default_rng(seed)  # the same halves for all
        return np.mean([merits(params, X, y, images, rng) for _ in range(INNER)])

    return max(ParameterGrid(GRID), key=merit)


def reduced(image, side=25):
    """Return the middle square of an image, blurred and reduced."""
    height, width = image.shape
    size = min(height, width)
    scale = size / side
    places = (np.arange(side) + 0.5) * scale - 0.5
    where = np.meshgrid(
        (height - size) // 2 + places, (width - size) // 2 + places, indexing="ij"
    )
    blurred = gaussian_filter(image.astype(np.float64), scale / 2)
    return map_coordinates(blurred, where, order=1).ravel()


def window(image, rng):
    """Return a square window of an image, too small to hold the face."""
    size = rng.integers(25, 60)
    top, left = (rng.integers(side - size + 1) for side in image.shape)
    return image[top : top + size, left : left + size]


def best_face_components(X, y, images, seed):
    """Return the number that best tells new people from windows of their images."""
    rng = np.random.default_rng(seed)
    areas = np.zeros(len(FACE_COMPONENTS))
    for _ in range(INNER):
        images = rng.permutation(images)
        enrolled, new = images[:30].ravel(), images[30:].ravel()
        pictures = [X[i].reshape(112, 92) for i in new]
        non_faces = [reduced(window(picture, rng)) for picture in pictures]
        faces = np.array([reduced(X[i].reshape(112, 92)) for i in (*enrolled, *new)])
        queries = np.vstack([faces[len(enrolled) :], non_faces])
        is_face = np.repeat([1, 0], len(new))
        for i, k in enumerate(FACE_COMPONENTS):
            model = EigenfaceClassifier(face_components=k)
            result = model.fit(faces[: len(enrolled)], y[enrolled]).identify(queries)
            areas[i] += roc_auc_score(is_face, -result.distance_from_face_space)
    return FACE_COMPONENTS[areas.argmax()]


def outer_split(seed):
    """Return ten images of each of 40 people, people and images in random order."""
    rng = np.random.default_rng(seed)
    return rng.permuted(rng.permutation(np.arange(400).reshape(40, 10)), axis=1)


def main():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--splits", type=int, default=20)
    splits = parser.parse_args().splits
    X, y = load_orl_faces(return_X_y=True)
    counts, measured = Counter(), []
    for seed in range(splits):
        images = outer_split(seed)
        train, test = images[:, :5], images[:, 5:]
        params = chosen(X, y, train, seed)
        counts.update(params.items())
        counts["face_components", best_face_components(X, y, train, seed)] += 1
        model = EigenfaceClassifier(**params)
        measured.append(
            (
                recognised(model, X, y, train.ravel(), test.ravel()),
                open_set_auc(
                    model,
                    X,
                    y,
                    train[:30].ravel(),
                    test[:30].ravel(),
                    images[30:].ravel(),
                ),
            )
        )
        print(seed, params, *np.round(measured[-1], 4), flush=True)
    for (name, value), count in sorted(counts.items(), key=str):
        print(f"{name:14} {value!s:10} chosen {count} times of {splits}")
    accuracy, area = np.mean(measured, axis=0)
    print(f"nested: accuracy {accuracy:.4f}, area under the ROC curve {area:.4f}")


if __name__ == "__main__":
    main()
