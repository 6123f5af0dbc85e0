"""A review that is decided on from a page: one step at a time, each of them saved before it is answered."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from threading import Lock

from amigrate.review.session import Session, accept, clear, fall_of, reject, take_back, undo, without_stale
from amigrate_cli.review.web.content import Json, content_of, state_of

_VERDICTS: dict[str, Callable[[Session, Sequence[str]], Session]] = {
    "accepted": accept,
    "rejected": reject,
    "undecided": clear,
}


class UnknownRequest(ValueError):
    """What the page asks for makes no sense."""


class Review:
    """The session, and how it is saved and planned again. Requests come from several threads.

    `save` is called with each step, which is not taken if it raises Stop; `plan` gives a session on what can be done
    without what is rejected in another one.
    """

    def __init__(
        self, session: Session, save: Callable[[Session], None], plan: Callable[[Session], Session], title: str
    ) -> None:
        self._session, self._save, self._plan, self._title = session, save, plan, title
        self._edition = 0  # of what is decided on; a page that shows another one is to be loaded again
        self._lock = Lock()
        self._closed = False

    @property
    def session(self) -> Session:
        """How it stands."""
        return self._session

    def everything(self) -> Json:
        """What the page shows, and how it stands."""
        with self._lock:
            return {"content": content_of(self._session, self._title), "state": self._state()}

    def state(self) -> Json:
        """How it stands."""
        with self._lock:
            return self._state()

    def decide(self, verdict: object, items: object) -> Json:
        """Takes a step on some hunks.

        Raises:
            UnknownRequest: there is no such verdict, or no such hunk.
            Stop: it cannot be saved; the step is not taken.
        """
        step = _VERDICTS.get(verdict) if isinstance(verdict, str) else None
        if step is None:
            raise UnknownRequest(f"`verdict` must be one of {', '.join(_VERDICTS)}")
        return self._take(lambda session: step(session, _known(session, items)))

    def undo(self) -> Json:
        """Takes the last step back. Raises as `decide`."""
        return self._take(undo)

    def forget(self) -> Json:
        """Drops the decisions on what is gone. Raises as `decide`."""
        return self._take(without_stale)

    def plan(self) -> Json:
        """Plans again without what is rejected, which takes as long as a run. Raises as `decide`."""
        return self._plan_again(lambda session: session)

    def take_back(self) -> Json:
        """Plans again with what was planned around. Raises as `decide`."""
        return self._plan_again(take_back)

    def fall(self, items: object) -> Json:
        """What else would fall if these hunks were rejected.

        Raises:
            UnknownRequest: there is no such hunk.
        """
        session = self._session
        fall = fall_of(session, _known(session, items))
        return {"items": list(fall.items), "groups": len(fall.groups), "accepted": fall.accepted}

    def close(self) -> Session:
        """Waits for a step that is being saved, and takes none from now on."""
        with self._lock:
            self._closed = True
        return self._session

    def _take(self, step: Callable[[Session], Session]) -> Json:
        with self._lock:
            if self._closed:
                raise UnknownRequest("the review has ended")
            after = step(self._session)
            if after is not self._session:
                self._save(after)
            self._session = after
            return self._state()

    def _plan_again(self, change: Callable[[Session], Session]) -> Json:
        before = self._session
        after = self._plan(change(before))  # nobody has to wait for that
        with self._lock:
            if self._closed or self._session is not before:
                raise UnknownRequest("something was decided while it was planned; plan again")
            self._save(after)
            self._session, self._edition = after, self._edition + 1
            return self._state()

    def _state(self) -> Json:
        return {**state_of(self._session), "edition": self._edition}


def _known(session: Session, items: object) -> list[str]:
    known = session.subject.items
    if not isinstance(items, list) or not all(isinstance(one, str) and one in known for one in items):
        raise UnknownRequest("`items` must be a list of hunks of this review; load the page again")
    return items
