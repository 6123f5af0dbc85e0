"""The generated table (`pairs.json`, made by `tools/generate_django_api.py`), loaded once."""

from __future__ import annotations

import json
from dataclasses import dataclass
from functools import cache
from importlib.resources import files


@dataclass(frozen=True, slots=True)
class Pair:
    """A sync `x` and its async form.

    Args:
        sync, async_: dotted names.
        owner: the dotted class or module of the sync form.
        name, async_name: the last parts of these names.
        since: the first Django, of those that the table was made from, that has the pair.
        until: the first that no longer has it.
        call: `await`, or `async for` for an async iterator.
        sync_is: `callable`, or `attribute` when the sync form is read without a call (`request.user`).
        keyword_names: the sync form's positional parameters, when an async form takes fewer of them by position.
    """

    sync: str
    async_: str
    owner: str
    name: str
    async_name: str
    since: str
    until: str | None
    call: str
    sync_is: str
    keyword_names: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Table:
    """The pairs by the dotted name of the sync form; for each view decorator, since when it takes async views."""

    versions: tuple[str, ...]
    pairs: dict[str, Pair]
    view_decorators: dict[str, str]


@cache
def load() -> Table:
    """The table that the package brings."""
    raw = json.loads(files(__package__).joinpath("pairs.json").read_text(encoding="utf-8"))
    pairs = {
        entry["sync"]: Pair(
            sync=entry["sync"],
            async_=entry["async"],
            owner=entry["owner"],
            name=entry["name"],
            async_name=entry["async_name"],
            since=entry["since"],
            until=entry.get("until"),
            call=entry["call"],
            sync_is=entry["sync_is"],
            keyword_names=tuple(entry.get("keyword_names", ())),
        )
        for entry in raw["pairs"]
    }
    return Table(tuple(raw["generated_from"]), pairs, raw["view_decorators"])
