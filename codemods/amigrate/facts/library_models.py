"""Models of installed apps whose sources are not read: their managers, querysets and instances.

`esi.models.Token.objects` is a manager as Django's are: what it builds is lazy, and can be iterated asynchronously.
Which fields an instance has is not known, so reading one may load a relation.
"""

from __future__ import annotations

import ast
import re
from typing import TYPE_CHECKING

from amigrate.facts import orm_api
from amigrate.facts.effects import What
from amigrate.facts.lattice import OPAQUE, UNKNOWN, Kind, Type, instance

if TYPE_CHECKING:
    from amigrate.facts.analyst import Analyst
    from amigrate.facts.arguments import Arguments
    from amigrate.facts.flow import Env, Flow

_MODEL = re.compile(r"((?:\w+\.)+models(?:\.\w+)*\.[A-Z]\w*)(?:\.(.+))?\Z")
_MANAGERS = ("objects", "_default_manager", "_base_manager")
_KEYS = frozenset({"pk", "id", "_meta", "_state", "__class__", "DoesNotExist", "MultipleObjectsReturned"})
_OF_SETS = frozenset({"union", "intersection", "difference", "reverse"})
# well-known models: what else is a plain column
_PLAIN = {"taggit.models.Tag": frozenset({"name", "slug"})}


def is_model(analyst: Analyst, name: str) -> bool:
    """Whether a dotted name is that of a model of an installed app outside the program, as far as names tell."""
    found = _MODEL.match(name)
    return (
        found is not None
        and not found[2]
        and not name.startswith("django.")
        and name not in analyst.graph.models
        and name not in analyst.program.classes
        and analyst.classes.foreign(name)
    )


def is_value(analyst: Analyst, name: str) -> bool:
    """Whether it stands for what an attribute of such an instance gives: `esi.models.Token.user`."""
    found = _MODEL.match(name)
    first = (found[2] or "").partition(".")[0] if found is not None else ""
    return found is not None and bool(first) and first not in _MANAGERS and is_model(analyst, found[1])


def manager_call(flow: Flow, node: ast.Call, name: str, args: Arguments, env: Env) -> Type | None:
    """`Token.objects.filter(…)`, None for a call of anything else."""
    found = _MODEL.match(name)
    manager, _, method = (found[2] or "").rpartition(".") if found is not None else ("", "", "")
    if found is None or manager not in _MANAGERS or not is_model(flow.analyst, found[1]):
        return None
    from amigrate.facts import queryset_calls  # it is above this in the order of calls

    base = Type(Kind.MANAGER, found[1])
    if method in orm_api.LAZY_METHODS:
        return queryset_calls.call(flow, node, base, method, args, env)
    # its own manager may override these, which the manager's a-methods would not run
    flow.emit(What.BRIDGE, node, detail=f"`{method}` of {found[1]} may be its own and query the database")
    return queryset_calls.outcome(method, instance(found[1])) if method in orm_api.TERMINALS else UNKNOWN


def is_reverse(flow: Flow, node: ast.expr, name: str) -> bool:
    """Whether an unknown `user.token_set` is used as the manager of a relation of such a model; a Python set has no
    `filter`, nor the like."""
    method = flow.analysis.parents.get(node)
    called = method.attr if isinstance(method, ast.Attribute) and method.value is node else ""
    return name.endswith("_set") and called in orm_api.LAZY_METHODS and called not in _OF_SETS


def attribute(flow: Flow, node: ast.expr, base: Type, name: str) -> Type:
    """An attribute of an instance."""
    if name in _KEYS or name.endswith("_id") or name in _PLAIN.get(base.ref, ()) or name.isupper():
        return OPAQUE
    reason = f"`.{name}` of {base.ref} may be a relation: its fields are not known"
    flow.emit(What.BRIDGE, node, base.but(origins=None), reason, attribute=name)
    return Type(Kind.OBJECT, f"{base.ref}.{name}")
