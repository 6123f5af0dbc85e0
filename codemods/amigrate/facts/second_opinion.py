"""Types from the oracle (Pyrefly), for expressions of which our own facts say nothing."""

from __future__ import annotations

import ast
from typing import TYPE_CHECKING

from amigrate.facts.lattice import OPAQUE, UNKNOWN, Kind, Type, instance
from amigrate.facts.oracle import Evidence
from amigrate.facts.oracle import Kind as Known

if TYPE_CHECKING:
    from amigrate.facts.analyst import Analyst

_MANAGERS = {Known.QUERYSET: Kind.QUERYSET, Known.MANAGER: Kind.MANAGER, Known.RELATED: Kind.RELATED}


def oracle_type(analyst: Analyst, path: str, node: ast.expr) -> Type:
    """The type that the oracle gives an expression, when it is sure; unknown otherwise."""
    oracle = analyst.oracle
    if oracle is None:
        return UNKNOWN
    place = (node.lineno, node.col_offset, node.end_lineno or 0, node.end_col_offset or 0)
    evidence = oracle.type_of(path, *place)
    return _type(analyst, evidence) if evidence.exact else UNKNOWN


def _type(analyst: Analyst, evidence: Evidence) -> Type:
    model = f"{evidence.model[0]}.{evidence.model[1]}" if evidence.model else ""
    if evidence.kind in _MANAGERS:
        found = analyst.graph.models.get(model)
        if found is None:
            return UNKNOWN
        return Type(_MANAGERS[evidence.kind], model, manager=found.managers.get(found.default_manager, ""))
    if evidence.kind is Known.MODEL:
        return instance(model) if model in analyst.graph.models else UNKNOWN
    if evidence.kind is Known.REQUEST:
        return Type(Kind.REQUEST)
    if evidence.kind is Known.SESSION:
        return Type(Kind.SESSION)
    if evidence.kind is Known.CACHE:
        return Type(Kind.CACHE)
    if evidence.kind is Known.OTHER and evidence.classes:
        return _other(analyst, evidence.classes)
    return UNKNOWN


def _other(analyst: Analyst, classes: tuple[tuple[str, str], ...]) -> Type:
    """A class that is none of Django's: plain when it is built in, an object when it is the program's or aware."""
    names = [f"{module}.{name}" for module, name in classes]
    if all(n.startswith(("builtins.", "datetime.", "decimal.", "uuid.", "re.", "pathlib.")) for n in names):
        plain = {"str", "int", "float", "bool", "bytes", "complex", "datetime", "date", "time", "timedelta", "Decimal"}
        return OPAQUE if all(n.rpartition(".")[2] in plain | {"UUID", "Match", "Path"} for n in names) else UNKNOWN
    if len(names) == 1 and names[0] in analyst.program.classes:
        return Type(Kind.OBJECT, names[0])
    return UNKNOWN


def contradiction(analyst: Analyst, path: str, node: ast.expr, ours: Type) -> str:
    """A sentence when the oracle is sure that an expression is of another kind than we take it for, else ""."""
    if analyst.oracle is None:
        return ""
    place = (node.lineno, node.col_offset, node.end_lineno or 0, node.end_col_offset or 0)
    evidence = analyst.oracle.type_of(path, *place)
    if not evidence.exact or evidence.kind in _COMPATIBLE.get(ours.kind, frozenset({evidence.kind})):
        return ""
    if evidence.kind is Known.OTHER and any(f"{m}.{n}" in analyst.program.classes for m, n in evidence.classes):
        return ""  # a manager or model of the project whose bases the oracle could not see
    return f"we take `{ast.unparse(node)[:60]}` for a {ours.kind}, Pyrefly for `{evidence.text[:80]}`"


_QUERYING = frozenset({Known.QUERYSET, Known.MANAGER, Known.RELATED, Known.UNKNOWN})
_COMPATIBLE = {
    Kind.QUERYSET: _QUERYING,
    Kind.RAW: _QUERYING | {Known.OTHER},
    Kind.MANAGER: _QUERYING,
    Kind.RELATED: _QUERYING,
    Kind.INSTANCE: frozenset({Known.MODEL, Known.UNKNOWN}),
}
