"""Context processors that tell where they ran."""

from __future__ import annotations

import threading

from django.http import HttpRequest


def threads(request: HttpRequest) -> dict[str, object]:
    return {"processor_thread": threading.current_thread()}


async def coroutine(request: HttpRequest) -> dict[str, object]:
    return {}
