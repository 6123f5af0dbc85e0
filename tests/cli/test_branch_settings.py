"""`apply --branch` in repositories that are set up in special ways."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from subprocess import CompletedProcess

import pytest

Cli = Callable[..., CompletedProcess[str]]
Git = Callable[..., str]


def program(path: Path, script: str) -> Path:
    path.parent.mkdir(exist_ok=True, parents=True)
    path.write_text(f"#!/bin/sh\n{script}\n")
    path.chmod(0o755)
    return path


@pytest.mark.parametrize(
    ("by", "subjects"),
    [
        ("codemod", ["amigrate: zeta: Zeta goes first", "amigrate: alpha: Alpha goes second"]),
        ("group", ["amigrate: g1: Zeta goes first", "amigrate: g2: Alpha goes second"]),
        ("app", ["amigrate: shop"]),
    ],
)
def test_commits_by(cli: Cli, repository: Path, git: Git, by: str, subjects: list[str]) -> None:
    done = cli("apply", repository, "--branch", "new", "--commits", by)
    assert done.returncode == 0, done.stderr
    assert git("log", "--reverse", "--format=%s", "main..new").splitlines() == subjects
    assert "new(3)" in git("show", "new:shop/forms.py")
    if by == "app":
        message = git("log", "-1", "--format=%B", "new")
        assert "zeta: Zeta goes first. Because the registry says so." in message
        assert "3 edits in 2 groups" in message and "  alpha: 2\n  zeta: 1" in message


def test_an_app_is_the_package_with_models_around_the_file(cli: Cli, repository: Path, git: Git) -> None:
    for name, group in (("blog/api/views.py", "b1"), ("blog/models.py", "b2"), ("top.py", "t1")):
        path = repository / name
        path.parent.mkdir(exist_ok=True, parents=True)
        path.write_text(f"x = old(1)  # {group} zeta\n")
    git("add", "-A")
    git("commit", "--quiet", "-m", "apps")
    assert cli("apply", repository, "--branch", "new", "--commits", "app").returncode == 0
    subjects = git("log", "--reverse", "--format=%s", "main..new").splitlines()
    assert subjects == ["amigrate: blog: Zeta goes first", "amigrate: project: Zeta goes first", "amigrate: shop"]


def test_commits_without_a_branch_is_refused(cli: Cli, repository: Path) -> None:
    done = cli("apply", repository, "--in-place", "--commits", "app")
    assert done.returncode == 2 and "--commits goes with --branch only" in done.stderr


def test_commits_are_signed_where_the_user_signs(cli: Cli, repository: Path, git: Git, tmp_path: Path) -> None:
    """With a program that does as gpg does, as far as git looks."""
    signature = r"-----BEGIN PGP SIGNATURE-----\nby $3\n-----END PGP SIGNATURE-----\n"
    sign = f'cat > /dev/null; printf -- "{signature}"; printf "\\n[GNUPG:] SIG_CREATED D\\n" >&2'
    git("config", "gpg.program", program(tmp_path / "bin/gpg", sign))
    git("config", "user.signingKey", "KEY-OF-ADA")
    git("config", "commit.gpgSign", "true")
    done = cli("apply", repository, "--branch", "new")
    assert done.returncode == 0, done.stderr
    for commit in ("new", "new~1"):
        assert "gpgsig -----BEGIN PGP SIGNATURE-----\n by KEY-OF-ADA\n" in git("cat-file", "commit", commit)
    cli("undo", repository)
    program(tmp_path / "bin/gpg", "echo no key for Ada >&2; exit 1")
    done = cli("apply", repository, "--branch", "new")
    assert done.returncode == 3 and "the branch new was not made" in done.stderr
    assert git("branch", "--list", "new") == ""


def test_a_hooks_path_of_the_project(cli: Cli, repository: Path, git: Git) -> None:
    program(repository / "hooks/prepare-commit-msg", 'sed -i "1s/^/TICKET-1 /" "$1"')
    git("config", "core.hooksPath", "hooks")
    git("add", "-A")
    git("commit", "--quiet", "-m", "hooks")
    assert cli("apply", repository, "--branch", "new").returncode == 0
    assert all(line.startswith("TICKET-1 amigrate:") for line in git("log", "--format=%s", "main..new").splitlines())


def test_a_submodule_beside_the_changes_stays_as_it_is(cli: Cli, repository: Path, git: Git, tmp_path: Path) -> None:
    submodule(repository, git, tmp_path, "x = 1\n")
    before = git("submodule", "status")
    assert cli("apply", repository, "--branch", "new").returncode == 0
    assert git("submodule", "status") == before and before.startswith(" ")
    assert git("diff", "--raw", "main", "new", "--", "lib") == ""
    assert git("status", "--porcelain") == ""


def test_changes_in_a_submodule_are_refused_with_its_name(cli: Cli, repository: Path, git: Git, tmp_path: Path) -> None:
    submodule(repository, git, tmp_path, "x = old(1)  # g9 zeta\n")
    done = cli("apply", repository, "--branch", "new")
    assert done.returncode == 2
    assert "lib/code.py: lies in the submodule lib; run amigrate there by itself, and --exclude it here" in done.stderr
    assert git("branch", "--list", "new") == ""
    inside = cli("apply", repository / "lib", "--branch", "new")
    assert inside.returncode == 0, inside.stderr
    assert git("show", "new:code.py", cwd=repository / "lib") == "x = new(1)  # g9 zeta\n"
    assert git("status", "--porcelain") == ""


def submodule(repository: Path, git: Git, tmp_path: Path, code: str) -> None:
    library = tmp_path / "library"
    library.mkdir()
    (library / "code.py").write_text(code)
    git("init", "--quiet", cwd=library)
    git("add", "-A", cwd=library)
    git("commit", "--quiet", "-m", "library", cwd=library)
    git("-c", "protocol.file.allow=always", "submodule", "--quiet", "add", library, "lib")
    git("commit", "--quiet", "-m", "with a library")


def test_large_files_are_not_fetched_for_the_work_tree(cli: Cli, repository: Path, git: Git, tmp_path: Path) -> None:
    """With a filter that does as `git lfs` does: `smudge` gives the file, unless it is told to skip that."""
    asked = tmp_path / "asked"
    smudge = program(tmp_path / "bin/smudge", f'[ "$GIT_LFS_SKIP_SMUDGE" = 1 ] || echo asked >> {asked}; cat')
    git("config", "filter.lfs.smudge", smudge)
    git("config", "filter.lfs.clean", "cat")
    git("config", "filter.lfs.required", "true")
    (repository / ".gitattributes").write_text("*.bin filter=lfs -text\n")
    pointer = "version https://git-lfs.github.com/spec/v1\noid sha256:00\nsize 5\n"
    (repository / "large.bin").write_text(pointer)
    git("add", "-A")
    git("commit", "--quiet", "-m", "large")
    assert cli("apply", repository, "--branch", "new").returncode == 0
    assert not asked.exists()
    assert git("show", "new:large.bin") == pointer
    assert git("diff", "--name-only", "main", "new").split() == ["shop/forms.py", "shop/views.py"]


def test_a_shallow_clone(cli: Cli, repository: Path, git: Git, tmp_path: Path) -> None:
    git("commit", "--quiet", "--allow-empty", "-m", "second")
    shallow = tmp_path / "shallow"
    git("clone", "--quiet", "--depth=1", f"file://{repository}", shallow)
    done = cli("apply", shallow, "--branch", "new")
    assert done.returncode == 0, done.stderr
    assert git("rev-list", "--count", "main..new", cwd=shallow).strip() == "2"
    assert git("rev-parse", "--is-shallow-repository", cwd=shallow).strip() == "true"
    assert cli("undo", shallow).returncode == 0


def test_the_default_branch_of_a_remote_is_refused(cli: Cli, repository: Path, git: Git, tmp_path: Path) -> None:
    clone = tmp_path / "clone"
    git("branch", "-m", "trunk")
    git("clone", "--quiet", repository, clone)
    git("switch", "--quiet", "-c", "work", cwd=clone)
    git("branch", "--quiet", "-D", "trunk", cwd=clone)
    done = cli("apply", clone, "--branch", "trunk")
    assert done.returncode == 2
    assert "--branch trunk: is the default branch of the remote origin; choose another name" in done.stderr
    assert cli("apply", clone, "--branch", "main").returncode == 0


def test_an_unborn_branch_is_refused(cli: Cli, repository: Path, git: Git) -> None:
    git("switch", "--quiet", "--orphan", "nothing-yet")
    done = cli("apply", repository, "--branch", "new")
    assert done.returncode == 2 and "there is no commit yet" in done.stderr


def test_undo_after_the_base_branch_was_renamed(cli: Cli, repository: Path, git: Git) -> None:
    assert cli("apply", repository, "--branch", "new").returncode == 0
    git("switch", "--quiet", "new")
    git("branch", "-m", "main", "trunk")
    done = cli("undo", repository)
    assert done.returncode == 0, done.stderr
    assert git("branch", "--format=%(refname:short)").splitlines()[-1] == "trunk"
    assert git("status", "--porcelain") == ""
    assert git("rev-parse", "HEAD") == git("rev-parse", "trunk")
