"""`django.core.paginator`: building a paginator waits for nothing, counting and fetching a page do.

The async forms are classes of their own, new in Django 6.0, whose properties are methods. Which is used is decided for
the whole function, once it is known where the paginator and its pages go.
"""

from __future__ import annotations

import ast
from typing import TYPE_CHECKING

from amigrate.facts.effects import What
from amigrate.facts.lattice import LAZY, OPAQUE, OPAQUE_LIST, UNKNOWN, Kind, Type, members

if TYPE_CHECKING:
    from amigrate.facts.arguments import Arguments
    from amigrate.facts.flow import Env, Flow

PAGINATOR = "django.core.paginator.Paginator"
PAGE = "django.core.paginator.Page"
FETCHING = frozenset({"page", "get_page"})
COUNTED = frozenset({"count", "num_pages", "page_range"})
PAGE_METHODS = frozenset(
    {"has_next", "has_previous", "has_other_pages", "next_page_number", "previous_page_number", "start_index"}
    | {"end_index"}
)
_PLAIN = frozenset({"per_page", "orphans", "allow_empty_first_page", "error_messages", "ELLIPSIS"})


def is_paginated(kind: Type) -> bool:
    """Whether a type is a page, whose rows are fetched when it is used as a sequence."""
    return kind.kind is Kind.OBJECT and kind.ref == PAGE


def build(flow: Flow, node: ast.Call, args: Arguments) -> Type:
    """`Paginator(books, 25)`."""
    first = args.first("object_list")
    kind = Type(Kind.OBJECT, PAGINATOR, item=first[1] if first is not None else UNKNOWN)
    if not in_memory(kind):
        flow.emit(What.PAGE, node, kind, "build", quiet=True)
    return kind


def in_memory(base: Type) -> bool:
    """Whether what is paginated is a list: then nothing of it queries."""
    rows = base.item or UNKNOWN
    return all(m.kind in (Kind.LIST, Kind.OPAQUE) or (m.kind in LAZY and m.cached) for m in members(rows))


def call(flow: Flow, node: ast.Call, base: Type, name: str, env: Env) -> Type:
    """A method of a paginator or page."""
    known = PAGE_METHODS if base.ref == PAGE else FETCHING | {"validate_number", "get_elided_page_range"}
    if name not in known:
        what = "page" if base.ref == PAGE else "paginator"
        flow.emit(What.DOUBT, node, base, f"`.{name}()` of a {what} may query")
        return UNKNOWN
    if not in_memory(base):
        # a page was counted: its methods wait for nothing; a counted paginator cuts its query lazily
        flow.emit(What.PAGE, node, base, name, quiet=base.ref == PAGE or base.cached)
    if base.ref == PAGINATOR:
        _counted(node.func, env)
    if name in FETCHING:
        return Type(Kind.OBJECT, PAGE, item=base.item)
    return OPAQUE_LIST if name == "get_elided_page_range" else OPAQUE


def _counted(node: ast.expr, env: Env) -> None:
    """The paginator of this variable knows its count from here on."""
    owner = node.value if isinstance(node, ast.Attribute) else None
    if isinstance(owner, ast.Name) and owner.id in env:
        env[owner.id] = env[owner.id].but(cached=True)


def attribute(flow: Flow, node: ast.expr, base: Type, name: str, env: Env) -> Type:
    """An attribute of a paginator or page."""
    rows = base.item or UNKNOWN
    if name == "object_list":
        lazy = rows.kind in LAZY and base.ref == PAGE
        return rows.but(sliced=True, origins=None, touched=True) if lazy else rows
    if base.ref == PAGE:
        if name == "paginator":
            return Type(Kind.OBJECT, PAGINATOR, item=rows, cached=True)
        return OPAQUE if name == "number" else Type(Kind.METHOD, name, item=base)
    if name in COUNTED:
        if not in_memory(base):
            flow.emit(What.PAGE, node, base, name, quiet=base.cached)
            _counted(node, env)
        return OPAQUE_LIST if name == "page_range" else OPAQUE
    return OPAQUE if name in _PLAIN else Type(Kind.METHOD, name, item=base)


def iterated(flow: Flow, host: ast.AST, node: ast.expr, base: Type, clause: int) -> Type:
    """`for book in page`: the rows of the page are fetched."""
    if base.ref != PAGE:
        flow.emit(What.DOUBT, host, detail="a paginator is iterated, which queries for every page")
        return Type(Kind.OBJECT, PAGE, item=base.item)
    if not in_memory(base):
        flow.emit(What.PAGE, host, base, "iterate", over=node, clause=clause)
    return _row(flow, base)


def sequence(flow: Flow, node: ast.expr, base: Type) -> Type:
    """`len(page)`, `page[0]`, `sorted(page)`: the same, for what looks at all of them; gives a row."""
    if not in_memory(base):
        flow.emit(What.PAGE, node, base, "sequence")
    return _row(flow, base)


def _row(flow: Flow, base: Type) -> Type:
    from amigrate.facts.iterating import element_of  # iterating.py uses this module

    rows = base.item or UNKNOWN
    return element_of(flow, rows.but(origins=None) if rows.kind in LAZY else rows)
