"""The API pages, and the lists of the estimators, written from the registry.

Before Sphinx reads its sources, this writes to ``docs/api/``

- ``index.rst``, and a page for each estimator, pillar and other public module;
- ``estimators.inc``, a table of the estimators, and ``cards.inc``, a card for each, for
  other pages to include.

So an estimator that the registry finds needs no edit here. A file is written only if
its content changed, so that Sphinx reads again only what did.
"""

import importlib
import inspect
import pkgutil
import re
from pathlib import Path

import skmath
from skmath._tour.registry import entries

PILLARS = ("linear_algebra", "calculus", "probability", "statistics")
"""In the order in which the theory introduces them; other modules follow by name."""

TITLES = {"det": "Detection error tradeoff"}
"""Titles of files whose names are abbreviations."""

INDEX = """\
API
===

Estimators
----------

.. include:: estimators.inc

.. toctree::
   :hidden:
   :caption: Estimators

{estimators}

Modules
-------

{modules}

.. toctree::
   :hidden:
   :caption: Modules

{module_pages}

Functions
---------

{functions}
"""

ESTIMATOR = """\
{title}

:Nearest in scikit-learn: {entry.counterpart}
:What it adds: {adds}

The mathematics
---------------

.. automodule:: {file}

The class
---------

.. autoclass:: {path}
   :members: {members}

It also has scikit-learn's {inherited}.

Examples
--------

.. minigallery:: {path}
"""

CARD = """\
   .. grid-item-card:: {name}
{picture}
      {line}

      {links}
"""


def setup(app):
    """Connect to Sphinx."""
    # Before sphinx-gallery, whose examples take a minute: errors here show at once.
    app.connect("builder-inited", write_pages, priority=400)
    return {"parallel_read_safe": True}


def write_pages(app):
    """Write what changed, and remove pages of what is gone."""
    folder = Path(app.srcdir, "api")
    folder.mkdir(exist_ok=True)
    examples = main_examples(Path(app.srcdir).parent / "examples")
    guides = {file.stem for file in Path(app.srcdir, "guide").glob("*.rst")}
    pages = all_pages(examples, guides)
    for name, text in pages.items():
        file = folder / name
        if not file.exists() or file.read_text(encoding="utf-8") != text:
            file.write_text(text, encoding="utf-8")
    for file in folder.iterdir():
        # The benchmarks' tables are another extension's.
        if file.name not in pages and file.suffix == ".rst":
            file.unlink()


def main_examples(folder):
    """Return the example of each estimator: the file that names it most often.

    Returns
    -------
    dict of str to str
        Stem of the file by name of the estimator; without those that have none.
    """
    sources = {
        file.stem: file.read_text(encoding="utf-8")
        for file in sorted(folder.glob("plot_*.py"))
    }
    found = {}
    for entry in entries():
        counts = {
            stem: len(re.findall(rf"\b{entry.name}\b", source))
            for stem, source in sources.items()
        }
        if any(counts.values()):
            found[entry.name] = max(counts, key=counts.get)
    return found


def all_pages(examples, guides=frozenset()):
    """Return the text of each file by its name."""
    modules = {name: importlib.import_module(name) for name in public_modules()}
    pages = {f"skmath.{entry.name}.rst": estimator_page(entry) for entry in entries()}
    pages |= {f"{name}.rst": module_page(module) for name, module in modules.items()}
    pages["estimators.inc"] = table()
    pages["cards.inc"] = cards(examples, guides)
    pages["index.rst"] = INDEX.format(
        estimators=indented(f"skmath.{entry.name}" for entry in entries()),
        modules="\n".join(
            f"- :doc:`{name}`: {first_line(module)}" for name, module in modules.items()
        ),
        module_pages=indented(modules),
        functions="\n\n".join(
            f".. autofunction:: skmath.{name}" for name in public_functions()
        ),
    )
    return pages


def public_modules():
    """Return the names of skmath's modules that need a page of their own.

    An estimator's folder has the page of its class, and what skmath itself hands on is
    described with its functions.
    """
    described = {id(getattr(skmath, name)) for name in skmath.__all__}
    described |= {id(entry.estimator) for entry in entries()}
    modules = {
        found.name: importlib.import_module(f"skmath.{found.name}")
        for found in pkgutil.iter_modules(skmath.__path__)
        if not found.name.startswith("_")
    }
    names = {
        name
        for name, module in modules.items()
        if not {id(getattr(module, member)) for member in module.__all__} <= described
    }
    return [f"skmath.{name}" for name in (*PILLARS, *sorted(names.difference(PILLARS)))]


def public_functions():
    """Return the names of the package's own functions."""
    return [
        name for name in skmath.__all__ if inspect.isfunction(getattr(skmath, name))
    ]


def estimator_page(entry):
    """Return the page of an estimator: its mathematics, its class, its gallery."""
    own, inherited = methods(entry.estimator)
    return ESTIMATOR.format(
        title=titled(entry.name),
        entry=entry,
        adds=capitalized(entry.adds),
        path=public_path(entry.estimator),
        file=entry.estimator.__module__,
        members=", ".join(own),
        inherited=", ".join(f"``{name}``" for name in inherited),
    )


def public_path(cls):
    """Return where an estimator is imported from: skmath, or its folder."""
    exported = getattr(skmath, cls.__name__, None) is cls
    folder = cls.__module__.removesuffix(".estimator")
    return f"{'skmath' if exported else folder}.{cls.__name__}"


def module_page(module):
    """Return the page of a module or of a package, a section for each of its files."""
    parts = [titled(module.__name__), f".. automodule:: {module.__name__}"]
    files = pkgutil.iter_modules(getattr(module, "__path__", []))
    public = [part for part in files if not part.name.startswith("_")]
    own = list(module.__all__)
    if public:
        own = [name for name in own if is_of(module, name)]
    if own:
        parts += [members_of(module, module, own)]
    for part in public:
        file = importlib.import_module(f"{module.__name__}.{part.name}")
        title = TITLES.get(part.name, part.name.replace("_", " ").capitalize())
        # A name that a file shares with a function is that of the function.
        option = "\n   :no-index:" if part.name in module.__all__ else ""
        parts += [titled(title, "-"), f".. automodule:: {file.__name__}{option}"]
        parts += [members_of(file, module)]
    return "\n\n".join(parts) + "\n"


def is_of(module, name):
    """Tell whether a public name of a module is defined in it, and not below."""
    value = getattr(module, name)
    return getattr(value, "__module__", module.__name__) == module.__name__


def members_of(file, package, names=None):
    """Return a table of a file's public names, and the description of each."""
    named, described = [], []
    for name in file.__all__ if names is None else names:
        value = getattr(file, name)
        # What the package offers is described under the name that is imported.
        public = package if getattr(package, name, None) is value else file
        path = f"{public.__name__}.{name}"
        if inspect.isclass(value):
            own, _ = methods(value)
            members = f"\n   :members: {', '.join(own)}" if own else ""
            described.append(f".. autoclass:: {path}{members}")
        elif callable(value):
            described.append(f".. autofunction:: {path}")
        else:
            # The text below a constant is found only in the file itself.
            described.append(f".. autodata:: {file.__name__}.{name}\n   :no-value:")
            continue
        named.append(path.removeprefix(f"{package.__name__}."))
    here = f".. currentmodule:: {package.__name__}"
    return "\n\n".join([here, ".. autosummary::", indented(named), *described])


def methods(cls):
    """Return the public methods and properties of skmath's, and inherited methods."""
    own, inherited = [], []
    for name in dir(cls):
        value = getattr(cls, name)
        function = value.fget if isinstance(value, property) else value
        if name.startswith("_") or not callable(function):
            continue
        ours = getattr(function, "__module__", None) or ""
        (own if ours.startswith("skmath") else inherited).append(name)
    return own, inherited


def table():
    """Return a table of the estimators."""
    rows = [("Estimator", "Nearest in scikit-learn", "What it adds")]
    rows += [
        (
            f":class:`~{public_path(entry.estimator)}`",
            entry.counterpart,
            capitalized(entry.adds),
        )
        for entry in entries()
    ]
    lines = [".. list-table::", "   :header-rows: 1", "   :widths: 3 4 5", ""]
    for first, *others in rows:
        lines += [f"   * - {first}", *(f"     - {cell}" for cell in others)]
    return "\n".join(lines) + "\n"


def cards(examples, guides):
    """Return a grid of cards, one per estimator."""
    parts = [".. grid:: 1 2 3 3\n   :gutter: 3\n"]
    for entry in entries():
        stem = examples.get(entry.name)
        folder = entry.estimator.__module__.removesuffix(".estimator").split(".")[-1]
        links, picture = f":doc:`API </api/skmath.{entry.name}>`", ""
        if folder in guides:
            links = f":doc:`Guide </guide/{folder}>` · {links}"
        if stem:
            links += f" · :doc:`Example </auto_examples/{stem}>`"
            image = f"/auto_examples/images/thumb/sphx_glr_{stem}_thumb.png"
            picture = f"      :img-top: {image}\n      :img-alt:\n"
        line = first_line(entry.estimator)
        parts.append(
            CARD.format(name=entry.name, line=line, links=links, picture=picture)
        )
    return "\n".join(parts)


def first_line(described):
    """Return the first line of a docstring."""
    return inspect.getdoc(described).splitlines()[0]


def capitalized(text):
    """Return a text that begins with a capital letter; the others stay."""
    return text[:1].upper() + text[1:]


def titled(text, line="="):
    """Return a title and the line under it."""
    return f"{text}\n{line * len(text)}"


def indented(lines):
    """Return lines as the content of a directive."""
    return "\n".join(f"   {line}" for line in lines)
