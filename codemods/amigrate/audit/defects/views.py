"""Async views that Django refuses, or that its decorators and mixins do not await."""

from __future__ import annotations

from collections.abc import Iterator

from amigrate import django_api
from amigrate.audit.data import Defect, Effect, Place
from amigrate.audit.defects.slots import ASYNC_LIBRARIES
from amigrate.audit.routed import class_views, handlers
from amigrate.facts.program import Program
from amigrate.facts.values import decorator_name
from amigrate.plan.context import Context

_NON_ATOMIC = "django.db.transaction.non_atomic_requests"


def find(context: Context) -> Iterator[Defect]:
    """Function views and class-based views of the URLconf."""
    program = context.analyst.program
    for route in dict.fromkeys(context.routes):
        found = program.functions.get(route.view)
        if found is not None and found[1].is_async and not found[1].owner:
            yield from _function(context, route.view, route.wrappers)
    for qualified in class_views(program):
        yield from _class(context, qualified)


def _function(context: Context, view: str, wrappers: tuple[str, ...]) -> Iterator[Defect]:
    program = context.analyst.program
    module, function = program.functions[view]
    place = Place(module.path, function.line)
    own = [program.resolve(module.module, n).qualified for d in function.decorators if (n := decorator_name(d))]
    if program.project.settings.atomic_requests and _NON_ATOMIC not in own:
        yield _atomic(context, place, view)
    for name in (*wrappers, *own):
        since = django_api.view_decorator_since(name)
        if since is None or name == _NON_ATOMIC:
            continue
        short = name.rpartition(".")[2]
        if since == "never":
            text = f"@{short} does not await an async view"
            yield Defect("async-view", Effect.ERROR, place, view, text, "move what it guards into a sync function")
        elif _key(since) > context.django_version:
            text = f"@{short} awaits async views from Django {since}, and this is Django {context.django}"
            yield Defect(
                "async-view", Effect.ERROR, place, view, text, f"upgrade to Django {since}, or make it a plain `def`"
            )


def _atomic(context: Context, place: Place, view: str) -> Defect:
    sure = any(one.atomic_requests for one in context.analyst.program.project.settings.databases)
    text = f"ATOMIC_REQUESTS {'is' if sure else 'may be'} on: Django raises RuntimeError for this async view"
    return Defect(
        "async-atomic", Effect.ERROR, place, view, text, "mark the view with @transaction.non_atomic_requests"
    )


def _class(context: Context, qualified: str) -> Iterator[Defect]:
    program = context.analyst.program
    if any(base.startswith(ASYNC_LIBRARIES) for base in program.externals(qualified)):
        return
    named = handlers(program, qualified)
    asynchronous = [name for name in named if program.functions[name][1].is_async]
    if not asynchronous:
        return
    module, found = program.classes[qualified]
    place = Place(module.path, found.line)
    if len(asynchronous) < len(named):
        text = "some of its handlers are async and some are not: Django raises ImproperlyConfigured"
        yield Defect("async-view", Effect.ERROR, place, qualified, text, "make all of them async, or none")
    if program.project.settings.atomic_requests:
        yield _atomic(context, place, qualified)
    mixins = [b for b in program.externals(qualified) if b.startswith("django.contrib.auth.mixins.")]
    dispatch = program.find_method(qualified, "dispatch")
    awaits = dispatch is not None and program.functions[f"{dispatch}.dispatch"][1].is_async
    if mixins and not awaits:
        text = (
            f"{mixins[0].rpartition('.')[2]} reads request.user on the event loop: "
            "SynchronousOnlyOperation for everyone who is logged in"
        )
        remedy = "use AccessMixin with an `async def dispatch` that awaits request.auser()"
        yield Defect("async-view", Effect.ERROR, place, qualified, text, remedy)
    yield from _dispatched(program, qualified, place, awaits=awaits)


def _dispatched(program: Program, qualified: str, place: Place, *, awaits: bool) -> Iterator[Defect]:
    module, found = program.classes[qualified]
    for decorator in found.decorators:
        name = decorator_name(decorator)
        resolved = program.resolve(module.module, name).qualified if name else ""
        if resolved != "django.utils.decorators.method_decorator" or decorator is None or decorator[0] != "call":
            continue
        target = dict(decorator[3]).get("name")
        given = decorator[2][0] if decorator[2] else None
        inner = program.resolve(module.module, decorator_name(given)).qualified if decorator_name(given) else ""
        harmless = inner.endswith((".csrf_exempt", ".non_atomic_requests"))
        if target == ("const", "dispatch") and not harmless and not awaits:
            text = (
                "method_decorator(…, name='dispatch') gets a coroutine from the handlers, as dispatch is a plain `def`"
            )
            remedy = "define `async def dispatch` that returns await super().dispatch(…)"
            yield Defect("async-view", Effect.ERROR, place, qualified, text, remedy)


def _key(version: str) -> tuple[int, ...]:
    return tuple(int(part) for part in version.split("."))
