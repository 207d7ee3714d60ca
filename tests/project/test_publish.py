"""Publishing the documentation of several versions."""

import importlib.util
import json
from pathlib import Path

import pytest

SCRIPT = Path(__file__).parents[2] / "docs" / "publish.py"

pytestmark = pytest.mark.skipif(not SCRIPT.exists(), reason="only in a checkout")


@pytest.fixture(name="publish")
def publish_of_the_script():
    spec = importlib.util.spec_from_file_location("publish_script", SCRIPT)
    script = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(script)
    return script.publish


def site(folder, text):
    (folder / "_static").mkdir(parents=True)
    (folder / "index.html").write_text(text)
    (folder / "_static" / "switcher.json").write_text("[]")
    return folder


def versions(folder):
    return {
        entry["version"]: entry["name"]
        for entry in json.loads((folder / "_static" / "switcher.json").read_text())
    }


def test_the_root_shows_the_newest_release_and_every_version_lists_all(
    publish, tmp_path
):
    pages = tmp_path / "pages"
    for version in ("dev", "0.9.0", "0.10.0", "0.9.1"):
        publish(site(tmp_path / version, version), pages, version)
        assert (pages / version / "index.html").read_text() == version
    assert (pages / "index.html").read_text() == "0.10.0"
    expected = {
        "dev": "development",
        "0.10.0": "0.10.0 (stable)",
        "0.9.1": "0.9.1",
        "0.9.0": "0.9.0",
    }
    for folder in ("", "dev", "0.9.0", "0.9.1", "0.10.0"):
        assert versions(pages / folder) == expected
        assert list(versions(pages / folder)) == list(expected)


def test_before_the_first_release_the_root_shows_the_development_version(
    publish, tmp_path
):
    pages = tmp_path / "pages"
    publish(site(tmp_path / "dev", "dev"), pages, "dev")
    assert (pages / "index.html").read_text() == "dev"
    assert (pages / ".nojekyll").exists()
    assert versions(pages) == {"dev": "development"}


def test_pages_that_a_version_no_longer_has_are_removed(publish, tmp_path):
    pages = tmp_path / "pages"
    first = site(tmp_path / "first", "1")
    (first / "old.html").write_text("old")
    publish(first, pages, "0.1.0")
    (pages / ".git").mkdir()
    publish(site(tmp_path / "second", "2"), pages, "0.1.0")
    assert not (pages / "old.html").exists()
    assert not (pages / "0.1.0" / "old.html").exists()
    assert (pages / ".git").exists()


@pytest.mark.parametrize("version", ["0.1.0.dev0", "v0.1.0", "latest", "../x"])
def test_other_names_are_refused(publish, tmp_path, version):
    with pytest.raises(ValueError, match="must be 'dev' or look like"):
        publish(site(tmp_path / "site", ""), tmp_path / "pages", version)


def test_a_folder_without_pages_is_refused(publish, tmp_path):
    with pytest.raises(ValueError, match=r"no index\.html"):
        publish(tmp_path, tmp_path / "pages", "dev")
