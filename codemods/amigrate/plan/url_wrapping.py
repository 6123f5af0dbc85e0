"""Code that puts decorators around the views of URL patterns while it runs, which no view shows.

`pattern.callback = decorator(pattern.callback)` gives the decorator a coroutine function when the view is async, just
as `@decorator` on the view would. The decorators that such code is given are found here, to be judged as those on a
`def` are; the code itself must do nothing else with the views.
"""

from __future__ import annotations

import ast
from collections.abc import Sequence
from dataclasses import dataclass, field

from amigrate.discover.project import Role
from amigrate.facts.values import dotted
from amigrate.facts.wrappers import is_harmless, nested_functions, view_uses
from amigrate.plan import process_view
from amigrate.plan.context import Context
from amigrate.plan.handed_decorators import Handed, Handing, Unknown
from amigrate.plan.url_callbacks import CALLBACKS, MATCHED, Callbacks, applies, changes_deep, stored

_HANDLERS = frozenset({"get", "post", "put", "patch", "delete", "head", "options", "trace"})
_URL_WORDS = frozenset({"url_patterns", "urlpatterns", "URLPattern", "URLResolver", "get_resolver"})
_URL_CLASSES = ("django.urls.", "django.conf.urls.")
_WRAPS = frozenset({"functools.wraps", "functools.update_wrapper"})
_REDUCE = "functools.reduce"
_DECORATING_INCLUDE = "decorator_include.decorator_include"


@dataclass(frozen=True, slots=True)
class Wrapping:
    """The decorators that code puts around views; `reason` says what of it cannot be told. `by` names the code, "" when
    there is none."""

    by: str = ""
    decorators: tuple[Handed, ...] = ()
    reason: str = ""


def is_reached_by_url(context: Context, qualified: str, *, routed: bool) -> bool:
    """Whether a URL pattern's callback leads to a function: it is a routed view or a handler of a class."""
    module, function = context.analyst.program.functions[qualified]
    if routed or not function.owner:
        return routed
    owner = f"{module.module}.{function.owner}"
    return function.qualname.rpartition(".")[2] in _HANDLERS and context.analyst.classes.views.plain(owner)


def wrapping(context: Context) -> Wrapping:
    """What code of the project puts around the views of URL patterns while it runs."""
    reader = _Reader(context)
    try:
        for scope in _scopes(context):
            reader.read(scope)
    except Unknown as unknown:
        return Wrapping(reader.by, reason=str(unknown))
    return Wrapping(reader.by, tuple(reader.handing.found))


def _scopes(context: Context) -> list[str]:
    """The scopes that may put a decorator around a pattern's callback."""
    program = context.analyst.program
    found = {scope: None for name in (*CALLBACKS, "decorator_include") for scope in program.mentions(name)}
    for word in CALLBACKS:
        for module in program.words.get(word, ()):
            scopes = (s.qualname for s in program.modules[module].scopes if "setattr" in s.names)
            found |= dict.fromkeys(f"{module}.{name}" for name in scopes)
    url_classes = {name for name in program.classes if _is_url_class(context, name)}
    for q, (facts, f) in program.functions.items():
        if f.owner and (q.endswith(f".{process_view.NAME}") or f"{facts.module}.{f.owner}" in url_classes):
            found[q] = None
    return [scope for scope in found if _is_code(context, scope)]


def _is_url_class(context: Context, owner: str) -> bool:
    """Whether a class derives from one of Django's URL patterns or resolvers."""
    program = context.analyst.program
    return owner in program.classes and any(base.startswith(_URL_CLASSES) for base in program.externals(owner))


def _is_code(context: Context, scope: str) -> bool:
    program = context.analyst.program
    known = program.functions.get(scope)
    module = scope[:-1] if scope.endswith(".") else known[0].module if known else ""
    facts = program.modules.get(module)
    return facts is not None and not facts.light and program.roles.get(module) is Role.CODE


@dataclass(slots=True)
class _Reader:
    context: Context
    by: str = ""
    handing: Handing = field(init=False)

    def __post_init__(self) -> None:
        self.handing = Handing(self.context)

    def read(self, scope: str) -> None:
        """Reads one scope.

        Raises:
            Unknown: it does with views what is not followed.
        """
        if scope.endswith(f".{process_view.NAME}") and (found := process_view.calls_view(self.context, scope)):
            self.by = self.by or scope
            raise Unknown(f"{found[0]} ({self.handing.place(scope, found[1])})")
        nodes = list(self.context.analyst.following.own_nodes(scope))
        self._includes(scope, nodes)
        of_pattern = _is_url_class(self.context, self._owner(scope))
        attributes = MATCHED if of_pattern else CALLBACKS
        put = [(v, h) for v, h in stored(nodes, attributes) if of_pattern or not self._is_own(scope, h)]
        if not put:
            return
        views = Callbacks(nodes, attributes)
        made = [value for value, _ in put if views.holds(value)]
        strange = [v for v, holder in put if v not in made and self._may_wrap(scope, v, holder, views)]
        if not made and not strange:
            return
        self.by = self.by or scope.rstrip(".")
        for value in strange:
            raise self._lost(scope, value)
        made += [node.value for node in nodes if isinstance(node, ast.Assign) and views.binds(node)]
        for value in made:
            self._value(scope, value, views)
        inside = {id(part) for value in made for part in ast.walk(value)}
        for node in nodes:
            if views.is_view(node) and id(node) not in inside:
                self._looked_at(scope, node)

    def _lost(self, scope: str, node: ast.AST) -> Unknown:
        return Unknown(f"`{_text(node)}` is not followed ({self.handing.place(scope, node)})")

    def _resolved(self, scope: str, func: ast.expr) -> str:
        name = dotted(func.func if isinstance(func, ast.Call) else func)
        return self.context.analyst.program.resolve(self.handing.module(scope), name).qualified if name else ""

    def _includes(self, scope: str, nodes: Sequence[ast.AST]) -> None:
        """`decorator_include(login_required, "shop.urls")` of django-decorator-include."""
        for node in nodes:
            if isinstance(node, ast.Call) and node.args and self._resolved(scope, node.func) == _DECORATING_INCLUDE:
                self.by = self.by or scope.rstrip(".")
                several = isinstance(node.args[0], ast.List | ast.Tuple)
                (self.handing.each if several else self.handing.one)(scope, node.args[0])

    def _owner(self, scope: str) -> str:
        """The class whose method a scope is in, "" when there is none."""
        found = self.context.analyst.program.functions.get(scope.partition(".<locals>.")[0])
        return f"{found[0].module}.{found[1].owner}" if found is not None and found[1].owner else ""

    def _is_own(self, scope: str, holder: ast.expr) -> bool:
        """Whether it is `self.callback`, of a class that is no URL pattern."""
        return isinstance(holder, ast.Name) and holder.id in ("self", "cls") and bool(self._owner(scope))

    def _may_wrap(self, scope: str, value: ast.expr, holder: ast.expr, views: Callbacks) -> bool:
        """Whether what is stored may have to do with the view that was there, in a way that is not followed."""
        made: ast.AST | None = value
        if isinstance(value, ast.Name) and not scope.endswith("."):
            around = self.context.analyst.trees.node(scope)
            inner = nested_functions(around).get(value.id) if around is not None else None
            made = inner[0] if inner else None
        if made is None:
            return False
        if any(views.is_view(part) for part in ast.walk(made)):
            return True
        pattern = dotted(holder)
        given = (a for n in ast.walk(made) if isinstance(n, ast.Call) for a in n.args)
        facts = self.context.analyst.program.modules[self.handing.module(scope)]
        about_urls = any(not _URL_WORDS.isdisjoint((*s.names, *s.attributes)) for s in facts.scopes)
        return bool(pattern) and about_urls and any(dotted(a) == pattern for a in given)

    def _value(self, scope: str, node: ast.expr, views: Callbacks) -> None:
        """Reads how a new callback is made of the old one."""
        match node:
            case ast.Name() | ast.Attribute():
                return  # what names are bound to is read by itself
            case ast.IfExp():
                for part in (node.body, node.orelse):
                    self._value(scope, part, views)
                return
            case ast.Call(args=[first, *rest]):
                if self._resolved(scope, node.func) in _WRAPS:  # update_wrapper(made, view), wraps(view)(made)
                    return self._value(scope, first, views)
                if self._resolved(scope, node.func) == _REDUCE and len(rest) == 2 and applies(first):
                    self.handing.each(scope, rest[0])
                    return self._value(scope, rest[1], views)
                others = [node.func, *rest, *(keyword.value for keyword in node.keywords)]
                if not any(views.is_view(part) for other in others for part in ast.walk(other)):
                    self.handing.one(scope, node.func)
                    return self._value(scope, first, views)
        raise self._lost(scope, node)

    def _looked_at(self, scope: str, node: ast.AST) -> None:
        """Whether a view is only looked at."""
        parents = self.context.analyst.following.parents(scope)
        parent = parents.get(node)
        if changes_deep(parents, node):
            raise Unknown(f"it changes what `{_text(node)}` is made of ({self.handing.place(scope, node)})")
        if is_harmless(parents, node) or isinstance(parent, ast.Expr | ast.Return):
            return
        if isinstance(parent, ast.Call) and parent.func is node:
            raise Unknown(f"it calls `{_text(node)}` ({self.handing.place(scope, node)})")
        if not (isinstance(parent, ast.Call) and self._only_asks(scope, parent, node)):
            raise Unknown(f"it hands on `{_text(node)}` ({self.handing.place(scope, node)})")

    def _only_asks(self, scope: str, call: ast.Call, node: ast.AST) -> bool:
        """Whether a call gives a view to a function of the project that only asks about it."""
        trees, program = self.context.analyst.trees, self.context.analyst.program
        qualified = self._resolved(scope, call.func) if not isinstance(call.func, ast.Call) else ""
        asked = trees.node(qualified) if qualified in program.functions else None
        if asked is None or node not in call.args or program.functions[qualified][1].owner:
            return False
        parameters = [a.arg for a in (*asked.args.posonlyargs, *asked.args.args)]
        at = call.args.index(node)
        uses = view_uses(asked, parameters[at]) if at < len(parameters) else None
        return uses is not None and not uses.calls and uses.escape is None and uses.nested is None


def _text(node: ast.AST) -> str:
    text = ast.unparse(node)
    return text if len(text) < 60 else f"{text[:57]}…"
