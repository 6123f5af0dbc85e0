"""The bases of sync consumers that become async and stay on Channels."""

from __future__ import annotations

import ast
from collections.abc import Collection, Iterator, Mapping

from amigrate.facts.consumer_classes import ASYNC_FORMS
from amigrate.facts.nodes import walk
from amigrate.facts.values import dotted
from amigrate.model import Confidence, Site
from amigrate.plan.channels.uses import imports_of
from amigrate.plan.coloured import Colouring
from amigrate.plan.consumer_sites import CODEMOD
from amigrate.plan.context import Context, span


def base_sites(
    context: Context, coloured: Colouring, moved: Collection[str], group_of: Mapping[str, str]
) -> Iterator[tuple[str, Site]]:
    """The sites, with their paths, of the bases whose methods become async; those of `moved` have others."""
    program = context.analyst.program
    families = {family.classes: family for family in coloured.families.values() if family.consumer}
    for family in families.values():
        groups = [group_of[member] for member in sorted(family.members) if member in coloured.drafts]
        if len(groups) != len(family.members):
            continue
        for name in sorted(family.classes - set(moved)):
            module, found = program.classes[name]
            tree = context.analyst.trees.tree(module.module)
            known, _ = imports_of(tree) if tree is not None else ({}, [])
            for node in walk(tree) if tree is not None else ():
                if not isinstance(node, ast.ClassDef) or node.lineno != found.line:
                    continue
                for base in node.bases:
                    meant = program.resolve(module.module, dotted(base)).qualified if dotted(base) else ""
                    if meant in ASYNC_FORMS:
                        pair, _ = known.get(dotted(base).partition(".")[0], (None, ""))
                        old_module, _, old = meant.rpartition(".")
                        params = (
                            ("op", "base"), ("module", old_module), ("old", old), ("to", old_module),
                            ("new", ASYNC_FORMS[meant].rpartition(".")[2]), ("imported", ":".join(pair or ("", ""))),
                        )  # fmt: skip
                        reason = "its methods are async"
                        group = groups[0] if groups else name
                        yield (
                            module.path,
                            Site(
                                span(base), type(base).__name__, CODEMOD, params, group, name, reason, Confidence.REVIEW
                            ),
                        )
