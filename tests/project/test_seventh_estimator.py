"""The page on a seventh estimator shows a file that works, by public names only."""

import ast
import json
import os
import shutil
import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest
import seventh_estimator
from numpy.testing import assert_allclose, assert_array_equal
from seventh_estimator import NearestMean
from sklearn.datasets import load_iris
from sklearn.neighbors import NearestCentroid
from sklearn.utils.estimator_checks import parametrize_with_checks

import skmath
from skmath.linear_algebra import DISTANCES

ROOT = Path(__file__).parents[2]

TOUR = '''\
"""The tour of `NearestMean`."""

from skmath._tour.registry import Entry
from skmath.nearest_mean import NearestMean

ENTRY = Entry(estimator=NearestMean, counterpart="NearestCentroid")
'''

FIND = """\
import importlib, json, sys
from pathlib import Path
import skmath
from skmath._tour.registry import entries

def found():
    entries.cache_clear()
    return next(entry for entry in entries() if entry.name == "NearestMean")

docs, tour = sys.argv[1:]
answer = {"file": skmath.__file__, "module": found().estimator.__module__}
answer |= {"count": len(entries()), "without a tour": found().counterpart}
Path(skmath.__file__).with_name("_tour").joinpath("nearest_mean.py").write_text(tour)
importlib.invalidate_caches()
answer["with a tour"] = found().counterpart
if Path(docs).exists():
    sys.path.insert(0, docs)
    answer["page"] = importlib.import_module("api_pages").estimator_page(found())
print(json.dumps(answer))
"""


@parametrize_with_checks([NearestMean(metric) for metric in DISTANCES])
def test_scikit_learn_checks(estimator, check):
    check(estimator)


def test_it_is_the_nearest_centroid():
    X, y = load_iris(return_X_y=True)
    ours, peer = NearestMean().fit(X, y), NearestCentroid().fit(X, y)
    assert_allclose(ours.means_, peer.centroids_)
    assert_array_equal(ours.predict(X), peer.predict(X))


def test_a_weight_is_a_repetition_and_zero_is_absence():
    X, y = load_iris(return_X_y=True)
    weight = np.where(y == 2, 0, 1 + np.arange(len(y)) % 3)
    repeated = np.repeat(np.arange(len(y)), weight)
    by_weight = NearestMean().fit(X, y, sample_weight=weight)
    by_rows = NearestMean().fit(X[repeated], y[repeated])
    assert_array_equal(by_weight.classes_, [0, 1])
    assert_allclose(by_weight.means_, by_rows.means_)


def test_an_unknown_metric_is_named():
    with pytest.raises(ValueError, match="metric must be one of euclidean"):
        NearestMean("angle").fit(*load_iris(return_X_y=True))


def test_it_imports_public_names_only():
    tree = ast.parse(Path(seventh_estimator.__file__).read_text(encoding="utf-8"))
    imports = [node for node in ast.walk(tree) if isinstance(node, ast.ImportFrom)]
    assert any(node.module.startswith("skmath.") for node in imports)
    for node in imports:
        for name in (*node.module.split("."), *(alias.name for alias in node.names)):
            assert not name.startswith("_"), f"{node.module} {name}"


def test_the_registry_finds_a_folder_that_is_added(tmp_path):
    package = tmp_path / "skmath"
    shutil.copytree(Path(skmath.__file__).parent, package)
    folder = package / "nearest_mean"
    folder.mkdir()
    shutil.copy(seventh_estimator.__file__, folder / "estimator.py")
    hand_on = "from skmath.nearest_mean.estimator import NearestMean\n\n"
    hand_on += '__all__ = ["NearestMean"]\n'
    (folder / "__init__.py").write_text(hand_on, encoding="utf-8")
    # In another process, as this one has imported the package without the folder; and
    # elsewhere, as Python looks for modules in the current folder first.
    ran = subprocess.run(
        [sys.executable, "-c", FIND, str(ROOT / "docs" / "_ext"), TOUR],
        env={**os.environ, "PYTHONPATH": str(tmp_path)},
        cwd=tmp_path,
        capture_output=True,
        text=True,
        check=False,
    )
    assert ran.returncode == 0, ran.stderr
    answer = json.loads(ran.stdout)
    assert Path(answer["file"]) == package / "__init__.py"
    assert answer["module"] == "skmath.nearest_mean.estimator"
    assert answer["count"] == 7
    assert answer["without a tour"] == ""
    assert answer["with a tour"] == "NearestCentroid"
    if "page" in answer:
        assert ".. autoclass:: skmath.nearest_mean.NearestMean" in answer["page"]
        assert ".. automodule:: skmath.nearest_mean.estimator" in answer["page"]
