"""The analyses of all functions of a program, made on demand, and what they share: names, classes, results."""

from __future__ import annotations

import ast
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from amigrate.facts import containers
from amigrate.facts.adapters import is_adapter
from amigrate.facts.annotations import annotation_type
from amigrate.facts.away import bring_back
from amigrate.facts.blocking import Blocking
from amigrate.facts.classes import Classes
from amigrate.facts.effects import Analysis
from amigrate.facts.flow import Flow
from amigrate.facts.following import Following
from amigrate.facts.lattice import (
    UNKNOWN,
    Kind,
    Type,
    anonymous,
)
from amigrate.facts.model_graph import ModelGraph
from amigrate.facts.module import Function
from amigrate.facts.names import Names
from amigrate.facts.parameters import parameters
from amigrate.facts.program import Program
from amigrate.facts.trees import Read, Trees
from amigrate.facts.values import decorator_name

if TYPE_CHECKING:
    from amigrate.facts.oracle import Oracle

# decorators that hand on the function's result as it is
TRANSPARENT = frozenset(
    "staticmethod classmethod property functools.cached_property django.utils.functional.cached_property "
    "contextlib.contextmanager abc.abstractmethod functools.wraps typing.override typing.final functools.lru_cache "
    "functools.cache django.db.transaction.atomic typing.overload".split()
)


@dataclass(slots=True)
class Asked:
    """What somebody wanted to know of the program's functions, with the answers of that time."""

    analyses: dict[str, Analysis] = field(default_factory=dict)
    blocking: dict[str, bool] = field(default_factory=dict)


class Analyst:
    """Analyses functions on demand and remembers the results.

    Args:
        program: the linked program.
        graph: its models.
        read: gives the bytes of a file by its path.
        oracle: a second opinion on types (Pyrefly), or None.
    """

    def __init__(self, program: Program, graph: ModelGraph, read: Read, oracle: Oracle | None = None) -> None:
        self.program = program
        self.graph = graph
        self.trees = Trees(program, read)
        self.following = Following(program, self.trees)
        self.classes = Classes(program, graph)
        self.names = Names(self)
        self.blocking = Blocking(self)
        self.oracle = oracle
        self.analyses: dict[str, Analysis] = {}
        self.arguments: dict[str, dict[str, Type]] = {}
        self.request_parameters: dict[str, frozenset[str]] = {}
        self.responding: dict[str, frozenset[str]] = {}  # by wrapper, what it calls and what answers a request
        self.converted_parameters: dict[str, set[str]] = {}
        self.message_handlers: set[str] = set()  # methods of consumers, which get text, numbers and what JSON holds
        self.entries: frozenset[str] = frozenset()
        self.stack: list[str] = []  # the functions whose analysis is under way
        self.users: dict[str, set[str]] = {}  # function -> functions whose analysis used what it returns
        self.loaded_by_self: dict[str, frozenset[str] | None] = {}
        self.written: dict[str, frozenset[str]] = {}
        self.written_given: dict[tuple[str, str], bool] = {}
        self.view_arguments: frozenset[str] = frozenset()  # what as_view() is given by name anywhere
        self.unloading: dict[str, bool] = {}
        self.saving: dict[str, bool] = {}
        self.cleaned_values: dict[str, Type] = {}  # what validation leaves of the fields of a form class
        self._made_with: dict[str, dict[str, Type]] = {}  # function -> argument types its analysis started from
        self._nested: dict[str, tuple[frozenset[str], ...]] = {}
        self._running: set[str] = set()
        self.flows: dict[str, Flow] = {}
        self.standing = 0  # how many analyses were made since trees were put away
        self._annotations: dict[str, ast.expr | None] = {}
        self.defaults: dict[str, dict[str, Type]] = {}  # of the parameters of functions
        self._early: dict[str, set[str]] = {}  # by what was being analysed, those that wanted to know what it keeps
        self._asked: Asked | None = None

    # --- analyses

    def shared_names(self, qualified: str, node: ast.AST) -> tuple[frozenset[str], ...]:
        """See `shared_names`, `rebound_names` and `captured_names` of `containers`."""
        if qualified not in self._nested:
            nested = containers.nested_functions(node)
            self._nested[qualified] = (
                containers.shared_names(node),
                containers.rebound_names(nested),
                containers.captured_names(nested),
            )
        return self._nested[qualified]

    def analyse(self, qualified: str) -> Analysis:
        """The analysis of a function; an incomplete one while it is being made (recursion)."""
        known = self.told(qualified)
        if known.away:
            bring_back(known, self.trees)
        return known

    def told(self, qualified: str) -> Analysis:
        """As `analyse`, for who looks at no nodes: those of the analysis may be put away."""
        if (known := self.analyses.get(qualified)) is None:
            with self._unasked():
                known = self._analyse(qualified)
        if self._asked is not None:
            self._asked.analyses[qualified] = known
        return known

    def _analyse(self, qualified: str) -> Analysis:
        if qualified.endswith("."):
            return self._analyse_module(qualified.removesuffix("."))
        found = self.program.functions.get(qualified)
        node = self.trees.node(qualified)
        if found is None or node is None:
            empty = Analysis(qualified, found[0].path if found else "", ast.Module([], []))
            self.analyses[qualified] = empty
            return empty
        module, function = found
        analysis = Analysis(qualified, module.path, node)
        self.analyses[qualified] = analysis
        self.standing += 1
        outer = self._outer(qualified)
        owner = f"{module.module}.{function.owner}" if function.owner else ""
        flow = Flow(self, analysis, module.module, owner, outer)
        self._made_with[qualified] = dict(self.arguments.get(qualified, {}))
        self.flows[qualified] = flow
        self.stack.append(qualified)
        try:
            flow.run(node.body, parameters(self, qualified, node, owner, module.module))
        finally:
            self.stack.pop()
        analysis.complete = True
        for reader in self._early.pop(qualified, set()) - set(self.stack):
            self.analyses.pop(reader, None)
            self.flows.pop(reader, None)
            self.blocking.forget()
        return analysis

    def too_early(self, qualified: str) -> None:
        """What is analysed now wants to know what a function keeps that is being analysed: it is made again later."""
        if self.stack and self.stack[-1] != qualified:
            self._early.setdefault(qualified, set()).add(self.stack[-1])

    def _analyse_module(self, module: str) -> Analysis:
        tree = self.trees.tree(module) or ast.Module([], [])
        facts = self.program.modules[module]
        analysis = Analysis(f"{module}.", facts.path, tree)
        self.analyses[f"{module}."] = analysis
        flow = Flow(self, analysis, module, "")
        self.stack.append(f"{module}.")
        flow.run(tree.body, {})
        self.stack.pop()
        analysis.complete = True
        return analysis

    # --- what answers depend on

    @contextmanager
    def asking(self) -> Iterator[Asked]:
        """Notes all that is asked meanwhile."""
        with self._unasked():
            self._asked = Asked()
            yield self._asked

    def still(self, asked: Asked) -> bool:
        """Whether the answers would be the same now."""
        return all(self.analyses.get(name) is analysis for name, analysis in asked.analyses.items()) and all(
            self.blocks(name) is blocking for name, blocking in asked.blocking.items()
        )

    @contextmanager
    def _unasked(self) -> Iterator[None]:
        asked, self._asked = self._asked, None
        try:
            yield
        finally:
            self._asked = asked

    def refresh(self) -> bool:
        """Makes the analyses again that were made with other argument types than are known now; whether there were any.

        Those that used what one of them found are dropped only if that has changed.
        """
        stale = [q for q in self.analyses if self.arguments.get(q, {}) != self._made_with.get(q, {})]
        before = {q: (self.analyses.pop(q), self.flows.pop(q, None)) for q in stale}
        self.forget(())
        for qualified in stale:
            self.analyse(qualified)
        gone: list[str] = []
        for qualified, (analysis, flow) in before.items():
            seen, inner = self._differs(qualified, analysis, flow)
            used = {
                u for u in self.users.get(qualified, ()) if seen or (inner and u.startswith(f"{qualified}.<locals>."))
            }
            if used:
                gone.extend(sorted(used))
                self.users[qualified] -= used
        self.forget(gone)
        return bool(stale)

    def _differs(self, qualified: str, before: Analysis, flow: Flow | None) -> tuple[bool, bool]:
        """Whether a function's analysis tells its users something else than before; those nested in it see more."""
        now, here = self.analyses[qualified], self.flows.get(qualified)
        seen = before.returns != now.returns or before.complete is not now.complete
        if not seen and qualified in self.program.functions and self.program.functions[qualified][1].stores:
            seen = before.variables != now.variables or before.kept != now.kept
        if flow is None or here is None:
            return seen, seen or flow is not here
        return seen, seen or flow.bound != here.bound or flow.outer != here.outer

    def adopt(self, other: Analyst, names: Iterable[str]) -> None:
        """Takes over analyses that were made in another program, in which these functions, and all that they use,
        were the same."""
        taken = {name for name in names if name in other.analyses and other.analyses[name].complete}
        for name in taken:
            self.analyses[name] = other.analyses[name]
            if name in other.flows:
                self.flows[name] = other.flows[name]
            if name in other._made_with:
                self._made_with[name] = other._made_with[name]
            if name in other.arguments:
                self.arguments[name] = dict(other.arguments[name])
            self.users.setdefault(name, set()).update(other.users.get(name, set()) & taken)

    def forget(self, names: Iterable[str]) -> None:
        """Drops analyses and those that used their results: they are made again with what is known by then."""
        stack = list(names)
        self.names.forget()
        self.blocking.forget()
        while stack:
            name = stack.pop()
            self.analyses.pop(name, None)
            self.flows.pop(name, None)
            stack.extend(self.users.pop(name, ()))

    def _outer(self, qualified: str) -> dict[str, Type]:
        head, separator, _ = qualified.rpartition(".<locals>.")
        if not separator:
            return {}
        self.users.setdefault(head, set()).add(qualified)
        # the enclosing function; a method of a local class sees it too
        while head and head not in self.program.functions:
            head = head.rpartition(".")[0]
        if not head:
            return {}
        self.told(head)
        flow = self.flows.get(head)
        return {**flow.outer, **{n: anonymous(k) for n, k in flow.bound.items()}} if flow is not None else {}

    def returns(self, qualified: str) -> Type:
        """What a call of a function gives: its annotation, else what the analysis found."""
        found = self.program.functions.get(qualified)
        if found is None or qualified in self.program.duplicated:
            return UNKNOWN
        if self.stack:
            self.users.setdefault(qualified, set()).add(self.stack[-1])
        module, function = found
        for decorator in function.decorators:
            name = decorator_name(decorator)
            resolved = self.program.resolve(module.module, name).qualified if name else ""
            kept = resolved in TRANSPARENT or is_adapter(resolved)
            if not kept and name.rpartition(".")[2] not in ("setter", "getter", "register"):
                return UNKNOWN
        if qualified in self._running:
            return _recursive(qualified, function)
        self._running.add(qualified)
        try:
            analysis = self.told(qualified)
        finally:
            self._running.discard(qualified)
        result = (
            analysis.returns if analysis.complete or analysis.returns != UNKNOWN else _recursive(qualified, function)
        )
        if result.kind is Kind.UNKNOWN and (annotation := self._annotation_of(qualified)) is not None:
            return annotation_type(self, module.module, annotation)
        return result

    def _annotation_of(self, qualified: str) -> ast.expr | None:
        """The annotation of what a function returns."""
        if qualified not in self._annotations:
            node = self.trees.node(qualified)
            self._annotations[qualified] = node.returns if node is not None else None
        return self._annotations[qualified]

    # --- judgements

    def blocks(self, qualified: str) -> bool:
        """Whether running a function may block: it or anything that it calls has a blocking or doubtful effect."""
        if (known := self.blocking.found.get(qualified)) is None:
            with self._unasked():
                known = self.blocking.find(qualified)
        if self._asked is not None:
            self._asked.blocking[qualified] = known
        return known

    def is_decorated(self, qualified: str) -> bool:
        """Whether a decorator may do more than hand on the function."""
        module, function = self.program.functions[qualified]
        for decorator in function.decorators:
            name = decorator_name(decorator)
            resolved = self.program.resolve(module.module, name).qualified if name else "?"
            if resolved == "django.db.transaction.atomic":
                return True
            if resolved not in TRANSPARENT and name.rpartition(".")[2] not in ("setter", "getter"):
                return True
        return False

    def ask_oracle(self, flow: Flow, node: ast.expr) -> Type:
        """What the oracle knows of an expression that we do not."""
        if self.oracle is None:
            return UNKNOWN
        from amigrate.facts.second_opinion import oracle_type

        return oracle_type(self, flow.analysis.path, node)

    def contradiction(self, path: str, func: ast.expr, receiver: Type) -> str:
        """Why the receiver of a method call is not what we take it for, by the oracle's evidence; "" if it agrees."""
        if self.oracle is None or not isinstance(func, ast.Attribute):
            return ""
        from amigrate.facts.second_opinion import contradiction

        return contradiction(self, path, func.value, receiver)

    def annotation(self, module: str, node: ast.expr) -> Type:
        """The type that an annotation names."""
        return annotation_type(self, module, node)


def _recursive(qualified: str, function: Function) -> Type:
    """What a function gives that is being analysed: of a generator function that is known all the same."""
    return Type(Kind.GENERATOR, qualified, item=UNKNOWN) if function.is_generator else UNKNOWN
