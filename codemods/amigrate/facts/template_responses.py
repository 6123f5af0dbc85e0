"""Template responses: made without rendering anything, and rendered when asked to be.

A view hands one back as it is, and Django renders it in a thread: its context may stay lazy. Code that needs the
content earlier calls `render()` or reads `rendered_content`, which runs the template there and then.
"""

from __future__ import annotations

import ast
from typing import TYPE_CHECKING

from amigrate.facts.effects import What
from amigrate.facts.lattice import OPAQUE, Kind, Type

if TYPE_CHECKING:
    from amigrate.facts.flow import Flow

_MODULES = ("django.template.response", "django_ahead.template.response")
_CLASSES = ("SimpleTemplateResponse", "TemplateResponse")
RESPONSES = frozenset(f"{module}.{name}" for module in _MODULES for name in _CLASSES)
RENDERING = "rendering a template may query the database"


def made(name: str) -> Type:
    """The type of what the constructor `name` makes."""
    return Type(Kind.OPAQUE, name) if name in RESPONSES else OPAQUE


def call(flow: Flow, node: ast.Call, base: Type, name: str) -> Type | None:
    """`response.render()`, which gives the response; None for any other method."""
    if name != "render" or base.ref not in RESPONSES:
        return None
    flow.emit(What.BRIDGE, node, base, RENDERING, render=True)
    return base


def attribute(flow: Flow, node: ast.expr, base: Type, name: str) -> Type:
    """`response.rendered_content`, a property that renders; the others are plain."""
    if name == "rendered_content" and base.ref in RESPONSES:
        flow.emit(What.BRIDGE, node, base, RENDERING, attribute=name)
    return OPAQUE
