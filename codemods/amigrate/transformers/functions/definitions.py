"""`async-functions` and `async-views`: functions that become `async def`; the latter are those that URLs route to.

Sites: a FunctionDef, or with op=with a With statement that becomes `async with`: with `items`, the comma-separated
indexes of those of its items that are async, it is split where these and the others meet; or with op=lambda an Assign
of a lambda, which becomes a function. Params of a FunctionDef:

- `decorators`: comma-separated `module.old>module.new`; the decorator `@old` or `@module.old` is renamed.
- `rename`: the new name of the function, such as `__aenter__`.
- `returns`: the new head of the return annotation, such as `AsyncIterator` or `typing.AsyncIterator`.
- `dispatch`: `above` or `below` the method comes an `async def dispatch`, for the decorators that its class puts on it;
  with `guard`, the file's name of `sync_to_async`, it runs the sync dispatch of the class's mixins in a thread.
"""

from __future__ import annotations

from collections.abc import Sequence

import libcst as cst

from amigrate.codemod import Imports, Metadata, SiteCodemod
from amigrate.model import Site
from amigrate.transformers.functions.annotations import with_async_return
from amigrate.transformers.functions.context_managers import async_with
from amigrate.transformers.functions.lazily import function_of
from amigrate.transformers.shape import UnexpectedShape, expect
from amigrate.transformers.statements import parted


class AsyncFunctions(SiteCodemod):
    """`def load(pk):` → `async def load(pk):`."""

    META = Metadata(
        id="async-functions",
        summary="Turn helpers of async code into async def",
        why=(
            "A function that awaits must be async. It becomes so only if each of its call sites can await it, if "
            "nothing hands it to sync code, and if no framework calls it synchronously. Context managers become async "
            "with all that enters them; functions that one call may run, as of a dispatch dict, become so together."
        ),
        fix_safety=(
            "Applied together with all call sites, or not at all. Each await in the new body is a point where other "
            "tasks run, and where a cancelled request may end."
        ),
        links=("https://docs.djangoproject.com/en/stable/topics/async/",),
        when_not=(
            "Functions that build a queryset without running it, that hold transactions or locks, or that code outside "
            "the project calls."
        ),
    )

    def rewrite(
        self, node: cst.CSTNode, site: Site, imports: Imports
    ) -> cst.CSTNode | cst.FlattenSentinel[cst.CSTNode]:
        """The statement with `async`."""
        if site.param("op") == "lambda":
            return function_of(node)
        if site.param("op") == "with":
            return async_with(expect(node, cst.With), site.param("items"))
        function = expect(node, cst.FunctionDef).with_changes(asynchronous=cst.Asynchronous())
        if pairs := site.param("decorators"):
            function = function.with_changes(decorators=_renamed(function.decorators, pairs.split(","), imports))
        if name := site.param("rename"):
            function = function.with_changes(name=cst.Name(name))
        if (returns := site.param("returns")) and function.returns is not None:
            function = function.with_changes(returns=with_async_return(function.returns, returns, imports))
        return _with_dispatch(function, site, imports) if site.param("dispatch") else function


class AsyncViews(AsyncFunctions):
    """`def index(request):` → `async def index(request):`, and `def get(self, request):` of a View likewise."""

    META = Metadata(
        id="async-views",
        summary="Turn views into async def: functions, and the handlers of View classes",
        why=(
            "An async view serves other requests while it waits. Django runs async views under ASGI natively and under "
            "WSGI with an event loop per request. The handlers of a class must all be async or none, those that it "
            "inherits too; generic views call them synchronously. Django's mixins for access decide in a thread."
        ),
        fix_safety=(
            "Review: only views whose decorators, callees and templates are known to work are converted. From Django "
            "5.0 on, a client that disconnects cancels an async view in the middle."
        ),
        links=(
            "https://docs.djangoproject.com/en/stable/topics/async/#async-views",
            "https://docs.djangoproject.com/en/stable/topics/class-based-views/#asynchronous-class-based-views",
        ),
        when_not=(
            "With ATOMIC_REQUESTS, which async views cannot have; under WSGI only; and where a view does nothing but a "
            "few quick queries, which a sync view does in one thread hop."
        ),
    )


_DISPATCH = """\
async def dispatch(self, request, *args, **kwargs):
    return await super().dispatch(request, *args, **kwargs)
"""


_GUARD = """\
async def dispatch(self, request, *args, **kwargs):
    response = await {adapter}(super().dispatch)(request, *args, **kwargs)
    return await response if hasattr(response, "__await__") else response
"""


def _with_dispatch(function: cst.FunctionDef, site: Site, imports: Imports) -> cst.FlattenSentinel[cst.CSTNode]:
    """The method and an async dispatch. View.dispatch is a plain `def`, which decorators take for a sync view.

    What a mixin's dispatch gives is a response that refuses, or the coroutine of a handler.
    """
    guard = site.param("guard")
    if guard == "sync_to_async":
        imports.needed.add(("asgiref.sync", "sync_to_async"))
    source = _GUARD.replace("{adapter}", guard) if guard else _DISPATCH
    dispatch = expect(cst.parse_statement(source), cst.FunctionDef)
    blank = [cst.EmptyLine(indent=False)]
    if site.param("dispatch") == "below":
        return cst.FlattenSentinel([function, dispatch.with_changes(leading_lines=blank)])
    above, own = parted(function.leading_lines)
    below = function.with_changes(leading_lines=[*blank, *own])
    return cst.FlattenSentinel([dispatch.with_changes(leading_lines=above), below])


def _renamed(decorators: Sequence[cst.Decorator], pairs: Sequence[str], imports: Imports) -> Sequence[cst.Decorator]:
    result = list(decorators)
    for pair in pairs:
        old, _, new = pair.strip().partition(">")
        index = next((i for i, decorator in enumerate(result) if _named(decorator.decorator, old)), None)
        if index is None:
            raise UnexpectedShape(f"no decorator {old}")
        decorator = result[index]
        result[index] = decorator.with_changes(decorator=_replaced(decorator.decorator, old, new, imports))
    return result


def _named(node: cst.BaseExpression, dotted: str) -> bool:
    function = node.func if isinstance(node, cst.Call) else node
    last = dotted.rpartition(".")[2]
    if isinstance(function, cst.Attribute):
        return function.attr.value == last
    return isinstance(function, cst.Name) and function.value == last


def _replaced(node: cst.BaseExpression, old: str, new: str, imports: Imports) -> cst.BaseExpression:
    if isinstance(node, cst.Call):
        return node.with_changes(func=_replaced(node.func, old, new, imports))
    module, _, name = new.rpartition(".")
    if isinstance(node, cst.Attribute):
        return node.with_changes(attr=cst.Name(name))
    old_module, _, old_name = old.rpartition(".")
    imports.needed.add((module, name))
    imports.replaced.add((old_module, old_name))
    return expect(node, cst.Name).with_changes(value=name)
