"""What a calibrated `face_threshold` lets through, and what it refuses.

Half of each ORL person's images are enrolled, drawn at random, and the threshold is
calibrated on these alone. Then come the other halves, whose owners should pass at one
less `target_frr`, and images that are no faces, of which all should be refused: blank
and padded frames, gradients and noise that are made, patches of scikit-image's
pictures (texts, textures, landscapes, things, animals), digits, and the non-faces
of its sample of Labelled Faces in the Wild. All come at the same size.

    python benchmarks/face_gate.py [--splits 10] [--factor 1] [--flat]
"""

import argparse
import warnings

import numpy as np
from scipy.ndimage import gaussian_filter, zoom
from skimage import data
from skimage.transform import resize
from sklearn.datasets import load_digits

from skmath import EigenfaceClassifier
from skmath.datasets import load_orl_faces

PICTURES = {
    "text": ("page", "text"),
    "texture": ("brick", "grass", "gravel"),
    "landscape": ("rocket", "hubble_deep_field", "moon", "camera"),
    "things": ("coins", "coffee", "clock", "horse", "logo", "checkerboard"),
    "tissue": (
        "cell",
        "immunohistochemistry",
        "retina",
        "microaneurysms",
        "colorwheel",
    ),
    "animal": ("chelsea",),
}
"""Pictures of scikit-image without a person's face in what is cut out of them."""

PATCHES = 40


def grey(picture):
    """Return a picture's grey values, 0 to 255."""
    picture = np.asarray(picture, dtype=np.float64)
    if picture.ndim == 3:
        picture = picture[..., :3] @ [0.299, 0.587, 0.114]
    return picture * (255 / max(picture.max(), 1e-9))


def patches(picture, shape, rng, n=PATCHES):
    """Yield upright windows of a picture at random places and sizes, resized."""
    height, width = picture.shape
    tallest = min(height, int(width * shape[0] / shape[1]))
    while n:
        h = int(tallest * rng.uniform(0.15, 0.9))
        w = int(h * shape[1] / shape[0])
        top, left = rng.integers(height - h + 1), rng.integers(width - w + 1)
        window = picture[top : top + h, left : left + w]
        n -= 1
        yield resize(window, shape, anti_aliasing=True, preserve_range=True)


def blank(shape, rng):
    """Yield frames without contrast."""
    for level in (0, 1, 17, 128, 200, 254, 255):
        yield np.full(shape, float(level))


def almost_blank(shape, rng):
    """Yield frames of one pixel, a border or a stripe, and a covered lens."""
    for level in (0, 128, 255):
        frame = np.full(shape, float(level))
        for change in (-100.0, 1.0, 90.0):
            lit = frame.copy()
            lit[rng.integers(shape[0]), rng.integers(shape[1])] += change
            yield np.clip(lit, 0, 255)
            padded = frame.copy()
            padded[: shape[0] // 8] = padded[-shape[0] // 8 :] = (
                255 - level + change / 9
            )
            yield np.clip(padded, 0, 255)
        yield np.round(np.clip(rng.normal(level, 2, shape), 0, 255))


def gradients(shape, rng):
    """Yield linear, radial and diagonal ramps."""
    y, x = np.meshgrid(*(np.linspace(-1, 1, side) for side in shape), indexing="ij")
    for angle in np.linspace(0, 2 * np.pi, 12, endpoint=False):
        ramp = np.cos(angle) * x + np.sin(angle) * y
        yield 255 * (ramp - ramp.min()) / np.ptp(ramp)
    for cx, cy in ((0, 0), (0.3, 0.2), (-0.5, 0.5), (0, -0.4)):
        radius = np.hypot(x - cx, y - cy)
        yield 255 * radius / radius.max()
        yield 255 * (1 - radius / radius.max())
        yield 255 * np.exp(-3 * radius**2)


def noise(shape, rng):
    """Yield white, smoothed and scale-free noise."""
    for _ in range(12):
        yield rng.uniform(0, 255, shape)
        yield np.clip(rng.normal(128, 40, shape), 0, 255)
        for blur in (1, 3, 10):
            smooth = gaussian_filter(rng.normal(size=shape), blur)
            yield 255 * (smooth - smooth.min()) / np.ptp(smooth)
        frequency = np.hypot(*np.meshgrid(*map(np.fft.fftfreq, shape), indexing="ij"))
        frequency[0, 0] = 1
        spectrum = np.fft.fft2(rng.normal(size=shape)) / frequency
        spectrum[0, 0] = 0
        pink = np.fft.ifft2(spectrum).real
        yield 255 * (pink - pink.min()) / np.ptp(pink)


def digits(shape, rng):
    """Yield handwritten digits."""
    for image in load_digits().images[:: 1797 // 100][:100]:
        yield resize(image * 16, shape, anti_aliasing=False, preserve_range=True)


def hand(shape, rng):
    """Yield made hands and blobs: bright ellipses and fingers on a dark ground."""
    y, x = np.meshgrid(*(np.linspace(-1, 1, side) for side in shape), indexing="ij")
    for _ in range(30):
        palm = np.hypot(x / 0.45, (y - 0.45) / 0.4) < 1
        for finger in range(4):
            tilt, reach = (
                0.25 * (finger - 1.5) + rng.normal(0, 0.05),
                rng.uniform(1, 1.4),
            )
            along = (0.3 - y) / reach
            near = np.abs(x - tilt * (0.5 + along)) < 0.09
            palm |= near & (along > 0) & (along < 0.85)
        image = gaussian_filter(60.0 + 120 * palm, rng.uniform(0.5, 2.5))
        yield np.clip(image + rng.normal(0, 4, shape) + 20 * x, 0, 255)


def crops_of_faces(faces, shape, rng):
    """Yield parts of faces that are not one: too close, and far off the middle."""
    for image in faces[rng.choice(len(faces), 30, replace=False)]:
        part = image[: shape[0] // 3, : shape[1] // 3]
        yield zoom(part, np.divide(shape, part.shape), order=1)
        yield image[::-1]


def of_lfw(shape):
    """Return the 100 faces and the 100 non-faces of the sample."""
    images = data.lfw_subset() * 255
    sized = [resize(image, shape, order=1, preserve_range=True) for image in images]
    return np.array(sized[:100]), np.array(sized[100:])


def non_faces(shape, seed=0):
    """Return the images of each kind, by name."""
    rng = np.random.default_rng(seed)
    kinds = {
        make.__name__: np.array(list(make(shape, rng)))
        for make in (blank, almost_blank, gradients, noise, digits, hand)
    }
    for kind, names in PICTURES.items():
        pictures = [grey(getattr(data, name)()) for name in names]
        kinds[kind] = np.array(
            [patch for picture in pictures for patch in patches(picture, shape, rng)]
        )
    kinds["lfw_non_faces"] = of_lfw(shape)[1]
    return kinds


def main():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--splits", type=int, default=10)
    parser.add_argument("--factor", type=int, default=1, help="take every n-th pixel")
    parser.add_argument("--flat", action="store_true", help="rows, of unknown shape")
    arguments = parser.parse_args()
    faces = load_orl_faces()
    step = arguments.factor
    images, y = faces.images[:, ::step, ::step], faces.target
    kinds = {k: np.float32(v) for k, v in non_faces(images.shape[1:]).items()}
    rng = np.random.default_rng(1)
    parts = list(crops_of_faces(images, images.shape[1:], rng))
    kinds["upside_down_or_part"] = np.array(parts, dtype=np.float32)
    X = np.float32(images)
    if arguments.flat:
        X, *rows = (V.reshape(len(V), -1) for V in (X, *kinds.values()))
        kinds = dict(zip(kinds, rows, strict=True))
    warnings.simplefilter("ignore")
    rows = []
    for seed in range(arguments.splits):
        rng = np.random.default_rng(seed)
        half = rng.permuted(np.arange(400).reshape(40, 10), axis=1)
        train, test = half[:, :5].ravel(), half[:, 5:].ravel()
        model = EigenfaceClassifier(face_threshold="auto").fit(X[train], y[train])
        row = {"new faces pass": model.identify(X[test]).face.mean()}
        people = rng.permutation(40)
        known, strangers = np.isin(y, people[:20]), np.isin(y, people[20:])
        fitted = EigenfaceClassifier(face_threshold="auto").fit(X[known], y[known])
        row["of other people"] = fitted.identify(X[strangers]).face.mean()
        rejected = {kind: ~model.identify(V).face for kind, V in kinds.items()}
        row |= {kind: r.mean() for kind, r in rejected.items()}
        del rejected["upside_down_or_part"]
        row["all non-faces"] = np.concatenate(list(rejected.values())).mean()
        rejected = np.concatenate(
            [~fitted.identify(V).face for k, V in kinds.items() if "upside" not in k]
        )
        row["all, 20 people"] = rejected.mean()
        rows.append(row)
    for name in rows[0]:
        values = [row[name] for row in rows]
        count = len(kinds.get(name, ()))
        print(
            f"{name:20} {count or '':>5} {np.mean(values):.4f}  from {min(values):.3f}"
        )


if __name__ == "__main__":
    main()
