"""What is written down about the package in more than one place agrees."""

import json
import re
import tomllib
from pathlib import Path

import pytest
import yaml

import skmath

ROOT = Path(__file__).parents[2]

PROJECT = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))[
    "project"
]

WORKFLOWS = sorted((ROOT / ".github" / "workflows").glob("*.yml"))


def test_the_lowest_versions_are_those_that_are_asked_for():
    lines = (ROOT / ".ci" / "lowest.txt").read_text(encoding="utf-8").splitlines()
    lowest = dict(line.split("==") for line in lines if not line.startswith("#"))
    asked = dict(dependency.split(">=") for dependency in PROJECT["dependencies"])
    assert lowest == {name: f"{version}.0" for name, version in asked.items()}


@pytest.mark.parametrize("path", WORKFLOWS, ids=lambda p: p.name)
def test_actions_are_pinned(path):
    text = path.read_text(encoding="utf-8")
    uses = re.findall(r"uses: (\S+)", text)
    assert uses
    assert all(re.fullmatch(r"[\w/-]+@[0-9a-f]{40}", action) for action in uses)
    for job in yaml.safe_load(text)["jobs"].values():
        assert job["timeout-minutes"] <= 25


def test_every_python_that_is_promised_is_tested():
    promised = [
        found[1]
        for classifier in PROJECT["classifiers"]
        if (found := re.fullmatch(r".* :: (3\.\d+)", classifier))
    ]
    jobs = yaml.safe_load(WORKFLOWS[-1].read_text(encoding="utf-8"))["jobs"]
    assert jobs["tests"]["strategy"]["matrix"]["python"] == promised
    assert PROJECT["requires-python"] == f">={promised[0]}"


def test_development_versions_and_threads_without_a_lock_are_tested():
    jobs = yaml.safe_load(WORKFLOWS[-1].read_text(encoding="utf-8"))["jobs"]
    commands = {
        name: " ".join(step.get("run", "") for step in job["steps"])
        for name, job in jobs.items()
    }
    assert "scientific-python-nightly-wheels" in commands["development"]
    assert "schedule" in jobs["development"]["if"]
    assert jobs["free-threaded"]["strategy"]["matrix"]["python"] == ["3.14t"]
    assert "--parallel-threads" in commands["free-threaded"]
    for place in re.findall(r"tests/\w+(?:\.py)?", commands["free-threaded"]):
        assert (ROOT / place).exists()


def test_the_citation_is_valid():
    cited = yaml.safe_load((ROOT / "CITATION.cff").read_text(encoding="utf-8"))
    # What version 1.2.0 of the format requires, and what it says of these.
    assert cited["cff-version"] == "1.2.0"
    assert cited["message"]
    assert cited["title"] == PROJECT["name"]
    assert cited["authors"] == PROJECT["authors"]
    assert cited["type"] in {"software", "dataset"}
    assert cited["version"] == skmath.__version__
    assert cited["license"] == PROJECT["license"]


def test_the_recipe_asks_for_what_the_package_asks_for():
    recipe = (ROOT / "recipe" / "meta.yaml").read_text(encoding="utf-8")
    for dependency in PROJECT["dependencies"]:
        assert f"- {dependency.replace('>=', ' >=')}\n" in recipe
    assert PROJECT["license"] in recipe


@pytest.mark.parametrize("name", ["bug", "feature", "documentation"])
def test_issue_forms_are_valid(name):
    file = ROOT / ".github" / "ISSUE_TEMPLATE" / f"{name}.yml"
    form = yaml.safe_load(file.read_text(encoding="utf-8"))
    # What GitHub requires of a form.
    assert {"name", "description", "body"} <= set(form)
    ids = [field["id"] for field in form["body"]]
    assert len(ids) == len(set(ids))
    for field in form["body"]:
        assert field["type"] in {"input", "textarea", "dropdown", "checkboxes"}
        assert field["attributes"]["label"]


def test_the_archive_has_the_package_s_metadata():
    file = ROOT / ".zenodo.json"
    archived = json.loads(file.read_text(encoding="utf-8"))
    assert archived["license"] == PROJECT["license"]
    assert archived["keywords"] == PROJECT["keywords"]
    assert archived["creators"] == PROJECT["authors"]


def test_links_of_the_readme_work_on_a_package_index():
    links = re.findall(r"\]\(([^)]+)\)", (ROOT / PROJECT["readme"]).read_text("utf-8"))
    raw = PROJECT["urls"]["Source"].replace("github.com", "raw.githubusercontent.com")
    places = {
        f"{PROJECT['urls']['Source']}/blob/main/": ROOT,
        f"{PROJECT['urls']['Source']}/tree/main/": ROOT,
        f"{raw}/main/": ROOT,
        f"{PROJECT['urls']['Documentation']}/": ROOT / "docs",
    }
    assert links
    for link in links:
        assert link.startswith("https://"), link
        for address, folder in places.items():
            if link.startswith(address):
                path = folder / link.removeprefix(address).replace(".html", ".rst")
                assert path.exists(), link
