"""Decisions on edits, and the TOML file that keeps them from run to run.

schema = "amigrate.decisions/1"

[[edits]]
id = "1f0c4ab3d2e49a77"        # the fingerprint of the edit
verdict = "accepted"           # or "rejected"
result = "9b2d11f0"            # of an accepted one: what it was to become
codemod = "orm-terminal"       # these three are for people
symbol = "shop.views.detail"
before = "Book.objects.get(pk=pk)"
"""

from __future__ import annotations

import tomllib
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from enum import StrEnum

from amigrate.fingerprint import result_of
from amigrate.model import Edit

SCHEMA = "amigrate.decisions/1"
_SHOWN = 160  # characters of the text before
_HEAD = """\
# What was decided in `amigrate review`. Keep it with the code: `amigrate apply --decisions` makes these changes again.
"""


class Verdict(StrEnum):
    """What was decided on an edit."""

    ACCEPTED = "accepted"
    REJECTED = "rejected"


@dataclass(frozen=True, slots=True)
class Decision:
    """The verdict on one edit, with enough of it to know it again and to name it when it is gone."""

    id: str
    verdict: Verdict
    codemod: str
    symbol: str
    before: str
    result: str = ""


class DecisionsError(ValueError):
    """A file of decisions cannot be used; the message says where and why."""


def decision_on(edit: Edit, verdict: Verdict) -> Decision:
    """The decision to keep for an edit."""
    before = " ".join(edit.before.split())
    before = before if len(before) <= _SHOWN else before[: _SHOWN - 1] + "…"
    return Decision(edit.id, verdict, edit.codemod, edit.symbol or edit.path, before, result_of(edit.after, edit.path))


def dump(decisions: Iterable[Decision]) -> bytes:
    """The file with these decisions, in an order that does not depend on when they were made."""
    import tomli_w

    ordered = sorted(decisions, key=lambda one: (one.symbol, one.codemod, one.before, one.id))
    tables = [
        {
            "id": one.id,
            "verdict": one.verdict.value,
            **({"result": one.result} if one.result else {}),
            "codemod": one.codemod,
            "symbol": _plain(one.symbol),
            "before": _plain(one.before),
        }
        for one in ordered
    ]
    return (_HEAD + tomli_w.dumps({"schema": SCHEMA, "edits": tables})).encode()


def parse(data: bytes, name: str) -> tuple[Decision, ...]:
    """The decisions in a file that is called `name`.

    Raises:
        DecisionsError: it is no TOML, or not of this form.
    """
    try:
        content = tomllib.loads(data.decode())
    except (tomllib.TOMLDecodeError, UnicodeDecodeError) as error:
        raise DecisionsError(f"{name}: {error}") from error
    if content.get("schema") != SCHEMA:
        raise DecisionsError(f'{name}: no decisions of this amigrate: `schema` is not "{SCHEMA}"')
    entries = content.get("edits", [])
    if not isinstance(entries, list):
        raise DecisionsError(f"{name}: `edits` must be an array of tables")
    found = [_decision(entry, f"{name}: entry {number} of `edits`") for number, entry in enumerate(entries, 1)]
    seen: dict[str, Decision] = {}
    for one in found:
        if seen.setdefault(one.id, one).verdict is not one.verdict:
            raise DecisionsError(f"{name}: {one.id} is both accepted and rejected; keep one of the two")
    return tuple(seen.values())


def _decision(entry: object, where: str) -> Decision:
    if not isinstance(entry, Mapping):
        raise DecisionsError(f"{where} must be a table")
    texts = {key: entry.get(key, "") for key in ("id", "verdict", "codemod", "symbol", "before", "result")}
    for key, value in texts.items():
        if not isinstance(value, str):
            raise DecisionsError(f"{where}: `{key}` must be a text")
    if not texts["id"]:
        raise DecisionsError(f"{where} has no `id`")
    if texts["verdict"] not in set(Verdict):
        raise DecisionsError(f'{where}: `verdict` must be "accepted" or "rejected"')
    return Decision(**{**texts, "verdict": Verdict(texts["verdict"])})


def _plain(text: str) -> str:
    """`text` without lone surrogates, which TOML has no form for."""
    return text.encode("utf-8", "backslashreplace").decode()
