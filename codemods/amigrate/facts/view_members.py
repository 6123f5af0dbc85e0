"""What a plain View has of itself: its request, what its methods keep on it, and what they inherit from Django."""

from __future__ import annotations

import ast
from typing import TYPE_CHECKING

from amigrate.facts.effects import What
from amigrate.facts.evaluated import touched
from amigrate.facts.lattice import NONE, OPAQUE, UNKNOWN, Kind, Type, join, list_of
from amigrate.facts.nodes import walk
from amigrate.facts.parameters import record_call
from amigrate.facts.view_classes import ACCESS_MIXIN, GUARDING, NOT_ALLOWED, PLAIN_METHODS

if TYPE_CHECKING:
    from amigrate.facts.arguments import Arguments
    from amigrate.facts.flow import Flow

# what Django's mixins for access bring, and what of it may query
_ACCESS = {
    "handle_no_permission": "reads request.user",
    "has_permission": "asks for the permissions of the user",
    "get_login_url": "",
    "get_permission_required": "",
    "get_permission_denied_message": "",
    "get_redirect_field_name": "",
}
_GIVEN = ("request", "args", "kwargs")  # what View.setup() keeps


def inherited_call(flow: Flow, node: ast.Call, owner: str, name: str, args: Arguments, *, above: bool) -> Type | None:
    """`super().name(…)` (`above`), or `self.name(…)` that no class of the project defines; None for other methods.

    What `View.dispatch`, `options` and `http_method_not_allowed` give is awaitable when the handlers are async.
    """
    analyst = flow.analyst
    if not analyst.classes.views.plain(owner):
        return None
    found = analyst.classes.views.definitions(owner, name) if above else ()
    for definition in found:
        record_call(analyst, flow.module, definition, args, method=True)
    if name in ("dispatch", "options", NOT_ALLOWED):
        if name == "dispatch" and not above:
            return None
        targets = analyst.classes.views.responders(owner)
        flow.emit(What.CALL, node, UNKNOWN, name, targets, responds=True)
        return OPAQUE
    if found:
        result: Type | None = None
        for definition in found:
            result = join(result, analyst.returns(definition))
        result = result or UNKNOWN
        if result.kind is not Kind.GENERATOR:
            flow.emit(What.CALL, node, UNKNOWN, name, found, is_super=True)
        return touched(result.but(origins=None))
    if name in _ACCESS and not (GUARDING | {ACCESS_MIXIN}).isdisjoint(analyst.program.externals(owner)):
        if _ACCESS[name]:
            flow.emit(What.BRIDGE, node, UNKNOWN, f"{name}() of Django's mixins for access {_ACCESS[name]}")
        return OPAQUE
    return OPAQUE if name in PLAIN_METHODS else None


def attribute(flow: Flow, owner: str, name: str) -> Type | None:
    """The type of `self.name` of a plain View that is no method; None when the class is none."""
    analyst = flow.analyst
    if not analyst.classes.is_own(owner):
        return None
    program, views = analyst.program, analyst.classes.views
    setters = views.setters(owner, name)
    if name in _GIVEN and not setters and views.plain(owner):
        return _given(flow, owner, name)
    if setters is None or name in analyst.view_arguments:
        return UNKNOWN
    result: Type | None = None
    for one in sorted(views.program.line(owner)):
        for key, value in program.classes[one][1].values:
            if key == name:
                empty = value == ("const", None) and setters
                kind = NONE if empty else analyst.names.body_value(one, name, value)
                result = join(result, kind)
    for setter in setters:
        result = join(result, _kept(flow, setter, name))
    return touched(result) if result is not None else UNKNOWN


def _given(flow: Flow, owner: str, name: str) -> Type:
    """What View.setup() keeps; path converters of the project's own may make anything, and so may its own code."""
    if name == "request":
        return Type(Kind.REQUEST)
    analyst = flow.analyst
    line = analyst.program.line(owner)
    methods = [f"{one}.{method}" for one in line for method in analyst.program.classes[one][1].methods]
    free = any(analyst.converted_parameters.get(m) for m in methods) or any(_writes(flow, m, name) for m in methods)
    item = UNKNOWN if free else OPAQUE
    return Type(Kind.DICT, item=item) if name == "kwargs" else list_of(item)


def _writes(flow: Flow, method: str, name: str) -> bool:
    """Whether a method puts anything into `self.kwargs`, or hands it on."""
    known = flow.analyst.written_given
    if (method, name) not in known:
        node = flow.analyst.trees.node(method)
        known[method, name] = node is not None and any(_changes(part, name) for part in walk(node))
    return known[method, name]


def _changes(part: ast.AST, name: str) -> bool:
    match part:
        case ast.Subscript(value=ast.Attribute(attr=attr), ctx=ast.Store()):
            return attr == name
        case ast.Call(func=ast.Attribute(value=ast.Attribute(attr=attr), attr=called)):
            return attr == name and called in ("update", "setdefault", "append", "extend")
    return False


def _kept(flow: Flow, setter: str, name: str) -> Type:
    """What a method puts into an attribute of `self`, without what is only known where it does so."""
    analyst = flow.analyst
    if analyst.stack:
        analyst.users.setdefault(setter, set()).add(analyst.stack[-1])
    if setter == flow.analysis.qualified:
        known = flow.kept.get(name)
    else:
        analysis = analyst.analyse(setter)
        known = analysis.kept.get(name) if analysis.complete else None
        if not analysis.complete and setter in analyst.flows:
            known = analyst.flows[setter].kept.get(name)
            analyst.too_early(setter)
    return _weak(known) if known is not None else UNKNOWN


def _weak(value: Type) -> Type:
    """The type of a value that others may have changed since."""
    item = _weak(value.item) if value.item is not None else None
    return value.but(
        loaded=frozenset(),
        prefetched=frozenset(),
        cached=False,
        saved=False,
        origins=None,
        path="",
        item=item,
        options=tuple(_weak(o) for o in value.options),
    )
