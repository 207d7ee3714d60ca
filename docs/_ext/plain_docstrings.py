"""Docstrings are plain text with formulas; here they become what RST means by that.

- ``coef_`` is a link in RST, and ``|w|`` a substitution. A letter with a full stop, as
  an initial of an author, begins a list, also after the number of a reference. They are
  escaped.
- A raw docstring, which formulas need, does not join a line that ends in a backslash.
- numpydoc leaves the headings of a module's docstring alone, and RST takes them for
  sections of the page: they become rubrics.
"""

import re

CODE = r"`+[^`]*`+|^\s*(?:>>>|\.\.\.).*$"
FORMULA = r"^(?P<indent> *)\.\. math::.*(?:\n(?:(?P=indent) +\S.*| *$))*"
LINK = r"(?P<name>\b\w+)_(?=[\s'\")\]}>:.,;!?/-]|$)"
SUBSTITUTION = r"(?<!\\)(?P<bar>\|)(?=\S)"
LIST = r"^(?P<initial>(?: *\.\. \[[^\]]+\])? *[A-Za-z])\.(?= |$)"
ESCAPED = re.compile(f"{CODE}|{FORMULA}|{LINK}|{SUBSTITUTION}|{LIST}", re.MULTILINE)

HEADING = re.compile(r"^(\w.*)\n-{3,}$", re.MULTILINE)


def setup(app):
    """Connect to Sphinx: before numpydoc, which wants whole lines, and after it."""
    app.connect("autodoc-process-docstring", join_lines, priority=400)
    app.connect("autodoc-process-docstring", escape, priority=600)
    return {"parallel_read_safe": True}


def join_lines(app, what, name, obj, options, lines):
    """Join lines that end in a backslash with the next; headings to rubrics."""
    text = re.sub(r" *\\\n +", " ", "\n".join(lines))
    if what == "module":
        text = HEADING.sub(r".. rubric:: \1\n", text)
    lines[:] = text.split("\n")


def escape(app, what, name, obj, options, lines):
    """Escape what RST would take for markup."""
    lines[:] = ESCAPED.sub(_escaped, "\n".join(lines)).split("\n")


def _escaped(match):
    if match["name"]:
        return f"{match['name']}\\_"
    if match["bar"]:
        return r"\|"
    if match["initial"]:
        return rf"{match['initial']}\."
    return match[0]
