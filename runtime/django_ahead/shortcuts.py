"""The async forms of Django's shortcuts that render, load templates and get objects.

A render is one hop: template loading, context processors and the render itself run in the thread of the request, where
lazy querysets, `request.user` and template tags may use the database as they always did.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from django.http import HttpRequest, HttpResponse
from django.template import loader

from django_ahead.compat.shortcuts import aget_list_or_404, aget_object_or_404
from django_ahead.native import native
from django_ahead.template.offload import AsyncTemplate, arender_template, in_thread, render_by_name, with_arender
from django_ahead.template.response import arender_response

__all__ = [
    "aget_list_or_404",
    "aget_object_or_404",
    "aget_template",
    "arender",
    "arender_response",
    "arender_template",
    "arender_to_string",
    "aselect_template",
]


async def _arender(
    request: HttpRequest | None,
    template_name: str | Sequence[str],
    context: Mapping[str, Any] | None = None,
    content_type: str | None = None,
    status: int | None = None,
    using: str | None = None,
) -> HttpResponse:
    """`django.shortcuts.render`, awaited: the same parameters, response, signals and exceptions."""
    content = await render_by_name(template_name, context, request, using)
    return HttpResponse(content, content_type, status)


async def _arender_to_string(
    template_name: str | Sequence[str],
    context: Mapping[str, Any] | None = None,
    request: HttpRequest | None = None,
    using: str | None = None,
) -> str:
    """`django.template.loader.render_to_string`, awaited."""
    return await render_by_name(template_name, context, request, using)


async def _aget_template(template_name: str, using: str | None = None) -> AsyncTemplate:
    """`django.template.loader.get_template`, awaited. The template has `arender(context, request)` beside `render`."""
    return with_arender(await in_thread(loader.get_template, template_name, using=using))


async def _aselect_template(template_name_list: Sequence[str], using: str | None = None) -> AsyncTemplate:
    """`django.template.loader.select_template`, awaited. The template has `arender` beside `render`."""
    return with_arender(await in_thread(loader.select_template, template_name_list, using=using))


arender = native("django.shortcuts", "arender", _arender)
arender_to_string = native("django.template.loader", "arender_to_string", _arender_to_string)
aget_template = native("django.template.loader", "aget_template", _aget_template)
aselect_template = native("django.template.loader", "aselect_template", _aselect_template)
