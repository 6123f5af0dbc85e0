"""Fields that `only()` or `defer()` left out of a row: reading one queries (docs: QuerySet.defer)."""

from __future__ import annotations

import ast
from typing import TYPE_CHECKING

from amigrate.facts.lattice import Kind, Type
from amigrate.facts.nodes import walk

if TYPE_CHECKING:
    from amigrate.facts.analyst import Analyst


def is_missing(row: Type, name: str) -> bool:
    """Whether a field may not be loaded in a row; the name of a relation stands for its column too."""
    names = {name, name.removesuffix("_id")}
    kept = names & (row.only | {"pk", "id"})
    return row.deferred and bool((row.only and not kept) or names & row.without)


def may_load(analyst: Analyst, row: Type, targets: tuple[str, ...]) -> str:
    """A method among `targets` that may read what is missing in its `self`, "" when none does.

    What a method reads of its own row is seen in its body; one that hands on `self`, or calls others with it, may
    read anything.
    """
    if row.kind is not Kind.INSTANCE or not row.deferred:
        return ""
    return next((target for target in targets if not _reads_only(analyst, row, target)), "")


def _reads_only(analyst: Analyst, row: Type, target: str) -> bool:
    node = analyst.trees.node(target)
    if node is None or not node.args.args:
        return node is not None
    own = node.args.args[0].arg
    held = {id(part.value) for part in walk(node) if isinstance(part, ast.Attribute)}
    for part in walk(node):
        if isinstance(part, ast.Name) and part.id == own and id(part) not in held:
            return False
        if isinstance(part, ast.Attribute) and isinstance(part.value, ast.Name) and part.value.id == own:
            found = analyst.graph.field(row.ref, part.attr)
            if found is None or is_missing(row, part.attr):
                return False
    return True
