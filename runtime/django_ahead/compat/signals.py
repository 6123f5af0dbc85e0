"""`Signal.asend` and `asend_robust`, which signals have from Django 5.0 on."""

from __future__ import annotations

from typing import Any, cast

from django.dispatch import Signal

from django_ahead.compat._method import call

Responses = list[tuple[Any, Any]]


async def asend(signal: Signal, sender: Any, **named: Any) -> Responses:
    """`await signal.asend(sender, **named)`. Before Django 5.0 receivers are sync, and all run in one hop."""
    return cast(Responses, await call(signal, "asend", "send", sender=sender, **named))


async def asend_robust(signal: Signal, sender: Any, **named: Any) -> Responses:
    """`await signal.asend_robust(sender, **named)`. Before Django 5.0 receivers are sync, and all run in one hop."""
    return cast(Responses, await call(signal, "asend_robust", "send_robust", sender=sender, **named))
