"""What the table says of one pair."""

from __future__ import annotations

import inspect
import re
from types import FunctionType
from typing import Any

Pair = dict[str, Any]
_ADDRESS = re.compile(r"<(?:object object|\S+) at 0x[0-9a-f]+>")
_POSITIONAL = (inspect.Parameter.POSITIONAL_ONLY, inspect.Parameter.POSITIONAL_OR_KEYWORD)


def describe(
    owner: str, name: str, sync: object, async_name: str, async_form: object, async_owner: str | None = None
) -> Pair:
    """The entry of a pair. `sync` is None for an attribute that instances are given."""
    method = isinstance(sync, FunctionType | classmethod | staticmethod)
    return {
        "sync": f"{owner}.{name}",
        "async": f"{async_owner or owner}.{async_name}",
        "owner": owner,
        "name": name,
        "async_name": async_name,
        "sync_is": "callable" if method else "attribute",
        "call": "async for" if async_name == "__aiter__" or inspect.isasyncgenfunction(async_form) else "await",
        "sync_parameters": _parameters(sync) if method else None,
        "async_parameters": _parameters(async_form),
        "positional": {"sync": _positional(sync) if method else [], "async": _positional(async_form)},
    }


def _signature(function: Any) -> list[inspect.Parameter]:
    unwrapped = function.__func__ if isinstance(function, classmethod | staticmethod) else function
    # Annotations differ between versions of Python without a difference in what may be called.
    parameters = [
        parameter.replace(annotation=inspect.Parameter.empty)
        for parameter in inspect.signature(unwrapped).parameters.values()
    ]
    return parameters[1:] if parameters and parameters[0].name in ("self", "cls") else parameters


def _parameters(function: Any) -> str:
    rendered = str(inspect.Signature(_signature(function)))
    return _ADDRESS.sub("<sentinel>", rendered)


def _positional(function: Any) -> list[str]:
    return [parameter.name for parameter in _signature(function) if parameter.kind in _POSITIONAL]
