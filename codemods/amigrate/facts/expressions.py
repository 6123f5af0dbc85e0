"""Expressions of the flow analysis: what each gives and what it evaluates."""

from __future__ import annotations

import ast
from typing import TYPE_CHECKING

from amigrate.facts import calls, containers, evaluated, handing, unloading
from amigrate.facts import members as attributes
from amigrate.facts.effects import What
from amigrate.facts.lattice import (
    LAZY,
    MANAGERS,
    NONE,
    OPAQUE,
    UNKNOWN,
    Kind,
    Position,
    Type,
    instance,
    join,
    list_of,
    members,
)

if TYPE_CHECKING:
    from amigrate.facts.flow import Env, Flow

_QUIET = frozenset({Kind.OPAQUE, Kind.NONE, Kind.LIST, Kind.DICT, Kind.FUNCTION, Kind.METHOD, Kind.MODULE, Kind.CLASS})


def position(node: ast.AST) -> Position:
    """The place of a node as a key."""
    return (node.lineno, node.col_offset, node.end_lineno or 0, node.end_col_offset or 0)  # type: ignore[attr-defined]


def evaluate(flow: Flow, node: ast.expr, env: Env) -> Type:
    """The type of an expression; an object whose special methods query may do so wherever it is used."""
    value = _evaluate(flow, node, env)
    special = flow.analyst.treacherous(value.ref) if value.kind in (Kind.OBJECT, Kind.INSTANCE) else None
    if special and flow.analysis.qualified.rpartition(".")[0] != special.rpartition(".")[0]:
        flow.emit(What.DOUBT, node, detail=f"{special} may query, and Python may call it anywhere")
    return value


def _evaluate(flow: Flow, node: ast.expr, env: Env) -> Type:
    """The type of an expression."""
    flow.reset(node)
    match node:
        case ast.Constant():
            return NONE if node.value is None else OPAQUE
        case ast.Name():
            return name(flow, node, env)
        case ast.Attribute():
            return attributes.attribute(flow, node, env)
        case ast.Call():
            return calls.call(flow, node, env)
        case ast.Await():
            value = evaluate(flow, node.value, env)
            return value.item or UNKNOWN if value.kind is Kind.COROUTINE else UNKNOWN
        case ast.BoolOp():
            return boolean(flow, node, env, tested=False)
        case ast.UnaryOp():
            if isinstance(node.op, ast.Not):
                test(flow, node.operand, env)
            else:
                evaluate(flow, node.operand, env)
            return OPAQUE
        case ast.BinOp():
            return binary(flow, node, env)
        case ast.Compare():
            return compare(flow, node, env)
        case ast.IfExp():
            test(flow, node.test, env)
            yes, no = narrow(flow, node.test, env)
            return _meet(env, yes, no, evaluate(flow, node.body, yes), evaluate(flow, node.orelse, no))
        case ast.NamedExpr():
            value = evaluate(flow, node.value, env)
            flow.assign(node.target, value, env, node.value)
            return value
        case ast.List() | ast.Tuple() | ast.Set():
            return display(flow, node, env)
        case ast.Dict():
            return dictionary(flow, node, env)
        case ast.ListComp() | ast.SetComp() | ast.GeneratorExp() | ast.DictComp():
            return comprehension(flow, node, env)
        case ast.Subscript():
            return subscript(flow, node, env)
        case ast.JoinedStr():
            for part in node.values:
                if isinstance(part, ast.FormattedValue):
                    evaluate(flow, part, env)
            return OPAQUE
        case ast.FormattedValue():
            value = evaluate(flow, node.value, env)
            text(flow, node.value, value)
            if node.format_spec is not None:
                evaluate(flow, node.format_spec, env)
            return OPAQUE
        case ast.Lambda():
            for default in (*node.args.defaults, *node.args.kw_defaults):
                if default is not None:
                    evaluate(flow, default, env)
            inside = dict(env)
            inside.update({a.arg: UNKNOWN for a in ast.walk(node.args) if isinstance(a, ast.arg)})
            value = evaluate(flow, node.body, inside)
            return Type(Kind.PARTIAL, "lambda", item=value)
        case ast.Starred():
            value = evaluate(flow, node.value, env)
            return list_of(consume(flow, node.value, value, env, "*"))
        case ast.Yield():
            value = evaluate(flow, node.value, env) if node.value is not None else NONE
            flow.yielded = join(flow.yielded, value)
            return UNKNOWN
        case ast.YieldFrom():
            value = evaluate(flow, node.value, env)
            item = consume(flow, node.value, value, env, "yield from")
            flow.yielded = join(flow.yielded, item)
            flow.emit(What.PIN, node, detail="`yield from` has no async form")
            return UNKNOWN
        case ast.Slice():
            for bound in (node.lower, node.upper, node.step):
                if bound is not None:
                    evaluate(flow, bound, env)
            return OPAQUE
        case _:
            return UNKNOWN


def _meet(env: Env, left: Env, right: Env, one: Type, other: Type) -> Type:
    from amigrate.facts.flow import join_envs  # flow imports this module

    merged = join_envs(left, right) or {}
    env.clear()
    env.update(merged)
    return join(one, other)


def name(flow: Flow, node: ast.Name, env: Env) -> Type:
    """A name: local, of an enclosing function, of the module, or built in."""
    if node.id in env:
        found = env[node.id]
    elif node.id in flow.locals or node.id in flow.outer:
        found = flow.outer.get(node.id, UNKNOWN)
    else:
        found = flow.analyst.names.global_name(flow.module, node.id)
    if node.id not in env:
        found = evaluated.touched(found)
    if found.kind is Kind.FUNCTION and isinstance(getattr(node, "ctx", None), ast.Load):
        flow.emit(What.VALUE, node, found, targets=(found.ref,))
    if found.kind is Kind.UNKNOWN:
        return flow.analyst.ask_oracle(flow, node)
    return found


def boolean(flow: Flow, node: ast.BoolOp, env: Env, *, tested: bool) -> Type:
    """`a and b`, `a or b`: all but the last operand are tested, later ones may not run, and one is the value."""
    result: Type | None = None
    before = dict(env)
    inside = env
    for at, operand in enumerate(node.values):
        last = at == len(node.values) - 1
        if tested:
            value = test(flow, operand, inside)
        else:
            value = evaluate(flow, operand, inside)
            if any(m.kind in LAZY and not m.cached for m in members(value)):
                if not last or (isinstance(node.op, ast.Or) and at > 0):
                    # the tested queryset may be the result: a list stands for it, and for its alternatives
                    value = list_of(consume(flow, operand, value, inside, "or"))
            elif not last:
                truth(flow, operand, value, inside)
        result = join(result, value)
        if not last:
            yes, no = narrow(flow, operand, inside)
            if at == 0:
                before = dict(inside)
            inside = yes if isinstance(node.op, ast.And) else no
    if inside is not env:
        _meet(env, before, inside, OPAQUE, OPAQUE)
    return result or UNKNOWN


def test(flow: Flow, node: ast.expr, env: Env) -> Type:
    """An expression in a truth-tested place: a queryset would query."""
    if isinstance(node, ast.BoolOp):
        flow.reset(node)
        return boolean(flow, node, env, tested=True)
    value = evaluate(flow, node, env)
    if not isinstance(node, ast.UnaryOp | ast.Compare):
        truth(flow, node, value, env)
    return value


def truth(flow: Flow, node: ast.expr, value: Type, env: Env) -> None:
    """Reports what testing a value does."""
    if any(one.kind in LAZY and not one.cached for one in members(value)):
        keep = evaluated.kept(flow, node, value)
        if keep and isinstance(node, ast.NamedExpr):
            flow.emit(What.DOUBT, node, detail="a queryset is tested while it gets its name, and used again")
        flow.emit(What.TRUTH, node, value, keep=keep)
        if keep:
            evaluated.fill(node, value, env)
    for one in members(value):
        if one.kind in LAZY:
            pass
        elif one.kind is Kind.UNKNOWN and not one.cached:
            flow.emit(What.DOUBT, node, detail="it is tested, and may be a queryset: its type is not known")
        elif one.kind in (Kind.INSTANCE, Kind.OBJECT):
            targets = flow.analyst.classes.dunders(one.ref, ("__bool__", "__len__"))
            if targets:
                flow.emit(What.TEXT, node, one, "it is tested", targets)
            elif one.kind is Kind.OBJECT and flow.analyst.classes.foreign(one.ref):
                flow.emit(What.DOUBT, node, detail=f"testing a {one.ref} may query the database")


def narrow(flow: Flow, node: ast.expr, env: Env) -> tuple[Env, Env]:
    """The environments in which a test holds and does not hold."""
    yes, no = dict(env), dict(env)
    negated = False
    while isinstance(node, ast.UnaryOp) and isinstance(node.op, ast.Not):
        node, negated = node.operand, not negated
    if isinstance(node, ast.NamedExpr):
        node = node.target
    if isinstance(node, ast.BoolOp) and isinstance(node.op, ast.And):
        for operand in node.values:
            yes = narrow(flow, operand, yes)[0]
        return (no, yes) if negated else (yes, no)
    if isinstance(node, ast.Name) and node.id in env:
        value = env[node.id]
        if value.nullable:
            yes[node.id] = value.but(nullable=False)
    elif isinstance(node, ast.Compare) and len(node.ops) == 1 and isinstance(node.left, ast.Name):
        nothing = isinstance(node.comparators[0], ast.Constant) and node.comparators[0].value is None
        value = env.get(node.left.id, UNKNOWN)
        if nothing and value.nullable and isinstance(node.ops[0], ast.IsNot | ast.NotEq):
            yes[node.left.id] = value.but(nullable=False)
        elif nothing and value.nullable and isinstance(node.ops[0], ast.Is | ast.Eq):
            no[node.left.id] = value.but(nullable=False)
    elif isinstance(node, ast.Call) and isinstance(node.func, ast.Name) and node.func.id == "isinstance":
        _narrow_isinstance(flow, node, yes)
    return (no, yes) if negated else (yes, no)


def _narrow_isinstance(flow: Flow, node: ast.Call, yes: Env) -> None:
    if len(node.args) != 2 or not isinstance(node.args[0], ast.Name) or isinstance(node.args[1], ast.Tuple):
        return
    kind = flow.analyst.annotation(flow.module, node.args[1])
    if kind.kind is not Kind.UNKNOWN and yes.get(node.args[0].id, UNKNOWN).kind is Kind.UNKNOWN:
        yes[node.args[0].id] = kind


def _is_message(node: ast.expr) -> bool:
    """A string to be formatted, or a translated one."""
    if isinstance(node, ast.Call):
        name = node.func.attr if isinstance(node.func, ast.Attribute) else getattr(node.func, "id", "")
        return name == "_" or "gettext" in name
    return isinstance(node, ast.Constant) and isinstance(node.value, str)


def binary(flow: Flow, node: ast.BinOp, env: Env) -> Type:
    """Operators: `|` and `&` combine querysets lazily, `%` formats."""
    left, right = evaluate(flow, node.left, env), evaluate(flow, node.right, env)
    if left.kind in LAZY and isinstance(node.op, ast.BitOr | ast.BitAnd | ast.BitXor):
        origins = frozenset({position(node)})
        loaded = left.loaded & right.loaded
        return left.but(origins=origins, loaded=loaded, prefetched=frozenset(), cached=False, touched=False)
    if isinstance(node.op, ast.Mod) and _is_message(node.left):
        if isinstance(node.right, ast.Tuple) and len(right.options) == len(node.right.elts):
            for part, kind in zip(node.right.elts, right.options, strict=True):
                text(flow, part, kind)
        else:
            text(flow, node.right, right)
        return OPAQUE
    if isinstance(node.op, ast.Mod):
        handing.shown(flow, node.right, right)
    if left.kind is right.kind and left.kind in containers.CONTAINERS and isinstance(node.op, ast.Add | ast.BitOr):
        return join(left.but(options=()), right.but(options=()))
    if left.kind is Kind.LIST and isinstance(node.op, ast.Sub | ast.BitAnd | ast.BitXor):
        return left.but(item=join(left.item, right.item or UNKNOWN), options=())
    if isinstance(node.op, ast.Add) and (left.kind in LAZY or right.kind in LAZY):
        flow.emit(What.DOUBT, node, detail="a queryset is added to something")
    if left.kind is Kind.LIST and isinstance(node.op, ast.Mult):
        return left
    return OPAQUE


def compare(flow: Flow, node: ast.Compare, env: Env) -> Type:
    """Comparisons: only `in` and `not in` evaluate a queryset."""
    left = evaluate(flow, node.left, env)
    for operator, right_node in zip(node.ops, node.comparators, strict=True):
        right = evaluate(flow, right_node, env)
        if isinstance(operator, ast.In | ast.NotIn):
            if len(members(right)) > 1 and any(m.kind in LAZY for m in members(right)):
                flow.emit(What.DOUBT, node, detail="`in` on what may be a queryset or something else")
            elif right.kind in LAZY and not right.cached:
                keep = evaluated.kept(flow, right_node, right)
                flow.emit(What.CONTAINS, node, right, item=left, alone=len(node.ops) == 1, keep=keep)
                if keep:
                    evaluated.fill(right_node, right, env)
            elif right.kind is Kind.SESSION:
                flow.emit(What.SESSION, node, right, "contains", alone=len(node.ops) == 1)
            elif right.kind is Kind.UNKNOWN and not right.cached:
                flow.emit(What.DOUBT, node, detail="`in` on a value that may be a queryset: its type is not known")
            elif right.kind is Kind.GENERATOR:
                consume(flow, right_node, right, env, "in")
            elif right.kind is Kind.OBJECT:
                targets = flow.analyst.classes.dunders(right.ref, ("__contains__", "__iter__"))
                if targets:
                    flow.emit(What.TEXT, node, right, "`in` calls it", targets)
            elif right.kind is Kind.CACHE:
                flow.emit(What.CACHE, node, right, "contains", alone=len(node.ops) == 1)
        elif isinstance(operator, ast.Eq | ast.NotEq | ast.Lt | ast.Gt | ast.LtE | ast.GtE):
            for side in (left, right):
                if side.kind in (Kind.OBJECT, Kind.INSTANCE):
                    targets = flow.analyst.classes.dunders(side.ref, ("__eq__", "__lt__", "__gt__"))
                    if targets:
                        flow.emit(What.TEXT, node, side, "the comparison calls it", targets)
        left = right
    return OPAQUE


def display(flow: Flow, node: ast.List | ast.Tuple | ast.Set, env: Env) -> Type:
    """`[a, *b]` and the like."""
    parts = [evaluate(flow, e, env) for e in node.elts]
    starred = any(isinstance(e, ast.Starred) for e in node.elts)
    item: Type | None = None
    for element, part in zip(node.elts, parts, strict=True):
        item = join(item, part.item if isinstance(element, ast.Starred) else part)
    options = () if starred or not isinstance(node, ast.Tuple) else tuple(parts)
    return Type(Kind.LIST, item=item or NONE, options=options)


def dictionary(flow: Flow, node: ast.Dict, env: Env) -> Type:
    """`{k: v, **other}`."""
    item: Type | None = None
    keys: Type | None = None
    for key, value in zip(node.keys, node.values, strict=True):
        if key is not None:
            keys = join(keys, evaluate(flow, key, env))
        part = evaluate(flow, value, env)
        known = part.kind is Kind.DICT
        item = join(item, part if key is not None else (part.item if known else UNKNOWN))
        if key is None:
            keys = join(keys, (part.key or OPAQUE) if known else UNKNOWN)
    return Type(Kind.DICT, item=item or NONE, key=keys)


def comprehension(flow: Flow, node: ast.ListComp | ast.SetComp | ast.GeneratorExp | ast.DictComp, env: Env) -> Type:
    """A comprehension; its names are its own."""
    inside = dict(env)
    for at, clause in enumerate(node.generators):
        iterable = evaluate(flow, clause.iter, inside)
        item = iterate(flow, clause.iter, iterable, inside, host=node, clause=at, awaited=bool(clause.is_async))
        flow.assign(clause.target, item, inside, None)
        for condition in clause.ifs:
            test(flow, condition, inside)
            inside = narrow(flow, condition, inside)[0]
    if isinstance(node, ast.DictComp):
        key = evaluate(flow, node.key, inside)
        value = evaluate(flow, node.value, inside)
        _leave(node, inside, env)
        return Type(Kind.DICT, item=value, key=key)
    # what the iteration did to names of the enclosing function (a filled result cache) holds afterwards
    element = evaluate(flow, node.elt, inside)
    _leave(node, inside, env)
    return list_of(element)


def _leave(node: ast.ListComp | ast.SetComp | ast.GeneratorExp | ast.DictComp, inside: Env, env: Env) -> None:
    """The names of the enclosing function after a comprehension: what its first clause runs through is evaluated."""
    targets = {n.id for c in node.generators for n in ast.walk(c.target) if isinstance(n, ast.Name)}
    first = node.generators[0].iter
    for name in env.keys() - targets:
        if isinstance(first, ast.Name) and first.id == name:
            env[name] = inside[name]
        elif inside[name].cached and not env[name].cached:
            env[name] = evaluated.touched(env[name])  # a later clause may not have been reached


def iterate(
    flow: Flow,
    node: ast.expr,
    value: Type,
    env: Env,
    *,
    host: ast.AST,
    clause: int = 0,
    awaited: bool = False,
) -> Type:
    """What a `for` (statement or clause) over `value` binds; reports the evaluation at `host`."""
    kinds = members(value)
    if awaited:
        evaluated.fill(node, value, env)
        return element_of(flow, value) if all(k.kind in LAZY for k in kinds) else UNKNOWN
    if len(kinds) > 1 and any(k.kind in LAZY or k.kind is Kind.GENERATOR for k in kinds):
        if all(k.kind in LAZY for k in kinds):
            flow.emit(What.ITERATE, host, value, clause=clause, over=node)
        else:
            flow.emit(What.DOUBT, host, detail="it iterates what may be a queryset or something else")
        return element_of(flow, value)
    kind = kinds[0]
    if kind.kind in LAZY:
        if not kind.cached:
            flow.emit(What.ITERATE, host, kind, clause=clause, over=node)
            # `async for` fills the result cache, so that later uses of the same object do no I/O
            evaluated.fill(node, kind, env)
        return element_of(flow, kind)
    if kind.kind in MANAGERS:
        flow.emit(What.DOUBT, host, detail="a manager is iterated")
    elif kind.kind is Kind.GENERATOR:
        flow.emit(What.ITERATE, host, kind, clause=clause, over=node)
    elif kind.kind is Kind.UNKNOWN and not kind.cached:
        flow.emit(What.DOUBT, host, detail="it iterates a value that may be a queryset: its type is not known")
    elif kind.kind is Kind.OBJECT:
        targets = flow.analyst.classes.dunders(kind.ref, ("__iter__", "__getitem__", "__next__"))
        if targets:
            flow.emit(What.TEXT, host, kind, "it is iterated", targets)
        elif flow.analyst.classes.foreign(kind.ref):
            flow.emit(What.DOUBT, host, detail=f"iterating a {kind.ref} may query the database")
        return UNKNOWN
    elif kind.kind is Kind.SESSION:
        flow.emit(What.DOUBT, host, detail="the session is iterated")
    return element_of(flow, kind)


def element_of(flow: Flow, value: Type) -> Type:
    """What iterating a value gives."""
    result: Type | None = None
    for one in members(value):
        if one.kind in LAZY:
            result = join(result, row_of(one))
        elif one.kind in (Kind.LIST, Kind.GENERATOR):
            result = join(result, evaluated.touched(one.item or UNKNOWN))
        elif one.kind is Kind.DICT:
            result = join(result, one.key or OPAQUE)
        elif one.kind in (Kind.OPAQUE, Kind.NONE) or (
            one.kind is Kind.MODULE and not flow.analyst.classes.foreign(one.ref)
        ):
            result = join(result, OPAQUE)
        else:
            return UNKNOWN
    return result or UNKNOWN


def row_of(queryset: Type) -> Type:
    """A row of a queryset."""
    if queryset.rows == "values":
        return Type(Kind.DICT, item=OPAQUE)
    if queryset.rows in ("flat", "dates"):
        return OPAQUE
    if queryset.rows == "values_list":
        return list_of(OPAQUE)
    if not queryset.ref:
        return UNKNOWN
    return instance(
        queryset.ref,
        loaded=queryset.loaded,
        prefetched=queryset.prefetched,
        to_attr=queryset.to_attr,
        deferred=queryset.deferred,
        only=queryset.only,
        without=queryset.without,
        origins=None if queryset.combined or queryset.deferred or queryset.kind is Kind.RAW else queryset.origins,
        saved=True,
    )


def consume(
    flow: Flow, node: ast.expr | None, value: Type, env: Env, wrapper: str, call: ast.Call | None = None
) -> Type:
    """A value is handed to something (`wrapper`, in `call`) that iterates all of it; gives the type of its elements."""
    if node is None:
        return element_of(flow, value)
    kinds = members(value)
    if isinstance(node, ast.GeneratorExp):
        return value.item or UNKNOWN  # its clauses were reported where they stand
    lazy = [k for k in kinds if k.kind in LAZY and not k.cached]
    if lazy and len(lazy) == len(kinds):
        flow.emit(What.CONSUME, node, value, wrapper, call=call)
        evaluated.fill(node, value, env)
    elif lazy:
        flow.emit(What.DOUBT, node, detail="it evaluates what may be a queryset or something else")
    elif any(k.kind is Kind.GENERATOR for k in kinds):
        flow.emit(What.CONSUME, node, value, wrapper, call=call)
    elif any(k.kind is Kind.UNKNOWN and not k.cached for k in kinds):
        flow.emit(What.DOUBT, node, detail="it evaluates a value that may be a queryset: its type is not known")
    elif any(k.kind in MANAGERS for k in kinds):
        flow.emit(What.DOUBT, node, detail="a manager is iterated")
    elif any(k.kind is Kind.OBJECT for k in kinds):
        for one in kinds:
            targets = flow.analyst.classes.dunders(one.ref, ("__iter__", "__len__", "__getitem__"))
            if targets:
                flow.emit(What.TEXT, node, one, "it is iterated", targets)
            elif one.kind is Kind.OBJECT and flow.analyst.classes.foreign(one.ref):
                flow.emit(What.DOUBT, node, detail=f"iterating a {one.ref} may query the database")
        return UNKNOWN
    return element_of(flow, value)


def text(flow: Flow, node: ast.expr, value: Type) -> None:
    """A value is turned into text."""
    for one in members(value):
        if one.kind in LAZY and not one.cached:
            flow.emit(What.DOUBT, node, detail="a queryset is turned into text, which evaluates it")
        elif one.kind in (Kind.INSTANCE, Kind.OBJECT):
            handing.as_text(flow, node, one)
        elif one.kind is Kind.UNKNOWN and flow.analyst.text_may_block():
            detail = "it is turned into text, its type is not known, and some model's __str__ queries"
            flow.emit(What.DOUBT, node, detail=detail)
        elif one.kind in (Kind.LIST, Kind.DICT):
            for inner in (one.item, one.key, *one.options):
                if inner is not None:
                    text(flow, node, inner)


def subscript(flow: Flow, node: ast.Subscript, env: Env) -> Type:
    """`x[i]`, `x[a:b]`."""
    value = evaluate(flow, node.value, env)
    key = evaluate(flow, node.slice, env)
    if not isinstance(node.ctx, ast.Load):
        flow.subscripts[node] = (value, key)
    kinds = members(value)
    if len(kinds) > 1 and any(k.kind in LAZY for k in kinds):
        flow.emit(What.DOUBT, node, detail="it indexes what may be a queryset or something else")
        return UNKNOWN
    kind = kinds[0]
    if kind.kind in LAZY and kind.touched and not kind.cached:
        flow.emit(What.DOUBT, node, detail="it may be evaluated already: what it gives then is a list, not a queryset")
    if kind.kind in LAZY:
        if isinstance(node.slice, ast.Slice):
            if node.slice.step is not None or kind.kind is Kind.RAW:
                flow.emit(What.INDEX, node, kind, "step")
                return list_of(row_of(kind))
            return kind.but(sliced=True, touched=False) if not kind.cached else list_of(row_of(kind))
        if not kind.cached:
            flow.emit(What.INDEX, node, kind, "index")
        return row_of(kind)
    if kind.kind is Kind.LIST:
        if isinstance(node.slice, ast.Slice):
            return kind.but(options=())
        if kind.options and isinstance(node.slice, ast.Constant) and isinstance(node.slice.value, int):
            at = node.slice.value
            if -len(kind.options) <= at < len(kind.options):
                return kind.options[at]
        return evaluated.touched(kind.item or UNKNOWN)
    if kind.kind is Kind.DICT:
        return evaluated.touched(kind.item or UNKNOWN)
    if kind.kind is Kind.SESSION:
        flow.emit(What.SESSION, node, kind, "getitem")
        return UNKNOWN
    if kind.kind is Kind.OBJECT:
        targets = flow.analyst.classes.dunders(kind.ref, ("__getitem__",))
        if targets:
            flow.emit(What.TEXT, node, kind, "it is indexed", targets)
        elif flow.analyst.classes.foreign(kind.ref):
            flow.emit(What.DOUBT, node, detail=f"indexing a {kind.ref} may query the database")
        return UNKNOWN
    if kind.kind is Kind.UNKNOWN and not kind.cached:
        number = isinstance(node.slice, ast.Slice) or (
            isinstance(node.slice, ast.Constant) and isinstance(node.slice.value, int)
        )
        if number or key.kind is Kind.UNKNOWN:
            flow.emit(What.DOUBT, node, detail="it indexes a value that may be a queryset: its type is not known")
        return UNKNOWN
    return OPAQUE if kind.kind in _QUIET else UNKNOWN


def set_attribute(flow: Flow, target: ast.Attribute, base: Type, value: Type, env: Env) -> None:
    """`x.name = value`: assigning a relation loads it, assigning its id unloads it."""
    if base.kind is Kind.OBJECT and base.ref == "threading.local":
        attributes.of_object(flow, target, base, target.attr)
        return
    if base.kind is Kind.INSTANCE and isinstance(target.value, ast.Name) and target.value.id in env:
        one = flow.analyst.graph.field(base.ref, target.attr)
        loaded, only = base.loaded, base.only
        if one is not None and one.kind in ("fk", "o2o", "gfk"):
            loaded = loaded | {target.attr}
        elif one is not None and target.attr.endswith("_id"):
            relation = target.attr.removesuffix("_id")
            loaded = frozenset(p for p in loaded if p.split("__")[0] != relation)
        if base.deferred:
            only = only | {target.attr}
        env[target.value.id] = base.but(loaded=loaded, only=only)
        if loaded < base.loaded:
            unloading.unload(env, base.ref)
    elif base.kind is Kind.INSTANCE and target.attr.endswith("_id"):
        unloading.unload(env, base.ref)
    elif base.kind is Kind.REQUEST and target.attr == "user":
        env["request.user"] = value
    elif base.kind in (Kind.INSTANCE, Kind.OBJECT) and base.ref:
        setters = flow.analyst.classes.setters(base.ref, target.attr)
        if setters:
            flow.emit(What.PROPERTY, target, base, target.attr, setters)


def set_item(flow: Flow, target: ast.Subscript, value: Type, env: Env) -> None:
    """`x[k] = value`."""
    base = evaluate(flow, target.value, env)
    put_item(flow, target, base, evaluate(flow, target.slice, env), value, env)


def put_item(flow: Flow, target: ast.Subscript, base: Type, key: Type, value: Type, env: Env) -> None:
    """`x[k] = value` when the types of `x` and `k` are known."""
    if base.kind is Kind.SESSION:
        flow.emit(What.SESSION, target, base, "setitem")
    elif base.kind in (Kind.DICT, Kind.LIST):
        added = value
        if isinstance(target.slice, ast.Slice):
            added = element_of(flow, value)
            if any(m.kind in LAZY or m.kind is Kind.GENERATOR for m in members(value)):
                flow.emit(What.DOUBT, target, detail="what a queryset or generator gives is put into a list")
        keys = key if base.kind is Kind.DICT else None
        containers.grow(target.value, env, lambda box: containers.grown(box, added, keys))
    elif base.kind in LAZY:
        flow.emit(What.DOUBT, target, detail="a queryset's item is assigned")


def delete(flow: Flow, statement: ast.Delete, target: ast.expr, env: Env) -> None:
    """`del x[k]`."""
    if isinstance(target, ast.Subscript):
        flow.reset(target)
        base = evaluate(flow, target.value, env)
        evaluate(flow, target.slice, env)
        if base.kind is Kind.SESSION:
            flow.emit(What.SESSION, target, base, "delitem", alone=len(statement.targets) == 1)
    elif isinstance(target, ast.Attribute):
        base = evaluate(flow, target.value, env)
        if base.kind is Kind.INSTANCE:
            unloading.unload(env, base.ref)
    elif isinstance(target, ast.Name):
        env.pop(target.id, None)


def enter(flow: Flow, node: ast.With | ast.AsyncWith, env: Env) -> None:
    """The items of a `with`."""
    for item in node.items:
        value = evaluate(flow, item.context_expr, env)
        bound: Type = OPAQUE if value.kind in _QUIET else UNKNOWN
        if isinstance(node, ast.With):
            if value.kind is Kind.GENERATOR:
                flow.emit(What.WITH, node, value, value.ref, (value.ref,), item=item)
                bound = value.item or UNKNOWN
            elif value.kind is Kind.OBJECT and flow.analyst.classes.is_project_class(value.ref):
                targets = flow.analyst.classes.dunders(value.ref, ("__enter__", "__exit__"))
                if targets:
                    flow.emit(What.WITH, node, value, value.ref, targets, item=item)
                elif flow.analyst.classes.foreign_base(value.ref):
                    detail = f"the context manager {value.ref} may need its own thread or transaction"
                    flow.emit(What.PIN, node, detail=detail)
                bound = value
            elif value.kind is Kind.OBJECT and flow.analyst.classes.classify(value.ref)[0] == "refuse":
                pass  # the call that made it is reported
            elif value.kind is Kind.UNKNOWN or (value.kind is Kind.OBJECT and flow.analyst.classes.foreign(value.ref)):
                flow.emit(What.DOUBT, node, detail="a context manager whose kind is not known")
        if item.optional_vars is not None:
            flow.assign(item.optional_vars, bound, env, None)
