"""`aget_object_or_404` and `aget_list_or_404`, which Django has from 5.0 on."""

from __future__ import annotations

from typing import Any

from asgiref.sync import sync_to_async
from django.shortcuts import get_list_or_404, get_object_or_404

from django_ahead.native import native


async def _aget_object_or_404(klass: Any, *args: Any, **kwargs: Any) -> Any:
    """`django.shortcuts.get_object_or_404`, awaited."""
    return await sync_to_async(get_object_or_404)(klass, *args, **kwargs)


async def _aget_list_or_404(klass: Any, *args: Any, **kwargs: Any) -> list[Any]:
    """`django.shortcuts.get_list_or_404`, awaited."""
    return await sync_to_async(get_list_or_404)(klass, *args, **kwargs)


aget_object_or_404 = native("django.shortcuts", "aget_object_or_404", _aget_object_or_404)
aget_list_or_404 = native("django.shortcuts", "aget_list_or_404", _aget_list_or_404)
