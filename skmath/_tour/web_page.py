"""The tour as one HTML file: the table, and the figures as inline PNG images."""

import base64
from html import escape

from skmath._tour.table import shape

__all__ = ["web_page"]

DPI = 110
"""Pixels an inch, so that a figure of 8 inches fills the page's width."""

STYLE = """
:root { color-scheme: light dark; --ink: #1b1f24; --paper: #fff; --rule: #d5dae0;
  --soft: #57606a; }
@media (prefers-color-scheme: dark) {
  :root { --ink: #e6e8eb; --paper: #000; --rule: #3a4048; --soft: #a3abb5; }
}
body { color: var(--ink); background: var(--paper); margin: 0 auto; padding: 1rem;
  max-width: 56rem; font: 16px/1.5 system-ui, sans-serif; }
p, figcaption, td.note { color: var(--soft); }
.wide { overflow-x: auto; }
table { border-collapse: collapse; width: 100%; font-variant-numeric: tabular-nums; }
th, td { padding: .25rem .6rem; text-align: right; white-space: nowrap; }
th:first-child, td:first-child, tbody th, td.note { text-align: left; }
td.note { white-space: normal; }
thead th, tbody th { border-bottom: 1px solid var(--rule); }
tbody th { padding-top: 1rem; }
figure { margin: 2rem 0; }
img { max-width: 100%; height: auto; }
"""

PAGE = """<!DOCTYPE html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<meta http-equiv="Content-Security-Policy"
 content="default-src 'none'; img-src data:; style-src 'unsafe-inline'">
<title>skmath on real data</title>
<style>{style}</style>
</head>
<body>
<h1>skmath on real data</h1>
<p>A grid search with cross-validation tunes a pipeline with each estimator of skmath,
and one with its nearest counterpart in scikit-learn on the same folds. The column
"dummy" is the score of a model that ignores X. {versions}</p>
<div class="wide">
<table>
<thead><tr>{header}</tr></thead>
<tbody>
{rows}
</tbody>
</table>
</div>
{figures}
</body>
</html>
"""

HEADER = (
    *("data set", "rows x cols", "score"),
    *("skmath", "sklearn", "dummy", "skmath, s", "sklearn, s"),
)


SCORES = ("score", "counterpart_score", "baseline_score")

SECONDS = ("seconds", "counterpart_seconds")


def web_page(report, figures):
    """Return the text of the page, which loads no other files.

    Parameters
    ----------
    report : dict
        Versions and rows of the tour, as in the JSON file.
    figures : list of (str, (bytes, bytes))
        Captions, each with PNG images for light and for dark pages.

    Returns
    -------
    str
    """
    versions = (f"{name} {version}" for name, version in report["versions"].items())
    return PAGE.format(
        style=STYLE,
        versions=escape("Computed with " + ", ".join(versions) + "."),
        header="".join(f'<th scope="col">{escape(name)}</th>' for name in HEADER),
        rows="\n".join(_rows(report["rows"])),
        figures="\n".join(_figure(*figure) for figure in figures),
    )


def _rows(rows):
    """Yield the table's rows: pairs of estimators, and their data sets below."""
    above, width = None, len(HEADER)
    for row in rows:
        pair = row["estimator"], row["counterpart"]
        if pair != above:
            names = escape(" | ".join(pair))
            yield f'<tr><th colspan="{width}" scope="rowgroup">{names}</th></tr>'
        above = pair
        cells = (
            *(row["data"], shape(row), row["metric"]),
            *(f"{row[name]:.3f}" for name in SCORES),
            *(f"{row[name]:.2f}" for name in SECONDS),
        )
        yield "<tr>" + "".join(f"<td>{escape(cell)}</td>" for cell in cells) + "</tr>"
        for warning in row["warnings"]:
            yield f'<tr><td class="note" colspan="{width}">{escape(warning)}</td></tr>'


def _figure(caption, pictures):
    """Return a figure that has a picture for light and for dark pages."""
    light, dark = (base64.b64encode(picture).decode("ascii") for picture in pictures)
    caption = escape(caption)
    return (
        '<figure><picture><source media="(prefers-color-scheme: dark)" '
        f'srcset="data:image/png;base64,{dark}">'
        f'<img alt="{caption}" src="data:image/png;base64,{light}"></picture>'
        f"<figcaption>{caption}</figcaption></figure>"
    )
