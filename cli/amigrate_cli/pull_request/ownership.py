"""Whose commits are on a branch: what is not ours is never overwritten."""

from __future__ import annotations

from collections.abc import Sequence

from amigrate_cli.deliver.branches import known
from amigrate_cli.errors import FAILED, Stop
from amigrate_cli.forges.forge import PullRequest
from amigrate_cli.git.command import git_line, git_says_yes
from amigrate_cli.git.repository import checked_out_at
from amigrate_cli.pull_request.marks import mark_in
from amigrate_cli.pull_request.shared import Publisher

_SHOWN = 5  # commits of others


def is_ahead(publisher: Publisher, ours: str, tip: str) -> bool:
    """Whether `tip` has all of `ours` below it."""
    return git_says_yes(publisher.repository.top, "merge-base", "--is-ancestor", ours, tip)


def require_replaceable(publisher: Publisher, branch: str, here: str, heads: Sequence[str]) -> None:
    """Raises Stop when the branch of this clone is not one that we may build anew."""
    if not here:
        return
    if here not in heads:
        raise Stop(
            f"{branch}: this clone has a branch of this name with commits that amigrate did not make, and it would "
            f"have to be built anew; rename or delete it (git branch -m {branch} ...), or choose another --branch",
            FAILED,
        )
    if place := checked_out_at(publisher.repository, branch):
        raise Stop(f"{branch}: is checked out in {place}, and has to be built anew; switch to another branch", FAILED)


def require_ours(
    publisher: Publisher, branch: str, requests: Sequence[PullRequest], base: str, unless_in: str = ""
) -> None:
    """Raises Stop when the branch on the remote has commits that neither we made nor the base has."""
    there = publisher.tips.get(branch, "")
    if not there or there in _heads(publisher, branch, requests):
        return
    if any(commit and is_ahead(publisher, there, commit) for commit in (base, unless_in)):
        return  # all of it is in what is kept
    raise _foreign(publisher, branch, there, _heads(publisher, branch, requests), base)


def _heads(publisher: Publisher, branch: str, requests: Sequence[PullRequest]) -> set[str]:
    marks = (mark_in(one.body) for one in requests)
    return {head for mark in marks if mark for head in mark.heads} | set(known(publisher.records, branch).heads)


def _foreign(publisher: Publisher, branch: str, there: str, ours: set[str], base: str) -> Stop:
    present = [one for one in ours if git_says_yes(publisher.repository.top, "cat-file", "-e", f"{one}^{{commit}}")]
    exclude = [f"^{one}" for one in (base, *sorted(present))]
    log = ("log", "--format=%h %an: %s", f"--max-count={_SHOWN + 1}", there, *exclude)
    lines = git_line(publisher.repository.top, *log).splitlines()
    shown = "\n".join(f"  {line}" for line in lines[:_SHOWN]) + ("\n  ..." if len(lines) > _SHOWN else "")
    return Stop(
        f"{branch}: {publisher.remote.name} has commits there that amigrate did not make; nothing was overwritten:\n"
        f"{shown}\nMerge it as it is, or take these commits elsewhere and delete the branch there, or choose another "
        "--branch",
        FAILED,
    )
