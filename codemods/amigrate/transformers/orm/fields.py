"""Loading further fields with `.only(…)`, and keeping fewer out with `.defer(…)`."""

from __future__ import annotations

import libcst as cst

from amigrate.model import Site
from amigrate.transformers.orm.select_related import extended, literals
from amigrate.transformers.shape import UnexpectedShape, expect


def with_fields(node: cst.Call, site: Site) -> cst.BaseExpression:
    """The call with the site's `fields` loaded: the last name that `defer()` keeps out takes the call with it."""
    method = expect(node.func, cst.Attribute)
    fields, present = site.param("fields").split(","), literals(node)
    if not present:
        raise UnexpectedShape("expected names of fields")
    if method.attr.value == "only":
        return extended(node, present, fields, site)
    kept = [arg for arg, name in zip(node.args, present, strict=True) if name not in fields]
    if not kept and not isinstance(method.value, cst.Call):  # a manager
        return node.with_changes(func=method.with_changes(attr=cst.Name("all")), args=[])
    if not kept:
        return method.value.with_changes(lpar=[*node.lpar, *method.value.lpar], rpar=[*method.value.rpar, *node.rpar])
    last = node.args[-1]
    kept[-1] = kept[-1].with_changes(comma=last.comma, whitespace_after_arg=last.whitespace_after_arg)
    return node.with_changes(args=kept)
