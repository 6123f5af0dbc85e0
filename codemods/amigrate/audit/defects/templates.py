"""Async methods that templates use without awaiting them."""

from __future__ import annotations

from collections.abc import Iterator

from amigrate.audit.data import Defect, Effect, Place
from amigrate.plan.context import Context
from amigrate.templates.edits import unawaited

_REMEDY = "`--select async-templates --runtime` awaits it with {% await %} of django_ahead"


def find(context: Context) -> Iterator[Defect]:
    """Every use in a template of the project."""
    for path, line, use, method in unawaited(context):
        text = (
            f"`{use.lookup}` uses {method}, which is async: the page shows a coroutine or nothing, {{% if %}} is true"
        )
        yield Defect("async-in-template", Effect.SILENT, Place(path, line), method, text, _REMEDY)
