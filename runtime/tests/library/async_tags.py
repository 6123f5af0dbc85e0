"""A tag library as it must not be."""

from __future__ import annotations

from django import template

register = template.Library()


@register.filter
async def later(value: object) -> object:
    return value


@register.simple_tag
async def later_tag() -> str:
    return ""


@register.inclusion_tag("library/card.html")
async def later_card() -> dict[str, object]:
    return {}
