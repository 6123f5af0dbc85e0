"""One function under one assumption: its sites, and what stands in the way."""

from __future__ import annotations

import ast
from collections.abc import Callable, Collection, Container, Mapping

from amigrate.facts.effects import EVALUATIONS, Effect, What
from amigrate.facts.view_classes import GUARDING
from amigrate.model import Confidence
from amigrate.plan import (
    call_sites,
    consumer_sites,
    deferring,
    either_sites,
    evaluation_sites,
    iteration_sites,
    lazy_sites,
    page_sites,
    relation_sites,
    selecting,
    session_sites,
    stream_sites,
    terminal_sites,
    test_sites,
    text_sites,
    twin_sites,
    unwrapping,
    user_sites,
    with_sites,
)
from amigrate.plan.awaiting import may_await, parens
from amigrate.plan.bridging import adapter_name, bridge_call, merge_bridges
from amigrate.plan.cancelling import flag_writes
from amigrate.plan.context import Context, Draft
from amigrate.plan.loops import slow_loops
from amigrate.plan.sync_blocks import move_blocks

Handler = Callable[[Draft, Effect], None]


def _doubt(draft: Draft, effect: Effect) -> None:
    draft.refuse(effect.node, effect.detail)


_EARLY: Mapping[What, Handler] = {  # what is bridged must be known before what is handed to it is judged
    What.EITHER: either_sites.either,
    What.CALL: call_sites.call,
    What.CONSTRUCT: call_sites.construct,
    What.BRIDGE: call_sites.bridge,
    What.FUNCTION: call_sites.function,
}
_HANDLERS: Mapping[What, Handler] = {
    What.TERMINAL: terminal_sites.terminal,
    What.ITERATOR: iteration_sites.iterator,
    What.ITERATE: iteration_sites.iterate,
    What.CONSUME: evaluation_sites.consume,
    What.TRUTH: evaluation_sites.truth,
    What.LENGTH: evaluation_sites.length,
    What.CONTAINS: evaluation_sites.contains,
    What.INDEX: evaluation_sites.index,
    What.RELATION: relation_sites.relation,
    What.PROPERTY: relation_sites.property_,
    What.SESSION: session_sites.session,
    What.CACHE: call_sites.cache,
    What.AUTH: call_sites.auth,
    What.SIGNAL: call_sites.signal,
    What.TEXT: text_sites.text,
    What.CLIENT: test_sites.client,
    What.WITH: with_sites.entering,
    What.VALUE: call_sites.value,
    What.EACH: lazy_sites.each,
    What.STREAM: stream_sites.stream,
    What.DELEGATE: iteration_sites.delegate,
    What.CONSUMER: consumer_sites.inherited,
    What.DOUBT: _doubt,
    What.PIN: _doubt,
}


def draft_function(
    context: Context,
    qualified: str,
    converted: Container[str],
    twins: Container[str] = frozenset(),
    awaited: Collection[ast.Call] = (),
    given: Collection[ast.Call] = (),
) -> Draft:
    """The draft of a function when exactly the functions of `converted` become async, and those of `twins` get one.

    The calls in `awaited` are awaited as they are: those of what a decorator or a middleware wraps. Those in
    `given` call what a decorator was given, which is sync and not known: they run in a thread.
    """
    draft = _draft(context, qualified, converted, twins, awaited, given)
    loops = {*draft.row_loops, *slow_loops(draft)}
    if not loops or isinstance(
        draft.analysis.node, ast.AsyncFunctionDef
    ):  # how async code waits is its author's choice
        return draft
    other = _draft(context, qualified, converted, twins, awaited, given, loops)
    return other if other.moved.keys() & loops and len(other.obstacles) <= len(draft.obstacles) else draft


def _draft(
    context: Context,
    qualified: str,
    converted: Container[str],
    twins: Container[str],
    awaited: Collection[ast.Call],
    given: Collection[ast.Call],
    loops: Collection[ast.For | ast.While] = (),
) -> Draft:
    """The draft in which the `loops` that can run whole in a thread."""
    analysis = context.analyst.analyse(qualified)
    module = context.analyst.program.functions[qualified][0].module
    draft = Draft(context, analysis, module, converted, twins)
    move_blocks(draft, awaited, loops)
    effects = [e for e in analysis.effects if e.node not in awaited and e.node not in given]
    for call in awaited:
        if call in draft.threaded:
            inside = "a block that stays sync, such as that of transaction.atomic, which has no async form"
            draft.refuse(call, f"`{ast.unparse(call.func)}` is called in {inside}")
        elif may_await(draft, call):
            draft.natives += 1
            draft.add(call, "async-calls", f"`{ast.unparse(call.func)}` is async here", parens=parens(draft, call))
    for call in given:
        if call not in draft.threaded and may_await(draft, call):
            bridge_call(draft, call, f"`{ast.unparse(call.func)}` may be any sync function", Confidence.REVIEW)
    for effect in effects:
        if effect.what is What.ADAPTED:
            unwrapping.adapted(draft, effect, _handle)
    late = [e for e in effects if e.what is What.CONSUME and e.detail in ("map", "filter")]
    ordered = (*(e for e in effects if e not in late), *late)
    for early in (True, False):
        for effect in ordered:
            if effect.what is What.CONSUMER and not early and _in_thread(draft, effect.node):
                consumer_sites.in_thread(draft, effect)
            if (effect.what in _EARLY) is not early or _in_thread(draft, effect.node):
                continue
            if early or not either_sites.is_listed(draft, effect):
                _handle(draft, effect)
    user_sites.request_user(draft, [e for e in effects if e.what is What.USER and e.node not in draft.threaded])
    page_sites.pages(draft, [e for e in effects if e.what is What.PAGE and not _in_thread(draft, e.node)])
    lazy_sites.flush_lazy(draft)
    iteration_sites.flush_comprehensions(draft)
    iteration_sites.flush_delegates(draft)
    with_sites.flush_withs(draft)
    selecting.flush_selects(draft)
    deferring.flush_fields(draft)
    merge_bridges(draft)
    twin_sites.flush_imports(draft)
    flag_writes(draft)
    _one_rewrite_a_node(draft)
    if not GUARDING.isdisjoint(context.analyst.program.externals(qualified.rpartition(".")[0])):
        adapter_name(draft)  # for the dispatch of its class
    return draft


def _handle(draft: Draft, effect: Effect) -> None:
    """One effect: its sites or obstacles."""
    handler = _EARLY.get(effect.what) or _HANDLERS.get(effect.what)
    if handler is None:
        return
    if effect.receiver.locked and effect.what in EVALUATIONS:
        draft.refuse(effect.node, "select_for_update needs a transaction, which has no async form")
    elif effect.what in EVALUATIONS and (reason := evaluation_sites.not_as_django(draft, effect)):
        draft.refuse(effect.node, reason)
    else:
        handler(draft, effect)


def _in_thread(draft: Draft, node: ast.AST) -> bool:
    """Whether a node runs in a bridge's thread: in a block that does, or inside a lambda that a bridged call gets."""
    if node in draft.threaded:
        return True
    child, parent = node, draft.parent(node)
    while parent is not None and parent is not draft.analysis.node:
        if isinstance(child, ast.Lambda):
            holder: ast.AST | None = parent
            while isinstance(holder, ast.keyword):
                holder = draft.parent(holder)
            if holder in draft.bridged:
                return True
        child, parent = parent, draft.parent(parent)
    return False


def _one_rewrite_a_node(draft: Draft) -> None:
    """Two codemods that both await the same node would contradict each other: the function is left alone."""
    seen: dict[tuple[object, str], str] = {}
    for site in draft.sites:
        if site.codemod in ("async-views", "async-functions") or site.param("op") in (
            "select-related",
            "load-fields",
            "assign",
            "load",
            "iterator",  # what is made a list of is then `aiterator()`
        ):
            continue
        key = (site.span, site.node)
        if key in seen and seen[key] != site.codemod:
            draft.refuse(_Place(site.span.line), f"{seen[key]} and {site.codemod} both apply to one expression")
        seen[key] = site.codemod


class _Place(ast.AST):
    """A line to point at."""

    def __init__(self, lineno: int) -> None:
        super().__init__()
        self.lineno = lineno
