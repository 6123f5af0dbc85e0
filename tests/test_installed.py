"""Whether distributions with codemods are seen, wherever Python finds them."""

from __future__ import annotations

import zipfile
from pathlib import Path

import pytest

from amigrate.installed import brings_codemods
from tests.tree import write

ENTRY = "[amigrate.codemods]\nours = package:Rename\n"
METADATA = "Metadata-Version: 2.1\nName: our\nVersion: 1\n"


@pytest.mark.parametrize(
    "path",
    ["our-1.dist-info/entry_points.txt", "our.egg-info/entry_points.txt", "our-1-py3.11.egg/EGG-INFO/entry_points.txt"],
)
def test_a_distribution_with_codemods(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, path: str) -> None:
    write(tmp_path, {path: ENTRY, path.replace("entry_points.txt", "PKG-INFO"): METADATA})
    write(tmp_path, {path.replace("entry_points.txt", "METADATA"): METADATA})
    assert not brings_codemods()
    monkeypatch.syspath_prepend(tmp_path)
    if ".egg/" in path:
        monkeypatch.syspath_prepend(tmp_path / path.partition("/")[0])
    assert brings_codemods()


def test_one_in_a_zip(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    with zipfile.ZipFile(tmp_path / "our.zip", "w") as archive:
        archive.writestr("our-1.dist-info/entry_points.txt", ENTRY)
        archive.writestr("our-1.dist-info/METADATA", METADATA)
    monkeypatch.syspath_prepend(tmp_path / "our.zip")
    assert brings_codemods()


def test_other_groups_folders_that_are_missing_and_files_that_are_broken(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    write(tmp_path, {"other-1.dist-info/entry_points.txt": "[console_scripts]\nother = other:main\n"})
    (tmp_path / "broken.dist-info/entry_points.txt").mkdir(parents=True)
    monkeypatch.syspath_prepend(tmp_path / "missing")
    monkeypatch.syspath_prepend(tmp_path)
    assert not brings_codemods()
