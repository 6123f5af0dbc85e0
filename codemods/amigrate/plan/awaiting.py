"""Where an `await` may stand, and where it needs parentheses."""

from __future__ import annotations

import ast

from amigrate.facts.builtin_calls import EATERS
from amigrate.facts.nodes import walk
from amigrate.plan.context import Draft

# what runs through a generator expression at once, so that a list does as well
_EAGER_METHODS = frozenset(
    {"join", "extend", "update", "writelines", "writerows", "union", "intersection", "bulk_create", "bulk_update"}
    | {"fromkeys", "difference", "abulk_create"}
)
_EAGER_FUNCTIONS = (EATERS - {"any", "all", "zip", "enumerate", "reversed"}) | {
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
    parent = draft.parent(node)
    binds = (
        (isinstance(parent, ast.Attribute | ast.Subscript) and parent.value is node)
        or (isinstance(parent, ast.Call) and parent.func is node)
        or isinstance(parent, ast.Await)
    )
    return "1" if binds else ""


def may_await(draft: Draft, node: ast.AST) -> bool:
    """Whether an `await` may stand at `node`; records what its surroundings need, and the obstacle when it may not."""
    if node in draft.awaits:
        return True
    nested = 1 if isinstance(node, _COMPREHENSIONS) else 0
    before, child, parent = node, node, draft.parent(node)
    while parent is not None and parent is not draft.analysis.node:
        if isinstance(parent, ast.Lambda) and child is parent.body:
            draft.refuse(node, "`await` cannot stand in a lambda", "make the lambda a nested function")
            return False
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


def _listed(draft: Draft, generator: ast.GeneratorExp) -> bool:
    if consumer(draft, generator) in _STOPPING:
        draft.refuse(generator, "any() and all() stop early: awaiting in their generator needs a loop with a break")
        return False
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
    name = consumer(draft, generator)
    if name in _STOPPING and _acts(generator):
        draft.refuse(generator, "any() and all() stop early, and what is tested may do more than answer")
        return False
    if name in _EAGER_FUNCTIONS or name in _EAGER_METHODS or name in _STOPPING:
        return True
    draft.refuse(generator, "an async generator expression cannot be consumed here", "write a list comprehension")
    return False
