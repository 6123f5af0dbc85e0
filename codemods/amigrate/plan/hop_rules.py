"""What one edit, or one `await` that a function has already, costs in thread hops."""

from __future__ import annotations

import ast
from collections.abc import Callable, Mapping, Sequence

from amigrate.django_api.table import load
from amigrate.facts.effects import Effect, What
from amigrate.model import Site
from amigrate.plan import hop_costs, rendering
from amigrate.plan.hop_costs import ONE, PER_KEY, Cost
from amigrate.plan.hop_walk import Walk, is_adapter
from amigrate.plan.hops import NOTHING, Ways, costing, either, loading, then

HOP = costing(ONE)
# edits that only rename, annotate or import: what waits is counted elsewhere
_FREE = frozenset(
    {
        "async-sleep",
        "async-backends",
        "async-views",
        "async-functions",
        "async-decorators",
        "async-middleware",
        "async-tests",
        "async-templates",
        "async-consumers",  # what a consumer sends waits for no thread
        "channels-consumers",
        "channels-layers",
        "channels-routing",
        "channels-settings",
        "channels-tests",
        "retarget",
        "template-syntax",
    }
)
_FREE_OPS = frozenset({"select-related", "load-fields", "fk-id", "name"})
_SESSION_WRITES = frozenset({"asave", "aflush", "acycle_key", "acreate", "adelete", "aload"})

_STREAMS = ("aiter_", "stream", "astream", "listen", "receive", "subscribe", "as_completed")
_PAGES = frozenset(
    "acount anum_pages apage_range aget_page apage avalidate_number ahas_next ahas_previous ahas_other_pages "
    "anext_page_number aprevious_page_number astart_index aend_index aget_object_list".split()
) - {"acount"}  # that is a queryset's too
Callee = Callable[[Walk, str], Ways]


def of_site(
    walk: Walk, node: ast.AST, site: Site, effects: Sequence[Effect], django: str, engine: str, callee: Callee
) -> Ways:
    """The cost of what an edit puts at its place."""
    method, op = site.param("method"), site.param("op")
    if site.codemod in _FREE or op in _FREE_OPS:
        return NOTHING
    if rule := _RULES.get(site.codemod):
        return rule(walk, node, site, effects, django, engine, callee)
    if targets := _targets(effects):
        return either(*(callee(walk, target) for target in targets))
    if method:
        return costing(hop_costs.method_cost(("QuerySet", "RelatedManager", "Model"), method, django))
    return HOP


def _targets(effects: Sequence[Effect]) -> list[str]:
    return sorted({target for effect in effects for target in effect.targets})


def _call(
    walk: Walk, node: ast.AST, site: Site, effects: Sequence[Effect], django: str, engine: str, callee: Callee
) -> Ways:
    """A call of a function that becomes async: whatever that waits for."""
    targets = _targets([e for e in effects if e.what in (What.CALL, What.CONSTRUCT, What.WITH)])
    if not targets:  # `async_to_sync(f)(x)` becomes `await f(x)`
        wrapped = [e.receiver.item.ref for e in effects if e.receiver.item is not None and e.receiver.item.ref]
        targets = sorted(set(wrapped))
    return either(*(callee(walk, target) for target in targets)) or NOTHING


def _terminal(
    walk: Walk, node: ast.AST, site: Site, effects: Sequence[Effect], django: str, engine: str, callee: Callee
) -> Ways:
    twins = [str(e.extra["twin"]) for e in effects if e.extra.get("twin")]
    if twins:
        return either(*(callee(walk, twin) for twin in twins)) or HOP
    return costing(hop_costs.method_cost(("QuerySet", "RelatedManager", "UserManager"), site.param("method"), django))


def _instance(
    walk: Walk, node: ast.AST, site: Site, effects: Sequence[Effect], django: str, engine: str, callee: Callee
) -> Ways:
    return costing(hop_costs.cost(f"Model.{site.param('method')}", django))


def _iteration(
    walk: Walk, node: ast.AST, site: Site, effects: Sequence[Effect], django: str, engine: str, callee: Callee
) -> Ways:
    if site.param("op") == "iterator":
        walk.per_chunk(node)  # the first chunk is the hop of the loop itself
        return NOTHING
    generators = [e.receiver.ref for e in effects if e.what in (What.ITERATE, What.CONSUME) and _is_generator(e)]
    clauses = site.param("clauses")
    if isinstance(node, ast.For):
        return either(*(callee(walk, g) for g in generators)) or HOP
    if not clauses:
        return NOTHING  # a generator expression that becomes a list since something in it is awaited
    numbers = [int(number) for number in clauses.split(",")]
    walk.later_clauses(node, len([n for n in numbers if n]))
    if generators and len(numbers) == 1:
        return either(*(callee(walk, g) for g in generators)) or HOP
    return HOP if 0 in numbers else NOTHING


def _is_generator(effect: Effect) -> bool:
    return effect.receiver.kind.value == "generator" and bool(effect.receiver.ref)


def _materialise(
    walk: Walk, node: ast.AST, site: Site, effects: Sequence[Effect], django: str, engine: str, callee: Callee
) -> Ways:
    generators = [e.receiver.ref for e in effects if _is_generator(e)]
    return either(*(callee(walk, g) for g in generators)) or HOP


def _auth(
    walk: Walk, node: ast.AST, site: Site, effects: Sequence[Effect], django: str, engine: str, callee: Callee
) -> Ways:
    if method := site.param("method"):
        return costing(hop_costs.cost(f"User.{method}", django))
    return costing(hop_costs.cost(f"{site.param('module')}.{site.param('old')}", django))


def _shortcut(
    walk: Walk, node: ast.AST, site: Site, effects: Sequence[Effect], django: str, engine: str, callee: Callee
) -> Ways:
    return costing(hop_costs.cost(f"{site.param('module')}.{site.param('old')}", django))


def _cache(
    walk: Walk, node: ast.AST, site: Site, effects: Sequence[Effect], django: str, engine: str, callee: Callee
) -> Ways:
    return cache_call(walk, node, site.param("method"), django)


def cache_call(walk: Walk, node: ast.AST, method: str, django: str) -> Ways:
    """A method of the cache; some are one hop for each key."""
    if method in PER_KEY:
        return walk.per_key(node)
    return costing(hop_costs.cost(f"Cache.{method}", django))


def _session(
    walk: Walk, node: ast.AST, site: Site, effects: Sequence[Effect], django: str, engine: str, callee: Callee
) -> Ways:
    if site.param("op") == "getitem":  # there is no async form: the item is read in a thread
        return HOP
    return session_call(site.param("method"), django, engine)


def session_call(method: str, django: str, engine: str) -> Ways:
    """A method of the session: loaded once a request, after which only what saves or deletes it waits."""
    if method in _SESSION_WRITES:
        own = costing(hop_costs.cost(f"Session({engine.rpartition('.')[2]}).{method}", django))
        return own if method in ("asave", "acreate", "aload") else then(loading("session"), own)
    return loading("session")


def _paginator(
    walk: Walk, node: ast.AST, site: Site, effects: Sequence[Effect], django: str, engine: str, callee: Callee
) -> Ways:
    return NOTHING if site.param("op") == "build" else page_call(site.param("method"))


def page_call(method: str) -> Ways:
    """A method of an async paginator or page: it counts once, and fetches its rows in one hop."""
    return HOP if method == "aget_object_list" else loading("count")


def _signal(
    walk: Walk, node: ast.AST, site: Site, effects: Sequence[Effect], django: str, engine: str, callee: Callee
) -> Ways:
    return costing(Cost(0, 1))  # all sync receivers in one hop, none if there are none


def _twin(
    walk: Walk, node: ast.AST, site: Site, effects: Sequence[Effect], django: str, engine: str, callee: Callee
) -> Ways:
    return _call(walk, node, site, effects, django, engine, callee) if site.param("op") == "call" else NOTHING


def _unwrapped(
    walk: Walk, node: ast.AST, site: Site, effects: Sequence[Effect], django: str, engine: str, callee: Callee
) -> Ways:
    """What a bridge of the project becomes; what was in a lambda has a site of its own."""
    owners = ("QuerySet", "RelatedManager", "Model", "User", "UserManager", "Cache", "Session", "Signal")
    match site.param("op"):
        case "plain" | "lambda" | "definition":
            return NOTHING
        case "method":
            return costing(hop_costs.method_cost(owners, site.param("method"), django))
        case "function":
            return costing(hop_costs.cost(f"{site.param('module')}.{site.param('old')}", django))
    return HOP


def _user(
    walk: Walk, node: ast.AST, site: Site, effects: Sequence[Effect], django: str, engine: str, callee: Callee
) -> Ways:
    return HOP if site.param("op") == "load" else loading("session", "user")


def _hop(
    walk: Walk, node: ast.AST, site: Site, effects: Sequence[Effect], django: str, engine: str, callee: Callee
) -> Ways:
    return HOP


_RULES: Mapping[str, Callable[..., Ways]] = {
    "async-calls": _call,
    "async-auth": _auth,
    "async-cache": _cache,
    "async-session": _session,
    "async-paginator": _paginator,
    "async-signals": _signal,
    "async-twins": _twin,
    "unwrap-sync-to-async": _unwrapped,
    "orm-terminal": _terminal,
    "orm-instance": _instance,
    "orm-iteration": _iteration,
    "orm-materialise": _materialise,
    "orm-shortcuts": _shortcut,
    "request-user": _user,
    "render-bridge": _hop,
    "async-render": _hop,
    "sync-bridge": _hop,
    "sync-block": _hop,
    "orm-evaluation": _hop,
    "orm-relations": _hop,
}


def of_await(
    walk: Walk, node: ast.AST, django: str, engine: str, resolve: Callable[[str], str], callee: Callee
) -> Ways:
    """What an `await`, an `async for` or an `async with` of the source itself costs, judged by what it names."""
    if isinstance(node, ast.AsyncFor | ast.comprehension):
        return _iterated(walk, node.iter, django, engine, resolve, callee)
    if isinstance(node, ast.Await) and isinstance(node.value, ast.Call):
        return _awaited_call(walk, node.value, django, engine, resolve, callee)
    return NOTHING


def _iterated(
    walk: Walk, over: ast.expr, django: str, engine: str, resolve: Callable[[str], str], callee: Callee
) -> Ways:
    """What an `async for` runs over: an async generator of the project, a stream, or else a queryset."""
    if isinstance(over, ast.Call):
        name = _dotted(over.func)
        if known := resolve(name) if name else "":
            return callee(walk, known)
        last = over.func.attr if isinstance(over.func, ast.Attribute) else name
        if last == "aiterator":
            return walk.per_chunk(over)
        if last.startswith(_STREAMS):
            return NOTHING
    return HOP


def _awaited_call(
    walk: Walk, call: ast.Call, django: str, engine: str, resolve: Callable[[str], str], callee: Callee
) -> Ways:
    func = call.func
    if isinstance(func, ast.Call):  # sync_to_async(f)(x)
        return HOP if is_adapter(func.func) else NOTHING
    name = _dotted(func)
    if name in walk.in_thread:
        return HOP
    known = resolve(name) if name else ""
    if known:
        return callee(walk, known)
    last = func.attr if isinstance(func, ast.Attribute) else name
    owner = _dotted(func.value) if isinstance(func, ast.Attribute) else ""
    receiver = owner.rpartition(".")[2]
    if receiver.endswith("session"):
        return session_call(last, django, engine)
    if last == "auser":
        return loading("session", "user")
    if receiver.endswith(("cache", "caches")):
        return cache_call(walk, call, last, django)
    if last == "anext" or last in rendering.ONE_HOP:
        return HOP
    if last in _PAGES:
        return page_call(last)
    if last in ("asend", "asend_robust"):
        return costing(Cost(0, 1))
    if dotted := _functions().get(last):
        return costing(hop_costs.cost(dotted, django))
    if last in _method_names():
        owners = ("QuerySet", "RelatedManager", "Model", "User", "UserManager", "Paginator", "Page")
        return costing(hop_costs.method_cost(owners, last, django))
    return NOTHING


def _functions() -> Mapping[str, str]:
    owners = ("django.shortcuts", "django.contrib.auth")
    return {pair.async_name: pair.sync for pair in load().pairs.values() if pair.owner in owners}


def _method_names() -> frozenset[str]:
    return frozenset(pair.async_name for pair in load().pairs.values())


def _dotted(node: ast.AST) -> str:
    parts: list[str] = []
    while isinstance(node, ast.Attribute):
        parts.append(node.attr)
        node = node.value
    return ".".join([node.id, *reversed(parts)]) if isinstance(node, ast.Name) else ""
