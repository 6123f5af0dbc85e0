"""The analyses of all functions of a program, made on demand, and what they share: names, classes, results."""

from __future__ import annotations

import ast
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from functools import cached_property
from typing import TYPE_CHECKING

from amigrate.discover.project import Role
from amigrate.facts import containers
from amigrate.facts.adapters import is_adapter
from amigrate.facts.annotations import annotation_type
from amigrate.facts.classes import Classes
from amigrate.facts.comparing import COMPARISONS
from amigrate.facts.effects import Analysis, What
from amigrate.facts.evaluated import touched
from amigrate.facts.flow import Flow, FunctionNode
from amigrate.facts.following import Following
from amigrate.facts.lattice import (
    LAZY,
    LIST,
    NONE,
    OPAQUE,
    SELF,
    UNKNOWN,
    Kind,
    Type,
    anonymous,
    instance,
    join,
    members,
)
from amigrate.facts.model_graph import ModelGraph
from amigrate.facts.module import Function
from amigrate.facts.names import Names
from amigrate.facts.oracle import Oracle
from amigrate.facts.program import Program
from amigrate.facts.self_paths import missing_paths
from amigrate.facts.trees import Read, Trees
from amigrate.facts.values import decorator_name

if TYPE_CHECKING:
    from amigrate.facts.arguments import Arguments

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
        self._treacherous: dict[str, str] = {}
        self.cleaned_values: dict[str, Type] = {}  # what validation leaves of the fields of a form class
        self._made_with: dict[str, dict[str, Type]] = {}  # function -> argument types its analysis started from
        self._nested: dict[str, tuple[frozenset[str], ...]] = {}
        self._running: set[str] = set()
        self.flows: dict[str, Flow] = {}
        self._early: dict[str, set[str]] = {}  # by what was being analysed, those that wanted to know what it keeps
        self._property_blocks: dict[str, bool] = {}
        self._blocking: dict[str, bool] = {}  # what `blocks` has found
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
        outer = self._outer(qualified)
        owner = f"{module.module}.{function.owner}" if function.owner else ""
        flow = Flow(self, analysis, module.module, owner, outer)
        self.flows[qualified] = flow
        self.stack.append(qualified)
        try:
            flow.run(node.body, self._parameters(qualified, node, owner, module.module))
        finally:
            self.stack.pop()
        analysis.complete = True
        for reader in self._early.pop(qualified, set()) - set(self.stack):
            self.analyses.pop(reader, None)
            self.flows.pop(reader, None)
            self._blocking.clear()
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
        self._blocking.clear()
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
        self.analyse(head)
        flow = self.flows.get(head)
        return {**flow.outer, **{n: anonymous(k) for n, k in flow.bound.items()}} if flow is not None else {}

    def _parameters(self, qualified: str, node: FunctionNode, owner: str, module: str) -> dict[str, Type]:
        given = self.arguments.get(qualified, {})
        self._made_with[qualified] = dict(given)
        requests = self.request_parameters.get(qualified)
        parameters: dict[str, Type] = {}
        everything = [*node.args.posonlyargs, *node.args.args, *node.args.kwonlyargs]
        static = any(isinstance(d, ast.Name) and d.id == "staticmethod" for d in node.decorator_list)
        for at, argument in enumerate(everything):
            kind = annotation_type(self, module, argument.annotation) if argument.annotation else UNKNOWN
            if kind.kind not in LAZY and any(m.kind in LAZY for m in members(given.get(argument.arg, kind))):
                kind = join(kind, given[argument.arg])  # an annotation `list` of what is called with a queryset
            if at == 0 and owner and not static and "<locals>" not in qualified.rpartition(f"{owner}.")[2]:
                kind = self.self_type(owner, node)
            elif kind.kind is Kind.UNKNOWN and requests is not None:
                kind = Type(Kind.REQUEST) if argument.arg in requests else self._url_parameter(qualified, argument.arg)
                kind = join(kind, given[argument.arg]) if argument.arg in given else kind
            elif kind.kind is Kind.UNKNOWN and qualified in self.message_handlers:
                kind = join(OPAQUE, given[argument.arg]) if argument.arg in given else OPAQUE
            elif kind.kind is Kind.UNKNOWN and argument.arg in given:
                kind = given[argument.arg]
            elif kind.kind is Kind.UNKNOWN and qualified in self.entries:
                kind = self._defaults(qualified).get(argument.arg, UNKNOWN)
            if kind.kind is Kind.UNKNOWN and argument.arg == "request":
                kind = Type(Kind.REQUEST)
            if argument.arg not in given:
                kind = touched(kind)  # callers that are not seen may have evaluated it
            is_self = at == 0 and bool(owner) and kind.kind is Kind.INSTANCE and kind.ref == owner
            parameters[argument.arg] = anonymous(kind).but(origins=SELF if is_self else None)
        if node.args.vararg is not None:
            parameters[node.args.vararg.arg] = LIST
        if node.args.kwarg is not None:
            parameters[node.args.kwarg.arg] = Type(Kind.DICT, item=OPAQUE if requests is not None else UNKNOWN)
        return parameters

    def _url_parameter(self, qualified: str, name: str) -> Type:
        """What a URL pattern gives a view: text or a number, unless a converter or a default of the project's does."""
        if name in self.converted_parameters.get(qualified, ()):
            return UNKNOWN
        return UNKNOWN if self._defaults(qualified).get(name, OPAQUE).kind is Kind.UNKNOWN else OPAQUE

    def self_type(self, owner: str, node: FunctionNode | None = None) -> Type:
        """The type of `self` (or `cls`) in a class."""
        is_class = node is not None and any(
            isinstance(d, ast.Name) and d.id == "classmethod" for d in node.decorator_list
        )
        if owner in self.graph.models:
            return Type(Kind.MODEL, owner) if is_class else instance(owner)
        if is_class:
            return Type(Kind.CLASS, owner)
        if self.classes.is_queryset_class(owner):
            model = self.classes.model_of_manager(owner)
            is_manager = any(n.rpartition(".")[2].endswith("Manager") for n in self.program.linearise(owner))
            return Type(Kind.MANAGER if is_manager else Kind.QUERYSET, model, manager=owner)
        return Type(Kind.OBJECT, owner)

    def record_call(self, caller: str, qualified: str, args: Arguments, *, method: bool) -> None:
        """Remembers the argument types of a call, joined over all calls seen but those of tests."""
        found = self.program.functions.get(qualified)
        if found is None or self.program.roles.get(caller) is Role.TEST:
            return
        names = list(found[1].parameters)
        if (method or found[1].owner) and names and names[0] in ("self", "cls"):
            names = names[1:]
        known = self.arguments.setdefault(qualified, {})
        if args.starred:
            known.update(dict.fromkeys(names, UNKNOWN))
            return
        for name, (_, kind) in zip(names, args.positional, strict=False):
            known[name] = join(known.get(name), anonymous(kind))
        for name, (_, kind) in args.keywords.items():
            known[name] = join(known.get(name), anonymous(kind))
        defaults = self._defaults(qualified)
        positional = set(names[: len(args.positional)])
        for name, kind in defaults.items():
            if name not in positional and name not in args.keywords:
                known[name] = join(known.get(name), kind)

    def record_value(self, caller: str, qualified: str) -> None:
        """A function is handed over: whoever calls it may give it anything."""
        found = self.program.functions.get(qualified)
        known = qualified in self.request_parameters or qualified in self.entries
        if found is not None and not known and self.program.roles.get(caller) is not Role.TEST:
            names = [n for n in found[1].parameters if n not in ("self", "cls")]
            self.arguments.setdefault(qualified, {}).update(dict.fromkeys(names, UNKNOWN))

    def _defaults(self, qualified: str) -> dict[str, Type]:
        node = self.trees.node(qualified)
        if node is None:
            return {}
        positional = [*node.args.posonlyargs, *node.args.args]
        pairs = list(zip(reversed(positional), reversed(node.args.defaults), strict=False))
        pairs += [(a, d) for a, d in zip(node.args.kwonlyargs, node.args.kw_defaults, strict=True) if d is not None]
        return {
            a.arg: (NONE if d.value is None else OPAQUE) if isinstance(d, ast.Constant) else UNKNOWN for a, d in pairs
        }

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
            analysis = self.analyse(qualified)
        finally:
            self._running.discard(qualified)
        result = (
            analysis.returns if analysis.complete or analysis.returns != UNKNOWN else _recursive(qualified, function)
        )
        if result.kind is Kind.UNKNOWN:
            node = self.trees.node(qualified)
            if node is not None and node.returns is not None:
                return annotation_type(self, module.module, node.returns)
        return result

    # --- judgements

    def may_be_property(self, name: str) -> bool:
        """Whether any class of the program has a property of that name that may block."""
        if name not in self.classes.properties:
            return False
        if name not in self._property_blocks:
            self._property_blocks[name] = True  # while it is being found out
            self._property_blocks[name] = any(self.blocks(q) for q in self.classes.properties[name])
        return self._property_blocks[name]

    def treacherous(self, qualified: str) -> str:
        """A special method of a class that may query, and that Python calls without anything to be seen of it."""
        if qualified not in self._treacherous:
            self._treacherous[qualified] = ""  # while it is being found out
            # a row is of the class that was asked for, other objects may be of any class derived from it
            derived = self.program.descendants(qualified) if qualified not in self.graph.models else ()
            for owner in (*self.program.linearise(qualified), *derived):
                found = self.program.classes.get(owner)
                names = [m for m in found[1].methods if m.startswith("__") and m.endswith("__")] if found else []
                blocking = (n for n in names if n not in _FOLLOWED and self.blocks(f"{owner}.{n}"))
                for name in sorted(blocking, key=lambda n: n in COMPARISONS):  # they are called in fewer places
                    known = self._treacherous[qualified]
                    if not known or (name not in COMPARISONS and known.rpartition(".")[2] in COMPARISONS):
                        self._treacherous[qualified] = f"{owner}.{name}"
        return self._treacherous[qualified]

    @cached_property
    def _blocking_text(self) -> bool:
        return any(self.blocks(t) for name in self.graph.models for t in self.classes.dunders(name, ("__str__",)))

    def text_may_block(self) -> bool:
        """Whether turning some model's instance into text may query."""
        if "__text__" in self._running:
            return True
        self._running.add("__text__")
        try:
            return self._blocking_text
        finally:
            self._running.discard("__text__")

    def blocks(self, qualified: str) -> bool:
        """Whether running a function may block: it or anything that it calls has a blocking or doubtful effect."""
        if (known := self._blocking.get(qualified)) is None:
            with self._unasked():
                known = self._may_block(qualified)
        if self._asked is not None:
            self._asked.blocking[qualified] = known
        return known

    def _may_block(self, qualified: str) -> bool:
        seen, stack = set(), [qualified]
        while stack:
            name = stack.pop()
            if name in seen or self._blocking.get(name) is False:
                continue
            seen.add(name)
            if self._blocking.get(name) or self._blocks_itself(name, stack):
                self._blocking[qualified] = True
                return True
        if seen.isdisjoint(self.stack):  # what is being analysed has no effects yet
            self._blocking.update(dict.fromkeys(seen, False))
        return False

    def _blocks_itself(self, name: str, calls: list[str]) -> bool:
        """Whether a function may block whatever it calls; that is added to `calls`."""
        if name in self.program.duplicated or (name in self.program.functions and self.is_decorated(name)):
            return True
        for effect in self.analyse(name).effects:
            if effect.what in (What.VALUE, What.MAYBE, What.MADE) or effect.extra.get("quiet"):
                continue
            if effect.targets:
                calls.extend(t for t in effect.targets if not self._loaded_for(t, effect.receiver))
            elif effect.receiver.kind is Kind.GENERATOR and effect.receiver.ref:
                calls.append(effect.receiver.ref)
            else:
                return True
        return False

    def _loaded_for(self, target: str, receiver: Type) -> bool:
        """Whether a method only reads relations that are loaded on this instance."""
        return bool(receiver.loaded) and missing_paths(self, target, receiver) == frozenset()

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


# special methods whose use is seen where it happens
_FOLLOWED = frozenset(
    "__init__ __new__ __post_init__ __call__ __str__ __repr__ __iter__ __len__ __getitem__ __bool__ __enter__ __exit__ "
    "__contains__ __aenter__ __aexit__ __aiter__ __anext__ __await__".split()
)
