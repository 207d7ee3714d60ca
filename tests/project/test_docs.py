"""The documentation: its examples run, and what it names is there."""

import ast
import doctest
import importlib
import inspect
import re
import textwrap
from pathlib import Path

import numpy as np
import pytest
from sklearn.datasets import load_diabetes

import skmath
from skmath import callbacks, datasets, display
from skmath._tour.registry import entries

ROOT = Path(__file__).parents[2]
DOCS, EXAMPLES = ROOT / "docs", ROOT / "examples"

NOT_RUN = (
    "cv2.",  # a detector of faces that is downloaded
    "cuda",
    "rows.f4",  # 8 GB
    "rows.zarr",
    "scheduler:8786",
    "vectors: one embedding per image",
)
"""What is in blocks of the guide that the tests do not run."""

pytestmark = pytest.mark.skipif(not DOCS.exists(), reason="only in a checkout")


@pytest.mark.parametrize(
    "name",
    [
        "theory/linear_algebra",
        "theory/calculus",
        "theory/probability",
        "theory/statistics",
        "guide/backprop_mlp",
        "guide/callbacks",
        "guide/from_scikit_learn",
        "guide/from_scratch_nb",
        "guide/gd_linear_model",
        "guide/laplacian_spectral_clustering",
        "guide/pipelines",
        "guide/saving",
        "guide/scale",
        "guide/sparse_and_missing",
        "guide/svd_regressor",
        "index",
        "start/quick_start",
    ],
)
def test_the_numbers_of_a_page_are_computed(name, tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    if name == "guide/scale":
        table = load_diabetes(as_frame=True).frame.rename(columns={"target": "price"})
        table.to_parquet("rows.parquet")
    check_examples(name)


def check_examples(name):
    """Run the examples of a page in order, those of a guide without prompts too."""
    path = DOCS / f"{name}.rst"
    text = path.read_text(encoding="utf-8")
    examples = doctest.DocTestParser().get_examples(text, str(path))
    if name.startswith("guide/"):
        examples = sorted([*examples, *plain_examples(text)], key=lambda e: e.lineno)
    assert examples
    test = doctest.DocTest(examples, {"__name__": "__main__"}, name, str(path), 0, text)
    flags = doctest.NORMALIZE_WHITESPACE | doctest.ELLIPSIS
    assert doctest.DocTestRunner(optionflags=flags).run(test).failed == 0


def plain_examples(text):
    """Return the statements of blocks that have no prompts, with any output."""
    examples, block = [], r"\.\. code-block:: python\n\n((?:   .*\n|\n)+)"
    for found in re.finditer(block, text):
        code = textwrap.dedent(found[1])
        if ">>>" in code or any(word in code for word in NOT_RUN):
            continue
        line = text[: found.start(1)].count("\n")
        for statement in ast.parse(code).body:
            lines = code.splitlines()[statement.lineno - 1 : statement.end_lineno]
            at = line + statement.lineno - 1
            examples.append(doctest.Example("\n".join(lines), "...\n", lineno=at))
    return examples


def test_a_folder_of_jpeg_files_becomes_names_as_the_guide_says(tmp_path, monkeypatch):
    image = pytest.importorskip("PIL.Image")
    photographs = pytest.importorskip("skimage.data")

    def save(grey, file):
        file.parent.mkdir(parents=True, exist_ok=True)
        image.fromarray(grey.astype(np.uint8)).save(file, quality=95)

    # ORL's faces: thirty people by six images each.
    images = datasets.load_orl_faces().images.reshape(40, 10, 112, 92)
    for name, theirs in zip(("Ann", "Bob", *range(28)), images[1:31], strict=True):
        for shot, grey in enumerate(theirs[:6], start=1):
            save(grey, tmp_path / "album" / str(name) / f"{shot}.jpg")
    save(images[1, 6], tmp_path / "visitor.jpg")
    save(images[36, 0], tmp_path / "stranger.jpg")
    save(photographs.brick()[:112, :92], tmp_path / "wall.jpg")
    monkeypatch.chdir(tmp_path)
    check_examples("guide/eigenface_classifier")


PAGES = [
    page
    for page in sorted(DOCS.glob("**/*.rst"))
    # These are written by the build.
    if not {"api", "auto_examples", "_build"}.intersection(page.parts)
]


@pytest.mark.parametrize("page", PAGES, ids=lambda p: p.stem)
def test_what_a_page_includes_and_links_is_there(page):
    text = page.read_text(encoding="utf-8")
    for file, options in re.findall(r"literalinclude:: (\S+)\n((?:   :.*\n)*)", text):
        source = (page.parent / file).read_text(encoding="utf-8")
        for name in re.findall(r":pyobject: (\S+)", options):
            assert re.search(rf"(def|class) {name.split('.')[-1]}\b", source), name
    for file, name in re.findall(r"excerpt:: (\S+) (\S+)", text):
        assert name.split(".")[-1] in (ROOT / file).read_text(encoding="utf-8"), name
    for name in re.findall(r"/auto_examples/(plot_\w+)", text):
        assert (EXAMPLES / f"{name}.py").exists(), name


@pytest.mark.parametrize(
    "page",
    [
        *PAGES,
        *(ROOT / name for name in ("README.md", "CONTRIBUTING.md", "SECURITY.md")),
    ],
    ids=lambda p: p.stem,
)
def test_files_and_folders_that_a_page_names_are_there(page):
    text = page.read_text(encoding="utf-8")
    places = r"tests|skmath|docs|examples|benchmarks|\.ci"
    for name in re.findall(rf"`((?:{places})/[\w/.]*)`", text):
        assert (ROOT / name).exists(), name


def test_contributing_names_every_folder_of_the_package():
    text = (ROOT / "CONTRIBUTING.md").read_text(encoding="utf-8")
    for folder in Path(skmath.__file__).parent.glob("*/__init__.py"):
        assert f"{folder.parent.name}/`" in text, folder.parent.name


def test_the_gallery_has_its_pages():
    pages = list(EXAMPLES.glob("plot_*.py"))
    assert len(pages) >= 18
    text = "".join(page.read_text(encoding="utf-8") for page in pages)
    for entry in entries():
        assert len(re.findall(rf"\b{entry.name}\(", text)) >= 2, entry.name


def public_classes():
    """Return the estimators, displays and callbacks."""
    names = [(display, name) for name in display.__all__]
    names += [(callbacks, name) for name in callbacks.__all__]
    return [entry.estimator for entry in entries()] + [
        getattr(module, name) for module, name in names
    ]


def own_methods(cls):
    """Return the names of public methods that skmath has written."""
    return [
        name
        for name, value in inspect.getmembers(cls, callable)
        if not name.startswith("_")
        and (getattr(value, "__module__", None) or "").startswith("skmath")
    ]


@pytest.mark.parametrize("cls", public_classes(), ids=lambda cls: cls.__name__)
def test_public_classes_are_documented_in_full(cls):
    validate = pytest.importorskip("numpydoc.validate").validate
    module = "skmath" if hasattr(skmath, cls.__name__) else cls.__module__
    path = f"{module}.{cls.__name__}"
    wrong = {"PR01", "PR02", "PR03", "PR04", "RT01", "EX01"}
    errors = [e for e in validate(path)["errors"] if e[0] in wrong]
    assert errors == []
    for name in own_methods(cls):
        errors = [e for e in validate(f"{path}.{name}")["errors"] if e[0] in wrong]
        assert [e for e in errors if e[0] != "EX01"] == [], name


@pytest.mark.parametrize("name", datasets.__all__)
def test_loaders_are_documented_in_full(name):
    validate = pytest.importorskip("numpydoc.validate").validate
    wrong = {"PR01", "PR02", "PR03", "PR04", "RT01", "EX01"}
    errors = validate(f"skmath.datasets.{name}")["errors"]
    assert [e for e in errors if e[0] in wrong] == []


def test_every_module_of_the_pillars_has_its_source():
    for pillar in ("linear_algebra", "calculus", "probability", "statistics"):
        package = importlib.import_module(f"skmath.{pillar}")
        for file in Path(package.__path__[0]).glob("[a-z]*.py"):
            module = importlib.import_module(f"skmath.{pillar}.{file.stem}")
            assert module.__doc__, module
            for name in module.__all__:
                assert getattr(module, name).__doc__, name
