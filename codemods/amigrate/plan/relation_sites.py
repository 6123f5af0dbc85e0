"""Sites for lazy relations and properties that query."""

from __future__ import annotations

import ast

from amigrate.facts.effects import Effect
from amigrate.facts.model_fields import Field
from amigrate.model import Confidence
from amigrate.plan.awaiting import may_await, parens
from amigrate.plan.bridging import adapter_name, bridge_call, once_a_row
from amigrate.plan.call_sites import blocking_target, keeps_user
from amigrate.plan.context import Draft
from amigrate.plan.selecting import can_select, select


def relation(draft: Draft, effect: Effect) -> None:
    """`obj.author`: the id where that is enough, `select_related` on the query it came from, else a bridge."""
    node = effect.node
    found = effect.extra.get("field")
    if isinstance(found, Field) and isinstance(node, ast.Attribute) and _by_id(draft, node, found):
        return
    if isinstance(found, Field) and found.kind != "gfk" and can_select(draft, effect.receiver, {effect.detail}):
        select(draft, effect.receiver, {effect.detail})
        return
    bridge_attribute(draft, node, f"`.{effect.detail}` loads the relation")


def _by_id(draft: Draft, node: ast.Attribute, found: Field) -> bool:
    """`obj.author.pk` → `obj.author_id`, when the relation cannot be empty."""
    parent = draft.parent(node)
    if not isinstance(parent, ast.Attribute) or parent.attr not in ("pk", "id") or not isinstance(parent.ctx, ast.Load):
        return False
    if found.kind not in ("fk", "o2o") or found.nullable or not found.attname:
        return False
    target = draft.context.analyst.graph.models.get(found.target)
    if target is None or not target.complete or _own_key(draft, found.target):
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


def bridge_attribute(draft: Draft, node: ast.AST, reason: str) -> None:
    """`obj.name` → `await sync_to_async(getattr)(obj, "name")`."""
    if isinstance(node, ast.Call):  # getattr(obj, "name"), hasattr(obj, "name")
        if may_await(draft, node):
            bridge_call(draft, node, reason, Confidence.REVIEW)
    elif not isinstance(node, ast.Attribute) or not isinstance(node.ctx, ast.Load):
        draft.refuse(node, f"{reason}, where no `await` can stand")
    elif may_await(draft, node) and not once_a_row(draft, node):
        draft.bridges += 1
        draft.bridged.add(node)
        name, before = adapter_name(draft), len(draft.sites)
        draft.add(node, "orm-relations", reason, Confidence.REVIEW, op="getattr", parens=parens(draft, node), name=name)
        if len(draft.sites) > before:
            draft.chains[node] = draft.sites[-1]


def property_(draft: Draft, effect: Effect) -> None:
    """A property that queries is read in a thread."""
    if blocking_target(draft, effect) and not keeps_user(draft, effect):
        bridge_attribute(draft, effect.node, f"the property `{effect.detail}` may query the database")
