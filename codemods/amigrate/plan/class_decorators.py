"""Decorators on class-based views: which view decorators stand on a handler or on `dispatch`, and what they take."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

from amigrate.facts.values import Value
from amigrate.plan.context import Context
from amigrate.plan.decorators import judge_all, judge_name
from amigrate.plan.pins import judged

METHOD_DECORATOR = "django.utils.decorators.method_decorator"
# they set an attribute or look at the request: what the view gives goes through them as it is, in every Django
_PASSIVE = frozenset(
    {"django.views.decorators.csrf.csrf_exempt", "django.db.transaction.non_atomic_requests"}
    | {"django.views.decorators.debug.sensitive_post_parameters"}
)
_HARMLESS = frozenset({"abc.abstractmethod", "typing.override", "typing.final", "typing_extensions.override"})


@dataclass(frozen=True, slots=True)
class Standing:
    """A view decorator. `adapted`: through method_decorator; `method`: which one, when it stands on the class."""

    name: str
    adapted: bool
    method: str = ""


def on_method(context: Context, qualified: str) -> tuple[Standing, ...]:
    """The decorators on a method."""
    module, function = context.analyst.program.functions[qualified]
    return tuple(one for value in function.decorators for one in _standing(context, module.module, value))


def on_class(context: Context, name: str) -> tuple[Standing, ...]:
    """The decorators on a class."""
    module, found = context.analyst.program.classes[name]
    return tuple(one for value in found.decorators for one in _standing(context, module.module, value))


def passive(decorator: Standing) -> bool:
    """Whether a decorator hands on what it gets, a coroutine too, and gives no response of its own."""
    return decorator.name in _HARMLESS or (decorator.adapted and decorator.name in _PASSIVE)


def on_method_obstacle(context: Context, qualified: str) -> str:
    """Why a method cannot be async under its decorators, "" when it can."""
    method = qualified.rpartition(".")[2]
    standing = [d for d in on_method(context, qualified) if not (method == "dispatch" and passive(d))]
    for decorator in standing:
        if decorator.adapted and (reason := _too_early(context, decorator)):
            return reason
    reason = judged(context, judge_all(context, qualified)) if standing else ""
    if reason and all(decorator.adapted for decorator in standing):  # a list of decorators, each known by its name
        return next(filter(None, (around_obstacle(context, decorator.name) for decorator in standing)), "")
    return reason


def on_class_obstacle(context: Context, decorator: Standing) -> str:
    """Why the method that a decorator on the class decorates cannot be async, "" when it can."""
    if decorator.method == "dispatch" and passive(decorator):
        return ""
    return _too_early(context, decorator) or around_obstacle(context, decorator.name)


def around_obstacle(context: Context, name: str) -> str:
    """Why a decorator that is only known by its name cannot be around an async view, "" when it can."""
    found = judge_name(context, name)
    if reason := judged(context, found):
        return reason
    return f"the project's own decorator {name} has no async branch yet" if found.cores else ""


def _too_early(context: Context, decorator: Standing) -> str:
    """method_decorator marks what it makes of an async method from Django 5.2 on."""
    if context.django_version >= (5, 2):
        return ""
    return f"@method_decorator({decorator.name.rpartition('.')[2]}) takes async methods from Django 5.2"


def _standing(context: Context, module: str, value: Value) -> Iterator[Standing]:
    program = context.analyst.program
    for _ in range(3):  # `exempt = method_decorator(csrf_exempt, name="dispatch")`, then `@exempt`
        symbol = program.resolve(module, value[1]) if value is not None and value[0] == "ref" else None
        if symbol is None or symbol.kind != "value" or not (inner := program.value(symbol.module, symbol.name)):
            break
        module, value = symbol.module, inner
    name = _called(context, module, value)
    if value is None or name != METHOD_DECORATOR or value[0] != "call":
        yield Standing(name, False)
        return
    given = dict(value[3])
    target = given.get("name") or (value[2][1] if len(value[2]) > 1 else None)
    method = str(target[1]) if target is not None and target[0] == "const" else "" if target is None else "?"
    inside = value[2][0] if value[2] else given.get("decorator")
    for inner_name in _names(context, module, inside):
        yield Standing(inner_name, True, method)


def _names(context: Context, module: str, value: Value) -> Iterator[str]:
    """The decorators that method_decorator is given: one, or a list of them, also under a name."""
    program = context.analyst.program
    if value is not None and value[0] == "list":
        for item in value[1]:
            yield from _names(context, module, item)
        return
    symbol = program.resolve(module, value[1]) if value is not None and value[0] == "ref" else None
    inner = program.value(symbol.module, symbol.name) if symbol is not None and symbol.kind == "value" else None
    if symbol is not None and inner is not None:
        yield from _names(context, symbol.module, inner)
    else:
        yield _called(context, module, value)


def _called(context: Context, module: str, value: Value) -> str:
    """The qualified name of a decorator, called or not; "?" for what has none."""
    while value is not None and value[0] == "call":
        value = ("ref", value[1]) if isinstance(value[1], str) else value[1]
    return context.analyst.program.resolve(module, value[1]).qualified if value and value[0] == "ref" else "?"
