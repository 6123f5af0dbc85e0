"""`{% await %}`: values that are awaited while a sync render goes on.

The render runs in a thread, beside the event loop of its request or with none at all. `async_to_sync` runs the
awaitable on that loop, or on one of its own, and the thread waits.
"""

from __future__ import annotations

import asyncio
import inspect
from collections.abc import AsyncIterator, Awaitable
from typing import Any

from asgiref.sync import async_to_sync
from django.core.exceptions import SynchronousOnlyOperation
from django.template.base import FilterExpression, Variable
from django.template.context import Context

# The name under which a value is looked at once more. A template cannot use it by accident: see AwaitedVariable.
_STEP = "django_ahead_awaited"


class AwaitedVariable(Variable):
    """A variable of which every part is awaited where it has to be: in `user.profile.name`, `profile` may be async."""

    __slots__ = ("_first", "_further")

    def __init__(self, var: str) -> None:
        super().__init__(var)
        if self.lookups is not None:
            first, *further = self.lookups
            self._first = Variable(first)
            # Django looks `b` of `a.b` up in a dict, as an attribute and as an index, and calls it: all of that is
            # its own here too, for one part at a time.
            self._further = [Variable(f"{_STEP}.{bit}") for bit in further]

    def resolve(self, context: Any) -> Any:
        if self.lookups is None:
            return super().resolve(context)
        try:
            value = wait(self._first.resolve(context), str(self.var))
            for variable in self._further:
                with context.push(**{_STEP: _Held(value)}):
                    found = variable.resolve(context)
                value = wait(found, str(self.var))
        except Exception as error:
            # As Django does when a method of a template raises it, ObjectDoesNotExist for one.
            if getattr(error, "silent_variable_failure", False) and isinstance(context, Context) and context.template:
                return context.template.engine.string_if_invalid
            raise
        return value


class _Held:
    """Called by Django's lookup, which does not call what the call returns."""

    __slots__ = ("value",)

    def __init__(self, value: Any) -> None:
        self.value = value

    def __call__(self) -> Any:
        return self.value


def awaited(expression: FilterExpression) -> FilterExpression:
    """The same expression, whose variable and filter arguments are awaited before filters see them."""
    if isinstance(expression.var, Variable):
        expression.var = AwaitedVariable(str(expression.var.var))
    expression.filters = [
        (function, [(is_lookup, AwaitedVariable(str(arg.var)) if is_lookup else arg) for is_lookup, arg in arguments])
        for function, arguments in expression.filters
    ]
    return expression


def wait(value: Any, name: str) -> Any:
    """The result of an awaitable, the list of an async iterator; any other value as it is.

    Any other value is a queryset too, which is as lazy as ever, and Django's AsyncPage, which has attributes.
    """
    if inspect.isawaitable(value):
        _refuse_on_event_loop(value, name)
        _refuse_second_time(value, name)
        return async_to_sync(_result)(value)
    if isinstance(value, AsyncIterator):
        _refuse_on_event_loop(value, name)
        return async_to_sync(_list)(value)
    return value


def discard(value: Any) -> None:
    """Closes a coroutine, so that Python does not also warn that it was never awaited."""
    if inspect.iscoroutine(value):
        value.close()


async def _result(value: Awaitable[Any]) -> Any:
    return await value


async def _list(values: AsyncIterator[Any]) -> list[Any]:
    return [value async for value in values]


def _refuse_on_event_loop(value: Any, name: str) -> None:
    try:
        asyncio.get_running_loop()
    except RuntimeError:
        return
    discard(value)
    raise SynchronousOnlyOperation(
        f"{{% await {name} %}} was rendered by the event loop itself, which cannot wait. "
        "Render with `await arender(...)` of django_ahead.shortcuts, or call render() from sync code."
    )


def _refuse_second_time(value: Any, name: str) -> None:
    if inspect.iscoroutine(value) and inspect.getcoroutinestate(value) == inspect.CORO_CLOSED:
        raise RuntimeError(
            f"{{% await {name} %}} awaits a coroutine that was awaited before, which Python allows once. "
            f"Keep its result: {{% await {name} as value %}}, and use `value` from there on."
        )
