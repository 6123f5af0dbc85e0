"""`unwrap-sync-to-async`: bridges of the project around what has an async form.

Sites: the Await of `await sync_to_async(f)(…)`, by `op`:

- method: `method`, the new attribute name of `f`. plain: `f(…)` alone, which waits for nothing.
- list: `f` is `list`, `target` the loop variable. lambda: `f` is a lambda, whose body takes the place of it all.
- call: `await f(…)`. function: `module`, `name` and `old`, of a function with its async form beside it.

With op=definition the FunctionDef under `@sync_to_async`; `decorator` is the dotted name of that.
"""

from __future__ import annotations

import libcst as cst

from amigrate.codemod import Imports, Metadata, SiteCodemod
from amigrate.model import Site
from amigrate.transformers.awaiting import with_method
from amigrate.transformers.materialising import materialised, positional
from amigrate.transformers.parens import Parens, argument, around, primary, taken, wrapped
from amigrate.transformers.shape import UnexpectedShape, expect, only

_ADAPTERS = (("asgiref.sync", "sync_to_async"), ("channels.db", "database_sync_to_async"))
_ATOMS = (cst.Await, cst.Name, cst.Call, cst.Attribute, cst.Subscript, cst.ListComp, cst.SetComp, cst.DictComp)


class UnwrapSyncToAsync(SiteCodemod):
    """`await sync_to_async(Book.objects.get)(pk=1)` → `await Book.objects.aget(pk=1)`."""

    META = Metadata(
        id="unwrap-sync-to-async",
        summary="Await the async form in place of a bridge",
        why=(
            "Code from before Django had a-methods bridges each query by hand. The a-methods do the same, and say what "
            "is done; functions under @sync_to_async can await by themselves."
        ),
        fix_safety=(
            "Safe: the same query in the same thread. Bridges around lazy relations, transactions, forms and several "
            "queries stay, as do those with thread_sensitive or an executor."
        ),
        links=("https://docs.djangoproject.com/en/stable/topics/async/#sync-to-async",),
        when_not="Where one bridge runs many queries: each would be a thread hop of its own.",
    )

    def rewrite(self, node: cst.CSTNode, site: Site, imports: Imports) -> cst.CSTNode:
        """The native form."""
        if site.param("op") == "definition":
            return _definition(expect(node, cst.FunctionDef), site.param("decorator"), imports)
        awaited = expect(node, cst.Await)
        call = expect(awaited.expression, cst.Call)
        adapter = expect(call.func, cst.Call)
        if isinstance(adapter.func, cst.Name):
            imports.replaced.update(_ADAPTERS)
        function = positional(only(adapter.args, "argument of the adapter")).value
        own = Parens(awaited.lpar, awaited.rpar)
        match site.param("op"):
            case "method":
                renamed = with_method(call.with_changes(func=function), site.param("method"))
                return awaited.with_changes(expression=renamed)
            case "call":
                return awaited.with_changes(expression=call.with_changes(func=primary(argument(function))))
            case "function":
                name = cst.Name(site.param("name"))
                imports.needed.add((site.param("module"), name.value))
                imports.replaced.add((site.param("module"), site.param("old")))
                return awaited.with_changes(expression=call.with_changes(func=name))
            case "plain":
                return around(call.with_changes(func=primary(argument(function))), own, False)
            case "list":
                rows = positional(only(call.args, "argument of list")).value
                return around(materialised(rows, site.param("target")), own, False)
            case "lambda":
                return _body(expect(function, cst.Lambda), own)
            case op:
                raise UnexpectedShape(f"unknown op {op!r}")


def _body(function: cst.Lambda, own: Parens) -> cst.BaseExpression:
    bare, inner = taken(function.body)
    if own.left or inner.left:
        return around(bare, own if own.left else inner, False)
    return bare if isinstance(bare, _ATOMS) else wrapped(bare)


def _definition(function: cst.FunctionDef, decorator: str, imports: Imports) -> cst.FunctionDef:
    """`@sync_to_async def f` → `async def f`."""
    name = decorator.rpartition(".")[2]
    left = [d for d in function.decorators if not _is_named(d.decorator, name)]
    if len(left) == len(function.decorators):
        raise UnexpectedShape(f"no decorator {name}")
    imports.replaced.update(_ADAPTERS)
    lost = [line for d in function.decorators if d not in left for line in d.leading_lines]
    lines = [*lost, *function.lines_after_decorators] if not left else function.lines_after_decorators
    if not left:
        return function.with_changes(
            decorators=[],
            asynchronous=cst.Asynchronous(),
            leading_lines=[*function.leading_lines, *lines],
            lines_after_decorators=[],
        )
    return function.with_changes(decorators=left, asynchronous=cst.Asynchronous())


def _is_named(node: cst.BaseExpression, name: str) -> bool:
    if isinstance(node, cst.Attribute):
        return node.attr.value == name
    return isinstance(node, cst.Name) and node.value == name
