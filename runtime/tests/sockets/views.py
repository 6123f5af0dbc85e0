"""The HTTP side of the site with WebSockets."""

from __future__ import annotations

import threading
from typing import Any

from django.contrib.auth import get_user_model, login
from django.http import HttpRequest, HttpResponse, JsonResponse

from django_ahead.websocket import get_layer
from sockets.consumers import events


def page(request: HttpRequest, **kwargs: Any) -> HttpResponse:
    """What every other path leads to."""
    return HttpResponse(f"page {request.path}")


def happened(request: HttpRequest) -> HttpResponse:
    return JsonResponse({"events": events.get(request.GET["token"], []), "threads": threading.active_count()})


def log_in(request: HttpRequest) -> HttpResponse:
    """Makes a user and logs them in."""
    user, _ = get_user_model().objects.get_or_create(username=request.GET["name"])
    login(request, user)
    request.session["cart"] = 3
    return HttpResponse()


def log_out_everywhere(request: HttpRequest) -> HttpResponse:
    """A new password makes all sessions of a user invalid."""
    user = get_user_model().objects.get(username=request.GET["name"])
    user.set_password("new")
    user.save()
    return HttpResponse()


def say(request: HttpRequest) -> HttpResponse:
    """A sync view that sends to a group."""
    get_layer().group_send_sync("hall", {"type": "hall.message", "content": request.GET["what"]})
    return HttpResponse()


async def async_say(request: HttpRequest) -> HttpResponse:
    await get_layer().group_send("hall", {"type": "hall.message", "content": request.GET["what"]})
    return HttpResponse()
