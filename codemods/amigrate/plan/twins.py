"""Which helpers get an async twin: those that sync callers keep sync, and that are worth a form of their own."""

from __future__ import annotations

from collections.abc import Mapping

from amigrate import django_api
from amigrate.discover.project import Role
from amigrate.facts.twins import twin_name
from amigrate.facts.values import decorator_name
from amigrate.facts.view_classes import BENIGN_BASES
from amigrate.plan.context import Context, Draft
from amigrate.plan.decorators import PLAIN
from amigrate.plan.ignores import why_ignored
from amigrate.plan.pins import FAIL_OPEN, orm_name
from amigrate.plan.twin_sites import loops

_NEWEST = "99"  # a Django that has all that the table knows
FEW = 3  # thread hops: with more of them the one of a bridge is cheaper


def no_twin(context: Context, qualified: str) -> str:
    """Why a function cannot have an async twin, whatever it does; "" when it can."""
    program = context.analyst.program
    module, function = program.functions[qualified]
    name = function.qualname.rpartition(".")[2]
    new = twin_name(name)
    if program.roles.get(module.module, Role.CODE) is not Role.CODE or qualified in program.duplicated:
        return "it is no code that is changed"
    if function.is_async or function.is_generator or "<locals>" in function.qualname:
        return "it is no plain function or method of its module"
    if why := why_ignored(context.ignored, module.path, function.line, "async-twins"):
        return why
    if name in FAIL_OPEN or (name.startswith("__") and name.endswith("__")) or name == "_":
        return "its name has a meaning of its own"
    for decorator in function.decorators:
        dotted = decorator_name(decorator)
        if not dotted or program.resolve(module.module, dotted).qualified not in PLAIN:
            return f"@{dotted or '…'} would stand on it too"
    inner = f"{qualified}.<locals>."
    if any(q.startswith(inner) and context.analyst.blocks(q) for q in program.functions):
        return "functions in it would have to become async too"
    if function.owner:
        return _no_method(context, f"{module.module}.{function.owner}", name, new)
    taken = program.resolve(module.module, new)
    if taken.kind != "external" or taken.qualified != new or _mentioned(context, module.module, new):
        return f"the name `{new}` is taken"
    return ""


def _no_method(context: Context, owner: str, name: str, new: str) -> str:
    """Why a class cannot have the twin of a method."""
    analyst, program = context.analyst, context.analyst.program
    if owner not in program.classes:
        return "its class is not known"
    orm = owner in analyst.graph.models or analyst.classes.is_queryset_class(owner)
    family = {*program.linearise(owner), *program.descendants(owner)}
    of_django = orm or any(one.startswith("django.") for one in family)
    if (orm and orm_name(name)) or (of_django and _in_django(name)):
        return "its name has a meaning of its own"
    for one in sorted(family):
        found = program.classes.get(one)
        if found is None:
            if not (orm or one in BENIGN_BASES or one.startswith("django.")):
                return f"{one} may have a method `{new}` already"
            continue
        values = {key for key, _ in (*found[1].values, *found[1].annotations)}
        stored = any(
            new in f.stores for m, f in map(program.functions.__getitem__, (f"{one}.{n}" for n in found[1].methods))
        )
        if new in values or new in found[1].methods or stored:
            return f"{one} has a `{new}` already"
    return ""


def _mentioned(context: Context, module: str, new: str) -> bool:
    """Whether a module, or a string anywhere, uses a name already."""
    program = context.analyst.program
    scopes = program.modules[module].scopes
    return new in program.words or any(new in scope.names for scope in scopes)


def _in_django(name: str) -> bool:
    """Whether some class of Django has a method of that name in both colours."""
    return any(django_api.async_name(kind, name, _NEWEST) for kind in django_api.OWNERS)


def not_worth_it(copies: Mapping[str, Draft]) -> dict[str, str]:
    """The functions whose twin would wait in too many places, with the reason."""
    found: dict[str, str] = {}
    for name, draft in copies.items():
        if draft.natives == 0 and draft.bridges == 0:
            continue  # an override in a family in which others wait
        hops = _hops(copies, name, ())
        if loops(draft) or hops is None:
            found[name] = "its async form would wait in a loop, once a round, and the sync one does it in one hop"
        elif draft.natives <= draft.bridges:
            found[name] = "most of what it waits for has only a sync form: one bridge around its call is cheaper"
        elif hops > FEW:
            found[name] = f"its async form would take {hops} thread hops, and the sync one in one bridge takes one"
    return found


def _hops(copies: Mapping[str, Draft], name: str, path: tuple[str, ...]) -> int | None:
    """The thread hops of a twin with those of the twins that it calls; None when it calls itself."""
    if name in path:
        return None
    draft = copies.get(name)
    if draft is None:
        return 1
    inner = [_hops(copies, called, (*path, name)) for called in draft.twin_calls]
    if None in inner:
        return None
    return draft.natives + draft.bridges + sum(hops - 1 for hops in inner if hops is not None)


def needed(
    drafts: Mapping[str, Draft], copies: Mapping[str, Draft], families: Mapping[str, frozenset[str]]
) -> set[str]:
    """The twins that async code calls, directly or through each other, with all their overrides."""
    found: set[str] = set()
    stack = [called for draft in drafts.values() for called in draft.twin_calls]
    while stack:
        name = stack.pop()
        if name in copies and name not in found:
            found.add(name)
            stack.extend((*copies[name].twin_calls, *families[name]))
    return found
