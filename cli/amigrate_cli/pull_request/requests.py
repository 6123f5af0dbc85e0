"""The pull request of a part: finding, opening, updating and closing it."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import replace
from functools import partial
from typing import TypeVar

from amigrate_cli.errors import FAILED, Stop
from amigrate_cli.forges.forge import Draft, Duplicate, ForgeError, PullRequest
from amigrate_cli.pull_request.marks import mark_in, with_mark, with_part
from amigrate_cli.pull_request.parts import Part
from amigrate_cli.pull_request.shared import Publisher, Wanted

Result = TypeVar("Result")
NOTHING_LEFT = "Nothing is left to change here: amigrate closes this."


def find_requests(publisher: Publisher, branch: str) -> Sequence[PullRequest]:
    """The pull requests of a branch."""
    return asked(publisher, f"looking for the {publisher.forge.what}", lambda: publisher.forge.find(branch))


def close(publisher: Publisher, request: PullRequest) -> None:
    """Closes a pull request with a comment that says why."""
    what = f"closing {request.url}"
    mark = mark_in(request.body)
    if mark:  # with no changes in it: one that people closed, with changes, is not opened again
        body = with_mark(request.body, replace(mark, change=""))
        asked(publisher, what, lambda: publisher.forge.update(request.number, body, request.base))
    asked(publisher, what, lambda: publisher.forge.comment(request.number, NOTHING_LEFT))
    asked(publisher, what, lambda: publisher.forge.close(request.number))
    publisher.say(f"Closed, since nothing is left to change: {request.url}")


def require_not_turned_down(publisher: Publisher, part: Part, requests: Sequence[PullRequest], change: str) -> None:
    """Raises Stop when somebody closed, without merging it, a pull request with just these changes."""
    last = requests[0] if requests else None
    mark = mark_in(last.body) if last and last.state == "closed" else None
    if last and mark and mark.change == change:
        raise Stop(
            f"{part.branch}: somebody closed {last.url}, which has just these changes; reopen it there, reject the "
            "changes that are not wanted, or choose another --branch",
            FAILED,
        )


def latest(publisher: Publisher, current: PullRequest) -> PullRequest:
    """The pull request as it is now: what people wrote in it meanwhile stays."""
    found = find_requests(publisher, current.head)
    return next((one for one in found if one.number == current.number), current)


def opened_or_updated(publisher: Publisher, part: Part, wanted: Wanted, ours: str, current: PullRequest | None) -> None:
    """Opens the pull request of a part, with `ours` as our part of its text, or updates `current`."""
    forge = publisher.forge
    if current is None:
        body = f"{wanted.before}\n\n{ours}\n" if wanted.before else f"{ours}\n"
        draft = Draft(part.branch, wanted.base, wanted.title, body, wanted.draft)
        try:
            made = asked(publisher, f"opening a {forge.what}", lambda: forge.create(draft), passing=Duplicate)
        except Duplicate:
            # an answer that was lost on its way: it is there
            found = [one for one in find_requests(publisher, part.branch) if one.state == "open"]
            if not found:
                raise Stop(f"{part.branch}: there is a {forge.what} already, which cannot be found", FAILED) from None
            return opened_or_updated(publisher, part, wanted, ours, found[0])
        publisher.say(f"Opened: {made.url}")
        _adorn(publisher, made, wanted.labels, wanted.reviewers)
        return None
    now = latest(publisher, current)
    body = with_part(now.body, ours)
    if (body, wanted.base) == (now.body, now.base):
        publisher.say(f"As it was: {now.url}")
    else:
        asked(publisher, f"updating {now.url}", lambda: forge.update(now.number, body, wanted.base))
        publisher.say(f"Updated: {now.url}")
    _adorn(publisher, now, wanted.labels, ())
    return None


def _adorn(publisher: Publisher, request: PullRequest, labels: Sequence[str], reviewers: Sequence[str]) -> None:
    """Labels and reviewers; that one is refused is no reason to fail."""
    forge = publisher.forge
    for names, what, add in ((labels, "labels", forge.label), (reviewers, "reviewers", forge.ask)):
        if names:
            try:
                publisher.patience.attempt(what, partial(add, request.number, names))
            except ForgeError as error:
                publisher.say(f"Not added: {what} {', '.join(names)}: {error}")


def asked(
    publisher: Publisher, what: str, call: Callable[[], Result], passing: type[ForgeError] | tuple[()] = ()
) -> Result:
    """The answer of the forge; errors other than `passing` end the part."""
    try:
        return publisher.patience.attempt(what, call)
    except passing:
        raise
    except ForgeError as error:
        raise Stop(f"{what}: {error}", FAILED) from error
