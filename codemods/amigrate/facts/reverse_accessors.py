"""What relations add to other models: reverse accessors, models between two others, children of a parent."""

from __future__ import annotations

from collections.abc import Container, Mapping
from dataclasses import replace

from amigrate.facts import builtin_models as builtin
from amigrate.facts.model_fields import MADE, Field, meta
from amigrate.facts.program import Program


def inherited_fields(
    program: Program, name: str, own: dict[str, dict[str, Field]], abstract: set[str]
) -> frozenset[str]:
    """The fields that a model has from a concrete parent, whose reverse accessors lead to the parent."""
    found: set[str] = set()
    for base in program.linearise(name)[1:]:
        if base in own and base not in abstract:
            found |= own[base].keys()
    return frozenset(found - own[name].keys())


def add_reverse(
    program: Program, fields: dict[str, dict[str, Field]], abstract: set[str], inherited: Mapping[str, frozenset[str]]
) -> None:
    """Adds the reverse accessor of every relation to its target and to the target's subclasses."""
    for name, own in list(fields.items()):
        if name in abstract:
            continue
        for one in list(own.values()):
            if one.kind not in ("fk", "o2o", "m2m") or not one.target or one.name in inherited.get(name, ()):
                continue
            accessor = _accessor(name, one)
            if not accessor:
                continue
            kind = {"fk": "reverse_fk", "o2o": "reverse_o2o", "m2m": "reverse_m2m"}[one.kind]
            empty = kind == "reverse_o2o"
            reverse = Field(
                accessor, kind, name, nullable=empty, accessor=one.name, through=one.through, to_field=one.to_field
            )
            concrete = _concrete(program, one.target, fields)
            for target in (concrete, one.target, *program.descendants(concrete)):
                if target in fields:
                    fields[target].setdefault(accessor, reverse)


def _concrete(program: Program, name: str, models: Container[str]) -> str:
    """The model whose table a proxy shares: Django gives it the reverse accessors of relations to the proxy."""
    seen = set()
    while name in program.classes and name not in seen and meta(program, name, "proxy") == ("const", True):
        seen.add(name)
        name = next((base for base in program.linearise(name)[1:] if base in models), name)
    return name


def add_through(
    program: Program, own: Mapping[str, Mapping[str, Field]], fields: dict[str, dict[str, Field]], abstract: set[str]
) -> None:
    """Adds the models that Django makes for many-to-many relations: `Book.tags.through`."""
    for name in list(fields):
        for key, one in list(fields[name].items()):
            if one.through != MADE:
                continue
            # of a concrete parent it is the parent's, of an abstract one each child has its own
            line = [b for b in program.linearise(name) if b in own and b not in abstract and key in fields[b]]
            owner = next((b for b in reversed(line)), name)
            made = f"{owner}.{key}.through" if one.target and name not in abstract else ""
            fields[name][key] = replace(one, through=made)
            if not made or made in fields:
                continue
            left, right = (m.rpartition(".")[2].lower() for m in (owner, one.target))
            if owner == one.target:
                left, right = f"from_{left}", f"to_{right}"
            sides = (
                Field(left, "fk", owner, False, f"{left}_id"),
                Field(right, "fk", one.target, False, f"{right}_id"),
            )
            plain = (Field(n, "plain") for n in ("id", "pk", f"{left}_id", f"{right}_id"))
            fields[made] = {f.name: f for f in (*sides, *plain)}


def add_children(program: Program, fields: dict[str, dict[str, Field]], abstract: set[str]) -> None:
    """Adds the accessor by which a row of a concrete parent leads to its child (multi-table inheritance)."""
    for name in fields.keys() - abstract:
        if name not in program.classes or meta(program, name, "proxy") == ("const", True):
            continue
        short = name.rpartition(".")[2].lower()
        for base in program.linearise(name)[1:]:
            if base in fields and base not in abstract and base in program.classes:
                fields[base].setdefault(short, Field(short, "reverse_o2o", name, nullable=True))


def _accessor(name: str, relation: Field) -> str:
    short = name.rpartition(".")[2].lower()
    if name in builtin.RELATIONS:
        return builtin.RELATIONS[name][relation.name][3]
    given = relation.accessor
    if given.endswith("+"):
        return ""
    if given:
        label = name.split(".")[-3] if name.count(".") >= 2 else ""
        return given.replace("%(class)s", short).replace("%(app_label)s", label)
    return short if relation.kind == "o2o" else f"{short}_set"
