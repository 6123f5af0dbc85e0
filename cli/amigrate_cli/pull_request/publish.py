"""One part of a change set: its branch built and pushed, its pull request opened, updated or closed."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from amigrate_cli.deliver.branches import change_of, known, remember
from amigrate_cli.deliver.interrupts import Interrupted, held_interrupts
from amigrate_cli.deliver.record import RecordError
from amigrate_cli.errors import FAILED, INTERRUPTED, Stop
from amigrate_cli.forges.forge import PullRequest
from amigrate_cli.git.branch import NewBranch, build_branch
from amigrate_cli.git.command import GitError, git_line, git_says_yes
from amigrate_cli.git.commits import Commit
from amigrate_cli.git.remote import Rejected, push
from amigrate_cli.git.repository import Base, branch_tip
from amigrate_cli.pull_request.marks import Mark, mark_in, marked, with_mark
from amigrate_cli.pull_request.ownership import is_ahead, require_ours, require_replaceable
from amigrate_cli.pull_request.parts import Part
from amigrate_cli.pull_request.requests import (
    asked,
    close,
    find_requests,
    latest,
    opened_or_updated,
    require_not_turned_down,
)
from amigrate_cli.pull_request.shared import Publisher, Wanted


@dataclass(frozen=True, slots=True)
class There:
    """What the remote has after all: its tip, and which commits that were its tip are ours."""

    tip: str
    ours: tuple[str, ...]


def publish(publisher: Publisher, part: Part, commits: Sequence[Commit], wanted: Wanted) -> There | None:
    """Brings a part to the remote and the forge; gives what is there, None when nothing is left to change.

    Raises:
        Stop: somebody else has commits there, or the remote, the forge or a hook refuses.
    """
    requests = find_requests(publisher, part.branch)
    current = next((one for one in requests if one.state == "open"), None)
    if not part.own.changes:
        if current:
            require_ours(publisher, part.branch, requests, wanted.base_sha)
            close(publisher, current)
        return None
    require_not_turned_down(publisher, part, requests, _change(part, wanted))
    there = _brought(publisher, part, commits, wanted, requests, current)
    mark = Mark(there.ours, _change(part, wanted), wanted.series)
    opened_or_updated(publisher, part, wanted, marked(mark, wanted.text), current)
    return there


def _change(part: Part, wanted: Wanted) -> str:
    return change_of(part.whole, wanted.base_sha if part.below else "")


def _brought(
    publisher: Publisher,
    part: Part,
    commits: Sequence[Commit],
    wanted: Wanted,
    requests: Sequence[PullRequest],
    current: PullRequest | None,
) -> There:
    """Has the part on the remote, pushed where that is needed."""
    change = _change(part, wanted)
    there, here = publisher.tips.get(part.branch, ""), branch_tip(publisher.repository, part.branch)
    mark = mark_in(current.body) if current else None
    made = known(publisher.records, part.branch)
    further = here != there and bool(there) and is_ahead(publisher, there, here)
    if there and not further:
        if mark and mark.change == change:
            publisher.say(f"{part.branch}: is there already, as it is to be")
            return There(there, mark.heads)
        if made.change == change and there in made.heads:
            return There(there, (there,))
    if here and made.heads and made.change == change and is_ahead(publisher, made.heads[-1], here):
        # built by `apply`, or by a run that could not push; perhaps with commits of the user on top
        require_ours(publisher, part.branch, requests, wanted.base_sha, unless_in=here)
        found = There(here, made.heads[-1:])
    else:
        require_replaceable(publisher, part.branch, here, made.heads)
        tip = _built(publisher, part, commits, wanted, requests, there)
        found = There(tip, (tip,))
    if current and mark:
        # before the push: a run on another machine must know this commit, even if this run ends here
        now = latest(publisher, current)
        body = with_mark(now.body, Mark((*mark.heads, *found.ours), mark.change, mark.series))
        asked(publisher, f"updating {now.url}", lambda: publisher.forge.update(now.number, body, now.base))
    _pushed(publisher, part.branch, found.tip, there)
    return found


def _built(
    publisher: Publisher,
    part: Part,
    commits: Sequence[Commit],
    wanted: Wanted,
    requests: Sequence[PullRequest],
    there: str,
) -> str:
    """Builds the branch; gives its tip."""

    def count(tip: str) -> str:
        return git_line(publisher.repository.top, "rev-list", "--count", f"{wanted.base_sha}..{tip}")

    def accept(tip: str) -> None:
        top = publisher.repository.top
        if not there or not git_says_yes(top, "diff", "--quiet", there, tip) or count(there) != count(tip):
            require_ours(publisher, part.branch, requests, wanted.base_sha)
        remember(publisher.records, part.branch, tip, _change(part, wanted))

    branch = NewBranch(publisher.repository, part.branch, Base(wanted.base_sha, wanted.base))
    with held_interrupts() as held:
        try:
            built = build_branch(
                branch, publisher.note, commits, part.own, publisher.codemods, held, accept, wanted.expected
            )
        except Interrupted:
            raise Stop(f"interrupted; {part.branch} is as it was", INTERRUPTED) from None
        except (GitError, OSError, RecordError) as error:
            raise Stop(
                f"the branch {part.branch} was not made; git or a hook of the repository said:\n{error}", FAILED
            ) from error
    publisher.say(f"{part.branch}: {len(built.titles)} commit{'s' * (len(built.titles) != 1)} on {wanted.base}")
    return built.tip


def _pushed(publisher: Publisher, branch: str, tip: str, there: str) -> None:
    try:
        publisher.patience.attempt(f"pushing {branch}", lambda: push(publisher.remote, branch, tip, there))
    except Rejected as rejected:
        raise Stop(
            f"{branch}: {publisher.remote.name} did not take the push, and nothing was overwritten: {rejected}\n"
            "If somebody pushed at the same time, run this again; if a rule forbids it, choose another --branch",
            FAILED,
        ) from None
    publisher.say(f"{branch}: pushed {tip[:12]} to {publisher.remote.name}")
