"""The thread hops of the views of a program, under a colouring."""

from __future__ import annotations

import ast
from collections.abc import Mapping

from amigrate.facts.analyst import Analyst
from amigrate.facts.effects import Effect
from amigrate.facts.nodes import walk
from amigrate.facts.trees import FunctionNode
from amigrate.facts.values import decorator_name
from amigrate.model import Site
from amigrate.plan.access_mixins import is_guarded
from amigrate.plan.context import Context, Draft
from amigrate.plan.decorators import judge_all
from amigrate.plan.dual_mode import draft_core
from amigrate.plan.hop_rules import HOP, of_await, of_site
from amigrate.plan.hop_walk import Walk
from amigrate.plan.hops import NOTHING, Counted, Hops, Request, Ways, either, loading, then, total

SYNC_VIEW = Hops(1, 1)
# of Django's decorators that ask for the user: this one has its test awaited, the others run theirs in a thread
_PERMITTED = "django.contrib.auth.decorators.permission_required"
_TESTING = "django.contrib.auth.decorators.user_passes_test"


class HopCounter:
    """Counts functions of one program; `drafts` are those that become async, with their edits."""

    def __init__(self, context: Context, drafts: Mapping[str, Draft]) -> None:
        self.context, self.drafts = context, drafts
        self._known: dict[str, Counted] = {}
        self._running: set[str] = set()
        settings = self.analyst.program.project.settings
        self._engine = settings.session_engine

    @property
    def analyst(self) -> Analyst:
        """The analyses that the drafts were made from."""
        return self.context.analyst

    def view(self, qualified: str) -> Hops:
        """The hops of a request to a view that is async, or becomes so, if its decorators let the request through."""
        decorators, logged_in = self._decorators(qualified)
        if is_guarded(self.context, qualified):
            decorators.through = then(HOP, decorators.through)
        return total(_both(decorators, self.function(qualified)), self._request(logged_in))

    def draft(self, draft: Draft) -> Hops:
        """The hops that a function would have with the edits of a draft, whether or not that is made."""
        name = draft.analysis.qualified
        known, self._known[name] = self._known.get(name), self._count(name, draft)
        try:
            return self.view(name)
        finally:
            del self._known[name]
            if known is not None:
                self._known[name] = known

    def function(self, qualified: str) -> Counted:
        """One function, with all that it awaits."""
        if qualified in self._known:
            return self._known[qualified]
        if qualified in self._running:
            return Counted()  # what a recursion adds is not known
        self._running.add(qualified)
        try:
            self._known[qualified] = self._count(qualified, self.drafts.get(qualified))
        finally:
            self._running.discard(qualified)
        return self._known[qualified]

    def _count(self, qualified: str, draft: Draft | None) -> Counted:
        node = self.analyst.analyse(qualified).node if draft is None else draft.analysis.node
        if isinstance(node, ast.Module) or (draft is None and not isinstance(node, ast.AsyncFunctionDef)):
            return Counted()
        return self._walk(qualified, node, draft)

    def _walk(self, qualified: str, node: FunctionNode, draft: Draft | None) -> Counted:
        """A syntax tree, with the edits of its draft if it has one; names mean what they do in the function named."""
        sites: dict[tuple[object, str], list[Site]] = {}
        effects: dict[int, list[Effect]] = {}
        for site in draft.sites if draft is not None else ():
            sites.setdefault((site.span, site.node), []).append(site)
        for effect in draft.analysis.effects if draft is not None else ():
            effects.setdefault(id(effect.node), []).append(effect)
        module, function = self.analyst.program.functions[qualified]
        django, engine = self.context.django, self._engine

        def resolve(name: str) -> str:
            return self._resolve(module.module, function.owner, name)

        walk = Walk(
            module.path,
            sites,
            effects,
            lambda w, n, s, e: of_site(w, n, s, e, django, engine, self._callee),
            lambda w, n: of_await(w, n, django, engine, resolve, self._callee),
        )
        return walk.run(node)

    def _callee(self, walk: Walk, qualified: str) -> Ways:
        if qualified not in self.drafts and not self.analyst.classes.is_async(qualified):
            twin = self.context.twin_of(qualified)
            qualified = f"{qualified.rpartition('.')[0]}.{twin}" if twin else qualified
        counted = self.function(qualified)
        walk.loops |= counted.loops
        decorators, _ = self._decorators(qualified)
        if decorators.ways == NOTHING:
            return counted.ways
        walk.loops |= decorators.loops
        return either(decorators.ways, then(decorators.ways, counted.ways))  # a decorator may answer in its place

    def _resolve(self, module: str, owner: str, name: str) -> str:
        """The async function of the project that a dotted name means, or ""."""
        program = self.analyst.program
        head, _, rest = name.partition(".")
        if head in ("self", "cls") and owner and rest and "." not in rest:
            found = program.find_method(f"{module}.{owner}", rest)
            qualified = f"{found}.{rest}" if found else ""
        else:
            symbol = program.resolve(module, name)
            qualified = symbol.qualified if symbol.kind == "function" else ""
        return qualified if qualified and self.analyst.classes.is_async(qualified) else ""

    def _decorators(self, qualified: str) -> tuple[Counted, bool]:
        """What the decorators wait for, and whether they let through only who is logged in."""
        judged = judge_all(self.context, qualified)
        whole, logged_in = Counted(), False
        for name in judged.users:
            known = loading("session", "user")
            test = _permissions(self.context.django) if name == _PERMITTED else HOP
            whole.through = then(whole.through, then(known, test))
            logged_in = logged_in or name != _TESTING
        for core in judged.cores:
            draft = draft_core(self.context, core)
            whole = _both(whole, self._count(core.wrapper, draft))
        for dual in self._dual(qualified):
            whole = _both(whole, dual)
        return whole, logged_in

    def _dual(self, qualified: str) -> list[Counted]:
        """The async wrappers that the project's own decorators of a function have already.

        They are looked for in the syntax: beside each there is a sync one of the same name.
        """
        program = self.analyst.program
        module, function = program.functions[qualified]
        own = {program.resolve(module.module, n).qualified for d in function.decorators if (n := decorator_name(d))}
        found: list[Counted] = []
        for name in sorted(own & program.functions.keys()):
            node = self.analyst.trees.node(name)
            inner = [n for n in walk(node) if isinstance(n, ast.AsyncFunctionDef)] if node is not None else []
            found += [self._walk(name, one, None) for one in inner if one is not node]
        return found

    def _request(self, logged_in: bool) -> Request:
        settings = self.analyst.program.project.settings
        others = any(not dotted.startswith("django.") for dotted in settings.middleware)
        return Request(self.context.django, settings.session_engine, logged_in, session_loaded=others)


def _both(first: Counted, second: Counted) -> Counted:
    return Counted(then(first.ways, second.ways), loops=first.loops | second.loops)


def _permissions(django: str) -> Ways:
    from amigrate.plan import hop_costs
    from amigrate.plan.hops import costing

    if tuple(map(int, django.split(".")[:2])) < (5, 2):
        return HOP  # the test is a sync function, run in a thread
    return costing(hop_costs.cost("User.ahas_perms", django))
