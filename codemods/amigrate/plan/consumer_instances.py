"""Consumers that are made by hand, `app = Chat()`, as tests do: what becomes of them, and what has to be awaited then.

An instance is an ASGI application in Channels and in django_ahead alike, and its attributes are read in the same way. A
method that becomes async is awaited where it is called in an `async def`. All else is not followed.
"""

from __future__ import annotations

import ast
from collections.abc import Collection, Iterable, Iterator, Mapping
from dataclasses import dataclass, field

from amigrate.facts.consumer_classes import WAITING
from amigrate.facts.nodes import parents, walk
from amigrate.facts.values import dotted
from amigrate.plan.class_uses import Resolve, mentioning, references, resolver
from amigrate.plan.context import Context
from amigrate.plan.enclosing import FUNCTIONS, enclosing, why_no_await

_COMMUNICATORS = frozenset({"WebsocketCommunicator", "WebSocketCommunicator", "ApplicationCommunicator"})
_TESTING = ("channels.testing", "asgiref.testing", "django_ahead.testing")
# what every consumer has, of Channels and of django_ahead
_HAD = frozenset({"scope", "groups", "channel_name", "channel_layer", "channel_layer_alias"})


@dataclass(slots=True)
class Instance:
    """One call of a class.

    Args:
        path, line: where it is.
        calls: those of its methods that wait, with what is around each.
        problem: what is not followed, and where; "" where all is.
    """

    path: str
    line: int
    calls: list[tuple[ast.Call, ast.AST | None]] = field(default_factory=list)
    problem: str = ""

    def fails(self, node: ast.AST, reason: str) -> None:
        """Takes note of the first thing that is not followed."""
        self.problem = self.problem or f"{reason} in {self.path}:{getattr(node, 'lineno', self.line)}"


@dataclass(frozen=True, slots=True)
class _File:
    """A module, and what is known of the classes whose instances are looked for in it."""

    up: Mapping[ast.AST, ast.AST]
    resolve: Resolve
    is_test: bool
    waiting: frozenset[str]
    known: frozenset[str]


def instances(context: Context, classes: Collection[str], methods: Iterable[str]) -> Iterator[Instance]:
    """The instances of consumers that code and tests make; `methods` are those of theirs that are async, qualified."""
    waiting = frozenset({method.rpartition(".")[2] for method in methods} | WAITING)
    known = _known(context, classes)
    for module in sorted(mentioning(context, {name.rpartition(".")[2] for name in classes})):
        facts, tree = context.analyst.trees.full(module), context.analyst.trees.tree(module)
        if tree is None:
            continue
        skimmed = context.analyst.program.modules[module].light
        resolve = resolver(context, facts, skimmed=skimmed)
        file = _File(parents(tree), resolve, skimmed, waiting, known)
        for node, symbol in references(tree, resolve):
            call = file.up.get(node)
            made = isinstance(call, ast.Call) and call.func is node
            if isinstance(call, ast.Call) and made and symbol.kind == "class" and symbol.qualified in classes:
                yield _followed(file, Instance(facts.path, call.lineno), call)


def _known(context: Context, classes: Collection[str]) -> frozenset[str]:
    """The attributes that the project gives the classes itself."""
    program = context.analyst.program
    line = {one for name in classes for one in program.line(name)}
    found = set(_HAD)
    for name in line:
        module, known = program.classes[name]
        found |= set(known.methods)
        tree = context.analyst.trees.tree(module.module)
        for node in walk(tree) if tree is not None else ():
            if isinstance(node, ast.ClassDef) and node.lineno == known.line:
                found |= {n.attr for n in walk(node) if isinstance(n, ast.Attribute) and isinstance(n.ctx, ast.Store)}
                for statement in node.body:
                    found |= {n.id for n in walk(statement) if isinstance(n, ast.Name) and isinstance(n.ctx, ast.Store)}
    return frozenset(found)


def _followed(file: _File, made: Instance, call: ast.Call) -> Instance:
    """The same, with all that becomes of it."""
    if call.args or any(keyword.arg is None for keyword in call.keywords):
        made.fails(call, "it is given arguments by position")
        return made
    match file.up.get(call):
        case ast.Assign(targets=[ast.Name(id=name)]) | ast.AnnAssign(target=ast.Name(id=name)):
            function = enclosing(file.up, call)
            if not isinstance(function, FUNCTIONS):
                made.fails(call, f"`{name}` is kept outside of a function")
            else:
                _name(file, made, function, name)
        case _:
            _use(file, made, call)
    return made


def _name(file: _File, made: Instance, function: ast.AST, name: str) -> None:
    """All uses of a local name that holds it."""
    bound = 0
    for node in walk(function):
        match node:
            case ast.Name(id=found, ctx=ast.Load()) if found == name:
                _use(file, made, node)
            case ast.Name(id=found) | ast.arg(arg=found) if found == name:
                bound += 1
            case ast.Global(names=names) | ast.Nonlocal(names=names) if name in names:
                bound += 1
    if bound != 1:
        made.fails(function, f"`{name}` stands for several things")


def _use(file: _File, made: Instance, node: ast.expr) -> None:
    """One expression that is the instance."""
    match file.up.get(node):
        case ast.Call() as call if call.func is node:
            if len(call.args) != 3 or call.keywords:
                made.fails(call, "it is called with something else than scope, receive and send")
        case ast.Call() as call if call.args[:1] == [node] and _is_communicator(file, call.func):
            return
        case ast.keyword(arg="application") as keyword if _is_communicator(file, _func(file.up.get(keyword))):
            return
        case ast.Attribute() as attribute:
            _attribute(file, made, attribute)
        case _:
            made.fails(node, "it is handed on")


def _func(call: ast.AST | None) -> ast.expr | None:
    return call.func if isinstance(call, ast.Call) else None


def _is_communicator(file: _File, func: ast.expr | None) -> bool:
    text = dotted(func) if func is not None else ""
    found = file.resolve(text).qualified if text else ""
    return found.startswith(_TESTING) and found.rpartition(".")[2] in _COMMUNICATORS


def _attribute(file: _File, made: Instance, node: ast.Attribute) -> None:
    call = file.up.get(node)
    called = isinstance(call, ast.Call) and call.func is node
    if not isinstance(node.ctx, ast.Load):
        made.fails(node, f"its `{node.attr}` is replaced")
    elif node.attr in file.waiting:
        if not called:
            made.fails(node, f"its `{node.attr}` is used as a value")
        elif not file.is_test:
            made.fails(node, f"its `{node.attr}` is called")
        elif why := why_no_await(file.up, node):
            made.fails(node, f"its `{node.attr}` is called {why}")
        elif isinstance(call, ast.Call) and not isinstance(file.up.get(call), ast.Await):
            made.calls.append((call, file.up.get(call)))
    elif node.attr not in file.known:
        made.fails(node, f"its `{node.attr}`, which the project does not give it, is used")
