"""Patches give the very same bytes with real git, and are read by others."""

from __future__ import annotations

import os
import subprocess
from pathlib import Path

import pytest
from unidiff.patch import PatchSet

from amigrate.model import FileChange
from amigrate.review.patch import patch, quoted

CONTENTS = {
    "plain": (b"a\nb\nc\n", b"a\nB\nc\n"),
    "crlf": (b"a\r\nb\r\nc\r\n", b"a\r\nB\r\nc\r\n"),
    "mixed ends": (b"a\r\nb\nc\r\n", b"a\r\nb\nC\r\n"),
    "no final newline": (b"a\nb", b"a\nB"),
    "final newline gained": (b"a\nb", b"a\nb\n"),
    "final newline lost": (b"a\nb\n", b"a\nb"),
    "context without final newline": (b"a\nb", b"A\nb"),
    "latin-1": (b"# coding: latin-1\nx = '\xe4'\n", b"# coding: latin-1\ny = '\xe4'\n"),
    "form feed and lone carriage return": (b"a\n\x0c\nb\rc\nd\n", b"a\n\x0c\nb\rc\nD\n"),
    "insert at the top": (b"a\n" * 9, b"import x\n" + b"a\n" * 9),
    "insert at the end": (b"a\n" * 9, b"a\n" * 9 + b"b\n"),
    "delete all but one": (b"a\nb\nc\n", b"b\n"),
    "to empty": (b"a\n", b""),
    "from empty": (b"", b"a\n"),
    "bom": (b"\xef\xbb\xbfa\nb\n", b"\xef\xbb\xbfA\nb\n"),
    "lines that look like diff": (b"--- a\n+++ b\n@@ -1 +1 @@\nx\n", b"--- a\n+++ c\n@@ -1 +1 @@\nx\n"),
}
NAMES = [
    "plain.py",
    "with space.py",
    'quote".py',
    "back\\slash.py",
    "ünï.py",
    "tab\t.py",
    "new\nline.py",
    "sub dir/x y.py",
]


def apply_with_git(folder: Path, change: FileChange) -> bytes:
    target = folder / change.path
    target.parent.mkdir(parents=True, exist_ok=True)
    target.write_bytes(change.before)
    subprocess.run(["git", "init", "--quiet"], cwd=folder, check=True)
    for option in ("--check", "--whitespace=nowarn"):
        subprocess.run(["git", "apply", option, "-"], cwd=folder, input=patch([change]), check=True)
    return target.read_bytes()


@pytest.mark.parametrize("name", CONTENTS)
def test_git_applies_the_patch_to_the_very_same_bytes(tmp_path: Path, name: str) -> None:
    before, after = CONTENTS[name]
    assert apply_with_git(tmp_path, FileChange("shop/views.py", before, after, ())) == after


@pytest.mark.parametrize("name", [*NAMES, os.fsdecode(b"latin-\xe4.py")])
def test_git_finds_files_of_any_name(tmp_path: Path, name: str) -> None:
    assert apply_with_git(tmp_path, FileChange(name, b"a\n", b"b\n", ())) == b"b\n"


@pytest.mark.parametrize("name", NAMES)
def test_names_are_written_as_git_writes_them(tmp_path: Path, name: str) -> None:
    (tmp_path / name).parent.mkdir(exist_ok=True)
    (tmp_path / name).write_bytes(b"a\n")
    for command in (["init", "-q"], ["add", "-A"]):
        subprocess.run(["git", *command], cwd=tmp_path, check=True)
    (tmp_path / name).write_bytes(b"b\n")
    theirs = subprocess.run(
        ["git", "-c", "core.quotePath=true", "diff"], cwd=tmp_path, check=True, capture_output=True
    ).stdout.split(b"\n")
    ours = patch([FileChange(name, b"a\n", b"b\n", ())]).split(b"\n")
    assert ours == [line for line in theirs if not line.startswith(b"index ")]


def test_one_patch_of_many_files_is_read_by_unidiff() -> None:
    changes = [FileChange("a.py", b"a\nb\n", b"a\nB\n", ()), FileChange("b.py", b"x\n", b"x\ny\n", ())]
    read = PatchSet(patch(changes).decode())
    assert [(one.path, one.added, one.removed) for one in read] == [("a.py", 1, 1), ("b.py", 1, 0)]


def test_a_file_that_did_not_change_has_no_patch() -> None:
    assert patch([FileChange("a.py", b"a\n", b"a\n", ())]) == b""


def test_plain_names_are_not_quoted() -> None:
    assert quoted(b"a/", "shop/views.py") == b"a/shop/views.py"
