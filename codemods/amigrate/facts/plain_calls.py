"""Methods of containers, of plain objects and of values of unknown type."""

from __future__ import annotations

import ast
import re
from typing import TYPE_CHECKING

from amigrate.facts import consumer_members, containers, handing, orm_api
from amigrate.facts.cleaned import cleaned_field
from amigrate.facts.effects import What
from amigrate.facts.handing import text
from amigrate.facts.iterating import consume
from amigrate.facts.lattice import LAZY, NONE, OPAQUE, OPAQUE_LIST, UNKNOWN, Kind, Type, join, list_of, members

if TYPE_CHECKING:
    from amigrate.facts.arguments import Arguments
    from amigrate.facts.flow import Env, Flow

_FIELD_PATH = re.compile(r"\{[^{}:!]*[.\[]")  # `{0.author}` in a format string


def container_call(flow: Flow, node: ast.Call, base: Type, name: str, args: Arguments, env: Env) -> Type:
    """A method of a list, set, tuple or dict."""
    item = base.item or UNKNOWN
    added: Type | None = None
    keys: Type | None = None
    if name in ("append", "add", "insert", "setdefault") and args.positional:
        added = args.positional[-1][1]
        keys = args.positional[0][1] if name == "setdefault" else None
    elif name in ("extend", "update", "union", "difference", "intersection", "issubset", "issuperset") or (
        name in ("intersection_update", "difference_update", "isdisjoint", "symmetric_difference")
    ):
        for argument, value in args.positional:
            given = consume(flow, argument, value, env, name)
            if base.kind is Kind.DICT:
                known = value.kind is Kind.DICT
                given, keys = (value.item or UNKNOWN) if known else UNKNOWN, (value.key if known else UNKNOWN)
            added = join(added, given)
        for _, value in args.keywords.values():
            added = join(added, value)
    if added is not None and isinstance(node.func, ast.Attribute):
        new = added
        containers.grow(node.func.value, env, lambda value: containers.grown(value, new, keys))
    key = base.key or OPAQUE
    if base.kind is Kind.DICT and name in ("items", "popitem", "most_common", "elements"):
        pair = Type(Kind.LIST, item=join(key, item), options=(key, item))
        return pair if name == "popitem" else list_of(pair) if name != "elements" else list_of(key)
    if base.kind is Kind.DICT and name == "keys":
        return list_of(key)
    if base.kind is Kind.DICT and name == "values":
        return list_of(item)
    if name == "get" and node.args and (of_scope := consumer_members.item(flow, base, node.args[0])) is not None:
        return join(of_scope, args.positional[1][1] if len(args.positional) > 1 else NONE)
    if name in ("get", "pop", "popleft", "setdefault"):
        default = args.positional[1][1] if len(args.positional) > 1 else NONE
        item = (cleaned_field(flow.analyst, base, node.args[0]) if node.args else None) or item
        return join(item, default) if item.kind is not Kind.NONE else default
    if name in ("copy", "union", "difference", "intersection"):
        return base
    return OPAQUE_LIST if name == "keys" else OPAQUE


def opaque_call(flow: Flow, node: ast.Call, name: str, args: Arguments, env: Env) -> Type:
    """A method of something that is no Django object: `", ".join(qs)` evaluates its argument."""
    if name in ("run_until_complete", "run_forever"):
        flow.emit(What.PIN, node, detail=f"{name}() runs an event loop, which it cannot where one runs")
    eats = name in ("join", "writerows", "writelines", "extend", "update", "fromkeys", "union", "intersection")
    for argument, value in args.pairs():
        if eats:
            consume(flow, argument, value, env, name)
        elif any(m.kind in LAZY and not m.cached for m in members(value)):
            flow.emit(What.DOUBT, argument, detail=f"a queryset is handed to `{name}`, which may evaluate it")
        elif value.kind is Kind.GENERATOR and value.ref:
            flow.emit(What.VALUE, argument, value, targets=(value.ref,))
        elif name in ("format", "write", "info", "debug", "warning", "error", "exception", "critical", "log"):
            text(flow, argument, value)
        else:
            handing.shown(flow, argument, value)
    if name == "format" and _reads_attributes(node) and any(handing.carries(v) for v in args.types()):
        flow.emit(What.DOUBT, node, detail="a format string reads attributes, which may load a relation")
    if name in ("split", "rsplit", "splitlines", "groups", "partition", "items", "values", "keys"):
        return OPAQUE_LIST
    if name not in orm_api.PLAIN_METHODS and any(handing.carries(value) for value in args.types()):
        return UNKNOWN  # it may hand it back
    return OPAQUE


def _reads_attributes(node: ast.Call) -> bool:
    base = node.func.value if isinstance(node.func, ast.Attribute) else None
    return isinstance(base, ast.Constant) and isinstance(base.value, str) and bool(_FIELD_PATH.search(base.value))


def unknown_call(flow: Flow, node: ast.Call, base: Type, name: str, args: Arguments) -> Type:
    """A method of a value of unknown type: plain if no class of Django or the project has such a method."""
    flow.emit(What.MAYBE, node, base, name)
    if name in orm_api.PLAIN_METHODS and not flow.analyst.classes.may_be_method(name):
        return OPAQUE if name not in ("setdefault", "getlist", "copy") else UNKNOWN
    dictionary = name in ("get", "pop") and not args.keywords and 1 <= len(args.positional) <= 2
    counting = name in ("count", "index") and len(args.positional) == 1 and not args.keywords
    if (dictionary or counting) and not flow.analyst.classes.may_be_method(name):
        return UNKNOWN if dictionary else OPAQUE
    unknown = "the type before it is not known"
    if base.kind is Kind.OBJECT and base.ref in flow.analyst.program.classes:
        unknown = f"{base.ref} has it from a base class that is not defined in the project"
    flow.emit(What.DOUBT, node, base, f"`.{name}()` may query: {unknown}")
    return UNKNOWN
