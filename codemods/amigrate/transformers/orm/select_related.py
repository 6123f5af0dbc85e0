"""Adding `.select_related(…)` to the expression of a queryset, manager or model."""

from __future__ import annotations

from collections.abc import Sequence

import libcst as cst

from amigrate.model import Site
from amigrate.transformers.awaiting import attribute
from amigrate.transformers.layout import NONE, new_line_like
from amigrate.transformers.parens import given, receiver
from amigrate.transformers.quoting import quoted

_NAME = "select_related"


def with_select_related(node: cst.BaseExpression, site: Site) -> cst.BaseExpression:
    """`node` with the site's `fields` selected.

    They are added to a `.select_related("…")` at its end, take the place of an `.all()` there, or are appended as a
    new call. With `manager`, `node` is a model class, and the manager comes in between.
    """
    fields = [field.strip() for field in site.param("fields").split(",") if field.strip()]
    value, own = receiver(node)
    if manager := site.param("manager"):
        return given(_appended(attribute(value, manager), fields, site, node), own)
    if (method := _last_call(value)) is not None:
        call, function = method
        present = literals(call)
        if function.attr.value == _NAME and present:
            return given(extended(call, present, fields, site), own)
        if function.attr.value == "all" and not call.args:
            return given(_in_place_of_all(call, function, fields, site), own)
    return given(_appended(value, fields, site, node), own)


def _last_call(value: cst.BaseExpression) -> tuple[cst.Call, cst.Attribute] | None:
    if isinstance(value, cst.Call) and isinstance(value.func, cst.Attribute):
        return value, value.func
    return None


def _appended(value: cst.BaseExpression, fields: Sequence[str], site: Site, near: cst.CSTNode) -> cst.Call:
    return cst.Call(func=attribute(value, _NAME), args=_args(fields, site, near))


def _in_place_of_all(call: cst.Call, function: cst.Attribute, fields: Sequence[str], site: Site) -> cst.Call:
    return call.with_changes(func=function.with_changes(attr=cst.Name(_NAME)), args=_args(fields, site, call))


def _args(fields: Sequence[str], site: Site, near: cst.CSTNode) -> list[cst.Arg]:
    return [cst.Arg(cst.SimpleString(quoted(field, site, near))) for field in _needed(fields, ())]


def extended(call: cst.Call, present: Sequence[str], fields: Sequence[str], site: Site) -> cst.Call:
    """`call`, whose arguments are the literals `present`, with those `fields` that they lack."""
    missing = _needed(fields, present)
    if not missing:
        return call
    *head, last = call.args
    between = cst.Comma(whitespace_after=new_line_like(call.whitespace_before_args))
    added = [cst.Arg(cst.SimpleString(quoted(field, site, call)), comma=between) for field in missing]
    closing, commented = _without_comment(last.comma)
    added[-1] = added[-1].with_changes(comma=closing, whitespace_after_arg=last.whitespace_after_arg)
    kept = between.with_deep_changes(between.whitespace_after, first_line=commented) if commented else between
    before = last.with_changes(comma=kept, whitespace_after_arg=NONE)
    return call.with_changes(args=[*head, before, *added])


def _without_comment(
    comma: cst.Comma | cst.MaybeSentinel,
) -> tuple[cst.Comma | cst.MaybeSentinel, cst.TrailingWhitespace | None]:
    """The comma behind the last argument, and the end of its line if a comment stands there."""
    after = comma.whitespace_after if isinstance(comma, cst.Comma) else None
    if not isinstance(comma, cst.Comma) or not isinstance(after, cst.ParenthesizedWhitespace):
        return comma, None
    if after.first_line.comment is None:
        return comma, None
    plain = after.first_line.with_changes(whitespace=NONE, comment=None)
    return comma.with_deep_changes(after, first_line=plain), after.first_line


def literals(call: cst.Call) -> tuple[str, ...]:
    """The arguments of `call`, if all are string literals; else nothing."""
    values: list[str] = []
    for arg in call.args:
        if arg.keyword is not None or arg.star or not isinstance(arg.value, cst.SimpleString):
            return ()
        value = arg.value.evaluated_value
        values.append(value if isinstance(value, str) else "")
    return tuple(values)


def _needed(fields: Sequence[str], present: Sequence[str]) -> list[str]:
    """`fields` without those that `present` or a longer one of them selects already."""
    known = [*present, *fields]
    return [
        field
        for index, field in enumerate(fields)
        if field not in present
        and field not in fields[:index]
        and not any(other.startswith(f"{field}__") for other in known)
    ]
