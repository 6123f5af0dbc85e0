"""What a project's async code has wrong today: hooks that fail open, work that is never done, calls that raise."""

from __future__ import annotations

from collections.abc import Iterator

from amigrate.audit.data import Defect
from amigrate.audit.defects import calls, functions, loop, methods, migrations, templates, views
from amigrate.plan.context import Context


def defects(context: Context) -> tuple[Defect, ...]:
    """All defects found, the silent ones first."""
    found: dict[Defect, None] = {}
    rules = (methods.find, functions.find, views.find, calls.find, loop.find, migrations.find, templates.find)
    for rule in rules:
        found.update(dict.fromkeys(_each(rule(context))))
    order = {"silent": 0, "error": 1, "blocks": 2}
    return tuple(sorted(found, key=lambda d: (order[d.effect], d.place, d.id, d.symbol)))


def _each(found: Iterator[Defect]) -> Iterator[Defect]:
    yield from found
