"""`django.contrib.auth`, awaited: functions that Django has from 5.0 on, permissions that users have from 5.2 on."""

from __future__ import annotations

from typing import Any, cast

from asgiref.sync import sync_to_async
from django.contrib import auth
from django.contrib.auth import hashers
from django.http import HttpRequest

from django_ahead.compat._method import call
from django_ahead.native import native


async def _aauthenticate(request: HttpRequest | None = None, **credentials: Any) -> Any:
    """`django.contrib.auth.authenticate`, awaited: the user, or None."""
    return await sync_to_async(auth.authenticate)(request=request, **credentials)


async def _alogin(request: HttpRequest, user: Any, backend: str | None = None) -> None:
    """`django.contrib.auth.login`, awaited."""
    await sync_to_async(auth.login)(request, user, backend)


async def _alogout(request: HttpRequest) -> None:
    """`django.contrib.auth.logout`, awaited."""
    await sync_to_async(auth.logout)(request)


async def _aget_user(request: HttpRequest) -> Any:
    """`django.contrib.auth.get_user`, awaited: the user of the session, or AnonymousUser."""
    return await sync_to_async(auth.get_user)(request)


async def _aupdate_session_auth_hash(request: HttpRequest, user: Any) -> None:
    """`django.contrib.auth.update_session_auth_hash`, awaited."""
    await sync_to_async(auth.update_session_auth_hash)(request, user)


async def _acheck_password(password: Any, encoded: str, setter: Any = None, preferred: str = "default") -> bool:
    """`django.contrib.auth.hashers.check_password`, awaited. `setter` may be async, as in Django."""
    # As in Django: this is work for a processor, and needs no thread of its own.
    is_correct, must_update = await sync_to_async(_verify, thread_sensitive=False)(password, encoded, preferred)
    if setter and is_correct and must_update:
        await setter(password)
    return is_correct


def _verify(password: Any, encoded: str, preferred: str) -> tuple[bool, bool]:
    outdated: list[Any] = []
    is_correct = hashers.check_password(password, encoded, outdated.append, preferred)
    return is_correct, bool(outdated)


aauthenticate = native("django.contrib.auth", "aauthenticate", _aauthenticate)
alogin = native("django.contrib.auth", "alogin", _alogin)
alogout = native("django.contrib.auth", "alogout", _alogout)
aget_user = native("django.contrib.auth", "aget_user", _aget_user)
aupdate_session_auth_hash = native("django.contrib.auth", "aupdate_session_auth_hash", _aupdate_session_auth_hash)
acheck_password = native("django.contrib.auth.hashers", "acheck_password", _acheck_password)


async def auser(request: HttpRequest) -> Any:
    """`await request.auser()`: the user of the request, loaded once."""
    method = getattr(request, "auser", None)
    return await method() if method is not None else await sync_to_async(_user)(request)


async def ahas_perm(user: Any, perm: str, obj: Any = None) -> bool:
    """`await user.ahas_perm(perm, obj)`."""
    return cast(bool, await call(user, "ahas_perm", "has_perm", perm, obj=obj))


async def ahas_perms(user: Any, perm_list: Any, obj: Any = None) -> bool:
    """`await user.ahas_perms(perm_list, obj)`."""
    return cast(bool, await call(user, "ahas_perms", "has_perms", perm_list, obj=obj))


async def ahas_module_perms(user: Any, app_label: str) -> bool:
    """`await user.ahas_module_perms(app_label)`."""
    return cast(bool, await call(user, "ahas_module_perms", "has_module_perms", app_label))


async def aget_user_permissions(user: Any, obj: Any = None) -> set[str]:
    """`await user.aget_user_permissions(obj)`."""
    return cast("set[str]", await call(user, "aget_user_permissions", "get_user_permissions", obj=obj))


async def aget_group_permissions(user: Any, obj: Any = None) -> set[str]:
    """`await user.aget_group_permissions(obj)`."""
    return cast("set[str]", await call(user, "aget_group_permissions", "get_group_permissions", obj=obj))


async def aget_all_permissions(user: Any, obj: Any = None) -> set[str]:
    """`await user.aget_all_permissions(obj)`."""
    return cast("set[str]", await call(user, "aget_all_permissions", "get_all_permissions", obj=obj))


def _user(request: HttpRequest) -> Any:
    user = request.user
    # The truth of a lazy user loads it, in this thread and for good.
    bool(user)
    return user
