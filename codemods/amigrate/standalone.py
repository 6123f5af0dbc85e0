"""One codemod on one module, without the rest of the program: what `python -m libcst.tool codemod` runs.

Only the functions that are `async def` already are changed. Whether a sync one may become async depends on who calls
it, and that takes the whole program.
"""

from __future__ import annotations

import ast
import hashlib
import sys
from collections.abc import Iterator
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
from amigrate.facts.module import read_module
from amigrate.facts.program import Program
from amigrate.model import Site
from amigrate.plan.context import Context, Draft
from amigrate.plan.drafting import draft_function
from amigrate.plan.ignores import ignored_lines
from amigrate.rewrite.rewrite import rewrite_source


def transform_alone(tree: cst.Module, codemod: SiteCodemod, about: CodemodContext) -> cst.Module:
    """`tree` with the sites of `codemod` in its `async def` functions; `tree` itself when there are none.

    A statement of which the plan is not sure is left alone, and so is all that stands in it.

    Raises:
        RewriteError: a site cannot be rewritten.
    """
    source = tree.bytes
    path = about.filename or "module.py"
    context = _context(source, path, about.full_module_name or "module")
    if context is None:
        return tree
    identity = codemod.META.id
    sites = sorted(
        site
        for name, (_, function) in context.analyst.program.functions.items()
        if function.is_async
        for site in _sure(draft_function(context, name, frozenset()), identity)
    )
    if not sites:
        return tree
    after = rewrite_source(path, source, sites, {identity: codemod}).after
    return cst.parse_module(after, config=cst.PartialParserConfig(encoding=tree.encoding))


def _context(source: bytes, path: str, module: str) -> Context | None:
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
    return Context(analyst, project.django, python, (), (), frozenset(), {}, ignored_lines({path: source}))


def _sure(draft: Draft, codemod: str) -> Iterator[Site]:
    """The sites of one codemod in the statements that have no obstacle, and are in none that has one."""
    function = draft.analysis.node
    doubtful = {id(_statements_at(function, obstacle.line)[-1]) for obstacle in draft.obstacles}
    for site in draft.sites:
        if site.codemod != codemod:
            continue
        around = _statements_at(function, site.span.line)
        if not doubtful.intersection(map(id, around)) and not _in_generator(draft, site):
            yield site


def _statements_at(function: ast.AST, line: int) -> list[ast.stmt]:
    """The statements that a line is in, outermost first: the function itself, then what encloses the line in it."""
    found = [node for node in ast.walk(function) if isinstance(node, ast.stmt)]
    around = [node for node in found if node.lineno <= line <= (node.end_lineno or node.lineno)]
    return sorted(around, key=lambda node: (node.lineno, -(node.end_lineno or node.lineno))) or [function]  # type: ignore[list-item]


def _in_generator(draft: Draft, site: Site) -> bool:
    """Whether a site is in a generator expression that another codemod would first have to make a list."""
    return any(
        (node.lineno, node.col_offset) <= (site.span.line, site.span.col)
        and (site.span.end_line, site.span.end_col) <= (node.end_lineno or 0, node.end_col_offset or 0)
        and site.codemod != "orm-iteration"
        for node in draft.generators
    )
