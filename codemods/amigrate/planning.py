"""From a linked program and the options to what the planning stage works on."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import replace
from typing import TYPE_CHECKING

from packaging.version import Version

from amigrate.discover.project import Project, Role
from amigrate.discover.versions import RUNTIME_PYTHON
from amigrate.facts import entry_points, model_graph, templates
from amigrate.facts.analyst import Analyst
from amigrate.facts.entry_points import Route
from amigrate.facts.program import Program
from amigrate.facts.reading import read_module
from amigrate.model import Confidence
from amigrate.options import Options, rejected_in
from amigrate.plan.context import Context
from amigrate.plan.ignores import Ignored, ignored_lines, with_rejected
from amigrate.plan.plan import Plan, joined, make_plan
from amigrate.plan.rendering import CODEMOD as RENDER
from amigrate.plan.rendering import RUNTIME
from amigrate.plan.test_cases import tests_of
from amigrate.plan.test_sites import CODEMOD as TESTS
from amigrate.plan.wanted import Wanted

if TYPE_CHECKING:
    from amigrate.facts.oracle import Oracle

OF_FILES = frozenset({"async-templates", "retarget", "template-syntax"})  # they change whole files, by no plan


def context_of(
    program: Program,
    sources: Mapping[str, bytes],
    oracle: Oracle | None,
    options: Options,
    only: frozenset[str] | None = None,
    known: Context | None = None,
) -> Context:
    """The analysed program with its entry points; with `only`, the routes to views of these modules alone.

    What was read for `known`, another state of the same project's modules, is not read again.
    """
    project = program.project
    graph = model_graph.build(program)
    analyst = Analyst(program, graph, sources.__getitem__, oracle)
    if known is not None:
        analyst.trees.reuse(known.analyst.trees)
    found = [r for r in entry_points.routes(program) if only is None or _module(program, r.view) in only]
    routes = tuple(r for r in found if not r.is_class)
    class_routes = tuple(r for r in found if r.is_class)
    entries = frozenset(entry_points.named(program, options.entries))
    analyst.entries = entries
    for route in routes:
        view = program.functions.get(route.view)
        if view is not None and view[1].parameters:
            analyst.request_parameters[route.view] = frozenset(view[1].parameters[:1])
            analyst.converted_parameters.setdefault(route.view, set()).update(route.converted)
    _know_classes(analyst, class_routes)
    _know_consumers(analyst)
    return Context(
        analyst,
        project.django,
        project.python,
        routes,
        class_routes,
        entries,
        _template_names(program) if known is None else known.template_names,
        with_rejected(_ignored(program, sources, known), _lines_of(program, rejected_in(options))),
        options.helpers,
        _may_render(program, options),
        "channels" if options.runtime is False or is_too_old(program.project) else options.websockets,
    )


def _lines_of(program: Program, symbols: Iterable[str]) -> list[tuple[str, int]]:
    """Where functions and classes are defined, as (path, line); names of nothing have no place."""
    found: list[tuple[str, int]] = []
    for name in symbols:
        for where in (program.functions.get(name), program.classes.get(name)):
            if where is not None:
                found.append((where[0].path, where[1].line))
    return found


def _template_names(program: Program) -> Mapping[str, str]:
    """The identifiers used in templates, in files and in strings of the code, each with a file that has it."""
    in_code = {name: module.path for module in program.modules.values() for name in module.template_names}
    return {**in_code, **templates.names_in(program.project.root, program.project.templates)}


def _ignored(program: Program, sources: Mapping[str, bytes], known: Context | None) -> Ignored:
    """The lines with an ignore comment; those of modules that are the same in `known` are known."""
    if known is None:
        return ignored_lines(sources)
    before = known.analyst.program.modules
    changed = {m.path for name, m in program.modules.items() if before.get(name) is not m}
    kept = {path: lines for path, lines in known.ignored.items() if path not in changed}
    return {**kept, **ignored_lines({path: sources[path] for path in changed})}


def _may_render(program: Program, options: Options) -> bool:
    """Whether renders may become those of django_ahead; otherwise they are bridged."""
    if RENDER in options.ignore or (options.select and RENDER not in options.select):
        return False
    if is_too_old(program.project):
        return False
    return uses_runtime(program) if options.runtime is None else options.runtime


def is_too_old(project: Project) -> bool:
    """Whether the Python of a project cannot run django_ahead."""
    return Version(project.python) < Version(RUNTIME_PYTHON)


def uses_runtime(program: Program) -> bool:
    """Whether the project depends on django_ahead already: it is required, installed as an app, or imported."""
    apps = program.project.settings.installed_apps
    imported = (target for module in program.modules.values() for _, target in module.imports)
    return program.project.has_runtime or any(name.partition(".")[0] == RUNTIME for name in (*apps, *imported))


def _know_classes(analyst: Analyst, routes: tuple[Route, ...]) -> None:
    """What Django gives the methods of routed classes that it calls: the request and what the patterns match."""
    program, views = analyst.program, analyst.classes.views
    analyst.view_arguments = frozenset().union(*(route.arguments for route in routes))
    for route in routes:
        for owner in views.program.line(route.view) if views.is_view(route.view) else ():
            for method in program.classes[owner][1].methods:
                found = program.functions.get(f"{owner}.{method}")
                if method in views.called and found is not None:
                    analyst.request_parameters[f"{owner}.{method}"] = frozenset(found[1].parameters[1:2])
                    analyst.converted_parameters.setdefault(f"{owner}.{method}", set()).update(route.converted)


def _know_consumers(analyst: Analyst) -> None:
    """Which methods get what a message holds."""
    consumers = analyst.classes.consumers
    for name in consumers.all:
        for one in consumers.program.line(name):
            analyst.message_handlers.update(consumers.handlers(one, computed=False))


def plan_of(
    context: Context, sources: Mapping[str, bytes], options: Options, only: frozenset[str] | None = None
) -> Plan:
    """The plan of a program's code, and, where `select` names `async-tests`, of its tests, of the modules `only`."""
    plans = []
    if not options.select or set(options.select) - {TESTS} - OF_FILES:
        plans.append(make_plan(context, wanted_of(options)))
    if TESTS in options.select:
        tests = _tests_of(context.analyst.program, sources, options, only)
        if tests.tests:
            plans.append(make_plan(tests, wanted_of(options)))
    return joined(plans)


def _tests_of(program: Program, sources: Mapping[str, bytes], options: Options, only: frozenset[str] | None) -> Context:
    """The program with all that is known of its tests, which are its entry points: the code stays as it is."""
    modules = dict(program.modules)
    for name, module in program.modules.items():
        if module.light and program.roles.get(name) is Role.TEST and module.path in sources:
            full = read_module(sources[module.path], module.path, name, module.digest)
            modules[name] = module if full.error else full
    linked = Program(program.project, modules, program.roles)
    context = context_of(linked, sources, None, options)
    tests = frozenset(tests_of(linked, only))
    return replace(context, routes=(), entries=frozenset(), helpers="bridge", tests=tests)


def wanted_of(options: Options) -> Wanted:
    """What the options ask for."""
    return Wanted(
        frozenset(options.select), frozenset(options.ignore), Confidence(options.confidence), options.only_worthwhile
    )


def _module(program: Program, qualified: str) -> str:
    found = program.functions.get(qualified) or program.classes.get(qualified)
    return found[0].module if found else ""
