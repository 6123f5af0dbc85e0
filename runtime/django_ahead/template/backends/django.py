"""Django's template language, with `arender`, `aget_template`, `{% load ahead %}` and the check for missed awaits."""

from __future__ import annotations

from typing import Any

from django.http import HttpRequest
from django.template.backends import django as stock

from django_ahead.template.offload import in_thread
from django_ahead.template.unawaited import WatchfulEngine


class Template(stock.Template):
    """Django's own, with `arender`."""

    async def arender(self, context: dict[str, Any] | None = None, request: HttpRequest | None = None) -> str:
        """`render()` in one hop: context processors and all."""
        return await in_thread(self.render, context, request)


class DjangoTemplates(stock.DjangoTemplates):
    """Django's own, for TEMPLATES. With `debug` (by default DEBUG) it names values that were not awaited."""

    def __init__(self, params: dict[str, Any]) -> None:
        super().__init__(params)
        if self.engine.debug:
            # The engine is ours alone, and Django's constructor leaves no other way to name its class.
            self.engine.__class__ = WatchfulEngine

    def from_string(self, template_code: str) -> Template:
        return _ours(super().from_string(template_code))

    def get_template(self, template_name: str) -> Template:
        return _ours(super().get_template(template_name))

    async def aget_template(self, template_name: str) -> Template:
        """`get_template()` in one hop: it reads files."""
        return await in_thread(self.get_template, template_name)

    def get_templatetag_libraries(self, custom_libraries: dict[str, str]) -> dict[str, str]:
        """Adds `{% load ahead %}`, also where django_ahead is not in INSTALLED_APPS."""
        libraries = super().get_templatetag_libraries(custom_libraries)
        return {"ahead": "django_ahead.templatetags.ahead", **libraries}


def _ours(template: stock.Template) -> Template:
    return Template(template.template, template.backend)
