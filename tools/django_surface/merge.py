"""One table from what several Djangos have."""

from __future__ import annotations

from typing import Any

from django_surface.describe import Pair

# {"django": "5.2", "pairs": [...], "decorators": {dotted name: does it take an async view}}
Surface = dict[str, Any]


def merge(surfaces: list[Surface]) -> dict[str, Any]:
    """The table, sorted by name, with the versions it was made from.

    `since` is the first version that has a pair, `until` the first one that has it no longer. The signature of a newer
    version is there only when it differs from the one before.
    """
    ordered = sorted(surfaces, key=lambda surface: _release(surface["django"]))
    versions = [surface["django"] for surface in ordered]
    history: dict[tuple[str, str], dict[str, Pair]] = {}
    for surface in ordered:
        for pair in surface["pairs"]:
            history.setdefault((pair["sync"], pair["async"]), {})[surface["django"]] = pair
    return {
        "generated_from": versions,
        "pairs": [_entry(history[key], versions) for key in sorted(history)],
        "view_decorators": _decorators(ordered),
    }


def _release(version: str) -> tuple[int, ...]:
    return tuple(int(part) for part in version.split("."))


def _entry(seen: dict[str, Pair], versions: list[str]) -> Pair:
    latest = list(seen.values())[-1]
    last = versions.index(list(seen)[-1])
    entry = {key: latest[key] for key in ("sync", "async", "owner", "name", "async_name", "sync_is", "call")}
    entry["since"] = next(iter(seen))
    if last + 1 < len(versions):
        entry["until"] = versions[last + 1]
    entry["sync_parameters"] = _changes({version: pair["sync_parameters"] for version, pair in seen.items()})
    entry["async_parameters"] = _changes({version: pair["async_parameters"] for version, pair in seen.items()})
    if names := _keyword_names(list(seen.values())):
        entry["keyword_names"] = names
    return entry


def _changes(by_version: dict[str, str | None]) -> dict[str, str]:
    changes: dict[str, str] = {}
    for version, parameters in by_version.items():
        if parameters is not None and (not changes or list(changes.values())[-1] != parameters):
            changes[version] = parameters
    return changes


def _keyword_names(pairs: list[Pair]) -> list[str]:
    """The names of the positional parameters of the sync form, if a later async form takes fewer of them by position.

    `pairs` is one pair in all versions, oldest first.
    """
    longest: list[str] = []
    lost = False
    for pair in pairs:
        longest = max(longest, pair["positional"]["sync"], key=len)
        lost = lost or len(pair["positional"]["async"]) < len(longest)
    return longest if lost else []


def _decorators(ordered: list[Surface]) -> dict[str, str]:
    names = sorted({name for surface in ordered for name in surface["decorators"]})
    return {
        name: next((surface["django"] for surface in ordered if surface["decorators"].get(name)), "never")
        for name in names
    }
