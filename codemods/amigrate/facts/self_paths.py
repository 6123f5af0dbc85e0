"""What a method of a model reads from its own instance: the relation paths that, once loaded, keep it from querying."""

from __future__ import annotations

from typing import TYPE_CHECKING

from amigrate.facts.effects import Effect, What
from amigrate.facts.lattice import SELF, Kind, Type

if TYPE_CHECKING:
    from amigrate.facts.analyst import Analyst

_CALLING = frozenset({What.CALL, What.PROPERTY, What.TEXT, What.CONSTRUCT})
_SINGLE = frozenset({"fk", "o2o", "reverse_o2o"})


def self_paths(analyst: Analyst, qualified: str) -> frozenset[str] | None:
    """The relation paths from `self` that a method loads; None when it may block in any other way.

    `get_absolute_url` that reads `self.topic.slug` gives {"topic"}: on an instance that came with
    `select_related("topic")` it does not query.
    """
    known = analyst.loaded_by_self
    if qualified not in known:
        known[qualified] = None  # what calls itself is not followed
        known[qualified] = _paths(analyst, qualified)
    return known[qualified]


def _paths(analyst: Analyst, qualified: str) -> frozenset[str] | None:
    if analyst.is_decorated(qualified) or analyst.classes.is_async(qualified):
        return None
    found: set[str] = set()
    for effect in analyst.told(qualified).effects:
        if effect.what in (What.VALUE, What.MAYBE):
            continue
        paths = _of_effect(analyst, effect)
        if paths is None:
            return None
        found |= paths
    return frozenset(found)


def _of_effect(analyst: Analyst, effect: Effect) -> frozenset[str] | None:
    of_self = effect.receiver.kind is Kind.INSTANCE and effect.receiver.origins == SELF
    if effect.what is What.RELATION:
        single = effect.extra.get("kind") in _SINGLE
        return frozenset({str(effect.extra["path"])}) if of_self and single else None
    if effect.what in _CALLING and effect.targets:
        found: set[str] = set()
        for target in effect.targets:
            if not analyst.blocks(target):
                continue
            missing = missing_paths(analyst, target, effect.receiver) if of_self else None
            if missing is None:
                return None
            prefix = f"{effect.receiver.path}__" if effect.receiver.path else ""
            found |= {prefix + path for path in missing}
        return frozenset(found)
    return None


def missing_paths(analyst: Analyst, target: str, receiver: Type) -> frozenset[str] | None:
    """The paths that must be loaded on `receiver` so that the method does not query; None if that is not enough."""
    if receiver.kind is not Kind.INSTANCE:
        return None
    paths = self_paths(analyst, target)
    return None if paths is None else frozenset(p for p in paths if p not in receiver.loaded)
