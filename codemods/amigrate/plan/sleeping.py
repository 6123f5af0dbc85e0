"""`time.sleep(x)` → `await asyncio.sleep(x)`, where both do the same.

A negative number raises ValueError in `time.sleep` and none in `asyncio.sleep` (library/asyncio-task.html): so only
numbers that are surely not negative; any other sleep runs in a thread.
"""

from __future__ import annotations

import ast
import math
from collections.abc import Iterator

from amigrate.facts.named import may_be_string
from amigrate.facts.nodes import walk
from amigrate.plan.awaiting import is_builtin, parens
from amigrate.plan.context import Draft
from amigrate.plan.imported import bound_around, spelled

SLEEP = "time.sleep"
CODEMOD = "async-sleep"
_LONGEST = 10**6  # seconds: beyond what the clock can count time.sleep raises OverflowError
_NEVER_NEGATIVE = frozenset({"random.random", "math.fabs"})
_BETWEEN = frozenset({"random.uniform", "random.randint", "random.randrange", "random.triangular"})
_DEPTH = 6


def sleeps(draft: Draft, node: ast.Call) -> bool:
    """Whether a call of `time.sleep` gets its async form; the site is added then."""
    if len(node.args) != 1 or node.keywords or not _never_negative(draft, node.args[0], _DEPTH):
        return False
    name = spelled(draft, "asyncio.sleep", "asyncio")
    if name is None or _patched(draft):
        return False
    draft.natives += 1
    draft.add(node, CODEMOD, "time.sleep would block the event loop", name=name, parens=parens(draft, node))
    return True


def _patched(draft: Draft) -> bool:
    """Whether tests may put something else into the place of `time.sleep`: they are not changed."""
    program, trees = draft.context.analyst.program, draft.context.analyst.trees
    for scope in program.mentions("sleep"):
        light = program.modules.get(scope.removesuffix("."))
        if light is None or not light.light or not may_be_string(trees.read(light.path), "sleep"):
            continue
        test = trees.full(light.module)
        named = [text for text in test.dotted_strings if text.endswith(".sleep")]
        if "sleep" in test.words or any(text == SLEEP or text.startswith(f"{draft.module}.") for text in named):
            return True
    return False


def _never_negative(draft: Draft, node: ast.expr, depth: int) -> bool:
    """Whether an expression is a number that is not negative, or raises the same error in both."""
    if not depth:
        return False
    match node:
        case ast.Constant(value=int() | float() as value):
            return math.isfinite(value) and 0 <= value <= _LONGEST
        case ast.BinOp(op=ast.Add() | ast.Mult() | ast.Div() | ast.FloorDiv() | ast.Mod() | ast.Pow()):
            return _never_negative(draft, node.left, depth - 1) and _never_negative(draft, node.right, depth - 1)
        case ast.IfExp():
            return _never_negative(draft, node.body, depth - 1) and _never_negative(draft, node.orelse, depth - 1)
        case ast.NamedExpr():
            return _never_negative(draft, node.value, depth - 1)
        case ast.Name():
            return _is_such_a_name(draft, node.id, depth)
        case ast.Call(keywords=[]):
            return _is_such_a_call(draft, node, depth)
    return False


def _is_such_a_call(draft: Draft, node: ast.Call, depth: int) -> bool:
    """`max(0, x)`, `min(x, 5)` of such numbers, `random.uniform(0, 1)` and the like."""
    sure = [_never_negative(draft, argument, depth - 1) for argument in node.args]
    if isinstance(node.func, ast.Name) and is_builtin(draft, node.func.id):
        match node.func.id:
            case "max":
                return len(node.args) > 1 and any(sure)
            case "min":
                return len(node.args) > 1 and all(sure)
            case "float" | "int" | "round":
                return sure[:1] == [True]
        return False
    program = draft.context.analyst.program
    name = ast.unparse(node.func)
    symbol = program.resolve(draft.module, name) if name.replace(".", "").isidentifier() else None
    if symbol is None or symbol.kind != "external" or name.partition(".")[0] in bound_around(draft):
        return False
    return symbol.qualified in _NEVER_NEGATIVE or (symbol.qualified in _BETWEEN and bool(sure) and all(sure))


def _is_such_a_name(draft: Draft, name: str, depth: int) -> bool:
    """A constant of the module, or a variable that only ever gets such numbers."""
    if name in bound_around(draft):
        return _is_such_a_variable(draft, name, depth)
    program = draft.context.analyst.program
    symbol = program.resolve(draft.module, name)
    tree = draft.context.analyst.trees.tree(symbol.module) if symbol.kind == "value" else None
    if tree is None:
        return False
    last = symbol.qualified.rpartition(".")[2]
    bound = [part for part in walk(tree) if isinstance(part, ast.Name) and part.id == last and _is_store(part)]
    values = [
        statement.value
        for statement in tree.body
        if isinstance(statement, ast.Assign | ast.AnnAssign)
        for target in (statement.targets if isinstance(statement, ast.Assign) else [statement.target])
        if isinstance(target, ast.Name) and target.id == last
    ]
    # set from outside is not seen: a constant is written in capitals
    return last.isupper() and len(bound) == len(values) == 1 and _is_constant(values[0])


def _is_constant(node: ast.expr | None) -> bool:
    match node:
        case ast.Constant(value=int() | float() as value):
            return math.isfinite(value) and 0 <= value <= _LONGEST
        case ast.BinOp(op=ast.Add() | ast.Mult() | ast.Div()):
            return _is_constant(node.left) and _is_constant(node.right)
    return False


def _is_such_a_variable(draft: Draft, name: str, depth: int) -> bool:
    bound = 0
    for part in walk(draft.analysis.node):
        if isinstance(part, ast.Name) and part.id == name and _is_store(part):
            bound += 1
            given = list(_given(draft, part))
            if not given or not all(_never_negative_but(draft, value, name, depth - 1) for value in given):
                return False
        elif name in _binds(part):
            return False
    return bound > 0  # else a function around this one binds it


def _binds(part: ast.AST) -> list[str]:
    """The names that anything but an assignment or a loop binds, or takes from elsewhere."""
    match part:
        case ast.Global(names=names) | ast.Nonlocal(names=names):
            return names
        case ast.arg(arg=name):
            return [name]
        case ast.alias():
            return [part.asname or part.name]
        case ast.FunctionDef(name=name) | ast.AsyncFunctionDef(name=name) | ast.ClassDef(name=name):
            return [name]
        case ast.ExceptHandler(name=str(name)) | ast.MatchAs(name=str(name)) | ast.MatchStar(name=str(name)):
            return [name]
        case ast.MatchMapping(rest=str(name)):
            return [name]
    return []


def _never_negative_but(draft: Draft, node: ast.expr, name: str, depth: int) -> bool:
    """The same, where the variable itself counts as such a number: `delay = delay * 2`, by induction."""
    match node:
        case ast.Name(id=same) if same == name:
            return True
        case ast.BinOp(op=ast.Add() | ast.Mult() | ast.Div() | ast.Pow()) if depth:
            left, right = (_never_negative_but(draft, part, name, depth - 1) for part in (node.left, node.right))
            return left and right
        case ast.Call(func=ast.Name(id="min" | "max" as called), keywords=[]) if depth and is_builtin(draft, called):
            return len(node.args) > 1 and all(_never_negative_but(draft, a, name, depth - 1) for a in node.args)
    return _never_negative(draft, node, depth)


def _given(draft: Draft, target: ast.Name) -> Iterator[ast.expr]:
    """What a variable gets where `target` binds it; nothing where that is not seen."""
    parent = draft.parent(target)
    match parent:
        case ast.Assign(targets=[ast.Name()]) | ast.AnnAssign(value=ast.expr()) | ast.NamedExpr():
            assert parent.value is not None
            yield parent.value
        case ast.AugAssign(op=ast.Add() | ast.Mult() | ast.Div() | ast.Pow()):
            yield parent.value
        case ast.For(iter=ast.Call(func=ast.Name(id="range"), args=args, keywords=[])) if parent.target is target:
            if is_builtin(draft, "range") and len(args) < 3:
                yield args[0] if len(args) == 2 else ast.Constant(0)
        case ast.Tuple(elts=[ast.Name() as first, *_]) if first is target:
            loop = draft.parent(parent)
            match loop:
                case ast.For(iter=ast.Call(func=ast.Name(id="enumerate"), args=args, keywords=keywords)):
                    if loop.target is parent and is_builtin(draft, "enumerate"):
                        yield [*args[1:], *(k.value for k in keywords), ast.Constant(0)][0]
        case ast.For(iter=ast.Tuple(elts=elements) | ast.List(elts=elements)) if parent.target is target:
            yield from elements


def _is_store(node: ast.Name) -> bool:
    return not isinstance(node.ctx, ast.Load)
