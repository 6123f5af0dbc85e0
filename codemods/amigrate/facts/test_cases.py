"""Django's test cases in the flow analysis: their client, its responses and their assertions.

Source: django.test.testcases and django.test.client of Django 4.2 to 6.1, and of unittest.case.
"""

from __future__ import annotations

import ast
from typing import TYPE_CHECKING

from amigrate.facts import handing
from amigrate.facts.effects import What
from amigrate.facts.lattice import LAZY, LIST, OPAQUE, UNKNOWN, Kind, Type, members

if TYPE_CHECKING:
    from amigrate.facts.analyst import Analyst
    from amigrate.facts.arguments import Arguments
    from amigrate.facts.flow import Flow

CLIENT, RESPONSE = "django.test.Client", "django.test.Response"
BASES = frozenset(
    f"{module}.{name}"
    for module in ("django.test", "django.test.testcases")
    for name in ("TestCase", "SimpleTestCase", "TransactionTestCase")
)
_PLAIN_BASES = BASES | {"object", "abc.ABC", "unittest.TestCase", "unittest.case.TestCase"}
# called by the runner, outside of the event loop that an async test gets
HOOKS = frozenset(
    "setUp setUpClass setUpTestData tearDown tearDownClass asyncSetUp asyncTearDown run debug id countTestCases "
    "shortDescription defaultTestResult doCleanups doClassCleanups".split()
)
REQUESTS = frozenset({"get", "post", "head", "options", "put", "patch", "delete", "trace"})
LOGINS = frozenset({"login", "force_login", "logout"})
_REFUSED = {
    "assertNumQueries": "assertNumQueries counts the queries of its own thread, and raises in an async test",
    "captureOnCommitCallbacks": "captureOnCommitCallbacks captures nothing in an async test",
}
_CALLING = frozenset(
    "assertRaises assertRaisesRegex assertRaisesMessage assertWarns assertWarnsRegex assertWarnsMessage".split()
)
_LOOKING_INSIDE = frozenset(
    "assertTrue assertFalse assertIn assertNotIn assertCountEqual assertSequenceEqual assertListEqual assertSetEqual "
    "assertTupleEqual assertDictEqual assertQuerySetEqual assertQuerysetEqual".split()
)
_PLAIN = frozenset({"fail", "skipTest", "id", "addCleanup", "addTypeEqualityFunc", "shortDescription"})
_MANAGING = frozenset({"subTest", "settings", "modify_settings", "assertLogs", "assertNoLogs"})
_COMPARING = frozenset(
    "assertEqual assertNotEqual assertIs assertIsNot assertIsNone assertIsNotNone assertIsInstance assertNotIsInstance "
    "assertGreater assertGreaterEqual assertLess assertLessEqual assertAlmostEqual assertNotAlmostEqual assertRegex "
    "assertNotRegex assertMultiLineEqual assertURLEqual assertHTMLEqual assertHTMLNotEqual assertInHTML "
    "assertNotInHTML assertJSONEqual assertJSONNotEqual assertXMLEqual assertXMLNotEqual assertTemplateUsed "
    "assertTemplateNotUsed assertContains assertNotContains assertRedirects".split()
)


def is_test_case(analyst: Analyst, owner: str) -> bool:
    """Whether a class of the program is a test case of Django's that runs its tests in the main thread."""
    line = analyst.program.linearise(owner) if owner in analyst.program.classes else ()
    outside = [one for one in line if one not in analyst.program.classes]
    return any(one in BASES for one in outside) and all(one in _PLAIN_BASES for one in outside)


def member(flow: Flow, node: ast.expr, base: Type, name: str) -> Type | None:
    """An attribute of a test case, its client or a response; None where another reading is right."""
    if base.ref == RESPONSE:
        return _of_response(flow, node, base, name)
    if base.ref == CLIENT:
        if name == "cookies":
            flow.emit(What.CLIENT, node, base, name)
            return OPAQUE
        flow.emit(What.PIN, node, detail=f"`{name}` of the test client is used, which the async client has not so")
        return UNKNOWN
    if not is_test_case(flow.analyst, base.ref):
        return None
    if name == "client":
        if reason := _own_client(flow.analyst, base.ref):
            flow.emit(What.PIN, node, detail=reason)
            return UNKNOWN
        parent = flow.analysis.parents.get(node)
        if not isinstance(parent, ast.Attribute):
            flow.emit(What.PIN, node, detail="the test client is handed on or kept under another name")
        return Type(Kind.OBJECT, CLIENT)
    return None


def _own_client(analyst: Analyst, owner: str) -> str:
    """Why the client of a test case is not Django's own, "" when it is."""
    program = analyst.program
    for one in (owner, *program.descendants(owner)):
        if program.class_value(one, "client_class") or program.class_value(one, "client"):
            return f"{one} has a client of its own"
    for one in (*program.linearise(owner), *program.descendants(owner)):
        found = program.classes.get(one)
        for method in found[1].methods if found else ():
            if "client" in program.functions[f"{one}.{method}"][1].stores:
                return f"{one}.{method} assigns the client"
    return ""


def _of_response(flow: Flow, node: ast.expr, base: Type, name: str) -> Type:
    if name in ("wsgi_request", "client", "closed", "streaming_content"):
        flow.emit(What.PIN, node, detail=f"`{name}` of the response of an async client is not the same")
        return UNKNOWN
    if name in ("context", "context_data"):
        return Type(Kind.DICT, item=UNKNOWN)
    if name in ("json", "getvalue", "has_header", "get", "items"):
        return Type(Kind.METHOD, name, item=base)
    return LIST if name == "templates" else OPAQUE


def call(flow: Flow, node: ast.Call, base: Type, name: str, args: Arguments) -> Type | None:
    """A method of a test case, its client or a response; None where another reading is right."""
    if base.ref == RESPONSE:
        return OPAQUE
    if base.ref == CLIENT:
        return _request(flow, node, base, name, args)
    analyst = flow.analyst
    if not is_test_case(analyst, base.ref) or analyst.program.find_method(base.ref, name) is not None:
        return None
    if name in _REFUSED:
        flow.emit(What.PIN, node, detail=_REFUSED[name])
    elif name == "assertRedirects" and not _without_fetching(node, args):
        flow.emit(What.PIN, node, detail="assertRedirects would fetch the page with the async client, and not await it")
    elif name in _CALLING and len(args.positional) > (2 if "Regex" in name or "Message" in name else 1):
        flow.emit(What.BRIDGE, node, base, f"{name} calls what it is given")
    elif name in _LOOKING_INSIDE and any(_may_be_lazy(value) for value in args.types()):
        flow.emit(What.BRIDGE, node, base, f"{name} evaluates a queryset")
    elif name.startswith("assert") and name not in _CALLING | _LOOKING_INSIDE | _COMPARING | _MANAGING:
        flow.emit(What.BRIDGE, node, base, f"{name} may query the database")
    elif name in ("assertContains", "assertNotContains"):
        for argument, value in args.positional[1:2]:
            handing.shown(flow, argument, value)
    elif not name.startswith("assert") and name not in _PLAIN | _MANAGING:
        return None
    return OPAQUE


def _may_be_lazy(value: Type) -> bool:
    return any(one.kind is Kind.UNKNOWN or (one.kind in LAZY and not one.cached) for one in members(value))


def _without_fetching(node: ast.Call, args: Arguments) -> bool:
    """Whether assertRedirects looks at the response alone: told so, or the redirects were followed before."""
    told = [k.value for k in node.keywords if k.arg == "fetch_redirect_response"]
    if told:
        return isinstance(told[0], ast.Constant) and told[0].value is False
    response = args.first("response")
    return response is not None and response[1].kind is Kind.OBJECT and response[1].cached


def _request(flow: Flow, node: ast.Call, base: Type, name: str, args: Arguments) -> Type:
    """A request by the client; a response that followed redirects is marked as `cached`."""
    if name not in REQUESTS | LOGINS:
        flow.emit(What.PIN, node, detail=f"`{name}` of the test client has no form in the async client that is known")
        return UNKNOWN
    flow.emit(What.CLIENT, node, base, name)
    if name in LOGINS:
        return OPAQUE
    follow = args.keywords.get("follow")
    followed = follow is not None and isinstance(follow[0], ast.Constant) and follow[0].value is True
    return Type(Kind.OBJECT, RESPONSE, cached=followed)
