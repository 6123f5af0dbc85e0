"""Sites for sessions: their a-methods from Django 5.1, a thread before; once loaded, a session waits for nothing."""

from __future__ import annotations

import ast
from collections.abc import Iterator

from amigrate import django_api
from amigrate.facts.effects import Analysis, Effect, What
from amigrate.facts.nodes import walk
from amigrate.plan.awaiting import may_await, parens
from amigrate.plan.bridging import adapter_name, bridge_call
from amigrate.plan.context import Context, Draft

REASON = "the session is loaded from its store"
_ITEMS = frozenset({"getitem", "setitem", "delitem", "contains"})
# these ask the store again, or write to it, whatever is loaded
_STORING = frozenset({"flush", "cycle_key", "save", "load", "create", "delete", "exists", "clear_expired"})
_NOT_LOADING = _STORING - {"flush", "cycle_key"} | {"get_expiry_age", "get_expiry_date"}


def session(draft: Draft, effect: Effect) -> None:
    """`request.session[k] = v` → `await request.session.aset(k, v)` and the like."""
    node, name = effect.node, effect.detail
    modern = draft.context.django_version >= (5, 1)
    if (
        name not in _STORING
        and not (modern and _is_native(draft, effect))
        and _is_loaded(draft.context, draft.analysis, node)
    ):
        return
    if name == "getitem" and isinstance(node, ast.Subscript) and isinstance(node.ctx, ast.Load):
        if may_await(draft, node):
            draft.natives += 1
            draft.add(node, "async-session", REASON, op="getitem", parens=parens(draft, node))
    elif name in ("getitem", "setitem", "delitem"):
        statement = draft.parent(node)
        if name != "getitem" and _is_alone(statement, node):
            assert statement is not None
            _count(draft)
            draft.add(statement, "async-session", REASON, op=name, bridge=_bridge(draft))
        else:
            draft.refuse(node, "the session is written in a form that has no async equivalent")
    elif name == "contains":
        _contains(draft, node, alone=bool(effect.extra["alone"]))
    else:
        _method(draft, node, name)


def _contains(draft: Draft, node: ast.AST, *, alone: bool) -> None:
    from amigrate.plan.evaluation_sites import compare_parens

    assert isinstance(node, ast.Compare)
    if not alone:
        draft.refuse(node, "`in request.session` in a chained comparison reads the session")
    elif may_await(draft, node):
        _count(draft)
        around = compare_parens(draft, node)
        draft.add(node, "async-session", REASON, op="contains", bridge=_bridge(draft), parens=around)


def _method(draft: Draft, node: ast.AST, name: str) -> None:
    assert isinstance(node, ast.Call)
    if not may_await(draft, node):
        return
    found = django_api.async_name("Session", name, draft.context.django)
    if found is None:
        bridge_call(draft, node, f"Django {draft.context.django} has no async form of session.{name}")
        return
    draft.natives += 1
    draft.add(node, "async-session", REASON, method=found, parens=parens(draft, node))


def _count(draft: Draft) -> None:
    modern = draft.context.django_version >= (5, 1)
    draft.natives += modern
    draft.bridges += not modern


def _bridge(draft: Draft) -> str:
    """Before Django 5.1 the file's own name of `sync_to_async`."""
    return "" if draft.context.django_version >= (5, 1) else adapter_name(draft) or "sync_to_async"


def _is_alone(statement: ast.AST | None, node: ast.AST) -> bool:
    """Whether a statement only assigns, or only deletes, this item."""
    return isinstance(statement, ast.Assign | ast.Delete) and statement.targets == [node]


def _is_native(draft: Draft, effect: Effect) -> bool:
    """Whether Django has an async form of an access."""
    if effect.detail in ("setitem", "delitem"):
        return _is_alone(draft.parent(effect.node), effect.node)
    return effect.detail == "contains" or effect.detail not in _ITEMS


def awkward_statements(context: Context, analysis: Analysis) -> Iterator[ast.stmt]:
    """The statements that write to a session which may not be loaded, in a form that has no async equivalent:
    `request.session["n"] += 1`, `del s["a"], s["b"]`, `x = s["a"] = 1`."""
    seen: set[ast.AST] = set()
    for effect in analysis.effects:
        node = effect.node
        if effect.what is not What.SESSION or not isinstance(node, ast.Subscript) or isinstance(node.ctx, ast.Load):
            continue
        statement: ast.AST | None = node
        while statement is not None and not isinstance(statement, ast.stmt):
            statement = analysis.parents.get(statement)
        known = isinstance(statement, ast.AugAssign | ast.Assign | ast.Delete) and statement not in seen
        if known and not _is_alone(statement, node) and not _is_loaded(context, analysis, node):
            assert isinstance(statement, ast.stmt)
            if _shares_its_line(analysis, statement):
                continue
            seen.add(statement)
            yield statement


def _shares_its_line(analysis: Analysis, statement: ast.stmt) -> bool:
    simple = [part for part in walk(analysis.node) if isinstance(part, ast.stmt) and not hasattr(part, "body")]
    near = [s for s in simple if s.lineno == statement.end_lineno or s.end_lineno == statement.lineno]
    return near != [statement]


def _is_loaded(context: Context, analysis: Analysis, node: ast.AST) -> bool:
    """Whether an access of the same session surely comes before `node` in the function, which awaits the loading.

    What is loaded stays in the session object (`SessionBase._session_cache`); all but storing it works on that.
    """
    own = _session_of(node)
    if own is None or _may_change(context, analysis, own):
        return False
    before = set(_before(analysis, node))
    for session, access in _loading(analysis):
        if access is not node and ast.unparse(session) == ast.unparse(own):
            statement = _surely_run_by(analysis, access)
            if statement is not None and statement in before:
                return True
    return False


def _loading(analysis: Analysis) -> Iterator[tuple[ast.expr, ast.AST]]:
    """The accesses that load a session, and what the function awaits to load it already."""
    for effect in analysis.effects:
        session = _session_of(effect.node) if effect.what is What.SESSION else None
        if session is not None and effect.detail not in _NOT_LOADING:
            yield session, effect.node
    for part in walk(analysis.node):
        if isinstance(part, ast.Await) and isinstance(call := part.value, ast.Call):
            threaded = isinstance(call.func, ast.Call) and len(call.func.args) == 1
            method = call.func.args[0] if isinstance(call.func, ast.Call) and threaded else call.func
            if isinstance(method, ast.Attribute) and method.attr.removeprefix("a") not in _NOT_LOADING:
                yield method.value, part


def _session_of(node: ast.AST) -> ast.expr | None:
    """The session that an access works on."""
    match node:
        case ast.Subscript(value=value) | ast.Call(func=ast.Attribute(value=value)) | ast.Compare(comparators=[value]):
            return value
    return None


def _may_change(context: Context, analysis: Analysis, session: ast.expr) -> bool:
    """Whether the expression for a session may mean another one later in the function."""
    attributes = {part.attr for part in walk(session) if isinstance(part, ast.Attribute)}
    names = {part.id for part in walk(session) if isinstance(part, ast.Name)}
    plain = all(isinstance(part, ast.Attribute | ast.Name | ast.expr_context) for part in walk(session))
    called = {target for effect in analysis.effects for target in effect.targets}
    functions = context.analyst.program.functions
    if any("session" in functions[name][1].stores for name in called if name in functions):
        return True  # it may put another session into the request
    stores = 0
    for part in walk(analysis.node):
        if isinstance(part, ast.Attribute) and part.attr in attributes and not isinstance(part.ctx, ast.Load):
            return True
        stores += isinstance(part, ast.Name) and part.id in names and not isinstance(part.ctx, ast.Load)
    return not plain or stores > (1 if isinstance(session, ast.Name) else 0)


def _before(analysis: Analysis, node: ast.AST) -> Iterator[ast.stmt]:
    """The statements that have run when `node` is reached, and those around it, whose head has."""
    child, parent = node, analysis.parents.get(node)
    while parent is not None:
        for field in ("body", "orelse", "finalbody"):
            block = getattr(parent, field, None)
            if isinstance(block, list) and child in block:
                yield from block[: block.index(child)]
                if isinstance(parent, ast.If | ast.For | ast.While | ast.With) and field == "body":
                    yield parent
        if parent is analysis.node:
            return
        child, parent = parent, analysis.parents.get(parent)


def _surely_run_by(analysis: Analysis, node: ast.AST) -> ast.stmt | None:
    """The statement that evaluates an expression whenever it runs; of a compound one in its head."""
    child, parent = node, analysis.parents.get(node)
    while parent is not None and not isinstance(parent, ast.stmt):
        match parent:
            case ast.BoolOp(values=[first, *_]) if child is not first:
                return None
            case ast.IfExp(test=test) if child is not test:
                return None
            case ast.Compare(left=left, comparators=[first, *_]) if child is not left and child is not first:
                return None
            case ast.Lambda() | ast.comprehension():
                return None
            case ast.ListComp() | ast.SetComp() | ast.DictComp() | ast.GeneratorExp():
                return None
        child, parent = parent, analysis.parents.get(parent)
    heads = ast.Assign | ast.AnnAssign | ast.AugAssign | ast.Expr | ast.Delete | ast.If | ast.While | ast.For | ast.With
    return parent if isinstance(parent, heads) else None
