"""Settings of Sphinx; README.md says how to build."""

import os
import sys
from pathlib import Path

# Before the imports, which read them. The examples' matrices are small: a second thread
# gains little, and waits for processors that are busy. Examples must not open windows.
os.environ.setdefault("OMP_NUM_THREADS", "1")
os.environ.setdefault("MPLBACKEND", "agg")

HERE = Path(__file__).parent
sys.path.insert(0, str(HERE / "_ext"))

import inventories  # noqa: E402

# The gallery's links look names up in scikit-learn, where this one has to be enabled.
from sklearn.experimental import enable_halving_search_cv  # noqa: E402, F401

import skmath  # noqa: E402

project = "skmath"
author = "The skmath developers"
copyright = author
version = release = skmath.__version__

extensions = [
    "api_pages",  # first: it writes pages that the others read
    "benchmark_table",
    "breakable_names",
    "checked_links",
    "code_excerpt",
    "edit_links",
    "local_mathjax",
    "repository_pages",
    "requirement_tables",
    "sphinx.ext.autodoc",
    "sphinx.ext.autosummary",
    "sphinx.ext.intersphinx",
    "sphinx.ext.mathjax",
    "sphinx.ext.viewcode",
    "myst_parser",
    "numpydoc",
    "notebooks",
    "pictures",
    "peer_page",
    "offline_animations",
    "plain_docstrings",
    "sphinx_copybutton",
    "social_card",
    "sphinxcontrib.bibtex",
    "sphinx_design",
    "sphinx_gallery.gen_gallery",
]

exclude_patterns = ["_build", "README.md"]
# Anchors for the headings of the Markdown pages.
myst_heading_anchors = 3
# A name in single backticks is a link where Sphinx knows it, and code where not: names
# of parameters and attributes, and those of other projects without a network. Names of
# skmath itself, with their module, must be found.
default_role = "py:obj"
nitpick_ignore_regex = [
    ("py:.*", r"[^.]*"),
    ("py:.*", r"(sklearn|numpy|scipy|matplotlib|pandas|networkx)\..*"),
]

autodoc_member_order = "bysource"
# numpydoc gives the types, with their shapes.
autodoc_typehints = "none"
python_maximum_signature_line_length = 88
autosummary_generate = False  # api_pages writes the pages
# Lists of references are there to read, whether or not the text has their numbers.
suppress_warnings = ["ref.citation"]
# api_pages names the members of a class; a second list would repeat them.
numpydoc_show_class_members = False
# All of numpydoc's checks but those that ask for text where there is nothing to add: an
# extended summary, an example and a See Also of every method, a sentence for an X whose
# shape says all; and a capital letter where a sentence begins with a symbol. Functions
# of the pillars are one equation each, whose parameters are those of their class.
numpydoc_validation_checks = {
    *("all", "ES01", "EX01", "SA01", "GL08"),
    *("PR01", "PR07", "PR08", "RT01", "RT02", "RT03", "RT04", "SS02"),
}

# Constants, whose text is one line.
numpydoc_validation_exclude = {r"\.[A-Z_]+$"}

bibtex_bibfiles = ["references.bib"]
bibtex_reference_style = "author_year"

intersphinx_mapping = inventories.fetch(
    {
        "python": "https://docs.python.org/3",
        "numpy": "https://numpy.org/doc/stable",
        "scipy": "https://docs.scipy.org/doc/scipy",
        "matplotlib": "https://matplotlib.org/stable",
        "pandas": "https://pandas.pydata.org/docs",
        "sklearn": "https://scikit-learn.org/stable",
    },
    HERE / "_build" / "inventories",
)

sphinx_gallery_conf = {
    "examples_dirs": "../examples",
    "gallery_dirs": "auto_examples",
    "filename_pattern": r"/plot_",
    "within_subsection_order": "FileNameSortKey",
    "doc_module": ("skmath",),
    "backreferences_dir": "auto_examples/backreferences",
    "abort_on_example_error": True,
    "reset_modules": ("matplotlib", "gallery_warnings.raise_warnings"),
    "reset_modules_order": "both",
    # Tables show as tables; what other last expressions return says nothing.
    "capture_repr": ("_repr_html_",),
    "image_srcset": ["2x"],
    "matplotlib_animations": (True, "jshtml"),
    "remove_config_comments": True,
    "show_signature": False,
    "write_computation_times": False,
}

# Publishers refuse scripts that follow a DOI.
linkcheck_ignore = [r"https://doi\.org/"]

html_theme = "pydata_sphinx_theme"
html_title = "skmath"
html_baseurl = "https://skmath.github.io/skmath/"
html_favicon = "_static/favicon.svg"
html_static_path = ["_static"]
html_css_files = ["skmath.css"]
html_show_sourcelink = False
# The landing page has no sections to list.
html_sidebars = {"index": []}
html_context = {
    "github_user": "skmath",
    "github_repo": "skmath",
    "github_version": "main",
    "doc_path": "docs",
}
html_theme_options = {
    "github_url": "https://github.com/skmath/skmath",
    "use_edit_page_button": True,
    "header_links_before_dropdown": 6,
    "logo": {
        "alt_text": "skmath, to the first page",
        "image_light": "_static/logo.svg",
        "image_dark": "_static/logo_dark.svg",
    },
    "switcher": {
        "json_url": "_static/switcher.json",
        "version_match": "dev" if ".dev" in release else release,
    },
    "navbar_end": ["version-switcher", "theme-switcher", "navbar-icon-links"],
    "navigation_with_keys": False,
    "secondary_sidebar_items": ["page-toc", "edit-this-page"],
    "show_toc_level": 2,
}
