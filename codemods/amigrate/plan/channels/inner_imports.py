"""The from-imports of Channels in functions, in `try` and in `if`, of names that have new ones afterwards."""

from __future__ import annotations

from amigrate.plan.channels.migration import Migration
from amigrate.plan.channels.names import LAYERS, NAMES
from amigrate.plan.channels.uses import inner_imports

Problem = tuple[str, int, str]


def move_inner_imports(migration: Migration) -> Problem | None:
    """Adds their sites; the place and the reason where one brings what is renamed beside what is not."""
    for module in sorted({use.module for use in migration.renamed}):
        facts = migration.context.analyst.program.modules[module]
        tree = migration.context.analyst.trees.tree(module)
        uses = [use for use in migration.uses.found if use.module == module]
        staying = {use.dotted for use in uses if use not in migration.renamed}
        renamed = {use.dotted for use in uses if use in migration.renamed}
        bare = {use.dotted for use in uses if use in migration.renamed and use.imported is None}
        for statement in inner_imports(tree) if tree is not None else ():
            names = {alias.name: f"{statement.module}.{alias.name}" for alias in statement.names}
            if renamed.isdisjoint(names.values()):
                continue
            new = {NAMES[dotted].to for dotted in names.values() if dotted in renamed - staying}
            aliased = any(alias.asname for alias in statement.names)
            if len(new) != 1 or aliased or not (renamed - staying).issuperset(names.values()):
                if bare.isdisjoint(names.values()):
                    continue
                return facts.path, statement.lineno, "this import brings names that change beside others"
            pairs = ",".join(f"{old}>{NAMES[dotted].new}" for old, dotted in names.items())
            migration.add(
                facts.path, statement, LAYERS, "the names of django_ahead", op="import", names=pairs, to=new.pop()
            )
    return None
