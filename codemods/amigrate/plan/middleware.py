"""The project's own middleware made sync and async: only where `async-middleware` is selected.

Between an async server and async views a sync-only middleware costs two thread hops, and holds a thread for the whole
request (Django's documentation, "Asynchronous support" of middleware). Factories and plain classes get a second branch;
the hooks of a `MiddlewareMixin` run in a thread already and stay as they are.
"""

from __future__ import annotations

import ast
from collections.abc import Iterator
from dataclasses import dataclass, replace

from amigrate.facts.classes import Classes
from amigrate.facts.nodes import walk
from amigrate.facts.values import decorator_name, dotted
from amigrate.facts.wrappers import own_nodes
from amigrate.model import Confidence, Refusal, Site
from amigrate.plan.context import Context, Draft, span
from amigrate.plan.decorators import Core, judge_name
from amigrate.plan.drafting import draft_function
from amigrate.plan.dual_mode import answers_requests, check_name, draft_core
from amigrate.plan.suggestions import suggest

CODEMOD = "async-middleware"
_MARK = "django.utils.decorators.sync_and_async_middleware"
_MARKS = frozenset(
    {_MARK, "django.utils.decorators.async_only_middleware", "django.utils.decorators.sync_only_middleware"}
)
_MIXIN = "django.utils.deprecation.MiddlewareMixin"


@dataclass(frozen=True, slots=True)
class Middleware:
    """What becomes of the middleware of a project: sites by path, each in the group of its middleware."""

    sites: tuple[tuple[str, Site], ...] = ()
    refusals: tuple[Refusal, ...] = ()


def middleware(context: Context) -> Middleware:
    """The sites and refusals for all that MIDDLEWARE names of the project."""
    program = context.analyst.program
    sites: list[tuple[str, Site]] = []
    refusals: list[Refusal] = []
    for name in program.project.settings.middleware:
        symbol = program.locate(name)
        if symbol.kind == "function":
            found, reason = _factory(context, symbol.qualified)
            module, line = program.functions[symbol.qualified][0], program.functions[symbol.qualified][1].line
        elif symbol.kind == "class":
            found, reason = _class(context, symbol.qualified)
            module, line = program.classes[symbol.qualified][0], program.classes[symbol.qualified][1].line
        else:
            continue
        sites += [(module.path, _named(site, symbol.qualified)) for site in found]
        if reason:
            refusals.append(Refusal(module.path, line, symbol.qualified, CODEMOD, reason, suggest(reason)))
    return Middleware(tuple(sites), tuple(refusals))


def _named(site: Site, qualified: str) -> Site:
    """The site in the group of its middleware; what is in the async copy of a method has the name of that."""
    return replace(site, group=qualified, symbol=f"{qualified}.{site.twin}" if site.twin else qualified)


def _factory(context: Context, qualified: str) -> tuple[list[Site], str]:
    """`def factory(get_response): def middleware(request): …; return middleware`."""
    program, trees = context.analyst.program, context.analyst.trees
    module, function = program.functions[qualified]
    names = [decorator_name(d) for d in function.decorators]
    resolved = {program.resolve(module.module, n).qualified if n else "?" for n in names}
    if resolved & _MARKS:
        return [], ""
    if resolved:
        return [], f"the middleware is decorated with @{names[0] or '…'}"
    judged = judge_name(context, qualified)
    node = trees.node(qualified)
    if judged.reason or len(judged.cores) != 1 or judged.cores[0].holder != qualified or node is None:
        reason = judged.reason.replace("the project's own decorator @", "the middleware ")
        return [], reason or "the middleware does not return one function that calls get_response"
    core = judged.cores[0]
    answers_requests(context, core.wrapper, core.parameter)
    draft = draft_core(context, core)
    if draft.obstacles:
        return [], f"line {draft.obstacles[0].line}: {draft.obstacles[0].reason}"
    branches, *inner = draft.sites
    wrapped = replace(branches, codemod=CODEMOD, params=(("op", "branches"), *branches.params))
    mark = Site(span(node), "FunctionDef", CODEMOD, (("op", "mark"),), reason="it answers sync and async requests")
    return [_sure(s) for s in (mark, wrapped, *inner)], ""


def _sure(site: Site) -> Site:
    return replace(site, confidence=max(site.confidence, Confidence.REVIEW, key=lambda c: c.rank))


def _class(context: Context, qualified: str) -> tuple[list[Site], str]:
    """A class with `__init__(self, get_response)` and `__call__(self, request)`."""
    analyst, program = context.analyst, context.analyst.program
    if program.class_value(qualified, "async_capable") is not None:
        return [], ""
    own = program.classes[qualified][1].methods
    foreign = program.externals(qualified)
    if _MIXIN in foreign:
        if program.find_method(qualified, "__call__") is not None:
            return [], "the middleware overrides __call__ of MiddlewareMixin, which runs its hooks in a thread"
        return [], "nothing to do: MiddlewareMixin is async already and runs these hooks in a thread"
    if foreign or len(program.linearise(qualified)) > 1:
        return [], f"the middleware inherits from {program.linearise(qualified)[1]}, which would have to be async first"
    if "__init__" not in own or "__call__" not in own:
        return [], "the middleware has no __init__ and __call__ of its own"
    if "__acall__" in own:
        return [], "the middleware has an __acall__ already: set async_capable and mark its instances"
    if f"{qualified}.__call__" in program.duplicated or f"{qualified}.__init__" in program.duplicated:
        return [], "the middleware defines a method more than once"
    attribute = _stored(context, f"{qualified}.__init__")
    if not attribute:
        return [], "the middleware does not keep get_response as it is in an attribute"
    if where := _other_use(context, analyst.classes, qualified, attribute):
        return [], f"`{where}` calls self.{attribute} too"
    return _class_sites(context, qualified, attribute)


def _stored(context: Context, init: str) -> str:
    """The attribute of `self.attribute = get_response`, "" without one."""
    node = context.analyst.trees.node(init)
    names = context.analyst.program.functions[init][1].parameters
    if node is None or len(names) < 2 or node.decorator_list:
        return ""
    for statement in node.body:
        if isinstance(statement, ast.Assign) and isinstance(statement.value, ast.Name) and len(statement.targets) == 1:
            target = dotted(statement.targets[0])
            if statement.value.id == names[1] and target.startswith("self.") and target.count(".") == 1:
                return target.removeprefix("self.")
    return ""


def _other_use(context: Context, classes: Classes, qualified: str, attribute: str) -> str:
    """Another method that mentions `self.get_response`, or a nested function in `__call__`."""
    program, trees = context.analyst.program, context.analyst.trees
    for method in program.classes[qualified][1].methods:
        node = trees.node(f"{qualified}.{method}")
        mentioned = [n for n in _attributes(node) if n.attr == attribute]
        if method == "__call__" and node is not None:
            own = {n for n in own_nodes(node) if isinstance(n, ast.Attribute)}
            if any(n not in own for n in mentioned):
                return method
        elif method != "__init__" and mentioned:
            return method
    return ""


def _attributes(node: ast.AST | None) -> Iterator[ast.Attribute]:
    for part in walk(node) if node is not None else ():
        if isinstance(part, ast.Attribute):
            yield part


def _class_sites(context: Context, qualified: str, attribute: str) -> tuple[list[Site], str]:
    trees, program = context.analyst.trees, context.analyst.program
    call, init = trees.node(f"{qualified}.__call__"), trees.node(f"{qualified}.__init__")
    if call is None or init is None or call.decorator_list or isinstance(call, ast.AsyncFunctionDef):
        return [], "the __call__ of the middleware is no plain method"
    own = [n for n in own_nodes(call) if isinstance(n, ast.Attribute) and n.attr == attribute]
    calls = [n for n in own_nodes(call) if isinstance(n, ast.Call) and n.func in own]
    if not calls or len(calls) != len(own) or program.functions[f"{qualified}.__call__"][1].is_generator:
        return [], f"the __call__ of the middleware does more with self.{attribute} than call it"
    answers_requests(context, f"{qualified}.__call__", f"self.{attribute}")
    draft: Draft = draft_function(context, f"{qualified}.__call__", frozenset(), awaited=calls)
    check = check_name(draft, Core(f"{qualified}.__call__", "", f"{qualified}.__call__"), "iscoroutinefunction")
    mark = check_name(draft, Core(f"{qualified}.__call__", "", f"{qualified}.__call__"), "markcoroutinefunction")
    if draft.obstacles:
        return [], f"line {draft.obstacles[0].line}: {draft.obstacles[0].reason}"
    module = "inspect" if context.django_version >= (6, 0) else "asgiref.sync"
    names = tuple(p for p in (("check", check), ("mark", mark)) if p[1])
    reason = "it answers sync and async requests"
    shared = (("module", module), *names)
    sites = (
        Site(span(init), "FunctionDef", CODEMOD, (("op", "init"), ("attribute", attribute), *shared), reason=reason),
        Site(span(call), "FunctionDef", CODEMOD, (("op", "call"), *shared), reason=reason),
    )
    beside = (Site(span(call), "FunctionDef", CODEMOD, (("op", "acall"),), reason=reason), *draft.sites)
    return [_sure(s) for s in (*sites, *(replace(s, twin="__acall__") for s in beside))], ""
