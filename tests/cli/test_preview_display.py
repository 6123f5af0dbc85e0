"""`preview` on a terminal: the pager, both sides beside each other, grouping by codemod."""

from __future__ import annotations

import os
import pty
import re
import subprocess
from collections.abc import Callable
from pathlib import Path
from subprocess import CompletedProcess

Cli = Callable[..., CompletedProcess[str]]


def on_terminal(command: list[str], env: dict[str, str], *arguments: str | Path) -> str:
    """What a terminal of these settings gets."""
    ours, theirs = pty.openpty()
    line = [*command, *map(str, arguments)]
    done = subprocess.Popen(line, env={**env, "TERM": "xterm-256color"}, stdin=theirs, stdout=theirs, stderr=theirs)
    os.close(theirs)
    shown = b""
    while True:
        try:
            part = os.read(ours, 65536)
        except OSError:  # the other side is closed
            break
        if not part:
            break
        shown += part
    os.close(ours)
    assert done.wait(timeout=60) == 0
    return shown.decode()


def plain(text: str) -> str:
    return re.sub(r"\x1b\[[0-9;?]*[A-Za-z]", "", text)


def test_a_terminal_gets_it_through_the_pager(
    project: Path, command: list[str], env: dict[str, str], tmp_path: Path
) -> None:
    pager = tmp_path / "pager"
    pager.write_text('#!/bin/sh\necho "PAGED $1 $LESS"\nexec cat\n')
    pager.chmod(0o755)
    shown = on_terminal(command, {**env, "PAGER": f"{pager} 'a b'"}, "preview", project)
    assert "PAGED a b FRX" in shown
    assert "\x1b[31m" in shown
    assert "2 files would change" in plain(shown)
    assert "PAGED" not in on_terminal(command, {**env, "PAGER": str(pager)}, "preview", project, "--no-pager")
    assert "PAGED" not in on_terminal(command, {**env, "PAGER": str(pager), "AMIGRATE_PAGER": ""}, "preview", project)
    missing = on_terminal(command, {**env, "PAGER": "no-such-pager -x"}, "preview", project)
    assert "2 files would change" in plain(missing)


def test_a_pager_that_is_left_early_ends_it_quietly(
    project: Path, command: list[str], env: dict[str, str], tmp_path: Path
) -> None:
    (project / "big.py").write_text("".join(f"x = old({at})  # g1 zeta\n" for at in range(5_000)))
    pager = tmp_path / "pager"
    pager.write_text("#!/bin/sh\nhead -n 2\n")
    pager.chmod(0o755)
    shown = plain(on_terminal(command, {**env, "PAGER": str(pager)}, "preview", project))
    assert "Traceback" not in shown
    assert shown.splitlines()[-1].strip() == "zeta 5000"


def test_nobody_pages_a_pipe(cli: Cli, project: Path, tmp_path: Path) -> None:
    pager = tmp_path / "pager"
    pager.write_text("#!/bin/sh\necho PAGED\n")
    pager.chmod(0o755)
    assert "PAGED" not in cli("preview", project, PAGER=str(pager)).stdout


def test_a_wide_terminal_gets_old_and_new_beside_each_other(
    project: Path, command: list[str], env: dict[str, str]
) -> None:
    environment = {**env, "PAGER": "cat", "COLUMNS": "170"}
    rows = [plain(line).rstrip("\r") for line in on_terminal(command, environment, "preview", project).split("\n")]
    (row,) = [line for line in rows if "old(1)" in line]
    assert row.index("new(1)") > 80
    assert re.match(r" +2 a = old\(1\)  # g1 zeta +│ +2 a = new\(1\)  # g1 zeta", row)
    narrow = on_terminal(command, {**environment, "COLUMNS": "120"}, "preview", project)
    assert "│" not in narrow
    assert "│" in on_terminal(command, {**environment, "COLUMNS": "120"}, "preview", project, "--side-by-side")


def test_rows_fit_the_width(cli: Cli, project: Path) -> None:
    (project / "long.py").write_text(f"x = old('{'y' * 300}')  # g1 zeta\n\ty = old('表' * 50)  # g1 zeta\n")
    done = cli("preview", project, "--side-by-side", COLUMNS="100")
    rows = [line for line in done.stdout.splitlines() if "│" in line]
    assert rows
    assert all(len(row) <= 100 for row in rows)


def test_a_huge_line_is_shown_by_its_ends(cli: Cli, project: Path) -> None:
    (project / "huge.py").write_text(f"data = '{'z' * 1_000_000}'; x = old(9)  # g1 zeta\n")
    done = cli("preview", project)
    assert len(done.stdout) < 20_000
    assert "characters…" in done.stdout
    assert "new(9)" in done.stdout


def test_by_codemod_shows_each_hunk_once_below_its_codemod(cli: Cli, project: Path) -> None:
    lines = cli("preview", project, "--by", "codemod").stdout.splitlines()
    assert lines[0] == "alpha  2 hunks"
    assert lines.index("zeta  1 hunk") > lines.index("+b = new(2)  # g2 alpha")
    assert sum(line.startswith("+") for line in lines) == 3
