"""The new file compiles under the Python that the project runs on (guarantee G2)."""

from __future__ import annotations

import ast
import sys
import warnings
from collections.abc import Iterator

_COMPREHENSIONS = (ast.ListComp, ast.SetComp, ast.DictComp, ast.GeneratorExp)


def compiles(after: bytes, python: str) -> str | None:
    """Why `after` does not compile, with its line, or None; the arguments are those of `compiled`."""
    found = compiled(after, python)
    return found if isinstance(found, str) else None


def compiled(after: bytes, python: str) -> ast.Module | str:
    """The syntax tree of `after`, or why it does not compile, with its line.

    Args:
        after: the bytes of a Python file.
        python: the version of the target, such as "3.12". What only newer versions than the running one accept cannot
            be told from an error.
    """
    version = tuple(int(part) for part in python.split(".")[:2])
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # such as invalid escapes, which were there before
        try:
            # `compile` finds what is not grammar: `await` outside of async functions, two arguments of one name.
            compile(after, "<rewritten>", "exec", dont_inherit=True)
            tree = ast.parse(after, feature_version=(3, min(version[1], sys.version_info[1])))
        except SyntaxError as error:
            return f"line {error.lineno or 1}: {error.msg}"
        except (ValueError, RecursionError, MemoryError) as error:
            return f"cannot be compiled: {type(error).__name__} {error}".rstrip()
    line = next(_nested_async(tree, in_async=False), None) if version < (3, 11) else None
    return tree if line is None else f"line {line}: asynchronous comprehension in a synchronous one, before Python 3.11"


def _nested_async(node: ast.AST, *, in_async: bool) -> Iterator[int]:
    """The lines of async comprehensions directly in a scope that is not async, which Python 3.11 began to allow."""
    for child in ast.iter_child_nodes(node):
        if isinstance(child, ast.AsyncFunctionDef):
            yield from _nested_async(child, in_async=True)
        elif isinstance(child, ast.FunctionDef | ast.Lambda):
            yield from _nested_async(child, in_async=False)
        elif isinstance(child, _COMPREHENSIONS):
            is_async = _is_async(child)
            if is_async and not in_async and not isinstance(child, ast.GeneratorExp):
                yield child.lineno
            first, *others = child.generators
            # the first iterable runs in the scope outside
            yield from _nested_async(ast.Expr(first.iter), in_async=in_async)
            for part in (first.target, *first.ifs, *others, *_elements(child)):
                yield from _nested_async(ast.Expression(part), in_async=is_async)  # type: ignore[arg-type]  # any node
        else:
            yield from _nested_async(child, in_async=in_async)


def _elements(node: ast.ListComp | ast.SetComp | ast.DictComp | ast.GeneratorExp) -> list[ast.expr]:
    return [node.key, node.value] if isinstance(node, ast.DictComp) else [node.elt]


def _is_async(comprehension: ast.ListComp | ast.SetComp | ast.DictComp | ast.GeneratorExp) -> bool:
    """Whether it has `async for`, or `await` outside its first iterable and the scopes inside it."""
    first, *others = comprehension.generators
    if any(generator.is_async for generator in comprehension.generators):
        return True
    stack: list[ast.AST] = [*first.ifs, *others, *_elements(comprehension)]
    while stack:
        node = stack.pop()
        if isinstance(node, ast.Await):
            return True
        if isinstance(node, _COMPREHENSIONS):
            stack.append(node.generators[0].iter)
        elif not isinstance(node, ast.Lambda):
            stack.extend(ast.iter_child_nodes(node))
    return False
