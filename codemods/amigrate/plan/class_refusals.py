"""Class-based views that stay sync: one refusal a class, with what would have to change."""

from __future__ import annotations

from amigrate.model import Refusal
from amigrate.plan.class_pins import foreign, hooks
from amigrate.plan.coloured import Colouring
from amigrate.plan.consumer_sites import CODEMOD as CONSUMERS
from amigrate.plan.context import Context, Obstacle
from amigrate.plan.relieving import relieve
from amigrate.plan.suggestions import suggest

# generic views that query by themselves, whatever the project adds
_QUERYING = ("ListView", "DetailView", "CreateView", "UpdateView", "DeleteView", "ArchiveView", "APIView", "ViewSet")


def class_refusals(context: Context, coloured: Colouring) -> list[Refusal]:
    """Why routed classes that wait for something stay sync."""
    found: dict[str, Refusal] = {}
    families = [(f, f.obstacle) for f in coloured.refused]
    families += [(f, coloured.causes.get(f.classes)) for f in dict.fromkeys(coloured.families.values())]
    for family, cause in families:
        if cause is None or not cause[1].reason:
            continue
        for name in family.routed:
            if family.consumer:
                found[name] = _refusal(context, name, *cause, CONSUMERS)
            elif any(hooks(context, owner) for owner in context.analyst.program.linearise(name)):
                found[name] = _library(context, name) or _refusal(context, name, *cause, "async-views")
    for name in sorted({route.view for route in context.class_routes} - found.keys()):
        if (refusal := _generic(context, name)) is not None:
            found[name] = refusal
        relieve(context, coloured)
    return [found[name] for name in sorted(found)]


def _refusal(context: Context, name: str, cause: str, obstacle: Obstacle, codemod: str) -> Refusal:
    """The refusal of one class; `cause` is the class or method that the obstacle is about."""
    program = context.analyst.program
    module, found = program.classes[name]
    reason = obstacle.reason
    if cause.startswith(f"{name}.") and obstacle.line:
        return Refusal(module.path, obstacle.line, cause, codemod, reason, obstacle.suggestion or suggest(reason))
    if cause not in (name, ""):
        reason = f"{cause}: {reason}"
    return Refusal(module.path, found.line, name, codemod, reason, obstacle.suggestion or suggest(reason))


def _generic(context: Context, name: str) -> Refusal | None:
    """The refusal of a class that a library's view is an ancestor of, when it waits for anything."""
    program, views = context.analyst.program, context.analyst.classes.views
    if name not in program.classes or views.is_view(name):
        return None
    return _library(context, name)


def _library(context: Context, name: str) -> Refusal | None:
    """The refusal of a class for what it inherits itself from a library."""
    program, views = context.analyst.program, context.analyst.classes.views
    bases = views.foreign_bases(name)
    if not bases:
        return None
    own = sorted({h for one in program.linearise(name) if one in program.classes for h in hooks(context, one)})
    if not (own or any(base.endswith(_QUERYING) for base in bases)):
        return None
    why = foreign(context, name)
    module, found = program.classes[name]
    if why is None:
        return None
    waiting = f"; {_listed(own)} may block" if own else ""
    return Refusal(module.path, found.line, name, "async-views", f"{why[0]}{waiting}", why[1])


def _listed(names: list[str]) -> str:
    shown = [f"`{name}`" for name in names[:3]]
    return ", ".join(shown) + (f" and {len(names) - 3} more" if len(names) > 3 else "")
