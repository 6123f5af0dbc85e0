"""Which decorators a name may mean where it is used: those that callers hand over, of a list, of a loop.

`def decorate(patterns, decorator): …` puts what its callers give it around views; this finds what that is.
"""

from __future__ import annotations

import ast
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field

from amigrate.facts.trees import FunctionNode
from amigrate.facts.values import dotted
from amigrate.facts.wrappers import nested_functions
from amigrate.plan.context import Context

_COPIES = frozenset({"list", "tuple", "reversed", "iter", "set", "sorted", "filter"})
_READING = frozenset({"copy", "index", "count", "__len__", "__iter__", "__contains__"})


class Unknown(Exception):
    """What is handed over cannot be told; the text follows the place that asks."""


@dataclass(frozen=True, slots=True)
class Handed:
    """A decorator as an expression; `scope` is where it stands, `module.` for a module's own statements."""

    scope: str
    node: ast.expr


@dataclass(slots=True)
class Handing:
    """Collects the decorators that expressions mean."""

    context: Context
    found: dict[Handed, None] = field(default_factory=dict)
    asked: set[tuple[str, str, bool]] = field(default_factory=set)

    def one(self, scope: str, node: ast.expr) -> None:
        """An expression that is a decorator.

        Raises:
            Unknown: it may be anything.
        """
        if isinstance(node, ast.IfExp):
            self.one(scope, node.body)
            self.one(scope, node.orelse)
        elif isinstance(node, ast.BoolOp):
            for value in node.values:
                self.one(scope, value)
        elif isinstance(node, ast.Constant) and node.value is None:
            pass  # the default that stands for no decorator
        elif isinstance(node, ast.Name) and (holder := self._holder(scope, node.id)):
            self._local(holder, node.id, several=False)
        elif isinstance(node, ast.Call) and dotted(node.func).rpartition(".")[2] == "method_decorator" and node.args:
            self.one(scope, node.args[0])
        elif isinstance(node, ast.Subscript | ast.Lambda | ast.Starred):
            raise Unknown(f"`{ast.unparse(node)}` is not followed ({self.place(scope, node)})")
        else:
            self.found[Handed(scope, node)] = None

    def each(self, scope: str, node: ast.expr) -> None:
        """An expression that is a collection of decorators.

        Raises:
            Unknown: it may hold anything.
        """
        match node:
            case ast.List() | ast.Tuple() | ast.Set():
                for element in node.elts:
                    if isinstance(element, ast.Starred):
                        self.each(scope, element.value)
                    else:
                        self.one(scope, element)
            case ast.IfExp():
                self._either(scope, (node.body, node.orelse))
            case ast.BoolOp():
                self._either(scope, node.values)
            case ast.BinOp(op=ast.Add()):
                self.each(scope, node.left)
                self.each(scope, node.right)
            case ast.Constant(value=None):
                pass
            case ast.Call(func=ast.Name(id=name)) if name in _COPIES and node.args:
                self.each(scope, node.args[-1])
            case ast.Subscript(slice=ast.Slice()):
                self.each(scope, node.value)
            case ast.Name() if holder := self._holder(scope, node.id):
                self._local(holder, node.id, several=True)
            case ast.Name() | ast.Attribute() if dotted(node):
                self._global(scope, node)
            case _:
                raise Unknown(f"`{ast.unparse(node)}` is not followed ({self.place(scope, node)})")

    def _either(self, scope: str, nodes: Iterable[ast.expr]) -> None:
        """Collections of which one counts; one that is only a decorator is wrapped in a list by what uses it."""
        for node in nodes:
            self.each(scope, node)

    def place(self, scope: str, node: ast.AST) -> str:
        """The file and line of a node."""
        return f"{self.context.analyst.program.modules[self.module(scope)].path}:{getattr(node, 'lineno', 0)}"

    def module(self, scope: str) -> str:
        """The module of a scope."""
        return scope[:-1] if scope.endswith(".") else self.context.analyst.program.functions[scope][0].module

    # --- names

    def _holder(self, scope: str, name: str) -> str:
        """The function that binds a name as seen from a scope, "" when that is a module."""
        while not scope.endswith(".") and scope:
            node = self.context.analyst.trees.node(scope)
            if node is not None and (name in _parameters(node) or self._bindings(scope, name)):
                return scope
            if node is not None and name in nested_functions(node):
                return ""  # judged where it stands
            scope = scope.rpartition(".<locals>.")[0]
        return ""

    def _bindings(self, holder: str, name: str) -> list[ast.AST]:
        """What binds a name in a function, besides its parameters."""
        following = self.context.analyst.following
        parents = following.parents(holder)
        stored = (
            part
            for part in following.own_nodes(holder)
            if isinstance(part, ast.Name) and part.id == name and isinstance(part.ctx, ast.Store)
        )
        return [parents[part] for part in stored]

    def _local(self, holder: str, name: str, *, several: bool) -> None:
        """A name of a function, which holds a decorator, or a collection of some."""
        key = (holder, name, several)
        if key in self.asked:
            return
        self.asked.add(key)
        if several:
            self._filled(holder, name)
        for binding in self._bindings(holder, name):
            match binding:
                case ast.AugAssign(op=ast.Add()) if several:
                    self.each(holder, binding.value)
                case ast.Assign(targets=[ast.Name()]) | ast.AnnAssign(value=ast.expr()):
                    assert binding.value is not None
                    (self.each if several else self.one)(holder, binding.value)
                case ast.For(target=ast.Name()) | ast.comprehension(target=ast.Name()) if not several:
                    self.each(holder, binding.iter)
                case _:
                    raise Unknown(f"what `{name}` is, is not followed ({self.place(holder, binding)})")
        node = self.context.analyst.trees.node(holder)
        if node is not None and name in _parameters(node):
            self._parameter(holder, node, name, several=several)

    def _filled(self, scope: str, name: str) -> None:
        """What a collection gets besides, in one scope: `decorators.append(login_required)`."""
        following = self.context.analyst.following
        parents = following.parents(scope)
        for part in following.own_nodes(scope):
            if not (isinstance(part, ast.Name) and part.id == name and isinstance(part.ctx, ast.Load)):
                continue
            held = parents.get(part)
            call = parents.get(held) if isinstance(held, ast.Attribute) else None
            match held, call:
                case ast.Attribute(attr="append" | "insert" | "add"), ast.Call(args=[*_, added]):
                    self.one(scope, added)
                case ast.Attribute(attr="extend" | "update"), ast.Call(args=[added]):
                    self.each(scope, added)
                case (ast.Attribute(attr=attr), _) if attr not in _READING:
                    raise Unknown(f"`{name}` is changed ({self.place(scope, part)})")
                case (ast.Subscript(), _) if not isinstance(held.ctx, ast.Load):
                    raise Unknown(f"`{name}` is changed ({self.place(scope, part)})")

    def _parameter(self, holder: str, node: FunctionNode, name: str, *, several: bool) -> None:
        """A parameter: what all callers give for it."""
        if node.args.kwarg is not None and node.args.kwarg.arg == name:
            raise Unknown(f"what `**{name}` holds is not followed ({self.place(holder, node)})")
        rest = node.args.vararg is not None and node.args.vararg.arg == name
        if rest and not several:
            raise Unknown(f"`{name}` holds several values ({self.place(holder, node)})")
        default = _default(node, name)
        calls = list(self._calls(holder, node))
        if not calls:
            return  # nobody calls it
        for scope, call in calls:
            given = _given(node, call, name, method=bool(self.context.analyst.program.functions[holder][1].owner))
            if given is None:
                raise Unknown(f"what is given for `{name}` is not followed ({self.place(scope, call)})")
            for value in given or ([default] if default is not None and not rest else []):
                if isinstance(value, ast.Starred):
                    self.each(scope, value.value)
                else:
                    (self.each if several and not rest else self.one)(holder if value is default else scope, value)

    def _calls(self, qualified: str, node: FunctionNode) -> Iterator[tuple[str, ast.Call]]:
        """All calls of a function in the code; raises Unknown where it is used otherwise."""
        program, following = self.context.analyst.program, self.context.analyst.following
        method = bool(program.functions[qualified][1].owner)
        nested = qualified.rpartition(".<locals>.")[0]
        for scope in program.mentions(node.name):
            if program.modules[self.module(scope)].light or scope in program.duplicated:
                continue  # tests put decorators around patterns of their own
            inside = f"{scope}.".startswith((f"{nested}.", f"{qualified}."))
            for part in following.own_nodes(scope) if inside or not nested else ():
                if not isinstance(part, ast.Name | ast.Attribute) or not isinstance(part.ctx, ast.Load):
                    continue
                if not self._means(scope, part, qualified, node.name, method=method, nested=bool(nested)):
                    continue
                parent = following.parents(scope).get(part)
                if not (isinstance(parent, ast.Call) and parent.func is part):
                    raise Unknown(f"`{node.name}` is used as a value ({self.place(scope, part)})")
                yield scope, parent

    def _means(
        self, scope: str, part: ast.Name | ast.Attribute, qualified: str, name: str, *, method: bool, nested: bool
    ) -> bool:
        """Whether a name or an attribute may mean a function."""
        if method:
            return isinstance(part, ast.Attribute) and part.attr == name
        if nested:
            return isinstance(part, ast.Name) and part.id == name
        text = dotted(part)
        return bool(text) and self.context.analyst.program.resolve(self.module(scope), text).qualified == qualified

    def _global(self, scope: str, node: ast.expr) -> None:
        """A collection that a module binds to a name once."""
        program, trees = self.context.analyst.program, self.context.analyst.trees
        symbol = program.resolve(self.module(scope), dotted(node))
        tree = trees.tree(symbol.module) if symbol.kind == "value" else None
        values = [
            statement.value
            for statement in (tree.body if tree is not None else ())
            if isinstance(statement, ast.Assign | ast.AnnAssign | ast.AugAssign) and statement.value is not None
            for target in (statement.targets if isinstance(statement, ast.Assign) else (statement.target,))
            if isinstance(target, ast.Name) and target.id == symbol.name
        ]
        if not values:
            raise Unknown(f"what `{ast.unparse(node)}` holds is not followed ({self.place(scope, node)})")
        key = (f"{symbol.module}.", symbol.name, True)
        if key in self.asked:
            return
        self.asked.add(key)
        for value in values:
            self.each(key[0], value)
        for user in program.mentions(symbol.name):
            if program.modules[self.module(user)].light:
                continue
            local = user != key[0] and self._holder(user, symbol.name)
            if not local and program.resolve(self.module(user), symbol.name).qualified == symbol.qualified:
                self._filled(user, symbol.name)


def _parameters(node: FunctionNode) -> frozenset[str]:
    return frozenset(a.arg for a in ast.walk(node.args) if isinstance(a, ast.arg))


def _default(node: FunctionNode, name: str) -> ast.expr | None:
    names = [a.arg for a in (*node.args.posonlyargs, *node.args.args)]
    defaults: Mapping[str, ast.expr | None] = {
        **dict(zip(reversed(names), reversed(node.args.defaults), strict=False)),
        **dict(zip((a.arg for a in node.args.kwonlyargs), node.args.kw_defaults, strict=True)),
    }
    return defaults.get(name)


def _given(node: FunctionNode, call: ast.Call, name: str, *, method: bool) -> list[ast.expr] | None:
    """What a call gives for a parameter: [] when it leaves that to the default, None when it cannot be told."""
    if any(keyword.arg is None for keyword in call.keywords):
        return None
    names = [a.arg for a in (*node.args.posonlyargs, *node.args.args)][1 if method else 0 :]
    starred = next((at for at, a in enumerate(call.args) if isinstance(a, ast.Starred)), len(call.args))
    if node.args.vararg is not None and node.args.vararg.arg == name:
        return list(call.args[len(names) :]) if starred >= len(names) else None
    if value := next((k.value for k in call.keywords if k.arg == name), None):
        return [value]
    if name not in names:
        return []
    at = names.index(name)
    if at < starred:
        return [call.args[at]] if at < len(call.args) else []
    return [] if starred == len(call.args) else None
