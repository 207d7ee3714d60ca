"""Tables of the extras and of the supported versions, from ``pyproject.toml``."""

import re
import tomllib
from pathlib import Path

from benchmark_table import as_list_table, write

PURPOSES = {
    "plot": "The figures of `skmath.display`",
    "examples": "The data sets and libraries of the tour and the gallery",
    "dask": "Data larger than memory, clusters",
    "onnx": "Export with `skmath.onnx`",
    "skops": "Saving without pickle",
    "numba": "Faster l1 penalties on sparse data",
    "index": "Approximate search among many faces",
    "images": "Faces from JPEG and PNG files",
    "test": "The test suite",
    "test-array-api": "The test suite with PyTorch",
    "docs": "This documentation",
    "bench": "The benchmarks and their peers",
}
"""What each extra is for; a new one has to be added here."""


def setup(app):
    """Connect to Sphinx, after the extension that makes the folder."""
    app.connect("builder-inited", write_tables, priority=410)
    return {"parallel_read_safe": True}


def write_tables(app):
    """Write the two tables to include."""
    file = Path(app.srcdir).parent / "pyproject.toml"
    project = tomllib.loads(file.read_text(encoding="utf-8"))["project"]
    folder = Path(app.srcdir, "api")
    write(folder / "extras.inc", extras(project["optional-dependencies"]))
    write(folder / "requirements.inc", requirements(project))


def extras(optional):
    """Return a table of the extras: name, purpose and packages."""
    if missing := set(optional) ^ set(PURPOSES):
        raise ValueError(f"requirement_tables.py has other extras: {sorted(missing)}.")
    rows = [
        [f"``{name}``", PURPOSES[name], ", ".join(map(without_version, packages))]
        for name, packages in optional.items()
    ]
    table = as_list_table(rows, ["Extra", "What it is for", "Packages"])
    # Not figures but words: on a phone the rows become blocks.
    return table.replace(":class: figures", ":class: extras")


def requirements(project):
    """Return a table of what is needed, with the lowest versions."""
    pythons = [
        found[1]
        for classifier in project["classifiers"]
        if (found := re.fullmatch(r".* :: (3\.\d+)", classifier))
    ]
    rows = [["Python", ", ".join(pythons)]]
    for dependency in project["dependencies"]:
        name, lowest = dependency.split(">=")
        rows.append([name, f"{lowest} or newer"])
    return as_list_table(rows, ["Package", "Versions"])


def without_version(dependency):
    """Return the name of a package, in which an extra of skmath stays visible."""
    return re.match(r"[\w-]+(\[.*\])?", dependency)[0]
