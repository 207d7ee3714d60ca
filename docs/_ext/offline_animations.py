"""Animations of the gallery without a network.

matplotlib's player links a style sheet on another host for the icons of its buttons.
The theme ships the same icons, so the link is taken out.
"""

import re

LINK = re.compile(
    r'<link rel="stylesheet"\s+href="https://maxcdn[^"]*font-awesome[^"]*">'
)


def take_link_out(app, pagename, templatename, context, doctree):
    """Take the link out of a page's body."""
    if "sphx-glr-animation" in context.get("body", ""):
        context["body"] = LINK.sub("", context["body"])


def setup(app):
    """Connect to Sphinx."""
    app.connect("html-page-context", take_link_out)
    return {"parallel_read_safe": True, "parallel_write_safe": True}
