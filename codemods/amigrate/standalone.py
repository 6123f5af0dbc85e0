"""One codemod on one module, without the rest of the program: what `python -m libcst.tool codemod` runs.

Only the functions that are `async def` already are changed. Whether a sync one may become async depends on who calls
it, and that takes the whole program.
"""

from __future__ import annotations

import hashlib
import sys
from pathlib import Path

import libcst as cst
from libcst.codemod import CodemodContext

from amigrate.codemod import SiteCodemod
from amigrate.discover.data import Role, Settings, SourceFile
from amigrate.discover.declared import Declared
from amigrate.discover.project import Project
from amigrate.discover.versions import django_version
from amigrate.facts import model_graph
from amigrate.facts.analyst import Analyst
from amigrate.facts.program import Program
from amigrate.facts.reading import read_module
from amigrate.plan import rendering
from amigrate.plan.context import Context
from amigrate.plan.drafting import draft_function
from amigrate.plan.ignores import ignored_lines
from amigrate.plan.partial import sure
from amigrate.rewrite.rewrite import rewrite_source

_NEEDS_OTHERS = {("unwrap-sync-to-async", "lambda")}  # what is in the lambda is for other codemods


def transform_alone(tree: cst.Module, codemod: SiteCodemod, about: CodemodContext) -> cst.Module:
    """`tree` with the sites of `codemod` in its `async def` functions; `tree` itself when there are none.

    A statement of which the plan is not sure is left alone, and so is all that stands in it.

    Raises:
        RewriteError: a site cannot be rewritten.
    """
    source = tree.bytes
    path = about.filename or "module.py"
    identity = codemod.META.id
    context = _context(source, path, about.full_module_name or "module", runtime=identity == rendering.CODEMOD)
    if context is None:
        return tree
    sites = sorted(
        site
        for name, (_, function) in context.analyst.program.functions.items()
        if function.is_async
        for site in sure(draft_function(context, name, frozenset()), alone=True)
        if site.codemod == identity and (identity, site.param("op")) not in _NEEDS_OTHERS
    )
    if not sites:
        return tree
    after = rewrite_source(path, source, sites, {identity: codemod}).after
    return cst.parse_module(after, config=cst.PartialParserConfig(encoding=tree.encoding))


def _context(source: bytes, path: str, module: str, *, runtime: bool) -> Context | None:
    """The module as a program of its own, for the Django and Python that run; None when it cannot be read."""
    facts = read_module(source, path, module, hashlib.sha256(source).hexdigest())
    if facts.error:
        return None
    python = f"{sys.version_info.major}.{sys.version_info.minor}"
    project = Project(
        root=Path(),
        files=(SourceFile(path, module, Role.CODE),),
        templates=(),
        import_roots=("",),
        settings=Settings(),
        django=django_version(Declared()),
        python=python,
        failures=(),
    )
    program = Program(project, {module: facts}, {module: Role.CODE})
    analyst = Analyst(program, model_graph.build(program), lambda _: source)
    ignored = ignored_lines({path: source})
    return Context(analyst, project.django, python, (), (), frozenset(), {}, ignored, runtime=runtime)
