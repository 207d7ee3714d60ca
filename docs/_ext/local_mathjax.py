"""MathJax as a part of the site, so that formulas need no network.

The package `sphinx-mathjax-offline` ships MathJax 3.2.2 with all of its components. The
pages need one of them, TeX to HTML, and its fonts: 1.5 of 24 MB are copied.
"""

import importlib.util
from pathlib import Path

from sphinx.util.fileutil import copy_asset

PACKAGE = "sphinx-mathjax-offline"

SCRIPT = "tex-chtml.js"

FONTS = "output/chtml/fonts/woff-v2"
"""Where the script looks for its fonts."""


def setup(app):
    """Connect to Sphinx."""
    app.connect("config-inited", use_it)
    app.connect("build-finished", copy_it)
    return {"parallel_read_safe": True}


def use_it(app, config):
    """Let the pages load the copy, whose path is relative to ``_static``."""
    config.mathjax_path = f"mathjax/{SCRIPT}"


def copy_it(app, exception):
    """Copy the script and its fonts next to the pages."""
    if exception is not None or app.builder.format != "html":
        return
    spec = importlib.util.find_spec(PACKAGE)
    if spec is None:
        raise ModuleNotFoundError(
            f'The formulas need {PACKAGE}: pip install -e ".[docs]".'
        )
    source = Path(spec.origin).parent / "static" / "mathjax"
    target = Path(app.outdir, "_static", "mathjax")
    copy_asset(source / SCRIPT, target)
    copy_asset(source / FONTS, target / FONTS)
