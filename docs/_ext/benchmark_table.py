"""The table of the benchmarks, taken from where it is written down.

`benchmarks/README.md` has what `benchmarks/compare.py` measured; the pages about
performance and the landing page include its rows, all of them or the best known.
"""

from pathlib import Path

SECONDS = "{},\N{NO-BREAK SPACE}s"

COLUMNS = {
    "case": 0,
    "data": 1,
    "compared with": 2,
    SECONDS.format("skmath"): 3,
    SECONDS.format("other"): 4,
    "ratio": 5,
}

LANDING = {
    "SVDRegressor.fit": "least squares",
    "SVDRegressor.alpha": "ridge, choice of alpha",
    "EigenfaceClassifier.fit_orl": "faces",
    "LaplacianSpectralClustering.neighbors": "clusters",
    "GDLinearModel.log_loss": "logistic regression",
    "GDLinearModel.lasso": "lasso",
    "BackpropMLP.mnist": "network, digits",
    "FromScratchNB.fit_tall": "naive Bayes",
    "FromScratchNB.frame": "naive Bayes, missing values",
}
"""Cases of the landing page, one or two an estimator, and what it calls them."""

SECTIONS = {
    "memory": (
        "Files larger than memory",
        {0: "estimator", 1: "input", 3: "MiB", 4: "compared with", 6: "MiB"},
    ),
    "task_graph": ("Planning a pass", None),
}
"""Headings whose tables the guide includes, and the columns with their names there.

None includes the table as it is.
"""


def setup(app):
    """Connect to Sphinx."""
    # After api_pages, which removes from the folder what it did not write.
    app.connect("builder-inited", write_tables, priority=410)
    return {"parallel_read_safe": True}


def write_tables(app):
    """Write the tables to include."""
    readme = Path(app.srcdir).parent / "benchmarks" / "README.md"
    rows = measured(readme.read_text(encoding="utf-8"))
    names = {row[0].replace("\\", "") for row in rows}
    missing = set(LANDING) - names
    if missing:
        raise ValueError(f"{readme} has no row of {sorted(missing)}.")
    first = {row[0].replace("\\", ""): row for row in reversed(rows)}
    chosen = [[what, *first[case][1:]] for case, what in LANDING.items()]
    folder = Path(app.srcdir, "api")
    write(folder / "benchmarks.inc", by_estimator(rows))
    write(folder / "measured.inc", as_list_table(chosen, ["", *list(COLUMNS)[1:]]))
    for name, (heading, columns) in SECTIONS.items():
        found = section(readme.read_text(encoding="utf-8"), heading)
        header, *body = found
        if columns:
            header = list(columns.values())
            body = [[row[i] for i in columns] for row in body]
        write(folder / f"{name}.inc", as_list_table(body, header))


def measured(text):
    """Return the cells of the figures' rows, those of `COLUMNS`."""
    lines = [line for line in text.splitlines() if line.startswith("| ")]
    cells = [[cell.strip() for cell in line.strip("| ").split(" | ")] for line in lines]
    return [
        [row[i].replace("_", r"\_") for i in COLUMNS.values()]
        for row in cells
        if len(row) >= 11 and "." in row[0]
    ]


def by_estimator(rows):
    """Return a heading and an RST table of the cases of each estimator."""
    parts = []
    for row in rows:
        estimator, case = row[0].split(".", 1)
        if not parts or parts[-1][0] != estimator:
            parts.append((estimator, []))
        parts[-1][1].append([case, *row[1:]])
    return "\n".join(
        f"{estimator}\n{'^' * len(estimator)}\n\n{as_list_table(body, list(COLUMNS))}"
        for estimator, body in parts
    )


def section(text, heading):
    """Return the cells of the table below a heading, its header first."""
    below = text.split(f"## {heading}\n", 1)[1].split("\n## ", 1)[0]
    lines = [line for line in below.splitlines() if line.startswith("|")]
    rows = [[cell.strip() for cell in line.strip("|").split("|")] for line in lines]
    return [rows[0], *rows[2:]]  # without the rule between them


def as_list_table(rows, header):
    """Return an RST table."""
    lines = [".. list-table::", "   :header-rows: 1", "   :class: figures", ""]
    for first, *others in [header, *rows]:
        lines += [f"   * - {first}", *(f"     - {cell}" for cell in others)]
    return "\n".join(lines) + "\n"


def write(file, text):
    """Write a file if its content changed."""
    if not file.exists() or file.read_text(encoding="utf-8") != text:
        file.write_text(text, encoding="utf-8")
