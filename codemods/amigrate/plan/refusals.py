"""Refusals: why entry points and helpers stay as they are."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace

from amigrate.model import Refusal
from amigrate.plan.class_refusals import class_refusals
from amigrate.plan.coloured import Colouring
from amigrate.plan.context import Context, Obstacle
from amigrate.plan.removals import paired
from amigrate.plan.suggestions import suggest
from amigrate.plan.test_sites import CODEMOD as TESTS


def refused_group(context: Context, group_of: Mapping[str, str], group: str, reason: str) -> list[Refusal]:
    program = context.analyst.program
    return [
        Refusal(program.functions[n][0].path, program.functions[n][1].line, n, "async-functions", reason)
        for n, g in group_of.items()
        if g == group
    ]


def refusals_of(context: Context, coloured: Colouring) -> list[Refusal]:
    """One refusal for each entry point that blocks and stays sync, for each helper that is bridged, for each class."""
    program, analyst = context.analyst.program, context.analyst
    routed = {r.view for r in context.routes}
    entries = routed | context.entries | context.tests
    bridged = (
        set()
        if context.tests
        else {
            t
            for draft in coloured.drafts.values()
            for effect in draft.analysis.effects
            for t in effect.targets
            if t not in coloured.drafts
        }
    )
    found: list[Refusal] = []
    pairs = paired(context, coloured)
    for name in sorted((entries | bridged) - coloured.families.keys()):
        if name not in program.functions or name in coloured.drafts or analyst.classes.is_async(name):
            continue
        obstacle = coloured.reasons.get(name)
        if obstacle is None or not analyst.blocks(name) or name in coloured.twins or name in pairs:
            continue
        known = (coloured.reasons[about].reason for about in obstacle.about if about in coloured.reasons)
        because = next((reason for reason in known if not reason.startswith(("its override", "it goes together"))), "")
        if because:
            obstacle = replace(obstacle, reason=f"{obstacle.reason}: {because}")
        found.append(_refusal(context, name, obstacle, routed, coloured.single.get(name, "")))
    return [*found, *class_refusals(context, coloured)]


def _refusal(context: Context, name: str, obstacle: Obstacle, routed: set[str], single: str) -> Refusal:
    module, function = context.analyst.program.functions[name]
    codemod = TESTS if context.tests else "async-views" if name in routed else "async-functions"
    line = obstacle.line or function.line
    reason = f"{obstacle.reason}; no async twin: {single}" if single not in ("", obstacle.reason) else obstacle.reason
    return Refusal(module.path, line, name, codemod, reason, obstacle.suggestion or suggest(obstacle.reason))
