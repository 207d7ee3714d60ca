"""The directive ``excerpt``: the lines of a function that compute a formula.

.. code-block:: rst

   .. excerpt:: skmath/calculus/layers.py Layer.backward
      :from: slope
      :to: return

shows the function's signature, without types, and its body without the docstring;
``from`` and ``to`` are texts of the first and of the last line of the body that are
shown, with an ellipsis for what is left out. The caption names the file and the
function.
"""

import ast
from pathlib import Path
from textwrap import dedent

from docutils import nodes
from docutils.parsers.rst import directives
from sphinx.util.docutils import SphinxDirective

LONGEST = 16
"""Lines that an excerpt has at most: a page teaches with few."""


def setup(app):
    """Connect to Sphinx."""
    app.add_directive("excerpt", Excerpt)
    return {"parallel_read_safe": True}


class Excerpt(SphinxDirective):
    """Lines of a function of this repository."""

    required_arguments = 2
    option_spec = {"from": directives.unchanged, "to": directives.unchanged}

    def run(self):
        """Return a block of code and where it is from."""
        file, name = self.arguments
        path = Path(self.env.srcdir).parent / file
        self.env.note_dependency(str(path))
        source = path.read_text(encoding="utf-8")
        text = excerpt(source, name, self.options.get("from"), self.options.get("to"))
        block = nodes.literal_block(text, text, language="python")
        caption = nodes.caption("", "", nodes.literal("", f"{file}, {name}"))
        both = nodes.container("", caption, block, literal_block=True)
        both["classes"] += ["literal-block-wrapper", "excerpt"]
        return [both]


def excerpt(source, name, start=None, end=None):
    """Return the lines of a function without its docstring.

    Parameters
    ----------
    source : str
        Text of the file.
    name : str
        Of the function, or of the class and the method with a dot between them.
    start, end : str, default=None
        Of the first and of the last line of the body that are shown.

    Returns
    -------
    str

    Raises
    ------
    ValueError
        If there is no such function or line, or the lines are too many.
    """
    found = ast.parse(source)
    for part in name.split("."):
        inside = [node for node in found.body if getattr(node, "name", None) == part]
        if not inside:
            raise ValueError(f"{name}: {part} is not there.")
        found = inside[0]
    lines = source.splitlines()
    body = found.body[1:] if ast.get_docstring(found) is not None else found.body
    first = found.body[0].lineno - 1
    head = signature(found, lines)
    # Comments above the first statement belong to it.
    begin = found.body[0].end_lineno if body is not found.body else first
    code = lines[begin : found.end_lineno]
    shown = between(code, start, end, name)
    text = dedent("\n".join([*head, *shown]))
    if text.count("\n") >= LONGEST:
        raise ValueError(f"{name} has more than {LONGEST} lines: set from and to.")
    return text


def signature(function, lines):
    """Return the line of a function's signature without types, as indented as there."""
    line = lines[function.lineno - 1]
    for node in ast.walk(function.args):
        if isinstance(node, ast.arg):
            node.annotation = None
    indent = " " * (len(line) - len(line.lstrip()))
    return [f"{indent}def {function.name}({ast.unparse(function.args)}):"]


def between(code, start, end, name):
    """Return the lines from one that has a text to the next that has another."""
    first = 0 if start is None else line_with(code, start, name, 0)
    last = len(code) - 1 if end is None else line_with(code, end, name, first)
    shown = code[first : last + 1]

    def ellipsis(line):
        return " " * (len(line) - len(line.lstrip())) + "..."

    before = [ellipsis(code[0])] if first > 0 else []
    after = [ellipsis(code[last + 1])] if last < len(code) - 1 else []
    return [*before, *shown, *after]


def line_with(code, text, name, begin):
    """Return the number of the first line that has a text."""
    for number in range(begin, len(code)):
        if text in code[number]:
            return number
    raise ValueError(f"{name} has no line with {text!r}.")
