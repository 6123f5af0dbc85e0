"""Jinja2: `arender` is `render_async` where the environment is async (`"enable_async": True` in OPTIONS).

Such a template is rendered by the event loop. What it calls must be async or must not block: `{{ user.books.all() }}`
raises SynchronousOnlyOperation there. An environment that is not async is rendered in one hop, like Django's templates.
"""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from functools import partial
from typing import Any

import jinja2
from asgiref.sync import async_to_sync
from django.http import HttpRequest
from django.template import TemplateSyntaxError
from django.template.backends import jinja2 as stock
from django.template.backends.utils import csrf_input_lazy, csrf_token_lazy

from django_ahead.template.offload import Remainder, arender_template, in_thread


class Template(stock.Template):
    """Django's own, with `arender`. The sync `render()` of an async environment works in a thread beside a loop too."""

    def render(self, context: dict[str, Any] | None = None, request: HttpRequest | None = None) -> str:
        rest = self.begin(context, request)
        return rest if isinstance(rest, str) else async_to_sync(rest)()

    async def arender(self, context: dict[str, Any] | None = None, request: HttpRequest | None = None) -> str:
        """`render()`: in one hop, or, if the environment is async, its context processors in a hop and then here."""
        return await arender_template(self, context, request)

    def begin(self, context: dict[str, Any] | None, request: HttpRequest | None) -> str | Remainder:
        """The text; of an async environment what remains for the event loop when context processors have run."""
        if not self.backend.env.is_async:
            return super().render(context, request)
        return partial(self._render_async, self._values(context, request))

    async def _render_async(self, values: dict[str, Any]) -> str:
        with _django_errors():
            return await self.template.render_async(values)

    def _values(self, context: dict[str, Any] | None, request: HttpRequest | None) -> dict[str, Any]:
        """What Django's backend hands to Jinja2 (`django.template.backends.jinja2.Template.render`)."""
        values = {} if context is None else context
        if request is not None:
            values["request"] = request
            values["csrf_input"] = csrf_input_lazy(request)
            values["csrf_token"] = csrf_token_lazy(request)
            for processor in self.backend.template_context_processors:
                values.update(processor(request))
        return values


class Jinja2(stock.Jinja2):
    """Django's own, for TEMPLATES."""

    def from_string(self, template_code: str) -> Template:
        return Template(super().from_string(template_code).template, self)

    def get_template(self, template_name: str) -> Template:
        return Template(super().get_template(template_name).template, self)

    async def aget_template(self, template_name: str) -> Template:
        """`get_template()` in one hop: it reads files."""
        return await in_thread(self.get_template, template_name)


@contextmanager
def _django_errors() -> Iterator[None]:
    try:
        yield
    except jinja2.TemplateSyntaxError as error:
        new = TemplateSyntaxError(error.args)
        # django-stubs knows neither the attribute nor that the errors are Jinja2's.
        new.template_debug = stock.get_exception_info(error)  # type: ignore[attr-defined,arg-type]
        raise new from error
