"""Where an `await` may stand, and where it needs parentheses."""

from __future__ import annotations

import ast

from amigrate.facts.builtin_calls import EATERS
from amigrate.facts.effects import What
from amigrate.facts.nodes import walk
from amigrate.plan.context import Draft

# what runs through a generator expression at once, so that a list does as well
EAGER_METHODS = frozenset(
    {"join", "extend", "update", "writelines", "writerows", "union", "intersection", "bulk_create", "bulk_update"}
    | {"fromkeys", "difference", "abulk_create"}
)
EAGER_FUNCTIONS = (EATERS - {"any", "all", "zip", "enumerate", "reversed"}) | {
    "Counter",
    "deque",
    "OrderedDict",
    "fsum",
}
_ANSWERING = frozenset(
    "len str int float bool abs round isinstance hasattr getattr min max sum lower upper strip startswith endswith "
    "title casefold replace split count index get keys values items isdigit date time format".split()
)
_STOPPING = frozenset({"any", "all"})
_COMPREHENSIONS = (ast.ListComp, ast.SetComp, ast.DictComp, ast.GeneratorExp)


def parens(draft: Draft, node: ast.AST) -> str:
    """ "1" when `await …` in the place of `node` must be parenthesised."""
    return "1" if binds(draft.parent(node), node) else ""


def binds(parent: ast.AST | None, node: ast.AST) -> bool:
    """Whether `parent` binds tighter to `node` than an `await` would."""
    return (
        (isinstance(parent, ast.Attribute | ast.Subscript) and parent.value is node)
        or (isinstance(parent, ast.Call) and parent.func is node)
        or isinstance(parent, ast.Await)
    )


def may_await(draft: Draft, node: ast.AST) -> bool:
    """Whether an `await` may stand at `node`; records what its surroundings need, and the obstacle when it may not."""
    if node in draft.awaits:
        return True
    nested = 1 if isinstance(node, _COMPREHENSIONS) else 0
    before, child, parent = node, node, draft.parent(node)
    while parent is not None and parent is not draft.analysis.node:
        if isinstance(parent, ast.Lambda) and child is parent.body and parent not in draft.opened:
            from amigrate.plan.lazy_sites import defined  # lazy_sites asks this module

            if not defined(draft, parent):
                return False
            break  # it is a function of its own then
        if isinstance(parent, ast.ClassDef) and child in parent.body:
            draft.refuse(node, "`await` cannot stand in a class body")
            return False
        if isinstance(parent, _COMPREHENSIONS):
            # the first iterable is evaluated outside the comprehension
            outside = child is parent.generators[0] and before is parent.generators[0].iter
            if isinstance(parent, ast.GeneratorExp) and not outside and not _listed(draft, parent):
                return False
            nested += 0 if outside else 1
        before, child, parent = child, parent, draft.parent(parent)
    if nested > 1 and draft.context.python_version < (3, 11):
        draft.refuse(node, "an async comprehension inside another one needs Python 3.11")
        return False
    draft.awaits.add(node)
    return True


def is_builtin(draft: Draft, name: str) -> bool:
    """Whether a name means the built-in function here."""
    found = draft.context.analyst.program.resolve(draft.module, name)
    bound = {n.id for n in walk(draft.analysis.node) if isinstance(n, ast.Name) and isinstance(n.ctx, ast.Store)}
    bound |= {n.arg for n in walk(draft.analysis.node) if isinstance(n, ast.arg)}
    return found.kind == "external" and found.qualified == name and name not in bound


def stops_early(draft: Draft, lazy: ast.expr) -> bool:
    """Whether a generator is asked by any(), all() or next() for as much as it needs, which `anext` can do as well."""
    call = draft.parent(lazy)
    if not isinstance(call, ast.Call) or not isinstance(call.func, ast.Name) or call.args[:1] != [lazy]:
        return False
    name = call.func.id
    if name not in ("any", "all", "next") or call.keywords or not is_builtin(draft, name):
        return False
    if call in draft.stops:
        return True
    if draft.context.python_version < (3, 10):
        draft.refuse(call, "anext() needs Python 3.10")
        return False
    if name == "next" and len(call.args) == 1:
        draft.refuse(call, "next() without a default raises StopIteration, anext() another exception")
        return False
    if not may_await(draft, call):
        return False
    draft.stops.add(call)
    return True


def _listed(draft: Draft, generator: ast.GeneratorExp) -> bool:
    if consumer(draft, generator) in ("any", "all", "next") and is_builtin(draft, consumer(draft, generator)):
        if not stops_early(draft, generator):
            return False
        draft.generators.setdefault(generator, set())
        return True
    if generator in draft.generators:
        return True
    if not make_list(draft, generator):
        return False
    draft.generators.setdefault(generator, set())
    return True


def consumer(draft: Draft, generator: ast.GeneratorExp) -> str:
    """The name of the function that the generator expression is an argument of, "" when it is none."""
    parent = draft.parent(generator)
    if isinstance(parent, ast.Call) and generator in parent.args:
        func = parent.func
        return func.id if isinstance(func, ast.Name) else func.attr if isinstance(func, ast.Attribute) else ""
    return ""


def _acts(generator: ast.GeneratorExp) -> bool:
    """Whether the tests of a generator expression may do something: then each must run only when it would."""
    tested = [generator.elt, *(test for clause in generator.generators for test in clause.ifs)]
    for part in (inner for test in tested for inner in walk(test)):
        if isinstance(part, ast.NamedExpr):
            return True
        if isinstance(part, ast.Call):
            func = part.func
            name = func.id if isinstance(func, ast.Name) else getattr(func, "attr", "")
            if name not in _ANSWERING:
                return True
    return False


def make_list(draft: Draft, generator: ast.GeneratorExp) -> bool:
    """Whether a list comprehension can stand for a generator expression; records the obstacle when not."""
    from amigrate.plan.stream_sites import streamed  # stream_sites is above this

    if streamed(draft, generator):
        return True
    name = consumer(draft, generator)
    if any(e.what is What.CALL and e.node is draft.parent(generator) for e in draft.analysis.effects):
        draft.refuse(generator, f"`{name}` of the project gets a generator expression, which would be an async one")
        return False
    stopping = name in _STOPPING and (len(generator.generators) > 1 or _acts(generator))
    if (name == "next" or stopping) and is_builtin(draft, name):
        return stops_early(draft, generator)
    from amigrate.plan.lazy_sites import runs_async  # lazy_sites asks this module

    if isinstance(draft.parent(generator), ast.For | ast.comprehension):
        if runs_async(draft, generator):
            return True
        draft.refuse(generator, "an async generator cannot be run through here", "write a list comprehension")
        return False
    if name in EAGER_FUNCTIONS or name in EAGER_METHODS or name in _STOPPING:
        return True
    draft.refuse(generator, "an async generator expression cannot be consumed here", "write a list comprehension")
    return False
