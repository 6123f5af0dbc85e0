"""Sites for lazy relations and properties that query."""

from __future__ import annotations

import ast

from amigrate.facts.effects import Effect
from amigrate.facts.lattice import Kind, Type
from amigrate.facts.model_graph import Field
from amigrate.model import Confidence
from amigrate.plan.awaiting import may_await, parens
from amigrate.plan.bridging import adapter_name, bridge_call
from amigrate.plan.context import Draft


def relation(draft: Draft, effect: Effect) -> None:
    """`obj.author`: the id where that is enough, `select_related` on the query it came from, else a bridge."""
    node = effect.node
    found = effect.extra.get("field")
    if isinstance(found, Field) and isinstance(node, ast.Attribute) and _by_id(draft, node, found):
        return
    origins = effect.receiver.origins
    if isinstance(found, Field) and found.kind != "gfk" and origins and _can_select(draft, effect.receiver):
        for place in origins:
            draft.select.setdefault(place, set()).add(str(effect.extra["path"]))
        return
    bridge_attribute(draft, node, f"`.{effect.detail}` loads the relation")


def _by_id(draft: Draft, node: ast.Attribute, found: Field) -> bool:
    """`obj.author.pk` → `obj.author_id`, when the relation cannot be empty and is not used otherwise."""
    parent = draft.parent(node)
    if not isinstance(parent, ast.Attribute) or parent.attr not in ("pk", "id") or not isinstance(parent.ctx, ast.Load):
        return False
    if found.kind not in ("fk", "o2o") or found.nullable or not found.attname:
        return False
    target = draft.context.analyst.graph.models.get(found.target)
    if target is None or not target.complete or _own_key(draft, found.target):
        return False
    if draft.analysis.variables and _read_elsewhere(draft, node):
        return False
    draft.add(parent, "orm-relations", "only the key of the relation is used", op="fk-id", name=found.attname)
    draft.natives += 1
    return True


def _own_key(draft: Draft, model: str) -> bool:
    """Whether a model declares a primary key of its own (a key that is no `id`, or that is itself a relation)."""
    program = draft.context.analyst.program
    for owner in program.linearise(model):
        for _, value in program.classes[owner][1].values if owner in program.classes else ():
            if value and value[0] == "call" and ("primary_key", ("const", True)) in value[3]:
                return True
    return False


def _read_elsewhere(draft: Draft, node: ast.Attribute) -> bool:
    """Whether the same relation of the same object is read for more than its key: then it is loaded anyway."""
    text = ast.unparse(node)
    for other in ast.walk(draft.analysis.node):
        if isinstance(other, ast.Attribute) and other is not node and other.attr == node.attr:
            parent = draft.parent(other)
            key_only = isinstance(parent, ast.Attribute) and parent.attr in ("pk", "id")
            if not key_only and ast.unparse(other) == text:
                return True
    return False


def _can_select(draft: Draft, kind: Type) -> bool:
    """Whether every origin of a value is a query of this function that takes `select_related`."""
    names = {n.attr for n in ast.walk(draft.analysis.node) if isinstance(n, ast.Attribute)}
    if names & {"only", "defer", "union", "intersection", "difference", "select_for_update", "raw"}:
        return False
    return all(place in draft.analysis.origins for place in kind.origins or ())


def bridge_attribute(draft: Draft, node: ast.AST, reason: str) -> None:
    """`obj.name` → `await sync_to_async(getattr)(obj, "name")`."""
    if isinstance(node, ast.Call):  # getattr(obj, "name"), hasattr(obj, "name")
        if may_await(draft, node):
            bridge_call(draft, node, reason, Confidence.REVIEW)
    elif not isinstance(node, ast.Attribute) or not isinstance(node.ctx, ast.Load):
        draft.refuse(node, f"{reason}, where no `await` can stand")
    elif may_await(draft, node):
        draft.bridges += 1
        draft.bridged.add(node)
        name = adapter_name(draft)
        draft.add(node, "orm-relations", reason, Confidence.REVIEW, op="getattr", parens=parens(draft, node), name=name)


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


def property_(draft: Draft, effect: Effect) -> None:
    """A property that queries is read in a thread."""
    if any(draft.context.analyst.blocks(t) for t in effect.targets):
        bridge_attribute(draft, effect.node, f"the property `{effect.detail}` may query the database")
