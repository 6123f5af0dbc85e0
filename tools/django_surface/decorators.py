"""Which view decorators take an `async def` view: found by decorating one and calling the result.

A decorator is taken to do so when what it returns is a coroutine function that answers the view's response.
"""

from __future__ import annotations

import asyncio
import importlib
from collections.abc import Callable
from types import SimpleNamespace
from typing import Any

from asgiref.sync import iscoroutinefunction

View = Callable[..., Any]
VIEWS = "django.views.decorators"
AUTH = "django.contrib.auth.decorators"


def _plain(decorator: Any) -> View:
    return decorator(_view)  # type: ignore[no-any-return]  # Django has no types


def _called(*args: Any, **kwargs: Any) -> Callable[[Any], View]:
    return lambda factory: factory(*args, **kwargs)(_view)


def _from_middleware(decorator: Any) -> View:
    from django.middleware.common import CommonMiddleware

    return decorator(CommonMiddleware)(_view)  # type: ignore[no-any-return]  # Django has no types


def _from_middleware_with_args(decorator: Any) -> View:
    from django.middleware.common import CommonMiddleware

    return decorator(CommonMiddleware)()(_view)  # type: ignore[no-any-return]  # Django has no types


def _on_method(method_decorator: Any) -> View:
    class Holder:
        @method_decorator(lambda function: function)  # type: ignore[untyped-decorator]  # as above
        async def get(self, request: Any) -> Any:
            return await _view(request)

    return Holder().get  # type: ignore[no-any-return]  # Django has no types


CASES: dict[str, Callable[[Any], View]] = {
    f"{VIEWS}.cache.never_cache": _plain,
    f"{VIEWS}.cache.cache_control": _called(max_age=1),
    f"{VIEWS}.cache.cache_page": _called(1),
    **{f"{VIEWS}.clickjacking.xframe_options_{name}": _plain for name in ("deny", "exempt", "sameorigin")},
    f"{VIEWS}.common.no_append_slash": _plain,
    f"{VIEWS}.csp.csp_override": _called({}),
    f"{VIEWS}.csp.csp_report_only_override": _called({}),
    **{
        f"{VIEWS}.csrf.{name}": _plain
        for name in ("csrf_exempt", "csrf_protect", "ensure_csrf_cookie", "requires_csrf_token")
    },
    f"{VIEWS}.debug.sensitive_post_parameters": _called(),
    f"{VIEWS}.debug.sensitive_variables": _called(),
    f"{VIEWS}.gzip.gzip_page": _plain,
    f"{VIEWS}.http.condition": _called(etag_func=lambda request: "tag"),
    f"{VIEWS}.http.conditional_page": _plain,
    f"{VIEWS}.http.etag": _called(lambda request: "tag"),
    f"{VIEWS}.http.last_modified": _called(lambda request: None),
    **{f"{VIEWS}.http.require_{name}": _plain for name in ("GET", "safe")},
    f"{VIEWS}.http.require_http_methods": _called(["GET"]),
    f"{VIEWS}.vary.vary_on_cookie": _plain,
    f"{VIEWS}.vary.vary_on_headers": _called("Cookie"),
    f"{AUTH}.login_not_required": _plain,
    f"{AUTH}.login_required": _plain,
    f"{AUTH}.permission_required": _called("app.change_thing"),
    f"{AUTH}.user_passes_test": _called(lambda user: True),
    "django.contrib.admin.views.decorators.staff_member_required": _plain,
    "django.db.transaction.atomic": _plain,
    "django.db.transaction.non_atomic_requests": _plain,
    "django.test.override_settings": _called(),
    "django.test.utils.override_settings": _called(),
    "django.utils.decorators.decorator_from_middleware": _from_middleware,
    "django.utils.decorators.decorator_from_middleware_with_args": _from_middleware_with_args,
    "django.utils.decorators.method_decorator": _on_method,
    "django.utils.timezone.override": _called("UTC"),
    "django.utils.translation.override": _called("en"),
}
# Decorated with the method it allows, so that the view is reached.
POST_CASES = {f"{VIEWS}.http.require_POST": _plain}


async def _view(request: Any) -> Any:
    from django.http import HttpResponse

    return HttpResponse("seen")


def collect() -> dict[str, bool]:
    """Each decorator that this Django has, and whether it takes an async view."""
    results = {name: _takes_async(name, apply, "GET") for name, apply in CASES.items()}
    results |= {name: _takes_async(name, apply, "POST") for name, apply in POST_CASES.items()}
    return {name: takes for name, takes in sorted(results.items()) if takes is not None}


def _takes_async(name: str, apply: Callable[[Any], View], method: str) -> bool | None:
    module, _, attribute = name.rpartition(".")
    try:
        decorator = getattr(importlib.import_module(module), attribute)
    except (ImportError, AttributeError):
        return None
    # Whatever goes wrong in a decorator that is not made for it is the answer, not an error.
    try:
        view = apply(decorator)
        # asgiref's own test: before Python 3.12 it marks functions in its own way.
        return iscoroutinefunction(view) and asyncio.run(_answer(view, method)) == b"seen"
    except Exception:
        return False


async def _answer(view: View, method: str) -> bytes:
    from django.test import RequestFactory

    user = SimpleNamespace(is_authenticated=True, is_active=True, is_staff=True, has_perms=lambda perms: True)

    async def allowed(*args: object) -> Any:
        return True

    async def auser() -> SimpleNamespace:
        return user

    user.ahas_perms = allowed
    request: Any = RequestFactory().generic(method, "/", HTTP_ACCEPT_ENCODING="")
    request.user, request.auser = user, auser
    response = await view(request)
    return bytes(response.content)
