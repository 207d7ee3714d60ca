"""Add a built site to the pages of all versions, which a web server then serves.

    python docs/publish.py docs/_build/html PAGES 0.2.0
    python docs/publish.py docs/_build/html PAGES dev

PAGES has a folder per version. The newest release, or "dev" before the first one, is
copied to PAGES itself too, so that links without a version show it. Each version gets
the list of all versions, from which the reader chooses at the top of a page.
"""

import argparse
import json
import re
import shutil
from pathlib import Path

ADDRESS = "https://skmath.github.io/skmath"

RELEASE = re.compile(r"\d+\.\d+\.\d+")
"""Name of the folder of a release; pre-releases are not published."""

SWITCHER = Path("_static", "switcher.json")
"""The list of versions within a site, as docs/conf.py names it."""


def publish(site, pages, version):
    """Replace the pages of a version, and renew what depends on the list of versions.

    Parameters
    ----------
    site : Path
        Folder with the HTML pages of the version.
    pages : Path
        Folder with the pages of all versions; it is created if it does not exist.
    version : str
        A release such as "0.2.0", or "dev".

    Raises
    ------
    ValueError
        If `version` is neither a release nor "dev", or `site` has no index.html.
    """
    if version != "dev" and not RELEASE.fullmatch(version):
        raise ValueError(f"version={version!r} must be 'dev' or look like '0.2.0'.")
    if not (site / "index.html").exists():
        raise ValueError(f"{site} has no index.html: build the documentation first.")
    replace(pages / version, site)
    versions = published(pages)
    shown_first = versions[1 if len(versions) > 1 and versions[0] == "dev" else 0]
    for path in pages.iterdir():
        if path.name not in (*versions, ".git"):
            shutil.rmtree(path) if path.is_dir() else path.unlink()
    shutil.copytree(pages / shown_first, pages, dirs_exist_ok=True)
    # Without this file GitHub Pages leaves out folders that begin with an underscore.
    (pages / ".nojekyll").touch()
    entries = json.dumps(switcher(versions, shown_first), indent=2) + "\n"
    for folder in (pages, *(pages / name for name in versions)):
        (folder / SWITCHER).parent.mkdir(exist_ok=True)
        (folder / SWITCHER).write_text(entries, encoding="utf-8")


def replace(folder, site):
    """Make `folder` a copy of `site`."""
    if folder.exists():
        shutil.rmtree(folder)
    shutil.copytree(site, folder, ignore=shutil.ignore_patterns(".doctrees"))


def published(pages):
    """Return the versions that have a folder: "dev" and the newest releases first.

    Parameters
    ----------
    pages : Path

    Returns
    -------
    list of str
    """
    names = [path.name for path in pages.iterdir() if path.is_dir()]
    releases = [name for name in names if RELEASE.fullmatch(name)]
    releases.sort(key=lambda name: [int(part) for part in name.split(".")])
    return ["dev"] * ("dev" in names) + releases[::-1]


def switcher(versions, shown_first):
    """Return the entries of the theme's list of versions.

    Parameters
    ----------
    versions : list of str
    shown_first : str
        The version that links without a version lead to.

    Returns
    -------
    list of dict
    """
    names = {"dev": "development"}
    if shown_first != "dev":
        names[shown_first] = f"{shown_first} (stable)"
    return [
        {
            "name": names.get(version, version),
            "version": version,
            "url": f"{ADDRESS}/{version}/",
            "preferred": version == shown_first,
        }
        for version in versions
    ]


if __name__ == "__main__":
    parser = argparse.ArgumentParser(description=__doc__.split("\n")[0])
    parser.add_argument("site", type=Path, help="folder of the built HTML pages")
    parser.add_argument("pages", type=Path, help="folder of the pages of all versions")
    parser.add_argument("version", help='a release such as "0.2.0", or "dev"')
    options = parser.parse_args()
    publish(options.site, options.pages, options.version)
