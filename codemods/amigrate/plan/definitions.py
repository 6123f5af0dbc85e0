"""The site of the `def` of a function that becomes async."""

from __future__ import annotations

from amigrate.facts.effects import What
from amigrate.facts.lattice import Kind
from amigrate.facts.values import decorator_name
from amigrate.model import Confidence, Site
from amigrate.plan.bridging import adapter_name
from amigrate.plan.coloured import Colouring
from amigrate.plan.consumer_sites import CODEMOD as CONSUMERS
from amigrate.plan.context import Context, Draft, span
from amigrate.plan.decorators import MANAGER
from amigrate.plan.stream_sites import REASON
from amigrate.plan.test_sites import CODEMOD as TESTS
from amigrate.plan.uses import RENAMED
from amigrate.plan.view_families import dispatch_place

_RETURNS = {
    "Iterator": "AsyncIterator",
    "Iterable": "AsyncIterable",
    "Generator": "AsyncGenerator",
}


def definition_site(context: Context, name: str, draft: Draft, coloured: Colouring) -> Site:
    """The `def` itself."""
    node = draft.analysis.node
    routed = any(r.view == name for r in context.routes)
    codemod = TESTS if context.tests else "async-views" if routed else "async-functions"
    reason = "a URL pattern calls it" if routed else "all its callers await it"
    family = coloured.families.get(name)
    if family is not None and family.consumer:
        codemod, reason = CONSUMERS, "an async consumer awaits its methods"
    elif family is not None:
        codemod, reason = "async-views", "View.dispatch calls it: all handlers of a class are async, or none"
    if name in context.tests:
        reason = "the test runner awaits it"
    if name in context.entries and not routed:
        reason = "it is named as an entry point"
    params: list[tuple[str, str]] = [*_manager(context, name)]
    if renamed := RENAMED.get(name.rpartition(".")[2]):
        params.append(("rename", renamed))
    place = dispatch_place(context, family, name) if family is not None else ""
    if place:
        params.append(("dispatch", place))
    if place and family is not None and name.rpartition(".")[0] in family.guarded:
        params.append(("guard", adapter_name(draft) or "sync_to_async"))
    annotation = getattr(node, "returns", None)
    if draft.analysis.returns.kind is Kind.GENERATOR and annotation is not None:
        import ast

        head = annotation.value if isinstance(annotation, ast.Subscript) else annotation
        last = head.id if isinstance(head, ast.Name) else getattr(head, "attr", "")
        if last in _RETURNS:
            prefix = f"{ast.unparse(head.value)}." if isinstance(head, ast.Attribute) else ""
            params.append(("returns", prefix + _RETURNS[last]))
    confidence = Confidence.REVIEW if place else Confidence.SAFE
    if draft.analysis.returns.kind is Kind.GENERATOR and _is_streamed(context, name, coloured):
        reason, confidence = REASON, Confidence.REVIEW
    if codemod == CONSUMERS:
        confidence = Confidence.REVIEW
    return Site(span(node), type(node).__name__, codemod, tuple(params), "", name, reason, confidence)


def _is_streamed(context: Context, name: str, coloured: Colouring) -> bool:
    """Whether a response streams what a generator function gives."""
    for scope, node in coloured.callers.get(name, ()):
        effects = context.analyst.analyse(scope).effects
        if any(e.what is What.STREAM and e.node is node for e in effects):
            return True
    return False


def _manager(context: Context, name: str) -> list[tuple[str, str]]:
    """`@contextmanager` becomes `@asynccontextmanager`, as the file spells it."""
    program = context.analyst.program
    module, function = program.functions[name]
    spelled = [decorator_name(d) for d in function.decorators]
    found = next((s for s in spelled if program.resolve(module.module, s).qualified == MANAGER), "")
    return [("decorators", f"contextlib.{found.rpartition('.')[2]}>contextlib.asynccontextmanager")] if found else []
