"""`cookies`, `session` and `user` of a socket, as the middleware of the site gives them to requests."""

from __future__ import annotations

from dataclasses import dataclass
from importlib import import_module
from typing import Any

from asgiref.sync import sync_to_async
from django.conf import settings
from django.http import parse_cookie
from django.utils.module_loading import import_string


@dataclass(frozen=True, slots=True)
class Wanted:
    """Whether the site has sessions, and users."""

    session: bool
    user: bool


def wanted() -> Wanted:
    """What MIDDLEWARE says, by Django's classes and classes derived from them."""
    if not settings.MIDDLEWARE:
        return Wanted(False, False)
    from django.contrib.sessions.middleware import SessionMiddleware

    found = [import_string(path) for path in settings.MIDDLEWARE]
    session = any(isinstance(each, type) and issubclass(each, SessionMiddleware) for each in found)
    return Wanted(session, session and any(_is_authentication(each) for each in found))


async def add_to(scope: dict[str, Any], wanted: Wanted) -> None:
    """Adds cookies, and the session and the user that they stand for, in one hop; without a session cookie in none.

    What a scope has already is kept: tests give users to it.
    """
    scope.setdefault("cookies", _cookies(scope))
    if not wanted.session:
        return
    key = scope["cookies"].get(settings.SESSION_COOKIE_NAME)
    if "session" not in scope:
        scope["session"] = import_module(settings.SESSION_ENGINE).SessionStore(key)
    wants_user = wanted.user and "user" not in scope
    if key is not None or not scope["session"].is_empty():
        scope.update(await sync_to_async(_load)(scope["session"], wants_user))
    elif wants_user:
        scope["user"] = _anonymous()


def _load(session: Any, wants_user: bool) -> dict[str, Any]:
    # Any question loads a session, so that consumers need not.
    session.get("")
    if not wants_user:
        return {}
    from django.contrib.auth import get_user

    return {"user": get_user(_WithSession(session))}  # type: ignore[arg-type]  # all it reads is the session


@dataclass(frozen=True, slots=True)
class _WithSession:
    """As much of a request as authentication looks at."""

    session: Any


def _is_authentication(middleware: Any) -> bool:
    from django.contrib.auth.middleware import AuthenticationMiddleware

    return isinstance(middleware, type) and issubclass(middleware, AuthenticationMiddleware)


def _anonymous() -> Any:
    from django.contrib.auth.models import AnonymousUser

    return AnonymousUser()


def _cookies(scope: dict[str, Any]) -> dict[str, str]:
    given = [value.decode("latin-1").rstrip("; ") for name, value in scope.get("headers", ()) if name == b"cookie"]
    return parse_cookie("; ".join(given))
