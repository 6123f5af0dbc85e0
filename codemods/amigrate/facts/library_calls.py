"""Calls of functions and classes outside the program: Django's, the standard library's and other packages'."""

from __future__ import annotations

import ast
from typing import TYPE_CHECKING

from amigrate.facts import (
    adapters,
    consumer_members,
    containers,
    context_managers,
    evaluated,
    formsets,
    handing,
    library_models,
    paginating,
    signals,
    streaming,
    template_responses,
)
from amigrate.facts.arguments import Arguments
from amigrate.facts.effects import What
from amigrate.facts.handing import text
from amigrate.facts.iterating import consume, row_of
from amigrate.facts.lattice import (
    LAZY,
    MADE,
    NONE,
    OPAQUE,
    REQUEST_USER,
    UNKNOWN,
    Kind,
    Type,
    anonymous,
    instance,
    join,
    list_of,
    members,
    position,
)
from amigrate.facts.parameters import record_call

if TYPE_CHECKING:
    from amigrate.facts.flow import Env, Flow

_SHORTCUTS = {
    "django.shortcuts.get_object_or_404": "instance",
    "django.shortcuts.get_list_or_404": "list",
    "django.db.models.prefetch_related_objects": "nothing",
    "django.db.models.query.prefetch_related_objects": "nothing",
    "django.contrib.auth.authenticate": "user",
    "django.contrib.auth.login": "login",
    "django.contrib.auth.logout": "logout",
    "django.contrib.auth.get_user": "user",
    "django.contrib.auth.update_session_auth_hash": "nothing",
}
_RENDERING = frozenset(
    {"django.shortcuts.render", "django.template.loader.render_to_string", "django.shortcuts.render_to_response"}
)
_RESPONSES = ("django.http.", "django.template.response.")
# functions of the standard library that run through what they are given
_ITERATING = frozenset(
    "itertools.chain itertools.islice itertools.groupby itertools.takewhile itertools.dropwhile itertools.zip_longest "
    "itertools.product itertools.permutations itertools.combinations itertools.accumulate itertools.starmap "
    "itertools.cycle itertools.tee itertools.filterfalse itertools.chain.from_iterable itertools.batched "
    "functools.reduce collections.Counter collections.deque collections.OrderedDict random.choice random.sample "
    "random.choices heapq.nlargest heapq.nsmallest statistics.mean statistics.median math.fsum math.prod".split()
)
_TESTING = frozenset({"itertools.takewhile", "itertools.dropwhile", "itertools.filterfalse"})  # what a function gives
_NESTED = frozenset({"itertools.chain.from_iterable", "itertools.starmap"})  # they run through each element too
# what some functions without an async form give: nothing that queries any more
_PLAIN_RESULTS = {
    "django.forms.models.model_to_dict": Type(Kind.DICT, item=UNKNOWN.but(cached=True)),
    "django.forms.model_to_dict": Type(Kind.DICT, item=UNKNOWN.but(cached=True)),
    "django.core.serializers.serialize": OPAQUE,
    "django.core.mail.send_mail": OPAQUE,
    "django.core.mail.send_mass_mail": OPAQUE,
    "django.core.mail.mail_admins": OPAQUE,
    "django.core.mail.mail_managers": OPAQUE,
}
_TRANSPARENT = frozenset({"copy.copy", "copy.deepcopy", "typing.cast"})


def call(flow: Flow, node: ast.Call, name: str, args: Arguments, env: Env) -> Type:
    """A call of the dotted external `name`."""
    if not name.startswith(("django.db.", paginating.PAGINATOR)):
        evaluated.touch([*node.args, *(k.value for k in node.keywords)], env)
    if method := signals.signal_method(name):
        return signals.signal_call(flow, node, Type(Kind.OBJECT, signals.SIGNAL), method)
    if signals.is_signal_class(name):
        return Type(Kind.OBJECT, name)
    if name == paginating.PAGINATOR:
        return paginating.build(flow, node, args)
    if formsets.factory(name):
        given = [value for _, value in args.positional]
        return formsets.made_class(name, given, {key: value for key, (_, value) in args.keywords.items()})
    if name in _SHORTCUTS:
        return _shortcut(flow, node, name, args, env)
    if name in _RENDERING:
        flow.emit(What.BRIDGE, node, detail="rendering a template may query the database", render=True)
        return OPAQUE
    if name == "django.shortcuts.redirect":
        return _redirect(flow, node, args)
    if name == "functools.partial":
        return _partial(flow, args)
    if name == context_managers.STACK:
        return context_managers.made_stack(node)
    if name in adapters.TO_ASYNC:
        return adapters.adapter(flow, node, args)
    if name in adapters.TO_SYNC:
        return _to_sync(flow, args)
    if name in consumer_members.GET_LAYER:
        return Type(Kind.OBJECT, consumer_members.LAYER)
    if name == "django.contrib.auth.get_user_model":
        return Type(Kind.MODEL, flow.analyst.graph.user_model)
    if name in ("django.apps.apps.get_model", "importlib.import_module"):
        return UNKNOWN
    if name == "copy.copy" and any(m.kind in LAZY and not m.cached for m in args.positional[0][1:] if args.positional):
        flow.emit(What.DOUBT, node, detail="copy.copy evaluates a queryset")
    if name in _TRANSPARENT and args.positional:
        return args.positional[-1 if name == "typing.cast" else 0][1]
    if name in _ITERATING or name.startswith("json."):
        return _iterating(flow, name, args, env)
    if name in ("django.http.HttpRequest", "django.http.request.HttpRequest"):
        return Type(Kind.REQUEST, MADE)
    if name.startswith(_RESPONSES):
        return _response(flow, node, name, args, env)
    if name == "django.test.RequestFactory":
        return Type(Kind.REQUEST)
    skimmed = flow.analyst.program.modules.get(name.rpartition(".")[0])
    if skimmed is not None and skimmed.light:
        flow.emit(What.BRIDGE, node, detail=f"{name} is not analysed, and may query the database")
        return UNKNOWN
    if (row := library_models.manager_call(flow, node, name, args, env)) is not None:
        return row
    verdict, reason = flow.analyst.classes.classify(name)
    if verdict == "refuse":
        flow.emit(What.PIN, node, Type(Kind.OBJECT, name), reason)
        return Type(Kind.OBJECT, name)
    if verdict == "bridge":
        flow.emit(What.BRIDGE, node, detail=reason, function=name)
        if name in _PLAIN_RESULTS:
            return _PLAIN_RESULTS[name]
        return Type(Kind.OBJECT, name) if flow.analyst.classes.foreign(name) else OPAQUE
    return _pure(flow, node, name, args, env)


def _writes_freely(flow: Flow, args: Arguments) -> bool:
    """Whether what `csv.writer()` writes to waits for nothing: a response, a buffer, a class with a plain `write`."""
    target = args.first("csvfile")
    if target is None or target[1].kind is not Kind.OBJECT:
        return target is not None and not handing.carries(target[1])
    owner = flow.analyst.program.find_method(target[1].ref, "write")
    return owner is not None and not flow.analyst.blocks(f"{owner}.write")


def _may_load(flow: Flow, args: Arguments) -> bool:
    """Whether `attrgetter("author.name")` names a relation or a property that queries."""
    for argument, _ in args.positional:
        if not (isinstance(argument, ast.Constant) and isinstance(argument.value, str)):
            return True
        names = argument.value.split(".")
        if any(n in flow.analyst.graph.lazy_names or flow.analyst.blocking.may_be_property(n) for n in names):
            return True
    return False


def _made(args: Arguments) -> Type:
    """What a defaultdict puts in for a missing key."""
    factory = args.positional[0][1] if args.positional else NONE
    made = {"list": Type(Kind.LIST, item=NONE), "set": Type(Kind.LIST, item=NONE), "dict": Type(Kind.DICT, item=NONE)}
    if factory.kind is Kind.MODULE and factory.ref.startswith("builtins."):
        return made.get(factory.ref.removeprefix("builtins."), OPAQUE)
    return UNKNOWN if args.positional else NONE


def _pure(flow: Flow, node: ast.Call, name: str, args: Arguments, env: Env) -> Type:
    aware = flow.analyst.classes.foreign(name)
    for argument, value in args.pairs():
        if any(m.kind in LAZY and not m.cached for m in members(value)) and not aware:
            detail = f"a queryset is handed to {name}, which may evaluate it"
            flow.emit(What.DOUBT, argument, detail=detail)
        if value.kind is Kind.GENERATOR and value.ref:
            flow.emit(What.VALUE, argument, value, targets=(value.ref,))
        if name.startswith(("django.contrib.messages.", "logging.", "django.utils.html.", "django.utils.text.")):
            text(flow, argument, value)
        elif not name.startswith("django.db.") and not handing.holds(name):
            handing.shown(flow, argument, value)
    if name == "operator.methodcaller" or (name == "operator.attrgetter" and _may_load(flow, args)):
        flow.emit(What.DOUBT, node, detail=f"what {name} reads may query the database")
    if name.endswith(".Prefetch") and any(value.deferred for value in args.types()):
        flow.emit(
            What.DOUBT, node, detail="rows that are prefetched with only() or defer() query when another field is read"
        )
    if name == "collections.defaultdict":
        return Type(Kind.DICT, item=_made(args), key=None)
    if name in ("csv.writer", "csv.DictWriter") and _writes_freely(flow, args):
        return OPAQUE
    if handing.holds(name):
        containers.escape([a for a, _ in args.pairs()], env)
    if handing.holds(name) or (not aware and any(handing.carries(value) for value in args.types())):
        return UNKNOWN
    return OPAQUE


def _shortcut(flow: Flow, node: ast.Call, name: str, args: Arguments, env: Env) -> Type:
    flow.emit(What.FUNCTION, node, detail=name)
    match _SHORTCUTS[name]:
        case "instance" | "list":
            first = args.first("klass")
            if first is None:
                return UNKNOWN
            argument, value = first
            if value.kind is Kind.MODEL:
                model = flow.analyst.graph.models.get(value.ref)
                manager = model.managers.get(model.default_manager, "") if model else ""
                value = Type(Kind.MODEL, value.ref, manager=manager)
            queryset = value.but(kind=Kind.QUERYSET)
            if value.kind not in LAZY or value.origins is None:
                queryset = queryset.but(origins=frozenset({position(argument)}))
            flow.analysis_origin(argument, value)
            row = row_of(queryset) if value.ref else UNKNOWN
            return row if _SHORTCUTS[name] == "instance" else list_of(row)
        case "user":
            return instance(flow.analyst.graph.user_model, saved=True, nullable=name.endswith("authenticate"))
        case "login" | "logout":
            env[REQUEST_USER] = instance(flow.analyst.graph.user_model, saved=True)
            return NONE
        case _:
            return NONE


def _redirect(flow: Flow, node: ast.Call, args: Arguments) -> Type:
    """`redirect(obj)` calls `obj.get_absolute_url()`; with a name or a URL it does nothing that waits."""
    first = args.first("to")
    for one in members(first[1]) if first is not None else (UNKNOWN,):
        if one.kind is Kind.INSTANCE:
            targets = flow.analyst.classes.dunders(one.ref, ("get_absolute_url",))
            if targets:
                flow.emit(What.CONSTRUCT, node, one, targets=targets)
        elif one.kind in (Kind.UNKNOWN, Kind.OBJECT):
            flow.emit(What.BRIDGE, node, detail="redirect may call get_absolute_url() of a model")
    return OPAQUE


def _partial(flow: Flow, args: Arguments) -> Type:
    """`partial(f, a, k=b)`: the arguments that it keeps go with its type."""
    if not args.positional or args.positional[0][1].kind is not Kind.FUNCTION:
        return UNKNOWN
    function = args.positional[0][1].ref
    bound = [anonymous(kind) for _, kind in args.positional[1:]]
    if args.keywords or args.starred:
        given = Arguments(args.positional[1:], args.keywords, args.starred)
        record_call(flow.analyst, flow.module, function, given, method=False)
    return Type(Kind.PARTIAL, function, options=tuple(bound))


def _to_sync(flow: Flow, args: Arguments) -> Type:
    """`async_to_sync(f)`: its call runs an event loop until `f` is done."""
    if args.positional and args.positional[0][1].kind is Kind.FUNCTION:
        flow.emit(What.VALUE, args.positional[0][0], args.positional[0][1], targets=(args.positional[0][1].ref,))
    return Type(Kind.PARTIAL, "async_to_sync", item=args.positional[0][1] if args.positional else None)


def _iterating(flow: Flow, name: str, args: Arguments, env: Env) -> Type:
    item: Type | None = None
    for argument, value in args.pairs():
        if name in _NESTED:
            handing.lazy_inside(flow, argument, value, name)
        if name in _TESTING:
            given = flow.analyst.returns(value.ref) if value.kind is Kind.FUNCTION else value.item
            handing.tested(flow, argument, given or UNKNOWN, name)
        if any(m.kind in LAZY or m.kind is Kind.GENERATOR for m in members(value)):
            item = join(item, consume(flow, argument, value, env, name))
        elif value.kind is Kind.LIST:
            item = join(item, value.item)
        elif value.kind is Kind.UNKNOWN and not name.startswith("json."):
            consume(flow, argument, value, env, name)
            item = UNKNOWN
    if name.startswith("itertools.") or name in ("random.sample", "random.choices", "collections.deque"):
        if name == "itertools.groupby":
            return list_of(Type(Kind.LIST, item=UNKNOWN, options=(OPAQUE, list_of(item or UNKNOWN))))
        if name in ("itertools.product", "itertools.zip_longest", "itertools.combinations", "itertools.permutations"):
            return list_of(list_of(item or UNKNOWN))
        return list_of(item or UNKNOWN)
    if name == "random.choice":
        return item or UNKNOWN
    if name in ("collections.Counter", "collections.OrderedDict"):
        return Type(Kind.DICT, item=UNKNOWN, key=item)
    return UNKNOWN if name == "functools.reduce" else OPAQUE


def _response(flow: Flow, node: ast.Call, name: str, args: Arguments, env: Env) -> Type:
    if streaming.streaming(name):
        return streaming.response(flow, node, name, args, env)
    if name.startswith("django.template.response."):
        return template_responses.made(name)  # rendered later, in a thread: its context may stay lazy
    for argument, value in args.pairs():
        if any(m.kind in LAZY or m.kind is Kind.GENERATOR for m in members(value)):
            consume(flow, argument, value, env, name)
        else:
            text(flow, argument, value)
    return OPAQUE
