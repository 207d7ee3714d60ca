"""Names of code in tables may be broken between their words, and nowhere else.

A column is as wide as its longest word, and a path of a test file or the name of a
class counts as one word: it would leave no room for the other columns, or be broken in
the middle of a word.
"""

import re

from docutils import nodes

BREAK = re.compile(r"(?<=[_/])(?=\w)|(?<=[a-z])(?=[A-Z])")


def setup(app):
    """Connect to Sphinx, after the links are resolved."""
    app.connect("doctree-resolved", mark_breaks)
    return {"parallel_read_safe": True, "parallel_write_safe": True}


def mark_breaks(app, doctree, name):
    """Put an HTML word break between the words of each name in a table.

    Lists of the members of a module have room for the names.
    """
    for table in doctree.findall(nodes.table):
        if "autosummary" in table["classes"]:
            continue
        for literal in table.findall(nodes.literal):
            for text in list(literal.findall(nodes.Text)):
                text.parent.replace(text, words(text))


def words(text):
    """Return the words of a name as nodes, with breaks between them."""
    first, *others = BREAK.split(text)
    found = [nodes.Text(first)]
    for word in others:
        found += [nodes.raw("", "<wbr>", format="html"), nodes.Text(word)]
    return found
