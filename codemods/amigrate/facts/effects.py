"""What the flow analysis reports of a function: its effects, in source order, and what it returns."""

from __future__ import annotations

import ast
from collections.abc import Mapping
from dataclasses import dataclass, field
from enum import StrEnum

from amigrate.facts.lattice import UNKNOWN, Position, Type
from amigrate.facts.nodes import parents


class What(StrEnum):
    """The kinds of effects."""

    TERMINAL = "terminal"  # a queryset, manager, related manager or instance method that queries
    ITERATOR = "iterator"  # queryset.iterator()
    ITERATE = "iterate"  # for, or a clause of a comprehension
    CONSUME = "consume"  # a lazy value handed to something that iterates it
    TRUTH = "truth"
    LENGTH = "length"
    CONTAINS = "contains"
    INDEX = "index"
    RELATION = "relation"  # a lazy foreign key or one-to-one
    PROPERTY = "property"  # a property of the project, in `targets`
    CALL = "call"  # a call of functions of the project, in `targets`
    CONSTRUCT = "construct"  # a class of the project is instantiated: its `__init__` in `targets`
    BRIDGE = "bridge"  # a call that may block and has no async form
    FUNCTION = "function"  # a function of Django that has an async form, dotted name in `detail`
    SESSION = "session"
    CACHE = "cache"
    ADAPTED = "adapted"  # the awaited call of what `sync_to_async` made: `kind` says of what
    PAGE = "page"  # a paginator or page is built or used; `quiet` where its sync form waits for nothing
    SIGNAL = "signal"  # a signal is sent
    AUTH = "auth"  # a method of a user with an async form
    USER = "user"  # request.user is read
    TEXT = "text"  # an instance is turned into text: its `__str__` in `targets`
    CLIENT = "client"  # a request or attribute of Django's test client
    WITH = "with"  # a context manager of the project, in `targets`
    MADE = "made"  # a generator function is called: what it gives is used somewhere, function in `targets`
    EITHER = "either"  # what may be a queryset or a list is evaluated: `detail` says how
    STREAM = "stream"  # a response streams a generator of the project, or the generator expression `content`
    CONSUMER = "consumer"  # what a sync consumer of Channels inherits and waits: `send`, `accept` …, in `detail`
    DELEGATE = "delegate"  # `yield from`
    EACH = "each"  # `map`, `filter`, `key=`: the functions in `targets`, or a lambda, are called for each element
    LAMBDA = "lambda"  # a lambda of this function is called
    VALUE = "value"  # a function of the project used as a value, in `targets`
    MAYBE = "maybe"  # `x.name(...)` of an unknown receiver: may be any method of that name
    DOUBT = "doubt"  # may block, and we cannot tell: `detail` says why
    PIN = "pin"  # must stay in sync code: `detail` says why


# what evaluates a queryset: it queries, and mostly fills the result cache
EVALUATIONS = frozenset({What.ITERATE, What.CONSUME, What.TRUTH, What.LENGTH, What.CONTAINS, What.INDEX, What.ITERATOR})


@dataclass(frozen=True, slots=True)
class Effect:
    """One thing that a function does which matters for its colour.

    `node` is where it stands; `receiver` the type that it works on; `detail` the method, field, function or reason;
    `extra` holds what only some kinds need (clause index, the wrapper of a consumed value, how a value is used).
    """

    what: What
    node: ast.AST
    receiver: Type = UNKNOWN
    detail: str = ""
    targets: tuple[str, ...] = ()
    extra: Mapping[str, object] = field(default_factory=dict)


@dataclass(slots=True)
class Analysis:
    """The analysis of one function (or of a module's own statements, `qualified` ending in ".")."""

    qualified: str
    path: str
    node: ast.FunctionDef | ast.AsyncFunctionDef | ast.Module
    effects: list[Effect] = field(default_factory=list)
    returns: Type = UNKNOWN
    variables: dict[str, Type] = field(default_factory=dict)
    values: dict[ast.expr, Type] = field(default_factory=dict)  # of assigned expressions and branches
    origins: dict[Position, tuple[ast.expr, Type]] = field(default_factory=dict)
    kept: dict[str, Type] = field(default_factory=dict)  # what it assigns to attributes of the view that it belongs to
    complete: bool = False
    away: tuple[Analysis, ...] = ()  # with which its nodes are put away, itself among them: see `away`

    @property
    def parents(self) -> Mapping[ast.AST, ast.AST]:
        """The parent of every node in the function; made when it is first asked for."""
        return parents(self.node)
