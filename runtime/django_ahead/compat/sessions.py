"""The a-methods of `request.session`, which sessions have from Django 5.1 on.

A session store with a-methods of its own keeps them on any Django.
"""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import Any, cast

from django.contrib.sessions.backends.base import SessionBase

from django_ahead.compat._method import call

_NOT_GIVEN = object()


async def aget(session: SessionBase, key: str, default: Any = None) -> Any:
    """`await session.aget(key, default)`."""
    return await call(session, "aget", "get", key, default)


async def aset(session: SessionBase, key: str, value: Any) -> None:
    """`await session.aset(key, value)`, which is `session[key] = value`."""
    await call(session, "aset", "__setitem__", key, value)


async def apop(session: SessionBase, key: str, default: Any = _NOT_GIVEN) -> Any:
    """`await session.apop(key, default)`. Raises KeyError for a missing key without default."""
    given = () if default is _NOT_GIVEN else (default,)
    return await call(session, "apop", "pop", key, *given)


async def asetdefault(session: SessionBase, key: str, value: Any) -> Any:
    """`await session.asetdefault(key, value)`."""
    return await call(session, "asetdefault", "setdefault", key, value)


async def aupdate(session: SessionBase, dict_: dict[str, Any]) -> None:
    """`await session.aupdate(dict_)`."""
    await call(session, "aupdate", "update", dict_)


async def ahas_key(session: SessionBase, key: str) -> bool:
    """`await session.ahas_key(key)`, which is `key in session`."""
    return cast(bool, await call(session, "ahas_key", "has_key", key))


async def akeys(session: SessionBase) -> Any:
    """`await session.akeys()`."""
    return await call(session, "akeys", "keys")


async def avalues(session: SessionBase) -> Any:
    """`await session.avalues()`."""
    return await call(session, "avalues", "values")


async def aitems(session: SessionBase) -> Any:
    """`await session.aitems()`."""
    return await call(session, "aitems", "items")


async def aget_expiry_age(session: SessionBase, **kwargs: Any) -> int:
    """`await session.aget_expiry_age(**kwargs)`."""
    return cast(int, await call(session, "aget_expiry_age", "get_expiry_age", **kwargs))


async def aget_expiry_date(session: SessionBase, **kwargs: Any) -> datetime:
    """`await session.aget_expiry_date(**kwargs)`."""
    return cast(datetime, await call(session, "aget_expiry_date", "get_expiry_date", **kwargs))


async def aset_expiry(session: SessionBase, value: datetime | timedelta | int | None) -> None:
    """`await session.aset_expiry(value)`."""
    await call(session, "aset_expiry", "set_expiry", value)


async def aget_expire_at_browser_close(session: SessionBase) -> bool:
    """`await session.aget_expire_at_browser_close()`."""
    return cast(bool, await call(session, "aget_expire_at_browser_close", "get_expire_at_browser_close"))


async def aflush(session: SessionBase) -> None:
    """`await session.aflush()`."""
    await call(session, "aflush", "flush")


async def acycle_key(session: SessionBase) -> None:
    """`await session.acycle_key()`."""
    await call(session, "acycle_key", "cycle_key")


async def asave(session: SessionBase, must_create: bool = False) -> None:
    """`await session.asave(must_create)`."""
    await call(session, "asave", "save", must_create=must_create)
