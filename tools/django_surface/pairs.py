"""Pairs of a sync `x` and its async form `ax`: found by importing all of Django, not from a list.

Four kinds cannot be found that way and are added: what managers copy from QuerySet, the related managers (classes
made inside functions), `request.auser`, which a middleware sets, and the plain methods that AsyncClient inherits and
that return what its async `request` returns.
"""

from __future__ import annotations

import importlib
import inspect
import pkgutil
import re
from collections.abc import Iterator
from types import ModuleType
from typing import Any

from django_surface.describe import Pair, describe

# The async forms of these classes are on another class.
SWAPPED = {
    "django.core.paginator.AsyncPaginator": "Paginator",
    "django.core.paginator.AsyncPage": "Page",
    "django.test.client.AsyncClient": "Client",
}
# Async forms that do not follow the `x`, `ax` rule. The attribute is set in `Page.__init__`.
IRREGULAR = {("django.core.paginator.AsyncPage", "aget_object_list"): "object_list"}
SKIPPED = re.compile(
    r"django\.(contrib\.gis|db\.backends\.(oracle|mysql|postgresql))(\.|$)|.*\.(__main__$|migrations(\.|$))"
)


def collect() -> list[Pair]:
    """All pairs of the installed Django, sorted by the name of the sync side."""
    found = [pair for module in list(_modules()) for pair in _pairs_of_module(module)]
    found += [*_manager_pairs(), *_related_manager_pairs(), *_request_pairs(), *_client_pairs()]
    # A client's methods are found twice where AsyncClient overrides what it inherits.
    found = list({(pair["sync"], pair["async"]): pair for pair in found}.values())
    return sorted(found, key=lambda pair: (pair["sync"], pair["async"]))


def _modules() -> Iterator[ModuleType]:
    django = importlib.import_module("django")
    for info in pkgutil.walk_packages(django.__path__, "django.", onerror=lambda name: None):
        if SKIPPED.match(info.name):
            continue
        # What cannot be imported needs a database driver or another library that is not there.
        try:
            yield importlib.import_module(info.name)
        except Exception:
            continue


def _pairs_of_module(module: ModuleType) -> Iterator[Pair]:
    for name, value in vars(module).items():
        defined_here = getattr(value, "__module__", None) == module.__name__
        # A package re-exports: `django.db.models.prefetch_related_objects` is the name that people import.
        if not defined_here and not hasattr(module, "__path__"):
            continue
        if defined_here and inspect.isclass(value):
            yield from _pairs_of_class(module, value)
        elif _is_async(value) and name.startswith("a") and not name.startswith("a_") and name[1:] in vars(module):
            yield describe(module.__name__, name[1:], vars(module)[name[1:]], name, value)


def _pairs_of_class(module: ModuleType, owner: type) -> Iterator[Pair]:
    dotted = f"{owner.__module__}.{owner.__qualname__}"
    sync_owner = getattr(module, SWAPPED[dotted]) if dotted in SWAPPED else owner
    for async_name, value in vars(owner).items():
        if not _is_async(value) and async_name != "__aiter__":
            continue
        for name in _sync_names(dotted, async_name):
            if hasattr(sync_owner, name) or (dotted, async_name) in IRREGULAR:
                sync = inspect.getattr_static(sync_owner, name, None)
                sync_dotted = f"{sync_owner.__module__}.{sync_owner.__qualname__}"
                yield describe(sync_dotted, name, sync, async_name, value, async_owner=dotted)


def _sync_names(owner: str, async_name: str) -> list[str]:
    if (owner, async_name) in IRREGULAR:
        return [IRREGULAR[owner, async_name]]
    if async_name == "__aiter__":
        return ["__iter__"]
    names = [async_name[1:]] if async_name.startswith("a") and not async_name.startswith("a_") else []
    # AsyncClient.get is the async form of Client.get, under the same name.
    return [*names, async_name] if owner in SWAPPED and not async_name.startswith("_") else names


def _is_async(value: object) -> bool:
    function = value.__func__ if isinstance(value, classmethod | staticmethod) else value
    return inspect.iscoroutinefunction(function) or inspect.isasyncgenfunction(function)


def _manager_pairs() -> Iterator[Pair]:
    """Managers have plain functions that hand on to the QuerySet's method: that one says what they are."""
    from django.db.models import Manager, QuerySet

    yield from _proxied_pairs("django.db.models.manager.Manager", Manager, QuerySet)


def _proxied_pairs(dotted: str, manager: type, queryset: type) -> Iterator[Pair]:
    for async_name in dir(manager):
        own = getattr(manager, async_name)
        value = own if _is_async(own) else getattr(queryset, async_name, None)
        name = async_name[1:]
        if _is_async(value) and async_name[:1] == "a" and hasattr(manager, name):
            proxied = getattr(manager, name) if value is own else getattr(queryset, name)
            yield describe(dotted, name, proxied, async_name, value)


def _related_manager_pairs() -> Iterator[Pair]:
    from django.db.models import QuerySet

    from django_surface import models

    for dotted, manager in models.related_managers().items():
        yield from _proxied_pairs(dotted, manager, QuerySet)


def _request_pairs() -> Iterator[Pair]:
    from django.contrib.auth.middleware import AuthenticationMiddleware
    from django.contrib.sessions.backends.signed_cookies import SessionStore
    from django.http import HttpRequest

    request: Any = HttpRequest()
    request.session = SessionStore()
    AuthenticationMiddleware(lambda request: None).process_request(request)  # type: ignore[arg-type]  # nothing is to be answered
    if hasattr(request, "auser"):
        yield describe("django.http.request.HttpRequest", "user", None, "auser", request.auser)


def _client_pairs() -> Iterator[Pair]:
    from django.test import AsyncClient, Client

    for name in ("delete", "get", "head", "options", "patch", "post", "put", "trace"):
        answer: Any = getattr(AsyncClient(), name)("/")
        if inspect.iscoroutine(answer):
            answer.close()
            sync, value = getattr(Client, name), getattr(AsyncClient, name)
            yield describe("django.test.client.Client", name, sync, name, value, "django.test.client.AsyncClient")
