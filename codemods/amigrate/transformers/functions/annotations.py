"""Return annotations of generators: `Iterator[T]` → `AsyncIterator[T]`, also inside quotes."""

from __future__ import annotations

import libcst as cst

from amigrate.codemod import Imports
from amigrate.transformers.shape import UnexpectedShape, text_of

_DEFAULT_MODULE = "collections.abc"


def with_async_return(annotation: cst.Annotation, wanted: str, imports: Imports) -> cst.Annotation:
    """`annotation` with its head renamed to `wanted`, such as `AsyncIterator` or `typing.AsyncIterator`.

    A head `typing.Iterator` keeps its module. A bare `Iterator` is imported from the module of `wanted`, by default
    `collections.abc`, where the sync one is no longer needed.

    Raises:
        UnexpectedShape: the annotation is not a name, possibly dotted or subscripted.
    """
    return annotation.with_changes(annotation=_renamed(annotation.annotation, wanted, imports))


def _renamed(node: cst.BaseExpression, wanted: str, imports: Imports) -> cst.BaseExpression:
    module, _, name = wanted.rpartition(".")
    match node:
        case cst.Subscript():
            node = node.with_changes(value=_renamed(node.value, wanted, imports))
            return _without_return(node) if name == "AsyncGenerator" else node
        case cst.Attribute():
            return node.with_changes(attr=cst.Name(name))
        case cst.Name():
            imports.needed.add((module or _DEFAULT_MODULE, name))
            imports.replaced.add((module or _DEFAULT_MODULE, node.value))
            return node.with_changes(value=name)
        case cst.SimpleString() if node.prefix == "":
            inner = _renamed(cst.parse_expression(node.raw_value), wanted, imports)
            return node.with_changes(value=f"{node.quote}{text_of(inner)}{node.quote}")
        case _:
            raise UnexpectedShape(f"cannot turn {text_of(node)} into {name}")


def _without_return(node: cst.Subscript) -> cst.Subscript:
    """`Generator[Y, S, R]` has the type of the returned value as its third argument, `AsyncGenerator` has none."""
    if len(node.slice) != 3:
        return node
    *kept, dropped = node.slice
    kept[-1] = kept[-1].with_changes(comma=dropped.comma)
    return node.with_changes(slice=kept)
