"""The async branch of a decorator: the sites in the copy of its wrapper that awaits the function."""

from __future__ import annotations

import ast

from amigrate.facts.nodes import walk
from amigrate.facts.values import decorator_name
from amigrate.facts.wrappers import own_nodes, view_uses
from amigrate.model import Site
from amigrate.plan.context import Context, Draft, Obstacle, span
from amigrate.plan.decorators import Core, judge_wrapping
from amigrate.plan.drafting import draft_function

CODEMOD = "async-decorators"


def draft_core(context: Context, core: Core) -> Draft:
    """The draft of the async branch. The sync one stays, so that nothing that the wrapper calls can become async."""
    if core.wrapper not in context.analyst.responding and _only_views(context, core):
        answers_requests(context, core.wrapper, core.parameter)
    known = context.cores.get(core)
    analysis = context.analyst.analyse(core.wrapper)
    if known is not None and known.analysis is analysis:
        return known
    node = analysis.node
    assert isinstance(node, ast.FunctionDef)
    calls = view_uses(node, core.parameter).calls
    draft = draft_function(context, core.wrapper, frozenset(), awaited=calls, given=_given(context, core, node))
    if not draft.obstacles:
        name = check_name(draft, core, "iscoroutinefunction")
        params = (
            ("function", core.parameter),
            ("name", name),
            ("module", _check(context).rpartition(".")[0]),
            ("gap", "1" if _followed(draft, node) else ""),
        )
        reason = f"`{core.parameter}` may be an async function now"
        site = Site(span(node), "FunctionDef", CODEMOD, tuple(p for p in params if p[1]), "", core.wrapper, reason)
        draft.sites.insert(0, site)
    context.cores[core] = draft
    return draft


# what a response that is not rendered yet has, and which may query
_RENDERING = frozenset({"render", "rendered_content", "resolve_context", "context_data", "streaming_content"})


def answers_requests(context: Context, wrapper: str, call: str) -> None:
    """Notes that a function gets a request first, and that what it calls by `call` gives the response."""
    analyst = context.analyst
    node = analyst.trees.node(wrapper)
    parameters = [p for p in analyst.program.functions[wrapper][1].parameters if p != "self"]
    read = {n.attr for n in walk(node) if isinstance(n, ast.Attribute)} if node is not None else _RENDERING
    analyst.request_parameters[wrapper] = frozenset(parameters[:1])
    analyst.responding[wrapper] = frozenset() if read & _RENDERING else frozenset({call})
    analyst.forget([wrapper])


def _only_views(context: Context, core: Core) -> bool:
    """Whether all that a decorator stands on are function views, and its wrapper hands its first parameter on first."""
    program = context.analyst.program
    node = context.analyst.trees.node(core.wrapper)
    first = program.functions[core.wrapper][1].parameters[:1]
    calls = view_uses(node, core.parameter).calls if node is not None else ()
    if not first or not all(c.args and isinstance(c.args[0], ast.Name) and c.args[0].id == first[0] for c in calls):
        return False
    top = core.holder.partition(".<locals>.")[0].removesuffix(".__call__")  # of an object that is the decorator
    routed = {r.view for r in context.routes}
    users = [
        name
        for name, (module, function) in program.functions.items()
        if any(program.resolve(module.module, decorator_name(d)).qualified == top for d in function.decorators)
    ]
    return bool(users or core in judge_wrapping(context).cores) and all(name in routed for name in users)


def core_obstacle(context: Context, cores: tuple[Core, ...]) -> Obstacle | None:
    """The first thing that keeps one of these decorators from getting an async branch, as seen from its users."""
    program = context.analyst.program
    for core in cores:
        draft = draft_core(context, core)
        if draft.obstacles:
            found = draft.obstacles[0]
            module, function = program.functions[core.wrapper]
            name = core.holder.removeprefix(f"{module.module}.").partition(".<locals>.")[0]
            place = f"{module.path}:{found.line or function.line}"
            reason = f"the project's own decorator @{name} ({place}) cannot get an async branch: {found.reason}"
            return Obstacle(ast.Pass(), reason, found.suggestion)
    return None


def _given(context: Context, core: Core, wrapper: ast.FunctionDef) -> list[ast.Call]:
    """The calls of parameters of the factory around: `test(request.user)` of `def when(test): …`."""
    names: set[str] = set()
    head = core.holder.rpartition(".<locals>.")[0]
    while head:
        around = context.analyst.trees.node(head)
        names |= {a.arg for a in walk(around.args) if isinstance(a, ast.arg)} if around is not None else set()
        head = head.rpartition(".<locals>.")[0]
    names -= {n.id for n in walk(wrapper) if isinstance(n, ast.Name) and not isinstance(n.ctx, ast.Load)}
    names -= {a.arg for a in walk(wrapper) if isinstance(a, ast.arg)}
    return [
        n for n in own_nodes(wrapper) if isinstance(n, ast.Call) and isinstance(n.func, ast.Name) and n.func.id in names
    ]


def _followed(draft: Draft, node: ast.FunctionDef) -> bool:
    """Whether code follows a function on the very next line."""
    lines = draft.context.analyst.trees.read(draft.analysis.path).split(b"\n")
    after = lines[node.end_lineno or 0 :]
    return bool(after and after[0].strip())


def _check(context: Context, name: str = "iscoroutinefunction") -> str:
    """Django itself takes `inspect`'s from 6.0 on, which needs Python 3.12; before, that does not know all marks."""
    return f"inspect.{name}" if context.django_version >= (6, 0) else f"asgiref.sync.{name}"


def check_name(draft: Draft, core: Core, wanted: str) -> str:
    """How the file already spells `iscoroutinefunction` or `markcoroutinefunction`, "" when it must be imported."""
    context = draft.context
    program = context.analyst.program
    asgiref, inspect = f"asgiref.sync.{wanted}", f"inspect.{wanted}"
    holder = context.analyst.trees.node(core.holder)
    bound = {n.id for n in walk(holder) if isinstance(n, ast.Name)} if holder is not None else set()
    symbol = program.resolve(draft.module, wanted)
    if symbol.kind != "external" or (wanted in bound and symbol.qualified not in (asgiref, inspect)):
        draft.refuse(draft.analysis.node, f"`{wanted}` is the name of something else here", "rename that")
    facts = program.modules[draft.module]
    for local, target in facts.imports:
        if local not in facts.global_imports:
            continue  # of another function, or for type checkers
        if target == asgiref or (target == inspect and context.django_version >= (6, 0)):
            return local
        if target == _check(context).rpartition(".")[0]:
            return f"{local}.{wanted}"
    return ""
