"""Blocks that stay sync, whole, in an async function: they move into a function of their own, called in a thread.

A transaction must not be split across awaits (Django has no async form of `atomic`), and neither may the work with a
cursor or a file: so `with transaction.atomic(): …` becomes `def in_transaction(): …`, called with one `sync_to_async`.
"""

from __future__ import annotations

import ast
from collections.abc import Collection, Iterator

from amigrate.facts.effects import EVALUATIONS, Effect, What
from amigrate.facts.nodes import children, walk
from amigrate.model import Confidence
from amigrate.plan.bridging import adapter_name
from amigrate.plan.context import Draft
from amigrate.plan.moving import Move, move

# what opens the block -> the name of its function; none of these swallows an exception
_NAMES = {
    "django.db.transaction.atomic": "in_transaction",
    "django.db.connection.cursor": "with_cursor",
    "django.db.connections": "with_cursor",
    "builtins.open": "with_file",
}
_FUNCTIONS = (ast.FunctionDef, ast.AsyncFunctionDef, ast.Lambda, ast.ClassDef)


def move_blocks(draft: Draft, awaited: Collection[ast.Call] = ()) -> None:
    """Adds a site for each block that must stay sync and can; its nodes are `threaded` from then on.

    A block that holds one of the calls in `awaited` cannot.
    """
    opening = [e for e in draft.analysis.effects if e.what is What.PIN and e.receiver.ref in _NAMES]
    if not opening or isinstance(draft.analysis.node, ast.Module):
        return
    for block in _outermost(draft.analysis.node):
        found = [e for e in opening if any(e.node in walk(item.context_expr) for item in block.items)]
        if found:
            _move(draft, block, found[0], awaits=not set(awaited).isdisjoint(walk(block)))


def _outermost(node: ast.AST) -> Iterator[ast.With]:
    for child in children(node):
        if isinstance(child, ast.With):
            yield child
        elif not isinstance(child, _FUNCTIONS):
            yield from _outermost(child)


def _move(draft: Draft, block: ast.With, opening: Effect, *, awaits: bool) -> None:
    known = len(block.items) == 1
    moved = move(draft.analysis.node, block, draft.analysis.parents, suppresses=not known)
    if shared := _evaluated_for_later(draft, block):
        moved = f"it evaluates the queryset `{shared}`, which is used outside of it too"
    if awaits:
        moved = "it awaits what it wraps"
    if isinstance(moved, str):
        draft.refuse(block, f"{opening.detail}, and its block cannot move into a function: {moved}")
        draft.threaded |= set(walk(block))
        return
    draft.threaded |= set(walk(block))
    for effect in draft.analysis.effects:
        if effect.node in draft.threaded and effect.what is not What.VALUE:
            draft.sync_calls.update(dict.fromkeys(effect.targets, effect.node))
    draft.bridges += 1
    draft.moved[block] = opening.detail
    draft.add(
        block,
        "sync-block",
        f"{opening.detail}: the block runs whole in one thread hop",
        Confidence.REVIEW,
        function=_free_name(draft, _NAMES[opening.receiver.ref]),
        name=adapter_name(draft),
        first="yes" if _is_first(draft, block) else "",
        **_words(moved),
        typed="yes" if getattr(draft.analysis.node, "returns", None) is not None and not moved.outputs else "",
    )


def _evaluated_for_later(draft: Draft, block: ast.With) -> str:
    """A queryset that the block may fill for the rest of the function, which would not be seen any more."""
    inside = set(walk(block))
    outside = {part.id for part in walk(draft.analysis.node) if isinstance(part, ast.Name) and part not in inside}
    for effect in draft.analysis.effects:
        if effect.what in EVALUATIONS and effect.node in inside:
            over = effect.extra.get("over", effect.node)
            read = (
                {part.id for part in walk(over) if isinstance(part, ast.Name)} if isinstance(over, ast.AST) else set()
            )
            if shared := sorted(read & outside):
                return shared[0]
    return ""


def _is_first(draft: Draft, block: ast.With) -> bool:
    """Whether a block is the first statement where it stands."""
    parent = draft.parent(block)
    bodies = [getattr(parent, name, None) for name in ("body", "orelse", "finalbody")]
    return any(isinstance(body, list) and body[:1] == [block] for body in bodies)


def _words(moved: Move) -> dict[str, str]:
    return {
        "nonlocals": ",".join(moved.nonlocals),
        "outputs": ",".join(moved.outputs),
        "returns": "yes" if moved.returns else "",
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
