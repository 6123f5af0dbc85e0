"""What in the settings and around the code stands in the way of async, or is as it should be."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Mapping, Sequence

from amigrate.audit.data import Finding, Level, MiddlewareAudit, Place
from amigrate.discover.project import Project, Role
from amigrate.facts.program import Program

_POOLS = ("postgresql", "postgis", "psycopg")


def readiness(
    program: Program, sources: Mapping[str, bytes], chain: Sequence[MiddlewareAudit], around: int | None
) -> Iterator[Finding]:
    """Findings on asgi.py, the settings, and the middleware."""
    project = program.project
    yield from _asgi(project, sources)
    yield from _databases(project, sources)
    yield from _middleware(chain, around)
    for path, source in sources.items():
        if b"DJANGO_ALLOW_ASYNC_UNSAFE" in source:
            text = "DJANGO_ALLOW_ASYNC_UNSAFE turns off the guard against sync queries on the event loop"
            yield Finding(
                "Settings", Level.WARNING, text, "remove it", _line(sources, [path], "DJANGO_ALLOW_ASYNC_UNSAFE")
            )


def _asgi(project: Project, sources: Mapping[str, bytes]) -> Iterator[Finding]:
    if not project.settings.module:
        return  # a reusable app is served by others
    named = [f.path for f in project.files if f.path.endswith("asgi.py") and f.role is Role.CODE]
    serving = [p for p in named if b"application" in sources.get(p, b"")]
    if serving:
        yield Finding("ASGI", Level.OK, "there is an ASGI application", place=Place(serving[0]))
    elif any(b"get_asgi_application" in source for source in sources.values()):
        path = next(p for p, s in sources.items() if b"get_asgi_application" in s)
        yield Finding("ASGI", Level.OK, "there is an ASGI application", place=Place(path))
    else:
        remedy = "add an asgi.py beside wsgi.py with `application = get_asgi_application()`"
        yield Finding("ASGI", Level.BLOCKER, "there is no ASGI application", remedy)
    apps = project.settings.installed_apps
    if not project.settings.asgi_application and {"channels", "daphne"}.intersection(a.partition(".")[0] for a in apps):
        remedy = "set it, such as `ASGI_APPLICATION = 'mysite.asgi.application'`"
        text = "ASGI_APPLICATION is not set, and the runserver of channels or daphne needs it"
        yield Finding("ASGI", Level.WARNING, text, remedy, _settings_line(project, sources, "INSTALLED_APPS"))


def _databases(project: Project, sources: Mapping[str, bytes]) -> Iterator[Finding]:
    settings = project.settings
    for one in settings.databases:
        if one.max_age != 0:
            age = {None: "may be on", -1: "is None"}.get(one.max_age, f"is {one.max_age}")
            text = f"CONN_MAX_AGE {age} for the database {one.alias}: persistent connections are not for ASGI"
            pool = "use a pool (OPTIONS['pool'] of psycopg, or PgBouncer)" if _pools(one.engine) else "use a pool"
            remedy = f"set CONN_MAX_AGE to 0 and {pool}"
            yield Finding("Database", Level.WARNING, text, remedy, _settings_line(project, sources, "CONN_MAX_AGE"))
    if settings.atomic_requests:
        place = _settings_line(project, sources, "ATOMIC_REQUESTS")
        sure = any(one.atomic_requests for one in settings.databases)
        text = "ATOMIC_REQUESTS is, or may be, on: Django refuses every async view then" if sure else ""
        remedy = "turn it off and put transaction.atomic where it is needed, or mark views with non_atomic_requests"
        yield Finding("Database", Level.BLOCKER, text or "ATOMIC_REQUESTS may be on", remedy, place)


def _pools(engine: str) -> bool:
    return any(name in engine for name in _POOLS)


def _middleware(chain: Sequence[MiddlewareAudit], around: int | None) -> Iterator[Finding]:
    for one in chain:
        if one.kind == "sync":
            text = f"{one.name} is sync: it, and all middleware before it, runs in one thread for the whole request"
            yield Finding(
                "Middleware",
                Level.WARNING,
                text,
                f"{one.note}: make it async, replace it, or put it first in MIDDLEWARE",
                one.place,
            )
        elif one.kind == "unknown":
            yield Finding("Middleware", Level.INFO, f"{one.name} may be sync", one.note, one.place)
        elif one.note:
            yield Finding("Middleware", Level.INFO, one.name, one.note, one.place)
    if around is not None:
        text = f"middleware and handler take {around} thread hops for each request, before and after alike"
        yield Finding("Middleware", Level.INFO, text)


def _settings_line(project: Project, sources: Mapping[str, bytes], name: str) -> Place:
    """The first line that sets a name, in the settings module or in one beside it."""
    module = project.settings.module
    if not module:
        return Place()
    package = module.rpartition(".")[0]
    own = [f.path for f in project.files if f.module == module]
    beside = [f.path for f in project.files if package and f.module.startswith(f"{package}.") and "settings" in f.path]
    return _line(sources, [*own, *beside], name)


def _line(sources: Mapping[str, bytes], paths: Iterable[str], name: str) -> Place:
    pattern = re.compile(rf"^[^#\n]*\b{name}\b", re.MULTILINE)
    fallback = Place()
    for path in paths:
        text = sources.get(path, b"").decode("utf-8", "replace")
        fallback = fallback if fallback.path else Place(path)
        if match := pattern.search(text):
            return Place(path, text.count("\n", 0, match.end()) + 1)
    return fallback
