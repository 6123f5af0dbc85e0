"""What a call leaves in an object is of the types that all its callers give, also those that nothing else looks at."""

from __future__ import annotations

import ast
from collections.abc import Iterator

from amigrate.discover.project import Role
from amigrate.facts.lattice import UNKNOWN, Kind
from amigrate.facts.nodes import walk
from amigrate.plan.context import Context, module_of

TOO_COMMON = 300  # scopes that mention a name: beyond that its callers cannot be told apart at a sensible cost
_TELLS_NOTHING = frozenset({Kind.UNKNOWN, Kind.OPAQUE, Kind.NONE})
_MAKES_ITS_KIND = frozenset({"cls", "__class__", "type", "__init__"})


def know_kept_arguments(context: Context, names: frozenset[str]) -> None:
    """Analyses all that may call a method whose arguments stay in an object, a constructor above all, where these
    functions read them there.

    An attribute is a queryset only if nobody makes such an object of a list. That the callers of the methods which are
    to become async are looked at does not tell: registries and factories hand out objects that an annotation types.
    """
    analyst = context.analyst
    known: set[str] = set()
    while more := [name for name in sorted(analyst.arguments) if name not in known and _keeps(context, name, names)]:
        known.update(more)
        for name in more:
            scopes = sorted(set(_mentioning(context, name)))
            if len(scopes) > TOO_COMMON:
                analyst.arguments[name] = dict.fromkeys(analyst.arguments[name], UNKNOWN)
            else:
                for scope in scopes:
                    analyst.told(scope)


def _keeps(context: Context, name: str, readers: frozenset[str]) -> bool:
    """Whether a method stores what tells something in attributes, and what one of the readers found is due to it."""
    analyst = context.analyst
    found = analyst.program.functions.get(name)
    if found is None or not found[1].owner or not found[1].stores:
        return False
    if all(kind.kind in _TELLS_NOTHING for kind in analyst.arguments[name].values()):
        return False
    seen, stack = {name}, [name]
    while stack:
        if not readers.isdisjoint(users := analyst.users.get(stack.pop(), set()) - seen):
            return True
        seen |= users
        stack.extend(users)
    return False


def _mentioning(context: Context, name: str) -> Iterator[str]:
    """The scopes of the project's code in which a method may be called; that of a constructor by its class."""
    program = context.analyst.program
    owner, _, short = name.rpartition(".")
    names = {short}
    if short in ("__init__", "__new__"):
        family = (owner, *program.descendants(owner))
        names = {one.rpartition(".")[2] for one in family}
        for one in family:
            module, _ = program.classes[one]
            for scope in module.scopes:
                place = f"{module.module}.{scope.qualname}"
                if place.startswith(f"{one}.") and not (
                    _MAKES_ITS_KIND.isdisjoint(scope.names) and _MAKES_ITS_KIND.isdisjoint(scope.attributes)
                ):
                    yield place
    for one in names:
        for place in program.mentions(one):
            module_name = module_of(context, place)
            if program.modules[module_name].light or program.roles.get(module_name) is Role.TEST:
                continue
            if not place.endswith(".") or _calls(context, module_name, one):
                yield place


def _calls(context: Context, module: str, name: str) -> bool:
    """Whether the statements of a module itself call something of this name, or hand it on: as a base class, or in an
    import, it is not called."""
    imports = context.analyst.program.modules[module].imports
    names = {name, *(local for local, target in imports if target.rpartition(".")[2] == name)}
    calls = (part for statement in context.analyst.trees.outline(module) for part in _calls_in(statement))
    return any(_name_of(part) in names for call in calls for part in (call, *walk(call)))


def _calls_in(statement: ast.stmt) -> Iterator[ast.Call]:
    return (part for part in (statement, *walk(statement)) if isinstance(part, ast.Call))


def _name_of(node: ast.AST) -> str:
    return node.id if isinstance(node, ast.Name) else node.attr if isinstance(node, ast.Attribute) else ""
