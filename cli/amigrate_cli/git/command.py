"""One git command."""

from __future__ import annotations

import os
from collections.abc import Mapping
from pathlib import Path

from amigrate_cli.errors import Stop

# Set by git for the hooks that it runs: they would send our commands to another repository, index or work tree.
_LOCAL = (
    "GIT_DIR", "GIT_WORK_TREE", "GIT_INDEX_FILE", "GIT_PREFIX", "GIT_COMMON_DIR", "GIT_OBJECT_DIRECTORY",
    "GIT_ALTERNATE_OBJECT_DIRECTORIES", "GIT_NAMESPACE",
)  # fmt: skip


class GitError(Exception):
    """A git command failed. The message is what git said; `printed` is its output."""

    def __init__(self, said: str, printed: str = "") -> None:
        super().__init__(said)
        self.printed = printed


def git(folder: Path, *arguments: str, environment: Mapping[str, str] | None = None) -> bytes:
    """The output of `git ARGUMENTS` in `folder`; `environment` is added to ours.

    Raises:
        GitError: it failed.
        Stop: git is not installed, or does not trust the repository.
    """
    status, output, said = _run(folder, arguments, environment)
    if status:
        printed = output.decode(errors="backslashreplace").strip()
        raise GitError(said or printed or f"git {arguments[0]}: exit code {status}", printed)
    return output


def git_line(folder: Path, *arguments: str) -> str:
    """The output of a command that prints one line, without its end."""
    return os.fsdecode(git(folder, *arguments)).rstrip("\n")


def git_says_yes(folder: Path, *arguments: str) -> bool:
    """Whether the command succeeds."""
    return _run(folder, arguments)[0] == 0


def _run(
    folder: Path, arguments: tuple[str, ...], environment: Mapping[str, str] | None = None
) -> tuple[int, bytes, str]:
    os.environ.setdefault("GIT_PYTHON_REFRESH", "quiet")  # GitPython otherwise fails to import where git is missing
    from git import Git, GitCommandNotFound  # 0.1 s, which is paid only in a repository

    for name in _LOCAL:
        os.environ.pop(name, None)
    command = ["git", "-c", "core.quotePath=false", *arguments]
    try:
        status, output, said = Git(str(folder)).execute(
            command,
            env=environment,
            with_extended_output=True,
            with_exceptions=False,
            stdout_as_string=False,
            close_fds=False,  # inheritable is only what `guard.py` waits for, so that it waits for our git commands too
        )
    except GitCommandNotFound as error:
        raise Stop("git is not installed, and this is a git repository; install git") from error
    if "dubious ownership" in said or "safe.directory" in said:
        raise Stop(
            f"{folder}: git does not trust this repository, because another user owns it; "
            f"if you do: git config --global --add safe.directory '{folder}'"
        )
    assert isinstance(output, bytes)
    return int(status), output, str(said).strip()
