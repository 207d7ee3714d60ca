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

    def at(self, x):
        """Return the height at x."""
        slope = self.slope
        # The constant.
        c = self.c
        return slope * x + c
'''


def test_an_excerpt_has_no_docstring():
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
