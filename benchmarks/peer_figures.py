"""Figures of the 40 tables: mean ranks, and means over the versions of skmath.

Ours are blue and filled, peers orange and open, so that they differ without colour too.
"""

import re

import numpy as np
from peer_results import MEASURES, PEERS, critical_difference, mean_ranks, means

OURS, THEIRS = "C0", "C1"
"""Blue and orange, in matplotlib's cycle of colours and in that of the site."""

RANKED = (
    ("classification", "score"),
    ("classification", "loss"),
    ("regression", "score"),
    ("clustering", "score"),
)
"""Panels of the ranks; three sets of pictures are too few."""

MARKERS = "os^D"

MIN_HEIGHT = 0.05
"""Of the vertical axis over versions."""


def draw_ranks(figure, results):
    """Draw the mean rank of each contender, with half a critical difference around it.

    Two whose bars do not overlap differ by more than a critical difference.

    Parameters
    ----------
    figure : matplotlib.figure.Figure
    results : dict
    """
    figure.set_size_inches(8, 6.4)
    most = max(len(mean_ranks(results, *panel)[0]) for panel in RANKED)
    axes = figure.subplots(2, 2).ravel()
    for ax, (task, key) in zip(axes, RANKED, strict=True):
        ranks, n_tables = mean_ranks(results, task, key)
        half = critical_difference(len(ranks), n_tables) / 2
        for place, (name, rank) in enumerate(ranks.items()):
            draw_contender(ax, place, rank, half, is_ours=name in PEERS)
        ax.set_yticks(range(len(ranks)), map(in_two_lines, ranks))
        ax.set_ylim(most - 0.5, -0.5)
        ax.set_xlabel("mean rank, 1 is best")
        ax.set_title(f"{task}: {MEASURES[task][key]}\n{n_tables} tables", loc="left")


def in_two_lines(name):
    """Return a long name broken between words, or before a capital letter."""
    if len(name) < 20:
        return name
    place = r" (?=or )" if " " in name else r"(?<=[a-z])(?=[A-Z])"
    return re.sub(place, "\n", name, count=1)


def draw_contender(ax, place, rank, half, is_ours):
    """Draw a contender's mean rank, and its bar."""
    colour = OURS if is_ours else THEIRS
    ax.plot([rank - half, rank + half], [place, place], color=colour, alpha=0.5)
    face = colour if is_ours else "none"
    ax.plot(rank, place, "o", markersize=8, color=colour, markerfacecolor=face)


def draw_versions(figure, by_version):
    """Draw the means over tables of each estimator and its peers, version by version.

    Only tables count on which all versions have figures of all of them.

    Parameters
    ----------
    figure : matplotlib.figure.Figure
    by_version : dict of str to dict
        Results, the oldest version first.
    """
    panels = [(name, task) for name, tasks in PEERS.items() for task in tasks]
    figure.set_size_inches(8, 1.5 * len(panels))
    axes = figure.subplots(len(panels), sharex=True)
    for ax, (name, task) in zip(axes, panels, strict=True):
        draw_history(ax, by_version, (name, *PEERS[name][task]), task)
        ax.set_title(f"{name}, {task}", loc="left")
        ax.set_ylabel(f"mean {MEASURES[task]['score']}")
        ax.legend(loc="center left", bbox_to_anchor=(1, 0.5))
        widen(ax)
    axes[-1].set_xticks(range(len(by_version)), by_version)
    axes[-1].set_xlim(-0.5, len(by_version) - 0.5)


def widen(ax):
    """Show an interval of `MIN_HEIGHT` at least, so that small changes look small."""
    low, high = ax.get_ylim()
    room = max(0.6 * (high - low), MIN_HEIGHT / 2)
    ax.set_ylim((low + high) / 2 - room, (low + high) / 2 + room)


def draw_history(ax, by_version, names, task):
    """Draw a line for each contender, ours first."""
    for i, (name, values) in enumerate(history(by_version, names, task).items()):
        colour = OURS if i == 0 else THEIRS
        face = colour if i == 0 else "none"
        style = {"marker": MARKERS[i], "linestyle": "-" if i == 0 else "--"}
        ax.plot(values, color=colour, markerfacecolor=face, label=name, **style)


def history(by_version, names, task):
    """Return the mean score of contenders over the shared tables, by version.

    Parameters
    ----------
    by_version : dict of str to dict
    names : sequence of str
    task : str

    Returns
    -------
    dict of str to list of float
    """
    means_by_version = [means(results, task) for results in by_version.values()]
    shared = [
        table
        for table in means_by_version[0]
        if all(
            set(names) <= set(of_version.get(table, ()))
            for of_version in means_by_version
        )
    ]
    return {
        name: [float(np.mean([f[t][name] for t in shared])) for f in means_by_version]
        for name in names
        if shared
    }
