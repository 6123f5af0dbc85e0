"""Names that are async wherever a template could meet them: methods of the project's models and managers."""

from __future__ import annotations

import inspect
from collections.abc import Iterator
from typing import Any

from django.apps import apps


def async_names() -> dict[str, str]:
    """Name → where it is defined, for each async method that a template can call and no model also has as sync.

    A template shows names and not types: a name that is sync somewhere could be that one.
    """
    found: dict[str, str] = {}
    sync: set[str] = set()
    for owner in _classes():
        for name, member in vars(owner).items():
            if _is_async(member):
                if not owner.__module__.startswith("django.") and _takes_nothing(member):
                    found.setdefault(name, f"{owner.__module__}.{owner.__qualname__}.{name}")
            else:
                sync.add(name)
    for model in apps.get_models():
        sync |= {field.name for field in model._meta.get_fields()}
    return {name: place for name, place in found.items() if name not in sync and not name.startswith("_")}


def _classes() -> Iterator[type]:
    seen: set[type] = set()
    for model in apps.get_models():
        for owner in (model, *(type(manager) for manager in model._meta.managers)):
            for base in owner.__mro__:
                if base is not object and base not in seen:
                    seen.add(base)
                    yield base


def _is_async(member: Any) -> bool:
    function = member.fget if isinstance(member, property) else inspect.unwrap(getattr(member, "__func__", member))
    return inspect.iscoroutinefunction(function) or inspect.isasyncgenfunction(function)


def _takes_nothing(member: Any) -> bool:
    """Whether a template can call it: it needs no argument besides `self`."""
    if isinstance(member, property):
        return True
    parameters = list(inspect.signature(getattr(member, "__func__", member)).parameters.values())
    if not isinstance(member, staticmethod):
        parameters = parameters[1:]
    optional = (inspect.Parameter.VAR_POSITIONAL, inspect.Parameter.VAR_KEYWORD)
    return all(parameter.default is not parameter.empty or parameter.kind in optional for parameter in parameters)
