"""Tags as projects have them: simple, inclusion and block tags, a filter, and a node of one's own."""

from __future__ import annotations

import inspect

from django import template

register = template.Library()


@register.simple_tag
def shout(value: object) -> str:
    return str(value).upper()


@register.inclusion_tag("library/card.html", takes_context=True)
def card(context: template.Context, author: object) -> dict[str, object]:
    return {"author": author}


@register.filter
def hand_on(value: object) -> object:
    return value


class Box(template.Node):
    def __init__(self, nodelist: template.NodeList, value: template.base.FilterExpression) -> None:
        self.nodelist = nodelist
        self.value = value

    def render(self, context: template.Context) -> str:
        value = self.value.resolve(context)
        if inspect.iscoroutine(value):
            value.close()
        return f"[{self.nodelist.render(context)}]"


@register.tag
def box(parser: template.base.Parser, token: template.base.Token) -> Box:
    nodelist = parser.parse(("endbox",))
    parser.delete_first_token()
    return Box(nodelist, parser.compile_filter(token.split_contents()[1]))
