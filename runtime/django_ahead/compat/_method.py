"""How a function stands in for a method that an object may lack."""

from __future__ import annotations

from typing import Any

from asgiref.sync import sync_to_async


async def call(owner: Any, async_name: str, name: str, /, *args: Any, **kwargs: Any) -> Any:
    """`await owner.async_name(...)`, or `owner.name(...)` in one hop where the object has no such method."""
    method = getattr(owner, async_name, None)
    if method is not None:
        return await method(*args, **kwargs)
    return await sync_to_async(getattr(owner, name))(*args, **kwargs)
