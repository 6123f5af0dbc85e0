"""Sites for what queries: terminals, iteration, evaluation."""

from __future__ import annotations

import ast
import keyword
import re

from amigrate import django_api
from amigrate.facts.effects import Effect, What
from amigrate.facts.lattice import Kind, Type
from amigrate.facts.nodes import walk
from amigrate.facts.writes import writes, written
from amigrate.model import Confidence
from amigrate.plan.awaiting import make_list, may_await, parens
from amigrate.plan.bridging import bridge_call, bridge_expression
from amigrate.plan.context import Draft
from amigrate.plan.listing import assigned_query

_OWNERS = {Kind.QUERYSET: "QuerySet", Kind.RAW: "QuerySet", Kind.MANAGER: "Manager", Kind.RELATED: "RelatedManager"}
# before a capital that follows a small letter or begins the last word of OSVariant
_WORD_STARTS = re.compile(r"(?<=[a-z0-9])(?=[A-Z])|(?<=[A-Z])(?=[A-Z][a-z])")
_UNWRAPPED = frozenset({"list", "tuple", "set", "frozenset"})
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


_PROTOCOL = ("__iter__", "__aiter__", "__len__", "__bool__", "__getitem__", "__contains__", "iterator")


def not_as_django(draft: Draft, effect: Effect) -> str:
    """Why a queryset cannot be evaluated as Django's are, "" when it can."""
    for owner in filter(None, effect.receiver.manager.split("|")):
        for name in _PROTOCOL:
            if found := draft.context.analyst.program.find_method(owner, name):
                return f"the queryset has its own {found}.{name}, which `async for` would go past"
    listed = effect.what in (What.CONSUME, What.INDEX, What.CONTAINS) or effect.extra.get("keep")
    if listed and any(isinstance(part, ast.NamedExpr) for part in walk(effect.node)):
        return "an assignment expression cannot stand in what a comprehension runs through"
    return ""


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


def generator_is_async(draft: Draft, kind: Type, over: ast.expr) -> bool:
    """Whether a generator of the project becomes an async one; else its whole run is bridged, if it may block."""
    analyst = draft.context.analyst
    if kind.ref in draft.converted:
        return True
    if kind.ref and analyst.blocks(kind.ref):
        if not _may_run_ahead(draft, kind.ref, over):
            draft.refuse(
                over, f"the generator {kind.ref} stays sync, and running it to its end first may change what happens"
            )
        elif isinstance(over, ast.Call) and may_await(draft, over):
            reason = f"{kind.ref.rpartition('.')[2]} queries the database and stays sync"
            bridge_expression(draft, over, reason, op="list")
        else:
            draft.refuse(over, f"the generator {kind.ref} may query the database and stays sync")
    return False


def _may_run_ahead(draft: Draft, generator: str, over: ast.expr) -> bool:
    """Whether a generator may be run to its end before its first value is used: neither side writes, and it ends."""
    analyst = draft.context.analyst
    node = analyst.trees.node(generator)
    endless = node is None or any(
        isinstance(part, ast.While) and isinstance(part.test, ast.Constant) and part.test.value for part in walk(node)
    )
    host = draft.parent(over)
    inside = {id(part) for part in walk(host)} if host is not None else set()
    effects = (e for e in draft.analysis.effects if id(e.node) in inside and e.receiver.ref != generator)
    return not endless and not writes(analyst, generator) and not any(written(analyst, e) for e in effects)


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


def consume(draft: Draft, effect: Effect) -> None:
    """A lazy value that something iterates: `list(qs)` → `[x async for x in qs]`, `sorted(qs)` → `sorted([…])`."""
    node = effect.node
    assert isinstance(node, ast.expr)
    host = effect.extra.get("call")
    wrapper = effect.detail
    if effect.receiver.kind is Kind.GENERATOR and not _generator_consumed(draft, effect, node, host):
        return
    if isinstance(host, ast.Call) and host in draft.eaches and len(host.args) == 2:
        draft.each_clauses.add(host)
        return
    if not may_await(draft, node):
        return
    target = target_name(effect.receiver)
    reason = f"{wrapper}() evaluates the queryset" if isinstance(host, ast.Call) else "the queryset is evaluated here"
    draft.natives += 1
    alone = isinstance(host, ast.Call) and len(host.args) == 1 and not host.keywords and host.args[0] is node
    if alone and isinstance(host, ast.Call) and wrapper in _UNWRAPPED:
        draft.add(host, "orm-materialise", reason, unwrap=wrapper, target=target)
        return
    if alone and isinstance(host, ast.Call) and wrapper == "dict" and (names := _pair(node)):
        draft.add(host, "orm-materialise", reason, unwrap="dict", target=names)
        return
    draft.add(node, "orm-materialise", reason, target=target)


# what runs through a generator at once and to its end, so that a list does as well
_TO_THE_END = frozenset(
    "list tuple set frozenset sorted sum max min dict dict.fromkeys extend update join writerows writelines * union "
    "difference intersection collections.Counter collections.deque collections.OrderedDict functools.reduce "
    "bulk_create bulk_update in_bulk".split()
)


def _generator_consumed(draft: Draft, effect: Effect, node: ast.expr, host: object) -> bool:
    analyst = draft.context.analyst
    blocking = effect.receiver.ref in draft.converted or (effect.receiver.ref and analyst.blocks(effect.receiver.ref))
    if blocking and effect.detail not in _TO_THE_END:
        short = effect.receiver.ref.rpartition(".")[2]
        draft.refuse(node, f"`{effect.detail}` may stop before the end of the generator {short}, which queries")
        return False
    if effect.receiver.ref in draft.converted:
        return True
    if effect.receiver.ref and analyst.blocks(effect.receiver.ref):
        reason = f"{effect.receiver.ref.rpartition('.')[2]} queries the database and stays sync"
        if (
            isinstance(host, ast.Call)
            and len(host.args) == 1
            and effect.detail in ("list", "tuple", "set", "sorted", "dict")
        ):
            if may_await(draft, host):
                bridge_call(draft, host, reason)
        elif isinstance(node, ast.Call) and may_await(draft, node):
            bridge_expression(draft, node, reason, op="list")
        else:
            draft.refuse(node, f"the generator {effect.receiver.ref} may query the database and stays sync")
    return False


def _pair(node: ast.expr) -> str:
    """`title, price` for `….values_list("title", "price")`, "" for anything else."""
    if not (isinstance(node, ast.Call) and isinstance(node.func, ast.Attribute) and node.func.attr == "values_list"):
        return ""
    names = [a.value.rpartition("__")[2] for a in node.args if isinstance(a, ast.Constant) and isinstance(a.value, str)]
    if len(names) != 2 or len(node.args) != 2 or node.keywords or names[0] == names[1]:
        return ""
    return ", ".join(_safe(n) for n in names)


def target_name(kind: Type) -> str:
    """A name for one row: the model's, in lower case with underscores."""
    if kind.rows in ("values", "values_list"):
        return "row"
    if kind.rows == "flat":
        return "value"
    if kind.kind is Kind.GENERATOR or not kind.ref:
        return "item"
    words = _WORD_STARTS.sub("_", kind.ref.rpartition(".")[2]).lower()
    return _safe(words.strip("_") or "item")


def _safe(name: str) -> str:
    return f"{name}_" if keyword.iskeyword(name) else name


def truth(draft: Draft, effect: Effect) -> None:
    """`if qs` → `if await qs.aexists()`."""
    node = effect.node
    assert isinstance(node, ast.expr)
    if not may_await(draft, node):
        return
    if effect.extra.get("keep") or any(m.kind is Kind.RAW for m in (effect.receiver, *effect.receiver.options)):
        draft.natives += 1
        _keep(draft, node, effect, "testing the queryset evaluates it")
        return
    draft.natives += 1
    confidence = Confidence.REVIEW if isinstance(node, ast.Name) else Confidence.SAFE
    reason = "testing the queryset queries the database"
    draft.add(node, "orm-evaluation", reason, confidence, op="exists", parens=parens(draft, node))


def _keep(draft: Draft, node: ast.expr, effect: Effect, reason: str) -> None:
    """The rows that an evaluation brings are used again: a list of them, best from the assignment on."""
    query = assigned_query(draft, node)
    if query is not None and may_await(draft, query):
        node, reason = query, "it is evaluated as a whole later"
    draft.add(node, "orm-materialise", reason, target=target_name(effect.receiver))


def length(draft: Draft, effect: Effect) -> None:
    """`len(qs)` → `await qs.acount()`."""
    node = effect.node
    assert isinstance(node, ast.Call)
    if not may_await(draft, node):
        return
    draft.natives += 1
    reason = "len() evaluates the queryset"
    if effect.extra.get("keep") or effect.receiver.kind is not Kind.QUERYSET:
        _keep(draft, node.args[0], effect, reason)
        return
    draft.add(node, "orm-evaluation", reason, Confidence.REVIEW, op="len", parens=parens(draft, node))


def _next_of_generator(draft: Draft, effect: Effect) -> None:
    """`next(generator, default)` → `await anext(generator, default)`."""
    node, name = effect.node, effect.receiver.ref
    assert isinstance(node, ast.Call)
    short = name.rpartition(".")[2]
    if name not in draft.converted:
        if draft.context.analyst.blocks(name):
            draft.refuse(
                node, f"`{effect.detail}` runs the generator {short}, which queries and stays sync", about=(name,)
            )
    elif effect.detail == "iter":
        draft.refuse(node, f"iter() takes no async generator, which {short} becomes", "leave out iter()")
    elif len(node.args) == 1:
        draft.refuse(node, "next() without a default raises StopIteration, anext() another exception")
    elif draft.context.python_version < (3, 10):
        draft.refuse(node, "anext() needs Python 3.10")
    elif may_await(draft, node):
        draft.natives += 1
        draft.add(node, "async-calls", f"{name} becomes async", op="anext", parens=parens(draft, node))


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


def contains(draft: Draft, effect: Effect) -> None:
    """`x in qs` → `await qs.acontains(x)` where that is the same, else a list."""
    node, kind = effect.node, effect.receiver
    assert isinstance(node, ast.Compare)
    if not effect.extra["alone"]:
        draft.refuse(node, "`in` in a chained comparison evaluates a queryset")
        return
    if not may_await(draft, node):
        return
    item = effect.extra["item"]
    assert isinstance(item, Type)
    draft.natives += 1
    reason = "`in` evaluates the queryset"
    plain = kind.kind is Kind.QUERYSET and kind.rows == "model" and not kind.sliced and not kind.combined
    if plain and not effect.extra.get("keep") and item.kind is Kind.INSTANCE and item.saved and not item.nullable:
        draft.add(node, "orm-evaluation", reason, op="contains", parens=compare_parens(draft, node))
    else:
        draft.add(node, "orm-evaluation", reason, op="contains-list", target=target_name(kind))


def compare_parens(draft: Draft, node: ast.Compare) -> str:
    """`not await …` and `await …` in the place of a comparison: inside another operator they need parentheses."""
    parent = draft.parent(node)
    return "1" if isinstance(parent, ast.BinOp | ast.Compare) else parens(draft, node)


def index(draft: Draft, effect: Effect) -> None:
    """`qs[0]`, `qs[::2]`, `next(iter(qs))`."""
    node, kind = effect.node, effect.receiver
    if kind.kind is Kind.GENERATOR:
        _next_of_generator(draft, effect)
        return
    if not may_await(draft, node):
        return
    target = target_name(kind)
    if effect.detail == "next":
        if draft.context.python_version < (3, 10):
            draft.refuse(node, "anext() needs Python 3.10")
            return
        draft.natives += 1
        reason = "next() evaluates the queryset"
        draft.add(node, "orm-evaluation", reason, Confidence.REVIEW, op="next", parens=parens(draft, node))
        return
    assert isinstance(node, ast.Subscript)
    if not isinstance(node.ctx, ast.Load):
        draft.refuse(node, "an item of a queryset is assigned or deleted")
        return
    draft.natives += 1
    if effect.detail == "step":
        draft.add(node, "orm-evaluation", "slicing with a step evaluates the queryset", op="slice-list", target=target)
        return
    simple = isinstance(node.slice, ast.Name) or (
        isinstance(node.slice, ast.Constant) and isinstance(node.slice.value, int) and node.slice.value >= 0
    )
    op = "index" if simple and kind.kind is Kind.QUERYSET else "index-list"
    if not simple and kind.kind is Kind.QUERYSET:
        draft.refuse(node, "an index that is computed or negative")
        return
    draft.add(node, "orm-evaluation", "indexing the queryset queries the database", op=op, target=target)
