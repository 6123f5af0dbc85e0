"""Families of class-based views: the methods that become async together, or why none of them does."""

from __future__ import annotations

import ast
from collections.abc import Iterator
from dataclasses import dataclass

from amigrate.facts.effects import What
from amigrate.facts.nodes import walk
from amigrate.plan.access_mixins import guarded
from amigrate.plan.class_decorators import on_class, on_method, passive
from amigrate.plan.class_pins import family_obstacle
from amigrate.plan.context import Context, Obstacle


@dataclass(frozen=True)
class ViewFamily:
    """Classes that share handlers.

    Args:
        classes: all of them.
        routed: those that URL patterns name.
        members: the handlers and whatever else gives a response, which are of one colour.
        obstacle: why they stay sync, with the class or method that it is about.
        inserted: the classes that need an `async def dispatch` of their own, for the decorators on theirs.
        guarded: those of them in which it runs that of Django's mixins for access in a thread.
        consumer: whether they are consumers of Channels, and not views: then `routed` are those that are whole.
    """

    classes: frozenset[str]
    routed: tuple[str, ...]
    members: frozenset[str]
    obstacle: tuple[str, Obstacle] | None = None
    inserted: frozenset[str] = frozenset()
    guarded: frozenset[str] = frozenset()
    consumer: bool = False


def view_families(context: Context) -> tuple[ViewFamily, ...]:
    """The families of all plain views that are routed."""
    views = context.analyst.classes.views
    found: dict[frozenset[str], list[str]] = {}
    for route in context.class_routes:
        if route.view in context.analyst.program.classes and views.is_view(route.view):
            found.setdefault(views.family(route.view), []).append(route.view)
    return tuple(
        _family(context, classes, tuple(dict.fromkeys(routed)))
        for classes, routed in found.items()
        if context.touched is None or any(map(context.starts, _methods(context, classes)))
    )


def _methods(context: Context, classes: frozenset[str]) -> Iterator[str]:
    return (f"{name}.{method}" for name in classes for method in context.analyst.program.classes[name][1].methods)


def _family(context: Context, classes: frozenset[str], routed: tuple[str, ...]) -> ViewFamily:
    program, views = context.analyst.program, context.analyst.classes.views
    responders = views.responders(routed[0])
    if responders and all(context.analyst.classes.is_async(m) for m in responders):
        return ViewFamily(classes, routed, frozenset(), ("", Obstacle(ast.Pass(), "")))  # nothing to do
    obstacle = family_obstacle(context, classes, routed)
    if obstacle is not None:
        return ViewFamily(classes, routed, frozenset(), obstacle)
    members = set(responders)
    inserted: set[str] = set()
    for name in sorted(classes):
        own = f"{name}.dispatch"
        if own in program.functions and not passes_through(context, own):
            members.add(own)
        if any(d.method == "dispatch" and not passive(d) for d in on_class(context, name)):
            owner = program.find_method(name, "dispatch")
            if owner is None and not any(m.rpartition(".")[0] == name for m in members):
                help_ = "write `async def dispatch` with `return await super().dispatch(...)` into it"
                found = Obstacle(ast.Pass(), "the decorators on its dispatch need an async one", help_)
                return ViewFamily(classes, routed, frozenset(), (name, found))
            if owner is None:
                inserted.add(name)
            else:
                members.add(f"{owner}.dispatch")
    guards = guarded(context, classes)
    return ViewFamily(classes, routed, frozenset(members), None, frozenset(inserted) | guards, guards)


def passes_through(context: Context, qualified: str) -> bool:
    """Whether a sync `dispatch` only hands on what the handler gives: then it may stay as it is."""
    node = context.analyst.trees.node(qualified)
    analysis = context.analyst.analyse(qualified)
    if node is None or any(not passive(d) for d in on_method(context, qualified)):
        return False
    calls = {e.node for e in analysis.effects if e.extra.get("responds")}
    for effect in analysis.effects:
        if effect.node in calls or effect.what in (What.VALUE, What.MAYBE):
            continue
        if not effect.targets or any(context.analyst.blocks(t) for t in effect.targets):
            return False
    returned = [part for part in walk(node) if isinstance(part, ast.Return)]
    if not returned or any(r.value not in calls for r in returned) or len(returned) != len(calls):
        return False
    guards = (ast.With, ast.AsyncWith, ast.Try, ast.TryStar)
    inside = (inner for part in walk(node) if isinstance(part, guards) for inner in walk(part))
    return not calls.intersection(inside)


def dispatch_place(context: Context, family: ViewFamily, name: str) -> str:
    """Where the dispatch that a class needs goes, seen from one of its handlers: "" when not beside this one.

    It comes above the first handler, or below it when a comment stands above that.
    """
    owner = name.rpartition(".")[0]
    functions = context.analyst.program.functions
    here = [m for m in family.members if m.rpartition(".")[0] == owner]
    if owner not in family.inserted or name != min(here, key=lambda m: functions[m][1].line):
        return ""
    module, function = functions[name]
    lines = context.analyst.trees.read(module.path).splitlines()
    return "below" if lines[function.first - 2].lstrip().startswith(b"#") else "above"
