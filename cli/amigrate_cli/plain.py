"""Commands that take plain values as they are.

Typer has Pydantic convert each value, also one that is not given; importing that takes longer than a second run on a
small project. What is no text, number, path, flag or one of several words, or is wrong, is still left to Typer.
"""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any, Literal, get_args, get_origin

from typer.core import TyperCommand, TyperGroup

Process = Callable[[Any, Any], Any]


class PlainCommand(TyperCommand):
    """A command whose parameters convert plain values by themselves."""

    def get_params(self, ctx: Any) -> list[Any]:
        """The parameters, with `--help`."""
        return _sparing(super().get_params(ctx))


class PlainGroup(TyperGroup):
    """The same for the commands' common parameters."""

    def get_params(self, ctx: Any) -> list[Any]:
        """The parameters, with `--help`."""
        return _sparing(super().get_params(ctx))


def _sparing(params: list[Any]) -> list[Any]:
    for param in params:
        kind = getattr(param, "type_descriptor", None)  # older Typers convert without Pydantic
        if kind is not None and not param.required and "process_value" not in vars(param):
            param.process_value = _process(param, kind, param.process_value)
    return params


def _process(param: Any, kind: Any, by_typer: Process) -> Process:
    def process(context: Any, value: Any) -> Any:
        found = _plain(param, kind, value)
        if found is None:
            return by_typer(context, value)
        return param.callback(context, param, *found) if param.callback is not None else found[0]

    return process


def _plain(param: Any, kind: Any, value: Any) -> tuple[Any] | None:
    """The converted value, None for what Typer should look at."""
    several = getattr(param, "multiple", False) or param.nargs == -1
    if value is None:
        return ((),) if several else (None,)
    if several:
        texts = isinstance(value, list | tuple) and all(isinstance(one, str) for one in value)
        return (list(value),) if texts and kind.annotation == list[str] else None
    if isinstance(value, bool | Path) and isinstance(value, kind.annotation):
        return (value,)
    if not isinstance(value, str):
        return None
    if kind.annotation in (str, Path):
        return (kind.annotation(value),)
    if get_origin(kind.annotation) is Literal and value in get_args(kind.annotation):
        return (value,)
    limits = kind.parameter_info
    if kind.annotation is int and value.isdecimal() and not limits.min and limits.max is None:
        return (int(value),)
    return None
