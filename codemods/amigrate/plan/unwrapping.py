"""Sites for bridges that a project has already: their native form, where there is one.

A bridge stays where it has a reason: what it runs has no async form, loads a relation, holds a transaction, or is given
an executor or a thread of its own.
"""

from __future__ import annotations

import ast
from collections.abc import Callable

from amigrate import django_api
from amigrate.facts.effects import Effect, What
from amigrate.facts.lattice import LAZY, MANAGERS
from amigrate.facts.nodes import walk
from amigrate.plan.backends import PERMISSION_METHODS, function_obstacle, permission_obstacle
from amigrate.plan.context import Draft
from amigrate.plan.evaluation_sites import not_as_django
from amigrate.plan.row_names import target_name
from amigrate.plan.terminal_sites import native_form

_CODEMOD = "unwrap-sync-to-async"
_OWNERS = {What.AUTH: "User", What.CACHE: "Cache", What.SESSION: "Session", What.SIGNAL: "Signal"}
Handle = Callable[[Draft, Effect], None]


def adapted(draft: Draft, effect: Effect, handle: Handle) -> None:
    """`await sync_to_async(Book.objects.get)(pk=1)` → `await Book.objects.aget(pk=1)`.

    Args:
        draft: of the function.
        effect: the call of the adapter's result.
        handle: what handles any other effect.
    """
    node, kind = effect.node, effect.extra["kind"]
    if kind == "thread":
        if node not in draft.opened and (call := draft.parent(node)) is not None:
            draft.bridged.add(call)
    elif not isinstance(node, ast.Call):
        return
    elif kind == "lambda":
        _lambda(draft, node, handle)
    elif kind == "list":
        _list(draft, node, effect)
    elif kind == "method":
        _method(draft, node, effect)


def _await(draft: Draft, node: ast.Call) -> ast.AST:
    parent = draft.parent(node)
    assert parent is not None  # only calls that are awaited at once are reported
    return parent


def _list(draft: Draft, node: ast.Call, effect: Effect) -> None:
    if effect.receiver.locked or not_as_django(draft, effect):
        return
    draft.natives += 1
    reason = "an async comprehension fetches the rows"
    draft.add(_await(draft, node), _CODEMOD, reason, op="list", target=target_name(effect.receiver))


def _method(draft: Draft, node: ast.Call, effect: Effect) -> None:
    effects = effect.extra["effects"]
    assert isinstance(effects, tuple)
    place = _await(draft, node)
    if not effects:
        if effect.receiver.kind in LAZY | MANAGERS:
            draft.add(place, _CODEMOD, f"`{effect.detail}` only builds a queryset", op="plain")
        return
    one: Effect = effects[0]
    if len(effects) > 1 or one.receiver.locked:
        return
    method = ""
    if one.what is What.TERMINAL and isinstance(one.node, ast.Call):
        method = native_form(draft, one, one.node)
    elif one.what in _OWNERS:
        method = django_api.async_name(_OWNERS[one.what], one.detail, draft.context.django) or ""
        if one.what is What.AUTH and one.detail in PERMISSION_METHODS and permission_obstacle(draft.context):
            return
    if method:
        draft.natives += 1
        draft.add(place, _CODEMOD, f"`{method}` is its async form", op="method", method=method)
    elif one.what is What.FUNCTION and isinstance(node.func, ast.Call):
        _function(draft, place, node.func.args[0], one.detail)


def _function(draft: Draft, place: ast.AST, given: ast.expr, name: str) -> None:
    """`await sync_to_async(get_object_or_404)(…)` → `await aget_object_or_404(…)`."""
    found = django_api.async_function(name, draft.context.django)
    facts = draft.context.analyst.program.modules[draft.module]
    module, _, old = name.rpartition(".")
    if function_obstacle(draft.context, name):
        return
    if found is None or not isinstance(given, ast.Name) or given.id != old or dict(facts.imports).get(old) != name:
        return
    draft.natives += 1
    new = found.rpartition(".")[2]
    draft.add(place, _CODEMOD, f"`{new}` is its async form", op="function", module=module, name=new, old=old)


def _lambda(draft: Draft, node: ast.Call, handle: Handle) -> None:
    """`await sync_to_async(lambda: EXPR)()` → EXPR, when all that it waits for has an async form."""
    assert isinstance(node.func, ast.Call)
    function = node.func.args[0]
    assert isinstance(function, ast.Lambda)
    inside = set(walk(function.body))
    effects = [e for e in draft.analysis.effects if e.node in inside]
    trial = Draft(draft.context, draft.analysis, draft.module, draft.converted, draft.twins, opened={function})
    for effect in effects:
        handle(trial, effect)
    together = (What.ADAPTED, What.USER, What.PAGE)  # judged for the function as a whole
    if trial.natives != 1 or trial.bridges or trial.obstacles or trial.generators:
        return
    if any(e.what in together for e in effects):
        return
    draft.opened.add(function)
    draft.bridged.discard(node.func)
    draft.add(_await(draft, node), _CODEMOD, "what it runs has an async form", op="lambda")


def unwrapped_call(draft: Draft, effect: Effect) -> None:
    """`await sync_to_async(load)(pk)` → `await load(pk)`, when `load` becomes async."""
    node = effect.node
    assert isinstance(node, ast.Call)
    converted = [t for t in effect.targets if t in draft.converted]
    if not converted:
        return
    if len(converted) < len(effect.targets):
        draft.refuse(node, f"`{effect.detail}` may run functions of both colours here")
        return
    draft.natives += 1
    draft.add(_await(draft, node), _CODEMOD, f"{converted[0]} becomes async", op="call")
