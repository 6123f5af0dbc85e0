"""What a run that is killed leaves in a repository, and taking it away again.

The hooks of git see a branch while it is built, so it must exist by then. Before it does, a note in the git directory
says so; after a crash the guard (`guard.py`), or else the next run, reads it and puts everything back.
"""

from __future__ import annotations

import contextlib
import json
import shutil
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import asdict, dataclass, replace
from pathlib import Path

from amigrate_cli.deliver import record
from amigrate_cli.deliver.whole import write_whole
from amigrate_cli.errors import FAILED, Stop
from amigrate_cli.git.command import GitError, git, git_line
from amigrate_cli.git.guard import guarded
from amigrate_cli.git.lock import locked
from amigrate_cli.git.repository import Repository, branch_tip, common_dir

FILE = "pending.json"
FOLDER = "amigrate-"  # how the name of a temporary folder begins


@dataclass(frozen=True, slots=True)
class PendingBranch:
    """A branch under construction: its tip before (empty: there was none), and where it starts.

    `record` is the folder of the record that, once it names the tip, says that all is done; `commits` were begun.
    """

    name: str
    before: str
    base: str
    record: str
    commits: int = 0


@dataclass(slots=True)
class Note:
    """What would have to be taken away, on disk before it is made."""

    path: Path
    trees: tuple[str, ...] = ()
    branch: PendingBranch | None = None

    def begin_tree(self, tree: Path) -> None:
        """A work tree will be there."""
        self.trees = (*self.trees, str(tree))
        self._keep()

    def end_tree(self, tree: Path) -> None:
        """It is not there any more."""
        self.trees = tuple(one for one in self.trees if one != str(tree))
        self._keep()

    def begin_branch(self, branch: PendingBranch) -> None:
        """A branch will be there, or reset."""
        self.branch = branch
        self._keep()

    def begin_commit(self) -> None:
        """It will have one more commit."""
        assert self.branch
        self.branch = replace(self.branch, commits=self.branch.commits + 1)
        self._keep()

    def end_branch(self) -> None:
        """It is complete, or as it was."""
        self.branch = None
        self._keep()

    def _keep(self) -> None:
        data = {"trees": self.trees, "branch": asdict(self.branch) if self.branch else None}
        write_whole(self.path, json.dumps(data).encode())


@contextmanager
def at_work(repository: Repository) -> Iterator[Note]:
    """A note for what is made while the block runs, one block at a time in a repository.

    Raises:
        Stop: another amigrate is at work here, or what a killed one left cannot be taken away.
    """
    common = common_dir(repository)
    folder = common / "amigrate"
    with locked(common):
        _recover(repository, folder)
        folder.mkdir(exist_ok=True)
        try:
            with guarded(repository.top):
                yield Note(folder / FILE)
        finally:
            _forget(folder)


def recover(repository: Repository) -> None:
    """Takes away what a killed run left, if anything.

    Raises:
        Stop: another amigrate is at work here, or the branch has commits that are not ours.
    """
    common = common_dir(repository)
    if (common / "amigrate" / FILE).exists():
        with locked(common):
            _recover(repository, common / "amigrate")


def remove_tree(repository: Repository, tree: Path) -> None:
    """Removes a temporary work tree in whatever state, and its folder."""
    with contextlib.suppress(GitError):
        git(repository.top, "worktree", "remove", "--force", "--force", str(tree))
    if tree.parent.name.startswith(FOLDER):
        shutil.rmtree(tree.parent, ignore_errors=True)
    # a `worktree add` that was killed leaves its lock, which keeps the entry, and with it the branch
    for command in (("unlock", str(tree)), ("prune",)):
        with contextlib.suppress(GitError):
            git(repository.top, "worktree", *command)


def put_back(repository: Repository, branch: str, before: str) -> None:
    """Gives a branch its commit from before, or removes it; also when git was killed while it wrote that."""
    (common_dir(repository) / "refs/heads" / f"{branch}.lock").unlink(missing_ok=True)
    if before:
        git(repository.top, "update-ref", f"refs/heads/{branch}", before)
        return
    # the first also removes the settings of the branch, the second one whose commit never arrived
    for command in (("branch", "--quiet", "-D", branch), ("update-ref", "-d", f"refs/heads/{branch}")):
        with contextlib.suppress(GitError):
            git(repository.top, *command)


def _recover(repository: Repository, folder: Path) -> None:
    left = _load(folder / FILE)
    for tree in left.trees:
        remove_tree(repository, Path(tree))
    if left.branch and not _complete(repository, left.branch):
        _require_ours(repository, left.branch)
        put_back(repository, left.branch.name, left.branch.before)
    _forget(folder)


def _forget(folder: Path) -> None:
    (folder / FILE).unlink(missing_ok=True)
    with contextlib.suppress(OSError):  # not there, or not empty
        folder.rmdir()


def _complete(repository: Repository, branch: PendingBranch) -> bool:
    """Whether the record was written, which is the last step."""
    with contextlib.suppress(record.RecordError):
        last = record.load(Path(branch.record))
        tip = branch_tip(repository, branch.name)
        return isinstance(last, record.BranchRecord) and (last.branch, last.tip) == (branch.name, tip)
    return False


def _require_ours(repository: Repository, branch: PendingBranch) -> None:
    tip = branch_tip(repository, branch.name)
    if not tip or tip in (branch.before, branch.base):
        return
    try:
        count = int(git_line(repository.top, "rev-list", "--count", f"{branch.base}..{tip}"))
    except GitError:
        return  # a commit that was not written to the end
    if count > branch.commits:
        raise Stop(
            f"amigrate was killed while it built the branch {branch.name}, and there are commits of somebody else on "
            f"it now; keep what you need of them, then: git branch -D {branch.name}",
            FAILED,
        )


def _load(path: Path) -> Note:
    try:
        data = json.loads(path.read_bytes())
        branch = PendingBranch(**data["branch"]) if data["branch"] else None
        return Note(path, tuple(map(str, data["trees"])), branch)
    except FileNotFoundError:
        return Note(path)
    except (OSError, ValueError, KeyError, TypeError) as error:
        raise Stop(f"{path}: cannot be read: {error}; remove it", FAILED) from error
