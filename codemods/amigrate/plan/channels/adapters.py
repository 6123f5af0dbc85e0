"""Uses of `database_sync_to_async` that go away because what they wrap becomes async itself."""

from __future__ import annotations

import ast

from amigrate.facts.nodes import walk
from amigrate.model import Site
from amigrate.plan.already_async import kept_sites
from amigrate.plan.channels.migration import Migration
from amigrate.plan.channels.uses import Use
from amigrate.plan.coloured import Colouring
from amigrate.plan.context import span

_ADAPTER = "channels.db.database_sync_to_async"
_CODEMOD = "unwrap-sync-to-async"


def unwrapped(migration: Migration, coloured: Colouring) -> dict[Use, frozenset[str]]:
    """Those uses, with the functions whose sites they go with."""
    uses = [use for use in migration.uses.found if use.dotted == _ADAPTER]
    found: dict[Use, set[str]] = {}
    for name, path, site in _sites(coloured) if uses else ():
        for use in uses:
            if use.path == path and _is_in(migration, use, site):
                found.setdefault(use, set()).add(name)
    return {use: frozenset(names) for use, names in found.items()}


def _sites(coloured: Colouring) -> list[tuple[str, str, Site]]:
    drafted = [(name, draft, draft.sites) for name, draft in coloured.drafts.items()]
    drafted += [(name, draft, kept_sites(draft)) for name, draft in coloured.present.items()]
    found = [(name, draft.analysis.path, s) for name, draft, sites in drafted for s in sites if s.codemod == _CODEMOD]
    for name in coloured.threaded & coloured.drafts.keys():
        draft = coloured.drafts[name]
        found.append((name, draft.analysis.path, Site(span(draft.analysis.node), "FunctionDef", _CODEMOD)))
    return found


def _is_in(migration: Migration, use: Use, site: Site) -> bool:
    """Whether a use is in what a site replaces: a call, or the decorator of a function."""
    if site.node != "FunctionDef":
        own = span(use.node)
        start, end = (site.span.line, site.span.col), (site.span.end_line, site.span.end_col)
        return start <= (own.line, own.col) and (own.end_line, own.end_col) <= end
    tree = migration.context.analyst.trees.tree(use.module)
    for node in walk(tree) if tree is not None else ():
        if isinstance(node, ast.FunctionDef) and node.lineno == site.span.line:
            return any(use.node in walk(decorator) for decorator in node.decorator_list)
    return False
