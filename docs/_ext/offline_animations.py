"""Animations of the gallery without a network.

matplotlib's player links a style sheet on another host for the icons of its buttons.
The theme ships the same icons, so the link is taken out. The picture gets a text that
stands for it.
"""

import re

LINK = re.compile(
    r'<link rel="stylesheet"\s+href="https://maxcdn[^"]*font-awesome[^"]*">'
)

PICTURE = '<img id="_anim_img'
TEXT = "The frame of the animation that the slider below it selects"


def take_link_out(app, pagename, templatename, context, doctree):
    """Take the link out of a page's body, and describe the picture."""
    if "sphx-glr-animation" in context.get("body", ""):
        body = LINK.sub("", context["body"])
        context["body"] = body.replace(
            PICTURE, f'{PICTURE[:4]} alt="{TEXT}"{PICTURE[4:]}'
        )


def setup(app):
    """Connect to Sphinx."""
    app.connect("html-page-context", take_link_out)
    return {"parallel_read_safe": True, "parallel_write_safe": True}
