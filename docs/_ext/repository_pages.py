"""Pages of the site whose text is a file of the repository's root.

A page of ``docs/project/`` that is one ``{include}`` of such a file gets its text, with
the links set right: between those files to the pages, and to other files of the
repository to GitHub.
"""

import re
from pathlib import Path

INCLUDE = re.compile(r"```\{include\} \.\./\.\./(\w+\.md)\s*```\s*")

LINK = re.compile(r"\]\((?!https?:|#)([^)#]+)(#[^)]*)?\)")


def setup(app):
    """Connect to Sphinx."""
    app.connect("source-read", insert)
    return {"parallel_read_safe": True}


def insert(app, docname, source):
    """Put the file's text in the place of the include."""
    found = INCLUDE.fullmatch(source[0])
    if not found:
        return
    root = Path(app.srcdir).parent
    file = root / found[1]
    app.env.note_dependency(str(file))
    options = app.config.html_context
    address = "https://github.com/{github_user}/{github_repo}/blob/{github_version}"
    pages = {path.stem for path in Path(app.srcdir, "project").glob("*.md")}

    def right(link):
        path, anchor = Path(link[1]), link[2] or ""
        if path.suffix == ".md" and path.stem.lower() in pages:
            return f"]({path.stem.lower()}.md{anchor})"
        return f"]({address.format(**options)}/{path}{anchor})"

    source[0] = LINK.sub(right, file.read_text(encoding="utf-8"))
