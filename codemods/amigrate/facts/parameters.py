"""The types that the parameters of a function start with: by annotation, by its callers, by what calls it unseen."""

from __future__ import annotations

import ast
from typing import TYPE_CHECKING

from amigrate.discover.project import Role
from amigrate.facts.annotations import annotation_type
from amigrate.facts.evaluated import touched
from amigrate.facts.lattice import (
    LAZY,
    LIST,
    NONE,
    OPAQUE,
    SELF,
    UNKNOWN,
    Kind,
    Type,
    anonymous,
    instance,
    join,
    members,
)

if TYPE_CHECKING:
    from amigrate.facts.analyst import Analyst
    from amigrate.facts.arguments import Arguments
    from amigrate.facts.flow import FunctionNode


def parameters(analyst: Analyst, qualified: str, node: FunctionNode, owner: str, module: str) -> dict[str, Type]:
    """The type of each parameter of a function of the class `owner` ("" for none)."""
    given = analyst.arguments.get(qualified, {})
    requests = analyst.request_parameters.get(qualified)
    parameters: dict[str, Type] = {}
    everything = [*node.args.posonlyargs, *node.args.args, *node.args.kwonlyargs]
    static = any(isinstance(d, ast.Name) and d.id == "staticmethod" for d in node.decorator_list)
    for at, argument in enumerate(everything):
        kind = annotation_type(analyst, module, argument.annotation) if argument.annotation else UNKNOWN
        handed = given.get(argument.arg)
        if handed is not None and kind.kind not in LAZY and any(one.kind in LAZY for one in members(handed)):
            kind = join(kind, handed)  # an annotation `list` of what is called with a queryset
        if at == 0 and owner and not static and "<locals>" not in qualified.rpartition(f"{owner}.")[2]:
            kind = self_type(analyst, owner, node)
        elif kind.kind is Kind.UNKNOWN and requests is not None:
            kind = Type(Kind.REQUEST) if argument.arg in requests else _url_parameter(analyst, qualified, argument.arg)
            kind = join(kind, given[argument.arg]) if argument.arg in given else kind
        elif kind.kind is Kind.UNKNOWN and qualified in analyst.message_handlers:
            kind = join(OPAQUE, given[argument.arg]) if argument.arg in given else OPAQUE
        elif kind.kind is Kind.UNKNOWN and argument.arg in given:
            kind = given[argument.arg]
        elif kind.kind is Kind.UNKNOWN and qualified in analyst.entries:
            kind = _defaults(analyst, qualified).get(argument.arg, UNKNOWN)
        if kind.kind is Kind.UNKNOWN and argument.arg == "request":
            kind = Type(Kind.REQUEST)
        if argument.arg not in given:
            kind = touched(kind)  # callers that are not seen may have evaluated it
        is_self = at == 0 and bool(owner) and kind.kind is Kind.INSTANCE and kind.ref == owner
        parameters[argument.arg] = anonymous(kind).but(origins=SELF if is_self else None)
    if node.args.vararg is not None:
        parameters[node.args.vararg.arg] = LIST
    if node.args.kwarg is not None:
        parameters[node.args.kwarg.arg] = Type(Kind.DICT, item=OPAQUE if requests is not None else UNKNOWN)
    return parameters


def _url_parameter(analyst: Analyst, qualified: str, name: str) -> Type:
    """What a URL pattern gives a view: text or a number, unless a converter or a default of the project's does."""
    if name in analyst.converted_parameters.get(qualified, ()):
        return UNKNOWN
    return UNKNOWN if _defaults(analyst, qualified).get(name, OPAQUE).kind is Kind.UNKNOWN else OPAQUE


def self_type(analyst: Analyst, owner: str, node: FunctionNode | None = None) -> Type:
    """The type of `self` (or `cls`) in a class."""
    is_class = node is not None and any(isinstance(d, ast.Name) and d.id == "classmethod" for d in node.decorator_list)
    if owner in analyst.graph.models:
        return Type(Kind.MODEL, owner) if is_class else instance(owner)
    if is_class:
        return Type(Kind.CLASS, owner)
    if analyst.classes.is_queryset_class(owner):
        model = analyst.classes.model_of_manager(owner)
        is_manager = any(n.rpartition(".")[2].endswith("Manager") for n in analyst.program.linearise(owner))
        return Type(Kind.MANAGER if is_manager else Kind.QUERYSET, model, manager=owner)
    return Type(Kind.OBJECT, owner)


def record_call(analyst: Analyst, caller: str, qualified: str, args: Arguments, *, method: bool) -> None:
    """Remembers the argument types of a call, joined over all calls seen but those of tests."""
    found = analyst.program.functions.get(qualified)
    if found is None or analyst.program.roles.get(caller) is Role.TEST:
        return
    names = list(found[1].parameters)
    if (method or found[1].owner) and names and names[0] in ("self", "cls"):
        names = names[1:]
    known = analyst.arguments.setdefault(qualified, {})
    if args.starred:
        known.update(dict.fromkeys(names, UNKNOWN))
        return
    for name, (_, kind) in zip(names, args.positional, strict=False):
        known[name] = join(known.get(name), anonymous(kind))
    for name, (_, kind) in args.keywords.items():
        known[name] = join(known.get(name), anonymous(kind))
    defaults = _defaults(analyst, qualified)
    positional = set(names[: len(args.positional)])
    for name, kind in defaults.items():
        if name not in positional and name not in args.keywords:
            known[name] = join(known.get(name), kind)


def record_value(analyst: Analyst, caller: str, qualified: str) -> None:
    """A function is handed over: whoever calls it may give it anything."""
    found = analyst.program.functions.get(qualified)
    known = qualified in analyst.request_parameters or qualified in analyst.entries
    if found is not None and not known and analyst.program.roles.get(caller) is not Role.TEST:
        names = [n for n in found[1].parameters if n not in ("self", "cls")]
        analyst.arguments.setdefault(qualified, {}).update(dict.fromkeys(names, UNKNOWN))


def _defaults(analyst: Analyst, qualified: str) -> dict[str, Type]:
    if (known := analyst.defaults.get(qualified)) is None:
        node = analyst.trees.node(qualified)
        known = analyst.defaults[qualified] = _default_types(node) if node is not None else {}
    return known


def _default_types(node: FunctionNode) -> dict[str, Type]:
    positional = [*node.args.posonlyargs, *node.args.args]
    pairs = list(zip(reversed(positional), reversed(node.args.defaults), strict=False))
    pairs += [(a, d) for a, d in zip(node.args.kwonlyargs, node.args.kw_defaults, strict=True) if d is not None]
    return {a.arg: (NONE if d.value is None else OPAQUE) if isinstance(d, ast.Constant) else UNKNOWN for a, d in pairs}
