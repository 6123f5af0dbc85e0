"""A change set as commits on a new branch."""

from __future__ import annotations

import os
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from pathlib import Path
from types import MappingProxyType
from typing import TYPE_CHECKING

from amigrate.model import ChangeSet
from amigrate_cli.deliver import record
from amigrate_cli.deliver.branches import change_of, remember
from amigrate_cli.deliver.interrupts import Held, Interrupted, held_interrupts
from amigrate_cli.errors import FAILED, INTERRUPTED, Stop
from amigrate_cli.git.command import GitError, git, git_line
from amigrate_cli.git.commits import Commit, SelectGroups, commits_of
from amigrate_cli.git.message import commit_message
from amigrate_cli.git.pending import Note, at_work, recover
from amigrate_cli.git.repository import (
    Base,
    Repository,
    common_dir,
    current_base,
    require_clean,
    require_identity,
    require_new_branch,
    submodule_around,
    tracked_files,
)
from amigrate_cli.git.worktree import branch_in_worktree

if TYPE_CHECKING:
    from amigrate.codemod import Metadata

REMEDY = "commit or stash them: a branch starts from a commit"


@dataclass(frozen=True, slots=True)
class NewBranch:
    """A branch to be made, and the commit it starts from."""

    repository: Repository
    name: str
    base: Base


def prepare_branch(repository: Repository, name: str) -> NewBranch:
    """Checks, before any work is done, all that making the branch needs.

    Raises:
        Stop: the tree is dirty, the branch exists, there is no commit, or git knows no author.
    """
    recover(repository)
    base = current_base(repository)
    require_new_branch(repository, name)
    require_identity(repository)
    require_clean(repository, REMEDY)
    return NewBranch(repository, name, base)


def commit_on_branch(
    branch: NewBranch,
    change_set: ChangeSet,
    codemods: Iterable[Metadata],
    select_groups: SelectGroups,
    division: Mapping[str, str] | None = None,
) -> tuple[str, ...]:
    """Makes the branch with a commit for each name in `division`; gives the first lines of their messages.

    The user's checkout and the base branch are not touched. On any error the branch is not there.

    Raises:
        Stop: the project changed since `prepare_branch`, or git or a hook refused something, or the user interrupted.
    """
    _require_unchanged(branch, change_set)

    def remember_it(tip: str) -> None:
        remember(common_dir(branch.repository) / "amigrate", branch.name, tip, change_of(change_set))

    with held_interrupts() as held:
        try:
            with at_work(branch.repository) as note:
                commits = tuple(commits_of(change_set, [one.id for one in codemods], select_groups, division))
                return build_branch(branch, note, commits, change_set, codemods, held, remember_it).titles
        except (GitError, OSError, record.RecordError, Interrupted) as error:
            raise _not_made(branch, error, held) from error


@dataclass(frozen=True, slots=True)
class Built:
    """A branch that was made: its last commit, and the first lines of the messages."""

    tip: str
    titles: tuple[str, ...]


def build_branch(
    branch: NewBranch,
    note: Note,
    commits: Iterable[Commit],
    change_set: ChangeSet,
    codemods: Iterable[Metadata],
    held: Held,
    accept: Callable[[str], None],
    expected: Mapping[str, bytes] = MappingProxyType({}),
) -> Built:
    """Makes the branch, or makes it anew from its base, with these commits, which are parts of `change_set`.

    `accept` gets its tip, and may raise what it likes to have all undone. `expected` are the bytes of files that the
    base must have: what somebody changed there is not to be written over.

    Raises:
        GitError, OSError, RecordError, Interrupted: and the branch is as it was.
    """
    by_id = {one.id: one for one in codemods}
    titles = []
    kept_in = branch.repository.git_dir / "amigrate"
    with branch_in_worktree(branch.repository, note, branch.name, branch.base.sha, kept_in) as tree:
        _require_expected(tree / branch.repository.prefix, expected, branch.base.branch)
        for commit in commits:
            message = commit_message(commit, change_set, by_id)
            note.begin_commit()
            _commit(tree, branch.repository.prefix, commit, message, held)
            titles.append(message.partition("\n")[0])
        tip = git_line(tree, "rev-parse", "HEAD")
        accept(tip)
        record.keep_branch(kept_in, record.BranchRecord(branch.name, tip, branch.base.branch, branch.base.sha))
    return Built(tip, tuple(titles))


def _require_expected(project: Path, expected: Mapping[str, bytes], base: str) -> None:
    for path, data in expected.items():
        if not (project / path).is_file() or (project / path).read_bytes() != data:
            raise GitError(f"{path}: somebody changed it on {base}, which this is to be built on; merge that first")


def _require_unchanged(branch: NewBranch, change_set: ChangeSet) -> None:
    if current_base(branch.repository) != branch.base:
        raise Stop("HEAD moved while amigrate was running; run it again", FAILED)
    require_clean(branch.repository, REMEDY)
    paths = [change.path for change in change_set.changes]
    tracked = set(tracked_files(branch.repository))
    missing = [path for path in paths if path not in tracked]
    for path in missing:
        if inside := submodule_around(branch.repository, path):
            raise Stop(f"{path}: lies in the submodule {inside}; run amigrate there by itself, and --exclude it here")
    if missing:
        raise Stop(f"not tracked by git: {', '.join(missing)}; add and commit them, or --exclude them")
    for change in change_set.changes:
        if (branch.repository.top / branch.repository.prefix / change.path).read_bytes() != change.before:
            raise Stop(f"{change.path}: changed while amigrate was running; run it again", FAILED)


def _commit(tree: Path, prefix: str, commit: Commit, message: str, held: Held) -> None:
    for change in commit.files:
        held.check()
        target = tree / prefix / change.path
        if target.is_symlink() or not target.parent.resolve().is_relative_to(tree):
            raise GitError(f"{change.path}: is or lies behind a symbolic link; exclude it")
        target.write_bytes(change.after)
    paths, text = tree.with_name("paths"), tree.with_name("message")  # beside it, and gone with it
    paths.write_bytes(b"\0".join(os.fsencode(str(Path(prefix, change.path))) for change in commit.files))
    text.write_text(message, encoding="utf-8")
    git(tree, "--literal-pathspecs", "add", "--update", f"--pathspec-from-file={paths}", "--pathspec-file-nul")
    held.check()
    git(tree, "-c", "i18n.commitEncoding=utf-8", "commit", "--quiet", "--no-edit", "-F", str(text))
    held.check()


def _not_made(branch: NewBranch, error: Exception, held: Held) -> Stop:
    if held.came:
        return Stop("interrupted; no branch was made", INTERRUPTED)
    said = f"{error.filename}: {os.strerror(error.errno or 0)}" if isinstance(error, OSError) else str(error)
    return Stop(f"the branch {branch.name} was not made; git or a hook of the repository said:\n{said}", FAILED)
