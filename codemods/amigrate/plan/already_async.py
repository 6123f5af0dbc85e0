"""Functions that give awaitables already: `async def`, and sync ones that a decorator runs in a thread."""

from __future__ import annotations

import ast
from collections.abc import Collection, Iterator, Mapping

from amigrate.discover.project import Role
from amigrate.facts.effects import What
from amigrate.facts.lattice import Kind
from amigrate.facts.nodes import walk
from amigrate.facts.values import decorator_name
from amigrate.model import Confidence, Refusal, Site
from amigrate.plan.context import Context, Draft, Obstacle, span
from amigrate.plan.ignores import is_ignored
from amigrate.plan.partial import native, sure
from amigrate.plan.suggestions import suggest
from amigrate.plan.twin_sites import loops

_CODEMOD = "unwrap-sync-to-async"
_HOPS = 2  # awaited one by one, more queries than that cost more than the one hop of the decorator


def already_async(context: Context) -> tuple[str, ...]:
    """The `async def` functions of the program, whose bodies may be half migrated."""
    program = context.analyst.program
    return tuple(
        name
        for name, (module, function) in program.functions.items()
        if function.is_async and program.roles.get(module.module) is Role.CODE and name not in program.duplicated
    )


def in_thread(context: Context) -> tuple[str, ...]:
    """The functions under `@sync_to_async` or `@database_sync_to_async`, which could await themselves."""
    program = context.analyst.program
    found = []
    for name, (module, function) in program.functions.items():
        if function.is_async or function.is_generator or not function.decorators or name in program.duplicated:
            continue
        if program.roles.get(module.module) is not Role.CODE or not context.analyst.classes.adapter_of(name):
            continue
        others = [n for d in function.decorators if (n := decorator_name(d)) not in ("staticmethod", "classmethod")]
        if len(others) == 1 and not is_ignored(context.ignored, module.path, function.line, _CODEMOD):
            found.append(name)
    return tuple(found)


def stays_in_thread(draft: Draft) -> str:
    """Why a function under an adapter stays as it is, "" when it may await by itself."""
    if draft.bridges or not draft.natives:
        return "it runs in a thread, and what it waits for has only a sync form"
    if _is_block(draft):
        return "it runs a block whole, in one thread hop"
    if draft.natives > _HOPS or loops(draft):
        return "it runs in one thread hop: awaited one by one, its queries would take more"
    return ""


def _is_block(draft: Draft) -> bool:
    """Whether a function stands for one block of the function around it, as those that `sync-block` makes."""
    node = draft.analysis.node
    if not isinstance(node, ast.FunctionDef) or ".<locals>." not in draft.analysis.qualified:
        return False
    own = [part for part in node.body if not isinstance(part, ast.Nonlocal | ast.Return)]
    given = any(isinstance(part, ast.arg) for part in walk(node.args))
    return not given and len(own) == 1 and isinstance(own[0], ast.With | ast.For | ast.While)


def kept_sites(draft: Draft) -> list[Site]:
    """The sites of an `async def` function that are applied."""
    if draft.kept is None:
        draft.kept = native(draft, sure(draft))
    return draft.kept


def unreached(
    drafts: Mapping[str, Draft], converted: frozenset[str], callers: Mapping[str, Collection[tuple[str, ast.AST]]]
) -> dict[str, Obstacle]:
    """The functions that become async and are used where an `async def` function cannot be changed to await them.

    Args:
        drafts: of what is async already.
        converted: what becomes async.
        callers: the scopes and nodes in which each function is called.
    """
    found: dict[str, Obstacle] = {}
    for scope, draft in drafts.items():
        uses = [(t, e.node) for e in draft.analysis.effects if e.what is not What.VALUE for t in e.targets]
        uses += [(e.receiver.ref, e.node) for e in draft.analysis.effects if e.receiver.kind is Kind.GENERATOR]
        uses += [(name, node) for name in converted for place, node in callers.get(name, ()) if place == scope]
        streamed = {e.node for e in draft.analysis.effects if e.what is What.STREAM}  # async generators as well
        uses = [use for use in uses if use[0] in converted and use[1] not in streamed]
        places = {site.span for site in kept_sites(draft)} if uses else set()
        for name, node in uses:
            around = (node, draft.parent(node))
            if not any(span(n) in places for n in around if isinstance(n, ast.expr | ast.stmt)):
                where = f"{draft.analysis.path}:{getattr(node, 'lineno', 0)}"
                reason = f"it is used in {where}, in async code that cannot be changed there"
                found.setdefault(name, Obstacle(ast.Pass(), reason))
    return found


def definition(context: Context, name: str, draft: Draft) -> Site:
    """The `def` under the adapter."""
    decorator = context.analyst.classes.adapter_of(name)
    node = draft.analysis.node
    params = (("op", "definition"), ("decorator", decorator))
    reason = "it can await what it ran in a thread"
    return Site(span(node), type(node).__name__, _CODEMOD, params, "", name, reason, Confidence.SAFE)


def left(context: Context, drafts: Mapping[str, Draft]) -> Iterator[Refusal]:
    """What blocks the event loop in code that is async already, and was left.

    What merely may block is of interest where a view, or a function that is changed, does it: other async code works.
    """
    routed = {r.view for r in context.routes} | context.entries
    for name, draft in drafts.items():
        doubts = {e.detail for e in draft.analysis.effects if e.what is What.DOUBT}
        told = name in routed or bool(kept_sites(draft))
        first = next((o for o in draft.obstacles if told or (o.reason not in doubts and draft.sites)), None)
        if first is not None:
            line = first.line or context.analyst.program.functions[name][1].line
            reason = f"it is async already; not changed here: {first.reason}"
            suggestion = first.suggestion or suggest(first.reason)
            yield Refusal(draft.analysis.path, line, name, "async-functions", reason, suggestion)
