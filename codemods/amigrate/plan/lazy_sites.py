"""Sites for what runs later or stops early: `map` and `filter`, lambdas, generators for any(), all() and next().

Awaiting in them makes them async generators, which keep both: an async generator expression runs as far as it is
asked to, and `anext` asks for one value.
"""

from __future__ import annotations

import ast
from collections.abc import Sequence

from amigrate.facts.effects import Effect, What
from amigrate.facts.nodes import walk
from amigrate.model import Confidence
from amigrate.plan.awaiting import EAGER_FUNCTIONS, EAGER_METHODS, is_builtin, may_await, parens, stops_early
from amigrate.plan.bridging import bridge_call
from amigrate.plan.context import Draft

_UNWRAPPED = frozenset({"list", "set"})
_CALLED_ELSEWHERE = "`await` cannot stand in a lambda that other code calls"
_WHOLE = frozenset({"list", "tuple", "set", "frozenset", "sum", "sorted", "dict"})


def each(draft: Draft, effect: Effect) -> None:
    """`map(f, xs)`, `filter(f, xs)`, `sorted(xs, key=f)` with functions of the project."""
    from amigrate.plan.call_sites import blocking_target

    node = effect.node
    assert isinstance(node, ast.Call)
    if not effect.targets:
        return  # a lambda: what is in it is judged there
    converted = [t for t in effect.targets if t in draft.converted]
    if converted and len(converted) == len(effect.targets) and effect.detail != "key":
        run_each(draft, node, effect)
        return
    blocking = converted[0] if converted else blocking_target(draft, effect)
    if not blocking:
        return
    host = draft.parent(node)
    if effect.detail == "key" or converted:
        draft.refuse(node, f"{blocking} may block, and is called for each element by sync code")
    elif _takes_all(host, node) and isinstance(host, ast.Call) and may_await(draft, host):
        bridge_call(draft, host, f"{blocking} may block and stays sync", Confidence.REVIEW)
    else:
        draft.refuse(node, f"{blocking} may block, and `{effect.detail}` calls it later, on the event loop")


def _takes_all(host: ast.AST | None, node: ast.Call) -> bool:
    """Whether a builtin runs through the whole of its only argument at once."""
    if not isinstance(host, ast.Call) or host.args != [node] or host.keywords:
        return False
    return isinstance(host.func, ast.Name) and host.func.id in _WHOLE


def run_each(draft: Draft, node: ast.Call, effect: Effect) -> bool:
    """Whether a `map` or `filter` can become a comprehension or an async generator; the obstacle is recorded."""
    if node in draft.eaches:
        return True
    function = effect.extra["function"]
    names = _names(draft, node, function, filters=effect.detail == "filter")
    if names is None:
        draft.refuse(node, f"what `{effect.detail}` calls has other parameters than the elements, or is computed")
        return False
    form = _form(draft, node, effect.detail)
    if not form or not may_await(draft, node):
        return False
    draft.natives += 1
    draft.eaches[node] = (effect.detail, form, names)
    return True


def _names(draft: Draft, node: ast.Call, function: object, *, filters: bool) -> str | None:
    """The names of the loop variables, None when the function cannot be called for each element by itself."""
    iterables = len(node.args) - 1
    if any(isinstance(a, ast.Starred) for a in node.args) or node.keywords:
        return None
    if isinstance(function, ast.Lambda):
        args = function.args
        simple = not (args.kwonlyargs or args.vararg or args.kwarg or args.defaults or args.posonlyargs)
        return ", ".join(a.arg for a in args.args) if simple and len(args.args) == iterables else None
    if not isinstance(function, ast.Name | ast.Attribute):
        return None
    taken = {n.id for n in walk(node) if isinstance(n, ast.Name)}
    loop = draft.parent(node)
    target = loop.target if isinstance(loop, ast.For | ast.comprehension) and loop.iter is node else None
    if filters and isinstance(target, ast.Name) and target.id not in taken:
        return target.id
    found: list[str] = []
    for base in ("item", "other", "third")[:iterables]:
        found.append(next(name for name in (base, f"{base}_", f"{base}__") if name not in taken))
    return ", ".join(found) if len(found) == iterables else None


def _form(draft: Draft, node: ast.Call, name: str) -> str:
    """What a `map` or `filter` becomes: "list", or "generator" where it is run through step by step; "" for neither."""
    host = draft.parent(node)
    func = host.func if isinstance(host, ast.Call) and node in host.args else None
    if isinstance(func, ast.Name) and is_builtin(draft, func.id) and func.id in EAGER_FUNCTIONS:
        return "list"
    if isinstance(func, ast.Attribute) and func.attr in EAGER_METHODS:
        return "list"
    if (isinstance(func, ast.Name) and stops_early(draft, node)) or runs_async(draft, node):
        return "generator"
    draft.refuse(node, f"`{name}` is lazy, and what it calls cannot be awaited where its values are used")
    return ""


def runs_async(draft: Draft, lazy: ast.expr) -> bool:
    """Whether the loop or clause over a lazy expression can become an async one; it does then."""
    host = draft.parent(lazy)
    if isinstance(host, ast.For) and host.iter is lazy:
        if may_await(draft, host):
            draft.loops.add(host)
            return True
        return False
    if not (isinstance(host, ast.comprehension) and host.iter is lazy):
        return False
    above = draft.parent(host)
    if isinstance(above, ast.ListComp | ast.SetComp | ast.DictComp) and may_await(draft, above):
        draft.comprehensions.setdefault(above, set()).add(above.generators.index(host))
        return True
    return False


def defined(draft: Draft, node: ast.Lambda) -> bool:
    """Whether a lambda in which something is awaited can become an async function, or a part of a comprehension."""
    if node in draft.lambdas:
        return True
    parent = draft.parent(node)
    if isinstance(parent, ast.Call):
        found = next((e for e in draft.analysis.effects if e.what is What.EACH and e.node is parent), None)
        if found is not None and found.detail != "key" and found.extra["function"] is node:
            return run_each(draft, parent, found)
        draft.refuse(node, _CALLED_ELSEWHERE, "make it a loop or comprehension")
        return False
    if isinstance(parent, ast.keyword):  # sort(key=…): an async function would only give coroutines there
        draft.refuse(node, _CALLED_ELSEWHERE, "load what it reads before, with select_related or in a comprehension")
        return False
    calls = _calls(draft, node, parent)
    if calls is None:
        draft.refuse(node, "`await` cannot stand in a lambda", "make the lambda a nested async function")
        return False
    draft.lambdas[node] = calls
    return True


def _calls(draft: Draft, node: ast.Lambda, parent: ast.AST | None) -> Sequence[ast.Call] | None:
    """The calls of a lambda that a local name stands for; None when there may be others."""
    if not isinstance(parent, ast.Assign) or len(parent.targets) != 1 or not isinstance(parent.targets[0], ast.Name):
        return None
    name, function = parent.targets[0].id, draft.analysis.node
    stores = [n for n in walk(function) if isinstance(n, ast.Name) and n.id == name and isinstance(n.ctx, ast.Store)]
    lines = [s for s in walk(function) if isinstance(s, ast.stmt) and s.lineno == parent.lineno]
    trail = draft.context.analyst.following.trail(draft.analysis.qualified, node)
    known = {e.node for e in draft.analysis.effects if e.what is What.LAMBDA and node in _lambdas(e)}
    uses = [use.node for use in trail.uses if isinstance(use.node, ast.Call)]
    if (
        len(stores) > 1
        or lines != [parent]
        or trail.escapes
        or len(uses) < len(trail.uses)
        or not known.issuperset(uses)
    ):
        return None
    return uses


def _lambdas(effect: Effect) -> tuple[ast.Lambda, ...]:
    found = effect.extra["lambdas"]
    assert isinstance(found, tuple)
    return found


def flush_lazy(draft: Draft) -> None:
    """Writes the sites of what was found: a lambda's definition and calls, and the comprehensions."""
    done: set[ast.Lambda] = set()
    while left := [node for node in draft.lambdas if node not in done]:
        for node in left:
            done.add(node)
            statement = draft.parent(node)
            assert isinstance(statement, ast.Assign)
            draft.add(statement, "async-functions", "it awaits something, which a lambda cannot", op="lambda")
            for call in draft.lambdas[node]:
                if may_await(draft, call):
                    draft.natives += 1
                    draft.add(call, "async-calls", "the lambda becomes async", parens=parens(draft, call))
    for loop in draft.loops:
        draft.add(loop, "orm-iteration", "what it iterates over awaits each value")
    for call, (name, form, names) in draft.eaches.items():
        _write(draft, call, name, form, names)
    for call in draft.stops:
        func = call.func
        assert isinstance(func, ast.Name)
        reason = f"{func.id}() stops early, and what it tests is awaited one by one"
        draft.add(call, "async-calls", reason, Confidence.REVIEW, op=func.id, parens=parens(draft, call))


def _write(draft: Draft, call: ast.Call, name: str, form: str, names: str) -> None:
    host = draft.parent(call)
    alone = isinstance(host, ast.Call) and host.args == [call] and not host.keywords
    clause = "1" if call in draft.each_clauses else ""
    plain = "" if isinstance(call.args[0], ast.Lambda) else "1"
    reason = f"{name}() would get coroutines instead of results"
    draft.add(call, "async-calls", reason, op=name, form=form, target=names, clause=clause, function=plain)
    func = host.func if form == "list" and alone and isinstance(host, ast.Call) else None
    if isinstance(func, ast.Name) and func.id in _UNWRAPPED and host is not None:
        draft.add(host, "orm-materialise", "a comprehension makes it", unwrap=func.id)
