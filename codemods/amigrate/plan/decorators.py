"""Which decorators may stand on what becomes async, and which of the project's own must get an async branch for that.

Django's are in `django_api`, those of other libraries in `library_decorators.py`; the project's own are read. One takes
async functions when it hands on the function itself, when it is made of others that do, or when it asks
`iscoroutinefunction` and awaits, as Django's own decorators do since 5.0. One that wraps the function in a plain `def`
can be given such an async branch: that is a `Core`.
"""

from __future__ import annotations

import ast
from dataclasses import dataclass, field

from amigrate.facts.nodes import walk
from amigrate.facts.program import Symbol
from amigrate.facts.trees import FunctionNode
from amigrate.facts.values import dotted
from amigrate.facts.wrappers import (
    escape_of,
    first_parameter,
    is_dual,
    local_values,
    mentions,
    nested_functions,
    own_nodes,
    returned,
    view_uses,
)
from amigrate.plan.context import Context
from amigrate.plan.foreign_decorators import ASKING_USER, UNSEEN_ARGUMENTS, django_obstacle, library_obstacle
from amigrate.plan.url_wrapping import is_reached_by_url, wrapping

MANAGER = "contextlib.contextmanager"
PLAIN = frozenset({MANAGER, "staticmethod", "classmethod", "abc.abstractmethod", "typing.override", "typing.final"})
_WRAPS = frozenset({"functools.wraps", "functools.update_wrapper"})
_PARTIAL = "functools.partial"
_WRAPPING = ""  # stands among the functions whose decorators are known for what is put around all views


@dataclass(frozen=True, slots=True)
class Core:
    """The wrapper of a decorator that must get an async branch. All names are qualified but `parameter`."""

    holder: str
    parameter: str
    wrapper: str


@dataclass(frozen=True, slots=True)
class Judgement:
    """Whether a decorator takes async functions: `reason` says why not; `cores` what must be made dual-mode first.

    `users` names those of Django's decorators that await `request.auser()` on an async view.
    """

    reason: str = ""
    cores: tuple[Core, ...] = ()
    users: tuple[str, ...] = ()

    def also(self, other: Judgement) -> Judgement:
        """Both, of which the first reason counts."""
        cores = tuple(dict.fromkeys((*self.cores, *other.cores)))
        return Judgement(self.reason or other.reason, cores, tuple(dict.fromkeys((*self.users, *other.users))))


_FINE = Judgement()


def judge(context: Context, module: str, node: ast.expr) -> Judgement:
    """The judgement of a decorator as it stands after the `@`, or around a view in a URL pattern."""
    return _Judge(context).decorator(node, _Scope(module))


def judge_name(context: Context, dotted_name: str) -> Judgement:
    """The judgement of a decorator of which only the dotted name is known."""
    return _Judge(context).named(dotted_name)


def judge_all(context: Context, qualified: str) -> Judgement:
    """The judgement of all decorators of a function together, also of those around it in URL patterns.

    Those that Python and typing bring are left out.
    """
    if (known := context.decorations.get(qualified)) is None:
        known = context.decorations[qualified] = _judge_all(context, qualified)
    return known


def _judge_all(context: Context, qualified: str) -> Judgement:
    program = context.analyst.program
    module = program.functions[qualified][0].module
    node = context.analyst.trees.node(qualified)
    found = _FINE
    for wrapper in dict.fromkeys(w for r in context.routes if r.view == qualified for w in r.wrappers):
        found = found.also(judge_name(context, wrapper))
    for decorator in node.decorator_list if node is not None else ():
        name = dotted(decorator.func if isinstance(decorator, ast.Call) else decorator)
        if not name or program.resolve(module, name).qualified not in PLAIN:
            found = found.also(judge(context, module, decorator))
    routed = any(r.view == qualified for r in context.routes)
    return found.also(judge_wrapping(context)) if is_reached_by_url(context, qualified, routed=routed) else found


def judge_wrapping(context: Context) -> Judgement:
    """The judgement of all decorators that code puts around the views of URL patterns while it runs."""
    if (known := context.decorations.get(_WRAPPING)) is not None:
        return known
    wrapped = wrapping(context)
    found = Judgement(wrapped.reason)
    for handed in wrapped.decorators:
        at_module = handed.scope.endswith(".")
        scope = _Scope(handed.scope[:-1]) if at_module else _Scope(_home(context, handed.scope), handed.scope)
        found = found.also(_Judge(context).decorator(handed.node, scope))
    if found.reason:
        why = f"{wrapped.by} wraps the views of URL patterns while the project runs: {found.reason}"
        found = Judgement(why, found.cores, found.users)
    context.decorations[_WRAPPING] = found
    return found


def _home(context: Context, qualified: str) -> str:
    return context.analyst.program.functions[qualified][0].module


@dataclass(frozen=True, slots=True)
class _Scope:
    """Where an expression stands: in a module, or in a decorator (`qualified`, with the view as `parameter`)."""

    module: str
    qualified: str = ""
    node: FunctionNode | None = None
    parameter: str = ""


@dataclass(slots=True)
class _Judge:
    context: Context
    running: set[str] = field(default_factory=set)

    # --- what is put before a function

    def decorator(self, node: ast.expr, scope: _Scope) -> Judgement:
        """An expression that gives a decorator."""
        if isinstance(node, ast.Call):
            return self._called(node, scope)
        name = dotted(node)
        if not name:
            return self._not(node, scope, "is an expression that is not followed")
        if (found := self._local(node, name, scope)) is not None:
            return found
        return self._symbol(node, name, scope, called=None)

    def _local(self, node: ast.expr, name: str, scope: _Scope) -> Judgement | None:
        """A name of a function around, None when it is one of the module."""
        head = scope.qualified
        while head and "." not in name:
            around = self.context.analyst.trees.node(head)
            if around is not None:
                if name in nested_functions(around):
                    return self.function(f"{head}.<locals>.{name}")
                if any(a.arg == name for a in walk(around.args) if isinstance(a, ast.arg)):
                    return self._not(node, scope, "may be any function")
                values = local_values(around)
                if name in values:
                    value = values[name] if around is scope.node else None
                    return self.decorator(value, scope) if value is not None else self._not(node, scope, "is not known")
            head = head.rpartition(".<locals>.")[0]
        return None

    def named(self, dotted_name: str) -> Judgement:
        """A dotted name, which may be called with arguments that are not known."""
        symbol = self.context.analyst.program.locate(dotted_name)
        if symbol.kind == "external" and dotted_name in UNSEEN_ARGUMENTS:
            return Judgement(f"what @{dotted_name.rpartition('.')[2]} is given is not followed")
        name = ast.parse(symbol.name or dotted_name.rpartition(".")[2], mode="eval").body
        return self._of(symbol, name, dotted_name.rpartition(".")[2], _Scope(symbol.module), called=None)

    def _called(self, node: ast.Call, scope: _Scope) -> Judgement:
        name = dotted(node.func)
        if not name:
            return self._not(node, scope, "is an expression that is not followed")
        resolved = self.context.analyst.program.resolve(scope.module, name)
        if resolved.qualified in _WRAPS:
            return _FINE
        if resolved.qualified == _PARTIAL and node.args:
            return self.decorator(node.args[0], scope)
        if (found := self._local(node, name, scope)) is not None:
            return found
        return self._symbol(node, name, scope, called=node)

    def _symbol(self, node: ast.expr, name: str, scope: _Scope, called: ast.Call | None) -> Judgement:
        return self._of(self.context.analyst.program.resolve(scope.module, name), node, name, scope, called)

    def _of(self, symbol: Symbol, node: ast.expr, name: str, scope: _Scope, called: ast.Call | None) -> Judgement:
        match symbol.kind:
            case "function":
                return self.function(symbol.qualified)
            case "class":
                return self._class(symbol, called)
            case "value":
                value = self._module_value(symbol)
                if value is None or called is not None:
                    return self._not(node, scope, "is not followed")
                return self.decorator(value, _Scope(symbol.module))
        arguments = self._arguments(called, scope)
        known = django_obstacle(self.context, scope.module, symbol.qualified, name, called)
        if known is None:
            known = library_obstacle(self.context, symbol.qualified, name)
        users = (symbol.qualified,) if symbol.qualified in ASKING_USER else ()
        return Judgement(known, users=users).also(arguments)

    def _arguments(self, called: ast.Call | None, scope: _Scope) -> Judgement:
        """`method_decorator` is as good as what it is given."""
        if called is None or not called.args or dotted(called.func).rpartition(".")[2] != "method_decorator":
            return _FINE
        given = called.args[0]
        found = _FINE
        for one in given.elts if isinstance(given, ast.List | ast.Tuple) else (given,):
            found = found.also(self.decorator(one, scope))
        return found

    def _class(self, symbol: Symbol, called: ast.Call | None) -> Judgement:
        """A class: `@limited(3)` makes an object, whose `__call__` is the decorator."""
        program = self.context.analyst.program
        found = program.classes[symbol.qualified]
        owner = program.find_method(symbol.qualified, "__call__") if called is not None else None
        changed = any(program.find_method(symbol.qualified, name) for name in ("__new__", "__getattribute__"))
        if owner is not None and not (changed or program.externals(symbol.qualified) or found[1].metaclass):
            return self.function(f"{owner}.__call__")
        place = f"{found[0].path}:{found[1].line}"
        why = "is a class, whose instances Django takes for sync views"
        return Judgement(f"the project's own decorator @{symbol.name} ({place}) {why}")

    def _module_value(self, symbol: Symbol) -> ast.expr | None:
        """The one assignment of a name at the top of a module."""
        tree = self.context.analyst.trees.tree(symbol.module)
        values = [
            statement.value
            for statement in (tree.body if tree else ())
            if isinstance(statement, ast.Assign)
            and any(isinstance(t, ast.Name) and t.id == symbol.name for t in statement.targets)
        ]
        return values[0] if len(values) == 1 else None

    # --- functions of the project

    def function(self, qualified: str) -> Judgement:
        """A function that takes what is decorated, or gives a decorator."""
        program = self.context.analyst.program
        node = self.context.analyst.trees.node(qualified)
        if qualified in self.running:
            return _FINE  # `return partial(itself, …)`: as good as what else it returns
        if node is None or qualified in program.duplicated:
            return self._own(qualified, node, "is not followed")
        module, function = program.functions[qualified]
        if isinstance(node, ast.AsyncFunctionDef) or function.is_generator:
            return self._own(qualified, node, "is no plain function")
        parameter = first_parameter(node, method=bool(function.owner))
        if parameter and is_dual(node, parameter):
            return _FINE
        results = returned(node)
        if not results:
            return self._own(qualified, node, "returns nothing")
        self.running.add(qualified)
        try:
            scope = _Scope(module.module, qualified, node, parameter)
            found = self._kept(scope)
            for result in results:
                found = found.also(self._result(result, scope))
            return found
        finally:
            self.running.discard(qualified)

    def _kept(self, scope: _Scope) -> Judgement:
        """Whether the decorator keeps the function, or its wrapper, for somebody else."""
        assert scope.node is not None
        wrappers = [w for found in nested_functions(scope.node).values() for w in found]
        looked_at = [*returned(scope.node), *(v for v in local_values(scope.node).values() if v is not None)]
        for name in (scope.parameter, *(w.name for w in wrappers)):
            escape = escape_of(scope.node, name, looked_at) if name else None
            if escape is not None:
                return self._own(scope.qualified, escape, f"hands `{name}` on to other code")
        return _FINE

    def _result(self, node: ast.expr, scope: _Scope) -> Judgement:
        """What a decorator returns: the function, a wrapper of it, or another decorator."""
        assert scope.node is not None
        if isinstance(node, ast.IfExp):
            return self._result(node.body, scope).also(self._result(node.orelse, scope))
        if isinstance(node, ast.Name):
            if node.id == scope.parameter:
                return _FINE
            if node.id in nested_functions(scope.node):
                return self._nested(node, scope)
            value = local_values(scope.node).get(node.id)
            if value is not None:
                return self._result(value, scope)
        if isinstance(node, ast.Call):
            name = dotted(node.func.func if isinstance(node.func, ast.Call) else node.func)
            resolved = self.context.analyst.program.resolve(scope.module, name).qualified if name else ""
            if resolved in _WRAPS and node.args:  # wraps(view)(wrapper), update_wrapper(wrapper, view)
                return self._result(node.args[0], scope)
            if len(node.args) == 1 and not node.keywords and self._is_view(node.args[0], scope):
                return self.decorator(node.func, scope).also(self._result(node.args[0], scope))
        return self.decorator(node, scope)

    def _is_view(self, node: ast.expr, scope: _Scope) -> bool:
        """Whether an expression is the decorated function, or a wrapper of it."""
        assert scope.node is not None
        if isinstance(node, ast.Call) and node.args:
            return self._is_view(node.args[0], scope)
        if not isinstance(node, ast.Name):
            return False
        inner = nested_functions(scope.node).get(node.id, ())
        value = local_values(scope.node).get(node.id)
        return (
            node.id == scope.parameter
            or any(scope.parameter and _wraps(w, scope.parameter) for w in inner)
            or (value is not None and self._is_view(value, scope))
        )

    def _nested(self, node: ast.Name, scope: _Scope) -> Judgement:
        """A nested function that is returned: the wrapper, or the decorator that a factory gives."""
        assert scope.node is not None
        inner = nested_functions(scope.node)[node.id]
        qualified = f"{scope.qualified}.<locals>.{node.id}"
        if len(inner) > 1:
            return self._own(scope.qualified, inner[1], f"defines `{node.id}` more than once")
        wrapper = inner[0]
        if not scope.parameter or not _wraps(wrapper, scope.parameter):
            if scope.parameter and not nested_functions(wrapper) and mentions(wrapper, scope.parameter):
                return self._own(scope.qualified, wrapper, f"hands `{scope.parameter}` on to other code")
            return self.function(qualified)
        if isinstance(wrapper, ast.AsyncFunctionDef):
            return self._own(scope.qualified, wrapper, "has an async wrapper, which does for async functions only")
        if self.context.analyst.program.functions[qualified][1].is_generator:
            return self._own(scope.qualified, wrapper, "has a generator for a wrapper")
        uses = view_uses(wrapper, scope.parameter)
        if uses.escape is not None:
            return self._own(scope.qualified, uses.escape, f"hands `{scope.parameter}` on to other code")
        if uses.nested is not None:
            where = f"uses `{scope.parameter}` in a function within its wrapper"
            return self._own(scope.qualified, uses.nested, where)
        found = Judgement(cores=(Core(scope.qualified, scope.parameter, qualified),))
        for decorator in wrapper.decorator_list:
            found = found.also(self.decorator(decorator, scope))
        return found

    # --- reasons

    def _own(self, qualified: str, node: ast.AST | None, why: str) -> Judgement:
        module, function = self.context.analyst.program.functions[qualified]
        line = getattr(node, "lineno", function.line)
        name = qualified.removeprefix(f"{module.module}.").partition(".<locals>.")[0]
        return Judgement(f"the project's own decorator @{name} ({module.path}:{line}) {why}")

    def _not(self, node: ast.expr, scope: _Scope, why: str) -> Judgement:
        if scope.qualified:
            return self._own(scope.qualified, node, f"is made with {_text(node)}, which {why}")
        return Judgement(f"the decorator @{_text(node)} {why}")


def _wraps(node: FunctionNode, parameter: str) -> bool:
    """Whether a nested function calls what is decorated."""
    return any(
        isinstance(n, ast.Call) and isinstance(n.func, ast.Name) and n.func.id == parameter for n in own_nodes(node)
    )


def _text(node: ast.expr) -> str:
    text = ast.unparse(node)
    return text if len(text) < 60 else f"{text[:57]}…"
