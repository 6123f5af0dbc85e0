"""The hop: one render, whole, in the thread of its request.

Django renders templates with sync code, and templates call whatever they like: lazy querysets, `request.user`, tags
that read files. So the stock render runs in the thread-sensitive thread of the request, and only what `{% await %}`
names comes back to the event loop. Where a template can be rendered by the event loop itself (a Jinja2 environment
that is async) the hop does what is sync, loading and context processors, and hands over the rest.
"""

from __future__ import annotations

import asyncio
import sys
from collections.abc import Callable, Coroutine, Mapping, Sequence
from typing import Any, ParamSpec, Protocol, TypeAlias, TypeVar, cast, runtime_checkable

from asgiref.sync import sync_to_async
from django.http import HttpRequest
from django.template import loader
from django.template.backends import django as stock
from django.template.context import BaseContext

Context: TypeAlias = Mapping[str, Any] | BaseContext | None
# What is left to do on the event loop.
Remainder: TypeAlias = Callable[[], Coroutine[Any, Any, str]]

Parameters = ParamSpec("Parameters")
Result = TypeVar("Result")


@runtime_checkable
class AsyncTemplate(Protocol):
    """A template of a backend, with an async render beside the sync one."""

    def render(self, context: Any = None, request: HttpRequest | None = None) -> str: ...

    async def arender(self, context: Any = None, request: HttpRequest | None = None) -> str: ...


class WrappedTemplate:
    """A template of a backend that django_ahead does not know, with `arender`; all else is the template's own."""

    def __init__(self, template: Any) -> None:
        self._template = template

    def __getattr__(self, name: str) -> Any:
        return getattr(self._template, name)

    def render(self, context: Any = None, request: HttpRequest | None = None) -> str:
        return cast(str, self._template.render(context, request))

    async def arender(self, context: Any = None, request: HttpRequest | None = None) -> str:
        return await arender_template(self._template, context, request)


class _Cancelled:
    """What a thread returns when a value that it was waiting for was cancelled."""


async def in_thread(
    function: Callable[Parameters, Result], /, *args: Parameters.args, **kwargs: Parameters.kwargs
) -> Result:
    """The hop. A request that is cancelled cancels what `{% await %}` is waiting for, and with it the render.

    Then the CancelledError is raised here and not by the thread: asgiref does not look at a thread that ends together
    with its request, and asyncio would log the error as one that nobody handled.
    """
    done = await _hop(function, args, kwargs)
    if isinstance(done, _Cancelled):
        raise asyncio.CancelledError
    return cast(Result, done)


def _run(function: Callable[..., object], args: tuple[Any, ...], kwargs: dict[str, Any]) -> object:
    try:
        return function(*args, **kwargs)
    except asyncio.CancelledError:
        return _Cancelled()


_hop = sync_to_async(_run)  # once: making one costs more than calling it


async def arender_template(template: Any, context: Context = None, request: HttpRequest | None = None) -> str:
    """Renders a template of any backend, or a bare `django.template.Template` with its Context, in one hop.

    Raises what `template.render()` raises.
    """
    return await _finish(await in_thread(_start, template, context, request))


async def render_by_name(
    name: str | Sequence[str], context: Context, request: HttpRequest | None, using: str | None
) -> str:
    """Loads and renders in one hop. `name` may be a list of names, of which the first that exists is taken."""
    return await _finish(await in_thread(_load_and_start, name, context, request, using))


def with_arender(template: Any) -> AsyncTemplate:
    """The template itself if it has `arender`, else one with the same content that has."""
    if hasattr(template, "arender"):
        return cast(AsyncTemplate, template)
    if type(template) is stock.Template:
        from django_ahead.template.backends.django import Template

        return Template(template.template, template.backend)
    if (known := _async_jinja(template)) is not None:
        return known
    return WrappedTemplate(template)


def _load_and_start(
    name: str | Sequence[str], context: Context, request: HttpRequest | None, using: str | None
) -> str | Remainder:
    if isinstance(name, (list, tuple)):
        template: Any = loader.select_template(name, using=using)
    else:
        template = loader.get_template(cast(str, name), using=using)
    return _start(template, context, request)


def _start(template: Any, context: Context, request: HttpRequest | None) -> str | Remainder:
    """All of the render that is sync: the text, or what remains to be awaited."""
    if isinstance(context, BaseContext):
        return cast(str, template.render(context))
    known = _async_jinja(template)
    begin = getattr(known or template, "begin", None)
    if begin is not None:
        return cast("str | Remainder", begin(context, request))
    return cast(str, template.render(context, request))


async def _finish(started: str | Remainder) -> str:
    return started if isinstance(started, str) else await started()


def _async_jinja(template: Any) -> AsyncTemplate | None:
    """Our template for one of Django's Jinja2 backend. Jinja2 is not imported: it may not be installed."""
    module = sys.modules.get("django.template.backends.jinja2")
    if module is None or type(template) is not module.Template:
        return None
    from django_ahead.template.backends.jinja2 import Template

    return Template(template.template, template.backend)
