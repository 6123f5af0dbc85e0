"""In DEBUG: an error, with template and line, where a template uses a coroutine that nothing awaited.

Django's language prints nothing for `{{ user.orders.first }}` when `orders` became `async def`, and for it
`{% if user.orders %}` is always true. So the templates of an engine with `debug` are looked through once, when they are
loaded, and the variables of Django's own tags are replaced by ones that look at their value. What only hands a value on
(`{% with %}`, `{% include %}`, tags of one's own) may hand on a coroutine: something below may await it.
"""

from __future__ import annotations

import asyncio
import inspect
from collections.abc import Iterator
from contextlib import contextmanager
from contextvars import ContextVar
from typing import Any

from django.template.base import FilterExpression, Node, Template, Variable, VariableDoesNotExist
from django.template.defaulttags import TemplateLiteral, WithNode
from django.template.engine import Engine
from django.template.smartif import TokenBase

from django_ahead.template.awaiting import discard

_CONSUMERS = ("django.template.base", "django.template.defaulttags", "django.templatetags.")
_SEEN = "_django_ahead_watched"
# Django's {% if %} turns any exception of a comparison into False.
_hidden: ContextVar[list[NotAwaited] | None] = ContextVar("_hidden", default=None)


class NotAwaited(RuntimeError):
    """A template uses a coroutine, an async generator or a future where it needs its value."""


class WatchfulEngine(Engine):
    """Django's engine, with a look at each template that it compiles or loads."""

    def from_string(self, template_code: str) -> Template:
        template = super().from_string(template_code)
        watch(template)
        return template

    def find_template(self, name: str, dirs: Any = None, skip: Any = None) -> Any:
        template, origin = super().find_template(name, dirs, skip)
        watch(template)
        return template, origin


class _WatchedVariable(Variable):
    __slots__ = ("_line", "_template")

    def __init__(self, var: str, template: str, line: int | None) -> None:
        super().__init__(var)
        self._template = template
        self._line = line

    def resolve(self, context: Any) -> Any:
        try:
            value = super().resolve(context)
        except VariableDoesNotExist as error:
            if len(error.params) > 1 and _is_unawaited(error.params[1]):
                raise self._error(error.params[1], f"`{self.var}`, before `.{error.params[0]}`,") from None
            raise
        if _is_unawaited(value):
            raise self._error(value, f"`{self.var}`")
        return value

    def _error(self, value: Any, what: str) -> NotAwaited:
        discard(value)
        place = self._template if self._line is None else f"{self._template}, line {self._line}"
        error = NotAwaited(
            f"{place}: {what} is a {type(value).__name__} that was not awaited. "
            f"Write {{% load ahead %}} and {{% await {self.var} %}}, "
            f"or {{% await {self.var} as name %}} and `name` from there on."
        )
        if (hidden := _hidden.get()) is not None:
            hidden.append(error)
        return error


class _WatchedCondition:
    """A condition of `{% if %}`, whose errors come out."""

    def __init__(self, condition: Any) -> None:
        self._condition = condition

    def __getattr__(self, name: str) -> Any:
        return getattr(self._condition, name)

    def eval(self, context: Any) -> Any:
        with _revealed():
            return self._condition.eval(context)


@contextmanager
def _revealed() -> Iterator[None]:
    found: list[NotAwaited] = []
    token = _hidden.set(found)
    try:
        yield
    finally:
        _hidden.reset(token)
    if found:
        raise found[0]


def watch(template: Any) -> None:
    """Looks through a template once, however often it is loaded."""
    if isinstance(template, Template) and not hasattr(template, _SEEN):
        setattr(template, _SEEN, True)
        _Look(template.origin.name).at(template.nodelist)


class _Look:
    """One walk through the nodes of a template. Nodes keep their expressions in attributes, lists and dicts."""

    def __init__(self, template: str) -> None:
        self._template = template
        self._seen: set[int] = set()

    def at(self, value: Any, line: int | None = None, consumes: bool = False) -> None:
        match value:
            case FilterExpression():
                self._expression(value, line, consumes)
            case Node():
                self._node(value)
            case list() | tuple():
                for item in value:
                    self.at(item, line, consumes)
            case dict():
                for item in value.values():
                    self.at(item, line, consumes)
            case TemplateLiteral():
                self.at(value.value, line, consumes)
            case TokenBase():
                self.at([value.first, value.second], line, consumes)

    def _node(self, node: Node) -> None:
        if id(node) in self._seen:
            return
        self._seen.add(id(node))
        line = getattr(node.token, "lineno", None)
        consumes = type(node).__module__.startswith(_CONSUMERS) and not isinstance(node, WithNode)
        for value in vars(node).values():
            self.at(value, line, consumes)
        conditions = getattr(node, "conditions_nodelists", None)
        if consumes and isinstance(conditions, list):
            node.conditions_nodelists = [  # type: ignore[attr-defined]  # an IfNode
                (condition and _WatchedCondition(condition), nodelist) for condition, nodelist in conditions
            ]

    def _expression(self, expression: FilterExpression, line: int | None, consumes: bool) -> None:
        # A filter of Django's own needs the value too; one of the project may be there to await it.
        filtered = any(function.__module__.startswith("django.") for function, _ in expression.filters[:1])
        needed = filtered or (consumes and not expression.filters)
        if needed and type(expression.var) is Variable and expression.var.lookups is not None:
            expression.var = _WatchedVariable(str(expression.var.var), self._template, line)


def _is_unawaited(value: Any) -> bool:
    return inspect.iscoroutine(value) or inspect.isasyncgen(value) or asyncio.isfuture(value)
