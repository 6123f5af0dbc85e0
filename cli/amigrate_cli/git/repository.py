"""The repository around a project: what must hold before something is changed in it."""

from __future__ import annotations

import os
from dataclasses import dataclass
from pathlib import Path

from amigrate_cli.errors import Stop
from amigrate_cli.git.command import GitError, git, git_line, git_says_yes

SHOWN = 10


@dataclass(frozen=True, slots=True)
class Repository:
    """`top` is the work tree, `git_dir` its git directory, `prefix` the way from `top` to the project, `.` or `a/b`."""

    top: Path
    git_dir: Path
    prefix: str


@dataclass(frozen=True, slots=True)
class Base:
    """Where the user is: a commit, and the branch, or nothing when HEAD is detached."""

    sha: str
    branch: str


def find_repository(root: Path) -> Repository | None:
    """The repository that the folder `root` lies in; None when there is none.

    Raises:
        Stop: there is one, but git cannot or will not work in it.
    """
    if not any((folder / ".git").exists() for folder in (root, *root.parents)):
        return None
    try:
        top = Path(git_line(root, "rev-parse", "--show-toplevel"))
        git_dir = Path(git_line(root, "rev-parse", "--absolute-git-dir"))
    except GitError as error:
        if "not a git repository" in str(error):
            return None
        raise Stop(f"{root}: {error}") from error
    return Repository(top, git_dir, root.relative_to(top.resolve()).as_posix())


def common_dir(repository: Repository) -> Path:
    """The git directory that all work trees of the repository share, where the branches are."""
    return Path(git_line(repository.top, "rev-parse", "--path-format=absolute", "--git-common-dir"))


def require_clean(repository: Repository, remedy: str) -> None:
    """Raises Stop, with the files and `remedy`, when tracked files differ from HEAD or the index.

    What amigrate keeps in the project itself (decisions) does not count.
    """
    options = ("-z", "--untracked-files=no", "--no-renames", "--ignore-submodules=untracked")
    listed = git(repository.top, "status", "--porcelain=v1", *options, "--", ".", ":(exclude,glob)**/.amigrate/**")
    entries = [os.fsdecode(entry)[3:] for entry in listed.split(b"\0") if entry]
    if entries:
        more = f" and {len(entries) - SHOWN} more" if len(entries) > SHOWN else ""
        raise Stop(f"uncommitted changes in {', '.join(entries[:SHOWN])}{more}; {remedy}")


def current_base(repository: Repository) -> Base:
    """Where the user is.

    Raises:
        Stop: there is no commit yet.
    """
    try:
        sha = git_line(repository.top, "rev-parse", "--verify", "--quiet", "HEAD^{commit}")
    except GitError as error:
        raise Stop(f"{repository.top}: there is no commit yet; commit the project first") from error
    try:
        return Base(sha, git_line(repository.top, "symbolic-ref", "--quiet", "--short", "HEAD"))
    except GitError:
        return Base(sha, "")


def require_branch_name(repository: Repository, name: str) -> None:
    """Raises Stop when git does not allow a branch to be called `name`."""
    if not git_says_yes(repository.top, "check-ref-format", "--branch", name) or name.startswith(("-", "@{")):
        raise Stop(f"--branch {name}: not a name that git allows for a branch")


def require_new_branch(repository: Repository, name: str) -> None:
    """Raises Stop when no branch `name` can be made."""
    require_branch_name(repository, name)
    if default := default_of_a_remote(repository, name):
        raise Stop(f"--branch {name}: is the default branch of the remote {default}; choose another name")
    parts = name.split("/")
    for shorter in ("/".join(parts[:end]) for end in range(1, len(parts) + 1)):
        if branch_tip(repository, shorter):
            raise Stop(f"--branch {name}: there is a branch {shorter} already; choose another name or delete it")
    longer = git(repository.top, "for-each-ref", "--count=1", "--format=%(refname:short)", f"refs/heads/{name}/")
    if longer:
        raise Stop(f"--branch {name}: there is a branch {os.fsdecode(longer).strip()} already; choose another name")


def default_of_a_remote(repository: Repository, name: str) -> str:
    """The remote that calls `name` its default branch, as far as this clone knows; empty when none does."""
    heads = "--format=%(refname) %(symref)", "refs/remotes/*/HEAD"
    for line in os.fsdecode(git(repository.top, "for-each-ref", *heads)).splitlines():
        head, _, target = line.partition(" ")
        remote = head.removeprefix("refs/remotes/").removesuffix("/HEAD")
        if target == f"refs/remotes/{remote}/{name}":
            return remote
    return ""


def require_identity(repository: Repository) -> None:
    """Raises Stop when git does not know whom to name as author and committer."""
    for role in ("author", "committer"):
        for what in ("name", "email"):
            variables = (f"GIT_{role.upper()}_{what.upper()}", *(("EMAIL",) if what == "email" else ()))
            given = any(os.environ.get(name) for name in variables)
            keys = (f"{role}.{what}", f"user.{what}")
            if not given and not any(git_says_yes(repository.top, "config", "--get", key) for key in keys):
                raise Stop(f'git does not know your {what}, which a commit needs; git config user.{what} "..."')


def branch_tip(repository: Repository, name: str) -> str:
    """The commit of a branch; empty when there is no such branch."""
    try:
        return git_line(repository.top, "rev-parse", "--verify", "--quiet", f"refs/heads/{name}^{{commit}}")
    except GitError:
        return ""


def checked_out_at(repository: Repository, branch: str) -> str:
    """The work tree that has a branch checked out; empty when none has."""
    place = ""
    for line in git_line(repository.top, "worktree", "list", "--porcelain").split("\n"):
        if line.startswith("worktree "):
            place = line.removeprefix("worktree ")
        elif line == f"branch refs/heads/{branch}":
            return place
    return ""


def tracked_files(repository: Repository) -> tuple[str, ...]:
    """The files of the project that git tracks, from its root."""
    listed = git(repository.top / repository.prefix, "ls-files", "-z")
    return tuple(os.fsdecode(path) for path in listed.split(b"\0") if path)


def submodule_around(repository: Repository, path: str) -> str:
    """The submodule that a file of the project lies in, from the top of the repository; empty when there is none."""
    whole = Path(repository.prefix, path).as_posix()
    listed = git(repository.top, "ls-files", "-z", "--stage").split(b"\0")
    submodules = (os.fsdecode(entry.partition(b"\t")[2]) for entry in listed if entry.startswith(b"160000 "))
    return next((one for one in submodules if whole.startswith(f"{one}/")), "")
