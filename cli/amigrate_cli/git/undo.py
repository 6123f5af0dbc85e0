"""Deleting the branch that `apply --branch` made."""

from __future__ import annotations

from amigrate_cli.deliver.record import BranchRecord
from amigrate_cli.errors import Stop
from amigrate_cli.git.command import GitError, git
from amigrate_cli.git.repository import Repository, branch_tip, current_base, require_clean


def delete_branch(repository: Repository, last: BranchRecord) -> str:
    """Deletes the branch, after going back to where the user was when it is checked out; says what was done.

    Raises:
        Stop: somebody committed on it since, or it is checked out with uncommitted changes or in another work tree.
    """
    tip = branch_tip(repository, last.branch)
    if not tip:
        return f"The branch {last.branch} is gone already"
    if tip != last.tip:
        raise Stop(
            f"the branch {last.branch} has moved since apply (from {last.tip[:12]} to {tip[:12]}), and undo would lose "
            f"that; if you mean it: git branch -D {last.branch}"
        )
    said = f"Deleted the branch {last.branch} (it was at {tip[:12]})"
    try:
        if current_base(repository).branch == last.branch:
            require_clean(repository, "commit or stash them before undo")
            back = (last.base_branch,) if branch_tip(repository, last.base_branch) else ("--detach", last.base)
            git(repository.top, "switch", "--quiet", *back)
            said += f"; you are on {last.base_branch or last.base[:12]} again"
        git(repository.top, "branch", "--quiet", "-D", last.branch)
    except GitError as error:
        raise Stop(f"the branch {last.branch} cannot be deleted: {error}") from error
    return said
