"""Template responses that async code can render itself, with `await response.arender()`.

Django's async handler renders any TemplateResponse that a view returns in one hop, these and its own. `arender()` is
for code that needs the content before: caches, decorators, tests.
"""

from __future__ import annotations

from django.http import HttpResponse
from django.template import response as stock

from django_ahead.template.offload import in_thread


async def arender_response(response: stock.SimpleTemplateResponse) -> HttpResponse:
    """`response.render()` with its callbacks, in one hop. One that is rendered already is returned as it is."""
    return response if response.is_rendered else await in_thread(response.render)


class SimpleTemplateResponse(stock.SimpleTemplateResponse):
    """Django's own, with `arender`."""

    async def arender(self) -> HttpResponse:
        """`render()` with its callbacks, in one hop. A response that is rendered already is returned as it is."""
        return await arender_response(self)


class TemplateResponse(stock.TemplateResponse):
    """Django's own, with `arender`."""

    async def arender(self) -> HttpResponse:
        """`render()` with its callbacks, in one hop. A response that is rendered already is returned as it is."""
        return await arender_response(self)
