"""Counts the thread hops of one function by walking its body in the order in which Python evaluates it."""

from __future__ import annotations

import ast
from collections.abc import Callable, Iterable, Mapping, Sequence

from amigrate.facts.effects import Effect
from amigrate.model import Site
from amigrate.plan.context import span
from amigrate.plan.hop_costs import Cost
from amigrate.plan.hops import NOTHING, NOWHERE, Counted, Loop, Way, Ways, costing, either, then

_COMPREHENSIONS = (ast.ListComp, ast.SetComp, ast.DictComp, ast.GeneratorExp)
_ADAPTERS = frozenset({"sync_to_async", "database_sync_to_async"})
_DEFINITIONS = (ast.FunctionDef, ast.AsyncFunctionDef, ast.ClassDef, ast.Lambda)


class Walk:
    """The walk through one function.

    Args:
        path: the file, for the loops.
        sites: the sites of the function by place and kind of node.
        effects: its effects by node.
        of_site, of_await: what an edit, or an `await` that is there already, costs.
    """

    def __init__(
        self,
        path: str,
        sites: Mapping[tuple[object, str], Sequence[Site]],
        effects: Mapping[int, Sequence[Effect]],
        of_site: Callable[[Walk, ast.AST, Site, Sequence[Effect]], Ways],
        of_await: Callable[[Walk, ast.AST], Ways],
    ) -> None:
        self.path, self.sites, self.effects = path, sites, effects
        self._of_site, self._of_await = of_site, of_await
        self.loops: set[Loop] = set()
        self.in_thread: set[str] = set()  # functions inside this one that `@sync_to_async` runs in a thread

    def run(self, node: ast.FunctionDef | ast.AsyncFunctionDef) -> Counted:
        """The whole function."""
        through, returned = self.block(node.body)
        return Counted(through, returned, self.loops)

    # --- statements: (ways that go on, ways that return)

    def block(self, body: Iterable[ast.stmt]) -> tuple[Ways, Ways]:
        """Statements one after the other."""
        through, returned = NOTHING, NOWHERE
        for statement in body:
            if not through:
                break
            on, out = self.statement(statement)
            returned = either(returned, then(through, out)) if out else returned
            through = then(through, on) if on else NOWHERE
        return through, returned

    def statement(self, node: ast.stmt) -> tuple[Ways, Ways]:
        """One statement, with what an edit of the statement itself costs before it."""
        first = self.own(node)
        on, out = self._statement(node)
        return (then(first, on) if on else NOWHERE), (then(first, out) if out else NOWHERE)

    def _statement(self, node: ast.stmt) -> tuple[Ways, Ways]:
        match node:
            case ast.Return():
                return NOWHERE, self.expression(node.value)
            case ast.Raise():
                return NOWHERE, NOWHERE
            case ast.If():
                test = self.expression(node.test)
                sides = [self.block(node.body), self.block(node.orelse)]
                on = either(*(side[0] for side in sides))
                out = either(*(side[1] for side in sides))
                return (then(test, on) if on else NOWHERE), (then(test, out) if out else NOWHERE)
            case ast.For() | ast.AsyncFor():
                before = self.expression(node.iter)
                if isinstance(node, ast.AsyncFor):
                    before = then(before, self._of_await(self, node))
                return self._turns(node, before, NOTHING)
            case ast.While():
                test = self.expression(node.test)
                return self._turns(node, test, test)
            case ast.Try() | ast.TryStar():
                return self._attempt(node)
            case ast.With() | ast.AsyncWith():
                enter = self.all(item.context_expr for item in node.items)
                if isinstance(node, ast.AsyncWith):
                    enter = then(enter, self._of_await(self, node))
                on, out = self.block(node.body)
                return (then(enter, on) if on else NOWHERE), (then(enter, out) if out else NOWHERE)
            case ast.Match():
                sides = [self.block(case.body) for case in node.cases]
                subject = self.expression(node.subject)
                on = either(NOTHING, *(side[0] for side in sides))
                return then(subject, on), then(subject, either(*(side[1] for side in sides)))
            case ast.FunctionDef() | ast.AsyncFunctionDef() | ast.ClassDef():
                if any(is_adapter(decorator) for decorator in node.decorator_list):
                    self.in_thread.add(node.name)
                return NOTHING, NOWHERE
        return self.all(c for c in ast.iter_child_nodes(node) if isinstance(c, ast.expr)), NOWHERE

    def _turns(self, node: ast.For | ast.AsyncFor | ast.While, before: Ways, each: Ways) -> tuple[Ways, Ways]:
        on, out = self.block(node.body)
        self._loop(node.lineno, then(each, on) if on else each)
        once = frozenset(name for way in on for name in way.once)
        turned = either(before, then(before, frozenset({Way(0, once)}))) if once else before
        after, returned = self.block(node.orelse)
        return (
            (then(turned, after) if after else turned),
            either(then(turned, out) if out else NOWHERE, then(turned, returned) if returned else NOWHERE),
        )

    def _loop(self, line: int, ways: Ways, per: str = "turn") -> None:
        low, high = min(way.hops for way in ways), max(way.hops for way in ways)
        if high:
            self.loops.add(Loop(self.path, line, low, high, per))

    def per_key(self, node: ast.AST) -> Ways:
        """A call that hops for each key that it is given."""
        self.loops.add(Loop(self.path, getattr(node, "lineno", 0), 1, 1, "key"))
        return NOTHING

    def per_chunk(self, node: ast.AST) -> Ways:
        """`aiterator()`: a hop for each chunk of rows; the first is always there."""
        self.loops.add(Loop(self.path, getattr(node, "lineno", 0), 1, 1, "further chunk of rows"))
        return costing(Cost(1, 1))

    def _attempt(self, node: ast.Try | ast.TryStar) -> tuple[Ways, Ways]:
        on, out = self.block(node.body)
        failed = _begun(either(on, out) or self._all_in(node.body))
        on, out = (
            (then(on, part) if on and (part := self.block(node.orelse)[0]) else on),
            either(out, then(on, self.block(node.orelse)[1]) if on else NOWHERE),
        )
        for handler in node.handlers:
            handled, returned = self.block(handler.body)
            on = either(on, then(failed, handled) if handled else NOWHERE)
            out = either(out, then(failed, returned) if returned else NOWHERE)
        last, returned = self.block(node.finalbody)
        return (then(on, last) if on else NOWHERE), either(
            then(out, last) if out else NOWHERE, then(on, returned) if returned and on else NOWHERE
        )

    def _all_in(self, body: Sequence[ast.stmt]) -> Ways:
        """What a block costs that always raises, up to there."""
        parts = [c for s in body for c in ast.iter_child_nodes(s) if isinstance(c, ast.expr)]
        return self.all(parts)

    # --- expressions

    def all(self, nodes: Iterable[ast.AST | None]) -> Ways:
        """Expressions that are all evaluated."""
        ways = NOTHING
        for node in nodes:
            ways = then(ways, self.expression(node))
        return ways

    def expression(self, node: ast.AST | None) -> Ways:
        """An expression with everything that is evaluated in it."""
        if node is None or isinstance(node, _DEFINITIONS):
            return NOTHING
        inner = self._parts(node)
        if isinstance(node, ast.Await):
            return then(inner, self._of_await(self, node))
        return then(inner, self.own(node))

    def own(self, node: ast.AST) -> Ways:
        """What the edits of one node cost."""
        if not hasattr(node, "lineno"):
            return NOTHING
        ways = NOTHING
        for site in self.sites.get((span(node), type(node).__name__), ()):
            ways = then(ways, self._of_site(self, node, site, self.effects.get(id(node), ())))
        return ways

    def _parts(self, node: ast.AST) -> Ways:
        match node:
            case ast.BoolOp():
                ways = self.expression(node.values[-1])
                for value in reversed(node.values[:-1]):
                    ways = then(self.expression(value), either(NOTHING, ways))
                return ways
            case ast.IfExp():
                return then(
                    self.expression(node.test), either(self.expression(node.body), self.expression(node.orelse))
                )
            case ast.ListComp() | ast.SetComp() | ast.DictComp() | ast.GeneratorExp():
                return self._comprehension(node)
        return self.all(ast.iter_child_nodes(node))

    def _comprehension(self, node: ast.ListComp | ast.SetComp | ast.DictComp | ast.GeneratorExp) -> Ways:
        first, *others = node.generators
        before = self.expression(first.iter)
        if first.is_async:
            before = then(before, self._of_await(self, first))
        elements = [node.key, node.value] if isinstance(node, ast.DictComp) else [node.elt]
        turn = self.all([*first.ifs, *(part for c in others for part in (c.iter, *c.ifs)), *elements])
        for clause in others:
            if clause.is_async:
                turn = then(turn, self._of_await(self, clause))
        self._loop(node.lineno, turn)
        once = frozenset(name for way in turn for name in way.once)
        return either(before, then(before, frozenset({Way(0, once)}))) if once else before

    def later_clauses(self, node: ast.AST, number: int) -> None:
        """Clauses of a comprehension after the first run through a queryset for each row of the one before."""
        if number:
            self.loops.add(Loop(self.path, getattr(node, "lineno", 0), number, number))


def is_adapter(node: ast.expr) -> bool:
    """Whether an expression names what runs a function in a thread."""
    return (node.id if isinstance(node, ast.Name) else getattr(node, "attr", "")) in _ADAPTERS


def _begun(ways: Ways) -> Ways:
    """The ways in which a block may be left by an exception: what fails is mostly what is waited for."""
    return frozenset(Way(hops, way.once) for way in ways for hops in (range(1, way.hops + 1) if way.hops else (0,)))
