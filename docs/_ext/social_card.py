"""What other sites show of a page that somebody shares: title, sentence and picture."""

from html import escape

SENTENCE = (
    "Six scikit-learn estimators that show their work: exact results with their "
    "uncertainty, and code that reads as the formula."
)


def setup(app):
    """Connect to Sphinx."""
    app.connect("html-page-context", add_tags)
    return {"parallel_read_safe": True}


def add_tags(app, pagename, templatename, context, doctree):
    """Add Open Graph's elements to the head of a page."""
    base = app.config.html_baseurl
    tags = {
        "og:type": "website",
        "og:site_name": app.config.project,
        "og:title": context.get("title", app.config.html_title),
        "og:description": SENTENCE,
        "og:url": f"{base}{pagename}.html",
        "og:image": f"{base}_static/social_card.png",
        "og:image:width": "1200",
        "og:image:height": "630",
        "og:image:alt": "The name, and steps down the contours of a function",
        "twitter:card": "summary_large_image",
    }
    lines = [
        f'<meta property="{name}" content="{escape(text)}">'
        for name, text in tags.items()
    ]
    lines.append(f'<meta name="description" content="{escape(SENTENCE)}">')
    context["metatags"] = context.get("metatags", "") + "\n".join(lines)
