"""A notebook of a page whose code is doctests, to download and run.

The gallery's notebooks are sphinx-gallery's; this makes those of `PAGES`, next to the
page. The text becomes Markdown, the examples become cells without their results.
"""

import doctest
import json
import re
from pathlib import Path

PAGES = ("start/quick_start",)

HEADING = re.compile(r"^(.+)\n([=-])\2{2,}$", re.MULTILINE)

SITE = "https://skmath.github.io/skmath"

PAGE = re.compile(r":doc:`([^`<>]+)`")

MARKUP = [
    (re.compile(r"^\.\. rst-class::.*\n", re.MULTILINE), ""),
    (re.compile(r":\w+:`([^`<]+?) *<[^`>]*>`"), r"\1"),  # a title with an address
    (re.compile(r":\w+:`(?:[^`]*/)?([^`/]+)`"), r"*\1*"),
    (re.compile(r"``([^`]+)``"), r"`\1`"),
    (re.compile(r"`~[\w.]*?(\w+)`"), r"`\1`"),
]
"""What RST writes in another way than Markdown, in this order."""


def setup(app):
    """Connect to Sphinx, before the sources are read."""
    app.connect("builder-inited", write_all, priority=430)
    return {"parallel_read_safe": True}


def write_all(app):
    """Write the notebook of each page."""
    for page in PAGES:
        file = Path(app.srcdir, f"{page}.rst")
        text = json.dumps(notebook(file.read_text(encoding="utf-8")), indent=1)
        target = file.with_suffix(".ipynb")
        if not target.exists() or target.read_text(encoding="utf-8") != text:
            target.write_text(text, encoding="utf-8")


def notebook(text):
    """Return a notebook, in version 4 of its format, of a page."""
    cells, code = [], []

    def add(kind, source):
        about = {"id": f"cell-{len(cells)}", "metadata": {}, "source": source}
        outputs = {"execution_count": None, "outputs": []} if kind == "code" else {}
        cells.append({"cell_type": kind, **about, **outputs})

    for part in doctest.DocTestParser().parse(text):
        if isinstance(part, doctest.Example):
            code.append(part.source.rstrip("\n"))
        elif part.strip():
            if code:
                add("code", "\n".join(code))
                code = []
            add("markdown", markdown(part).strip())
    if code:
        add("code", "\n".join(code))
    kernel = {"display_name": "Python 3", "language": "python", "name": "python3"}
    return {
        "cells": [cell for cell in cells if cell["source"]],
        "metadata": {"kernelspec": kernel},
        "nbformat": 4,
        "nbformat_minor": 5,
    }


def markdown(text):
    """Return RST of the pages above as Markdown."""
    text = HEADING.sub(lambda m: ("# " if m[2] == "=" else "## ") + m[1], text)
    text = PAGE.sub(lambda m: link(m[1]), text)
    for pattern, replacement in MARKUP:
        text = pattern.sub(replacement, text)
    return text


def link(page):
    """Return the link to another page of the site."""
    folder, _, name = page.rpartition("/")
    title = (folder.strip("/") if name == "index" else name).replace("_", " ")
    return f"[{title}]({SITE}{folder or '/start'}/{name}.html)"
