"""Sites for calls: of the project's functions, of Django's functions with an async form, of what must be bridged."""

from __future__ import annotations

import ast

from amigrate import django_api
from amigrate.facts.effects import Effect, What
from amigrate.facts.lattice import Kind, Type
from amigrate.facts.nodes import walk
from amigrate.facts.self_paths import missing_paths
from amigrate.model import Confidence
from amigrate.plan.adapted_names import await_name
from amigrate.plan.awaiting import may_await, parens
from amigrate.plan.backends import PERMISSION_METHODS, function_obstacle, permission_obstacle
from amigrate.plan.bridging import bridge_call, bridge_expression
from amigrate.plan.callbacks import only_called_elsewhere
from amigrate.plan.consumer_sites import is_layer_method, needs_loop
from amigrate.plan.context import Draft
from amigrate.plan.deferring import load_field
from amigrate.plan.rendering import async_render, kept_template, render_of_loaded, response_render
from amigrate.plan.selecting import can_select, select
from amigrate.plan.sleeping import SLEEP, sleeps
from amigrate.plan.test_cases import uses_client
from amigrate.plan.twin_sites import await_twin
from amigrate.plan.unwrapping import unwrapped_call
from amigrate.plan.uses import RENAMED, function_uses

# methods that keep a function for later, or run it in another thread
_LATER = frozenset({"connect", "disconnect", "register", "run_in_executor", "to_thread", "submit"})
_SHORTCUTS = ("django.shortcuts.", "django.db.models.")


def call(draft: Draft, effect: Effect) -> None:
    """A call of functions of the project: awaited when they become async, bridged when they may block."""
    node = effect.node
    assert isinstance(node, ast.Call)
    if effect.extra.get("adapted"):
        unwrapped_call(draft, effect)
        return
    targets = _targets_at(draft, node)
    converted = [t for t in targets if t in draft.converted]
    if effect.extra.get("mixed"):
        if converted or blocking_target(draft, effect):
            draft.refuse(node, f"`{effect.detail}` may be a function that queries, or something else")
        return
    if converted:
        if len(converted) < len(targets):
            draft.refuse(node, f"`{effect.detail}` may run functions of both colours here")
        elif isinstance(draft.parent(node), ast.Await):
            draft.refuse(node, f"what `{effect.detail}` gives is awaited here already")
        elif may_await(draft, node):
            draft.natives += 1
            method = RENAMED.get(effect.detail, "") if effect.extra.get("is_super") else ""
            reason = f"{converted[0]} becomes async"
            draft.add(node, "async-calls", reason, parens=parens(draft, node), method=method)
        return
    blocking = blocking_target(draft, effect)
    if not blocking or await_twin(draft, effect):
        return
    if draft.context.tests and uses_client(draft.context, blocking):
        draft.refuse(node, f"{blocking} uses the sync client and stays sync: its cookies are not those of this test")
        return
    if needs_loop(draft.context, blocking):
        draft.refuse(node, f"{blocking} sends through the consumer, and stays sync", about=(blocking,))
        return
    if not keeps_user(draft, effect) and may_await(draft, node):
        bridge_call(draft, node, f"{blocking} may block and stays sync")


def _targets_at(draft: Draft, node: ast.Call) -> list[str]:
    """All functions of the project that a call may run, whatever its receiver is."""
    calls = (e for e in draft.analysis.effects if e.what is What.CALL and e.node is node)
    return list(dict.fromkeys(target for e in calls for target in e.targets))


def blocking_target(draft: Draft, effect: Effect) -> str:
    """The first target that may block, "" when none does.

    A method that only reads relations of its instance does not block where they are loaded, or can be.
    """
    analyst = draft.context.analyst
    for target in effect.targets:
        if not analyst.blocks(target):
            continue
        missing = missing_paths(analyst, target, effect.receiver)
        if missing is None or (missing and not can_select(draft, effect.receiver, missing)):
            return target
        select(draft, effect.receiver, missing)
    return ""


def keeps_user(draft: Draft, effect: Effect) -> bool:
    """Whether a bridged function hands on `request.user` as it is: reading that alone does not load the user."""
    for target in effect.targets:
        if not any(effect.what is What.USER for effect in draft.context.analyst.told(target).effects):
            continue
        analysis = draft.context.analyst.analyse(target)
        for one in analysis.effects:
            parent = analysis.parents.get(one.node) if one.what is What.USER else None
            stored = isinstance(parent, ast.Assign) and not all(isinstance(t, ast.Name) for t in parent.targets)
            if stored or isinstance(parent, ast.Return | ast.Dict | ast.List | ast.Tuple):
                draft.refuse(effect.node, f"{target} hands on request.user, which is not loaded by that")
                return True
    return False


def construct(draft: Draft, effect: Effect) -> None:
    """An object whose `__init__` may block is built in a thread."""
    blocking = blocking_target(draft, effect)
    if blocking and keeps_user(draft, effect):
        return
    if blocking and isinstance(effect.node, ast.Call) and may_await(draft, effect.node):
        bridge_call(draft, effect.node, f"{blocking} may block")


def bridge(draft: Draft, effect: Effect) -> None:
    """A call without an async form."""
    node = effect.node
    if effect.extra.get("listed"):
        assert isinstance(node, ast.expr)
        if may_await(draft, node):
            bridge_expression(draft, node, effect.detail, op="list")
        return
    if isinstance(node, ast.Attribute) or effect.extra.get("attribute"):
        from amigrate.plan.relation_sites import bridge_attribute

        if load_field(draft, effect):
            return
        if "reads" in effect.extra:  # by the queries of the related manager, not when it is made
            draft.refuse(node, effect.detail, "let the query load that field, too")
        else:
            bridge_attribute(draft, node, effect.detail)
        return
    assert isinstance(node, ast.Call)
    partial = effect.extra.get("partial")
    if isinstance(partial, str):
        _partial(draft, node, partial, effect.receiver.item)
        return
    if not may_await(draft, node):
        return
    if effect.extra.get("function") == SLEEP and sleeps(draft, node):
        return
    if effect.extra.get("whole"):
        _whole(draft, node, effect.detail)
        return
    render = bool(effect.extra.get("render"))
    draft.rendering += render
    if render and (async_render(draft, node, effect.detail) or response_render(draft, node, effect.detail)):
        return
    if draft.context.runtime and (render_of_loaded(draft, node, effect.detail) or kept_template(draft, node, effect)):
        return
    confidence = Confidence.SAFE if render or effect.detail.startswith("django.") else Confidence.REVIEW
    bridge_call(draft, node, effect.detail, confidence, "render-bridge" if render else "sync-bridge")


def _whole(draft: Draft, node: ast.Call, reason: str) -> None:
    """A call whose arguments wait too: the whole expression runs in the thread."""
    inside = {part for part in walk(node) if part is not node}
    if any(e.node in inside and not e.extra.get("quiet") for e in draft.analysis.effects):
        draft.refuse(node, f"{reason}, and its arguments query by themselves", "give them names in lines of their own")
        return
    bridge_expression(draft, node, reason, op="lambda")


def _partial(draft: Draft, node: ast.Call, target: str, wrapped: Type | None) -> None:
    if target == "async_to_sync":
        plain = isinstance(node.func, ast.Call) and len(node.func.args) == 1 and not node.func.keywords
        known = wrapped is not None and draft.context.analyst.classes.is_async(wrapped.ref)
        if plain and (known or is_layer_method(wrapped)):
            if may_await(draft, node):
                draft.natives += 1
                draft.add(node, "async-calls", "it is async itself", op="unwrap", parens=parens(draft, node))
            return
        if (known or is_layer_method(wrapped)) and await_name(draft, node):
            return
        draft.refuse(node, "async_to_sync cannot run where a loop runs", "await the async function itself")
    elif draft.context.analyst.blocks(target) and may_await(draft, node):
        bridge_call(draft, node, f"{target} may block and stays sync")


def function(draft: Draft, effect: Effect) -> None:
    """`get_object_or_404(…)` → `await aget_object_or_404(…)`, where the target Django has it."""
    node, name = effect.node, effect.detail
    assert isinstance(node, ast.Call)
    if not may_await(draft, node):
        return
    found = django_api.async_function(name, draft.context.django)
    if found is None and name == "django.db.models.prefetch_related_objects":
        inner = django_api.async_function("django.db.models.query.prefetch_related_objects", draft.context.django)
        found = "django.db.models.aprefetch_related_objects" if inner else None
    module, _, old = name.rpartition(".")
    called = node.func.id if isinstance(node.func, ast.Name) else getattr(node.func, "attr", "")
    if reason := function_obstacle(draft.context, name):
        bridge_call(draft, node, reason)
        return
    if found is None or called != old or not _imported_from(draft, node, name):
        short = name.rpartition(".")[2]
        bridge_call(draft, node, f"Django {draft.context.django} has no async form of {short}")
        return
    draft.natives += 1
    codemod = "orm-shortcuts" if name.startswith(_SHORTCUTS) else "async-auth"
    new = found.rpartition(".")[2]
    draft.add(
        node, codemod, f"{name} queries the database", module=module, name=new, old=old, parens=parens(draft, node)
    )


def _imported_from(draft: Draft, node: ast.Call, name: str) -> bool:
    """Whether the name called is imported from Django itself, so that its async form can be imported beside it."""
    facts = draft.context.analyst.program.modules[draft.module]
    if isinstance(node.func, ast.Name):
        return dict(facts.imports).get(node.func.id) == name
    return isinstance(node.func, ast.Attribute)


def auth(draft: Draft, effect: Effect) -> None:
    """`user.has_perm(…)` → `await user.ahas_perm(…)`."""
    node = effect.node
    assert isinstance(node, ast.Call)
    if not may_await(draft, node):
        return
    found = django_api.async_name("User", effect.detail, draft.context.django)
    if found and effect.detail in PERMISSION_METHODS and (reason := permission_obstacle(draft.context)):
        bridge_call(draft, node, reason)
        return
    if found is None:
        bridge_call(draft, node, f"Django {draft.context.django} has no async form of User.{effect.detail}")
        return
    draft.natives += 1
    reason = f"User.{effect.detail} queries the database"
    draft.add(node, "async-auth", reason, op="method", method=found, parens=parens(draft, node))


def signal(draft: Draft, effect: Effect) -> None:
    """`done.send(…)` → `await done.asend(…)` from Django 5.0: sync receivers still run in a thread, all in one hop."""
    node = effect.node
    assert isinstance(node, ast.Call)
    if not may_await(draft, node):
        return
    found = django_api.async_name("Signal", effect.detail, draft.context.django)
    if found is None or not isinstance(node.func, ast.Attribute):
        bridge_call(draft, node, f"Django {draft.context.django} has no async form of Signal.{effect.detail}")
        return
    draft.natives += 1
    reason = "the receivers may query the database, or be async"
    draft.add(node, "async-signals", reason, method=found, parens=parens(draft, node))


def cache(draft: Draft, effect: Effect) -> None:
    """`cache.get(…)` → `await cache.aget(…)`."""
    node = effect.node
    if isinstance(node, ast.Compare):
        _in_cache(draft, node, alone=bool(effect.extra["alone"]))
        return
    assert isinstance(node, ast.Call)
    if not may_await(draft, node):
        return
    found = django_api.async_name("Cache", effect.detail, draft.context.django)
    if found is None:
        bridge_call(draft, node, f"Django {draft.context.django} has no async form of cache.{effect.detail}")
        return
    draft.natives += 1
    draft.add(node, "async-cache", "the cache may be a network away", method=found, parens=parens(draft, node))


def _in_cache(draft: Draft, node: ast.Compare, *, alone: bool) -> None:
    """`key in cache` → `await cache.ahas_key(key)`."""
    if not alone:
        draft.refuse(node, "`in cache` in a chained comparison reads the cache")
    elif may_await(draft, node):
        from amigrate.plan.evaluation_sites import compare_parens

        draft.natives += 1
        reason = "the cache may be a network away"
        draft.add(node, "async-cache", reason, op="contains", method="ahas_key", parens=compare_parens(draft, node))


def value(draft: Draft, effect: Effect) -> None:
    """A function used as a value: harmless when it does not block, or when only a thread calls it."""
    classes = draft.context.analyst.classes
    if effect.targets and all(classes.is_async(t) for t in effect.targets):
        return  # whoever calls it gets an awaitable
    if effect.targets and not any(
        function_uses(draft.context, target, draft.analysis.qualified, effect.node)[1] for target in effect.targets
    ):
        return  # it is awaited, bridged or an obstacle where it is called
    blocking = blocking_target(draft, effect)
    if not effect.targets and effect.receiver.kind is Kind.PARTIAL:
        blocking = "the callable given" if _lambda_blocks(draft, effect.node) else ""
    if not blocking:
        return
    child: ast.AST = effect.node
    parent = draft.parent(child)
    while isinstance(parent, ast.keyword | ast.Starred | ast.Dict | ast.List | ast.Tuple):
        child, parent = parent, draft.parent(parent)
    if parent in draft.bridged:
        return
    attribute = parent.func if isinstance(parent, ast.Call) else None
    if isinstance(attribute, ast.Attribute) and attribute.attr in _LATER:
        return
    if isinstance(effect.node, ast.Name) and effect.targets and only_called_elsewhere(draft, effect.node):
        return
    draft.refuse(effect.node, f"{blocking} may block, and is handed over where it would be called on the event loop")


def _lambda_blocks(draft: Draft, node: ast.AST) -> bool:
    inside = set(walk(node))
    return any(e.node in inside and e.node is not node for e in draft.analysis.effects)
