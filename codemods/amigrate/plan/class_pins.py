"""Why a family of class-based views stays sync: what its classes are made of. Their uses: `class_uses.py`."""

from __future__ import annotations

import ast
from collections import Counter

from amigrate.discover.project import Role
from amigrate.facts.nodes import walk
from amigrate.facts.view_classes import listed
from amigrate.plan import class_decorators
from amigrate.plan.access_mixins import access_obstacle
from amigrate.plan.class_uses import used_elsewhere
from amigrate.plan.context import Context, Obstacle
from amigrate.plan.decorators import judge_wrapping
from amigrate.plan.ignores import why_ignored
from amigrate.plan.pins import judged

_OVERRIDES = {
    "as_view": "its own as_view() may wrap the view in what takes sync views only",
    "view_is_async": "it has its own view_is_async",
    "__getattr__": "it answers for attributes that it has not",
    "__getattribute__": "it answers for its attributes itself",
    "__init_subclass__": "it changes the classes that derive from it",
}
_HARMLESS_DECORATORS = frozenset({"typing.final", "typing_extensions.final"})
_ON_THE_LOOP = ("__init__", "setup")
_GENERIC_HELP = "leave it sync, Django runs it in a thread; or derive from View and write the handlers out"
_COMPOUND = (ast.If, ast.For, ast.While, ast.Try, ast.TryStar, ast.With, ast.Match)
Found = tuple[str, Obstacle]


def family_obstacle(context: Context, classes: frozenset[str], routed: tuple[str, ...]) -> Found | None:
    """The first thing that keeps the handlers of these classes sync, with the class or method that it is about."""
    program = context.analyst.program
    if program.project.settings.atomic_requests:
        reason = "ATOMIC_REQUESTS is, or may be, on: Django refuses async views then"
        return routed[0], _at(context, routed[0], reason)
    line = sorted(frozenset().union(*(context.analyst.program.line(name) for name in classes)))
    for name in sorted(classes):
        if why := foreign(context, name) or access_obstacle(context, name, classes):
            return name, _at(context, name, *why)
    for name in line:
        if why := _class(context, name):
            return name, _at(context, name, *why)
    for name in sorted(classes):
        if found := _handlers(context, name):
            return found
    for name in line:
        if found := _methods(context, name):
            return found
    for name in routed:
        if not _counted(context, name):
            return name, _at(context, name, "it has no handler of the project's, whose colour Django goes by")
    if reason := judged(context, judge_wrapping(context)):
        return routed[0], _at(context, routed[0], reason)
    return used_elsewhere(context, classes)


def _at(context: Context, name: str, reason: str, suggestion: str = "") -> Obstacle:
    line = context.analyst.program.classes[name][1].line
    return Obstacle(ast.Pass(lineno=line, col_offset=0), reason, suggestion)


def foreign(context: Context, name: str) -> tuple[str, str] | None:
    """Why a class of a library among the ancestors needs sync handlers, and what to do; None when there is none."""
    found = context.analyst.classes.views.foreign_bases(name)
    if not found:
        return None
    short = name.rpartition(".")[2]
    if found[0] == "?":
        return f"{short} has a base that is computed", "name the base in the class statement"
    return f"{short} inherits from {found[0]}, which calls its methods synchronously", _GENERIC_HELP


def _class(context: Context, name: str) -> tuple[str, str] | None:
    program, short = context.analyst.program, name.rpartition(".")[2]
    module, found = program.classes[name]
    if program.roles.get(module.module, Role.CODE) is not Role.CODE:
        return f"{short} is {program.roles[module.module].value} code, which is not changed", ""
    if why := why_ignored(context.ignored, module.path, found.line, "async-views", f"on {short}"):
        return why, ""
    if "<locals>" in name or Counter(c.qualname for c in module.classes)[found.qualname] > 1:
        return f"{short} is defined in a function, or more than once", "define the class once, at the top of its module"
    if found.metaclass and found.metaclass.rpartition(".")[2] not in ("ABCMeta", "type"):
        return f"the metaclass of {short} may change its methods", ""
    for method, why in _OVERRIDES.items():
        if method in found.methods or any(key == method for key, _ in found.values):
            return f"{short}: {why}", ""
    for decorator in class_decorators.on_class(context, name):
        if not decorator.adapted and decorator.name not in _HARMLESS_DECORATORS:
            return f"the decorator {decorator.name} gets the class {short}", "check what the decorator does with it"
        if decorator.adapted and (reason := class_decorators.on_class_obstacle(context, decorator)):
            return reason, ""
    if unseen := _conditional(context, name):
        return (
            f"`{unseen}` is defined under a condition in {short}",
            f"define `{unseen}` once, in the body of the class",
        )
    if by := program.dotted_strings.get(name):
        return f"{short} is named as a string in {by}", ""
    return None


def _conditional(context: Context, name: str) -> str:
    """A name of a handler that a class binds in a compound statement of its body, "" when there is none."""
    module, found = context.analyst.program.classes[name]
    called = context.analyst.classes.views.called
    node = context.analyst.trees.classes(module.module).get((name.rpartition(".")[2], found.line))
    compound = (statement for statement in (node.body if node is not None else ()) if isinstance(statement, _COMPOUND))
    for part in (part for statement in compound for part in walk(statement)):
        stored = part.id if isinstance(part, ast.Name) and isinstance(part.ctx, ast.Store) else ""
        bound = part.name if isinstance(part, ast.FunctionDef | ast.AsyncFunctionDef) else stored
        if bound in called:
            return bound
    return ""


def _counted(context: Context, name: str) -> list[str]:
    """The handlers by which Django tells whether a class is async."""
    program = context.analyst.program
    declared = program.class_value(name, "http_method_names")
    names = listed(declared[1]) if declared is not None else None
    methods = context.analyst.classes.views.methods if names is None else frozenset(names)
    return sorted(m for m in methods if m != "options" and program.find_method(name, m) is not None)


def _handlers(context: Context, name: str) -> Found | None:
    """What of the handlers of a class is no plain `def`."""
    views, (_, found) = context.analyst.classes.views, context.analyst.program.classes[name]
    for key, value in found.values:
        if key == "http_method_names" and listed(value) is None:
            return name, _at(context, name, "its http_method_names are computed")
        alias = value[1] if value is not None and value[0] == "ref" else ""
        if key in views.methods and not (alias in views.methods and alias in found.methods):
            reason = f"`{key}` is assigned something that is no method of the class"
            return name, _at(context, name, reason, f"write `{key}` as a method")
    for qualified in views.responders(name):
        if qualified.rpartition(".")[0] == name and (reason := _handler(context, qualified)):
            return qualified, _here(context, qualified, reason)
    return None


def _here(context: Context, qualified: str, reason: str) -> Obstacle:
    line = context.analyst.program.functions[qualified][1].line
    return Obstacle(ast.Pass(lineno=line, col_offset=0), reason)


def _handler(context: Context, qualified: str) -> str:
    module, function = context.analyst.program.functions[qualified]
    name = function.qualname.rpartition(".")[2]
    if function.is_async:
        return f"`{name}` is async already, other handlers are not: Django refuses that"
    if qualified in context.analyst.program.duplicated:
        return f"`{name}` is defined more than once"
    if function.is_generator:
        return f"`{name}` is a generator"
    if why := why_ignored(context.ignored, module.path, function.line, "async-views"):
        return why
    return class_decorators.on_method_obstacle(context, qualified)


def _methods(context: Context, name: str) -> Found | None:
    """What runs on the event loop and may block, and what calls methods by names that are not seen."""
    analyst = context.analyst
    for method in analyst.program.classes[name][1].methods:
        qualified = f"{name}.{method}"
        if method in _ON_THE_LOOP and analyst.blocks(qualified):
            reason = f"`{method}` runs on the event loop, cannot be async, and may block"
            help_ = "move what it waits for into an `async def dispatch`, or into the handlers"
            return qualified, Obstacle(_here(context, qualified, "").node, reason, help_)
        if method == "dispatch" and qualified in analyst.program.duplicated:
            return qualified, _here(context, qualified, "`dispatch` is defined more than once")
        if method == "dispatch" and analyst.classes.is_async(qualified):
            return qualified, _here(context, qualified, "`dispatch` is async, the handlers are not")
        if method == "dispatch" and (reason := class_decorators.on_method_obstacle(context, qualified)):
            return qualified, _here(context, qualified, reason)
        node = analyst.trees.node(qualified)
        wanted = analyst.classes.views.methods
        if node is not None and method != "dispatch" and any(_by_name(part, wanted) for part in walk(node)):
            return qualified, _here(
                context, qualified, "getattr() calls methods of the view by names that are not seen"
            )
    return None


def _by_name(part: ast.AST, methods: frozenset[str]) -> bool:
    match part:
        case ast.Call(func=ast.Name(id="getattr"), args=[ast.Name(id="self"), ast.Constant(value=name), *_]):
            return name in methods
        case ast.Call(func=ast.Name(id="getattr"), args=[ast.Name(id="self"), *_]):
            return True
    return False


def hooks(context: Context, name: str) -> list[str]:
    """The methods of a class that may block."""
    return [m for m in context.analyst.classes.views.owned.get(name, ()) if context.analyst.blocks(f"{name}.{m}")]
