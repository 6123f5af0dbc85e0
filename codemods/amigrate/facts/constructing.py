"""Calls of classes: what building an instance runs."""

from __future__ import annotations

import ast
from typing import TYPE_CHECKING

from amigrate.facts import containers, evaluated
from amigrate.facts.effects import What
from amigrate.facts.lattice import UNKNOWN, Kind, Type, instance
from amigrate.facts.parameters import record_call

if TYPE_CHECKING:
    from amigrate.facts.arguments import Arguments
    from amigrate.facts.flow import Env, Flow


def hand_over(node: ast.Call, env: Env) -> None:
    """Code of the project gets the arguments: it may fill containers and evaluate querysets among them."""
    given = [*node.args, *(k.value for k in node.keywords)]
    containers.escape(given, env)
    evaluated.touch(given, env)


def construct_model(flow: Flow, node: ast.Call, model: str, args: Arguments) -> Type:
    """`Book(author=a)`: no I/O, unless a generic foreign key is given (it looks up the content type)."""
    graph = flow.analyst.graph
    loaded = set()
    for name, (_, value) in args.keywords.items():
        found = graph.field(model, name)
        if found is not None and found.kind == "gfk":
            flow.emit(What.BRIDGE, node, detail=f"`{name}=` looks up the content type")
        elif found is not None and found.kind in ("fk", "o2o") and value.kind is Kind.INSTANCE:
            loaded.add(name)
    owner = flow.analyst.program.find_method(model, "__init__")
    if owner is not None:
        flow.emit(What.CONSTRUCT, node, Type(Kind.MODEL, model), targets=(f"{owner}.__init__",))
    return instance(model, loaded=frozenset(loaded))


def construct(flow: Flow, node: ast.Call, qualified: str, args: Arguments, env: Env) -> Type:
    """An instance of a class of the project."""
    analyst = flow.analyst
    if analyst.classes.is_queryset_class(qualified):
        model = args.positional[0][1] if args.positional else UNKNOWN
        ref = model.ref if model.kind is Kind.MODEL else analyst.classes.model_of_manager(qualified)
        return Type(Kind.QUERYSET, ref, manager=qualified)
    targets = tuple(
        f"{owner}.{name}"
        for name in ("__init__", "__post_init__", "__new__")
        if (owner := analyst.program.find_method(qualified, name)) is not None
    )
    if called := analyst.classes.metaclass_calls(qualified):
        flow.emit(What.CONSTRUCT, node, Type(Kind.CLASS, qualified), targets=(*targets, *called))
        return UNKNOWN  # it may give anything
    for target in targets:
        record_call(analyst, flow.module, target, args, method=True)
    hand_over(node, env)
    result = Type(Kind.OBJECT, qualified)
    if analyst.classes.is_form(qualified):
        formset = analyst.classes.is_formset(qualified)  # builds its forms later, when they are asked for
        queries = ("instance" in args.keywords or args.starred) and not formset
        if queries and (analyst.classes.form_model(qualified) or qualified.startswith("django.forms.")):
            flow.emit(What.BRIDGE, node, result, "the form's constructor reads its instance")
        elif targets:
            flow.emit(What.CONSTRUCT, node, result, targets=targets)
        return result
    if targets:
        flow.emit(What.CONSTRUCT, node, result, targets=targets)
        return result
    foreign = [e for e in analyst.program.externals(qualified) if analyst.classes.foreign(e)]
    if foreign and analyst.classes.classify(foreign[0])[0] != "pure":
        flow.emit(What.BRIDGE, node, result, f"a {foreign[0]} is built, which may query the database")
    return result
