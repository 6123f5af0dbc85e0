"""Runs a script, Django's runtests.py for one, in which every render goes through django_ahead: the engine of
template_conformance.py. Used as `python render_through_arender.py SCRIPT ARGUMENTS…`.

Only here, in a process of its own, are functions of Django replaced: so that tests which know nothing of `arender`
use it.
"""

from __future__ import annotations

import asyncio
import atexit
import runpy
import sys
from collections import Counter
from collections.abc import Callable
from contextvars import ContextVar
from pathlib import Path
from typing import Any

from asgiref.sync import async_to_sync
from django.template import base, engine, loader
from django.template.backends import django as django_backend
from django.template.backends import jinja2 as jinja2_backend

counts: Counter[str] = Counter()
# The shortcuts of django_ahead load templates with Django's loader functions, which are replaced here too.
_inside: ContextVar[bool] = ContextVar("_inside", default=False)


class Stock:
    """A template with the render that it had, for arender_template to call."""

    def __init__(self, template: Any, render: Callable[..., Any]) -> None:
        self._template = template
        self._render = render

    def render(self, *arguments: Any) -> Any:
        # A bare template takes a context, that of a backend a context and a request.
        bare = isinstance(self._template, (base.Template, *_partials()))
        return self._render(self._template, *(arguments[:1] if bare else arguments))


def _partials() -> tuple[type, ...]:
    """Django 6.0 has templates within templates."""
    return (base.PartialTemplate,) if hasattr(base, "PartialTemplate") else ()


def through_arender(owner: type) -> None:
    """Replaces `owner.render` by one that awaits `arender_template`."""
    from django_ahead.template.offload import arender_template

    stock = owner.render  # type: ignore[attr-defined]  # of each backend

    def render(self: Any, *args: Any, **kwargs: Any) -> Any:
        if _on_event_loop() or len(args) > 2 or kwargs.keys() - {"context", "request"}:
            counts["stock, on an event loop or called wrongly"] += 1
            return stock(self, *args, **kwargs)
        counts[f"{owner.__module__}.{owner.__qualname__}.render"] += 1
        return async_to_sync(arender_template)(Stock(self, stock), *args, **kwargs)

    owner.render = render  # type: ignore[attr-defined]  # as above


def through(module: Any, name: str, asynchronous: Callable[..., Any]) -> None:
    """Replaces a function of Django by its async form, except for the calls that this form makes itself."""
    stock = getattr(module, name)

    def function(*args: Any, **kwargs: Any) -> Any:
        if _inside.get() or _on_event_loop():
            return stock(*args, **kwargs)
        counts[f"{module.__name__}.{name}"] += 1
        token = _inside.set(True)
        try:
            return async_to_sync(asynchronous)(*args, **kwargs)
        finally:
            _inside.reset(token)

    setattr(module, name, function)


def _on_event_loop() -> bool:
    try:
        asyncio.get_running_loop()
    except RuntimeError:
        return False
    return True


def watched(stock: Callable[..., Any]) -> Callable[..., Any]:
    """A method of Engine whose templates are looked through for what is not awaited, as with `debug`."""
    from django_ahead.template.unawaited import watch

    def method(*args: Any, **kwargs: Any) -> Any:
        found = stock(*args, **kwargs)
        counts["templates watched for what is not awaited"] += 1
        watch(found[0] if isinstance(found, tuple) else found)
        return found

    return method


def replace_all() -> None:
    """Backends, renders, loader functions and shortcuts."""
    from django_ahead.template.backends.django import DjangoTemplates
    from django_ahead.template.backends.jinja2 import Jinja2

    for owner in (base.Template, *_partials(), django_backend.Template, jinja2_backend.Template):
        through_arender(owner)
    django_backend.DjangoTemplates = DjangoTemplates  # type: ignore[misc,assignment]
    jinja2_backend.Jinja2 = Jinja2  # type: ignore[misc]  # ours in its place

    for name in ("from_string", "find_template"):
        setattr(engine.Engine, name, watched(getattr(engine.Engine, name)))

    from django import shortcuts

    import django_ahead.shortcuts as ours

    through(loader, "render_to_string", ours.arender_to_string)
    through(loader, "get_template", ours.aget_template)
    through(loader, "select_template", ours.aselect_template)
    through(shortcuts, "render", ours.arender)


def tell() -> None:
    for what, count in sorted(counts.items()):
        print(f"through arender: {count:6} {what}", file=sys.stderr)


if __name__ == "__main__":
    replace_all()
    atexit.register(tell)
    script, sys.argv = sys.argv[1], sys.argv[1:]
    sys.path[0] = str(Path(script).parent)
    runpy.run_path(script, run_name="__main__")
