"""Calls in the flow analysis: which code runs, whether it may block, and what it gives."""

from __future__ import annotations

import ast
import re
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from amigrate.facts import (
    builtin_calls,
    containers,
    evaluated,
    handing,
    library_calls,
    orm_api,
    queryset_calls,
    unloading,
)
from amigrate.facts import builtin_models as builtin
from amigrate.facts.effects import What
from amigrate.facts.lattice import (
    LAZY,
    NONE,
    OPAQUE,
    OPAQUE_LIST,
    UNKNOWN,
    Kind,
    Type,
    instance,
    join,
    list_of,
    members,
)

if TYPE_CHECKING:
    from amigrate.facts.flow import Env, Flow


_PREDICATES = ("is_", "has_", "can_", "should_")  # by convention they answer with a bool
# what task queues add to a function: it talks to the broker
_QUEUEING = frozenset({"delay", "apply_async", "apply", "enqueue", "schedule", "call_local", "retry", "send"})


_FIELD_PATH = re.compile(r"\{[^{}:!]*[.\[]")  # `{0.author}` in a format string


@dataclass(slots=True)
class Arguments:
    """The evaluated arguments of a call."""

    positional: list[tuple[ast.expr, Type]] = field(default_factory=list)
    keywords: dict[str, tuple[ast.expr, Type]] = field(default_factory=dict)
    starred: bool = False

    def types(self) -> list[Type]:
        """All argument types."""
        return [t for _, t in self.positional] + [t for _, t in self.keywords.values()]

    def first(self, keyword: str) -> tuple[ast.expr, Type] | None:
        """The first argument, given by position or by its name."""
        return self.positional[0] if self.positional else self.keywords.get(keyword)

    def pairs(self) -> list[tuple[ast.expr, Type]]:
        """All arguments with their nodes."""
        return [*self.positional, *self.keywords.values()]


def arguments(flow: Flow, node: ast.Call, env: Env) -> Arguments:
    """Evaluates the arguments of a call in order."""
    found = Arguments()
    for argument in node.args:
        value = flow.expression(argument, env)
        if isinstance(argument, ast.Starred):
            found.starred = True
        else:
            found.positional.append((argument, value))
    for keyword in node.keywords:
        value = flow.expression(keyword.value, env)
        if keyword.arg is None:
            found.starred = True
        else:
            found.keywords[keyword.arg] = (keyword.value, value)
    handing.callbacks(flow, node, found)
    return found


def call(flow: Flow, node: ast.Call, env: Env) -> Type:
    """The type of a call."""
    func = node.func
    if isinstance(func, ast.Attribute):
        if _is_super(func.value):
            args = arguments(flow, node, env)
            return super_call(flow, node, func.attr, args)
        base = flow.expression(func.value, env)
        flow.reset(func)
        args = arguments(flow, node, env)
        result: Type | None = None
        for one in members(base):
            result = join(result, method(flow, node, one, func.attr, args, env))
        result = result or UNKNOWN
    else:
        callee = flow.expression(func, env)
        flow.reset(func)
        args = arguments(flow, node, env)
        result = None
        for one in members(callee):
            result = join(result, invoke(flow, node, one, args, env))
        result = result or UNKNOWN
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
        if not analyst.classes.is_project_class(base.ref):
            if analyst.classes.foreign(base.ref):
                flow.emit(What.BRIDGE, node, base, f"`{name}` of {base.ref} may query the database")
                return OPAQUE if name.startswith(_PREDICATES) else UNKNOWN
            return opaque_call(flow, node, name, args, env)
        owner = analyst.program.find_method(base.ref, name)
        if owner is not None and not analyst.classes.is_property(f"{owner}.{name}"):
            return call_function(flow, node, f"{owner}.{name}", args, env, base)
        if analyst.classes.is_form(base.ref):
            return form_call(flow, node, base, name, env)
    from amigrate.facts.members import member  # members.py is above this in the order of calls

    callee = member(flow, node.func, base, name, env)
    flow.reset(node.func)
    if callee.kind is Kind.METHOD and base.kind is Kind.OBJECT:
        if any(analyst.classes.foreign(e) for e in analyst.program.externals(base.ref)):
            flow.emit(What.BRIDGE, node, base, f"`{name}` is inherited from a library and may query the database")
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
            return construct(flow, node, callee.ref, args, env)
        case Kind.MODULE:
            if callee.ref.startswith("builtins."):
                return builtin_calls.call(flow, node, callee.ref.removeprefix("builtins."), args, env)
            return library_calls.call(flow, node, callee.ref, args, env)
        case Kind.PARTIAL if callee.ref == "lambda":
            return callee.item or UNKNOWN  # its effects were reported where it stands
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
                targets = (f"{owner}.__call__",)
                flow.emit(What.CONSTRUCT, node, callee, targets=targets)
                return analyst.returns(targets[0])
            return UNKNOWN
        case Kind.OBJECT if analyst.classes.foreign(callee.ref):
            flow.emit(What.BRIDGE, node, callee, f"calling a {callee.ref} may query the database")
            return UNKNOWN
        case Kind.OPAQUE | Kind.OBJECT:
            return OPAQUE
        case _:
            flow.emit(What.DOUBT, node, detail="what is called here is not known")
            return UNKNOWN


def _hand_over(node: ast.Call, env: Env) -> None:
    """Code of the project gets the arguments: it may fill containers and evaluate querysets among them."""
    given = [*node.args, *(k.value for k in node.keywords)]
    containers.escape(given, env)
    evaluated.touch(given, env)


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
    _hand_over(node, env)
    analyst.record_call(flow.module, qualified, args, method=owner is not None)
    name = qualified.rpartition(".")[2]
    targets: tuple[str, ...] = (qualified,)
    if owner is not None and owner.ref:
        targets = analyst.classes.overrides(owner.ref, name) or targets
    if analyst.classes.is_async(qualified):
        result = analyst.returns(qualified)
        return result if result.kind is Kind.GENERATOR else Type(Kind.COROUTINE, qualified, item=result)
    result = analyst.returns(qualified)
    touched = [t for t in (*args.types(), owner) if t is not None and t.kind in (Kind.INSTANCE, Kind.LIST, Kind.DICT)]
    if touched and unloading.unloads(analyst, qualified):
        unloading.unload(env)
    if len(targets) > 1:
        for target in targets:
            result = join(result, analyst.returns(target))
    if result.kind is not Kind.GENERATOR:
        flow.emit(What.CALL, node, owner or UNKNOWN, name, targets)
    from amigrate.facts.expressions import position

    if result.kind in LAZY:
        flow.analysis_origin(node, result)
        result = result.but(origins=frozenset({position(node)}))
    elif result.origins is not None:
        result = result.but(origins=None)
    return result


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
        analyst.record_call(flow.module, target, args, method=True)
    _hand_over(node, env)
    result = Type(Kind.OBJECT, qualified)
    if analyst.classes.is_form(qualified):
        queries = "instance" in args.keywords or args.starred or analyst.classes.is_formset(qualified)
        reason = "the form's constructor reads its instance" if queries else ""
        if queries and (analyst.classes.form_model(qualified) or analyst.classes.is_formset(qualified)):
            flow.emit(What.BRIDGE, node, result, reason)
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


def instance_call(flow: Flow, node: ast.Call, base: Type, name: str, args: Arguments, env: Env) -> Type:
    """A method of a model instance."""
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
            unloading.unload(env, base.ref)
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
    if name in ("get_object_for_this_type", "get_all_objects_for_this_type"):
        flow.emit(What.BRIDGE, node, base, f"ContentType.{name} has no async form")
        return UNKNOWN
    if name == "model_class" or (analyst.classes.is_user(base.ref) and name in builtin.PLAIN[builtin.USER]):
        return OPAQUE if name != "model_class" else UNKNOWN
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


def cache_call(flow: Flow, node: ast.Call, base: Type, name: str, args: Arguments) -> Type:
    """A method of the cache. What it gives was pickled: nothing lazy, but maybe an instance."""
    stored = UNKNOWN.but(cached=True)
    if name.startswith("a") and name[1:] in orm_api.CACHE_METHODS:
        return Type(Kind.COROUTINE, item=stored)
    if name not in orm_api.CACHE_METHODS:
        flow.emit(What.DOUBT, node, base, f"`cache.{name}()` is not Django's: what it does is not known")
        return UNKNOWN
    for argument, value in args.pairs():
        if any(m.kind in LAZY and not m.cached for m in members(value)):
            flow.emit(What.DOUBT, argument, detail="a queryset is cached, which evaluates it")
        elif any(m.kind in (Kind.FUNCTION, Kind.METHOD, Kind.PARTIAL) for m in members(value)) and name != "get":
            flow.emit(What.VALUE, argument, value, targets=(value.ref,) if value.kind is Kind.FUNCTION else ())
    flow.emit(What.CACHE, node, base, name)
    return Type(Kind.DICT, item=stored) if name == "get_many" else stored


def container_call(flow: Flow, node: ast.Call, base: Type, name: str, args: Arguments, env: Env) -> Type:
    """A method of a list, set, tuple or dict."""
    from amigrate.facts.expressions import consume

    item = base.item or UNKNOWN
    added: Type | None = None
    keys: Type | None = None
    if name in ("append", "add", "insert", "setdefault") and args.positional:
        added = args.positional[-1][1]
        keys = args.positional[0][1] if name == "setdefault" else None
    elif name in ("extend", "update", "union", "difference", "intersection", "issubset", "issuperset") or (
        name in ("intersection_update", "difference_update", "isdisjoint", "symmetric_difference")
    ):
        for argument, value in args.positional:
            given = consume(flow, argument, value, env, name)
            if base.kind is Kind.DICT:
                known = value.kind is Kind.DICT
                given, keys = (value.item or UNKNOWN) if known else UNKNOWN, (value.key if known else UNKNOWN)
            added = join(added, given)
        for _, value in args.keywords.values():
            added = join(added, value)
    if added is not None and isinstance(node.func, ast.Attribute):
        new = added
        containers.grow(node.func.value, env, lambda value: containers.grown(value, new, keys))
    key = base.key or OPAQUE
    if base.kind is Kind.DICT and name in ("items", "popitem", "most_common", "elements"):
        pair = Type(Kind.LIST, item=join(key, item), options=(key, item))
        return pair if name == "popitem" else list_of(pair) if name != "elements" else list_of(key)
    if base.kind is Kind.DICT and name == "keys":
        return list_of(key)
    if base.kind is Kind.DICT and name == "values":
        return list_of(item)
    if name in ("get", "pop", "popleft", "setdefault"):
        default = args.positional[1][1] if len(args.positional) > 1 else NONE
        return join(item, default) if item.kind is not Kind.NONE else default
    if name in ("copy", "union", "difference", "intersection"):
        return base
    return OPAQUE_LIST if name == "keys" else OPAQUE


def opaque_call(flow: Flow, node: ast.Call, name: str, args: Arguments, env: Env) -> Type:
    """A method of something that is no Django object: `", ".join(qs)` evaluates its argument."""
    from amigrate.facts.expressions import consume, text

    eats = name in ("join", "writerows", "writelines", "extend", "update", "fromkeys", "union", "intersection")
    for argument, value in args.pairs():
        if eats:
            consume(flow, argument, value, env, name)
        elif any(m.kind in LAZY and not m.cached for m in members(value)):
            flow.emit(What.DOUBT, argument, detail=f"a queryset is handed to `{name}`, which may evaluate it")
        elif value.kind is Kind.GENERATOR and value.ref:
            flow.emit(What.VALUE, argument, value, targets=(value.ref,))
        elif name in ("format", "write", "info", "debug", "warning", "error", "exception", "critical", "log"):
            text(flow, argument, value)
        else:
            handing.shown(flow, argument, value)
    if name == "format" and _reads_attributes(node) and any(handing.carries(v) for v in args.types()):
        flow.emit(What.DOUBT, node, detail="a format string reads attributes, which may load a relation")
    if name in ("split", "rsplit", "splitlines", "groups", "partition", "items", "values", "keys"):
        return OPAQUE_LIST
    if name not in orm_api.PLAIN_METHODS and any(handing.carries(value) for value in args.types()):
        return UNKNOWN  # it may hand it back
    return OPAQUE


def _reads_attributes(node: ast.Call) -> bool:
    base = node.func.value if isinstance(node.func, ast.Attribute) else None
    return isinstance(base, ast.Constant) and isinstance(base.value, str) and bool(_FIELD_PATH.search(base.value))


def unknown_call(flow: Flow, node: ast.Call, base: Type, name: str, args: Arguments) -> Type:
    """A method of a value of unknown type: plain if no class of Django or the project has such a method."""
    flow.emit(What.MAYBE, node, base, name)
    if name in orm_api.PLAIN_METHODS and not flow.analyst.classes.may_be_method(name):
        return OPAQUE if name not in ("setdefault", "getlist", "copy") else UNKNOWN
    dictionary = name in ("get", "pop") and not args.keywords and 1 <= len(args.positional) <= 2
    counting = name in ("count", "index") and len(args.positional) == 1 and not args.keywords
    if (dictionary or counting) and not flow.analyst.classes.may_be_method(name):
        return UNKNOWN if dictionary else OPAQUE
    flow.emit(What.DOUBT, node, base, f"`.{name}()` may query: the type before it is not known")
    return UNKNOWN


def form_call(flow: Flow, node: ast.Call, base: Type, name: str, env: Env) -> Type:
    """A method that Django's forms bring."""
    analyst = flow.analyst
    variable = node.func.value if isinstance(node.func, ast.Attribute) else None
    if name in ("is_valid", "full_clean", "has_changed", "has_error", "errors", "non_field_errors"):
        if base.cached and name != "full_clean":
            return OPAQUE
        targets = analyst.classes.form_hooks(base.ref)
        if analyst.classes.form_queries(base.ref):
            flow.emit(What.BRIDGE, node, base, f"`{name}` validates the form, which may query the database")
        elif targets:
            flow.emit(What.CONSTRUCT, node, base, targets=targets)
        if isinstance(variable, ast.Name) and variable.id in env and name in ("is_valid", "full_clean"):
            env[variable.id] = base.but(cached=True)
        return OPAQUE
    model = analyst.classes.form_model(base.ref)
    if name == "save" and model:
        commit = next((k.value for k in node.keywords if k.arg == "commit"), None)
        if not (isinstance(commit, ast.Constant) and commit.value is False):
            flow.emit(What.BRIDGE, node, base, "ModelForm.save has no async form")
        return instance(model)
    if name in ("add_error", "add_prefix", "is_multipart", "get_initial_for_field", "order_fields", "hidden_fields"):
        return OPAQUE
    flow.emit(What.BRIDGE, node, base, f"`{name}` of a form has no async form")
    return OPAQUE


def super_call(flow: Flow, node: ast.Call, name: str, args: Arguments) -> Type:
    """`super().name(…)`."""
    analyst = flow.analyst
    for owner in analyst.program.linearise(flow.owner)[1:]:
        found = analyst.program.classes.get(owner)
        if found and name in found[1].methods:
            qualified = f"{owner}.{name}"
            analyst.record_call(flow.module, qualified, args, method=True)
            flow.emit(What.CALL, node, UNKNOWN, name, (qualified,), is_super=True)
            return analyst.returns(qualified)
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
