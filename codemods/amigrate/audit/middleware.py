"""MIDDLEWARE under ASGI: which of it is sync, and the thread hops that the chain costs each request.

Follows `BaseHandler.load_middleware`: from the first sync middleware outwards, Django runs all of them in one thread.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from amigrate.audit.data import MiddlewareAudit, Place
from amigrate.facts.program import Program
from amigrate.facts.values import decorator_name

# Hooks around the view and `process_view` of Django's own middleware, each a hop under ASGI
# (`MiddlewareMixin.__acall__` and `adapt_method_mode`); read from the classes of Django 4.2 to 6.1.
_DJANGO: Mapping[str, tuple[int, int]] = {
    "django.contrib.admindocs.middleware.XViewMiddleware": (0, 1),
    "django.contrib.auth.middleware.AuthenticationMiddleware": (1, 0),
    "django.contrib.auth.middleware.LoginRequiredMiddleware": (0, 1),
    "django.contrib.auth.middleware.PersistentRemoteUserMiddleware": (1, 0),
    "django.contrib.auth.middleware.RemoteUserMiddleware": (1, 0),
    "django.contrib.flatpages.middleware.FlatpageFallbackMiddleware": (1, 0),
    "django.contrib.messages.middleware.MessageMiddleware": (2, 0),
    "django.contrib.redirects.middleware.RedirectFallbackMiddleware": (1, 0),
    "django.contrib.sessions.middleware.SessionMiddleware": (2, 0),
    "django.contrib.sites.middleware.CurrentSiteMiddleware": (1, 0),
    "django.middleware.cache.CacheMiddleware": (2, 0),
    "django.middleware.cache.FetchFromCacheMiddleware": (1, 0),
    "django.middleware.cache.UpdateCacheMiddleware": (1, 0),
    "django.middleware.clickjacking.XFrameOptionsMiddleware": (1, 0),
    "django.middleware.common.BrokenLinkEmailsMiddleware": (1, 0),
    "django.middleware.common.CommonMiddleware": (2, 0),
    "django.middleware.csp.ContentSecurityPolicyMiddleware": (2, 0),
    "django.middleware.csrf.CsrfViewMiddleware": (2, 1),
    "django.middleware.gzip.GZipMiddleware": (1, 0),
    "django.middleware.http.ConditionalGetMiddleware": (1, 0),
    "django.middleware.locale.LocaleMiddleware": (2, 0),
    "django.middleware.security.SecurityMiddleware": (2, 0),
}
# of other packages: async (with its hops) or sync, as their current releases have it
_KNOWN: Mapping[str, tuple[str, int]] = {
    "corsheaders.middleware.CorsMiddleware": ("async", 0),
    "django_htmx.middleware.HtmxMiddleware": ("async", 0),
    "whitenoise.middleware.WhiteNoiseMiddleware": ("sync", 0),
}
_MIXIN = "django.utils.deprecation.MiddlewareMixin"
_HOOKS = ("process_request", "process_response")
HANDLER_HOPS = 2  # request_started, and closing the response


def middleware(program: Program) -> tuple[MiddlewareAudit, ...]:
    """Each entry of MIDDLEWARE."""
    return tuple(_judge(program, dotted) for dotted in program.project.settings.middleware)


def around(found: Sequence[MiddlewareAudit], program: Program) -> int | None:
    """The hops of each request outside of its view, None when some middleware is not known."""
    if not found or any(one.hops is None for one in found):
        return None
    hops, is_async = HANDLER_HOPS, True
    for one in reversed(found):
        hops += _views(program, one.name)
        is_async = is_async and one.kind != "sync"
        if is_async:
            hops += (one.hops or 0) - _views(program, one.name)
    return hops + (not is_async)


def _views(program: Program, dotted: str) -> int:
    if dotted in _DJANGO:
        return _DJANGO[dotted][1]
    symbol = program.locate(dotted)
    return int(symbol.kind == "class" and program.find_method(symbol.qualified, "process_view") is not None)


def _judge(program: Program, dotted: str) -> MiddlewareAudit:
    if dotted in _DJANGO:
        return MiddlewareAudit(dotted, "async", sum(_DJANGO[dotted]))
    if dotted in _KNOWN:
        kind, hops = _KNOWN[dotted]
        return MiddlewareAudit(dotted, kind, hops, "its releases so far are sync" if kind == "sync" else "")
    symbol = program.locate(dotted)
    if symbol.kind == "class":
        return _class(program, dotted, symbol.qualified)
    if symbol.kind == "function":
        return _function(program, dotted, symbol.qualified)
    return MiddlewareAudit(
        dotted, "unknown", None, "not of this project: see whether its class has async_capable = True"
    )


def _class(program: Program, dotted: str, qualified: str) -> MiddlewareAudit:
    module, found = program.classes[qualified]
    place = Place(module.path, found.line)
    views = int(program.find_method(qualified, "process_view") is not None)
    capable = program.class_value(qualified, "async_capable")
    value = capable[1] if capable else None
    if value is not None and value == ("const", False):
        return MiddlewareAudit(dotted, "sync", views, "async_capable is False", place)
    ancestors = program.linearise(qualified)
    bases = [one for one in ancestors if one in _DJANGO]
    if _MIXIN in ancestors or bases:
        own_call = program.find_method(qualified, "__call__") is not None
        hooks = sum(program.find_method(qualified, hook) is not None for hook in _HOOKS)
        inherited = max((_DJANGO[base][0] for base in bases), default=0)
        note = "it overrides __call__ of MiddlewareMixin: check that this hands on to __acall__" if own_call else ""
        return MiddlewareAudit(dotted, "async", max(hooks, inherited) + views, note, place)
    if value is not None and value == ("const", True):
        return MiddlewareAudit(dotted, "async", views, "", place)
    foreign = [one for one in program.externals(qualified) if one != "object"]
    if foreign:
        return MiddlewareAudit(dotted, "unknown", None, f"see whether {foreign[0]} has async_capable = True", place)
    return MiddlewareAudit(dotted, "sync", views, "its class has no async_capable = True", place)


def _function(program: Program, dotted: str, qualified: str) -> MiddlewareAudit:
    module, function = program.functions[qualified]
    place = Place(module.path, function.line)
    names = {program.resolve(module.module, n).qualified for d in function.decorators if (n := decorator_name(d))}
    if names & {"django.utils.decorators.sync_and_async_middleware", "django.utils.decorators.async_only_middleware"}:
        return MiddlewareAudit(dotted, "async", 0, "", place)
    return MiddlewareAudit(dotted, "sync", 0, "it has no @sync_and_async_middleware", place)
