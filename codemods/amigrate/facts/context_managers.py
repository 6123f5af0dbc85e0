"""The items of a `with`."""

from __future__ import annotations

import ast
from typing import TYPE_CHECKING

from amigrate.facts.effects import What
from amigrate.facts.items import _QUIET
from amigrate.facts.lattice import OPAQUE, UNKNOWN, Kind, Type

if TYPE_CHECKING:
    from amigrate.facts.flow import Env, Flow


def enter(flow: Flow, node: ast.With | ast.AsyncWith, env: Env) -> None:
    """The items of a `with`."""
    for item in node.items:
        value = flow.expression(item.context_expr, env)
        bound: Type = OPAQUE if value.kind in _QUIET else UNKNOWN
        if isinstance(node, ast.With):
            if value.kind is Kind.GENERATOR:
                flow.emit(What.WITH, node, value, value.ref, (value.ref,), item=item)
                bound = value.item or UNKNOWN
            elif value.kind is Kind.OBJECT and flow.analyst.classes.is_project_class(value.ref):
                targets = flow.analyst.classes.dunders(value.ref, ("__enter__", "__exit__"))
                if targets:
                    flow.emit(What.WITH, node, value, value.ref, targets, item=item)
                elif flow.analyst.classes.foreign_base(value.ref):
                    detail = f"the context manager {value.ref} may need its own thread or transaction"
                    flow.emit(What.PIN, node, detail=detail)
                bound = value
            elif value.kind is Kind.OBJECT and flow.analyst.classes.classify(value.ref)[0] == "refuse":
                pass  # the call that made it is reported
            elif value.kind is Kind.UNKNOWN or (value.kind is Kind.OBJECT and flow.analyst.classes.foreign(value.ref)):
                flow.emit(What.DOUBT, node, detail="a context manager whose kind is not known")
        if item.optional_vars is not None:
            flow.assign(item.optional_vars, bound, env, None)
