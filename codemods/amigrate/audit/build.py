"""From the coloured program to the audit."""

from __future__ import annotations

import datetime
from collections.abc import Mapping, Sequence

from amigrate.audit.data import Audit, Finding
from amigrate.audit.defects import defects
from amigrate.audit.deprecations import deprecations
from amigrate.audit.middleware import around, middleware
from amigrate.audit.order import leave, order
from amigrate.audit.readiness import readiness
from amigrate.audit.servers import servers
from amigrate.audit.versions import versions
from amigrate.audit.views import views
from amigrate.model import Failure
from amigrate.plan.colouring import colour
from amigrate.plan.context import Context


def make_audit(
    context: Context,
    sources: Mapping[str, bytes],
    paths: Sequence[str],
    today: datetime.date,
    *,
    too_old: str = "",
    failures: tuple[Failure, ...] = (),
    notes: tuple[str, ...] = (),
) -> Audit:
    """The audit of an analysed program.

    Args:
        context: as for the plan.
        sources: the bytes of its Python files.
        paths: all files of the project.
        today: decides which versions still get security fixes.
        too_old: what the project asks for when that is an unsupported Django.
        failures, notes: of the run so far.
    """
    program = context.analyst.program
    project = program.project
    coloured = colour(context)
    chain = middleware(program)
    hops = around(chain, program)
    found: tuple[Finding, ...] = (
        *versions(project, today, too_old),
        *deprecations(program),
        *(servers(project.root, paths) if project.settings.module else ()),
        *readiness(program, sources, chain, hops),
    )
    judged = views(context, coloured)
    wrong = defects(context)
    return Audit(
        str(project.root),
        project.django,
        project.python,
        len(sources),
        readiness=found,
        middleware=chain,
        around=hops,
        views=judged,
        defects=wrong,
        order=tuple(order(found, judged, wrong)),
        leave=tuple(leave(judged)),
        failures=failures,
        notes=notes,
    )
