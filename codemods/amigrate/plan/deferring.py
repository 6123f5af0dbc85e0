"""Fields that `only()` or `defer()` keeps out of a query and that the function reads: the query loads them as well.

Django loads such a field with a query of its own, on attribute access (docs: QuerySet.defer). Loaded before, it is
also written by a later `save()`, so the row may be used for nothing but its attributes.
"""

from __future__ import annotations

import ast

from amigrate.facts.effects import Effect
from amigrate.facts.lattice import Kind, Position
from amigrate.facts.nodes import walk
from amigrate.plan.context import Draft
from amigrate.plan.selecting import changed_after


def load_field(draft: Draft, effect: Effect) -> bool:
    """Asks the queries of a row for a field that they leave out; False where it has to be loaded later."""
    node = effect.node
    if not isinstance(node, ast.Attribute) or not isinstance(node.value, ast.Name):
        return False
    origins = effect.receiver.origins or frozenset()
    name = node.value.id
    if not origins or effect.receiver.path or not _only_read(draft, name):
        return False
    calls = {place: _narrowing(draft, place) for place in origins}
    if any(call is None or _written(draft, place) for place, call in calls.items()):
        return False
    for place in origins:
        left_out = draft.analysis.origins[place][1].without
        read = str(effect.extra.get("reads", node.attr))
        relation = read.removesuffix("_id")
        draft.fields.setdefault(place, set()).add(relation if relation in left_out else read)
    return True


def _only_read(draft: Draft, name: str) -> bool:
    """Whether a variable is used for nothing but attributes of it that are read, outside functions of their own."""
    for part in walk(draft.analysis.node):
        if isinstance(part, ast.Name) and part.id == name and not isinstance(part.ctx, ast.Store):
            user = draft.parent(part)
            if not isinstance(user, ast.Attribute) or not isinstance(user.ctx, ast.Load):
                return False
            call = draft.parent(user)
            if isinstance(call, ast.Call) and call.func is user:
                return False
    return True


def _narrowing(draft: Draft, place: Position) -> ast.Call | None:
    """The one call in the query at `place` that leaves fields out, when it names them all."""
    node, kind = draft.analysis.origins[place]
    found: list[ast.Call] = []
    while isinstance(node, ast.Call) and isinstance(node.func, ast.Attribute):
        if node.func.attr in ("only", "defer"):
            found.append(node)
        node = node.func.value
    if len(found) != 1 or kind.kind is not Kind.QUERYSET or kind.rows != "model" or found[0].keywords:
        return None
    names = [arg.value for arg in found[0].args if isinstance(arg, ast.Constant) and isinstance(arg.value, str)]
    only = getattr(found[0].func, "attr", "") == "only"
    expected = (frozenset(names), frozenset[str]()) if only else (frozenset[str](), frozenset(names))
    return found[0] if len(names) == len(found[0].args) and (kind.only, kind.without) == expected else None


def _written(draft: Draft, place: Position) -> bool:
    """Whether the row may change after the query: read later, the field would be another."""
    return changed_after(draft, place, {draft.analysis.origins[place][1].ref})


def flush_fields(draft: Draft) -> None:
    """Writes one site for each query."""
    for place, names in draft.fields.items():
        call = _narrowing(draft, place)
        assert call is not None  # or nothing was asked of it
        fields = sorted(names)
        reason = f"{', '.join(f'`{name}`' for name in fields)} would be loaded by another query later"
        draft.natives += 1
        draft.add(call, "orm-relations", reason, op="load-fields", fields=",".join(fields))
