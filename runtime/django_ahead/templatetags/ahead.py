"""`{% load ahead %}`: `{% await expression %}`, `{% await expression as name %}` and the filter `awaited`."""

from __future__ import annotations

from typing import Any

from django.template import Library, Node, TemplateSyntaxError
from django.template.base import FilterExpression, Parser, Token, render_value_in_context
from django.utils.safestring import SafeString

from django_ahead.template.awaiting import awaited as awaited_expression
from django_ahead.template.awaiting import wait

register = Library()


class AwaitNode(Node):
    """Prints what `{{ expression }}` would print of the awaited value, or keeps the value under a name."""

    child_nodelists = ()

    def __init__(self, expression: FilterExpression, name: str | None) -> None:
        self.expression = expression
        self.name = name

    def __repr__(self) -> str:
        return f"<AwaitNode: {self.expression}{f' as {self.name}' if self.name else ''}>"

    def render(self, context: Any) -> SafeString:
        value = wait(self.expression.resolve(context), str(self.expression))
        if self.name is None:
            return SafeString(render_value_in_context(value, context))
        context[self.name] = value
        return SafeString("")


@register.filter
def awaited(value: Any) -> Any:
    """Awaits a value in the middle of a tag, only where Django gets to it: `{% if a and user.orders|awaited %}`.

    A value that needs no awaiting is used as it is. What is looked up on an async value needs `{% await %}`.
    """
    return wait(value, "…|awaited")


@register.tag("await")
def await_tag(parser: Parser, token: Token) -> AwaitNode:
    """Awaits a value, or the value that an async method returns, also within a chain of lookups and before filters.

        {% load ahead %}
        {% await basket.total %}
        {% await user.recent_orders as orders %}{% for order in orders %}...{% endfor %}

    A value that needs no awaiting is used as it is, so that one template serves sync and async views.
    """
    tag, *bits = token.split_contents()
    match bits:
        case [expression]:
            return AwaitNode(awaited_expression(parser.compile_filter(expression)), None)
        case [expression, "as", name] if name.isidentifier():
            return AwaitNode(awaited_expression(parser.compile_filter(expression)), name)
    raise TemplateSyntaxError(
        f"{tag!r} takes one expression: {{% await user.orders %}} or {{% await user.orders as orders %}}"
    )
