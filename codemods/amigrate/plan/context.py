"""What planning works on, and what it collects for one function."""

from __future__ import annotations

import ast
from collections.abc import Container, Mapping, Sequence
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from amigrate.discover.project import Role
from amigrate.facts.analyst import Analyst
from amigrate.facts.effects import Analysis, Effect
from amigrate.facts.entry_points import Route
from amigrate.facts.twins import existing_twin
from amigrate.model import Confidence, Site, Span
from amigrate.plan.ignores import Ignored, is_ignored

if TYPE_CHECKING:
    from amigrate.plan.decorators import Core, Judgement


@dataclass(frozen=True)
class Context:
    """The inputs of the planning stage.

    Args:
        analyst: the analyses of the program's functions.
        django, python: the targets, as "5.2" and "3.12".
        routes: routed function views.
        class_routes: routed class-based views.
        entries: qualified names that the user named as entry points.
        template_names: identifiers used in templates, with one template each.
        ignored: lines with an ignore comment.
        helpers: "bridge", or "twin" for async twins of helpers that both colours need.
        cores, decorations: what was found out about decorators so far.
        tests: the tests to convert, if it is the tests that are planned, and not the code.
        runtime: whether the new code may import django_ahead.
        websockets: "native" where consumers of Channels become those of django_ahead.
        touched: the functions to start from; None for all that are async already or that something outside calls.
    """

    analyst: Analyst
    django: str
    python: str
    routes: tuple[Route, ...]
    class_routes: tuple[Route, ...]
    entries: frozenset[str]
    template_names: Mapping[str, str]
    ignored: Ignored
    helpers: str = "bridge"
    runtime: bool = False
    websockets: str = "channels"
    cores: dict[Core, Draft] = field(default_factory=dict)
    decorations: dict[str, Judgement] = field(default_factory=dict)
    tests: frozenset[str] = frozenset()
    touched: frozenset[str] | None = None
    pairs: dict[str, str] = field(default_factory=dict)  # what `twin_of` has found

    def twin_of(self, qualified: str) -> str:
        """The name of the async twin that a function of the project already has, "" when it has none."""
        if qualified not in self.pairs:
            self.pairs[qualified] = existing_twin(self.analyst, qualified)
        return self.pairs[qualified]

    def starts(self, qualified: str) -> bool:
        """Whether planning starts from a function that is async already or that something outside calls."""
        return self.touched is None or qualified in self.touched

    @property
    def role(self) -> Role:
        """What is planned: functions of other roles are not changed."""
        return Role.TEST if self.tests else Role.CODE

    @property
    def django_version(self) -> tuple[int, int]:
        """The target Django as numbers."""
        major, minor = self.django.split(".")[:2]
        return int(major), int(minor)

    @property
    def python_version(self) -> tuple[int, int]:
        """The target Python as numbers."""
        major, minor = self.python.split(".")[:2]
        return int(major), int(minor)


@dataclass(frozen=True, slots=True)
class Obstacle:
    """Why a function cannot become async: a place in it and a reason."""

    node: ast.AST
    reason: str
    suggestion: str = ""
    about: tuple[str, ...] = ()  # the functions whose own reasons explain it

    @property
    def line(self) -> int:
        """The line of the place, 0 for the function as a whole."""
        return getattr(self.node, "lineno", 0)


@dataclass(slots=True)
class Draft:
    """The sites and obstacles found for one function under one assumption about the others."""

    context: Context
    analysis: Analysis
    module: str
    converted: Container[str]
    twins: Container[str] = frozenset()  # functions that stay sync and get an async twin
    sites: list[Site] = field(default_factory=list)
    obstacles: list[Obstacle] = field(default_factory=list)
    natives: int = 0
    bridges: int = 0
    # nodes whose call is bridged: what their lambda arguments do happens in the thread
    bridged: set[ast.AST] = field(default_factory=set)
    # generator expressions that must become lists, with the indexes of their async clauses
    generators: dict[ast.GeneratorExp, set[int]] = field(default_factory=dict)
    comprehensions: dict[ast.AST, set[int]] = field(default_factory=dict)
    select: dict[tuple[int, int, int, int], set[str]] = field(default_factory=dict)
    fields: dict[tuple[int, int, int, int], set[str]] = field(default_factory=dict)  # that a query leaves out
    twin_calls: list[str] = field(default_factory=list)  # whose twins are called, once for each call
    local_imports: dict[ast.ImportFrom, dict[str, str]] = field(default_factory=dict)  # names whose twins are imported
    awaits: set[ast.AST] = field(default_factory=set)
    listed: set[str] = field(default_factory=set)  # names of querysets that become lists where they are assigned
    delegates: dict[ast.Expr, bool] = field(default_factory=dict)  # `yield from`, and whether over something async
    lambdas: dict[ast.Lambda, Sequence[ast.Call]] = field(
        default_factory=dict
    )  # that become functions, with their calls
    eaches: dict[ast.Call, tuple[str, str, str]] = field(
        default_factory=dict
    )  # `map` and `filter`: name, form, targets
    each_clauses: set[ast.Call] = field(default_factory=set)  # those over a queryset
    loops: set[ast.For] = field(default_factory=set)  # loops over an async generator expression
    stops: set[ast.Call] = field(default_factory=set)  # any(), all() and next() of what is awaited one by one
    withs: dict[ast.With, set[int]] = field(default_factory=dict)  # with their items that become async
    stacks: set[ast.Call] = field(default_factory=set)  # `ExitStack()` that become `AsyncExitStack()`
    chains: dict[ast.expr, Site] = field(default_factory=dict)  # bridged calls and attributes with their sites
    opened: set[ast.Lambda] = field(default_factory=set)  # lambdas whose body takes the place of their bridge
    rendering: int = 0
    row_loops: set[ast.For] = field(default_factory=set)  # loops in which a bridge would be a hop for every row
    moved: dict[ast.AST, str] = field(default_factory=dict)  # such blocks, with why they stay sync
    threaded: set[ast.AST] = field(default_factory=set)  # the nodes of blocks that run in a thread, whole
    sync_calls: dict[str, ast.AST] = field(default_factory=dict)  # what such blocks call, which must stay sync
    adapter: str | None = None  # how the file spells `sync_to_async`, once that was looked for
    kept: list[Site] | None = None  # the sites that are applied in a function that is async already, once it is done

    def parent(self, node: ast.AST) -> ast.AST | None:
        """The parent in the function's tree."""
        return self.analysis.parents.get(node)

    def refuse(self, node: ast.AST, reason: str, suggestion: str = "", about: tuple[str, ...] = ()) -> None:
        """Records an obstacle."""
        self.obstacles.append(Obstacle(node, reason, suggestion, about))

    def add(
        self,
        node: ast.AST,
        codemod: str,
        reason: str,
        confidence: Confidence = Confidence.SAFE,
        **params: str,
    ) -> None:
        """Records a site at a node."""
        if is_ignored(self.context.ignored, self.analysis.path, span(node).line, codemod):
            self.refuse(node, f"a comment on its line says to ignore {codemod}")
            return
        if codemod == "orm-relations" and (quote := self._quote(node)):
            params["quote"] = quote
        given = tuple((key.rstrip("_"), value) for key, value in params.items() if value)
        site = Site(span(node), type(node).__name__, codemod, given, "", self.analysis.qualified, reason, confidence)
        # a receiver of two possible types reports the same call twice, with other reasons
        if not any((s.span, s.node, s.codemod, s.params) == (site.span, site.node, codemod, given) for s in self.sites):
            self.sites.append(site)

    def _quote(self, node: ast.AST) -> str:
        """Inside an f-string the quotes that it does not have itself, else ""."""
        parent, text = self.parent(node), None
        while parent is not None:
            text, parent = (parent if isinstance(parent, ast.JoinedStr) else text), self.parent(parent)
        if text is None:
            return ""
        line = self.context.analyst.trees.read(self.analysis.path).split(b"\n")[text.lineno - 1]
        opening = line[text.col_offset :].lstrip(b"rRfFbBuU")[:1]
        return '"' if opening == b"'" else "'"


def span(node: ast.AST) -> Span:
    """The place of a node."""
    return Span(node.lineno, node.col_offset, node.end_lineno, node.end_col_offset)  # type: ignore[attr-defined]  # only nodes with a place


def function_place(context: Context, qualified: str) -> ast.AST:
    """A node that stands for a function as a whole, with its line."""
    return ast.Pass(lineno=context.analyst.program.functions[qualified][1].line)


def module_of(context: Context, scope: str) -> str:
    """The module of a function, or of a module's own statements, which end in "."."""
    if scope.endswith("."):
        return scope[:-1]
    found = context.analyst.program.functions.get(scope)
    return found[0].module if found else ""


def place_of(path: str, effect: Effect) -> str:
    """File and line of an effect, for a reason."""
    return f"{path}:{getattr(effect.node, 'lineno', 0)}"
