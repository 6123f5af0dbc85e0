"""Hunks are those that real `git diff` shows for the same bytes, and long lines and files stay quick."""

from __future__ import annotations

import random
import re
import subprocess
import time
from collections.abc import Callable
from pathlib import Path

import pytest

from amigrate.model import FileChange
from amigrate.review.patch import unified_diff

FIXTURES = Path(__file__).parents[2] / "fixtures"
SLOW_MACHINE = 3
Git = Callable[[bytes, bytes], bytes]


@pytest.fixture
def git(tmp_path: Path) -> Git:
    """The hunks of `git diff` between two texts, without the names of functions behind `@@`."""

    def run(before: bytes, after: bytes) -> bytes:
        (tmp_path / "a").write_bytes(before)
        (tmp_path / "b").write_bytes(after)
        line = ["git", "-c", "core.autocrlf=false", "-c", "diff.algorithm=myers", "diff", "--no-index", "a", "b"]
        shown = subprocess.run(line, cwd=tmp_path, capture_output=True, check=False).stdout
        return re.sub(rb"(?m)^(@@ .*? @@).*$", rb"\1", shown[shown.index(b"\n@@") :])

    return run


def ours(before: bytes, after: bytes) -> bytes:
    diff = unified_diff(FileChange("x", before, after, ()))
    return diff[diff.index(b"\n@@") :]


def cases() -> list[tuple[bytes, bytes]]:
    pairs = [file.read_bytes().partition(b"# --- after\n") for file in sorted(FIXTURES.glob("*/*.py"))]
    return [(before, after) for before, _, after in pairs if after and before != after]


def test_for_every_fixture(git: Git) -> None:
    pairs = cases()
    assert len(pairs) > 40
    assert [before for before, after in pairs if ours(before, after) != git(before, after)] == []


@pytest.mark.parametrize("seed", range(8))
def test_for_files_that_were_changed_at_random(git: Git, seed: int) -> None:
    dice = random.Random(seed)
    sources = [before for before, _ in cases()]
    for _ in range(10):
        before = b"".join(dice.choice(sources) for _ in range(dice.randint(1, 4)))
        after = changed_at_random(dice, before)
        assert before == after or ours(before, after) == git(before, after)


def changed_at_random(dice: random.Random, source: bytes) -> bytes:
    """`source` with some lines changed, copied, removed, or indented."""
    lines = source.splitlines(keepends=True)
    for _ in range(dice.randint(1, 10)):
        at = dice.randrange(len(lines))
        match dice.randrange(5):
            case 0:
                lines[at] = lines[at].replace(b"(", b"(await ", 1)
            case 1:
                lines.insert(at, dice.choice(lines))
            case 2 if len(lines) > 20:
                del lines[at : at + dice.randint(1, 3)]
            case 3:
                lines[at:at] = lines[at : at + dice.randint(1, 8)]
            case _:
                lines[at : at + 6] = [b"    " + line if line.strip() else line for line in lines[at : at + 6]]
    return b"".join(lines)


@pytest.mark.parametrize(
    ("before", "after"),
    [
        (b"a\n" * 50 + b"x", b"a\n" * 49 + b"x"),
        (b"def f():\n    pass\n\n\n" * 5, b"def f():\n    pass\n\n\n" * 6),
        (b"\tif a:\n\t\tb\n\n" * 3, b"\tif a:\n\t\tb\n\n\tif a:\n\t\tc\n\n" * 3),
        (b"x\n" + b"\n" * 30 + b"y\n", b"\n" * 28 + b"y\n" + b"\n" * 3),
        (b"", b"a\nb\n"),
        (b"a\n" + b"\n" * 7, b"\n\n\n\na\n\n\n\n\na\n\n\n"),  # one group of lines joins the next
    ],
)
def test_where_equal_lines_leave_a_choice(git: Git, before: bytes, after: bytes) -> None:
    assert ours(before, after) == git(before, after)


def test_a_line_of_a_megabyte_takes_no_time() -> None:
    line = b"x = [" + b"1, " * 350_000 + b"get()]\n"
    start = time.process_time()
    assert ours(b"a\n" + line, b"a\n" + line.replace(b"get", b"aget")).count(b"aget") == 1
    assert time.process_time() - start < 0.2 * SLOW_MACHINE
