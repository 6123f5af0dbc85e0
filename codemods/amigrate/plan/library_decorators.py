"""Decorators of libraries other than Django: whether they may stand on an `async def`, read from their sources.

Each entry names the release that was read. A library that learns async later is refused until its entry is renewed,
which costs a conversion and breaks nothing.
"""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Support:
    """What is known of some decorators of one library.

    Args:
        library: the distribution with the release that was read.
        names: dotted names; one that ends in a dot stands for all below it.
        takes: whether they may stand on an async function.
        why: how they fail on one, or how they take it; follows the name of the decorator.
        since: the least Django, when they are made of Django's own decorators.
    """

    library: str
    names: tuple[str, ...]
    takes: bool
    why: str
    since: str = ""


_WRAPS = "wraps the view in a plain def, which Django takes for a sync view; do its work in the view, with await"
_QUERIES = f"queries in a plain def around the view, and {_WRAPS}"
_DRF = (
    "expects a Response from a plain call: Django REST framework has no async views; leave the view sync, or use adrf"
)
_TASK = "runs the function in a worker, with a plain call; leave the task sync"
_CACHES = "would keep the coroutine, which can be awaited once only; cache the result in django.core.cache"


def _names(prefix: str, names: str) -> tuple[str, ...]:
    return tuple(prefix + name for name in names.split())


LIBRARIES: tuple[Support, ...] = (
    # Django REST framework and what goes with it
    Support("djangorestframework 3.18.3", ("rest_framework.",), False, _DRF),
    Support("drf-spectacular 0.30.0", ("drf_spectacular.",), False, _DRF),
    Support("drf-yasg 1.21.18", ("drf_yasg.",), False, _DRF),
    # limits, bots, headers
    Support("django-ratelimit 4.1.0", ("django_ratelimit.", "ratelimit."), False, f"counts in the cache and {_WRAPS}"),
    Support("django-axes 8.3.1", ("axes.decorators.",), False, _QUERIES),
    Support("django-honeypot 1.2.1", ("honeypot.decorators.",), False, _WRAPS),
    Support("django-csp 4.0", ("csp.decorators.",), False, f"sets an attribute of the coroutine instead: it {_WRAPS}"),
    Support("django-permissions-policy 4.34.0", ("django_permissions_policy.decorators.",), True, "has both branches"),
    Support("django-xff 1.5.0", ("xff.decorators.",), False, _WRAPS),
    Support("django-htmx 1.29.0", ("django_htmx.http.ptag",), True, "has both branches"),
    Support("django-debug-toolbar 8.0.0", ("debug_toolbar.decorators.",), True, "has both branches"),
    # users and permissions
    Support("django-allauth 65.21.1", ("allauth.",), False, _QUERIES),
    Support("django-guardian 3.5.2", ("guardian.decorators.",), False, _QUERIES),
    Support("rules 3.5", ("rules.contrib.views.",), False, _QUERIES),
    Support("django-waffle 5.0.0", ("waffle.decorators.",), False, _QUERIES),
    Support(
        "django-otp 1.7.5",
        ("django_otp.decorators.otp_required",),
        True,
        "is made of user_passes_test, and its middleware wraps auser()",
        since="5.1",
    ),
    Support("django-two-factor-auth 1.18.1", ("two_factor.views.utils.class_view_decorator",), False, _WRAPS),
    Support("django-oauth-toolkit 3.4.1", ("oauth2_provider.decorators.",), False, _QUERIES),
    Support(
        "django-esi 10.0.0",
        _names("esi.decorators.", "token_required tokens_required single_use_token"),
        False,
        _QUERIES,
    ),
    Support("django-sesame 3.2.5", ("sesame.decorators.",), False, _QUERIES),
    Support("social-auth-app-django 8.0.0", ("social_django.utils.psa",), False, _QUERIES),
    Support("django-braces 1.17.0", ("braces.",), False, _WRAPS),
    Support("django-hijack 3.7.9", ("hijack.",), False, _WRAPS),
    Support("django-stronghold 0.4.0", ("stronghold.decorators.",), False, _WRAPS),
    # measuring
    Support("django-silk 5.6.0", ("silk.profiling.",), False, f"measures the making of the coroutine: it {_WRAPS}"),
    Support("sentry-sdk 2.75.0", _names("sentry_sdk.", "trace tracing.trace monitor crons.monitor"), True, "has both"),
    Support("opentelemetry-api 1.45.2", ("opentelemetry.util._decorator.",), True, "has both branches"),
    Support("django-prometheus 2.5.0", ("django_prometheus.",), False, _WRAPS),
    # caches
    Support("django-cacheops 7.2", ("cacheops.",), False, _CACHES),
    Support("cachetools 8.0.1", ("cachetools.",), False, _CACHES),
    # retrying and the like
    Support("tenacity 9.2.1", ("tenacity.retry",), True, "retries coroutine functions with AsyncRetrying"),
    Support("backoff 2.2.1", ("backoff.on_exception", "backoff.on_predicate"), True, "has both branches"),
    Support("retrying 1.3", ("retrying.", "retry."), False, "would retry the making of the coroutine; use tenacity"),
    Support(
        "Deprecated 1.3.1",
        _names("deprecated.", "deprecated classic.deprecated sphinx."),
        False,
        "hides that the function is async from Django; say it in the docstring",
    ),
    # task queues
    Support("celery 5.7.0", ("celery.",), False, _TASK),
    Support("django-rq 4.2.0", ("django_rq.",), False, _TASK),
    Support("huey 3.5.4", ("huey.",), False, "refuses async functions; leave the task sync"),
    Support("dramatiq 2.2.1", ("dramatiq.",), False, "needs its AsyncIO middleware for async actors; leave it sync"),
    Support("django-q2 1.11.1", ("django_q.",), False, _TASK),
    Support("apscheduler 3.11", ("apscheduler.",), False, _TASK),
    # adapters
    Support(
        "asgiref 3.13",
        ("asgiref.sync.sync_to_async", "asgiref.sync.SyncToAsync", "channels.db.database_sync_to_async"),
        False,
        "takes sync functions only; remove it when the function becomes async",
    ),
    Support("asgiref 3.13", ("asgiref.sync.async_to_sync",), False, "makes a sync function of it again"),
)
