"""Calls on querysets, managers and related managers."""

from __future__ import annotations

import ast
import re
from typing import TYPE_CHECKING

from amigrate.facts import content_types, orm_api, unloading
from amigrate.facts.effects import What
from amigrate.facts.iterating import row_of
from amigrate.facts.lattice import LAZY, NONE, OPAQUE, UNKNOWN, Kind, Type, both_loaded, list_of, position

if TYPE_CHECKING:
    from amigrate.facts.arguments import Arguments
    from amigrate.facts.flow import Env, Flow


def call(flow: Flow, node: ast.Call, base: Type, name: str, args: Arguments, env: Env) -> Type:
    """`queryset.name(…)`."""
    assert isinstance(node.func, ast.Attribute)
    own = custom(flow, base, name)
    if own:
        return custom_call(flow, node, base, own, name, args, env)
    for argument, value in args.pairs():
        _argument(flow, argument, value, name)
    if name in orm_api.LAZY_METHODS:
        return lazy_call(flow, node, base, name, args, env)
    if name == "iterator":
        return _iterator(flow, node, base, args)
    row = _row(flow, node.func.value, base)
    if base.kind is Kind.RELATED and (name in orm_api.RELATED_TERMINALS or "create" in name):
        unloading.unload(flow, env, prefetched_only=True)
    if name in orm_api.TERMINALS:
        return terminal(flow, node, base, name, row, env)
    if name in orm_api.RELATED_TERMINALS and base.manager == orm_api.TAGS:
        flow.emit(What.BRIDGE, node, base, f"`{name}` of taggit's manager has no async form")
        return NONE
    if name in orm_api.RELATED_TERMINALS and base.kind is Kind.RELATED:
        flow.emit(What.TERMINAL, node, base, name)
        return NONE
    if name in orm_api.USER_MANAGER_TERMINALS and flow.analyst.classes.is_user(base.ref):
        flow.emit(What.TERMINAL, node, base, name)
        return row
    if (given := content_types.manager_call(flow, node, base, name, args)) is not None:
        return given
    if name == "aiterator":
        return base.but(combined=True)
    if name.startswith("a") and (name[1:] in orm_api.TERMINALS or name[1:] in orm_api.RELATED_TERMINALS):
        return Type(Kind.COROUTINE, item=_given(flow, node, base, name[1:], row))
    if name in ("normalize_email", "make_random_password", "make_value", "contribute_to_class", "as_sql"):
        return OPAQUE
    flow.emit(What.BRIDGE, node, base, f"`{name}` is no method of Django's querysets: it may query")
    return UNKNOWN


def _argument(flow: Flow, argument: ast.expr, value: Type, name: str) -> None:
    """Arguments of query methods: most take a lazy queryset as a subquery, some evaluate it."""
    if value.kind in LAZY and name in ("bulk_create", "bulk_update", "in_bulk"):
        flow.emit(What.CONSUME, argument, value, name)


def custom(flow: Flow, base: Type, name: str) -> str:
    """The project's own definition of a queryset or manager method, "" when it is Django's."""
    for owner in filter(None, base.manager.split("|")):
        found = flow.analyst.program.find_method(owner, name)
        if found is not None:
            return f"{found}.{name}"
    return ""


def custom_call(flow: Flow, node: ast.Call, base: Type, qualified: str, name: str, args: Arguments, env: Env) -> Type:
    """A method of the project's own queryset or manager."""
    from amigrate.facts.calls import call_function  # calls.py is above this in the order of calls

    analyst = flow.analyst
    twin = custom(flow, base, f"a{name}")
    if twin and analyst.classes.is_async(twin):
        flow.emit(What.TERMINAL, node, base, name, twin=f"a{name}", targets_twin=twin)
        return analyst.returns(qualified)
    if name.startswith("a") and analyst.classes.is_async(qualified):
        return Type(Kind.COROUTINE, item=analyst.returns(qualified))
    # an override of one of Django's own names is still reached through the a-method, which runs it in a thread
    # (only where it is the queryset's: the manager's a-methods go straight to the queryset)
    result = call_function(flow, node, qualified, args, env, None)
    if name in orm_api.TERMINALS:
        flow.reset(node)
        flow.emit(What.TERMINAL, node, base, name, override=qualified)
    if result.kind in LAZY:
        ref = result.ref or base.ref
        result = result.but(
            ref=ref if analyst.graph.models.get(ref) else base.ref,
            manager=result.manager or base.manager,
            loaded=result.loaded | (base.loaded if result.rows == "model" else frozenset()),
            sliced=result.sliced or base.sliced,
            combined=result.combined or base.combined,
            deferred=result.deferred or base.deferred,
            only=both_loaded(result.only, base.only),
            without=result.without | base.without,
            origins=frozenset({position(node)}),
        )
        flow.analysis_origin(node, result)
        return result
    if base.deferred:
        flow.emit(What.DOUBT, node, detail=f"{qualified} may read a field that is deferred here")
    if result.kind is Kind.INSTANCE and not analyst.graph.models.get(result.ref):
        return result.but(ref=base.ref, origins=None)
    return result


def _row(flow: Flow, receiver: ast.expr, base: Type) -> Type:
    """A row of this queryset; its origin is the expression before the terminal."""
    if base.kind in LAZY and base.origins is not None:
        return row_of(base)
    flow.analysis_origin(receiver, base)
    return row_of(base.but(kind=Kind.QUERYSET, origins=frozenset({position(receiver)})))


def terminal(flow: Flow, node: ast.Call, base: Type, name: str, row: Type, env: Env) -> Type:
    """A method that queries."""
    receiver = node.func.value if isinstance(node.func, ast.Attribute) else None
    # of a queryset that was evaluated, acount() and aexists() answer from the cache: awaiting them shows no reader a
    # sync call that is harmless only because of a line above
    if base.cached and name in ("count", "exists", "contains") and base.kind is Kind.RELATED:
        return OPAQUE
    if base.locked:
        flow.emit(What.PIN, node, base, "select_for_update needs a transaction, which has no async form")
    else:
        flow.emit(What.TERMINAL, node, base, name)
    if name in ("update", "delete") and isinstance(receiver, ast.Name) and receiver.id in env:
        env[receiver.id] = env[receiver.id].but(cached=False, touched=False)
    return _given(flow, node, base, name, row)


def _given(flow: Flow, node: ast.Call, base: Type, name: str, row: Type) -> Type:
    """What a method that queries gives, sync or awaited."""
    if name not in orm_api.PRODUCERS:
        row = row.but(origins=None, loaded=_created(flow, node, base) if name == "create" else row.loaded)
    return outcome(name, row)


def _created(flow: Flow, node: ast.Call, base: Type) -> frozenset[str]:
    """Relations given to `create(author=a)` are loaded on the new object."""
    graph = flow.analyst.graph
    loaded = set(base.loaded)
    for keyword in node.keywords:
        found = graph.field(base.ref, keyword.arg or "")
        if found is not None and found.kind in ("fk", "o2o"):
            loaded.add(found.name)
    return frozenset(loaded)


def outcome(name: str, row: Type) -> Type:
    """What a method that queries gives."""
    match (orm_api.TERMINALS | orm_api.RELATED_TERMINALS | orm_api.USER_MANAGER_TERMINALS)[name]:
        case "instance":
            return row
        case "maybe":
            return row.but(nullable=True)
        case "pair":
            return Type(Kind.LIST, item=OPAQUE, options=(row.but(origins=None), OPAQUE))
        case "bulk":
            return Type(Kind.DICT, item=row.but(origins=None))
        case "list":
            return list_of(row.but(origins=None))
        case "dict":
            return Type(Kind.DICT, item=OPAQUE)
        case "tuple":
            return Type(Kind.LIST, item=OPAQUE, options=(OPAQUE, Type(Kind.DICT, item=OPAQUE)))
        case "nothing":
            return NONE
        case _:
            return OPAQUE


def _iterator(flow: Flow, node: ast.Call, base: Type, args: Arguments) -> Type:
    flow.emit(What.ITERATOR, node, base)
    kind = base if base.kind in LAZY else base.but(kind=Kind.QUERYSET)
    return kind.but(iterator=True, cached=False, touched=False, origins=None)


def lazy_call(flow: Flow, node: ast.Call, base: Type, name: str, args: Arguments, env: Env) -> Type:
    """A method that only builds another queryset."""
    if name in ("resolve_expression", "as_manager", "db_manager"):
        return base if name == "db_manager" else OPAQUE
    here = frozenset({position(node)})
    kind = base if base.kind in LAZY else base.but(kind=Kind.QUERYSET)
    if base.kind in (Kind.MANAGER, Kind.RELATED) and name in ("all", "get_queryset"):
        cached = base.kind is Kind.RELATED and base.cached
        result = _base_queryset(flow, kind).but(origins=None if cached else here, cached=cached)
        flow.analysis_origin(node, result)
        return result
    if base.kind is Kind.MANAGER:
        kind = _base_queryset(flow, kind)
    result = kind.but(origins=here, cached=False, touched=False, iterator=False)
    literals = [a.value for a in node.args if isinstance(a, ast.Constant) and isinstance(a.value, str)]
    if name in ("values", "values_list", "dates", "datetimes"):
        result = result.but(rows=_rows(node, name), loaded=frozenset(), only=frozenset(), deferred=False)
    elif name == "select_related":
        cleared = any(isinstance(a, ast.Constant) and a.value is None for a in node.args)
        paths = {"__".join(p.split("__")[: n + 1]) for p in literals for n in range(p.count("__") + 1)}
        bare = not node.args  # a later select_related() with names would replace it
        result = result.but(loaded=frozenset() if cleared else result.loaded | paths, combined=result.combined or bare)
    elif name == "prefetch_related":
        result = _prefetch(flow, node, result, args)
    elif name == "only":
        names = frozenset(literals) - result.without  # what was deferred before stays so
        result = result.but(deferred=True, only=names or frozenset({"pk"}), without=frozenset())
    elif name == "defer":
        result = _deferred(node, result, frozenset(literals))
    elif name == "select_for_update":
        result = result.but(locked=True)
    elif name in ("union", "intersection", "difference"):
        result = result.but(combined=True, loaded=frozenset(), prefetched=frozenset())
    elif name == "raw":
        return _raw(node, base)
    flow.analysis_origin(node, result)
    return result


def _deferred(node: ast.Call, result: Type, names: frozenset[str]) -> Type:
    """`defer("a")`, `defer(None)`, which loads all again, or `defer(*names)`: any field may be missing then."""
    if len(node.args) == 1 and isinstance(node.args[0], ast.Constant) and node.args[0].value is None:
        return result.but(deferred=False, only=frozenset(), without=frozenset())
    only = result.only if len(names) == len(node.args) else frozenset({"pk"})
    return result.but(deferred=True, only=only, without=result.without | names)


def _raw(node: ast.Call, base: Type) -> Type:
    """A raw query gives rows whose other columns are deferred, unless it selects all with a star."""
    sql = node.args[0] if node.args else None
    text = sql.value if isinstance(sql, ast.Constant) and isinstance(sql.value, str) else ""
    if "*" in text:
        return Type(Kind.RAW, base.ref)
    return Type(Kind.RAW, base.ref, deferred=True, only=frozenset({"pk", "id", *re.findall(r"\w+", text)}))


def _base_queryset(flow: Flow, kind: Type) -> Type:
    """What a manager's own `get_queryset` gives: its queryset class and what it already loads."""
    for owner in filter(None, kind.manager.split("|")):
        found = flow.analyst.program.find_method(owner, "get_queryset")
        if found is not None and flow.analyst.classes.is_queryset_class(owner):
            given = flow.analyst.returns(f"{found}.get_queryset")
            if given.kind in LAZY:
                manager = "|".join(dict.fromkeys([*given.manager.split("|"), *kind.manager.split("|")]))
                return given.but(ref=kind.ref, manager=manager.strip("|"), loaded=kind.loaded | given.loaded)
    return kind.but(kind=Kind.QUERYSET)


def _rows(node: ast.Call, name: str) -> str:
    if name != "values_list":
        return "values" if name == "values" else "dates"
    keywords = {k.arg: k.value for k in node.keywords}
    flat, named = keywords.get("flat"), keywords.get("named")
    if isinstance(flat, ast.Constant) and flat.value:
        return "flat"
    return "flat" if isinstance(named, ast.Constant) and named.value else "values_list"


def _prefetch(flow: Flow, node: ast.Call, result: Type, args: Arguments) -> Type:
    prefetched, to_attr = set(result.prefetched), set(result.to_attr)
    for argument in node.args:
        if isinstance(argument, ast.Constant) and argument.value is None:
            return result.but(prefetched=frozenset(), prefetching=False, to_attr=frozenset())
        if isinstance(argument, ast.Constant) and isinstance(argument.value, str):
            path = argument.value.split("__")
            prefetched |= {"__".join(path[: n + 1]) for n in range(len(path))}
        elif isinstance(argument, ast.Call) and argument.args and isinstance(argument.args[0], ast.Constant):
            name = str(argument.args[0].value)
            given = next((k.value for k in argument.keywords if k.arg == "to_attr"), None)
            if isinstance(given, ast.Constant):
                to_attr.add(str(given.value))
            elif given is None:
                prefetched.add(name)
    return result.but(prefetched=frozenset(prefetched), prefetching=True, to_attr=frozenset(to_attr))
