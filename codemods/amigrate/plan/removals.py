"""The sync half of a pair that nothing calls any more: removed, or named to the user where that is not sure."""

from __future__ import annotations

import ast
from collections.abc import Iterator, Mapping

from amigrate.facts.nodes import walk
from amigrate.facts.values import dotted
from amigrate.model import Confidence, Refusal, Site, Span
from amigrate.plan.coloured import Colouring
from amigrate.plan.context import Context, Draft, span
from amigrate.plan.twin_sites import CODEMOD

Places = set[tuple[str, Span]]


def removals(context: Context, coloured: Colouring, group_of: Mapping[str, str]) -> Iterator[tuple[str, Site]]:
    """The sites, with their paths, of the functions that go: with the last calls of them, in one group."""
    for name, reason in _abandoned(context, coloured):
        node = context.analyst.trees.node(name)
        if reason or node is None:
            continue
        why = f"all that called it awaits `{context.twin_of(name)}` now"
        params = (("op", "remove"),)
        site = Site(span(node), "FunctionDef", CODEMOD, params, group_of[name], name, why, Confidence.REVIEW)
        yield context.analyst.program.functions[name][0].path, site


def kept(context: Context, coloured: Colouring) -> Iterator[Refusal]:
    """What nothing in the project calls any more, but may be needed from outside."""
    for name, reason in _abandoned(context, coloured):
        if reason:
            module, function = context.analyst.program.functions[name]
            why = f"all that called it awaits `{context.twin_of(name)}` now, but {reason}"
            advice = "remove it, if nothing outside of the project needs it"
            yield Refusal(module.path, function.line, name, CODEMOD, why, advice)


def paired(context: Context, coloured: Colouring) -> set[str]:
    """The functions whose own async twin is called by what becomes async."""
    return {called for draft in _drafts(coloured) for called in draft.twin_calls if context.twin_of(called)}


def _abandoned(context: Context, coloured: Colouring) -> Iterator[tuple[str, str]]:
    """Each sync function that loses its last callers to the async twin it has already, and why it must stay, or ""."""
    calls, imports = _rewritten(coloured, ("call",)), _rewritten(coloured, ("replace",))
    for name in sorted(paired(context, coloured)):
        if _is_free(context, name) and all(use in calls for use in _uses(context, name)):
            yield name, _public(context, name, imports)


def _drafts(coloured: Colouring) -> Iterator[Draft]:
    yield from coloured.drafts.values()
    yield from coloured.twins.values()


def _rewritten(coloured: Colouring, ops: tuple[str, ...]) -> Places:
    """Where the sites of these kinds stand."""
    sites = ((draft.analysis.path, site) for draft in _drafts(coloured) for site in draft.sites)
    return {(path, site.span) for path, site in sites if site.codemod == CODEMOD and site.param("op") in ops}


def _is_free(context: Context, name: str) -> bool:
    """Whether nothing but its name leads to a function: no override, no template."""
    program = context.analyst.program
    module, function = program.functions[name]
    short = name.rpartition(".")[2]
    if not function.owner:
        return True
    owner = f"{module.module}.{function.owner}"
    others = [*program.linearise(owner)[1:], *program.descendants(owner)]
    overriding = any(o in program.classes and short in program.classes[o][1].methods for o in others)
    return not overriding and short not in context.template_names


def _uses(context: Context, name: str) -> Iterator[tuple[str, Span] | None]:
    """The calls of a function by its name in code that is changed; None for any other use of the name."""
    program = context.analyst.program
    for scope in program.mentions(_last(name)):
        where = scope[:-1] if scope.endswith(".") else program.functions[scope][0].module
        if program.modules[where].light:
            continue
        analysis = context.analyst.analyse(scope)
        for node in walk(analysis.node):
            if isinstance(node, ast.Name | ast.Attribute) and _means(context, where, node, name):
                parent = analysis.parents.get(node)
                is_call = isinstance(parent, ast.Call) and parent.func is node
                yield (analysis.path, span(parent)) if parent is not None and is_call else None


def _means(context: Context, module: str, node: ast.Name | ast.Attribute, name: str) -> bool:
    """Whether a name or attribute may be a function: a method is known by its name alone."""
    program = context.analyst.program
    if program.functions[name][1].owner:
        return isinstance(node, ast.Attribute) and node.attr == _last(name)
    text = dotted(node)
    return bool(text) and program.resolve(module, text).qualified == name


def _last(dotted: str) -> str:
    return dotted.rpartition(".")[2]


def _public(context: Context, name: str, changed: Places) -> str:
    """What speaks for other users of a function than the project's code, "" when nothing does."""
    program = context.analyst.program
    short = _last(name)
    for scope in program.mentions(short):
        facts = program.modules.get(scope.rstrip("."))
        if facts is not None and facts.light:
            return f"{facts.path} mentions it"
    if short in program.words or name in program.dotted_strings:
        return f"`{short}` is named as a string"
    for facts in program.modules.values():
        for local, target in facts.imports:
            if program.locate(target).qualified == name and (reason := _keeps(context, facts.module, local, changed)):
                return reason
    return ""


def _keeps(context: Context, module: str, local: str, changed: Places) -> str:
    """Why the import of a function stays in a module where nothing uses it any more, "" when it goes."""
    path, tree = context.analyst.program.modules[module].path, context.analyst.trees.tree(module)
    if path.endswith("__init__.py") or tree is None:
        return f"{path} hands it on"
    lines = context.analyst.trees.read(path).splitlines()
    for statement in (n for n in walk(tree) if isinstance(n, ast.ImportFrom)):
        alias = next((a for a in statement.names if (a.asname or a.name) == local), None)
        if alias is None:
            continue
        marked = any(b"noqa" in line.lower() for line in lines[statement.lineno - 1 : statement.end_lineno])
        nested = statement not in tree.body and (path, span(statement)) not in changed
        if marked or nested or alias.asname == alias.name:
            return f"{path} imports it"
    return ""
