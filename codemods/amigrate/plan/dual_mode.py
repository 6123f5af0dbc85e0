"""The async branch of a decorator: the sites in the copy of its wrapper that awaits the function."""

from __future__ import annotations

import ast

from amigrate.facts.wrappers import view_uses
from amigrate.model import Site
from amigrate.plan.context import Context, Draft, Obstacle, span
from amigrate.plan.decorators import Core
from amigrate.plan.drafting import draft_function

CODEMOD = "async-decorators"
_CHECKS = ("asgiref.sync.iscoroutinefunction", "inspect.iscoroutinefunction")


def draft_core(context: Context, core: Core) -> Draft:
    """The draft of the async branch. The sync one stays, so that nothing that the wrapper calls can become async."""
    known = context.cores.get(core)
    analysis = context.analyst.analyse(core.wrapper)
    if known is not None and known.analysis is analysis:
        return known
    node = analysis.node
    assert isinstance(node, ast.FunctionDef)
    calls = view_uses(node, core.parameter).calls
    draft = draft_function(context, core.wrapper, frozenset(), awaited=calls)
    if not draft.obstacles:
        name = _check_name(draft, core)
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


def _followed(draft: Draft, node: ast.FunctionDef) -> bool:
    """Whether code follows a function on the very next line."""
    lines = draft.context.analyst.trees.read(draft.analysis.path).split(b"\n")
    after = lines[node.end_lineno or 0 :]
    return bool(after and after[0].strip())


def _check(context: Context) -> str:
    """Django itself takes `inspect`'s from 6.0 on, which needs Python 3.12; before, that does not know all marks."""
    return _CHECKS[context.django_version >= (6, 0)]


def _check_name(draft: Draft, core: Core) -> str:
    """How the file already spells `iscoroutinefunction`, "" when it must be imported."""
    context = draft.context
    program = context.analyst.program
    holder = context.analyst.trees.node(core.holder)
    taken = {n.id for n in ast.walk(holder) if isinstance(n, ast.Name)} if holder is not None else set()
    symbol = program.resolve(draft.module, "iscoroutinefunction")
    if symbol.kind != "external" or ("iscoroutinefunction" in taken and symbol.qualified not in _CHECKS):
        draft.refuse(draft.analysis.node, "`iscoroutinefunction` is the name of something else here", "rename that")
    for local, target in program.modules[draft.module].imports:
        if target in (_CHECKS if context.django_version >= (6, 0) else _CHECKS[:1]):
            return local
        if target == _check(context).rpartition(".")[0]:
            return f"{local}.iscoroutinefunction"
    return ""
