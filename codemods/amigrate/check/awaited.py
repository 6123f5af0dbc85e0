"""No coroutine is left without an `await` (guarantee G5)."""

from __future__ import annotations

import ast
from collections.abc import Iterator

# These take a coroutine and see to it that it runs.
_RUNNERS = frozenset(
    {
        "as_completed",
        "create_task",
        "ensure_future",
        "gather",
        "run_coroutine_threadsafe",
        "run_until_complete",
        "shield",
    }
) | {"asyncio.run", "asyncio.wait", "wait_for"}
_FUNCTIONS = (ast.FunctionDef, ast.AsyncFunctionDef, ast.Lambda)
Scopes = tuple[frozenset[str], ...]


def unawaited(
    after: bytes, async_functions: frozenset[str], async_methods: frozenset[str], tree: ast.Module | None = None
) -> tuple[tuple[int, str], ...]:
    """The calls of coroutine functions that nothing awaits: (line, text of the callee), in the order of the file.

    A call counts as awaited directly below `await`, also in a branch of a conditional expression there, and among the
    arguments of `asyncio.gather`, `create_task` and the like.

    Args:
        after: the bytes of the rewritten file, which compiles.
        async_functions: names that mean coroutine functions in this file, plain or dotted (`helpers.get_cart`). A
            parameter, variable or plain `def` of that name inside of a function means something else there.
        async_methods: names of methods that are coroutine functions on whatever they are called.
        tree: the syntax tree of the file, if there is one.
    """
    if not async_functions and not async_methods:
        return ()
    tree = ast.parse(after) if tree is None else tree
    generators = {node.name for node in ast.walk(tree) if isinstance(node, ast.AsyncFunctionDef) and _yields(node)}
    finder = _Finder(async_functions - generators, async_methods - generators)
    finder.look(tree, awaited=False, scopes=())
    return tuple(sorted(finder.found))


class _Finder:
    def __init__(self, functions: frozenset[str], methods: frozenset[str]) -> None:
        self.functions, self.methods = functions, methods
        self.found: list[tuple[int, str]] = []

    def look(self, node: ast.AST, *, awaited: bool, scopes: Scopes) -> None:
        """Looks at a node and below; `awaited` says whether what it gives is awaited."""
        if isinstance(node, ast.Call) and not awaited and self._is_coroutine(node.func, scopes):
            self.found.append((node.lineno, ast.unparse(node.func)))
        inner = (*scopes, _bound_in(node)) if isinstance(node, _FUNCTIONS) else scopes
        passed_on = _passed_on(node, awaited)
        for child in ast.iter_child_nodes(node):
            self.look(child, awaited=child in passed_on, scopes=inner)

    def _is_coroutine(self, callee: ast.expr, scopes: Scopes) -> bool:
        if isinstance(callee, ast.Attribute) and callee.attr in self.methods:
            return True
        name = _dotted(callee)
        return name in self.functions and not any(name.partition(".")[0] in scope for scope in scopes)


def _passed_on(node: ast.AST, awaited: bool) -> list[ast.AST]:
    """The children whose value is awaited, given whether the node's own value is."""
    match node:
        case ast.Await():
            return [node.value]
        case ast.Call(func=ast.Name(id=name) | ast.Attribute(attr=name)) if {name, _dotted(node.func)} & _RUNNERS:
            return [*node.args, *node.keywords]
    if not awaited:
        return []
    match node:
        case ast.IfExp():
            return [node.body, node.orelse]
        case ast.BoolOp():
            return list(node.values)
        case ast.List() | ast.Tuple() | ast.Set():
            return list(node.elts)
        case ast.ListComp() | ast.SetComp() | ast.GeneratorExp():
            return [node.elt]
        case ast.Starred() | ast.keyword() | ast.NamedExpr():
            return [node.value]
    return []


def _bound_in(function: ast.AST) -> frozenset[str]:
    """The names that a function binds to something else: parameters, variables, plain functions and classes in it."""
    names: set[str] = set()
    stack: list[ast.AST] = list(ast.iter_child_nodes(function))
    while stack:
        node = stack.pop()
        match node:
            case ast.arg():
                names.add(node.arg)
            case ast.Name(ctx=ast.Store()):
                names.add(node.id)
            case ast.FunctionDef() | ast.ClassDef():
                names.add(node.name)
                continue
            case ast.AsyncFunctionDef() | ast.Lambda():
                continue
        stack.extend(ast.iter_child_nodes(node))
    return frozenset(names)


def _dotted(node: ast.expr) -> str:
    if isinstance(node, ast.Attribute):
        head = _dotted(node.value)
        return f"{head}.{node.attr}" if head else ""
    return node.id if isinstance(node, ast.Name) else ""


def _yields(function: ast.AsyncFunctionDef) -> bool:
    return any(isinstance(node, ast.Yield) for node in _own(function))


def _own(function: ast.AST) -> Iterator[ast.AST]:
    """The nodes of a function without those of the functions in it."""
    stack = list(ast.iter_child_nodes(function))
    while stack:
        node = stack.pop()
        yield node
        if not isinstance(node, _FUNCTIONS):
            stack.extend(ast.iter_child_nodes(node))
