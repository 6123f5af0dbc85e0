"""What each a-method of Django costs in thread hops: `hop_costs.json`, measured by `tools/measure_hops.py`.

Django implements its a-methods with `sync_to_async`, mostly one call of it (see the sources of `QuerySet.aget`); some
take more (`cache.aget_or_set`, `session.acycle_key`) or none (a session that is loaded already).
"""

from __future__ import annotations

import json
from dataclasses import dataclass
from functools import cache
from importlib.resources import files


@dataclass(frozen=True, slots=True)
class Cost:
    """How many thread hops one call takes, at least and at most."""

    low: int
    high: int


ONE = Cost(1, 1)
NONE = Cost(0, 0)
# Django calls the method for one key after the other
PER_KEY = frozenset({"aget_many", "aset_many", "adelete_many"})


@cache
def _table(django: str) -> dict[str, list[int]]:
    measured = json.loads(files(__package__).joinpath("hop_costs.json").read_text(encoding="utf-8"))
    wanted = _numbers(django)
    version = max((v for v in measured if _numbers(v) <= wanted), key=_numbers, default=min(measured, key=_numbers))
    return dict(measured[version])


def _numbers(version: str) -> tuple[int, ...]:
    return tuple(int(part) for part in version.split(".")[:2])


def cost(name: str, django: str) -> Cost:
    """The cost of `Owner.amethod` or of the dotted sync function of Django; one hop where it was not measured."""
    low, high = _table(django).get(name, (1, 1))
    return Cost(low, high)


def method_cost(owners: tuple[str, ...], method: str, django: str) -> Cost:
    """The cost of a method of the first of these owners that has one."""
    table = _table(django)
    return next((Cost(*table[f"{owner}.{method}"]) for owner in owners if f"{owner}.{method}" in table), ONE)


def session_load(engine: str, django: str) -> Cost:
    """Loading the session for the first time in a request that has a session cookie."""
    if _numbers(django) < (5, 1):
        return ONE
    return cost(f"Session({engine.rpartition('.')[2]}).load", django)


def user_load(django: str) -> Cost:
    """What `await request.auser()` costs beyond loading the session: reading the row of the user."""
    return ONE
