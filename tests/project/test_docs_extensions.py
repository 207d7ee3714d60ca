"""The extensions with which the documentation is built."""

import re
import sys
from pathlib import Path

import pytest

DOCS = Path(__file__).parents[2] / "docs"

pytestmark = pytest.mark.skipif(not DOCS.exists(), reason="only in a checkout")


@pytest.fixture(autouse=True)
def extensions_can_be_imported(monkeypatch):
    monkeypatch.syspath_prepend(str(DOCS / "_ext"))
    before = set(sys.modules)
    yield
    for name in set(sys.modules) - before:
        if (
            Path(getattr(sys.modules[name], "__file__", None) or "").parent.name
            == "_ext"
        ):
            del sys.modules[name]


ADDRESS = r'<(?:link|script|img)[^>]*(?:href|src)="https?://[^"]*"'

SOURCE = '''
class Line:
    """A line."""

    def at(self, x: float) -> float:
        """Return the height at x."""
        slope = self.slope
        # The constant.
        c = self.c
        return slope * x + c
'''


def test_an_excerpt_has_no_docstring_and_no_types():
    pytest.importorskip("sphinx")
    from code_excerpt import excerpt

    assert excerpt(SOURCE, "Line.at") == (
        "def at(self, x):\n"
        "    slope = self.slope\n"
        "    # The constant.\n"
        "    c = self.c\n"
        "    return slope * x + c"
    )


def test_an_excerpt_shows_where_lines_are_left_out():
    pytest.importorskip("sphinx")
    from code_excerpt import excerpt

    assert excerpt(SOURCE, "Line.at", "# The", "c = self") == (
        "def at(self, x):\n    ...\n    # The constant.\n    c = self.c\n    ..."
    )


@pytest.mark.parametrize(
    ("name", "start"), [("Line.of", None), ("Plane", None), ("Line.at", "y =")]
)
def test_an_excerpt_of_what_is_not_there_is_refused(name, start):
    pytest.importorskip("sphinx")
    from code_excerpt import excerpt

    with pytest.raises(ValueError, match=r"not there|has no line"):
        excerpt(SOURCE, name, start)


def test_wrong_links_are_found(tmp_path):
    pytest.importorskip("sphinx")
    from checked_links import Page, problems

    there = tmp_path / "there.html"
    there.write_text('<p id="place"></p>')
    page = Page(
        '<script src="https://example.org/a.js"></script>'
        '<a href="there.html#place">right</a> <a href="https://example.org">right</a>'
        '<a href="there.html#other">wrong</a> <a href="gone.html">wrong</a>'
    )
    pages = {there: Page(there.read_text())}
    assert sorted(problems(tmp_path / "here.html", page, pages)) == [
        "gone.html is not there",
        "loads https://example.org/a.js from a network",
        "there.html#other has no such anchor",
    ]


def test_the_cells_of_a_notebook_are_the_examples():
    from notebooks import notebook

    text = "Title\n=====\n\nA ``word``:\n\n>>> x = 1\n>>> x\n1\n\n:doc:`/guide/index`\n"
    cells = notebook(text)["cells"]
    assert [cell["source"] for cell in cells] == [
        "# Title\n\nA `word`:",
        "x = 1\nx",
        "[guide](https://skmath.github.io/skmath/guide/index.html)",
    ]


def animation():
    """Return the HTML with which matplotlib plays an animation."""
    plt = pytest.importorskip("matplotlib.pyplot")
    from matplotlib.animation import FuncAnimation

    fig, ax = plt.subplots(figsize=(1, 1))
    (line,) = ax.plot([0, 1])
    moving = FuncAnimation(fig, lambda frame: [line.set_ydata([0, frame])], frames=2)
    html = moving.to_jshtml()
    plt.close(fig)
    return html


def test_an_animation_needs_no_network():
    pytest.importorskip("sphinx")
    from offline_animations import take_link_out

    html = f'<div class="sphx-glr-animation">{animation()}</div>'
    context = {"body": html}
    take_link_out(None, "page", "page.html", context, None)
    before, after = re.findall(ADDRESS, html), re.findall(ADDRESS, context["body"])
    assert before != []  # else the extension is no longer needed
    assert after == []
    assert context["body"].count('<img alt="The frame') == html.count("<img ") == 1
    # Nothing else is taken out: the player and its buttons are there.
    assert len(html) - len(context["body"]) < 200
    assert context["body"].count("<button") == html.count("<button") > 0


def test_a_page_without_animations_stays_as_it_is():
    pytest.importorskip("sphinx")
    from offline_animations import take_link_out

    body = '<link rel="stylesheet" href="https://maxcdn.org/font-awesome.min.css">'
    context = {"body": body}
    take_link_out(None, "page", "page.html", context, None)
    assert context == {"body": body}
    take_link_out(None, "search", "search.html", {}, None)


@pytest.mark.parametrize("start", ["", "    ", ".. [3] ", ".. [R1a-3] "])
def test_an_initial_begins_no_list(start):
    from plain_docstrings import escape

    lines = [f"{start}P. C. Hansen, a book, 1998."]
    escape(None, "class", "name", None, None, lines)
    assert lines == [rf"{start}P\. C. Hansen, a book, 1998."]


def test_a_symbol_that_is_a_sentence_begins_no_list():
    from plain_docstrings import escape

    lines = ["mean : ndarray", "    m.", "1. a step", "i.e. this"]
    escape(None, "class", "name", None, None, lines)
    assert lines == ["mean : ndarray", r"    m\.", "1. a step", "i.e. this"]


def test_a_picture_for_both_themes_gets_the_dark_one():
    nodes = pytest.importorskip("docutils.nodes")
    from docutils.utils import new_document
    from pictures import add_dark_pictures

    doctree = new_document("page")
    for name, classes in (("a", ["both-themes", "picture"]), ("b", ["picture"])):
        image = nodes.image(uri=f"/pictures/{name}.png", alt=name, classes=classes)
        doctree += image
    add_dark_pictures(None, doctree)
    assert [(image["uri"], image["alt"], image["classes"]) for image in doctree] == [
        ("/pictures/a.png", "a", ["picture", "only-light"]),
        ("/pictures/a_dark.png", "a", ["picture", "only-dark"]),
        ("/pictures/b.png", "b", ["picture"]),
    ]


def test_a_figure_for_both_themes_is_doubled_with_its_caption():
    nodes = pytest.importorskip("docutils.nodes")
    from docutils.utils import new_document
    from pictures import add_dark_pictures

    doctree = new_document("page")
    image = nodes.image(uri="/pictures/a.png", classes=["both-themes"])
    doctree += nodes.figure("", image, nodes.caption("", "A caption."), ids=["id1"])
    add_dark_pictures(None, doctree)
    light, dark = doctree
    assert [light[0]["uri"], dark[0]["uri"]] == [
        "/pictures/a.png",
        "/pictures/a_dark.png",
    ]
    assert light[1].astext() == dark[1].astext() == "A caption."
    assert (light["ids"], dark["ids"]) == (["id1"], ["id1-dark"])


@pytest.mark.parametrize(
    ("theme", "page"), [("light", (255, 255, 255)), ("dark", (20, 24, 30))]
)
def test_the_colours_of_the_pictures_are_readable(theme, page):
    pytest.importorskip("matplotlib")
    from matplotlib.colors import to_rgb
    from pictures import COLOURS

    def luminance(colour):
        linear = [
            v / 12.92 if v <= 0.04 else ((v + 0.055) / 1.055) ** 2.4 for v in colour
        ]
        return 0.2126 * linear[0] + 0.7152 * linear[1] + 0.0722 * linear[2]

    background = luminance([v / 255 for v in page])
    for colour in COLOURS[theme]:
        high, low = sorted([luminance(to_rgb(colour)), background], reverse=True)
        assert (high + 0.05) / (low + 0.05) >= 4.5


@pytest.mark.parametrize(
    ("name", "words"),
    [
        ("tests/rows/test_rows.py", ["tests/", "rows/", "test_", "rows.py"]),
        ("SVDRegressor", ["SVDRegressor"]),
        ("EigenfaceClassifier", ["Eigenface", "Classifier"]),
    ],
)
def test_names_in_tables_are_broken_between_words(name, words):
    nodes = pytest.importorskip("docutils.nodes")
    from breakable_names import mark_breaks

    literal = nodes.literal("", name)
    outside = nodes.literal("", name)
    table = nodes.table("", nodes.paragraph("", "", literal))
    mark_breaks(None, nodes.section("", table, outside), "page")
    assert [n.astext() for n in literal.findall(nodes.Text) if n != "<wbr>"] == words
    assert len(list(literal.findall(nodes.raw))) == len(words) - 1
    assert outside.children == [nodes.Text(name)]
