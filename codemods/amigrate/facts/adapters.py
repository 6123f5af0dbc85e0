"""`sync_to_async` and its like in code that is async already: what runs in the thread, and what it gives."""

from __future__ import annotations

import ast
from typing import TYPE_CHECKING

from amigrate.facts.effects import Effect, What
from amigrate.facts.iterating import element_of
from amigrate.facts.lattice import LAZY, UNKNOWN, Kind, Type, list_of, members

if TYPE_CHECKING:
    from amigrate.facts.arguments import Arguments
    from amigrate.facts.flow import Env, Flow

TO_ASYNC = frozenset({"asgiref.sync.sync_to_async", "channels.db.database_sync_to_async"})
TO_SYNC = frozenset({"asgiref.sync.async_to_sync", "asgiref.sync.AsyncToSync"})
_HANDED_OVER = (What.DOUBT, What.VALUE)


def adapter(flow: Flow, node: ast.Call, args: Arguments) -> Type:
    """`sync_to_async(f)`; `item` is what it wraps, None where an option says how it is run."""
    if not args.positional:
        return Type(Kind.PARTIAL, "sync_to_async")
    given, wrapped = args.positional[0]
    if wrapped.kind is Kind.METHOD:
        flow.drop(given, *_HANDED_OVER)  # it is called in a thread
    if isinstance(given, ast.Lambda):
        flow.emit(What.ADAPTED, given, wrapped, "lambda", kind="thread")
    if wrapped.kind is Kind.FUNCTION and not _awaited_call(flow, node):
        flow.emit(What.VALUE, given, wrapped, targets=(wrapped.ref,))
    plain = len(args.positional) == 1 and not args.keywords and not args.starred
    return Type(Kind.PARTIAL, "sync_to_async", item=wrapped if plain else None)


def _awaited_call(flow: Flow, node: ast.Call) -> ast.Call | None:
    """The call of an adapter's result that is awaited at once: `await sync_to_async(f)(…)`."""
    parents = flow.analysis.parents
    call = parents.get(node)
    if isinstance(call, ast.Call) and call.func is node and isinstance(parents.get(call), ast.Await):
        return call if len(node.args) == 1 and not node.keywords else None
    return None


def call(flow: Flow, node: ast.Call, callee: Type, args: Arguments, env: Env) -> Type:
    """A call of what an adapter made: it gives an awaitable."""
    wrapped = callee.item
    if wrapped is None or not isinstance(node.func, ast.Call) or _awaited_call(flow, node.func) is not node:
        return Type(Kind.COROUTINE, item=UNKNOWN)
    given = node.func.args[0]
    if wrapped.kind is Kind.PARTIAL and wrapped.ref == "lambda" and isinstance(given, ast.Lambda):
        if not node.args and not node.keywords and not given.args.args:
            flow.emit(What.ADAPTED, node, wrapped, "lambda", kind="lambda")
            _load(flow, given, env)
        return Type(Kind.COROUTINE, item=wrapped.item or UNKNOWN)
    if (
        wrapped.kind is Kind.MODULE
        and wrapped.ref == "builtins.list"
        and len(args.positional) == 1
        and not args.keywords
    ):
        rows = args.positional[0][1]
        if all(m.kind in LAZY and not m.cached for m in members(rows)):
            flow.emit(What.ADAPTED, node, rows, "list", kind="list")
        return Type(Kind.COROUTINE, item=list_of(element_of(flow, rows)))
    if wrapped.kind not in (Kind.METHOD, Kind.FUNCTION, Kind.MODULE):
        return Type(Kind.COROUTINE, item=UNKNOWN)
    result, effects = _as_called(flow, node, given, wrapped, args, env)
    calls = [e for e in effects if e.what is What.CALL]
    flow.drop(given, *_HANDED_OVER)
    if calls and len(effects) == 1:
        one = calls[0]
        flow.emit(What.CALL, node, one.receiver, one.detail, one.targets, adapted=True)
    elif calls or wrapped.kind is Kind.FUNCTION:
        targets = tuple(t for e in effects for t in e.targets) or ((wrapped.ref,) if wrapped.ref else ())
        flow.emit(What.VALUE, given, wrapped, targets=targets)
    else:
        flow.emit(What.ADAPTED, node, wrapped.item or UNKNOWN, wrapped.ref, kind="method", effects=effects)
    return Type(Kind.COROUTINE, item=result)


def _load(flow: Flow, given: ast.Lambda, env: Env) -> None:
    """What the awaited lambda reads of rows is loaded on them from then on, as where it would stand by itself."""
    inside = dict(env)
    found, flow.found = flow.found, {}
    flow.expression(given.body, inside)
    flow.found = found
    for name, known in env.items():
        if inside[name].kind is Kind.INSTANCE and known.kind in (Kind.INSTANCE, Kind.UNKNOWN):
            env[name] = inside[name]


def _as_called(
    flow: Flow, node: ast.Call, given: ast.expr, wrapped: Type, args: Arguments, env: Env
) -> tuple[Type, tuple[Effect, ...]]:
    """What `given(…)` would give and do without the adapter."""
    from amigrate.facts.calls import invoke, method  # calls.py is above this in the order of calls

    direct = ast.copy_location(ast.Call(given, node.args, node.keywords), node)
    found, flow.found = flow.found, {}
    if wrapped.kind is Kind.METHOD and wrapped.item is not None and isinstance(given, ast.Attribute):
        result = method(flow, direct, wrapped.item, given.attr, args, env)
    else:
        result = invoke(flow, direct, wrapped, args, env)
    effects = tuple(effect for effects in flow.found.values() for effect in effects)
    flow.found = found
    return (result.but(origins=None) if result.kind in LAZY else result), effects


def is_adapter(name: str) -> bool:
    """Whether a decorator runs the function in a thread: `@sync_to_async`, `@database_sync_to_async`."""
    return name in TO_ASYNC
