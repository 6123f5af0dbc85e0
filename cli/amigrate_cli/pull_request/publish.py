"""One part of a change set: its branch built and pushed, its pull request opened, updated or closed."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, TypeVar

from amigrate_cli.deliver.branches import change_of, known, remember
from amigrate_cli.deliver.interrupts import Interrupted, held_interrupts
from amigrate_cli.deliver.record import RecordError
from amigrate_cli.errors import FAILED, INTERRUPTED, Stop
from amigrate_cli.forges.forge import Draft, Duplicate, Forge, ForgeError, PullRequest
from amigrate_cli.forges.patience import Patience
from amigrate_cli.git.branch import NewBranch, build_branch
from amigrate_cli.git.command import GitError, git_line, git_says_yes
from amigrate_cli.git.commits import Commit
from amigrate_cli.git.pending import Note
from amigrate_cli.git.remote import Rejected, Remote, push
from amigrate_cli.git.repository import Base, Repository, branch_tip, checked_out_at
from amigrate_cli.pull_request.marks import Mark, mark_in, marked, with_mark, with_part
from amigrate_cli.pull_request.parts import Part

if TYPE_CHECKING:
    from amigrate.codemod import Metadata

Result = TypeVar("Result")
_SHOWN = 5  # commits of others
NOTHING_LEFT = "Nothing is left to change here: amigrate closes this."


@dataclass(frozen=True, slots=True)
class Publisher:
    """All that the parts of a run share. `records` is where this clone keeps what it made."""

    repository: Repository
    remote: Remote
    forge: Forge
    patience: Patience
    note: Note
    records: Path
    codemods: Sequence[Metadata]
    tips: Mapping[str, str]
    say: Callable[[str], None]


@dataclass(frozen=True, slots=True)
class Wanted:
    """A pull request as it is to be: on the branch `base` and its commit; `before` comes before our part, at first."""

    base: str
    base_sha: str
    title: str
    before: str
    text: str
    draft: bool
    labels: tuple[str, ...]
    reviewers: tuple[str, ...]
    series: str


def publish(publisher: Publisher, part: Part, commits: Sequence[Commit], wanted: Wanted) -> str:
    """Brings a part to the remote and the forge; gives the commit there, empty when nothing is left to change.

    Raises:
        Stop: somebody else has commits there, or the remote, the forge or a hook refuses.
    """
    requests = find_requests(publisher, part.branch)
    current = next((one for one in requests if one.state == "open"), None)
    if not part.own.changes:
        if current:
            _require_ours(publisher, part.branch, requests, wanted.base_sha)
            close(publisher, current)
        return ""
    _require_not_turned_down(publisher, part, requests, _change(part, wanted))
    there = _brought(publisher, part, commits, wanted, requests, current)
    mark = Mark(there.ours, _change(part, wanted), wanted.series)
    _opened_or_updated(publisher, part, wanted, marked(mark, wanted.text), current)
    return there.tip


@dataclass(frozen=True, slots=True)
class _There:
    """What the remote has after all: its tip, and which commits that were its tip are ours."""

    tip: str
    ours: tuple[str, ...]


def _change(part: Part, wanted: Wanted) -> str:
    return change_of(part.whole, wanted.base_sha if part.below else "")


def find_requests(publisher: Publisher, branch: str) -> Sequence[PullRequest]:
    """The pull requests of a branch."""
    return _asked(publisher, f"looking for the {publisher.forge.what}", lambda: publisher.forge.find(branch))


def close(publisher: Publisher, request: PullRequest) -> None:
    """Closes a pull request with a comment that says why."""
    what = f"closing {request.url}"
    _asked(publisher, what, lambda: publisher.forge.comment(request.number, NOTHING_LEFT))
    _asked(publisher, what, lambda: publisher.forge.close(request.number))
    publisher.say(f"Closed, since nothing is left to change: {request.url}")


def _brought(
    publisher: Publisher,
    part: Part,
    commits: Sequence[Commit],
    wanted: Wanted,
    requests: Sequence[PullRequest],
    current: PullRequest | None,
) -> _There:
    """Has the part on the remote, pushed where that is needed."""
    change = _change(part, wanted)
    there, here = publisher.tips.get(part.branch, ""), branch_tip(publisher.repository, part.branch)
    mark = mark_in(current.body) if current else None
    made = known(publisher.records, part.branch)
    further = here != there and bool(there) and _is_ahead(publisher, there, here)
    if there and not further:
        if mark and mark.change == change:
            publisher.say(f"{part.branch}: is there already, as it is to be")
            return _There(there, mark.heads)
        if made.change == change and there in made.heads:
            return _There(there, (there,))
    if here and made.heads and made.change == change and _is_ahead(publisher, made.heads[-1], here):
        # built by `apply`, or by a run that could not push; perhaps with commits of the user on top
        _require_ours(publisher, part.branch, requests, wanted.base_sha, unless_in=here)
        found = _There(here, made.heads[-1:])
    else:
        _require_replaceable(publisher, part.branch, here, made.heads)
        tip = _built(publisher, part, commits, wanted, requests, there)
        remember(publisher.records, part.branch, tip, change)
        found = _There(tip, (tip,))
    if current and mark:
        # before the push: a run on another machine must know this commit, even if this run ends here
        latest = _latest(publisher, current)
        body = with_mark(latest.body, Mark((*mark.heads, *found.ours), mark.change, mark.series))
        _asked(publisher, f"updating {latest.url}", lambda: publisher.forge.update(latest.number, body, latest.base))
    _pushed(publisher, part.branch, found.tip, there)
    return found


def _require_not_turned_down(publisher: Publisher, part: Part, requests: Sequence[PullRequest], change: str) -> None:
    """Raises Stop when somebody closed, without merging it, a pull request with just these changes."""
    last = requests[0] if requests else None
    mark = mark_in(last.body) if last and last.state == "closed" else None
    if last and mark and mark.change == change:
        raise Stop(
            f"{part.branch}: somebody closed {last.url}, which has just these changes; reopen it there, reject the "
            "changes that are not wanted, or choose another --branch",
            FAILED,
        )


def _latest(publisher: Publisher, current: PullRequest) -> PullRequest:
    """The pull request as it is now: what people wrote in it meanwhile stays."""
    found = find_requests(publisher, current.head)
    return next((one for one in found if one.number == current.number), current)


def _is_ahead(publisher: Publisher, ours: str, tip: str) -> bool:
    return git_says_yes(publisher.repository.top, "merge-base", "--is-ancestor", ours, tip)


def _require_replaceable(publisher: Publisher, branch: str, here: str, heads: Sequence[str]) -> None:
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


def _require_ours(
    publisher: Publisher, branch: str, requests: Sequence[PullRequest], base: str, unless_in: str = ""
) -> None:
    """Raises Stop when the branch on the remote has commits that neither we made nor the base has."""
    there = publisher.tips.get(branch, "")
    if not there or there in _heads(publisher, branch, requests):
        return
    if any(commit and _is_ahead(publisher, there, commit) for commit in (base, unless_in)):
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


def _built(
    publisher: Publisher,
    part: Part,
    commits: Sequence[Commit],
    wanted: Wanted,
    requests: Sequence[PullRequest],
    there: str,
) -> str:
    """Builds the branch; gives its tip, or what is on the remote when that is just the same."""

    def _count(tip: str) -> str:
        return git_line(publisher.repository.top, "rev-list", "--count", f"{wanted.base_sha}..{tip}")

    def accept(tip: str) -> None:
        top = publisher.repository.top
        if not there or not git_says_yes(top, "diff", "--quiet", there, tip) or _count(there) != _count(tip):
            _require_ours(publisher, part.branch, requests, wanted.base_sha)

    branch = NewBranch(publisher.repository, part.branch, Base(wanted.base_sha, wanted.base))
    with held_interrupts() as held:
        try:
            built = build_branch(branch, publisher.note, commits, part.own, publisher.codemods, held, accept)
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


def _opened_or_updated(
    publisher: Publisher, part: Part, wanted: Wanted, ours: str, current: PullRequest | None
) -> None:
    forge = publisher.forge
    if current is None:
        body = f"{wanted.before}\n\n{ours}\n" if wanted.before else f"{ours}\n"
        draft = Draft(part.branch, wanted.base, wanted.title, body, wanted.draft)
        try:
            made = _asked(publisher, f"opening a {forge.what}", lambda: forge.create(draft), passing=Duplicate)
        except Duplicate:
            # an answer that was lost on its way: it is there
            found = [one for one in find_requests(publisher, part.branch) if one.state == "open"]
            if not found:
                raise Stop(f"{part.branch}: there is a {forge.what} already, which cannot be found", FAILED) from None
            return _opened_or_updated(publisher, part, wanted, ours, found[0])
        publisher.say(f"Opened: {made.url}")
        _adorn(publisher, made, wanted.labels, wanted.reviewers)
        return None
    latest = _latest(publisher, current)
    body = with_part(latest.body, ours)
    if (body, wanted.base) == (latest.body, latest.base):
        publisher.say(f"As it was: {latest.url}")
    else:
        _asked(publisher, f"updating {latest.url}", lambda: forge.update(latest.number, body, wanted.base))
        publisher.say(f"Updated: {latest.url}")
    _adorn(publisher, latest, wanted.labels, ())
    return None


def _adorn(publisher: Publisher, request: PullRequest, labels: Sequence[str], reviewers: Sequence[str]) -> None:
    """Labels and reviewers; that one is refused is no reason to fail."""
    forge = publisher.forge
    for names, what, add in ((labels, "labels", forge.label), (reviewers, "reviewers", forge.ask)):
        if names:
            try:
                publisher.patience.attempt(what, lambda add=add, names=names: add(request.number, names))  # type: ignore[misc]
            except ForgeError as error:
                publisher.say(f"Not added: {what} {', '.join(names)}: {error}")


def _asked(
    publisher: Publisher, what: str, call: Callable[[], Result], passing: type[ForgeError] | tuple[()] = ()
) -> Result:
    """The answer of the forge; errors other than `passing` end the part."""
    try:
        return publisher.patience.attempt(what, call)
    except passing:
        raise
    except ForgeError as error:
        raise Stop(f"{what}: {error}", FAILED) from error
