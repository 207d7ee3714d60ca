"""Each optional extra works without the others.

The others are hidden here; a job of the workflow "tests" installs each alone.
"""

import subprocess
import sys
import tomllib
from pathlib import Path

import pytest
import yaml
from extra_alone import PACKAGES

ROOT = Path(__file__).parents[2]

SCRIPT = Path(__file__).with_name("extra_alone.py")

OF_DEVELOPERS = {"bench", "docs", "examples", "test", "test-array-api"}
"""Extras of those who work on skmath, which come together."""


@pytest.mark.parametrize("extra", PACKAGES)
def test_an_extra_works_alone(extra):
    if extra == "numba":  # for speed; the tests do without
        pytest.importorskip(extra)
    done = subprocess.run(
        [sys.executable, "-W", "error", str(SCRIPT), extra, "--hide"],
        capture_output=True,
        text=True,
        timeout=120,
    )
    assert done.returncode == 0, done.stderr


def test_every_extra_is_tried_here_and_in_the_workflow():
    project = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))
    extras = set(project["project"]["optional-dependencies"]) - OF_DEVELOPERS
    assert set(PACKAGES) == {"none", *extras}
    path = ROOT / ".github" / "workflows" / "tests.yml"
    jobs = yaml.safe_load(path.read_text(encoding="utf-8"))["jobs"]
    assert jobs["extras"]["strategy"]["matrix"]["extra"] == list(PACKAGES)
