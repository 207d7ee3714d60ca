"""Links "Edit on GitHub" of pages that are not written in ``docs/`` themselves.

A page of the API leads to its module, one of the gallery to its example, and one that
shows a file of the repository's root to that file.
"""

import importlib
from pathlib import Path

from repository_pages import INCLUDE


def setup(app):
    """Connect to Sphinx, after the theme."""
    app.connect("html-page-context", set_link, priority=900)
    return {"parallel_read_safe": True}


def set_link(app, pagename, templatename, context, doctree):
    """Set the link of a page whose source is elsewhere."""
    file = source_of(pagename, Path(app.srcdir))
    if file is None:
        return
    root = Path(app.srcdir).parent
    if not (root / file).exists():
        raise FileNotFoundError(f"{pagename}: {file} is not there to be edited.")
    options = app.config.html_context
    start = "https://github.com/{github_user}/{github_repo}/edit/{github_version}/"
    address = start.format(**options) + file
    context["get_edit_provider_and_url"] = lambda: ("GitHub", address)


def source_of(pagename, docs):
    """Return the file of the repository that a page is made of, None for its own."""
    folder, _, name = pagename.rpartition("/")
    if folder == "auto_examples":
        return f"examples/{'GALLERY_HEADER.rst' if name == 'index' else name + '.py'}"
    if folder == "api":
        return "docs/_ext/api_pages.py" if name == "index" else module_of(name)
    page = docs / f"{pagename}.md"
    if page.exists() and (found := INCLUDE.fullmatch(page.read_text("utf-8"))):
        return found[1]
    return None


def module_of(path):
    """Return the file of a module, or of the class that a path names."""
    try:
        module = importlib.import_module(path)
    except ModuleNotFoundError:
        package, _, name = path.rpartition(".")
        cls = getattr(importlib.import_module(package), name)
        module = importlib.import_module(cls.__module__)
    # From the package's name on.
    parts = Path(module.__file__).parts
    return "/".join(parts[len(parts) - parts[::-1].index("skmath") - 1 :])
