"""From a linked program and the options to what the planning stage works on."""

from __future__ import annotations

from collections.abc import Mapping

from amigrate.facts import entry_points, model_graph, templates
from amigrate.facts.analyst import Analyst
from amigrate.facts.oracle import Oracle
from amigrate.facts.program import Program
from amigrate.model import Confidence
from amigrate.options import Options
from amigrate.plan.context import Context
from amigrate.plan.ignores import ignored_lines
from amigrate.plan.plan import Wanted


def context_of(
    program: Program,
    sources: Mapping[str, bytes],
    oracle: Oracle | None,
    options: Options,
    only: frozenset[str] | None = None,
) -> Context:
    """The analysed program with its entry points; with `only`, the routes to views of these modules alone."""
    project = program.project
    graph = model_graph.build(program)
    analyst = Analyst(program, graph, sources.__getitem__, oracle)
    routes = tuple(r for r in entry_points.routes(program) if only is None or _module(program, r.view) in only)
    entries = frozenset(entry_points.named(program, options.entries))
    analyst.entries = entries
    for route in routes:
        found = program.functions.get(route.view)
        if found is not None and found[1].parameters:
            analyst.request_parameters[route.view] = frozenset(found[1].parameters[:1])
            analyst.converted_parameters.setdefault(route.view, set()).update(route.converted)
    return Context(
        analyst,
        project.django,
        project.python,
        routes,
        entries,
        templates.names_in(project.root, project.templates),
        ignored_lines(sources),
        options.helpers,
    )


def wanted_of(options: Options) -> Wanted:
    """What the options ask for."""
    return Wanted(
        frozenset(options.select), frozenset(options.ignore), Confidence(options.confidence), options.only_worthwhile
    )


def _module(program: Program, qualified: str) -> str:
    found = program.functions.get(qualified)
    return found[0].module if found else ""
