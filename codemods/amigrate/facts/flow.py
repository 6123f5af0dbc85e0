"""The flow analysis of one function: an abstract interpreter over its syntax tree.

It follows variables through branches and loops and reports each effect with the type of what it works on. Statements
are here; expressions in `expressions.py`, attributes and calls in `members.py` and `calls.py`.
"""

from __future__ import annotations

import ast
from collections.abc import Callable, Sequence
from typing import TYPE_CHECKING

from amigrate.facts import containers, evaluated, expressions
from amigrate.facts.conditions import condition, narrow
from amigrate.facts.containers import CONTAINERS
from amigrate.facts.context_managers import enter
from amigrate.facts.effects import Analysis, Effect, What
from amigrate.facts.items import delete, keep, put_item, set_attribute, set_item
from amigrate.facts.iterating import consume, iterate
from amigrate.facts.lattice import (
    LAZY,
    NONE,
    OPAQUE,
    REQUEST_USER,
    UNKNOWN,
    Kind,
    Position,
    Type,
    anonymous,
    join,
    list_of,
    members,
)
from amigrate.facts.nodes import walk
from amigrate.facts.parameters import record_value
from amigrate.facts.turns import reads_earlier

if TYPE_CHECKING:
    from amigrate.facts.analyst import Analyst

Env = dict[str, Type]
FunctionNode = ast.FunctionDef | ast.AsyncFunctionDef


def join_envs(left: Env | None, right: Env | None) -> Env | None:
    """The environment after two paths meet; None is a path that never gets there."""
    if left is None:
        return right
    if right is None:
        return left
    if left == right:
        return left
    # a name bound on one path only has, where it is bound at all, that type
    return {name: join(left.get(name), right.get(name)) for name in left.keys() | right.keys()}


class Flow:
    """The state of one run over one function."""

    def __init__(self, analyst: Analyst, analysis: Analysis, module: str, owner: str, outer: Env | None = None) -> None:
        self.analyst = analyst
        self.analysis = analysis
        self.module = module
        self.owner = owner  # the class that a method belongs to
        self.outer = outer or {}
        self.found: dict[ast.AST, list[Effect]] = {}
        self.returned: Type | None = None
        self.yielded: Type | None = None
        self.breaks: list[Env | None] = []
        self.locals: set[str] = set()
        self.bound: Env = {}
        self.lambdas: dict[Position, ast.Lambda] = {}
        self.lambda_arguments: dict[ast.Lambda, Env] = {}
        self.kept: Env = {}  # what attributes of the view that this is a method of are assigned
        self.subscripts: dict[ast.Subscript, tuple[Type, Type]] = {}  # what is indexed, and the index
        self.parameters: frozenset[str] = frozenset()
        self.captured: frozenset[str] = frozenset()
        self.shared: frozenset[str] = frozenset()
        self.rebound: frozenset[str] = frozenset()
        self.unloads = 0  # how often rows lost what was loaded, whatever their names

    # --- effects

    def emit(
        self,
        what: What,
        node: ast.AST,
        receiver: Type = UNKNOWN,
        detail: str = "",
        targets: tuple[str, ...] = (),
        **extra: object,
    ) -> None:
        """Reports an effect at a node."""
        self.found.setdefault(node, []).append(Effect(what, node, receiver, detail, targets, extra))

    def reset(self, node: ast.AST) -> None:
        """Forgets the effects of a node that is evaluated again."""
        self.found.pop(node, None)

    def drop(self, node: ast.AST, *kinds: What) -> None:
        """Forgets the effects of these kinds at a node."""
        if node in self.found:
            self.found[node] = [effect for effect in self.found[node] if effect.what not in kinds]

    def analysis_origin(self, node: ast.expr, value: Type) -> None:
        """Remembers an expression that gives a queryset, where `select_related` could be added."""
        place = (node.lineno, node.col_offset, node.end_lineno or 0, node.end_col_offset or 0)
        self.analysis.origins[place] = (node, value)

    # --- running

    def run(self, body: Sequence[ast.stmt], env: Env) -> None:
        """Interprets the statements and stores effects, return type and variables in the analysis."""
        self.bound = dict(env)
        self.parameters = frozenset(env)
        names = self.analyst.shared_names(self.analysis.qualified, self.analysis.node)
        self.shared, self.rebound, self.captured = names
        after = self.block(body, dict(env))
        if after is not None and self.returned is not None:
            self.returned = join(self.returned, NONE)
        self.analysis.variables = after or env
        if self.yielded is not None:
            self.analysis.returns = Type(Kind.GENERATOR, self.analysis.qualified, item=self.yielded)
        else:
            self.analysis.returns = self.returned if self.returned is not None else NONE
        self.analysis.returns = anonymous(self.analysis.returns)
        self.analysis.kept = {name: anonymous(value) for name, value in self.kept.items()}
        effects = [effect for effects in self.found.values() for effect in effects]
        for effect in effects:
            if effect.what is What.VALUE and not self.analyst.following.only_called(
                self.analysis.qualified, effect.node
            ):
                for target in effect.targets:
                    record_value(self.analyst, self.module, target)
        effects.sort(key=lambda e: (getattr(e.node, "lineno", 0), getattr(e.node, "col_offset", 0)))
        self.analysis.effects = effects
        self.found, self.lambdas, self.lambda_arguments, self.subscripts = {}, {}, {}, {}  # nobody asks any more

    def block(self, body: Sequence[ast.stmt], env: Env | None) -> Env | None:
        """Runs statements; None when control does not reach their end."""
        for statement in body:
            if env is None:
                # unreachable for us, still analysed so that nothing in it goes unseen
                env = self.statement(statement, {})
                env = None
            else:
                env = self.statement(statement, env)
        return env

    def expression(self, node: ast.expr | None, env: Env) -> Type:
        """The type of an expression; its effects are reported."""
        return expressions.evaluate(self, node, env) if node is not None else NONE

    def statement(self, node: ast.stmt, env: Env) -> Env | None:
        """Runs one statement."""
        self.reset(node)
        match node:
            case ast.Expr():
                self.expression(node.value, env)
            case ast.Assign():
                value = self.expression(node.value, env)
                for target in node.targets:
                    self.assign(target, value, env, node.value)
            case ast.AnnAssign():
                if node.value is not None:
                    value = self.expression(node.value, env)
                    if value.kind is Kind.UNKNOWN:
                        value = self.analyst.annotation(self.module, node.annotation)
                    self.assign(node.target, value, env, node.value)
            case ast.AugAssign():
                self.augmented(node, env)
            case ast.Return():
                value = self.expression(node.value, env)
                self.returned = join(self.returned, value)
                return None
            case ast.Raise():
                self.expression(node.exc, env)
                self.expression(node.cause, env)
                return None
            case ast.If():
                return self.branch(node.test, node.body, node.orelse, env)
            case ast.For() | ast.AsyncFor():
                return self.loop(node, env)
            case ast.While():
                return self.while_loop(node, env)
            case ast.Try() | ast.TryStar():
                return self.attempt(node, env)
            case ast.With() | ast.AsyncWith():
                enter(self, node, env)
                return self.block(node.body, env)
            case ast.FunctionDef() | ast.AsyncFunctionDef():
                self.define(node, env)
            case ast.ClassDef():
                self.local_class(node, env)
            case ast.Break() | ast.Continue():
                if self.breaks:
                    self.breaks[-1] = join_envs(self.breaks[-1], dict(env))
                return None
            case ast.Assert():
                condition(self, node.test, env)
                self.expression(node.msg, dict(env))
            case ast.Delete():
                for target in node.targets:
                    delete(self, node, target, env)
            case ast.Match():
                return self.match(node, env)
            case _:
                pass  # pass, import, global, nonlocal: nothing happens
        return env

    def branch(self, test: ast.expr, body: list[ast.stmt], orelse: list[ast.stmt], env: Env) -> Env | None:
        """An `if`."""
        condition(self, test, env)
        yes, no = narrow(self, test, env)
        return join_envs(self.block(body, yes), self.block(orelse, no))

    def loop(self, node: ast.For | ast.AsyncFor, env: Env) -> Env | None:
        """A `for`."""
        iterable = self.expression(node.iter, env)
        item = iterate(self, node.iter, iterable, env, host=node, awaited=isinstance(node, ast.AsyncFor))

        def turn(before: Env) -> Env | None:
            inside = dict(before)
            self.assign(node.target, item, inside, None)
            return self.block(node.body, inside)

        before = self.turns(node, dict(env), turn)
        return self.block(node.orelse, before) if node.orelse else before

    def while_loop(self, node: ast.While, env: Env) -> Env | None:
        """A `while`."""

        def turn(before: Env) -> Env | None:
            condition(self, node.test, before)
            return self.block(node.body, narrow(self, node.test, before)[0])

        before = self.turns(node, env, turn)
        return self.block(node.orelse, before) if node.orelse else before

    def turns(self, node: ast.For | ast.AsyncFor | ast.While, before: Env, turn: Callable[[Env], Env | None]) -> Env:
        """Runs a turn of a loop, and a second one with what the first left behind, if that can make a difference."""
        start, known, unloads = dict(before), set(self.locals), self.unloads
        after = self._one_turn(before, turn)
        changed = {name for name, value in after.items() if start.get(name) != value} | (self.locals - known)
        boxes = {n for n in changed & start.keys() if start[n].kind is after[n].kind and start[n].kind in CONTAINERS}
        if changed and (self.unloads != unloads or REQUEST_USER in changed or reads_earlier(node, changed, boxes)):
            return self._one_turn(after, turn)
        return after

    def _one_turn(self, before: Env, turn: Callable[[Env], Env | None]) -> Env:
        self.breaks.append(None)
        after = turn(before)
        broken = self.breaks.pop()
        return join_envs(before, join_envs(after, broken)) or before

    def attempt(self, node: ast.Try | ast.TryStar, env: Env) -> Env | None:
        """A `try`: a handler may start anywhere in the body."""
        start = dict(env)
        after = self.block(node.body, env)
        seen = join_envs(start, after if after is not None else env) or {}
        ends = self.block(node.orelse, after)
        for handler in node.handlers:
            inside = dict(seen)
            if handler.type is not None:
                self.expression(handler.type, inside)
            if handler.name:
                inside[handler.name] = OPAQUE
            ends = join_envs(ends, self.block(handler.body, inside))
        if node.finalbody:
            weakest = dict(join_envs(seen, ends) or {})
            if ends is not None:
                ends = self.block(node.finalbody, ends)
            self.block(node.finalbody, weakest)  # last: what may happen there counts
        return ends

    def match(self, node: ast.Match, env: Env) -> Env | None:
        """A `match`: the names that its patterns bind are parts of the subject."""
        self.expression(node.subject, env)
        for part in walk(node):
            for read in part.kwd_attrs if isinstance(part, ast.MatchClass) else ():
                if read in self.analyst.graph.lazy_names or self.analyst.blocking.may_be_property(read):
                    self.emit(What.DOUBT, node, detail=f"a pattern reads `.{read}`, which may query the database")
        ends: Env | None = dict(env)
        for case in node.cases:
            inside = dict(env)
            for part in walk(case.pattern):
                name = getattr(part, "name", None) or getattr(part, "rest", None)
                if isinstance(name, str):
                    inside[name] = UNKNOWN
            if case.guard is not None:
                condition(self, case.guard, inside)
            ends = join_envs(ends, self.block(case.body, inside))
        return ends

    def augmented(self, node: ast.AugAssign, env: Env) -> None:
        """`x += y` and the like."""
        value = self.expression(node.value, env)
        target = _as_load(node.target)
        current = self.expression(target, env)
        if any(m.kind in LAZY for m in members(current)) and isinstance(node.op, ast.BitOr | ast.BitAnd | ast.BitXor):
            result = current.but(origins=None, cached=False, touched=False)
        elif current.kind is Kind.LIST and isinstance(node.op, ast.Add):
            item = consume(self, node.value, value, env, "extend")
            result = list_of(join(current.item, item) if current.item and current.item.kind is not Kind.NONE else item)
        elif current.kind is Kind.UNKNOWN and any(m.kind in LAZY for m in members(value)):
            consume(self, node.value, value, env, "extend")
            result = UNKNOWN
        else:
            result = OPAQUE if current.kind is Kind.OPAQUE else current
        if isinstance(node.target, ast.Name):
            env[node.target.id] = result
        elif isinstance(node.target, ast.Attribute):
            owner = node.target.value.id if isinstance(node.target.value, ast.Name) else ""
            keep(self, node.target.attr, env.get(owner, UNKNOWN), result)
        elif node.target in self.subscripts:
            base, key = self.subscripts[node.target]
            put_item(self, node.target, base, key, result, env)

    def assign(self, target: ast.expr, value: Type, env: Env, source: ast.expr | None) -> None:
        """Binds a target."""
        match target:
            case ast.Name():
                if source is not None:
                    self.analysis.values[source] = value
                if isinstance(source, ast.Name | ast.IfExp | ast.BoolOp | ast.NamedExpr):
                    value = evaluated.touched(value)
                    evaluated.touch([n for n in walk(source) if isinstance(n, ast.Name)], env)
                elif self.captured and target.id in self.captured:
                    value = evaluated.touched(value)
                self.bind(target.id, value, env)
            case ast.Tuple() | ast.List():
                self.unpack(target, value, env, source)
            case ast.Starred():
                self.assign(target.value, list_of(value), env, None)
            case ast.Attribute():
                self.reset(target)
                base = self.expression(target.value, env)
                set_attribute(self, target, base, value, env)
            case ast.Subscript():
                self.reset(target)
                set_item(self, target, value, env)
            case _:
                pass

    def bind(self, name: str, value: Type, env: Env) -> None:
        """Binds a name; nested functions see any of the values that it ever has."""
        self.locals.add(name)
        if name in self.rebound:
            value = UNKNOWN
        elif name in self.shared and value.kind in CONTAINERS:
            value = containers.opened(value)
        self.bound[name] = join(self.bound.get(name), evaluated.touched(value.but(cached=False)))
        env[name] = value

    def unpack(self, target: ast.Tuple | ast.List, value: Type, env: Env, source: ast.expr | None) -> None:
        """`a, b = value`: a lazy value is evaluated by it."""
        if value.kind is Kind.LIST and value.options and len(value.options) == len(target.elts):
            for element, part in zip(target.elts, value.options, strict=True):
                self.assign(element, part, env, None)
            return
        item = consume(self, source, value, env, "unpack") if source is not None else _element(value)
        for element in target.elts:
            self.assign(element, item, env, None)

    def define(self, node: FunctionNode, env: Env) -> None:
        """A `def`: its defaults and decorators are evaluated here, its body when it is called."""
        self.header(node, env)
        if not self.at_module:  # a name of the module is found there, like that of any other module
            kind = Type(Kind.FUNCTION, self.prefix + node.name) if not node.decorator_list else UNKNOWN
            self.bind(node.name, kind, env)

    def header(self, node: FunctionNode, env: Env) -> None:
        """The defaults and decorators of a `def`."""
        for default in (*node.args.defaults, *node.args.kw_defaults):
            if default is not None:
                self.expression(default, env)
        for decorator in node.decorator_list:
            self.expression(decorator, env)

    def local_class(self, node: ast.ClassDef, env: Env, prefix: str = "") -> None:
        """A class: its body runs here, and names in it mean its methods. `prefix` is the class that it is in."""
        for base in (*node.bases, *(k.value for k in node.keywords), *node.decorator_list):
            self.expression(base, env)
        name = (prefix or self.prefix) + node.name
        inside = dict(env)
        for statement in node.body:
            if isinstance(statement, ast.FunctionDef | ast.AsyncFunctionDef):
                self.header(statement, inside)
                plain = not statement.decorator_list
                inside[statement.name] = Type(Kind.FUNCTION, f"{name}.{statement.name}") if plain else UNKNOWN
            elif isinstance(statement, ast.ClassDef):
                self.local_class(statement, inside, f"{name}.")
            else:
                self.statement(statement, inside)
        if prefix:
            env[node.name] = Type(Kind.CLASS, name)
        elif not self.at_module:
            self.bind(node.name, Type(Kind.CLASS, name), env)

    @property
    def at_module(self) -> bool:
        """Whether this runs over a module's own statements."""
        return self.analysis.qualified.endswith(".")

    @property
    def prefix(self) -> str:
        """What the qualified names of functions and classes defined here begin with."""
        return self.analysis.qualified if self.at_module else f"{self.analysis.qualified}.<locals>."


def _element(value: Type) -> Type:
    return value.item or UNKNOWN if value.kind is Kind.LIST else OPAQUE if value.kind is Kind.OPAQUE else UNKNOWN


def _as_load(target: ast.expr) -> ast.expr:
    """The target of an augmented assignment is read too. Its node keeps its place."""
    return target
