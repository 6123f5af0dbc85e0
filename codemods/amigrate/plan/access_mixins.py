"""Views with Django's mixins for access, whose `dispatch` is sync and decides before the handlers run.

Their decision stays sync, whole: an `async def dispatch` of the class runs it in a thread. It gives a response that
refuses, or the coroutine of the handler, which was not run (`contrib/auth/mixins.py`, `View.dispatch`). So nothing of
what decides changes, and what it raises or refuses comes out as before.
"""

from __future__ import annotations

import ast

from amigrate.facts.view_classes import GUARDING
from amigrate.plan.context import Context

# what the mixins call, and must get an answer from at once
HOOKS = frozenset(
    "test_func get_test_func has_permission get_permission_required handle_no_permission get_login_url "
    "get_permission_denied_message get_redirect_field_name".split()
)
_LOADING = GUARDING - {"django.contrib.auth.mixins.UserPassesTestMixin"}
_HELP = "write `async def dispatch`: `response = await sync_to_async(super().dispatch)(…)`, and await what is awaitable"


def guarded(context: Context, classes: frozenset[str]) -> frozenset[str]:
    """The classes of a family that need an `async def dispatch` for the mixins above them: the topmost of each line."""
    chosen: set[str] = set()
    program, views = context.analyst.program, context.analyst.classes.views
    for name in sorted(classes, key=lambda one: (len(program.linearise(one)), one)):
        if views.is_view(name) and _reaches(context, name, chosen):
            chosen.add(name)
    return frozenset(chosen)


def _reaches(context: Context, name: str, chosen: set[str]) -> bool:
    """Whether a class derives from such a mixin other than through one of those that are chosen."""
    if name in GUARDING:
        return True
    program = context.analyst.program
    known = name in program.classes and name not in chosen
    return known and any(_reaches(context, base, chosen) for base in program.bases(name))


def access_obstacle(context: Context, name: str, classes: frozenset[str]) -> tuple[str, str] | None:
    """Why a class with such mixins stays sync, and what to do; None when an `async def dispatch` will do."""
    program, views = context.analyst.program, context.analyst.classes.views
    mixins = [e.rpartition(".")[2] for e in program.externals(name) if e in GUARDING]
    if not mixins:
        return None
    short = name.rpartition(".")[2]
    if any("dispatch" in program.classes[one][1].methods for one in program.line(name)):
        return f"{short} has a dispatch of the project's besides that of {mixins[0]}", _HELP
    found = guarded(context, classes)
    if name not in found:
        return None
    if any(base in found for base in program.linearise(name)[1:]):
        return f"{short} has mixins for access beside those of a class that it derives from", _HELP
    methods = program.classes[name][1].methods
    if not any(method in views.methods for method in methods):
        return (
            f"the dispatch() of {mixins[0]}, a base of {short}, is sync, and {short} has no handler of its own",
            _HELP,
        )
    return None


def is_guarded(context: Context, qualified: str) -> bool:
    """Whether a mixin decides in a thread before a handler runs."""
    owner, _, name = qualified.rpartition(".")
    known = owner in context.analyst.program.classes and name in context.analyst.classes.views.methods
    return known and not GUARDING.isdisjoint(context.analyst.program.externals(owner))


def loads_user(context: Context, qualified: str) -> bool:
    """Whether a mixin has loaded `request.user` whenever a handler runs: then reading it waits for nothing."""
    program, views = context.analyst.program, context.analyst.classes.views
    owner = qualified.rpartition(".")[0]
    if owner not in program.classes or not views.is_view(owner) or qualified.rpartition(".")[2] not in views.methods:
        return False
    for one in views.program.line(owner):
        if "has_permission" in program.classes[one][1].methods:
            return False
        node = context.analyst.trees.node(f"{one}.dispatch")
        if node is not None and "super().dispatch" not in ast.unparse(node):
            return False
    return not _LOADING.isdisjoint(program.externals(owner))
