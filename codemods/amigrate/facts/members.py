"""Attributes in the flow analysis: what `x.name` gives and whether reading it queries."""

from __future__ import annotations

import ast
from typing import TYPE_CHECKING

from amigrate.facts import builtin_models as builtin
from amigrate.facts import (
    consumer_members,
    deferral,
    evaluated,
    formsets,
    library_models,
    orm_api,
    paginating,
    template_responses,
    test_cases,
    view_members,
)
from amigrate.facts.cleaned import cleaned_data
from amigrate.facts.effects import What
from amigrate.facts.lattice import (
    MADE,
    OPAQUE,
    REQUEST_USER,
    UNKNOWN,
    Kind,
    Type,
    instance,
    join,
    list_of,
    members,
)
from amigrate.facts.model_fields import LAZY_KINDS, MANY_KINDS, Field

if TYPE_CHECKING:
    from amigrate.facts.flow import Env, Flow

REQUEST_PLAIN = frozenset(
    {"method", "path", "path_info", "META", "COOKIES", "headers", "GET", "POST", "FILES", "body", "content_type"}
    | {"encoding", "scheme", "resolver_match", "content_params", "csrf_processing_done", "LANGUAGE_CODE", "urlconf"}
    | {"current_app", "upload_handlers", "exception_reporter_filter"}
)
REQUEST_METHODS = frozenset(
    {"get_full_path", "get_host", "get_port", "is_secure", "build_absolute_uri", "get_signed_cookie", "accepts"}
    | {"get_full_path_info", "get_preferred_type", "read", "readline", "readlines"}
)


def attribute(flow: Flow, node: ast.Attribute, env: Env) -> Type:
    """The type of `x.name`."""
    from amigrate.facts.expressions import evaluate  # expressions.py imports this module

    if node.attr == "user" and REQUEST_USER in env and isinstance(node.value, ast.Name):
        base = evaluate(flow, node.value, env)
        if base.kind is Kind.REQUEST:
            return env[REQUEST_USER]
    base = evaluate(flow, node.value, env)
    result: Type | None = None
    for one in members(base):
        result = join(result, member(flow, node, one, node.attr, env))
    result = result or UNKNOWN
    if result.kind is Kind.UNKNOWN and node.attr.isupper() and len(node.attr) > 1:
        return OPAQUE  # a constant: a setting, a choice
    if result.kind is Kind.UNKNOWN:
        return flow.analyst.ask_oracle(flow, node)
    as_value(flow, node, result)
    return evaluated.touched(result)


def as_value(flow: Flow, node: ast.Attribute, value: Type) -> None:
    """Reports a function or method of the project that is not called but used as a value."""
    if not isinstance(node.ctx, ast.Load):
        return
    if value.kind is Kind.FUNCTION:
        flow.emit(What.VALUE, node, value, targets=(value.ref,))
    elif value.kind is Kind.METHOD and value.item is not None and value.item.ref:
        classes = flow.analyst.classes
        targets = classes.overrides(value.item.ref, value.ref) if classes.is_project_class(value.item.ref) else ()
        if targets:
            flow.emit(What.VALUE, node, value, targets=targets)


def member(flow: Flow, node: ast.expr, base: Type, name: str, env: Env) -> Type:
    """The type of attribute `name` of one type; effects are reported at `node`."""
    match base.kind:
        case Kind.INSTANCE:
            return of_instance(flow, node, base, name, env)
        case Kind.MODEL:
            return of_model(flow, base, name)
        case Kind.REQUEST:
            return of_request(flow, node, base, name, env)
        case Kind.MODULE | Kind.CLASS:
            return flow.analyst.names.global_name(flow.module, name, base)
        case Kind.OBJECT:
            return of_object(flow, node, base, name, env)
        case Kind.SESSION:
            return OPAQUE if name in orm_api.SESSION_PURE else Type(Kind.METHOD, name, item=base)
        case Kind.QUERYSET | Kind.RAW | Kind.MANAGER | Kind.RELATED:
            return of_queryset(flow, node, base, name)
        case Kind.CACHE:
            return Type(Kind.METHOD, name, item=base)
        case Kind.OPAQUE if name in ("queryset", "objects", "_default_manager", "_base_manager"):
            return UNKNOWN  # of a form's field, or of a model that came from `_meta`
        case Kind.OPAQUE if base.ref:
            return template_responses.attribute(flow, node, base, name)
        case Kind.OPAQUE | Kind.LIST | Kind.DICT | Kind.NONE:
            return OPAQUE
        case Kind.METHOD if name in flow.analyst.graph.lazy_names:
            flow.emit(What.DOUBT, node, detail=f"`.{name}` may load a relation: the type before it is not known")
            return UNKNOWN
        case Kind.UNKNOWN:
            if name.isupper() and len(name) > 1:
                return UNKNOWN
            if name in flow.analyst.graph.lazy_names or flow.analyst.blocking.may_be_property(name):
                detail = (
                    f"`.{name}` may load a relation or run a property that queries: the type before it is not known"
                )
                flow.emit(What.DOUBT, node, detail=detail)
            if flow.analyst.classes.may_be_method(name):
                flow.emit(What.MAYBE, node, base, name)
            return UNKNOWN
        case _:
            return UNKNOWN


_DESCRIPTOR = "django.db.models.fields.related_descriptors.ManyToManyDescriptor"


def of_queryset(flow: Flow, node: ast.expr, base: Type, name: str) -> Type:
    """Attributes of querysets and managers that are not called: `.model`, `.query`, `.ordered`, bound methods."""
    if name == "model":
        return Type(Kind.MODEL, base.ref) if base.ref else UNKNOWN
    if name == "through":
        return base.item if base.kind is Kind.RELATED and base.item is not None else UNKNOWN
    if name in ("query", "db", "ordered", "name", "_db", "field", "instance", "auto_created"):
        return OPAQUE
    for owner in filter(None, base.manager.split("|")):
        if found := flow.analyst.classes.property_of(owner, name):
            flow.emit(What.PROPERTY, node, base, name, (found,))
            return flow.analyst.returns(found)
    return Type(Kind.METHOD, name, item=base)


def of_model(flow: Flow, base: Type, name: str) -> Type:
    """Attributes of a model class: managers, exceptions, class attributes, methods, `Model.m2m.through`."""
    model = flow.analyst.graph.models.get(base.ref)
    if model is not None and name in model.managers:
        return Type(Kind.MANAGER, base.ref, manager=model.managers[name])
    if name in ("_default_manager", "_base_manager") and model is not None:
        manager = model.managers.get(model.default_manager, "") if name == "_default_manager" else ""
        return Type(Kind.MANAGER, base.ref, manager=manager)
    if name in orm_api.CLASS_ATTRIBUTES:
        return OPAQUE
    found = flow.analyst.graph.field(base.ref, name)
    if found is not None and found.kind in ("m2m", "reverse_m2m", "tags"):
        return Type(Kind.OBJECT, _DESCRIPTOR, item=Type(Kind.MODEL, found.through) if found.through else None)
    if found is not None:
        return OPAQUE
    return flow.analyst.names.class_member(base.ref, name)


def of_request(flow: Flow, node: ast.expr, base: Type, name: str, env: Env) -> Type:
    """Attributes of a request."""
    if name == "user":
        if isinstance(node, ast.Attribute):
            flow.emit(What.USER, node, base)
        elif isinstance(node, ast.Call) and isinstance(node.func, ast.Name) and node.func.id == "getattr":
            flow.emit(What.USER, node, base)
            detail = "getattr() gives the lazy user, which queries when something of it is read"
            flow.emit(What.DOUBT, node, detail=detail)
        return instance(flow.analyst.graph.user_model, saved=True)
    if name == "session":
        return UNKNOWN if base.ref == MADE else Type(Kind.SESSION)
    if name in ("GET", "POST", "FILES", "META", "COOKIES", "headers"):
        return Type(Kind.DICT, item=OPAQUE)
    if name in REQUEST_PLAIN:
        return OPAQUE
    if name in REQUEST_METHODS or name in ("auser", "aread"):
        return Type(Kind.METHOD, name, item=base)
    return UNKNOWN


def of_instance(flow: Flow, node: ast.expr, base: Type, name: str, env: Env) -> Type:
    """Attributes of a model instance."""
    analyst = flow.analyst
    found = analyst.graph.field(base.ref, name)
    owner = analyst.program.find_method(base.ref, name)
    if owner is not None:
        qualified = f"{owner}.{name}"
        if analyst.classes.is_property(qualified):
            return of_property(flow, node, base, qualified, env)
        return Type(Kind.METHOD, name, item=base)
    if name in base.to_attr:
        return list_of(UNKNOWN)
    if found is not None:
        return of_field(flow, node, base, found, env)
    model = analyst.graph.models.get(base.ref)
    if name == "__class__":
        return Type(Kind.MODEL, base.ref)
    if name in orm_api.CLASS_ATTRIBUTES or name == "_state":
        return OPAQUE
    if name in orm_api.INSTANCE_TERMINALS or name in orm_api.INSTANCE_BRIDGED or name in orm_api.INSTANCE_PURE:
        return Type(Kind.METHOD, name, item=base)
    if model is not None and name in model.managers:
        return Type(Kind.MANAGER, base.ref, manager=model.managers[name])
    if (name.startswith("get_") and name.endswith("_display")) or name in builtin.USER_QUERIES:
        return Type(Kind.METHOD, name, item=base)
    if analyst.classes.is_user(base.ref) and name in builtin.PLAIN[builtin.USER]:
        return Type(Kind.METHOD, name, item=base) if name.startswith(("get_", "has_", "set_")) else OPAQUE
    known = analyst.names.class_member(base.ref, name)
    if known.kind is not Kind.UNKNOWN:
        return known
    if model is None and library_models.is_model(analyst, base.ref):
        return library_models.attribute(flow, node, base, name)
    if model is not None and name not in analyst.graph.lazy_names and library_models.is_reverse(flow, node, name):
        return Type(Kind.RELATED)
    if model is not None and not model.complete and name in analyst.graph.lazy_names:
        flow.emit(What.DOUBT, node, detail=f"`.{name}` may be a relation that a library's base class brings")
    return UNKNOWN


def of_field(flow: Flow, node: ast.expr, base: Type, found: Field, env: Env) -> Type:
    """A field or reverse accessor of an instance."""
    if found.kind == "plain":
        if deferral.is_missing(base, found.name):
            flow.emit(
                What.BRIDGE, node, base, f"`.{found.name}` was deferred, reading it queries", attribute=found.name
            )
        return OPAQUE
    path = f"{base.path}__{found.name}" if base.path else found.name
    if found.kind in MANY_KINDS:
        if found.to_field and deferral.is_missing(base, found.to_field):
            reason = f"`.{found.name}` reads `.{found.to_field}`, which was deferred"
            flow.emit(What.BRIDGE, node, base, reason, attribute=found.name, reads=found.to_field)
        cached = found.name in base.prefetched
        inner = _below(base.prefetched, found.name)
        manager = _default_manager(flow, found.target) if found.kind != "tags" else orm_api.TAGS
        loaded = frozenset({found.accessor}) if found.kind == "reverse_fk" and found.accessor else frozenset[str]()
        kind = Type(Kind.RELATED, found.target, manager=manager, loaded=loaded, cached=cached, prefetched=inner)
        if found.through:
            kind = kind.but(item=Type(Kind.MODEL, found.through))
        return kind if found.target else kind.but(ref="")
    if found.kind == "generic":
        flow.emit(What.RELATION, node, base, found.name, kind="generic", path=path)
        return Type(Kind.RELATED, found.target, manager=_default_manager(flow, found.target))
    assert found.kind in LAZY_KINDS
    known = found.name in base.loaded or found.name in base.prefetched
    if not known:
        flow.emit(What.RELATION, node, base, found.name, kind=found.kind, path=path, field=found)
        if not _key_only(flow, node, found):
            _mark_loaded(node, base, found.name, env)
    if not found.target:
        return UNKNOWN
    only, without = (_below(names, found.name) if known else frozenset[str]() for names in (base.only, base.without))
    return instance(
        found.target,
        loaded=_below(base.loaded, found.name),
        prefetched=_below(base.prefetched, found.name),
        deferred=bool(only or without),
        only=only,
        without=without,
        origins=base.origins,
        path=path,
        nullable=found.nullable and found.kind != "reverse_o2o",
        saved=True,
    )


def _key_only(flow: Flow, node: ast.expr, found: Field) -> bool:
    """Whether only the key is read (`obj.author.pk`): that may be rewritten so that nothing is loaded."""
    if found.nullable or found.kind not in ("fk", "o2o"):
        return False
    parent = flow.analysis.parents.get(node)
    return isinstance(parent, ast.Attribute) and parent.attr in ("pk", "id")


def _mark_loaded(node: ast.expr, base: Type, name: str, env: Env) -> None:
    """After the access, however it was made safe, the relation is loaded on the object of that variable."""
    owner = node.value if isinstance(node, ast.Attribute) else None
    if isinstance(node, ast.Call) and len(node.args) > 1:  # getattr(x, "name"), in a thread or not
        owner = node.args[0]
    path = [name]
    while isinstance(owner, ast.Attribute):
        path.append(owner.attr)
        owner = owner.value
    if isinstance(owner, ast.Name) and owner.id in env and env[owner.id].kind in (Kind.INSTANCE, Kind.OBJECT):
        known = env[owner.id]
        env[owner.id] = known.but(loaded=known.loaded | {"__".join(reversed(path))})


def _below(paths: frozenset[str], name: str) -> frozenset[str]:
    return frozenset(p[len(name) + 2 :] for p in paths if p.startswith(f"{name}__"))


def _default_manager(flow: Flow, model: str) -> str:
    found = flow.analyst.graph.models.get(model)
    return found.managers.get(found.default_manager, "") if found else ""


def of_property(flow: Flow, node: ast.expr, base: Type, qualified: str, env: Env) -> Type:
    """A property of the project. Once a cached one was read, its value is in the object."""
    classes, name = flow.analyst.classes, qualified.rpartition(".")[2]
    if name not in base.loaded:
        targets = classes.overrides(base.ref, name)
        if method := deferral.may_load(flow.analyst, base, targets):
            flow.emit(What.DOUBT, node, detail=f"{method} may load a field that is deferred here")
        flow.emit(What.PROPERTY, node, base, name, targets)
        if all(classes.is_cached_property(target) for target in (*targets, qualified)):
            _mark_loaded(node, base, name, env)
    return flow.analyst.returns(qualified)


def of_object(flow: Flow, node: ast.expr, base: Type, name: str, env: Env) -> Type:
    """Attributes of an instance of a class that is no model."""
    analyst = flow.analyst
    if base.ref in ("threading.local", "asgiref.local.Local"):
        detail = "a thread-local set here would not be seen in the thread that runs the queries; use a ContextVar"
        flow.emit(What.PIN, node, detail=detail)
        return UNKNOWN
    if base.ref in (paginating.PAGINATOR, paginating.PAGE):
        return paginating.attribute(flow, node, base, name, env)
    if base.ref.startswith("django.forms.") and analyst.classes.is_form(base.ref):
        return of_form(flow, node, base, name)
    if base.ref == _DESCRIPTOR and name == "through":
        return base.item or UNKNOWN
    if (in_tests := test_cases.member(flow, node, base, name)) is not None:
        return in_tests
    if base.ref == consumer_members.LAYER:
        return Type(Kind.METHOD, name, item=base) if name in consumer_members.LAYER_METHODS else OPAQUE
    if not analyst.classes.is_project_class(base.ref):
        if not analyst.classes.foreign(base.ref):
            return OPAQUE
        if library_models.is_value(analyst, base.ref):
            return library_models.attribute(flow, node, base, name)
        if name in analyst.graph.lazy_names and isinstance(node, ast.Attribute):
            detail = f"`.{name}` of what {base.ref} gives may load a relation"
            flow.emit(What.BRIDGE, node, base, detail, attribute=name)
            return Type(Kind.OBJECT, f"{base.ref}.{name}")
        return Type(Kind.METHOD, name, item=base)
    owner = analyst.program.find_method(base.ref, name)
    if owner is not None:
        if analyst.classes.is_property(f"{owner}.{name}"):
            return of_property(flow, node, base, f"{owner}.{name}", env)
        return Type(Kind.METHOD, name, item=base)
    if analyst.classes.is_form(base.ref):
        return of_form(flow, node, base, name)
    if (given := consumer_members.attribute(flow, node, base.ref, name)) is not None:
        return given
    if (kept := view_members.attribute(flow, base.ref, name)) is not None:
        return kept
    known = analyst.names.class_member(base.ref, name)
    if known.kind is Kind.UNKNOWN:
        known = analyst.names.self_attribute(base.ref, name)
    if known.kind is Kind.UNKNOWN and any(analyst.classes.foreign(e) for e in analyst.program.externals(base.ref)):
        return Type(Kind.METHOD, name, item=base)
    return known


def of_form(flow: Flow, node: ast.expr, base: Type, name: str) -> Type:
    """Attributes of a form: most are plain once it was validated."""
    if flow.analyst.classes.is_formset(base.ref):
        return formsets.attribute(flow, node, base, name)
    if name == "cleaned_data":
        known = flow.analyst.classes.is_project_class(base.ref)
        return cleaned_data(flow.analyst, base.ref) if known else Type(Kind.DICT, item=UNKNOWN.but(cached=True))
    if name == "instance":
        model = flow.analyst.classes.form_model(base.ref)
        return instance(model) if model else base.item or UNKNOWN
    if name in ("data", "files", "fields", "is_bound", "initial", "prefix", "Meta", "media", "base_fields"):
        return OPAQUE
    if name in ("errors", "changed_data") and base.cached:
        return OPAQUE
    own = flow.analyst.names.class_member(base.ref, name)
    if own.kind is Kind.UNKNOWN:
        own = flow.analyst.names.self_attribute(base.ref, name)
    return own if own.kind is not Kind.UNKNOWN else Type(Kind.METHOD, name, item=base)
