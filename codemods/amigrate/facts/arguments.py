"""The evaluated arguments of a call."""

from __future__ import annotations

import ast
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from amigrate.facts import handing
from amigrate.facts.lattice import Type

if TYPE_CHECKING:
    from amigrate.facts.flow import Env, Flow


@dataclass(slots=True)
class Arguments:
    """The evaluated arguments of a call."""

    positional: list[tuple[ast.expr, Type]] = field(default_factory=list)
    keywords: dict[str, tuple[ast.expr, Type]] = field(default_factory=dict)
    starred: bool = False

    def types(self) -> list[Type]:
        """All argument types."""
        return [t for _, t in self.positional] + [t for _, t in self.keywords.values()]

    def first(self, keyword: str) -> tuple[ast.expr, Type] | None:
        """The first argument, given by position or by its name."""
        return self.positional[0] if self.positional else self.keywords.get(keyword)

    def pairs(self) -> list[tuple[ast.expr, Type]]:
        """All arguments with their nodes."""
        return [*self.positional, *self.keywords.values()]


def arguments(flow: Flow, node: ast.Call, env: Env) -> Arguments:
    """Evaluates the arguments of a call in order."""
    found = Arguments()
    for argument in node.args:
        value = flow.expression(argument, env)
        if isinstance(argument, ast.Starred):
            found.starred = True
        else:
            found.positional.append((argument, value))
    for keyword in node.keywords:
        value = flow.expression(keyword.value, env)
        if keyword.arg is None:
            found.starred = True
        else:
            found.keywords[keyword.arg] = (keyword.value, value)
    handing.callbacks(flow, node, found)
    return found
