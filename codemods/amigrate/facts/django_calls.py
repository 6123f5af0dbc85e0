"""Methods of what Django hands out: instances, requests, sessions, caches and forms."""

from __future__ import annotations

import ast
from typing import TYPE_CHECKING

from amigrate.facts import builtin_models as builtin
from amigrate.facts import content_types, formsets, orm_api, unloading
from amigrate.facts.effects import What
from amigrate.facts.lattice import NONE, OPAQUE, OPAQUE_LIST, UNKNOWN, Kind, Type, instance

PREDICATES = ("is_", "has_", "can_", "should_")  # by convention they answer with a bool

if TYPE_CHECKING:
    from amigrate.facts.arguments import Arguments
    from amigrate.facts.flow import Env, Flow


def instance_call(flow: Flow, node: ast.Call, base: Type, name: str, args: Arguments, env: Env) -> Type:
    """A method of a model instance."""
    from amigrate.facts.calls import call_function, invoke  # calls.py is above this in the order of calls

    analyst = flow.analyst
    variable = node.func.value if isinstance(node.func, ast.Attribute) else None
    named = isinstance(variable, ast.Name) and variable.id in env
    if name in orm_api.INSTANCE_TERMINALS:
        flow.emit(What.TERMINAL, node, base, name)
        if named and isinstance(variable, ast.Name):
            loaded = base.loaded if name != "refresh_from_db" else frozenset[str]()
            origins = base.origins if name != "refresh_from_db" else None
            env[variable.id] = base.but(saved=name != "delete", loaded=loaded, origins=origins)
        if name == "refresh_from_db":
            unloading.unload(flow, env, base.ref)
        return Type(Kind.LIST, item=OPAQUE) if name == "delete" else NONE
    if name.startswith("a") and name[1:] in orm_api.INSTANCE_TERMINALS:
        return Type(Kind.COROUTINE, item=NONE)
    owner = analyst.program.find_method(base.ref, name)
    if owner is not None:
        return call_function(flow, node, f"{owner}.{name}", args, env, base)
    if name in orm_api.INSTANCE_BRIDGED or name.startswith(("get_next_by_", "get_previous_by_")):
        flow.emit(What.BRIDGE, node, base, f"Model.{name} has no async form")
        return UNKNOWN
    if analyst.classes.is_user(base.ref) and name in builtin.USER_QUERIES:
        flow.emit(What.AUTH, node, base, name)
        return OPAQUE if name != "email_user" else NONE
    if name in orm_api.INSTANCE_PURE or (name.startswith("get_") and name.endswith("_display")):
        return OPAQUE
    if base.ref == builtin.CONTENT_TYPE:
        given = content_types.instance_method(flow, node, base, name)
        if given is not None:
            return given
    if analyst.classes.is_user(base.ref) and name in builtin.PLAIN[builtin.USER]:
        return OPAQUE
    from amigrate.facts.members import member

    callee = member(flow, node.func, base, name, env)
    flow.reset(node.func)
    if callee.kind in (Kind.UNKNOWN, Kind.METHOD):
        if name.startswith("a") and analyst.classes.is_user(base.ref):
            return Type(Kind.COROUTINE, item=UNKNOWN)
        flow.emit(What.BRIDGE, node, base, f"`{name}` comes from a library and may query the database")
        return UNKNOWN
    return invoke(flow, node, callee, args, env)


def request_call(flow: Flow, node: ast.Call, base: Type, name: str) -> Type:
    """A method of a request."""
    from amigrate.facts.members import REQUEST_METHODS

    if name == "auser":
        return Type(Kind.COROUTINE, item=instance(flow.analyst.graph.user_model, saved=True))
    if name in REQUEST_METHODS:
        return OPAQUE
    if name.startswith(PREDICATES):  # put there by a decorator or middleware: a thread does for whatever it asks
        flow.emit(What.MAYBE, node, base, name)
        flow.emit(What.BRIDGE, node, base, f"`request.{name}()` is not Django's, and may query the database")
        return OPAQUE
    flow.emit(What.DOUBT, node, base, f"`request.{name}()` is not Django's: what it does is not known")
    return UNKNOWN


def session_call(flow: Flow, node: ast.Call, base: Type, name: str) -> Type:
    """A method of the session."""
    if name in orm_api.SESSION_METHODS:
        flow.emit(What.SESSION, node, base, name)
        return OPAQUE if name not in ("keys", "values", "items") else OPAQUE_LIST
    if name.startswith("a") and name[1:] in orm_api.SESSION_METHODS:
        return Type(Kind.COROUTINE, item=OPAQUE)
    return OPAQUE


def form_call(flow: Flow, node: ast.Call, base: Type, name: str, env: Env) -> Type:
    """A method that Django's forms bring."""
    analyst = flow.analyst
    if analyst.classes.is_formset(base.ref):
        return formsets.call(flow, node, base, name, env)
    variable = node.func.value if isinstance(node.func, ast.Attribute) else None
    if name in ("is_valid", "full_clean", "has_changed", "has_error", "errors", "non_field_errors"):
        if base.cached and name != "full_clean":
            return OPAQUE
        targets = analyst.classes.form_hooks(base.ref)
        if base.item is not None or analyst.classes.form_queries(base.ref):
            flow.emit(What.BRIDGE, node, base, f"`{name}` validates the form, which may query the database")
        elif targets:
            flow.emit(What.CONSTRUCT, node, base, targets=targets)
        if isinstance(variable, ast.Name) and variable.id in env and name in ("is_valid", "full_clean"):
            env[variable.id] = base.but(cached=True)
        return OPAQUE
    made = base.item.ref if base.item is not None else ""  # by modelform_factory(), of this model
    model = made or analyst.classes.form_model(base.ref)
    if name == "save" and model:
        commit = next((k.value for k in node.keywords if k.arg == "commit"), None)
        if not (isinstance(commit, ast.Constant) and commit.value is False):
            flow.emit(What.BRIDGE, node, base, "ModelForm.save has no async form")
        return instance(model)
    if name in ("add_error", "add_prefix", "is_multipart", "get_initial_for_field", "order_fields", "hidden_fields"):
        return OPAQUE
    flow.emit(What.BRIDGE, node, base, f"`{name}` of a form has no async form")
    return OPAQUE
