"""Thread hops of a request to a view, counted without running it: calls of `sync_to_async`, Django's own included.

Under ASGI a sync view is one hop: Django runs all of it in a thread (`BaseHandler._get_response_async`). In an async
view each a-method of the ORM, cache and session is a hop, and each bridge. Counted are the sites that the plan has for
the function, and the `await`s that it has already; callees that become async add theirs. Sessions and `auser()` load
once a request. What is in a loop is counted for one turn. Of a range the low end is the cheapest way through the
branches; ways that end with an exception are left out.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, field

from amigrate.plan import hop_costs
from amigrate.plan.hop_costs import Cost

_MOST = 48  # different ways kept apart; beyond that only their range is


@dataclass(frozen=True, slots=True, order=True)
class Loop:
    """What one turn of a loop adds; `per` names the turn: "turn", "key" or "chunk of rows"."""

    path: str
    line: int
    low: int
    high: int
    per: str = "turn"


@dataclass(frozen=True, slots=True)
class Hops:
    """The thread hops of one request: at least `low`, at most `high`, and more for every turn of the loops."""

    low: int
    high: int
    loops: tuple[Loop, ...] = ()

    def __str__(self) -> str:
        fixed = str(self.low) if self.low == self.high else f"{self.low}-{self.high}"
        return fixed + "".join(
            f" + {loop.low if loop.low == loop.high else f'{loop.low}-{loop.high}'} per {loop.per} (line {loop.line})"
            for loop in self.loops
        )


@dataclass(frozen=True, slots=True, order=True)
class Way:
    """One way through a function: its hops, and what it loads once a request (`session`, `user`)."""

    hops: int = 0
    once: frozenset[str] = frozenset()


Ways = frozenset[Way]
NOTHING: Ways = frozenset({Way()})
NOWHERE: Ways = frozenset()


def then(first: Ways, second: Ways) -> Ways:
    """One after the other."""
    if second is NOTHING or first is NOWHERE:
        return first
    return _few(Way(a.hops + b.hops, a.once | b.once) for a in first for b in second)


def either(*all_ways: Ways) -> Ways:
    """One of several."""
    return _few(way for ways in all_ways for way in ways)


def costing(cost: Cost) -> Ways:
    """A call of a known cost."""
    return frozenset(Way(hops) for hops in {cost.low, cost.high})


def loading(*names: str) -> Ways:
    """Something that is loaded once a request."""
    return frozenset({Way(0, frozenset(names))})


def _few(ways: Iterable[Way]) -> Ways:
    found = frozenset(ways)
    if len(found) <= _MOST:
        return found
    ordered = sorted(found, key=lambda w: (w.hops + len(w.once), w.hops))
    return frozenset({ordered[0], ordered[-1]})


@dataclass(slots=True)
class Counted:
    """The ways through a function or a part of it: those that go on, those that return, and its loops."""

    through: Ways = NOTHING
    returned: Ways = NOWHERE
    loops: set[Loop] = field(default_factory=set)

    @property
    def ways(self) -> Ways:
        """All ways that end without an exception; when none does, the function costs nothing that we know."""
        return either(self.through, self.returned) or NOTHING


@dataclass(frozen=True, slots=True)
class Request:
    """What is known of a request to a view: which Django answers it, how sessions are kept, and who may ask."""

    django: str
    session_engine: str
    logged_in: bool = False
    session_loaded: bool = False  # by a middleware, maybe


def total(counted: Counted, request: Request) -> Hops:
    """The range over all ways, with what is loaded once counted once."""
    low = min(way.hops + sum(_once(name, way, request).low for name in way.once) for way in counted.ways)
    high = max(way.hops + sum(_once(name, way, request).high for name in way.once) for way in counted.ways)
    return Hops(low, high, tuple(sorted(counted.loops)))


def _once(name: str, way: Way, request: Request) -> Cost:
    """What one of the things that are loaded once a request costs it."""
    in_one_go = tuple(map(int, request.django.split(".")[:2])) < (5, 2)  # auser() ran the sync get_user() in a thread
    if name == "count":  # of a paginator
        return Cost(1, 1)
    if name == "user":
        return Cost(1, 1) if in_one_go else Cost(int(request.logged_in), hop_costs.user_load(request.django).high)
    found = hop_costs.session_load(request.session_engine, request.django)
    if in_one_go and "user" in way.once:
        return Cost(0, 0)
    return found if request.logged_in and not request.session_loaded else Cost(0, found.high)
