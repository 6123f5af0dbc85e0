"""Calls in the flow analysis: which code runs, whether it may block, and what it gives."""

from __future__ import annotations

import ast
from typing import TYPE_CHECKING

from amigrate.facts import (
    adapters,
    builtin_calls,
    consumer_members,
    context_managers,
    deferral,
    library_calls,
    loggers,
    orm_api,
    paginating,
    queryset_calls,
    signals,
    template_responses,
    test_cases,
    unloading,
)
from amigrate.facts.arguments import Arguments, arguments
from amigrate.facts.caching import cache_call
from amigrate.facts.choices import choice_call, lambda_call, some_of
from amigrate.facts.constructing import construct, construct_model, hand_over
from amigrate.facts.django_calls import PREDICATES, form_call, instance_call, request_call, session_call
from amigrate.facts.effects import What
from amigrate.facts.lattice import (
    LAZY,
    OPAQUE,
    UNKNOWN,
    Kind,
    Type,
    instance,
    join,
    members,
    position,
)
from amigrate.facts.mixed_calls import method_of_any
from amigrate.facts.parameters import record_call
from amigrate.facts.plain_calls import container_call, opaque_call, unknown_call
from amigrate.facts.values import dotted
from amigrate.facts.view_members import inherited_call

if TYPE_CHECKING:
    from amigrate.facts.flow import Env, Flow


# what task queues add to a function: it talks to the broker
_QUEUEING = frozenset({"delay", "apply_async", "apply", "enqueue", "schedule", "call_local", "retry", "send"})

_HOLDING = frozenset({Kind.INSTANCE, Kind.OBJECT, Kind.LIST, Kind.DICT})  # what may lose what was loaded


def call(flow: Flow, node: ast.Call, env: Env) -> Type:
    """The type of a call."""
    func = node.func
    if (known := flow.analyst.responding.get(flow.analysis.qualified)) and dotted(func) in known:
        arguments(flow, node, env)
        return OPAQUE
    if isinstance(func, ast.Attribute):
        if _is_super(func.value):
            args = arguments(flow, node, env)
            return super_call(flow, node, func.attr, args)
        base = flow.expression(func.value, env)
        flow.reset(func)
        args = arguments(flow, node, env)
        if base.kind is Kind.UNION:
            result = method_of_any(flow, node, base, func.attr, args, env)
        else:
            result = method(flow, node, base, func.attr, args, env)
    else:
        callee = flow.expression(func, env)
        flow.reset(func)
        args = arguments(flow, node, env)
        found: Type | None = None
        for one in members(callee):
            found = join(found, invoke(flow, node, one, args, env))
        if mixed := some_of(callee):
            flow.emit(What.CALL, node, UNKNOWN, ast.unparse(func), mixed, mixed=True)
        result = found or UNKNOWN
    return flow.analyst.ask_oracle(flow, node) if result == UNKNOWN else result


def _is_super(node: ast.expr) -> bool:
    return isinstance(node, ast.Call) and isinstance(node.func, ast.Name) and node.func.id == "super"


def method(flow: Flow, node: ast.Call, base: Type, name: str, args: Arguments, env: Env) -> Type:
    """`base.name(…)`."""
    match base.kind:
        case Kind.QUERYSET | Kind.RAW | Kind.MANAGER | Kind.RELATED:
            return queryset_calls.call(flow, node, base, name, args, env)
        case Kind.INSTANCE:
            return instance_call(flow, node, base, name, args, env)
        case Kind.REQUEST:
            return request_call(flow, node, base, name)
        case Kind.SESSION:
            return session_call(flow, node, base, name)
        case Kind.CACHE:
            return cache_call(flow, node, base, name, args)
        case Kind.MODULE | Kind.CLASS | Kind.MODEL | Kind.OBJECT:
            return member_call(flow, node, base, name, args, env)
        case Kind.LIST | Kind.DICT:
            return container_call(flow, node, base, name, args, env)
        case Kind.OPAQUE if (response := template_responses.call(flow, node, base, name)) is not None:
            return response
        case Kind.OPAQUE | Kind.NONE:
            return opaque_call(flow, node, name, args, env)
        case Kind.FUNCTION if name in _QUEUEING and isinstance(node.func, ast.Attribute):
            flow.reset(node.func.value)
            flow.emit(What.BRIDGE, node, base, f"`.{name}()` of a task talks to the broker")
            return OPAQUE
        case Kind.FUNCTION | Kind.METHOD | Kind.PARTIAL | Kind.GENERATOR | Kind.COROUTINE:
            flow.emit(What.DOUBT, node, detail=f"`.{name}()` of a function or generator is not followed")
            return UNKNOWN
        case _:
            return unknown_call(flow, node, base, name, args)


def member_call(flow: Flow, node: ast.Call, base: Type, name: str, args: Arguments, env: Env) -> Type:
    """A call of a member of a module, class, model class or object."""
    analyst = flow.analyst
    if base.kind is Kind.OBJECT:
        if base.ref == context_managers.STACK:
            return context_managers.stack_call(flow, node, base, name, args)
        if signals.is_signal_class(base.ref):
            return signals.signal_call(flow, node, base, name)
        if base.ref in (paginating.PAGINATOR, paginating.PAGE):
            return paginating.call(flow, node, base, name, env)
        if base.ref.startswith("django.forms.") and analyst.classes.is_form(base.ref):
            return form_call(flow, node, base, name, env)
        if (found := test_cases.call(flow, node, base, name, args)) is not None:
            return found
        if base.ref == consumer_members.LAYER:
            return consumer_members.layer_call(name)
        if not analyst.classes.is_project_class(base.ref):
            if analyst.classes.foreign(base.ref):
                flow.emit(What.BRIDGE, node, base, f"`{name}` of {base.ref} may query the database")
                return OPAQUE if name.startswith(PREDICATES) else UNKNOWN
            return opaque_call(flow, node, name, args, env)
        owner = analyst.program.find_method(base.ref, name)
        if owner is not None and not analyst.classes.is_property(f"{owner}.{name}"):
            return call_function(flow, node, f"{owner}.{name}", args, env, base)
        if analyst.classes.is_form(base.ref):
            return form_call(flow, node, base, name, env)
        if owner is None and (of_view := inherited_call(flow, node, base.ref, name, args, above=False)) is not None:
            return of_view
        if owner is None and (sent := consumer_members.inherited_call(flow, node, base.ref, name)) is not None:
            return sent
        if owner is None and loggers.writes(flow, node, base, name, args):
            return opaque_call(flow, node, name, args, env)
    from amigrate.facts.members import member  # members.py is above this in the order of calls

    callee = member(flow, node.func, base, name, env)
    flow.reset(node.func)
    if callee.kind is Kind.METHOD and base.kind is Kind.OBJECT:
        if any(analyst.classes.foreign(e) for e in analyst.program.externals(base.ref)):
            flow.emit(What.BRIDGE, node, base, f"`{name}` is inherited from a library and may query the database")
            return OPAQUE if name.startswith(PREDICATES) else UNKNOWN
        return UNKNOWN
    if callee.kind is Kind.UNKNOWN and base.kind is Kind.OBJECT:
        return unknown_call(flow, node, base, name, args)
    return invoke(flow, node, callee, args, env)


def invoke(flow: Flow, node: ast.Call, callee: Type, args: Arguments, env: Env) -> Type:
    """A call of a value."""
    analyst = flow.analyst
    match callee.kind:
        case Kind.FUNCTION:
            return call_function(flow, node, callee.ref, args, env, None)
        case Kind.MODEL:
            return construct_model(flow, node, callee.ref, args)
        case Kind.CLASS:
            built = construct(flow, node, callee.ref, args, env)
            return built.but(item=callee.item) if callee.item is not None else built
        case Kind.MODULE:
            if callee.ref.startswith("builtins."):
                return builtin_calls.call(flow, node, callee.ref.removeprefix("builtins."), args, env)
            return library_calls.call(flow, node, callee.ref, args, env)
        case Kind.PARTIAL if callee.ref == "sync_to_async":
            return adapters.call(flow, node, callee, args, env)
        case Kind.CHOICE:
            return choice_call(flow, node, callee, args, env)
        case Kind.PARTIAL if "." in callee.ref:
            return choice_call(flow, node, callee, args, env)
        case Kind.PARTIAL if callee.ref == "lambda":
            return lambda_call(flow, node, callee, args, env)
        case Kind.PARTIAL:
            adapted = callee.ref == "async_to_sync" and callee.item is not None
            may = analyst.returns(callee.item.ref if adapted and callee.item else callee.ref)
            flow.emit(What.BRIDGE, node, callee, "it calls a functools.partial", partial=callee.ref)
            return may
        case Kind.METHOD if callee.item is not None:
            if isinstance(node.func, ast.Attribute) and node.func.attr == callee.ref:
                return method(flow, node, callee.item, callee.ref, args, env)
            return bound_call(flow, node, callee.item, callee.ref, args, env)
        case Kind.OBJECT if analyst.classes.is_project_class(callee.ref):
            owner = analyst.program.find_method(callee.ref, "__call__")
            if owner is not None:
                return call_function(flow, node, f"{owner}.__call__", args, env, callee)
            return UNKNOWN
        case Kind.OBJECT if analyst.classes.foreign(callee.ref):
            flow.emit(What.BRIDGE, node, callee, f"calling a {callee.ref} may query the database")
            return UNKNOWN
        case Kind.OPAQUE | Kind.OBJECT:
            return OPAQUE
        case _:
            flow.emit(What.DOUBT, node, detail="what is called here is not known")
            return UNKNOWN


def bound_call(flow: Flow, node: ast.Call, base: Type, name: str, args: Arguments, env: Env) -> Type:
    """A call of a bound method that was kept under another name: `fetch = Book.objects.get`, then `fetch(pk=1)`."""
    analyst = flow.analyst
    if base.kind in (Kind.QUERYSET, Kind.MANAGER, Kind.RELATED):
        if name in orm_api.LAZY_METHODS and not queryset_calls.custom(flow, base, name):
            return queryset_calls.lazy_call(flow, node, base, name, args, env)
    elif base.kind in (Kind.INSTANCE, Kind.OBJECT) and name not in orm_api.INSTANCE_TERMINALS:
        owner = analyst.program.find_method(base.ref, name)
        if owner is not None and not analyst.classes.is_property(f"{owner}.{name}"):
            return call_function(flow, node, f"{owner}.{name}", args, env, base)
    elif base.kind not in (Kind.RAW, Kind.INSTANCE, Kind.OBJECT, Kind.CACHE, Kind.SESSION, Kind.REQUEST):
        return UNKNOWN
    flow.emit(What.BRIDGE, node, base, f"`{name}` is called under another name, so that it cannot be awaited")
    return UNKNOWN


def call_function(flow: Flow, node: ast.Call, qualified: str, args: Arguments, env: Env, owner: Type | None) -> Type:
    """A call of a function of the project; containers handed over may be filled there."""
    analyst = flow.analyst
    hand_over(node, env)
    record_call(analyst, flow.module, qualified, args, method=owner is not None)
    name = qualified.rpartition(".")[2]
    targets: tuple[str, ...] = (qualified,)
    if owner is not None and owner.ref:
        targets = analyst.classes.overrides(owner.ref, name) or targets
    if analyst.classes.is_async(qualified):
        result = analyst.returns(qualified)
        return result if result.kind is Kind.GENERATOR else Type(Kind.COROUTINE, qualified, item=result)
    result = analyst.returns(qualified)
    touched = [t for t in (*args.types(), owner) if t is not None and t.kind in _HOLDING]
    if touched and unloading.unloads(analyst, qualified):
        unloading.unload(flow, env)
    if len(targets) > 1:
        for target in targets:
            result = join(result, analyst.returns(target))
    if owner is not None and (method := deferral.may_load(analyst, owner, targets)):
        flow.emit(What.DOUBT, node, detail=f"{method} may load a field that is deferred here")
    flow.emit(What.MADE if result.kind is Kind.GENERATOR else What.CALL, node, owner or UNKNOWN, name, targets)
    if result.kind in LAZY:
        flow.analysis_origin(node, result)
        result = result.but(origins=frozenset({position(node)}))
    elif result.origins is not None:
        result = result.but(origins=None)
    return result


def super_call(flow: Flow, node: ast.Call, name: str, args: Arguments) -> Type:
    """`super().name(…)`."""
    analyst = flow.analyst
    if (of_view := inherited_call(flow, node, flow.owner, name, args, above=True)) is not None:
        return of_view
    for owner in analyst.program.linearise(flow.owner)[1:]:
        found = analyst.program.classes.get(owner)
        if found and name in found[1].methods:
            qualified = f"{owner}.{name}"
            record_call(analyst, flow.module, qualified, args, method=True)
            flow.emit(What.CALL, node, UNKNOWN, name, (qualified,), is_super=True)
            return analyst.returns(qualified)
    if (sent := consumer_members.inherited_call(flow, node, flow.owner, name)) is not None:
        return sent
    if name in ("__setattr__", "__delattr__"):
        return OPAQUE  # that of object: Django's classes have none of their own
    if name in ("__init__", "__init_subclass__", "__new__", "__enter__", "__exit__", "setUp"):
        return OPAQUE
    externals = [e for e in analyst.program.externals(flow.owner) if analyst.classes.foreign(e)]
    if name == "save" and analyst.classes.is_form(flow.owner) and (model := analyst.classes.form_model(flow.owner)):
        flow.emit(What.BRIDGE, node, UNKNOWN, "ModelForm.save has no async form")
        return instance(model)
    if analyst.classes.is_queryset_class(flow.owner) and name in orm_api.LAZY_METHODS:
        return Type(Kind.QUERYSET, analyst.classes.model_of_manager(flow.owner), manager=flow.owner)
    if externals:
        flow.emit(What.BRIDGE, node, UNKNOWN, f"`super().{name}` runs code of {externals[0]}")
        return UNKNOWN
    return UNKNOWN
