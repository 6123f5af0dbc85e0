"""What is checked of the whole result, by analysing the rewritten program: a second run, and no sync call left."""

from __future__ import annotations

import hashlib
from collections.abc import Mapping
from dataclasses import replace

from amigrate.changes import reapply
from amigrate.check.idempotent import not_settled
from amigrate.facts.program import Program
from amigrate.facts.reading import read_module
from amigrate.facts.sources import Sources
from amigrate.model import ChangeSet, Failure
from amigrate.options import Options
from amigrate.plan.already_async import already_async, in_thread
from amigrate.plan.context import Context
from amigrate.plan.drafting import draft_function
from amigrate.plan.plan import Plan
from amigrate.plan.touched import changed_functions, touched
from amigrate.plan.uses import RENAMED
from amigrate.planning import context_of, plan_of

# what these would still change in a function that is async now is a query on the event loop
_QUERYING = frozenset(
    {"orm-terminal", "orm-instance", "orm-iteration", "orm-materialise", "orm-evaluation", "orm-shortcuts"}
)


def verified(known: Context, plan: Plan, change_set: ChangeSet, sources: Sources, options: Options) -> ChangeSet:
    """The change set without the groups that leave a sync query in an async function, which is a bug of ours.

    What a second run would change is added to its failures. `known` is the program that was planned, as it was.
    """
    context, after, changed = _touched(known, change_set, sources, options)
    left = _left_sync(context, plan, change_set)
    if left:
        groups = frozenset(g.id for g in change_set.groups) - {group for _, group in left}
        failures = (*change_set.failures, *(failure for failure, _ in left))
        change_set = replace(reapply(change_set, groups), failures=failures)
        context, after, changed = _touched(known, change_set, sources, options)
    again = plan_of(context, after, options, changed)
    if again.files:  # what they might be is settled by all that there is
        again = plan_of(_rewritten(known, change_set, sources, options)[0], after, options, changed)
    # what the first run wanted and failed to change is reported already
    failed = {s.symbol for f in plan.files for s in f.sites} - {s.symbol for f in change_set.plans for s in f.sites}
    files = [replace(f, sites=tuple(s for s in f.sites if s.symbol not in failed)) for f in again.files]
    return replace(change_set, failures=(*change_set.failures, *not_settled(files)))


def _rewritten(
    known: Context, change_set: ChangeSet, sources: Sources, options: Options
) -> tuple[Context, Mapping[str, bytes], frozenset[str]]:
    """The program as it would be with the changes, with the routes to the files that changed, and these."""
    program = known.analyst.program
    after = {c.path: c.after for c in change_set.changes}
    modules = dict(program.modules)
    changed = {name: m for name, m in modules.items() if m.path in after}
    for name, module in changed.items():
        source = after[module.path]
        modules[name] = read_module(source, module.path, name, hashlib.sha256(source).hexdigest())
    linked = Program(program.project, modules, program.roles)
    files, names = sources.but(after), frozenset(changed)
    return context_of(linked, files, None, options, names, known), files, names


def _touched(
    known: Context, change_set: ChangeSet, sources: Sources, options: Options
) -> tuple[Context, Mapping[str, bytes], frozenset[str]]:
    """As `_rewritten`, with only those functions to start from that the changes may matter to; of the others is known
    what was."""
    context, after, changed = _rewritten(known, change_set, sources, options)
    program, was = context.analyst.program, known.analyst.program
    differing: set[str] = set()
    for name in changed:
        old, new = was.modules[name], program.modules[name]
        differing |= changed_functions(old, new, sources[old.path], after[new.path])
    starts = {r.view for r in context.routes} | context.entries | set(already_async(context)) | set(in_thread(context))
    unseen = starts - known.analyst.analyses.keys()  # what was pinned at once, and what is new
    found = touched(known.analyst, differing) | unseen
    same = {name for name, (module, _) in program.functions.items() if was.modules[module.module] is module}
    context.analyst.adopt(known.analyst, same - found)
    return replace(context, touched=found), after, changed


def _left_sync(context: Context, plan: Plan, change_set: ChangeSet) -> list[tuple[Failure, str]]:
    """Sync queries in functions that became async (guarantee G5), each with its group."""
    made = {(s.symbol, s.group, f.path) for f in change_set.plans for s in f.sites if s.symbol in plan.functions}
    found: list[tuple[Failure, str]] = []
    for symbol, group, path in sorted(made):
        owner, _, name = symbol.rpartition(".")
        draft = draft_function(context, f"{owner}.{RENAMED.get(name, name)}", frozenset())
        for site in draft.sites[:]:
            if site.codemod in _QUERYING:
                reason = f"line {site.span.line}: {site.reason}, in a function that would be async; left as it is"
                found.append((Failure(path, reason), group))
                break
    return found
