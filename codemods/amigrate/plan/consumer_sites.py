"""Sites in consumers: what they inherit is awaited, or in a block that stays sync called through `async_to_sync`."""

from __future__ import annotations

import ast

from amigrate.facts.consumer_members import LAYER
from amigrate.facts.effects import Effect, What
from amigrate.facts.lattice import Kind, Type
from amigrate.plan.awaiting import may_await, parens
from amigrate.plan.context import Context, Draft
from amigrate.plan.imported import spelled

CODEMOD = "async-consumers"


def inherited(draft: Draft, effect: Effect) -> None:
    """`self.send(…)` → `await self.send(…)`."""
    node = effect.node
    if not isinstance(node, ast.Call):
        draft.refuse(node, f"`{effect.detail}` is used as a value: in the async form a call of it must be awaited")
        return
    if may_await(draft, node):
        draft.natives += 1
        reason = f"`{effect.detail}` of an async consumer is async"
        draft.add(node, CODEMOD, reason, op="await", parens=parens(draft, node))


def in_thread(draft: Draft, effect: Effect) -> None:
    """`self.send(…)` in a thread → `async_to_sync(self.send)(…)`, which runs on the loop that started the thread."""
    node = effect.node
    if not isinstance(node, ast.Call):
        draft.refuse(node, f"`{effect.detail}` is used as a value: in the async form a call of it must be awaited")
        return
    if "super" in {part.id for part in ast.walk(node.func) if isinstance(part, ast.Name)}:
        draft.refuse(node, f"`super().{effect.detail}` is called in a block that stays sync")
        return
    name = spelled(draft, "asgiref.sync.async_to_sync", "async_to_sync")
    if name is None:
        draft.refuse(node, "`async_to_sync` is the name of something else here", "rename that")
        return
    reason = f"`{effect.detail}` of an async consumer is async, and the block is not"
    draft.add(node, CODEMOD, reason, op="sync", name=name)


def needs_loop(context: Context, target: str) -> bool:
    """Whether a function that stays sync would use what is async on a consumer from then on."""
    seen, stack = {target}, [target]
    while stack:
        for effect in context.analyst.told(stack.pop()).effects:
            if effect.what is What.CONSUMER:
                return True
            stack += [t for t in effect.targets if t not in seen and t in context.analyst.program.functions]
            seen.update(effect.targets)
    return False


def is_layer_method(wrapped: Type | None) -> bool:
    """Whether a type is a method of a channel layer."""
    held = wrapped.item if wrapped is not None and wrapped.kind is Kind.METHOD else None
    return held is not None and held.ref == LAYER
