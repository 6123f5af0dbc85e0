"""Temporary work trees, so that the user's checkout is not touched."""

from __future__ import annotations

import secrets
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from amigrate_cli.git.command import git
from amigrate_cli.git.pending import FOLDER, Note, PendingBranch, put_back, remove_tree
from amigrate_cli.git.repository import Repository, branch_tip

_ENVIRONMENT = {"GIT_LFS_SKIP_SMUDGE": "1"}  # LFS would download all that is large: pointers will do


@contextmanager
def branch_in_worktree(repository: Repository, note: Note, branch: str, base: str, record: Path) -> Iterator[Path]:
    """A checkout of the branch `branch`, new or reset to `base`; the checkout is gone afterwards.

    On an error the branch is as before; after a crash too, unless the record in `record` says that it was complete.

    Raises:
        GitError: the branch or the work tree cannot be made.
    """
    before = branch_tip(repository, branch)
    made = False
    note.begin_branch(PendingBranch(branch, before, base, str(record)))
    try:
        with _tree(repository, note, ("--no-track", "-B" if before else "-b", branch), base) as tree:
            yield tree
        made = True
    finally:
        if not made:
            put_back(repository, branch, before)
        note.end_branch()


@contextmanager
def checkout(repository: Repository, note: Note, commit: str) -> Iterator[Path]:
    """A checkout of a commit, to read.

    Raises:
        GitError: it cannot be made.
    """
    with _tree(repository, note, ("--detach",), commit) as tree:
        yield tree


@contextmanager
def _tree(repository: Repository, note: Note, options: tuple[str, ...], commit: str) -> Iterator[Path]:
    folder = Path(tempfile.gettempdir()).resolve() / f"{FOLDER}{secrets.token_hex(6)}"
    tree = folder / "tree"
    note.begin_tree(tree)  # before the folder is there: what is killed in between leaves nothing
    try:
        folder.mkdir(mode=0o700)
        add = ("worktree", "add", "--quiet", *options, str(tree), commit)
        git(repository.top, *add, environment=_ENVIRONMENT)
        yield tree
    finally:
        remove_tree(repository, tree)
        note.end_tree(tree)
