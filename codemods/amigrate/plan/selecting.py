"""`select_related` on the queries of a function, for what is read from their rows later."""

from __future__ import annotations

import ast
from collections.abc import Collection

from amigrate.facts.lattice import Kind, Position, Type
from amigrate.facts.nodes import walk
from amigrate.facts.writes import ANYTHING, written
from amigrate.plan.context import Draft

_CONTRADICTING = frozenset({"only", "defer", "union", "intersection", "difference", "select_for_update", "raw"})


def can_select(draft: Draft, kind: Type, paths: Collection[str]) -> bool:
    """Whether every origin of a value is a query of this function that takes `select_related` of these paths."""
    names = {n.attr for n in walk(draft.analysis.node) if isinstance(n, ast.Attribute)}
    if names & _CONTRADICTING:
        return False
    places = kind.origins or frozenset()
    full = [f"{kind.path}__{path}" if kind.path else path for path in paths]
    return bool(places) and all(
        p in draft.analysis.origins and not draft.analysis.origins[p][1].deferred and not _outdated(draft, p, full)
        for p in places
    )


def _outdated(draft: Draft, place: Position, paths: Collection[str]) -> bool:
    """Whether the related rows may change after the query that would load them: read later they would be others."""
    related: set[str] = set()
    for path in paths:
        model = draft.analysis.origins[place][1].ref
        for name in path.split("__"):
            found = draft.context.analyst.graph.field(model, name)
            model = found.target if found is not None else ""
            related.add(model)
    return changed_after(draft, place, related)


def changed_after(draft: Draft, place: Position, models: Collection[str]) -> bool:
    """Whether rows of these models may change after the expression at `place` was evaluated."""
    analyst = draft.context.analyst
    return any(
        not _over_before(draft, effect.node, place) and (ANYTHING in changed or not changed.isdisjoint(models))
        for effect in draft.analysis.effects
        if (changed := written(analyst, effect))
    )


def _over_before(draft: Draft, node: ast.AST, place: Position) -> bool:
    """Whether a node is evaluated for the last time before the expression at `place`: above it, and in no loop."""
    if getattr(node, "lineno", 0) >= place[0]:
        return False
    while node is not draft.analysis.node:
        parent = draft.parent(node)
        if parent is None or isinstance(parent, ast.For | ast.While):
            return False
        node = parent
    return True


def select(draft: Draft, kind: Type, paths: Collection[str]) -> None:
    """Asks for relations of an instance to be loaded by the queries it came from."""
    prefix = f"{kind.path}__" if kind.path else ""
    for place in (kind.origins or ()) if paths else ():
        draft.select.setdefault(place, set()).update(prefix + path for path in paths)


def flush_selects(draft: Draft) -> None:
    """Writes one `select_related` site for each query, without the paths that longer ones imply."""
    for place, paths in draft.select.items():
        node, kind = draft.analysis.origins[place]
        kept = sorted(p for p in paths if not any(o.startswith(f"{p}__") for o in paths))
        manager = ""
        if kind.kind is Kind.MODEL:
            model = draft.context.analyst.graph.models.get(kind.ref)
            manager = model.default_manager if model else "objects"
        reason = f"{', '.join(f'`{p}`' for p in kept)} would be loaded lazily later"
        draft.natives += 1
        draft.add(node, "orm-relations", reason, op="select-related", fields=",".join(kept), manager=manager)
