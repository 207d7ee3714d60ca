"""From picture files to images of faces: every kind of file, place and failure."""

import io
import sys

import numpy as np
import pytest

from skmath import EigenfaceClassifier
from skmath.datasets import load_faces, load_orl_faces, read_face
from skmath.datasets.pictures import EYES

Image = pytest.importorskip("PIL.Image")

SHAPE = (28, 23)


def photo(seed=0, size=(92, 112)):
    """Return an RGB picture of a size (width, height), smooth, with contrast."""
    rng = np.random.default_rng(seed)
    small = Image.fromarray(rng.integers(0, 255, (7, 6, 3), dtype=np.uint8))
    return small.resize(size, Image.Resampling.BICUBIC)


@pytest.fixture
def album(tmp_path):
    """A folder of two people with two pictures each."""
    for i, name in enumerate(("Ann", "Bob")):
        (tmp_path / name).mkdir()
        for shot in (1, 2):
            photo(10 * i + shot).save(tmp_path / name / f"{shot}.png")
    return tmp_path


def luma(image):
    return np.asarray(image, dtype=float)[..., :3] @ [0.299, 0.587, 0.114]


def test_orl_files_are_read_as_they_are(tmp_path):
    faces = load_orl_faces()
    for person in (0, 1):
        (tmp_path / f"s{person}").mkdir()
        for shot in range(3):
            grey = faces.images[10 * person + shot].astype(np.uint8)
            Image.fromarray(grey).save(tmp_path / f"s{person}" / f"{shot}.pgm")
    read = load_faces(tmp_path)
    expected = faces.images[[0, 1, 2, 10, 11, 12]]
    np.testing.assert_allclose(read.images, expected, atol=1e-4)
    assert read.data.shape == (6, 112 * 92)
    assert read.images.dtype == np.float32
    assert read.target.tolist() == [0, 0, 0, 1, 1, 1]
    assert read.target_names.tolist() == ["s0", "s1"]
    assert read.failures == {}
    assert read.filenames[0] == str(tmp_path / "s0" / "0.pgm")
    X, y = load_faces(tmp_path, return_X_y=True)
    np.testing.assert_array_equal(X, read.data)
    np.testing.assert_array_equal(y, read.target)
    files = load_faces([tmp_path / "s1" / "0.pgm", str(tmp_path / "s0" / "2.pgm")])
    np.testing.assert_array_equal(files.images, read.images[[3, 2]])
    assert files.target_names[files.target].tolist() == ["s1", "s0"]


def save(image, tmp_path, name, **kwargs):
    path = tmp_path / name
    image.save(path, **kwargs)
    return path


def transparent(image):
    image = image.convert("RGBA")
    alpha = np.zeros((112, 92), np.uint8)
    alpha[:, 30:] = 255
    image.putalpha(Image.fromarray(alpha))
    return image


ODD = {
    "RGB": (lambda p: p, "a.png", {}, 1e-3),
    "L": (lambda p: p.convert("L"), "a.bmp", {}, 0.6),
    "JPEG": (lambda p: p, "a.jpg", {"quality": 95}, 6),
    "CMYK": (lambda p: p.convert("CMYK"), "a.jpeg", {"quality": 95}, 6),
    "palette": (lambda p: p.quantize(256), "a.png", {}, 12),
    "LA": (lambda p: p.convert("LA"), "a.png", {}, 0.6),
    "RGBA": (lambda p: p.convert("RGBA"), "a.png", {}, 1e-3),
    "WebP": (lambda p: p, "a.webp", {"lossless": True}, 1e-3),
    "TIFF": (lambda p: p, "a.tif", {}, 1e-3),
    "no suffix": (lambda p: p, "subject01.happy", {"format": "GIF"}, 12),
    "wrong suffix": (lambda p: p, "a.jpg", {"format": "PNG"}, 1e-3),
    "unicode": (lambda p: p, "Zoë und Æon 1.png", {}, 1e-3),
}


@pytest.mark.parametrize("kind", ODD)
def test_a_file_of_any_kind_has_the_grey_values_of_its_picture(kind, tmp_path):
    convert, name, options, tolerance = ODD[kind]
    picture = photo()
    path = save(convert(picture), tmp_path, name, **options)
    grey = read_face(path)
    assert grey.dtype == np.float32
    if kind in ("palette", "no suffix"):  # 256 colours: those that the file has
        with Image.open(path) as image:
            picture = image.convert("RGB")
    np.testing.assert_allclose(grey, luma(picture), atol=tolerance + 0.51)


def test_sixteen_bits_are_257_times_eight(tmp_path):
    eight = np.asarray(photo().convert("L"))
    path = save(Image.fromarray(eight.astype(np.uint16) * 257), tmp_path, "deep.png")
    np.testing.assert_allclose(read_face(path), eight, atol=1e-3)
    shares = Image.fromarray(eight.astype(np.float32) / 255)
    np.testing.assert_allclose(
        read_face(save(shares, tmp_path, "f.tif")), eight, atol=1e-3
    )


def test_what_is_transparent_is_white(tmp_path):
    picture = photo()
    grey = read_face(save(transparent(picture), tmp_path, "cut.png"))
    np.testing.assert_allclose(grey[:, :28], 255, atol=1e-3)
    np.testing.assert_allclose(grey[:, 32:], luma(picture)[:, 32:], atol=0.51)


def test_an_animation_is_its_first_frame(tmp_path):
    frames = [photo(i).convert("L") for i in range(3)]
    path = tmp_path / "moves.gif"
    frames[0].save(path, save_all=True, append_images=frames[1:])
    np.testing.assert_allclose(read_face(path), np.asarray(frames[0]), atol=1)


@pytest.mark.parametrize("orientation", range(1, 9))
def test_a_picture_is_turned_as_its_camera_says(orientation, tmp_path):
    upright = photo()
    turned = {
        1: (), 2: ("FLIP_LEFT_RIGHT",), 3: ("ROTATE_180",), 4: ("FLIP_TOP_BOTTOM",),
        5: ("TRANSPOSE",), 6: ("ROTATE_90",), 7: ("TRANSVERSE",), 8: ("ROTATE_270",),
    }[orientation]  # fmt: skip
    stored = upright
    for step in turned:
        stored = stored.transpose(Image.Transpose[step])
    exif = Image.Exif()
    exif[0x0112] = orientation
    path = save(stored, tmp_path, "phone.png", exif=exif)
    np.testing.assert_allclose(read_face(path), luma(upright), atol=0.51)
    model_sees = EigenfaceClassifier(2).fit(
        np.stack([luma(photo(i)) for i in range(4)]), [0, 0, 1, 1]
    )
    assert model_sees.predict(Image.open(path)) == model_sees.predict(luma(upright))


def test_resizing_does_not_alias():
    """Stripes finer than the pixels asked for become their mean."""
    stripes = np.tile(np.array([0, 255], np.uint8), (448, 184))
    stripes[:, :4] = 0  # contrast
    grey = read_face(stripes, shape=SHAPE)
    np.testing.assert_allclose(grey[:, 3:-3], 127.5, atol=1)


def test_proportions_are_kept():
    """A circle in a wide picture is one in what is read."""
    y, x = np.mgrid[:112, :300]
    disc = np.where(np.hypot(x - 150, y - 56) < 40, 255, 0).astype(np.uint8)
    grey = read_face(disc)
    assert (grey > 127).sum(axis=0).max() == pytest.approx(80, abs=2)
    assert (grey > 127).sum(axis=1).max() == pytest.approx(80, abs=2)


def dots(eyes, size=(300, 260)):
    """Return a picture with bright dots at two eyes, and a darker one above."""
    y, x = np.mgrid[: size[1], : size[0]]
    squares = [(x - ex) ** 2 + (y - ey) ** 2 for ex, ey in eyes]
    return (250 * sum(np.exp(-s / 60) for s in squares)).clip(0, 255).astype(np.uint8)


@pytest.mark.parametrize("angle", [-70, -20, 0, 5, 45, 80])
@pytest.mark.parametrize("apart", [24, 60, 110])
def test_eyes_come_to_be_where_they_are_said_to(angle, apart):
    half = apart / 2 * np.array([np.cos(np.radians(angle)), np.sin(np.radians(angle))])
    middle = np.array([150.0, 130.0])
    eyes = [tuple(middle - half), tuple(middle + half)]
    picture = dots(eyes)
    face = read_face(picture, eyes=eyes)
    for x, y in EYES:
        window = face[int(y * 112) - 8 : int(y * 112) + 8, :]
        window = window[:, int(x * 92) - 8 : int(x * 92) + 8]
        rows, columns = np.mgrid[:16, :16] + 0.5
        weight = window - window.min()
        at = (weight * columns).sum() / weight.sum() + int(x * 92) - 8
        level = (weight * rows).sum() / weight.sum() + int(y * 112) - 8
        assert at == pytest.approx(x * 92, abs=1.0)
        assert level == pytest.approx(y * 112, abs=1.0)
    np.testing.assert_array_equal(face, read_face(picture, eyes=eyes[::-1]))
    np.testing.assert_array_equal(face, read_face(picture, eyes=lambda rgb: eyes))


def test_eyes_are_looked_up_by_path_or_name(album):
    eyes = {
        "Ann/1.png": ((30, 50), (60, 50)),
        str(album / "Ann" / "2.png"): ((30, 50), (60, 50)),
        "2.png": ((30, 52), (60, 48)),
    }
    with pytest.warns(UserWarning, match="eyes has no entry for 'Bob/1.png'"):
        faces = load_faces(album, eyes=eyes)
    assert len(faces.images) == 3
    expected = read_face(album / "Bob" / "2.png", eyes=((30, 52), (60, 48)))
    np.testing.assert_array_equal(faces.images[2], expected)
    outside = ((30, 50), (600, 50))
    with pytest.raises(ValueError, match="two different points in the picture"):
        read_face(album / "Ann" / "1.png", eyes=outside)


class Rectangle:
    """As dlib's."""

    def __init__(self, *sides):
        self.sides = sides

    def __getattr__(self, name):
        return lambda: self.sides[("left", "top", "width", "height").index(name)]


BOX = (40, 30, 46, 56)


@pytest.mark.parametrize(
    "found",
    [
        [BOX],
        np.array([BOX, (0, 0, 20, 20)]),
        [(0, 0, 20, 20), np.array(BOX)],
        [Rectangle(*BOX), Rectangle(1, 1, 9, 9)],
    ],
)
def test_the_largest_face_is_cut_out(found):
    picture = np.asarray(photo(size=(200, 150)))
    seen = []
    face = read_face(picture, SHAPE, detect=lambda rgb: seen.append(rgb) or found)
    assert seen[0].shape == (150, 200, 3)
    assert seen[0].dtype == np.uint8
    window = Image.fromarray(luma(picture).astype(np.float32))
    expected = window.resize(
        SHAPE[::-1], Image.Resampling.BICUBIC, box=(40, 30, 86, 86)
    )
    np.testing.assert_allclose(face, np.asarray(expected), atol=0.6)


def test_a_detectors_eyes_align():
    picture = np.asarray(photo(size=(200, 150)))
    eyes = ((80, 70), (110, 76))
    expected = read_face(picture, eyes=eyes)
    row = (*BOX, *eyes[0], *eyes[1], 1, 2, 3, 4, 5, 6, 0.9)  # as of YuNet
    for found in ([(BOX, eyes)], [row]):
        np.testing.assert_array_equal(
            read_face(picture, detect=lambda rgb, found=found: found), expected
        )


def test_a_box_over_the_edge_repeats_the_border():
    picture = np.asarray(photo(size=(200, 150)))
    padded = np.pad(picture, ((60, 60), (60, 60), (0, 0)), mode="edge")
    face = read_face(picture, SHAPE, detect=lambda rgb: [(-20, 90, 92, 112)])
    expected = read_face(padded, SHAPE, detect=lambda rgb: [(40, 150, 92, 112)])
    np.testing.assert_allclose(face, expected, atol=1e-2)


REFUSED = {
    "no face was found": {"detect": lambda rgb: []},
    "no face": {"detect": lambda rgb: None},
    "outside the picture": {"detect": lambda rgb: [(900, 900, 20, 20)]},
    "has 3 numbers": {"detect": lambda rgb: [(1, 2, 3)]},
    "must be two points": {"eyes": ((1, 2), (1, 2), (3, 4))},
    "too small": {"detect": lambda rgb: [(5, 5, 6, 7)]},
}


@pytest.mark.parametrize("message", REFUSED)
def test_a_picture_without_a_usable_face_is_refused(message):
    with pytest.raises(ValueError, match=message):
        read_face(np.asarray(photo()), **REFUSED[message])


def test_each_failure_is_named_and_the_rest_is_read(album):
    ann = album / "Ann"
    (ann / ".DS_Store").write_bytes(b"x")
    (ann / "._1.png").write_bytes(b"x")
    (ann / "Thumbs.db").write_bytes(b"x")
    (ann / "notes.txt").write_text("no picture")
    (ann / "film.mp4").write_bytes(b"x")
    (album / ".hidden").mkdir()
    (album / "README.md").write_text("no picture")
    whole = io.BytesIO()
    photo(5).save(whole, "JPEG")
    bad = {
        "cut.jpg": whole.getvalue()[: len(whole.getvalue()) // 2],
        "empty.jpg": b"",
        "text.jpg": b"this is no picture",
    }
    for name, content in bad.items():
        (ann / name).write_bytes(content)
    Image.new("RGB", (92, 112), (90, 20, 200)).save(ann / "blank.png")
    photo(1, (5, 4)).save(ann / "tiny.png")
    photo(1).save(album / "loose.png")
    (album / "Carol").mkdir()
    below = album / "Bob" / "2020 summer"
    below.mkdir()
    photo(7).save(below / "3.png")
    with pytest.warns(UserWarning, match="are left out") as caught:
        faces = load_faces(album)
    assert len(caught) == 1
    text = str(caught[0].message)
    named = [*bad, "blank.png", "tiny.png", "loose.png", "Carol"]
    assert len(faces.failures) == len(named)
    for name in named:
        assert name in text
        assert any(name in path for path in faces.failures)
    for name in ("DS_Store", "Thumbs", "notes", "film", "README", "hidden", "._1"):
        assert name not in text
    assert faces.target_names.tolist() == ["Ann", "Bob"]
    assert np.bincount(faces.target).tolist() == [2, 3]
    with pytest.raises(ValueError, match=r"blank\.png: it has no contrast"):
        load_faces(album, on_error="raise")


def test_many_failures_are_counted(album):
    for i in range(15):
        (album / "Ann" / f"bad{i}.jpg").write_bytes(b"no")
    with pytest.warns(UserWarning, match="(?s)left out .15.:.*and 5 more"):
        load_faces(album)
    for path in album.rglob("[12].png"):
        path.unlink()
    with pytest.raises(ValueError, match=r"No picture in .*one folder per person"):
        load_faces(album)


def test_a_folder_that_is_none(tmp_path):
    with pytest.raises(FileNotFoundError, match="does not exist"):
        load_faces(tmp_path / "nowhere")
    path = save(photo(), tmp_path, "a.png")
    with pytest.raises(NotADirectoryError, match="Use read_face for a single"):
        load_faces(path)
    with pytest.raises(FileNotFoundError):
        read_face(tmp_path / "b.png")
    with pytest.raises(ValueError, match="two positive integers"):
        read_face(path, shape=(0, 3))
    with pytest.raises(ValueError, match="on_error"):
        load_faces(tmp_path, on_error="ignore")


def test_names_are_as_they_are_typed(tmp_path):
    decomposed = "Jose\u0301 Nu\u0303ez"
    (tmp_path / decomposed).mkdir()
    photo().save(tmp_path / decomposed / "1.png")
    assert load_faces(tmp_path).target_names.tolist() == ["Jos\u00e9 N\u0169ez"]


def test_one_person_alone_is_read_and_fitted(tmp_path):
    (tmp_path / "Ann").mkdir()
    for i in range(3):
        photo(i).save(tmp_path / "Ann" / f"{i}.png")
    faces = load_faces(tmp_path, SHAPE)
    model = EigenfaceClassifier(2).fit(faces.images, faces.target)
    assert model.predict(faces.images).tolist() == [0, 0, 0]


def test_a_huge_picture_is_read_and_a_bomb_is_named(tmp_path, monkeypatch):
    path = save(photo(size=(3000, 4000)), tmp_path, "huge.png")
    small = read_face(path, SHAPE)
    assert small.shape == SHAPE
    monkeypatch.setattr(Image, "MAX_IMAGE_PIXELS", 1_000_000)
    with pytest.raises(ValueError, match="DecompressionBombError"):
        read_face(path)
    monkeypatch.setattr(Image, "MAX_IMAGE_PIXELS", 8_000_000)
    with pytest.warns(Image.DecompressionBombWarning):
        np.testing.assert_array_equal(read_face(path, SHAPE), small)


def test_without_pillow_the_extra_is_named(monkeypatch):
    monkeypatch.setitem(sys.modules, "PIL", None)
    with pytest.raises(ImportError, match=r"skmath\[images\]"):
        read_face("a.png")
