"""The thread hops of the views of a program, under a colouring."""

from __future__ import annotations

import ast
from collections.abc import Mapping, Sequence

from amigrate.facts.analyst import Analyst
from amigrate.facts.effects import Effect
from amigrate.facts.module import decorator_name
from amigrate.model import Site
from amigrate.plan.context import Context, Draft
from amigrate.plan.hop_rules import HOP, of_await, of_site
from amigrate.plan.hop_walk import Walk
from amigrate.plan.hops import NOTHING, Counted, Hops, Request, Ways, loading, then, total

SYNC_VIEW = Hops(1, 1)
# decorators whose async form waits: `user_passes_test` runs its test in a thread, `permission_required` awaits it
_AUTH = "django.contrib.auth.decorators."
_TESTED = frozenset({f"{_AUTH}login_required", f"{_AUTH}user_passes_test"}) | {
    "django.contrib.admin.views.decorators.staff_member_required"
}
_PERMITTED = f"{_AUTH}permission_required"


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

    def view(self, qualified: str, wrappers: Sequence[str] = ()) -> Hops:
        """The hops of a request to a view that is async, or becomes so; `wrappers` are its decorators in a URLconf.

        A request counts that the decorators let through.
        """
        before, logged_in = self._decorators(qualified, wrappers)
        counted = self.function(qualified)
        whole = Counted(then(before, counted.ways), loops=counted.loops)
        return total(whole, self._request(logged_in))

    def draft(self, draft: Draft, wrappers: Sequence[str] = ()) -> Hops:
        """The hops that a function would have with the edits of a draft, whether or not that is made."""
        name = draft.analysis.qualified
        known, self._known[name] = self._known.get(name), self._count(name, draft)
        try:
            return self.view(name, wrappers)
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
        return counted.ways

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

    def _decorators(self, qualified: str, wrappers: Sequence[str]) -> tuple[Ways, bool]:
        program = self.analyst.program
        ways, logged_in = NOTHING, False
        module, function = program.functions[qualified]
        own = [program.resolve(module.module, n).qualified for d in function.decorators if (n := decorator_name(d))]
        for name in (*wrappers, *own):
            if name in _TESTED:
                ways = then(ways, then(loading("session", "user"), HOP))
                logged_in = logged_in or not name.endswith("user_passes_test")
            elif name == _PERMITTED:
                ways, logged_in = then(ways, then(loading("session", "user"), _permissions(self.context.django))), True
        return ways, logged_in

    def _request(self, logged_in: bool) -> Request:
        settings = self.analyst.program.project.settings
        others = any(not dotted.startswith("django.") for dotted in settings.middleware)
        return Request(self.context.django, settings.session_engine, logged_in, session_loaded=others)


def _permissions(django: str) -> Ways:
    from amigrate.plan import hop_costs
    from amigrate.plan.hops import costing

    if tuple(map(int, django.split(".")[:2])) < (5, 2):
        return HOP  # the test is a sync function, run in a thread
    return costing(hop_costs.cost("User.ahas_perms", django))
