"""Sites for what runs through querysets and generators: loops, comprehensions, `iterator()`, `yield from`."""

from __future__ import annotations

import ast

from amigrate.facts.effects import Effect
from amigrate.facts.lattice import Kind
from amigrate.facts.nodes import walk
from amigrate.model import Confidence
from amigrate.plan.awaiting import make_list, may_await
from amigrate.plan.context import Draft
from amigrate.plan.generator_sites import generator_is_async
from amigrate.plan.stream_sites import REASON, streamed


def iterator(draft: Draft, effect: Effect) -> None:
    """`qs.iterator()` → `qs.aiterator()` under an `async for`."""
    node = effect.node
    assert isinstance(node, ast.Call)
    sizes = [k.value for k in node.keywords if k.arg == "chunk_size"] + node.args
    if any(isinstance(s, ast.Constant) and s.value is None for s in sizes):
        draft.refuse(node, "aiterator() does not take chunk_size=None")
    elif effect.receiver.kind is Kind.RAW:
        draft.refuse(node, "raw queries have no aiterator()", "leave out iterator()")
    elif effect.receiver.rows == "values_list":
        # ValuesListIterable.__iter__ is no generator: it executes the query where it is called, which is on the loop
        draft.refuse(node, "aiterator() after values_list() queries on the event loop", "leave out iterator()")
    elif effect.receiver.prefetching and draft.context.django_version < (5, 0):
        draft.refuse(node, "aiterator() after prefetch_related() needs Django 5.0")
    elif effect.receiver.prefetching and not sizes:
        # iterator() raises ValueError there since Django 5.0; aiterator() has a default size
        draft.refuse(node, "iterator() after prefetch_related() needs a chunk_size")
    elif not isinstance(draft.parent(node), ast.For | ast.comprehension | ast.Call):
        draft.refuse(node, "an iterator that is kept cannot become an async one here")
    else:
        draft.add(node, "orm-iteration", "QuerySet.iterator queries the database", op="iterator")


def iterate(draft: Draft, effect: Effect) -> None:
    """`for x in qs` → `async for`, in statements and comprehensions."""
    host, over = effect.node, effect.extra["over"]
    assert isinstance(over, ast.expr)
    if effect.receiver.kind is Kind.GENERATOR and not generator_is_async(draft, effect.receiver, over):
        return
    reason = "iterating the queryset queries the database"
    if isinstance(host, ast.For):
        if may_await(draft, host):
            draft.natives += 1
            draft.add(host, "orm-iteration", reason)
        return
    if isinstance(host, ast.YieldFrom):
        statement = draft.parent(host)
        if isinstance(statement, ast.Expr) and may_await(draft, host):
            draft.natives += 1
            draft.delegates[statement] = True
        return
    if not may_await(draft, host):
        return
    clause = effect.extra["clause"]
    assert isinstance(clause, int)
    if isinstance(host, ast.GeneratorExp):
        if not make_list(draft, host):
            return
        draft.generators.setdefault(host, set()).add(clause)
    else:
        assert isinstance(host, ast.ListComp | ast.SetComp | ast.DictComp)
        draft.comprehensions.setdefault(host, set()).add(clause)
    draft.natives += 1


def flush_comprehensions(draft: Draft) -> None:
    """Writes one site for each comprehension, with all its async clauses."""
    reason = "iterating the queryset queries the database"
    for host, clauses in draft.comprehensions.items():
        draft.add(host, "orm-iteration", reason, clauses=",".join(map(str, sorted(clauses))))
    for generator, clauses in draft.generators.items():
        lazy = draft.parent(generator) in draft.stops or isinstance(
            draft.parent(generator), ast.For | ast.comprehension
        )
        if lazy and not clauses:
            continue
        if streamed(draft, generator):
            if not clauses:
                continue  # what it awaits makes it async
            chosen = ",".join(map(str, sorted(clauses)))
            draft.add(generator, "orm-iteration", REASON, Confidence.REVIEW, clauses=chosen)
            continue
        why = reason if clauses else "an async generator expression cannot be consumed by sync code"
        chosen = ",".join(map(str, sorted(clauses)))
        draft.add(generator, "orm-iteration", why, clauses=chosen, to_list="" if lazy else "1")


def flush_delegates(draft: Draft) -> None:
    """Writes one site for each `yield from`."""
    taken = {part.id for part in walk(draft.analysis.node) if isinstance(part, ast.Name)}
    name = next(name for name in ("item", "element", "item_", "element_", "item__") if name not in taken)
    for statement, is_async in draft.delegates.items():
        reason = "an async generator has no `yield from`"
        draft.add(statement, "orm-iteration", reason, op="yield-from", target=name, async_="1" if is_async else "")


def delegate(draft: Draft, effect: Effect) -> None:
    """`yield from xs` → `for x in xs: yield x`, which an async generator may have."""
    statement = draft.parent(effect.node)
    if not isinstance(statement, ast.Expr):
        draft.refuse(effect.node, "the value of `yield from` has no async form")
    elif any(
        isinstance(part, ast.stmt) and part is not statement and _on_line(part, statement.lineno)
        for part in walk(draft.analysis.node)
    ):
        draft.refuse(effect.node, "`yield from` shares its line with other statements", "put it on a line of its own")
    else:
        draft.delegates.setdefault(statement, False)


def _on_line(part: ast.stmt, line: int) -> bool:
    return part.lineno == line or (part.end_lineno == line and not hasattr(part, "body"))
