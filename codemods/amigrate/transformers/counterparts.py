"""Building `await afunction(…)` for a module's function that has an async counterpart beside it."""

from __future__ import annotations

import libcst as cst

from amigrate.codemod import Imports
from amigrate.model import Site
from amigrate.transformers.awaiting import awaited
from amigrate.transformers.shape import UnexpectedShape, expect


def awaited_counterpart(node: cst.CSTNode, site: Site, imports: Imports) -> cst.BaseExpression:
    """`old(…)` as `await name(…)` with the import from `module`, if any; of `m.old(…)` only the attribute is renamed.

    Raises:
        UnexpectedShape: `node` is not the call of a name or attribute.
    """
    call = expect(node, cst.Call)
    name = cst.Name(site.param("name"))
    match call.func:
        case cst.Attribute() as function:
            return awaited(call.with_changes(func=function.with_changes(attr=name)), site)
        case cst.Name() as function:
            if module := site.param("module"):
                imports.needed.add((module, name.value))
                imports.replaced.add((module, site.param("old", function.value)))
            return awaited(call.with_changes(func=function.with_changes(value=name.value)), site)
        case other:
            raise UnexpectedShape(f"expected a function by name, found {type(other).__name__}")
