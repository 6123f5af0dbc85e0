"""What can be changed of a function that is async already: the statements in which nothing stands in the way.

Such a function is changed a statement at a time: each change is right by itself, and what was wrong before stays as
it was.
"""

from __future__ import annotations

import ast
from collections.abc import Collection, Iterator

from amigrate.facts.nodes import inner_statements
from amigrate.model import Site
from amigrate.plan.context import Draft

# codemods whose sites in one function only work together
_TOGETHER = frozenset({"request-user", "async-paginator"})
_LAZY = frozenset({"any", "all", "next", "map", "filter", "lambda"})  # what they test, call or give is awaited


def sure(draft: Draft, *, alone: bool = False) -> list[Site]:
    """The sites in the statements that have no obstacle, and are in none that has one.

    Those of one codemod `alone` are not in a generator expression that another one would have to make a list.
    """
    if not draft.obstacles and not alone:
        return list(draft.sites)
    every = _statements(draft.analysis.node)
    doubtful = {_innermost(every, obstacle.line) for obstacle in draft.obstacles}
    kept = [
        site
        for site in draft.sites
        if doubtful.isdisjoint(_around(doubtful, every, site.span.line)) and not _in_generator(draft, site)
    ]
    if draft.lambdas and len(kept) < len(draft.sites):
        return []  # a lambda becomes async together with all of its calls
    broken = {s.codemod for s in draft.sites if s not in kept} & _TOGETHER
    if "async-paginator" in broken:
        return []  # the rows of its pages are iterated by another codemod
    return [s for s in kept if s.codemod not in broken]


def native(draft: Draft, sites: list[Site]) -> list[Site]:
    """The sites that await an async form; bridges only where the event loop surely waits for something else.

    What has no async form may be there for a reason: the value may be loaded, the library may be async. A statement in
    which a bridge is left out stays as it is where `any()` and the like would be changed for what that awaits.
    """
    kept = [site for site in sites if not _is_left_out(site)]
    spoiled = [s for s in kept if _awaits_inside(s) and any(_is_in(one, s) for one in sites if _is_left_out(one))]
    if spoiled and draft.lambdas:
        return []  # a lambda becomes async together with all of its calls
    every = _statements(draft.analysis.node)
    statements = {_innermost(every, site.span.line) for site in spoiled}
    return [site for site in kept if _innermost(every, site.span.line) not in statements] if spoiled else kept


def _is_left_out(site: Site) -> bool:
    bridged = site.codemod in ("sync-bridge", "render-bridge", "async-render")
    bridged = bridged or site.param("op") in ("getattr", "load")
    return bridged and not site.reason.endswith("would block the event loop")


def _awaits_inside(site: Site) -> bool:
    """Whether a site is there only because something in it is awaited."""
    if site.codemod == "orm-iteration":
        return bool(site.param("to_list")) and not site.param("clauses")
    return site.codemod in ("async-calls", "async-functions") and site.param("op") in _LAZY


def _is_in(site: Site, outer: Site) -> bool:
    inner, around = site.span, outer.span
    begins = (around.line, around.col) <= (inner.line, inner.col)
    return begins and (inner.end_line, inner.end_col) <= (around.end_line, around.end_col)


def _statements(function: ast.AST) -> list[ast.AST]:
    """The statements in a function, after the function itself."""
    found: list[ast.AST] = []
    stack = [function]
    while stack:
        node = stack.pop()
        if isinstance(node, ast.stmt) or node is function:
            found.append(node)
        stack.extend(inner_statements(node))
    return found


def _innermost(every: list[ast.AST], line: int) -> ast.AST:
    """The last statement that a line is in, the function itself where it is in none."""
    around = sorted((n for n in every if _is_on(n, line)), key=_begins)
    return around[-1] if around else every[0]


def _around(some: Collection[ast.AST], every: list[ast.AST], line: int) -> Iterator[ast.AST]:
    """Those of some statements that a line is in; the function itself where it is in none at all."""
    yield from (n for n in some if _is_on(n, line))
    if every[0] in some and not any(_is_on(n, line) for n in every):
        yield every[0]


def _is_on(node: ast.AST, line: int) -> bool:
    return isinstance(node, ast.stmt) and node.lineno <= line <= (node.end_lineno or node.lineno)


def _begins(statement: ast.AST) -> tuple[int, int]:
    """Orders statements that hold a line from the outermost to the innermost."""
    assert isinstance(statement, ast.stmt)
    return statement.lineno, -(statement.end_lineno or statement.lineno)


def _in_generator(draft: Draft, site: Site) -> bool:
    """Whether a site is in a generator expression that another codemod would first have to make a list."""
    return any(
        (node.lineno, node.col_offset) <= (site.span.line, site.span.col)
        and (site.span.end_line, site.span.end_col) <= (node.end_lineno or 0, node.end_col_offset or 0)
        and site.codemod != "orm-iteration"
        for node in draft.generators
    )
