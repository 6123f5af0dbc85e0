"""Locks of threads: held across an `await`, one stops the event loop as soon as another request wants it.

The request that holds it waits for a thread, and the loop that would go on with it waits for the lock: neither does
(library/threading.html, library/asyncio-sync.html).
"""

from __future__ import annotations

import ast
import re
from collections.abc import Iterator

from amigrate.facts.effects import What
from amigrate.facts.nodes import walk
from amigrate.plan.context import Draft

REASON = "a lock that is held across awaits stops the event loop when another request wants it"
_NAMED = re.compile(r"(^|_)(r?lock|mutex|semaphore)$", re.IGNORECASE)
_MADE = ("threading.", "multiprocessing.", "filelock.")
_QUIET = frozenset({What.VALUE, What.MAYBE, What.MADE})


def locked_blocks(draft: Draft) -> Iterator[ast.With]:
    """The `with` statements that hold a lock of threads while something in them waits."""
    if isinstance(draft.analysis.node, ast.AsyncFunctionDef):
        return  # how async code waits is its author's choice
    own = {e.node for e in draft.analysis.effects if e.what is What.WITH}
    waiting = {e.node for e in draft.analysis.effects if e.what not in _QUIET and not e.extra.get("quiet")}
    for block in walk(draft.analysis.node):
        if not isinstance(block, ast.With) or block in own:
            continue
        held = any(_is_lock(draft, item.context_expr) for item in block.items)
        if held and any(not waiting.isdisjoint(walk(statement)) for statement in block.body):
            yield block


def taken(draft: Draft) -> ast.Call | None:
    """A call of `lock.acquire()` in a function that waits for something else too."""
    if isinstance(draft.analysis.node, ast.AsyncFunctionDef):
        return None
    for call in walk(draft.analysis.node):
        if isinstance(call, ast.Call) and isinstance(call.func, ast.Attribute) and call.func.attr == "acquire":
            others = (e for e in draft.analysis.effects if e.node is not call and e.what not in _QUIET)
            if _is_lock(draft, call.func.value) and any(not e.extra.get("quiet") for e in others):
                return call
    return None


def _is_lock(draft: Draft, node: ast.expr) -> bool:
    if isinstance(node, ast.Call):
        return _is_lock(draft, node.func)
    name = node.id if isinstance(node, ast.Name) else node.attr if isinstance(node, ast.Attribute) else ""
    if _NAMED.search(name):
        return True
    program = draft.context.analyst.program
    symbol = program.resolve(draft.module, name) if isinstance(node, ast.Name) else None
    value = program.value(symbol.module, symbol.name) if symbol is not None and symbol.kind == "value" else None
    if symbol is None or value is None or value[0] != "call" or not isinstance(value[1], str):
        return False
    return program.resolve(symbol.module, value[1]).qualified.startswith(_MADE)
