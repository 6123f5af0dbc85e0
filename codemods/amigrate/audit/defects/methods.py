"""Async methods in slots that are called synchronously, by the class's bases and by name."""

from __future__ import annotations

from collections.abc import Iterator

from amigrate.audit.data import Defect, Effect, Place
from amigrate.audit.defects.slots import ASYNC_LIBRARIES, DUNDERS, ROUTER, SLOTS, VIEW_BASES
from amigrate.discover.project import Role
from amigrate.facts.module import Function, ModuleFacts
from amigrate.facts.values import decorator_name
from amigrate.plan.context import Context

_DRF = tuple(
    f"rest_framework.{name}" for name in ("views", "viewsets", "generics", "mixins", "throttling", "authentication")
)
_CACHED = frozenset(
    {"functools.cached_property", "django.utils.functional.cached_property", "functools.lru_cache", "functools.cache"}
)


def find(context: Context) -> Iterator[Defect]:
    """Every async method of the program's code, judged."""
    program = context.analyst.program
    for qualified, (module, function) in program.functions.items():
        if not function.is_async or program.roles.get(module.module) is not Role.CODE or module.light:
            continue
        if any(
            program.resolve(module.module, n).qualified in _CACHED
            for d in function.decorators
            if (n := decorator_name(d))
        ):
            yield _defect(
                "async-cached",
                Effect.ERROR,
                module,
                function,
                qualified,
                "the coroutine is cached, and awaiting it a second time raises RuntimeError",
                "cache the result in django.core.cache, or on the instance",
            )
        if function.owner:
            yield from _method(context, module, function, qualified)


def _method(context: Context, module: ModuleFacts, function: Function, qualified: str) -> Iterator[Defect]:
    program = context.analyst.program
    name = function.qualname.rpartition(".")[2]
    if name in DUNDERS and not (name == "__iter__" and function.is_generator):
        effect, text = DUNDERS[name]
        remedy = "make it a plain `def`, or use the async protocol (__aenter__, __aexit__, __aiter__, __anext__)"
        yield _defect("async-dunder", effect, module, function, qualified, text, remedy)
        return
    owner = f"{module.module}.{function.owner}"
    found = program.classes.get(owner)
    if found is None:
        return
    bases = set(program.externals(owner))
    for heir in program.descendants(owner):  # a mixin gets its bases where it is used
        bases |= set(program.externals(heir))
    if any(base.startswith(ASYNC_LIBRARIES) for base in bases):
        return
    if owner in context.analyst.graph.models:
        bases.add("django.db.models.Model")
    if owner in program.project.settings.authentication_backends:
        bases.add("django.contrib.auth.backends.")
    for base in sorted(bases - VIEW_BASES):
        for prefix, slots in SLOTS.items():
            if not _matches(base, prefix):
                continue
            for slot in slots:
                if slot.has(name) and not (slot.id == "async-hook" and _serializer_only(prefix, base)):
                    yield _defect(slot.id, slot.effect, module, function, qualified, slot.text, slot.remedy)
                    return
    if name in ROUTER and len(ROUTER.intersection(found[1].methods)) > 1:
        text = "the router answers with a coroutine, which Django takes for the name of a database or for true"
        yield _defect("async-hook", Effect.SILENT, module, function, qualified, text, "make it a plain `def`")


def _matches(base: str, prefix: str) -> bool:
    if prefix == "rest_framework.":
        return base.startswith(_DRF)
    if prefix == "django.contrib.admin." and ".admin." in base and base.endswith(("Admin", "Inline", "Mixin")):
        return True
    if prefix == "django.db.models.":
        return base == "django.db.models.Model" or base.startswith("django.contrib.auth.models.Abstract")
    return base.startswith(prefix)


def _serializer_only(prefix: str, base: str) -> bool:
    """Fields of serializers have `get_…` methods of their own; those of SerializerMethodField are sync."""
    return prefix == "rest_framework.serializers." and not base.endswith("Serializer")


def _defect(
    id_: str, effect: Effect, module: ModuleFacts, function: Function, qualified: str, text: str, remedy: str
) -> Defect:
    name = function.qualname.rpartition(".")[2]
    return Defect(id_, effect, Place(module.path, function.line), qualified, f"`async def {name}`: {text}", remedy)
