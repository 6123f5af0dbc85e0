"""What stands in the way of async views in the decorators of Django and of other libraries."""

from __future__ import annotations

import ast

from amigrate import django_api
from amigrate.plan.context import Context
from amigrate.plan.library_decorators import LIBRARIES, Support

_AUTH = "django.contrib.auth.decorators."
_VIEWS = "django.views.decorators."
PERMISSION_REQUIRED = f"{_AUTH}permission_required"
# on an async view they await request.auser(); a sync test function runs in a thread then
ASKING_USER = frozenset(
    {f"{_AUTH}login_required", f"{_AUTH}user_passes_test", PERMISSION_REQUIRED}
    | {"django.contrib.admin.views.decorators.staff_member_required", "django_otp.decorators.otp_required"}
)
UNSEEN_ARGUMENTS = frozenset(f"{_VIEWS}http.{name}" for name in ("condition", "etag", "last_modified"))
_CSRF = frozenset(f"{_VIEWS}csrf.{name}" for name in ("csrf_protect", "ensure_csrf_cookie", "requires_csrf_token"))
_DATABASE_CACHE = "django.core.cache.backends.db.DatabaseCache"


def version(text: str) -> tuple[int, int]:
    """ "5.1" as numbers."""
    major, minor = text.split(".")[:2]
    return int(major), int(minor)


def django_obstacle(context: Context, module: str, dotted: str, name: str, called: ast.Call | None) -> str | None:
    """Why a decorator of Django cannot stand on an async view, "" when it can, None when it is not one of Django's.

    Source: the decorators of Django 4.2 to 6.1, executed. What `condition` and the like are given runs on the event
    loop, as do the cache of `cache_page` and the session of `csrf_protect`; all else that they call they bridge.
    """
    since = django_api.view_decorator_since(dotted)
    if since is None:
        return None
    if since == "never":
        return f"@{name} does not take async views"
    if version(since) > context.django_version:
        return f"@{name} takes async views from Django {since}"
    program = context.analyst.program
    if dotted in UNSEEN_ARGUMENTS:
        return _conditional(context, module, name, called)
    if dotted == f"{_VIEWS}cache.cache_page" and (where := program.dotted_strings.get(_DATABASE_CACHE)):
        return f"@{name} reads the cache on the event loop, and {where} keeps one in the database"
    settings = program.project.settings.module
    if dotted in _CSRF and program.value(settings, "CSRF_USE_SESSIONS") not in (None, ("const", False)):
        return f"@{name} reads the session on the event loop, as CSRF_USE_SESSIONS is set"
    if dotted.startswith("django.utils.decorators.decorator_from_middleware"):
        return f"@{name} runs the hooks of its middleware on the event loop, which are not followed"
    return ""


def _conditional(context: Context, module: str, name: str, called: ast.Call | None) -> str:
    analyst, program = context.analyst, context.analyst.program
    for given in (*called.args, *(k.value for k in called.keywords)) if called is not None else ():
        if isinstance(given, ast.Constant):
            continue
        symbol = program.resolve(module, given.id) if isinstance(given, ast.Name) else None
        if symbol is None or symbol.kind != "function" or analyst.blocks(symbol.qualified):
            text = ast.unparse(given)
            return f"@{name} calls `{text}` on the event loop, also for async views, and that may query the database"
    return ""


def library_obstacle(context: Context, dotted: str, name: str) -> str:
    """Why a decorator of another library cannot stand on an async function, "" when it can."""
    support = _support(dotted)
    if support is None:
        return f"the decorator @{name} would get a coroutine instead of the result"
    if support.since and version(support.since) > context.django_version:
        return f"@{name} takes async views from Django {support.since}"
    if support.takes:
        return ""
    return f"the decorator @{name} of {support.library} {support.why}"


def _support(dotted: str) -> Support | None:
    """The longest entry that is the name, or a package above it that ends in a dot."""
    best: tuple[int, Support] | None = None
    for support in LIBRARIES:
        for name in support.names:
            if dotted == name or (name.endswith(".") and dotted.startswith(name)):
                best = max(best or (0, support), (len(name), support), key=lambda pair: pair[0])
    return best[1] if best else None
