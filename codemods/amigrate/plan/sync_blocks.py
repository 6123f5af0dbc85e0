"""Blocks that stay sync, whole, in an async function: they move into a function of their own, called in a thread.

A transaction must not be split across awaits (Django has no async form of `atomic`), and neither may the work with a
cursor or a file: so `with transaction.atomic(): …` becomes `def in_transaction(): …`, called with one `sync_to_async`.
"""

from __future__ import annotations

import ast
from collections.abc import Collection, Iterator
from functools import partial

from amigrate.facts.effects import EVALUATIONS, What
from amigrate.facts.nodes import children, inner_statements, walk
from amigrate.facts.orm_api import LAZY_METHODS
from amigrate.model import Confidence
from amigrate.plan.binding import own_nodes, parameters, stored
from amigrate.plan.bridging import adapter_name
from amigrate.plan.context import Draft
from amigrate.plan.locks import REASON, locked_blocks, taken
from amigrate.plan.moving import Move, move
from amigrate.plan.returned import never_none
from amigrate.plan.session_sites import awkward_statements

# what opens the block -> the name of its function; none of these swallows an exception
_NAMES = {
    "django.db.transaction.atomic": "in_transaction",
    "django.db.connection.cursor": "with_cursor",
    "django.db.connections": "with_cursor",
    "builtins.open": "with_file",
}
_KINDS: dict[type[ast.stmt], str] = {ast.With: "block", ast.For: "loop", ast.While: "loop"}
_FUNCTIONS = (ast.FunctionDef, ast.AsyncFunctionDef, ast.Lambda, ast.ClassDef)


def move_blocks(draft: Draft, awaited: Collection[ast.Call] = (), loops: Collection[ast.For | ast.While] = ()) -> None:
    """Adds a site for each block that must stay sync and can; its nodes are `threaded` from then on.

    A block that holds one of the calls in `awaited` cannot. The `loops` need not: those that cannot move stay.
    """
    opening = [e for e in draft.analysis.effects if e.what is What.PIN and e.receiver.ref in _NAMES]
    if isinstance(draft.analysis.node, ast.Module):
        return
    for statement in awkward_statements(draft.context, draft.analysis):
        moved = _moved(draft, statement, awaits=not set(awaited).isdisjoint(walk(statement)))
        if isinstance(moved, Move):
            _add(draft, statement, moved, "the session may have to be loaded first", "update_session")
    locked = list(locked_blocks(draft))
    if (call := taken(draft)) is not None:
        draft.refuse(call, REASON)
    if not (opening or loops or locked):
        return
    for block in _outermost(draft.analysis.node, loops):
        inside = walk(block)
        awaits = not set(awaited).isdisjoint(inside)
        if not isinstance(block, ast.With):
            moved = _moved(draft, block, awaits=awaits)
            if isinstance(moved, Move):
                _add(draft, block, moved, "each turn of the loop would be a thread hop", _each(block))
            continue
        found = [e for e in opening if any(e.node in walk(item.context_expr) for item in block.items)]
        if found and isinstance(moved := _moved(draft, block, awaits=awaits), Move):
            _add(draft, block, moved, found[0].detail, _NAMES[found[0].receiver.ref])
        elif found:
            draft.refuse(block, f"{found[0].detail}, and its block cannot move into a function: {moved}")
            draft.threaded |= set(inside)
        elif block in locked and isinstance(moved := _moved(draft, block, awaits=awaits), Move):
            _add(draft, block, moved, REASON, "with_lock")
    for block in locked:
        if block not in draft.threaded:
            draft.refuse(block, REASON)


def _outermost(node: ast.AST, loops: Collection[ast.AST]) -> Iterator[ast.With | ast.For | ast.While]:
    for child in inner_statements(node):
        if isinstance(child, ast.With) or (isinstance(child, ast.For | ast.While) and child in loops):
            yield child
        elif not isinstance(child, _FUNCTIONS):
            yield from _outermost(child, loops)


def _each(loop: ast.For | ast.While) -> str:
    """The name of the function that a loop moves into."""
    target = loop.target if isinstance(loop, ast.For) else None
    return f"for_each_{target.id}" if isinstance(target, ast.Name) and target.id.strip("_") else "in_one_go"


def _moved(draft: Draft, block: ast.stmt, *, awaits: bool) -> Move | str:
    known = not isinstance(block, ast.With) or len(block.items) == 1
    if awaits:
        return "it awaits what it wraps"
    if shared := _evaluated_for_later(draft, block):
        return f"it evaluates the queryset `{shared}`, which is used outside of it too"
    some = partial(never_none, draft)
    moved = move(draft.analysis.node, block, draft.analysis.parents, suppresses=not known, never_none=some)
    if isinstance(moved, Move) and (name := _bound_nowhere_else(draft, block, moved)):
        return f"another block that moves into a function binds `{name}` too, and nothing around them does"
    return moved


def _bound_nowhere_else(draft: Draft, block: ast.stmt, moved: Move) -> str:
    """A name that this or an earlier block shares with the function around, where no binding of it would stay."""
    earlier = [site for site in draft.sites if site.codemod == "sync-block"]
    shared = {*moved.nonlocals, *(name for site in earlier for name in site.param("nonlocals").split(",") if name)}
    declared = {*moved.declared, *(name for site in earlier for name in site.param("declared").split(","))}
    gone = {part for one in (block, *draft.moved) for part in walk(one)}
    stay = stored(part for part in own_nodes(draft.analysis.node) if part not in gone)
    return min(shared - declared - stay - parameters(draft.analysis.node), default="")


def _add(draft: Draft, block: ast.stmt, moved: Move, why: str, name: str) -> None:
    draft.threaded |= set(walk(block))
    for effect in draft.analysis.effects:
        if effect.node in draft.threaded and effect.what is not What.VALUE:
            draft.sync_calls.update(dict.fromkeys(effect.targets, effect.node))
    draft.bridges += 1
    draft.moved[block] = why
    draft.add(
        block,
        "sync-block",
        f"{why}: the {_KINDS.get(type(block), 'statement')} runs whole in one thread",
        Confidence.REVIEW,
        function=_free_name(draft, name),
        name=adapter_name(draft),
        first="yes" if _is_first(draft, block) else "",
        **_words(moved),
        response=_free_name(draft, "response") if moved.returns == "some" else "",
        typed="yes" if getattr(draft.analysis.node, "returns", None) is not None and not moved.outputs else "",
    )


def _evaluated_for_later(draft: Draft, block: ast.stmt) -> str:
    """A queryset that the block may fill for the rest of the function, which would not be seen any more.

    Its methods are judged by themselves wherever they are called: `books.delete()` does not ask what was filled before.
    """
    inside = set(walk(block))
    names = [part for part in walk(draft.analysis.node) if isinstance(part, ast.Name)]
    bound = {part.id for part in names if isinstance(part.ctx, ast.Store)} | draft.analysis.variables.keys()
    outside = (part for part in names if isinstance(part.ctx, ast.Load) and part not in inside)
    used = {part.id for part in outside if not _calls_method(draft, part)} & bound
    for effect in draft.analysis.effects:
        if effect.what in EVALUATIONS and effect.node in inside:
            over = effect.extra.get("over")
            filled = _filled(over if isinstance(over, ast.AST) else effect.node)
            if shared := sorted({part.id for part in filled if isinstance(part, ast.Name)} & used):
                return shared[0]
    return ""


def _filled(node: ast.AST) -> Iterator[ast.AST]:
    """The parts of an expression whose rows its evaluation may keep: not what a new queryset is made of."""
    if isinstance(node, ast.Call) and isinstance(node.func, ast.Attribute) and node.func.attr in LAZY_METHODS:
        return
    yield node
    for child in children(node):
        yield from _filled(child)


def _calls_method(draft: Draft, node: ast.AST) -> bool:
    """Whether a method of it is called."""
    held = draft.parent(node)
    call = draft.parent(held) if isinstance(held, ast.Attribute) and held.value is node else None
    return isinstance(call, ast.Call) and call.func is held


def _is_first(draft: Draft, block: ast.stmt) -> bool:
    """Whether a block is the first statement where it stands."""
    parent = draft.parent(block)
    bodies = [getattr(parent, name, None) for name in ("body", "orelse", "finalbody")]
    return any(isinstance(body, list) and body[:1] == [block] for body in bodies)


def _words(moved: Move) -> dict[str, str]:
    return {
        "nonlocals": ",".join(moved.nonlocals),
        "outputs": ",".join(moved.outputs),
        "declared": ",".join(moved.declared),
        "returns": moved.returns,
    }


def _free_name(draft: Draft, wanted: str) -> str:
    """A name that means nothing else in the function, nor in its module."""
    program = draft.context.analyst.program
    taken = {part.id for part in walk(draft.analysis.node) if isinstance(part, ast.Name)}
    taken |= {part.arg for part in walk(draft.analysis.node) if isinstance(part, ast.arg)}
    taken |= {site.param("function") for site in draft.sites}
    name, number = wanted, 1
    while name in taken or program.resolve(draft.module, name).kind in ("function", "class", "value", "module"):
        number += 1
        name = f"{wanted}_{number}"
    return name
