"""Sites for methods that query: those of querysets and managers, and of instances."""

from __future__ import annotations

import ast

from amigrate import django_api
from amigrate.facts.effects import Effect
from amigrate.facts.lattice import Kind, Type
from amigrate.plan.awaiting import may_await, parens
from amigrate.plan.bridging import bridge_call
from amigrate.plan.context import Draft

_OWNERS = {Kind.QUERYSET: "QuerySet", Kind.RAW: "QuerySet", Kind.MANAGER: "Manager", Kind.RELATED: "RelatedManager"}
# what asave() and its like hand on to the sync method that they run
_PASSED = {
    "save": ("force_insert", "force_update", "using", "update_fields"),
    "delete": ("using", "keep_parents"),
    "refresh_from_db": ("using", "fields", "from_queryset"),
}


def terminal(draft: Draft, effect: Effect) -> None:
    """`X.get(…)` → `await X.aget(…)`, `obj.save()` → `await obj.asave()`."""
    node, name = effect.node, effect.detail
    assert isinstance(node, ast.Call)
    if not may_await(draft, node):
        return
    if twin := effect.extra.get("twin"):
        reason = f"`{twin}` is the async form that the class itself has"
        _native(draft, node, "orm-terminal", reason, method=str(twin))
        return
    if contradiction := draft.context.analyst.contradiction(draft.analysis.path, node.func, effect.receiver):
        draft.refuse(node, contradiction, "annotate the value so that both agree")
        return
    if effect.receiver.kind is Kind.INSTANCE:
        _instance(draft, effect, node, name)
        return
    override = str(effect.extra.get("override", ""))
    if override and effect.receiver.kind in (Kind.MANAGER, Kind.RELATED) and _is_manager(draft, override):
        bridge_call(draft, node, f"the manager overrides `{name}`, which its a{name} would go past")
        return
    owner = _OWNERS[effect.receiver.kind]
    found = _async_name(draft, effect)
    if found is None:
        bridge_call(draft, node, f"Django {draft.context.django} has no async form of {owner}.{name}")
        return
    _native(draft, node, "orm-terminal", f"{owner}.{name} queries the database", method=found)


def _async_name(draft: Draft, effect: Effect) -> str | None:
    """The a-method of a queryset's or manager's method in the target Django."""
    found = django_api.async_name(_OWNERS[effect.receiver.kind], effect.detail, draft.context.django)
    if found is None and draft.context.analyst.classes.is_user(effect.receiver.ref):
        found = django_api.async_name("UserManager", effect.detail, draft.context.django)
    return found


def native_form(draft: Draft, effect: Effect, node: ast.Call) -> str:
    """The a-method that takes the very arguments of a call that queries, "" when there is none."""
    if effect.receiver.kind is Kind.INSTANCE:
        reason = _arguments_lost(draft, effect, node, effect.detail)
        return "" if reason or node.args else django_api.async_name("Model", effect.detail, draft.context.django) or ""
    if effect.extra.get("twin") or effect.extra.get("override"):
        return ""
    return _async_name(draft, effect) or ""


def _native(draft: Draft, node: ast.Call, codemod: str, reason: str, method: str, positional: str = "") -> None:
    draft.natives += 1
    draft.add(node, codemod, reason, parens=parens(draft, node), method=method, positional=positional)


def _is_manager(draft: Draft, override: str) -> bool:
    owner = override.rpartition(".")[0]
    return any(n.rpartition(".")[2].endswith("Manager") for n in draft.context.analyst.program.linearise(owner))


def _instance(draft: Draft, effect: Effect, node: ast.Call, name: str) -> None:
    found = django_api.async_name("Model", name, draft.context.django)
    reason = _arguments_lost(draft, effect, node, name)
    if found is None or reason:
        bridge_call(draft, node, reason or f"Django {draft.context.django} has no async form of Model.{name}")
        return
    names = django_api.keyword_names("Model", name) or _passed(draft, name)
    positional = ",".join(names) if node.args else ""
    _native(draft, node, "orm-instance", f"Model.{name} queries the database", method=found, positional=positional)


def _arguments_lost(draft: Draft, effect: Effect, node: ast.Call, name: str) -> str:
    """Why the a-method of an instance would not hand on the arguments of a call as they are, "" when it does."""
    analyst = draft.context.analyst
    given = {k.arg for k in node.keywords}
    starred = None in given or any(isinstance(a, ast.Starred) for a in node.args)
    passed = _passed(draft, name)
    if starred or not given <= set(passed) or len(node.args) > len(passed):
        return f"these arguments cannot be handed to the async form of `{name}`"
    if any(not _accepts(analyst.trees.node(one), passed, name) for one in _definitions(draft, effect.receiver, name)):
        return f"an own `{name}` does not take the arguments that a{name}() hands on to it"
    return ""


def _passed(draft: Draft, name: str) -> tuple[str, ...]:
    """What the a-method hands on in the target Django."""
    return _PASSED[name][:2] if name == "refresh_from_db" and draft.context.django_version < (5, 1) else _PASSED[name]


def _definitions(draft: Draft, kind: Type, name: str) -> tuple[str, ...]:
    """The project's definitions that a method of an instance may be; a row is of the very class that was asked for."""
    analyst = draft.context.analyst
    owner = analyst.program.find_method(kind.ref, name)
    if kind.saved:
        return (f"{owner}.{name}",) if owner is not None else ()
    return analyst.classes.overrides(kind.ref, name)


def _accepts(node: ast.FunctionDef | ast.AsyncFunctionDef | None, names: tuple[str, ...], method: str) -> bool:
    """Whether an override takes what Django's a-method calls it with; asave names all, adelete too."""
    if node is None or isinstance(node, ast.AsyncFunctionDef):
        return False
    if node.args.kwarg is not None:
        return True
    taken = {a.arg for a in (*node.args.args, *node.args.kwonlyargs)}
    wanted = set(names) - {"from_queryset"} if method == "refresh_from_db" else set(names)
    return wanted <= taken
