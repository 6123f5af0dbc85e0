"""`amigrate pr` that is killed at any moment: the repository is as it was, nothing is half-made, and it goes on."""

from __future__ import annotations

import time
from collections.abc import Callable
from pathlib import Path
from subprocess import CompletedProcess

import pytest

from tests.cli.killing import run_and_kill, wait_for_the_guard

Cli = Callable[..., CompletedProcess[str]]
Git = Callable[..., str]


@pytest.mark.parametrize("everything", [False, True], ids=["alone", "with-all-it-started"])
def test_killed_at_random_moments(
    pr: Cli,
    bare: Path,
    repository: Path,
    git: Git,
    command: list[str],
    env: dict[str, str],
    everything: bool,
    tmp_path: Path,
) -> None:
    def state() -> tuple[str, ...]:
        files = sorted((path.name, path.read_bytes()) for path in repository.glob("shop/*"))
        git("fsck", "--no-dangling")
        git("fsck", "--no-dangling", cwd=bare)
        status = git("status", "--porcelain", "--branch", "--ignored")
        return git("rev-parse", "HEAD", "main"), status, git("worktree", "list"), str(files)

    def subjects(name: str, folder: Path) -> int | None:
        listed = git("branch", "--list", name, cwd=folder)
        return git("log", "--format=%s", f"main..{name}", cwd=folder).count("amigrate:") if listed else None

    temporary = tmp_path / "temporary"
    temporary.mkdir()
    env["TMPDIR"] = str(temporary)
    started = time.monotonic()
    assert pr("--branch", "first", "--forge", "none").returncode == 0
    took = time.monotonic() - started
    before = state()
    for number in range(9):
        name = f"async{number}"
        line = [*command, "pr", str(repository), "--branch", name, "--forge", "none"]
        killed = run_and_kill(line, env, took, everything=everything)
        if killed and not everything:
            wait_for_the_guard(repository)
            assert subjects(name, repository) in (None, 2)
            assert state() == before and list(temporary.iterdir()) == []
        assert subjects(name, bare) in (None, 2), "half of it was pushed"
        if number % 3 == 2:
            done = pr("--branch", name, "--forge", "none")
            assert done.returncode == 0, done.stderr
            assert subjects(name, repository) == subjects(name, bare) == 2
            assert state() == before and list(temporary.iterdir()) == []
