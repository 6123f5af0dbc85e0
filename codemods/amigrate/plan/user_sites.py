"""Sites for `request.user`: `await request.auser()` once per function, reused under a name."""

from __future__ import annotations

import ast
from collections.abc import Sequence

from amigrate.facts.effects import Effect, What
from amigrate.facts.lattice import MADE
from amigrate.facts.nodes import walk
from amigrate.plan.access_mixins import loads_user
from amigrate.plan.awaiting import may_await, parens
from amigrate.plan.backends import user_obstacle
from amigrate.plan.context import Draft
from amigrate.plan.user_loading import loaded_by, read_again, user_replaced

_REASON = "request.user loads the user lazily"


def request_user(draft: Draft, effects: Sequence[Effect]) -> None:
    """Handles all reads of `request.user` of one function together."""
    nodes = [e.node for e in effects if isinstance(e.node, ast.Attribute) and isinstance(e.node.ctx, ast.Load)]
    nodes = [n for n in nodes if not _in_bridged_lambda(draft, n)]
    if not nodes or loads_user(draft.context, draft.analysis.qualified):
        return
    requests = {ast.unparse(n.value) for n in nodes}
    if len(requests) == 2 and "self.request" in requests and _is_of_view(draft, requests - {"self.request"}):
        requests.discard("self.request")
    if len(requests) > 1:
        draft.refuse(nodes[0], "users of several requests are read in one function")
        return
    request = requests.pop()
    if any(e.receiver.ref == MADE for e in effects):
        _load(draft, nodes, request)  # which has auser() only if middleware gave it one
    elif draft.context.django_version < (5, 0) or user_replaced(draft.context) or user_obstacle(draft.context):
        _load(draft, nodes, request)
    elif loader := loaded_by(draft.context):
        _load(draft, nodes, request, f"{loader} has loaded request.user already: auser() would query again")
    elif (reader := read_again(draft, request) or _read_in_block(draft, nodes, request)) and _store(
        draft, nodes, request, reader
    ):
        pass
    elif len(nodes) == 1:
        if may_await(draft, nodes[0]):
            draft.natives += 1
            draft.add(nodes[0], "request-user", _REASON, op="inline", parens=parens(draft, nodes[0]))
    else:
        _reuse(draft, nodes, request)


def _is_of_view(draft: Draft, names: set[str]) -> bool:
    """Whether a name is the request that a handler of a class-based view gets: the one that `self.request` is."""
    qualified, analyst = draft.analysis.qualified, draft.context.analyst
    owner = qualified.rpartition(".")[0]
    stored = {n.id for n in walk(draft.analysis.node) if isinstance(n, ast.Name) and isinstance(n.ctx, ast.Store)}
    given = analyst.request_parameters.get(qualified, frozenset())
    return analyst.classes.views.plain(owner) and names <= given and names.isdisjoint(stored)


def _in_bridged_lambda(draft: Draft, node: ast.AST) -> bool:
    child, parent = node, draft.parent(node)
    while parent is not None and parent is not draft.analysis.node:
        if isinstance(child, ast.Lambda) and parent in draft.bridged:
            return True
        child, parent = parent, draft.parent(parent)
    return False


def _read_in_block(draft: Draft, nodes: list[ast.Attribute], request: str) -> str:
    """What runs whole in a thread and reads `request.user` too, after the statement that loads it; "" for nothing."""
    statement = _common_statement(draft, nodes)
    inside = (e.node for e in draft.analysis.effects if e.what is What.USER and e.node in draft.threaded)
    reads = (n for n in inside if isinstance(n, ast.Attribute) and ast.unparse(n.value) == request)
    if statement is not None and any(_common_statement(draft, [*nodes, node]) is statement for node in reads):
        return "a block that runs in a thread"
    return ""


def _load(draft: Draft, nodes: list[ast.Attribute], request: str, reason: str = _REASON) -> None:
    """Without `auser()`, or where it may be another user, the lazy `request.user` is evaluated once in a thread."""
    statement = _common_statement(draft, nodes)
    if statement is None:
        draft.refuse(nodes[0], "no place from which the loaded user reaches all its uses")
        return
    if reason == _REASON:
        draft.bridges += 1
    else:  # it stands for an awaited `auser()`, which would do the same and more
        draft.natives += 1
    draft.add(statement, "request-user", reason, op="load", request=request)


def _store(draft: Draft, nodes: list[ast.Attribute], request: str, reader: str) -> bool:
    """Whether the user goes into `request.user` itself, for what reads it there later; then all reads stay."""
    statement = _common_statement(draft, nodes)
    if statement is None or not request.isidentifier():
        return False
    draft.natives += 1
    reason = f"{_REASON}; {reader} reads it too, and would query again"
    draft.add(statement, "request-user", reason, op="assign", name=f"{request}.user", request=request)
    return True


def _reuse(draft: Draft, nodes: list[ast.Attribute], request: str) -> None:
    existing = _existing(draft, nodes)
    if existing is not None:
        assignment, name = existing
        if may_await(draft, assignment.value):
            draft.natives += 1
            draft.add(assignment.value, "request-user", _REASON, op="inline")
            for node in nodes:
                if node is not assignment.value:
                    draft.add(node, "request-user", _REASON, op="name", name=name)
        return
    statement = _common_statement(draft, nodes)
    if statement is None:
        draft.refuse(nodes[0], "no place from which the loaded user reaches all its uses")
        return
    taken = _names(draft)
    name = next(n for n in ("user", "request_user", "current_user", "auth_user") if n not in taken)
    draft.natives += 1
    draft.add(statement, "request-user", _REASON, op="assign", name=name, request=request)
    for node in nodes:
        draft.add(node, "request-user", _REASON, op="name", name=name)


def _existing(draft: Draft, nodes: list[ast.Attribute]) -> tuple[ast.Assign, str] | None:
    """`user = request.user` as the first use, in the function's own block, its name never bound again."""
    first = min(nodes, key=lambda n: (n.lineno, n.col_offset))
    assignment = draft.parent(first)
    if not isinstance(assignment, ast.Assign) or assignment.value is not first or len(assignment.targets) != 1:
        return None
    target = assignment.targets[0]
    if not isinstance(target, ast.Name) or assignment not in getattr(draft.analysis.node, "body", []):
        return None
    stores = [
        n
        for n in walk(draft.analysis.node)
        if isinstance(n, ast.Name) and n.id == target.id and not isinstance(n.ctx, ast.Load)
    ]
    return (assignment, target.id) if len(stores) == 1 else None


def _names(draft: Draft) -> set[str]:
    names = {n.id for n in walk(draft.analysis.node) if isinstance(n, ast.Name)}
    names |= {n.arg for n in walk(draft.analysis.node) if isinstance(n, ast.arg)}
    facts = draft.context.analyst.program.modules[draft.module]
    return names | {local for local, _ in facts.imports}


def _common_statement(draft: Draft, nodes: Sequence[ast.AST]) -> ast.stmt | None:
    """The first statement of the innermost block that holds all the nodes, from which all are reached."""
    chains = [_chain(draft, n) for n in nodes]
    depth = 0
    while all(len(c) > depth + 1 for c in chains) and len({id(c[depth][0]) for c in chains}) == 1:
        if len({id(c[depth][1]) for c in chains}) > 1 or len({id(c[depth + 1][0]) for c in chains}) > 1:
            break
        depth += 1
    if len({id(c[depth][0]) for c in chains}) != 1:
        return None
    return min((c[depth][1] for c in chains), key=lambda s: (s.lineno, s.col_offset))


def _chain(draft: Draft, node: ast.AST) -> list[tuple[list[ast.stmt], ast.stmt]]:
    """The blocks around a node with the statement in each, outermost first; an `elif` belongs to its `if`."""
    chain: list[tuple[list[ast.stmt], ast.stmt]] = []
    child: ast.AST = node
    parent = draft.parent(node)
    while parent is not None:
        if isinstance(child, ast.stmt):
            for name in ("body", "orelse", "finalbody"):
                block = getattr(parent, name, None)
                if isinstance(block, list) and child in block:
                    elif_ = name == "orelse" and isinstance(parent, ast.If) and block == [child] and _is_if(child)
                    if not elif_:
                        chain.append((block, child))
        child, parent = parent, draft.parent(parent)
    return chain[::-1]


def _is_if(node: ast.AST) -> bool:
    return isinstance(node, ast.If)
