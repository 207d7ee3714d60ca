"""Check the built pages: links lead somewhere, and nothing is loaded from a network.

Links to other sites are not followed here; ``make -C docs linkcheck`` does that.
"""

from html.parser import HTMLParser
from pathlib import Path
from urllib.parse import unquote, urlsplit

from sphinx.errors import ExtensionError

LOADED = {"script": "src", "img": "src", "iframe": "src", "source": "src"}
"""Attributes whose address a browser loads together with the page."""

LOADED_LINKS = {"stylesheet", "icon", "preload", "manifest"}
"""Relations of a ``link`` element that are loaded too; the others are only named."""


class Page(HTMLParser):
    """Addresses that a page loads or links to, and the anchors that it has."""

    def __init__(self, text):
        super().__init__()
        self.loaded, self.linked, self.anchors = set(), set(), set()
        self.feed(text)

    def handle_starttag(self, tag, attrs):
        """Collect the addresses of one element."""
        attributes = dict(attrs)
        if attributes.get("id"):
            self.anchors.add(attributes["id"])
        if tag == "a" and attributes.get("href"):
            self.linked.add(attributes["href"])
        if attributes.get(LOADED.get(tag)):
            self.loaded.add(attributes[LOADED[tag]])
        relations = set((attributes.get("rel") or "").split())
        if tag == "link" and relations & LOADED_LINKS:
            self.loaded.add(attributes["href"])


def setup(app):
    """Connect to Sphinx, after the extensions that copy files."""
    app.connect("build-finished", check, priority=900)
    return {"parallel_read_safe": True}


def check(app, exception):
    """Raise an error that lists everything that is wrong."""
    if exception is not None or app.builder.name != "html":
        return
    root = Path(app.outdir)
    # Source code pages have thousands of links, all made by Sphinx.
    files = [
        f for f in root.rglob("*.html") if not {"_modules", "_static"} & {*f.parts}
    ]
    pages = {file: Page(file.read_text(encoding="utf-8")) for file in files}
    wrong = [
        f"{file.relative_to(root)}: {problem}"
        for file, page in pages.items()
        for problem in problems(file, page, pages)
    ]
    if wrong:
        raise ExtensionError("Links are wrong:\n" + "\n".join(sorted(wrong)))


def problems(file, page, pages):
    """Yield what is wrong with the addresses of one page."""
    for address in page.loaded:
        if is_elsewhere(address) and not address.startswith("data:"):
            yield f"loads {address} from a network"
    for address in page.loaded | page.linked:
        if is_elsewhere(address):
            continue
        parts = urlsplit(address)
        target = (file.parent / unquote(parts.path)).resolve() if parts.path else file
        if not target.exists():
            yield f"{address} is not there"
        elif target in pages and parts.fragment:
            yield from missing_anchor(address, unquote(parts.fragment), pages[target])


def missing_anchor(address, anchor, page):
    """Yield an address whose anchor its page does not have."""
    if anchor not in page.anchors:
        yield f"{address} has no such anchor"


def is_elsewhere(address):
    """Tell whether an address is that of another site."""
    return bool(urlsplit(address).scheme or urlsplit(address).netloc)
