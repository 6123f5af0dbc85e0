"""A temporary work tree, so that commits are made without touching the user's checkout."""

from __future__ import annotations

import contextlib
import shutil
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from amigrate_cli.git.command import GitError, git
from amigrate_cli.git.repository import Repository


@contextmanager
def branch_in_worktree(repository: Repository, branch: str, base: str) -> Iterator[Path]:
    """A checkout of the new branch `branch` at `base`, gone afterwards; the branch stays unless there is an error.

    Raises:
        GitError: the branch or the work tree cannot be made.
    """
    folder = Path(tempfile.mkdtemp(prefix="amigrate-")).resolve()
    tree = folder / "tree"
    made = False
    try:
        git(repository.top, "worktree", "add", "--quiet", "--no-track", "-b", branch, str(tree), base)
        yield tree
        made = True
    finally:
        with contextlib.suppress(GitError):
            git(repository.top, "worktree", "remove", "--force", "--force", str(tree))
        shutil.rmtree(folder, ignore_errors=True)
        # a `worktree add` that was killed leaves its lock, which keeps the entry, and with it the branch
        cleaning = [("worktree", "unlock", str(tree)), ("worktree", "prune")]
        if not made:
            cleaning += [("branch", "--quiet", "-D", branch), ("update-ref", "-d", f"refs/heads/{branch}")]
        for command in cleaning:
            with contextlib.suppress(GitError):  # it may not have come so far
                git(repository.top, *command)
