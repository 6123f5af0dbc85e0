"""`apply --branch` that is killed at any moment: the repository is as it was, and the next run works."""

from __future__ import annotations

import fcntl
import os
import subprocess
import sys
import time
from collections.abc import Callable
from pathlib import Path
from subprocess import CompletedProcess

import pytest

from tests.cli.killing import run_and_kill, wait_for_the_guard

Cli = Callable[..., CompletedProcess[str]]
Git = Callable[..., str]


def state(folder: Path, git: Git) -> tuple[str, ...]:
    """HEAD, all branches, status, files and work trees; and git must find nothing broken."""
    files = sorted((path.name, path.read_bytes()) for path in folder.glob("shop/*"))
    git("fsck", "--no-dangling")
    refs = git("for-each-ref")
    return (git("symbolic-ref", "HEAD"), refs, git("status", "--porcelain"), git("worktree", "list"), str(files))


@pytest.mark.parametrize("everything", [False, True], ids=["alone", "with-all-it-started"])
def test_killed_at_random_moments(
    cli: Cli, repository: Path, git: Git, command: list[str], env: dict[str, str], tmp_path: Path, everything: bool
) -> None:
    temporary = tmp_path / "temporary"
    temporary.mkdir()
    env = {**env, "TMPDIR": str(temporary)}
    line = [*command, "apply", str(repository), "--branch", "new"]
    started = time.monotonic()
    assert cli("apply", repository, "--branch", "new").returncode == 0
    took = time.monotonic() - started
    assert cli("undo", repository).returncode == 0
    before = state(repository, git)
    for _ in range(16):
        if not run_and_kill(line, env, took, everything=everything):
            cli("undo", repository)
        elif not everything:
            wait_for_the_guard(repository)
            finished_first = git("branch", "--list", "new")
            assert not finished_first or git("log", "--format=%s", "main..new").count("amigrate:") == 2
            cli("undo", repository)
        else:
            git("fsck", "--no-dangling")
            assert "somebody else" not in cli("undo", repository).stderr
        assert state(repository, git) == before
    assert list(temporary.iterdir()) == []
    assert cli("apply", repository, "--branch", "new").returncode == 0
    assert git("log", "--format=%s", "main..new").count("amigrate:") == 2
    assert cli("undo", repository).returncode == 0
    assert state(repository, git) == before


def test_commits_of_others_on_a_half_made_branch_are_kept(
    cli: Cli, repository: Path, git: Git, command: list[str], env: dict[str, str]
) -> None:
    hook = repository / ".git/hooks/pre-commit"
    hook.parent.mkdir(exist_ok=True)
    hook.write_text("#!/bin/sh\nsleep 5\n")
    hook.chmod(0o755)
    assert run_and_kill([*command, "apply", str(repository), "--branch", "new"], env, 0.1, everything=True, pause=3.0)
    hook.unlink()
    git("worktree", "prune", "--expire=now")
    tree = git("rev-parse", "main^{tree}").strip()
    for _ in range(2):
        git("update-ref", "refs/heads/new", git("commit-tree", tree, "-p", "new", "-m", "mine").strip())
    done = cli("apply", repository, "--branch", "new")
    assert done.returncode == 3
    assert "commits of somebody else on it now" in done.stderr
    assert git("log", "--format=%s", "main..new").split() == ["mine", "mine"]


def test_code_of_the_project_does_not_guard(repository: Path, git: Git, env: dict[str, str], tmp_path: Path) -> None:
    """Python would take modules from the folder that it is started in."""
    for name in ("amigrate_cli/__init__.py", "amigrate_cli/git/__init__.py", "amigrate_cli/git/guard.py"):
        (repository / name).parent.mkdir(parents=True, exist_ok=True)
        (repository / name).write_text(f"open({str(tmp_path / 'run')!r}, 'w')\n")
    git("add", "-A")
    git("commit", "--quiet", "-m", "a trap")
    apply = [sys.executable, "-P", "-m", "toy", "apply", str(repository), "--branch", "new"]
    subprocess.run(apply, cwd=repository, env=env, check=True, capture_output=True)
    assert not (tmp_path / "run").exists()


def test_one_at_a_time(cli: Cli, repository: Path, git: Git) -> None:
    held = os.open(repository / ".git", os.O_RDONLY)
    fcntl.flock(held, fcntl.LOCK_EX)
    done = cli("apply", repository, "--branch", "new")
    os.close(held)
    assert done.returncode == 3
    assert "another amigrate is at work in this repository" in done.stderr
    assert git("branch", "--list", "new") == ""
    assert cli("apply", repository, "--branch", "new").returncode == 0
