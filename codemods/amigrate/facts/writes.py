"""Which rows a function may change in the database."""

from __future__ import annotations

from typing import TYPE_CHECKING

from amigrate.facts.effects import Effect, What
from amigrate.facts.lattice import Kind

if TYPE_CHECKING:
    from amigrate.facts.analyst import Analyst

ANYTHING = "*"
NOTHING: frozenset[str] = frozenset()
# a row that is only created is not among those that were read before
_CHANGING = frozenset({"save", "update", "bulk_update", "update_or_create", "add", "remove", "clear", "set"})
_SAVING = frozenset({"save", "create", "get_or_create", "update_or_create"})
_WRITING = _CHANGING | _SAVING | {"delete", "bulk_create"}
_RUNNING = frozenset({What.CALL, What.CONSTRUCT, What.PROPERTY, What.WITH})
_OPEN_ENDED = frozenset({What.DOUBT, What.PIN, What.MAYBE})


def written(analyst: Analyst, effect: Effect) -> frozenset[str]:
    """The models whose existing rows an effect may change; `ANYTHING` among them when that cannot be told."""
    if effect.what is What.TERMINAL:
        return _by_terminal(analyst, effect)
    if effect.what is What.BRIDGE:
        return frozenset({ANYTHING}) if "save" in effect.detail else NOTHING
    if effect.what is What.VALUE:
        return NOTHING
    found = NOTHING.union(*(writes(analyst, target) for target in effect.targets))
    if effect.receiver.kind is Kind.GENERATOR and effect.receiver.ref:
        found |= writes(analyst, effect.receiver.ref)
    return found


def _by_terminal(analyst: Analyst, effect: Effect) -> frozenset[str]:
    name, model = effect.detail, effect.receiver.ref
    if name == "delete":
        return frozenset({ANYTHING})  # it cascades
    found = frozenset({model or ANYTHING}) if name in _CHANGING else NOTHING
    if isinstance(override := effect.extra.get("override"), str):
        found |= writes(analyst, override)
    if name in _SAVING and (owner := analyst.program.find_method(model, "save")) is not None:
        found |= writes(analyst, f"{owner}.save") - {model}
    return found


def writes(analyst: Analyst, qualified: str) -> frozenset[str]:
    """The models whose existing rows running a function may change."""
    known = analyst.written
    if qualified not in known:
        known[qualified] = NOTHING  # what calls itself adds nothing
        effects = analyst.told(qualified).effects
        found = NOTHING.union(*(written(analyst, effect) for effect in effects))
        if any(effect.what in _OPEN_ENDED for effect in effects):
            found |= {ANYTHING}
        known[qualified] = found
    return known[qualified]


def saves(analyst: Analyst, effect: Effect) -> bool:
    """Whether an effect writes to the database, as far as that can be told; new rows count too."""
    if effect.what is What.TERMINAL:
        return effect.detail in _WRITING
    if effect.what is What.BRIDGE:
        return "save" in effect.detail
    return effect.what in _RUNNING and any(_saves(analyst, target) for target in effect.targets)


def _saves(analyst: Analyst, qualified: str) -> bool:
    known = analyst.saving
    if qualified not in known:
        known[qualified] = False  # what calls itself adds nothing
        known[qualified] = any(saves(analyst, effect) for effect in analyst.told(qualified).effects)
    return known[qualified]
