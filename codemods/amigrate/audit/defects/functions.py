"""Async functions under decorators that call them synchronously, and async callables in fields of models."""

from __future__ import annotations

from collections.abc import Iterator

from amigrate.audit.data import Defect, Effect, Place
from amigrate.discover.project import Role
from amigrate.facts.program import Program
from amigrate.facts.values import Value, decorator_name
from amigrate.plan.context import Context

_NEVER = "it returns a coroutine that nobody awaits, so that it never runs"
_DECORATORS: dict[str, tuple[str, Effect, str, str]] = {
    "django.db.transaction.atomic": (
        "async-atomic",
        Effect.SILENT,
        "it raises on the event loop, and through async_to_sync the transaction is over before the body runs",
        "move the transaction into a sync function and await sync_to_async of that",
    ),
    "celery.shared_task": ("async-task", Effect.SILENT, _NEVER, "make it a plain `def` that calls async_to_sync(…)"),
    "rest_framework.decorators.api_view": (
        "async-hook",
        Effect.ERROR,
        "Django REST framework gets a coroutine in place of a Response",
        "make it a plain `def`, or use adrf",
    ),
    "django.contrib.admin.action": ("async-hook", Effect.SILENT, _NEVER, "make it a plain `def`"),
    "django.contrib.admin.display": (
        "async-hook",
        Effect.ERROR,
        "the admin shows the coroutine in place of the value",
        "make it a plain `def`",
    ),
}
_LIBRARY = (".simple_tag", ".filter", ".inclusion_tag", ".simple_block_tag", ".tag")
_CALLABLES = ("default", "upload_to", "limit_choices_to", "db_default", "choices")


def find(context: Context) -> Iterator[Defect]:
    """Decorated functions, and what fields name."""
    program = context.analyst.program
    for qualified, (module, function) in program.functions.items():
        if not function.is_async or program.roles.get(module.module) is not Role.CODE:
            continue
        for decorator in function.decorators:
            name = decorator_name(decorator)
            resolved = program.resolve(module.module, name).qualified if name else ""
            place = Place(module.path, function.line)
            short = function.qualname.rpartition(".")[2]
            if resolved in _DECORATORS:
                id_, effect, text, remedy = _DECORATORS[resolved]
                yield Defect(id_, effect, place, qualified, f"`@{name}` on `async def {short}`: {text}", remedy)
            elif resolved == "django.dispatch.receiver" and context.django_version < (5, 0):
                text = f"`async def {short}` is a receiver: Django {context.django} never awaits it"
                yield Defect(
                    "async-receiver", Effect.SILENT, place, qualified, text, "Django 5.0 takes async receivers"
                )
            elif name.endswith(_LIBRARY) and _is_library(program, module.module, name.rpartition(".")[0]):
                text = f"`async def {short}` is a template tag or filter: the page shows the coroutine"
                yield Defect("async-hook", Effect.ERROR, place, qualified, text, "make it a plain `def`")
            elif name.endswith(".task") and _is_celery(program, module.module, name.rpartition(".")[0]):
                text = f"`async def {short}` is a Celery task: {_NEVER}"
                remedy = "make it a plain `def` that calls async_to_sync(…)"
                yield Defect("async-task", Effect.SILENT, place, qualified, text, remedy)
    yield from _fields(program)


def _is_library(program: Program, module: str, name: str) -> bool:
    return _made_by(program, module, name).startswith("django.template.")


def _is_celery(program: Program, module: str, name: str) -> bool:
    return _made_by(program, module, name).startswith("celery.")


def _made_by(program: Program, module: str, name: str) -> str:
    """The external class that a module-level name is an instance of, "" when it is none."""
    symbol = program.resolve(module, name)
    value = program.value(symbol.module, symbol.name) if symbol.kind == "value" else None
    if value is None or value[0] != "call" or not isinstance(value[1], str):
        return ""
    return program.resolve(symbol.module, value[1]).qualified


def _fields(program: Program) -> Iterator[Defect]:
    """`validators=[f]`, `default=f` and their like, where `f` is async."""
    for qualified, (module, found) in program.classes.items():
        if program.roles.get(module.module) is not Role.CODE:
            continue
        for name, value in found.values:
            if value is None or value[0] != "call":
                continue
            for keyword, given in value[3]:
                listed = given[1] if given and given[0] == "list" else (given,)
                for one in listed if keyword == "validators" else (given,) if keyword in _CALLABLES else ():
                    target = _async(program, module.module, one)
                    if not target:
                        continue
                    place = Place(module.path, found.line)
                    silent = keyword == "validators"
                    text = (
                        "the coroutine is never awaited, so that nothing is validated"
                        if silent
                        else "the field gets a coroutine in place of a value"
                    )
                    yield Defect(
                        "async-validation" if silent else "async-hook",
                        Effect.SILENT if silent else Effect.ERROR,
                        place,
                        f"{qualified}.{name}",
                        f"`{keyword}=` names the async function {target}: {text}",
                        "make it a plain `def`",
                    )


def _async(program: Program, module: str, value: Value) -> str:
    if value is None or value[0] != "ref":
        return ""
    symbol = program.resolve(module, value[1])
    found = program.functions.get(symbol.qualified) if symbol.kind == "function" else None
    return symbol.qualified if found is not None and found[1].is_async else ""
