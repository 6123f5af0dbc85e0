"""`apply --branch` and its undo, in real repositories."""

from __future__ import annotations

import json
import os
import shutil
import signal
import subprocess
import time
from collections.abc import Callable
from pathlib import Path
from subprocess import CompletedProcess

import pytest

Cli = Callable[..., CompletedProcess[str]]
Git = Callable[..., str]

ZETA = """amigrate: zeta: Zeta goes first

Because the registry says so.

1 edit in 1 group, in 1 function of 1 file.

Checked: each file compiles under Python 3.12 and differs only inside
the edits, each call of a function that became async is awaited, and a
second run changes nothing. Written for Django 5.2.
"""


def state(folder: Path, git: Git) -> tuple[str, ...]:
    """All that apply must not touch: HEAD, the base branch, status, files and work trees."""
    files = sorted((path.name, path.read_bytes()) for path in folder.rglob("*.py"))
    status = git("status", "--porcelain", "--branch")
    return (git("rev-parse", "HEAD", "main"), status, git("worktree", "list"), str(files))


def hook(folder: Path, name: str, script: str) -> None:
    path = folder / ".git/hooks" / name
    path.parent.mkdir(exist_ok=True)
    path.write_text(f"#!/bin/sh\n{script}\n")
    path.chmod(0o755)


def test_one_commit_for_each_lead_in_the_order_of_the_registry(cli: Cli, repository: Path, git: Git) -> None:
    before = state(repository, git)
    done = cli("apply", repository, "--branch", "new")
    assert (done.returncode, done.stderr) == (0, "")
    assert state(repository, git) == before
    assert git("log", "--format=%s", "main..new").splitlines() == [
        "amigrate: alpha: Alpha goes second",
        "amigrate: zeta: Zeta goes first",
    ]
    assert git("log", "-1", "--format=%B", "new~1").strip() + "\n" == ZETA
    assert git("log", "-1", "--format=%an <%ae> %cn", "new").strip() == "Ada <ada@example.org> Ada"


def test_each_commit_holds_whole_groups_and_the_last_all_of_them(cli: Cli, repository: Path, git: Git) -> None:
    cli("apply", repository, "--branch", "new")
    assert (
        git("show", "new~1:shop/views.py") == "import this\na = new(1)  # g1 zeta\nkeep = 2\nb = old(2)  # g2 alpha\n"
    )
    assert git("show", "new:shop/views.py") == "import this\na = new(1)  # g1 zeta\nkeep = 2\nb = new(2)  # g2 alpha\n"
    assert git("diff", "--name-only", "new~1", "new").split() == ["shop/forms.py", "shop/views.py"]
    git("switch", "--quiet", "new")
    assert (repository / "shop/forms.py").read_bytes() == b"c = new(3)  # g2 alpha\r\nd = 4"


def test_it_says_how_to_look_and_how_to_go_back(cli: Cli, repository: Path, git: Git) -> None:
    lines = cli("apply", repository, "--branch", "new").stdout.splitlines()
    assert "See: git diff main...new" in lines
    assert "Take it back: amigrate undo" in lines
    record = json.loads((repository / ".git/amigrate/undo.json").read_text())
    assert record == {
        "schema": "amigrate.undo/1", "kind": "branch", "branch": "new", "tip": git("rev-parse", "new").strip(),
        "base_branch": "main", "base": git("rev-parse", "main").strip(),
    }  # fmt: skip


def test_undo_deletes_the_branch(cli: Cli, repository: Path, git: Git) -> None:
    before = state(repository, git)
    cli("apply", repository, "--branch", "new")
    done = cli("undo", repository)
    assert done.returncode == 0
    assert done.stdout.startswith("Deleted the branch new (it was at ")
    assert git("branch", "--format=%(refname:short)").split() == ["main"]
    assert state(repository, git) == before
    assert cli("undo", repository).returncode == 2


def test_undo_goes_back_from_the_branch(cli: Cli, repository: Path, git: Git) -> None:
    cli("apply", repository, "--branch", "new")
    git("switch", "--quiet", "new")
    (repository / "shop/views.py").write_text("# work in progress\n")
    done = cli("undo", repository)
    assert done.returncode == 2
    assert "uncommitted changes in shop/views.py" in done.stderr
    git("checkout", "--quiet", "--", ".")
    assert "you are on main again" in cli("undo", repository).stdout
    assert git("branch", "--format=%(refname:short)").split() == ["main"]


def test_undo_refuses_when_somebody_committed_on_the_branch(cli: Cli, repository: Path, git: Git) -> None:
    cli("apply", repository, "--branch", "new")
    git("switch", "--quiet", "new")
    git("commit", "--quiet", "--allow-empty", "-m", "mine")
    done = cli("undo", repository)
    assert done.returncode == 2
    assert "has moved since apply" in done.stderr
    assert git("log", "-1", "--format=%s", "new").strip() == "mine"


def test_undo_of_a_branch_that_is_gone(cli: Cli, repository: Path, git: Git) -> None:
    cli("apply", repository, "--branch", "new")
    git("branch", "-D", "new")
    assert cli("undo", repository).stdout == "The branch new is gone already\n"


def test_a_project_in_a_subfolder(cli: Cli, repository: Path, git: Git) -> None:
    assert cli("apply", repository / "shop", "--branch", "new").returncode == 0
    assert git("diff", "--name-only", "main", "new").split() == ["shop/forms.py", "shop/views.py"]
    assert cli("undo", repository).returncode == 0


def test_detached_head_is_fine(cli: Cli, repository: Path, git: Git) -> None:
    git("checkout", "--quiet", "--detach")
    done = cli("apply", repository, "--branch", "new")
    assert done.returncode == 0
    assert f"See: git diff {git('rev-parse', 'HEAD')[:12]}...new" in done.stdout
    git("switch", "--quiet", "new")
    assert cli("undo", repository).returncode == 0
    assert git("branch", "--show-current").strip() == ""


def test_from_a_linked_work_tree(cli: Cli, repository: Path, git: Git, tmp_path: Path) -> None:
    git("worktree", "add", "--quiet", "-b", "other", tmp_path / "linked")
    assert cli("apply", tmp_path / "linked", "--branch", "new").returncode == 0
    assert len(git("worktree", "list").splitlines()) == 2
    assert cli("undo", tmp_path / "linked").returncode == 0


def refused(done: CompletedProcess[str], said: str) -> bool:
    assert "Traceback" not in done.stderr
    assert said in done.stderr
    return done.returncode == 2


def test_what_is_refused_before_any_work(cli: Cli, repository: Path, git: Git) -> None:
    for name, said in (
        ("main", "there is a branch main already"),
        ("main/x", "there is a branch main already"),
        ("a..b", "not a name that git allows"),
        ("-x", "not a name that git allows"),
        ("@{-1}", "not a name that git allows"),
        ("HEAD", "not a name that git allows"),
    ):
        assert refused(cli("apply", repository, f"--branch={name}", TOY_SLEEP="60"), said)
    git("branch", "a/b")
    assert refused(cli("apply", repository, "--branch", "a", TOY_SLEEP="60"), "there is a branch a/b already")
    assert refused(cli("apply", repository, "--branch", "x", "--allow-dirty"), "--allow-dirty goes with --in-place")


def test_a_dirty_tree_is_refused(cli: Cli, repository: Path, git: Git) -> None:
    (repository / "shop/other.py").write_text("# edited\n")
    (repository / "ünï cöde.py").write_text("")
    git("add", "ünï cöde.py")
    done = cli("apply", repository, "--branch", "new", TOY_SLEEP="60")
    assert refused(done, "uncommitted changes in shop/other.py, ünï cöde.py; commit or stash them")
    assert git("branch", "--list", "new") == ""


def test_a_repository_without_a_commit_is_refused(cli: Cli, project: Path, git: Git) -> None:
    git("init", "--quiet")
    assert refused(cli("apply", project, "--branch", "new"), "there is no commit yet")


def test_outside_git_it_is_refused(cli: Cli, project: Path) -> None:
    assert refused(cli("apply", project, "--branch", "new"), "not in a git repository; use --in-place")


@pytest.mark.parametrize("missing", ["name", "email"])
def test_an_unknown_author_is_refused(cli: Cli, repository: Path, home: Path, missing: str) -> None:
    known = {"name": "name = Ada", "email": "email = ada@example.org"}
    del known[missing]
    (home / ".gitconfig").write_text("[user]\n" + "\n".join(known.values()) + "\n")
    done = cli("apply", repository, "--branch", "new", TOY_SLEEP="60")
    assert refused(done, f"git does not know your {missing}")
    extra = {f"GIT_{role}_{missing.upper()}": "x@example.org" for role in ("AUTHOR", "COMMITTER")}
    assert cli("apply", repository, "--branch", "new", **extra).returncode == 0


@pytest.mark.skipif(os.geteuid() != 0, reason="only root can give a repository away")
def test_a_repository_that_git_does_not_trust(cli: Cli, repository: Path) -> None:
    os.chown(repository, 12345, 12345)
    os.chown(repository / ".git", 12345, 12345)
    for arguments in (["--branch", "new"], ["--in-place"]):
        assert refused(cli("apply", repository, *arguments), "git config --global --add safe.directory")


def test_a_file_that_git_does_not_track_is_refused(cli: Cli, repository: Path, git: Git) -> None:
    (repository / "new.py").write_text("x = old(1)  # g1 zeta\n")
    assert refused(cli("apply", repository, "--branch", "new"), "not tracked by git: new.py")
    assert git("branch", "--list", "new") == ""


def test_a_change_while_running_is_refused(cli: Cli, repository: Path, git: Git) -> None:
    assert refused(
        cli("apply", repository, "--branch", "new", TOY_TOUCH="shop/views.py"), "uncommitted changes in shop/"
    )
    assert git("branch", "--list", "new") == ""


def test_a_hook_that_refuses_leaves_nothing_behind(cli: Cli, repository: Path, git: Git) -> None:
    before = state(repository, git)
    hook(repository, "commit-msg", 'grep -q alpha "$1" && { echo "no alpha here" >&2; exit 1; }; exit 0')
    done = cli("apply", repository, "--branch", "new")
    assert done.returncode == 3
    assert "the branch new was not made" in done.stderr
    assert "no alpha here" in done.stderr
    assert state(repository, git) == before
    assert git("branch", "--list", "new") == ""
    assert not (repository / ".git/amigrate").exists()


def test_hooks_run_as_in_any_commit(cli: Cli, repository: Path, git: Git) -> None:
    hook(repository, "pre-commit", "git rev-parse --abbrev-ref HEAD > hooked.txt; git add hooked.txt")
    assert cli("apply", repository, "--branch", "new").returncode == 0
    assert git("show", "new:hooked.txt") == "new\n"
    assert not (repository / "hooked.txt").exists()


def test_inside_a_hook_the_surrounding_index_is_left_alone(cli: Cli, repository: Path, git: Git) -> None:
    (repository / ".git/index.other").write_bytes((repository / ".git/index").read_bytes())
    before = (repository / ".git/index.other").read_bytes()
    extra = {"GIT_INDEX_FILE": str(repository / ".git/index.other"), "GIT_DIR": str(repository / ".git")}
    assert cli("apply", repository, "--branch", "new", **extra).returncode == 0
    assert (repository / ".git/index.other").read_bytes() == before
    assert git("log", "--format=%s", "main..new").count("amigrate:") == 2


def test_nothing_to_change_makes_no_branch(cli: Cli, repository: Path, git: Git) -> None:
    for path in repository.glob("shop/*.py"):
        path.write_text("\n")
    git("commit", "--quiet", "-am", "nothing")
    assert "Nothing to change." in cli("apply", repository, "--branch", "new").stdout
    assert git("branch", "--list", "new") == ""


def test_line_ends_that_git_converts(cli: Cli, repository: Path, git: Git) -> None:
    (repository / ".gitattributes").write_text("*.py text eol=crlf\n")
    git("add", "--renormalize", ".")
    git("add", "-A")
    git("commit", "--quiet", "-m", "eol")
    shutil.rmtree(repository / "shop")
    git("checkout", "--quiet", "--", "shop")
    assert (repository / "shop/views.py").read_bytes().startswith(b"import this\r\n")
    assert cli("apply", repository, "--branch", "new").returncode == 0
    assert (
        git("diff", "--stat", "main", "new").splitlines()[-1].strip().startswith("2 files changed, 3 insertions(+), 3 ")
    )


@pytest.mark.parametrize("delay", [0.0, 0.05, 0.15])
def test_ctrl_c_leaves_no_branch_and_no_work_tree(
    repository: Path, git: Git, command: list[str], env: dict[str, str], tmp_path: Path, delay: float
) -> None:
    before = state(repository, git)
    temporary = tmp_path / "temporary"
    temporary.mkdir()
    hook(repository, "pre-commit", "sleep 0.2")
    running = subprocess.Popen(
        [*command, "apply", repository, "--branch", "new"], env={**env, "TMPDIR": str(temporary)},
        stdout=subprocess.PIPE, stderr=subprocess.PIPE, start_new_session=True,
    )  # fmt: skip
    while running.poll() is None and not list(temporary.glob("amigrate-*/tree/shop")):
        time.sleep(0.002)
    time.sleep(delay)
    os.killpg(running.pid, signal.SIGINT)  # as a terminal does: git gets it too
    _, said = running.communicate(timeout=60)
    assert (running.returncode, said) == (130, b"amigrate: interrupted; no branch was made\n")
    assert state(repository, git) == before
    assert git("branch", "--list", "new") == ""
    assert list(temporary.iterdir()) == []
