"""Views of the site, sync and async."""

from __future__ import annotations

import asyncio
from typing import Any

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render

from django_ahead.shortcuts import arender
from django_ahead.template.response import TemplateResponse
from library.models import Author, Book

events: list[str] = []


async def books(request: HttpRequest) -> HttpResponse:
    return await arender(request, "library/books.html", {"books": Book.objects.order_by("pk")})


def sync_books(request: HttpRequest) -> HttpResponse:
    return render(request, "library/books.html", {"books": Book.objects.order_by("pk")})


async def response(request: HttpRequest) -> HttpResponse:
    return TemplateResponse(request, "library/books.html", {"books": Book.objects.order_by("pk")})


async def rendered_response(request: HttpRequest) -> HttpResponse:
    answer = TemplateResponse(request, "library/books.html", {"books": Book.objects.order_by("pk")})
    answer.add_post_render_callback(lambda done: done.headers.setdefault("X-Rendered", "once"))
    return await answer.arender()


async def awaited(request: HttpRequest) -> HttpResponse:
    return await arender(request, "library/awaited.html", {"author": await Author.objects.afirst()})


async def broken(request: HttpRequest, kind: str) -> HttpResponse:
    context: dict[str, Any] = {"author": Author(name="Ann")}
    if request.GET.get("how") == "stock":
        from asgiref.sync import sync_to_async

        return await sync_to_async(render)(request, f"library/{kind}.html", context)
    return await arender(request, f"library/{kind}.html", context)


async def _slow() -> str:
    events.append("begun")
    try:
        await asyncio.sleep(30)
    except asyncio.CancelledError:
        events.append("cancelled")
        raise
    return "done"


async def slow(request: HttpRequest) -> HttpResponse:
    return await arender(request, "library/slow.html", {"slow": _slow})


async def log(request: HttpRequest) -> HttpResponse:
    return HttpResponse(" ".join(events))
