"""The test site under uvicorn: pages, debug pages and clients that go away."""

from __future__ import annotations

import re
import socket
import time

import pytest

from tests.environments import environment
from tests.runtime.site_process import Server, serving

pytestmark = pytest.mark.e2e

TEMPLATE_ERRORS = {
    "syntax_error": ("TemplateSyntaxError", "1"),
    "unknown_tag": ("TemplateSyntaxError", "4"),
    "includes_missing": ("TemplateDoesNotExist", "1"),
    "failing": ("ZeroDivisionError", "3"),
}


@pytest.mark.parametrize("django", ["4.2", "6.1"])
def test_pages_and_debug_pages(django: str) -> None:
    with serving(environment(django), AHEAD_TEST_DEBUG="1") as server:
        status, page = server.get("/books/")
        assert status == 200
        assert (status, page) == server.get("/books/sync/") == server.get("/books/response/")
        assert "<li>Two by Ann</li>" in page
        assert "<title>editor of Ann</title>" in server.get("/awaited/")[1]

        for kind, (name, line) in TEMPLATE_ERRORS.items():
            ours, stock = (_debug_page(server, f"/broken/{kind}/?how={how}") for how in ("ours", "stock"))
            assert ours == stock, kind
            assert ours["exception"] == name, kind
            assert ours["line"] == line, kind
        missing = _debug_page(server, "/broken/none/")
        assert missing["exception"] == "TemplateDoesNotExist"
        assert "templates/library/none.html" in missing["page"]

        unawaited = _debug_page(server, "/broken/unawaited/")
        assert (unawaited["exception"], unawaited["line"]) == ("NotAwaited", "3")
        assert "author.title_list" in unawaited["value"]
        # and the server is none the worse for it
        assert server.get("/books/") == (200, page)


def test_client_that_goes_away_cancels_what_its_page_awaits() -> None:
    with serving(environment("6.1")) as server:
        with socket.create_connection(("127.0.0.1", server.port), timeout=10) as client:
            client.sendall(b"GET /slow/ HTTP/1.1\r\nHost: localhost\r\n\r\n")
            assert _log(server, "begun") == "begun"
        assert _log(server, "begun cancelled") == "begun cancelled"
        assert server.get("/awaited/")[0] == 200


def _log(server: Server, expected: str) -> str:
    until = time.monotonic() + 10
    while (found := server.get("/slow/log/")[1]) != expected and time.monotonic() < until:
        time.sleep(0.05)
    return found


def _debug_page(server: Server, path: str) -> dict[str, str]:
    """What Django's debug page says of the exception and its place in a template; the page if there is no place."""
    status, page = server.get(path)
    assert status == 500
    found = {"exception": _first(r"<title>(\w+)", page), "value": _first(r'class="exception_value">(.*?)</pre>', page)}
    place = re.search(r'<div id="template">(.*?)</div>', page, re.DOTALL)
    if place is None:
        return {**found, "line": "", "page": page}
    return {**found, "line": _first(r"error at line <strong>(\d+)", place[1]), "place": place[1]}


def _first(pattern: str, text: str) -> str:
    found = re.search(pattern, text, re.DOTALL)
    assert found, pattern
    return str(found[1])
