"""Coroutines that are made and never awaited, and async functions handed to what calls them synchronously."""

from __future__ import annotations

import ast
from collections.abc import Iterator, Mapping

from amigrate.audit.data import Defect, Effect, Place
from amigrate.audit.defects.loop import deferred
from amigrate.discover.project import Role
from amigrate.django_api.table import load
from amigrate.facts.module import ModuleFacts, Scope
from amigrate.facts.values import dotted
from amigrate.plan.context import Context

_UNAWAITED = "it is not awaited, so that nothing happens"
# callable -> (position and keyword of the function that it is given, what happens)
_TAKERS: Mapping[str, tuple[int, str, str]] = {
    "django.db.transaction.on_commit": (0, "func", "on_commit drops the coroutine: it never runs"),
    "threading.Thread": (1, "target", "the thread drops the coroutine: it never runs"),
    "threading.Timer": (1, "function", "the timer drops the coroutine: it never runs"),
    "multiprocessing.Process": (1, "target", "the process drops the coroutine: it never runs"),
    "atexit.register": (0, "func", "it is called at exit and never awaited"),
    "builtins.map": (0, "", "map gives coroutines in place of results"),
    "builtins.filter": (0, "", "filter keeps everything, as a coroutine is true"),
}
_REMEDIES = "hand over a plain function, which may call async_to_sync(…)"


class _Names:
    """What is async by its name: the a-methods of Django that no project class has as a plain method."""

    def __init__(self, context: Context) -> None:
        program = context.analyst.program
        plain = {f.qualname.rpartition(".")[2] for _, f in program.functions.values() if not f.is_async}
        pairs = load().pairs.values()
        self.methods = {p.async_name for p in pairs if p.call == "await" and p.async_name.startswith("a")} - plain
        self.methods -= {"aclose", "asend", "aenqueue"} & plain
        self.functions = {f.qualname.rpartition(".")[2] for _, f in program.functions.values() if f.is_async}


def find(context: Context) -> Iterator[Defect]:
    """Every scope of the program's code that mentions something async."""
    program, names = context.analyst.program, _Names(context)
    for module in program.modules.values():
        if program.roles.get(module.module) is not Role.CODE or module.light:
            continue
        for scope in module.scopes:
            mentioned = {*scope.names, *scope.attributes}
            told = not (names.methods.isdisjoint(scope.attributes) and names.functions.isdisjoint(mentioned))
            if told or "async_to_sync" in scope.names or "atomic" in mentioned:
                yield from _scope(context, names, module, scope)


def _scope(context: Context, names: _Names, module: ModuleFacts, scope: Scope) -> Iterator[Defect]:
    qualified = f"{module.module}.{scope.qualname}"
    trees = context.analyst.trees
    node: ast.AST | None = trees.node(qualified) if scope.qualname else trees.tree(module.module)
    if node is None:
        return
    outside = deferred(node) if scope.qualname else _bodies(node)
    parents = {c: p for p in ast.walk(node) for c in ast.iter_child_nodes(p)}
    symbol = qualified.rstrip(".")
    is_async = isinstance(node, ast.AsyncFunctionDef)
    for call in ast.walk(node):
        if isinstance(call, ast.Call) and call not in outside:
            yield from _call(context, names, module, symbol, call, parents, is_async=is_async)
        elif is_async and isinstance(call, ast.With | ast.AsyncWith) and call not in outside:
            yield from _with(context, module, symbol, call)


def _bodies(tree: ast.AST) -> set[ast.AST]:
    functions = [n for n in ast.walk(tree) if isinstance(n, ast.FunctionDef | ast.AsyncFunctionDef)]
    return {part for node in functions for statement in node.body for part in ast.walk(statement)}


def _call(
    context: Context,
    names: _Names,
    module: ModuleFacts,
    symbol: str,
    call: ast.Call,
    parents: Mapping[ast.AST, ast.AST],
    *,
    is_async: bool,
) -> Iterator[Defect]:
    program = context.analyst.program
    place = Place(module.path, call.lineno)
    name = dotted(call.func)
    resolved = program.resolve(module.module, name).qualified if name else ""
    if (what := _coroutine(context, names, module, symbol, call)) and (lost := _lost(call, parents)):
        effect, text = lost
        yield Defect("not-awaited", effect, place, symbol, f"`{what}()`: {text}", "await it")
    taker = _TAKERS.get(resolved) or _TAKERS.get(f"builtins.{resolved}")
    if taker is not None:
        position, keyword, text = taker
        given = [k.value for k in call.keywords if k.arg == keyword] or call.args[position : position + 1]
        for one in given:
            if target := _async_function(context, module, symbol, one):
                yield Defect("async-callback", Effect.SILENT, place, symbol, f"{target} is async: {text}", _REMEDIES)
    func = call.func
    first = call.args[0] if call.args and isinstance(func, ast.Attribute) else None
    handed = _async_function(context, module, symbol, first) if first is not None else ""
    if handed and isinstance(func, ast.Attribute):
        if func.attr == "submit":
            text = f"{handed} is async: the executor's thread makes a coroutine that never runs"
            yield Defect("async-callback", Effect.SILENT, place, symbol, text, _REMEDIES)
        elif func.attr == "connect" and context.django_version < (5, 0) and _is_signal(context, module, func.value):
            text = f"{handed} is an async receiver: Django {context.django} never awaits it"
            yield Defect("async-receiver", Effect.SILENT, place, symbol, text, "Django 5.0 takes async receivers")
    if is_async and isinstance(func, ast.Call) and dotted(func.func):
        inner = program.resolve(module.module, dotted(func.func)).qualified
        if inner == "asgiref.sync.async_to_sync":
            text = "async_to_sync where an event loop runs: RuntimeError"
            yield Defect("async-to-sync", Effect.ERROR, place, symbol, text, "await the function itself")


def _coroutine(context: Context, names: _Names, module: ModuleFacts, symbol: str, call: ast.Call) -> str:
    """How a call that gives a coroutine is written, "" when it gives none that we know."""
    func = call.func
    if isinstance(func, ast.Attribute) and func.attr in names.methods:
        return func.attr
    if target := _async_function(context, module, symbol, func):
        found = context.analyst.program.functions[target][1]
        if not found.is_generator and not found.decorators:
            return target
    return ""


def _async_function(context: Context, module: ModuleFacts, symbol: str, node: ast.expr) -> str:
    """The async function of the project that an expression names, or that a lambda calls; else ""."""
    program = context.analyst.program
    if isinstance(node, ast.Lambda) and isinstance(node.body, ast.Call):
        node = node.body.func
    name = dotted(node)
    if not name:
        return ""
    head, _, rest = name.partition(".")
    found = program.functions.get(symbol)
    if head in ("self", "cls") and rest and "." not in rest and found is not None and found[1].owner:
        owner = f"{module.module}.{found[1].owner}"
        every = context.analyst.classes.overrides(owner, rest)
        if every and all(context.analyst.classes.is_async(one) for one in every):
            return every[0]
        return ""
    target = program.resolve(module.module, name)
    if target.kind != "function" or _is_local(context, symbol, head):
        return ""
    return target.qualified if context.analyst.classes.is_async(target.qualified) else ""


def _is_local(context: Context, symbol: str, name: str) -> bool:
    """Whether a function binds a name itself, so that it means something else than in the module."""
    node = context.analyst.trees.node(symbol) if symbol in context.analyst.program.functions else None
    if node is None:
        return False
    arguments = node.args
    taken = {a.arg for a in (*arguments.posonlyargs, *arguments.args, *arguments.kwonlyargs)}
    taken |= {n.id for n in ast.walk(node) if isinstance(n, ast.Name) and isinstance(n.ctx, ast.Store)}
    return name in taken


def _lost(call: ast.Call, parents: Mapping[ast.AST, ast.AST]) -> tuple[Effect, str] | None:
    """What becomes of a coroutine that stands where it is not awaited."""
    child: ast.AST = call
    parent = parents.get(child)
    if isinstance(parent, ast.Expr):
        return Effect.SILENT, _UNAWAITED
    if isinstance(parent, ast.Attribute) and parent.attr not in ("close", "send", "throw", "__await__"):
        return Effect.ERROR, "an attribute of the coroutine is read in place of one of its result"
    if isinstance(parent, ast.Subscript) and parent.value is child:
        return Effect.ERROR, "the coroutine is indexed in place of its result"
    while isinstance(parent, ast.BoolOp | ast.UnaryOp):
        if isinstance(parent, ast.UnaryOp) and isinstance(parent.op, ast.Not):
            return Effect.SILENT, "it is not awaited, and a coroutine is always true"
        child, parent = parent, parents.get(parent)
    if isinstance(parent, ast.If | ast.While | ast.IfExp | ast.Assert) and parent.test is child:
        return Effect.SILENT, "it is not awaited, and a coroutine is always true"
    if isinstance(parent, ast.For) and parent.iter is child:
        return Effect.ERROR, "it is not awaited, and a coroutine cannot be iterated"
    return None


def _is_signal(context: Context, module: ModuleFacts, node: ast.expr) -> bool:
    symbol = context.analyst.program.resolve(module.module, dotted(node)) if dotted(node) else None
    if symbol is None:
        return False
    if symbol.kind == "value":
        value = context.analyst.program.value(symbol.module, symbol.name)
        return value is not None and value[0] == "call" and str(value[1]).endswith("Signal")
    return symbol.qualified.startswith("django.") and "signals" in symbol.qualified


def _with(context: Context, module: ModuleFacts, symbol: str, node: ast.With | ast.AsyncWith) -> Iterator[Defect]:
    program = context.analyst.program
    for item in node.items:
        called = item.context_expr.func if isinstance(item.context_expr, ast.Call) else item.context_expr
        name = dotted(called)
        if name and program.resolve(module.module, name).qualified == "django.db.transaction.atomic":
            raised = "TypeError" if isinstance(node, ast.AsyncWith) else "SynchronousOnlyOperation"
            text = f"transaction.atomic in an async function: {raised}"
            remedy = "move the block into a sync function and await sync_to_async of that"
            yield Defect("async-atomic", Effect.ERROR, Place(module.path, node.lineno), symbol, text, remedy)
