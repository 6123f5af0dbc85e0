"""The data of an audit. Paths are relative to the project root, with `/`; line 0 stands for the file as a whole."""

from __future__ import annotations

from dataclasses import dataclass, field
from enum import StrEnum

from amigrate.model import Failure
from amigrate.plan.hops import Hops
from amigrate.plan.waits import Wait


class Level(StrEnum):
    """How much a finding matters: `blocker` stops async, `warning` costs, `ok` is as it should be."""

    BLOCKER = "blocker"
    WARNING = "warning"
    INFO = "info"
    OK = "ok"


@dataclass(frozen=True, slots=True, order=True)
class Place:
    """Where something is."""

    path: str = ""
    line: int = 0

    def __str__(self) -> str:
        return f"{self.path}:{self.line}" if self.line else self.path


@dataclass(frozen=True, slots=True)
class Finding:
    """One line on the project as a whole; `topic` is what it is about, `remedy` what to do."""

    topic: str
    level: Level
    text: str
    remedy: str = ""
    place: Place = Place()


class Effect(StrEnum):
    """What a defect does: in silence (access granted, data lost, work not done) or with an error."""

    SILENT = "silent"
    ERROR = "error"
    BLOCKS = "blocks"


@dataclass(frozen=True, slots=True)
class Defect:
    """Something in the project's async code that is wrong today; `id` names the rule."""

    id: str
    effect: Effect
    place: Place
    symbol: str
    text: str
    remedy: str


class Outcome(StrEnum):
    """What amigrate would do with a view."""

    ASYNC = "async"  # it is async already
    CONVERT = "convert"  # it can become async, and that is worthwhile
    POSSIBLE = "possible"  # it can become async, and that is not worthwhile
    SYNC = "sync"  # it stays sync, for the reasons in its blockers


@dataclass(frozen=True, slots=True)
class Blocker:
    """One thing that keeps a view sync."""

    reason: str
    suggestion: str = ""
    place: Place = Place()


@dataclass(frozen=True, slots=True)
class ViewAudit:
    """One view. `before` and `after` are thread hops under ASGI, without those of the middleware.

    `after` is None where the view stays sync; `if_converted` are the hops that it would have then, if that is known.
    """

    name: str
    place: Place
    outcome: Outcome
    before: Hops
    after: Hops | None
    if_converted: Hops | None = None
    verdict: str = ""
    blockers: tuple[Blocker, ...] = ()
    waits: tuple[Wait, ...] = ()


@dataclass(frozen=True, slots=True)
class MiddlewareAudit:
    """One middleware in the order of MIDDLEWARE. `kind` is async, sync or unknown; `hops` None where not known."""

    name: str
    kind: str
    hops: int | None
    note: str = ""
    place: Place = Place()


@dataclass(frozen=True, slots=True)
class Step:
    """Something to do, in order."""

    title: str
    why: str
    views: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Audit:
    """All that an audit says. `around` are the hops of middleware and handler for each request, None if not known."""

    root: str
    django: str
    python: str
    files: int
    seconds: float = 0.0
    readiness: tuple[Finding, ...] = ()
    middleware: tuple[MiddlewareAudit, ...] = ()
    around: int | None = None
    views: tuple[ViewAudit, ...] = ()
    defects: tuple[Defect, ...] = ()
    order: tuple[Step, ...] = ()
    leave: tuple[Step, ...] = ()
    failures: tuple[Failure, ...] = field(default=())
    notes: tuple[str, ...] = ()

    def with_outcome(self, outcome: Outcome) -> tuple[ViewAudit, ...]:
        """The views with this outcome."""
        return tuple(view for view in self.views if view.outcome is outcome)
