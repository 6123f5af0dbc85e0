"""What code uses of a layer beyond the verbs that layers of Channels and of django_ahead share."""

from __future__ import annotations

import ast
from collections.abc import Callable, Iterable

from amigrate.facts.consumer_members import LAYER_METHODS

_LAYER = "channel_layer"


def of_own_layer(nodes: Iterable[ast.AST]) -> ast.Attribute | None:
    """The first thing of `self.channel_layer` that only layers of Channels have, such as `groups` or `connection()`."""
    return inside(nodes, lambda value: isinstance(value, ast.Attribute) and value.attr == _LAYER)


def inside(nodes: Iterable[ast.AST], is_layer: Callable[[ast.expr], bool]) -> ast.Attribute | None:
    """The first attribute of a layer that is none of the verbs."""
    for node in nodes:
        if isinstance(node, ast.Attribute) and node.attr not in LAYER_METHODS and is_layer(node.value):
            return node
    return None
