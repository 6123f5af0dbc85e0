"""Generators of the project that query: where their values are used they become async, or run in one bridge."""

from __future__ import annotations

import ast

from amigrate.facts.effects import Effect
from amigrate.facts.lattice import Type
from amigrate.facts.nodes import walk
from amigrate.facts.writes import writes, written
from amigrate.plan.awaiting import may_await, parens
from amigrate.plan.bridging import bridge_call, bridge_expression
from amigrate.plan.context import Draft


def generator_is_async(draft: Draft, kind: Type, over: ast.expr) -> bool:
    """Whether a generator of the project becomes an async one; else its whole run is bridged, if it may block."""
    analyst = draft.context.analyst
    if kind.ref in draft.converted:
        return True
    if kind.ref and analyst.blocks(kind.ref):
        if not _may_run_ahead(draft, kind.ref, over):
            draft.refuse(
                over, f"the generator {kind.ref} stays sync, and running it to its end first may change what happens"
            )
        elif isinstance(over, ast.Call) and may_await(draft, over):
            reason = f"{kind.ref.rpartition('.')[2]} queries the database and stays sync"
            bridge_expression(draft, over, reason, op="list")
        else:
            draft.refuse(over, f"the generator {kind.ref} may query the database and stays sync")
    return False


def _may_run_ahead(draft: Draft, generator: str, over: ast.expr) -> bool:
    """Whether a generator may be run to its end before its first value is used: neither side writes, and it ends."""
    analyst = draft.context.analyst
    node = analyst.trees.node(generator)
    endless = node is None or any(
        isinstance(part, ast.While) and isinstance(part.test, ast.Constant) and part.test.value for part in walk(node)
    )
    host = draft.parent(over)
    inside = {id(part) for part in walk(host)} if host is not None else set()
    effects = (e for e in draft.analysis.effects if id(e.node) in inside and e.receiver.ref != generator)
    return not endless and not writes(analyst, generator) and not any(written(analyst, e) for e in effects)


# what runs through a generator at once and to its end, so that a list does as well
_TO_THE_END = frozenset(
    "list tuple set frozenset sorted sum max min dict dict.fromkeys extend update join writerows writelines * union "
    "difference intersection collections.Counter collections.deque collections.OrderedDict functools.reduce "
    "bulk_create bulk_update in_bulk".split()
)


def generator_consumed(draft: Draft, effect: Effect, node: ast.expr, host: object) -> bool:
    analyst = draft.context.analyst
    blocking = effect.receiver.ref in draft.converted or (effect.receiver.ref and analyst.blocks(effect.receiver.ref))
    if blocking and effect.detail not in _TO_THE_END:
        short = effect.receiver.ref.rpartition(".")[2]
        draft.refuse(node, f"`{effect.detail}` may stop before the end of the generator {short}, which queries")
        return False
    if effect.receiver.ref in draft.converted:
        return True
    if effect.receiver.ref and analyst.blocks(effect.receiver.ref):
        reason = f"{effect.receiver.ref.rpartition('.')[2]} queries the database and stays sync"
        if (
            isinstance(host, ast.Call)
            and len(host.args) == 1
            and effect.detail in ("list", "tuple", "set", "sorted", "dict")
        ):
            if may_await(draft, host):
                bridge_call(draft, host, reason)
        elif isinstance(node, ast.Call) and may_await(draft, node):
            bridge_expression(draft, node, reason, op="list")
        else:
            draft.refuse(node, f"the generator {effect.receiver.ref} may query the database and stays sync")
    return False


def next_of_generator(draft: Draft, effect: Effect) -> None:
    """`next(generator, default)` → `await anext(generator, default)`."""
    node, name = effect.node, effect.receiver.ref
    assert isinstance(node, ast.Call)
    short = name.rpartition(".")[2]
    if name not in draft.converted:
        if draft.context.analyst.blocks(name):
            draft.refuse(
                node, f"`{effect.detail}` runs the generator {short}, which queries and stays sync", about=(name,)
            )
    elif effect.detail == "iter":
        draft.refuse(node, f"iter() takes no async generator, which {short} becomes", "leave out iter()")
    elif len(node.args) == 1:
        draft.refuse(node, "next() without a default raises StopIteration, anext() another exception")
    elif draft.context.python_version < (3, 10):
        draft.refuse(node, "anext() needs Python 3.10")
    elif may_await(draft, node):
        draft.natives += 1
        draft.add(node, "async-calls", f"{name} becomes async", op="anext", parens=parens(draft, node))
