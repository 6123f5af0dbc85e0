"""Sites in tests: requests of the test client."""

from __future__ import annotations

import ast

from amigrate import django_api
from amigrate.facts.effects import Effect, What
from amigrate.facts.test_cases import LOGINS
from amigrate.model import Confidence, Site
from amigrate.plan.awaiting import may_await, parens
from amigrate.plan.bridging import adapter_name
from amigrate.plan.context import Context, Draft, span

CODEMOD = "async-tests"
_PARAMETERS = frozenset({"path", "data", "content_type", "follow", "secure", "headers", "query_params"})


def client(draft: Draft, effect: Effect) -> None:
    """`self.client.get(…)` → `await self.async_client.get(…)`."""
    node, name = effect.node, effect.detail
    if not _is_of_the_test(node):
        draft.refuse(node, "it makes a client of its own", "make that an AsyncClient, and await its requests")
        return
    if isinstance(node, ast.Attribute):
        draft.add(node.value, CODEMOD, "the async client has cookies of its own", Confidence.REVIEW, op="client")
        return
    assert isinstance(node, ast.Call)
    if not may_await(draft, node):
        return
    if name in LOGINS:
        _login(draft, node, name)
        return
    if reason := _other_arguments(draft, node):
        draft.refuse(node, reason, "write headers as headers={…}, which both clients take")
        return
    draft.natives += 1
    http = "1" if any((k.arg or "").startswith("HTTP_") for k in node.keywords) else ""
    why = "an async test awaits the async client, in the thread of the test"
    draft.add(node, CODEMOD, why, Confidence.REVIEW, op="request", http=http, parens=parens(draft, node))


def _is_of_the_test(node: ast.AST) -> bool:
    """Whether a request, or a name for it, is of `self.client`."""
    function = node.func if isinstance(node, ast.Call) else node
    client = function.value if isinstance(function, ast.Attribute) else None
    return isinstance(client, ast.Attribute) and client.attr == "client"


def _login(draft: Draft, node: ast.Call, name: str) -> None:
    found = django_api.async_name("Client", name, draft.context.django)
    why = f"{name}() of the client writes the session"
    given = {"parens": parens(draft, node)}
    if found is None:
        draft.bridges += 1
        draft.add(node, CODEMOD, why, Confidence.REVIEW, op="bridge", name=adapter_name(draft), **given)
    else:
        draft.natives += 1
        draft.add(node, CODEMOD, why, Confidence.REVIEW, op="request", method=found, **given)


def _other_arguments(draft: Draft, node: ast.Call) -> str:
    """Why a request cannot be sent by the async client as it is written, "" when it can."""
    names = {keyword.arg for keyword in node.keywords}
    if None in names or any(isinstance(argument, ast.Starred) for argument in node.args):
        return "what it hands on may be headers, which the async client takes in another form"
    if "follow" in names and draft.context.django_version < (5, 0):
        return "the async client follows redirects from Django 5.0"
    for keyword in node.keywords:
        name = keyword.arg or ""
        if name in _PARAMETERS:
            continue
        if not name.startswith("HTTP_"):
            return f"`{name}` is no header, and the async client would take it for one"
        if "headers" in names or not _is_text(keyword.value):
            return f"the async client does not take {name} as a keyword"
    return ""


def _is_text(node: ast.expr) -> bool:
    constant = isinstance(node, ast.Constant) and isinstance(node.value, str)
    return constant or isinstance(node, ast.JoinedStr)


def hook_sites(context: Context, hook: str, group: str) -> tuple[Site, ...]:
    """The sites of a setUp that logs in: with the client that the tests use now."""
    why = "the tests use the async client now, which is logged in apart"
    effects = context.analyst.analyse(hook).effects
    nodes = {e.node: e for e in effects if e.what is What.CLIENT}
    return tuple(
        Site(span(node.func.value), "Attribute", CODEMOD, (("op", "client"),), group, hook, why, Confidence.REVIEW)
        for node in nodes
        if isinstance(node, ast.Call) and isinstance(node.func, ast.Attribute) and _is_of_the_test(node)
    )
