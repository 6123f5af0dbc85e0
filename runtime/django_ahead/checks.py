"""System checks for what async code and templates do to each other. Each id is explained in docs/runtime.md."""

from __future__ import annotations

import inspect
from collections.abc import Iterator, Sequence
from typing import Any

from django.apps import AppConfig
from django.core.checks import CheckMessage, Error, Warning
from django.template import engines
from django.template.backends.base import BaseEngine
from django.template.backends.django import DjangoTemplates
from django.template.context import _builtin_context_processors  # type: ignore[attr-defined]  # private, untyped
from django.utils.module_loading import import_string

from django_ahead.template.async_names import async_names
from django_ahead.template.scanning import uses


def check_context_processors(app_configs: Sequence[AppConfig] | None, **kwargs: Any) -> list[CheckMessage]:
    """ahead.E001: a context processor is `async def`. Templates get it as a dict, which a coroutine is not."""
    return [
        Error(
            f"The context processor {path!r} of the template engine {engine.name!r} is async.",
            hint="Make it `def`: it runs in the thread of the render, where it may query. "
            "What has to be awaited can be handed to the template as a function, for {% await name %}.",
            obj=path,
            id="ahead.E001",
        )
        for engine in engines.all()
        for path in _context_processors(engine)
        if inspect.iscoroutinefunction(import_string(path))
    ]


def check_async_tags(app_configs: Sequence[AppConfig] | None, **kwargs: Any) -> list[CheckMessage]:
    """ahead.E002: a template filter or tag is `async def`. It prints a coroutine, or nothing."""
    return [
        Error(
            f"The template {kind} {name!r} ({function.__module__}.{function.__qualname__}) is async.",
            hint="Make it `def`, and let it wait with async_to_sync for what is async: a render runs in a thread.",
            obj=f"{function.__module__}.{function.__qualname__}",
            id="ahead.E002",
        )
        for kind, name, function in sorted(_registered(), key=lambda entry: entry[:2])
        if inspect.iscoroutinefunction(function) or inspect.isasyncgenfunction(function)
    ]


def check_unawaited(app_configs: Sequence[AppConfig] | None, **kwargs: Any) -> list[CheckMessage]:
    """ahead.W001: a template uses an async method of a model or manager outside of `{% await %}`."""
    names = async_names()
    if not names:
        return []
    return [
        Warning(
            f"{use.template}, line {use.line}: `{use.expression}` looks like {names[use.name]}, which is async: "
            "Django prints no value for it, and {% if %} takes it for true.",
            hint=f"{{% load ahead %}} and {{% await {use.expression} %}}, or {{% await {use.expression} as value %}}.",
            obj=use.template,
            id="ahead.W001",
        )
        for use in dict.fromkeys(use for engine in _django_engines() for use in uses(engine.engine, frozenset(names)))
    ]


def _django_engines() -> Iterator[DjangoTemplates]:
    return (engine for engine in engines.all() if isinstance(engine, DjangoTemplates))


def _context_processors(engine: BaseEngine) -> tuple[str, ...]:
    if isinstance(engine, DjangoTemplates):
        return (*_builtin_context_processors, *engine.engine.context_processors)
    return tuple(getattr(engine, "context_processors", ()))


def _registered() -> set[tuple[str, str, Any]]:
    """Kind, name and function of every filter and tag that a template can use."""
    found = set()
    for engine in _django_engines():
        for library in (*engine.engine.template_builtins, *engine.engine.template_libraries.values()):
            found |= {("filter", name, inspect.unwrap(function)) for name, function in library.filters.items()}
            # simple_tag and inclusion_tag wrap the function that was given to them.
            found |= {("tag", name, inspect.unwrap(function)) for name, function in library.tags.items()}
    return found
