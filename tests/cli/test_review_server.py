"""The server of `review --web`: who is answered, and that steps are saved."""

from __future__ import annotations

import json
import socket
from collections.abc import Iterator, Mapping
from dataclasses import replace
from http.client import HTTPConnection
from pathlib import Path
from threading import Thread
from typing import Any

import pytest

from amigrate.review.decisions import Verdict, parse
from amigrate.review.session import Session, begin, decisions_of
from amigrate.review.subject import subject_of
from amigrate_cli.decisions_file import keeping, read_decisions
from amigrate_cli.errors import Stop
from amigrate_cli.review.web.deciding import Review, UnknownRequest
from amigrate_cli.review.web.server import LARGEST_BODY, TOKEN, Server
from tests.review.reviewing import change_set, ids

FILES = {"shop/views.py": [(10, "alpha", "g1"), (20, "beta", "g2"), (30, "alpha", "g1")], "a.py": [(5, "alpha", "g2")]}
CHANGES = change_set(FILES)
VIEWS = ids(CHANGES)[:3]


def _same(session: Session) -> Session:
    """No planning again."""
    return session


_NAMES = {
    "token": TOKEN,
    "length": "Content-Length",
    "coding": "Transfer-Encoding",
    "kind": "Content-Type",
    "origin": "Origin",
    "host": "Host",
}


@pytest.fixture
def path(tmp_path: Path) -> Path:
    return tmp_path / ".amigrate" / "decisions.toml"


@pytest.fixture
def server(path: Path) -> Iterator[Server]:
    session, _ = begin(subject_of(CHANGES))

    keep = keeping(path)
    with Server(Review(session, lambda now: keep(decisions_of(now)), _same, "shop")) as server:
        thread = Thread(target=server.serve_forever, kwargs={"poll_interval": 0.02})
        thread.start()
        yield server
        server.shutdown()
        thread.join()


def ask(
    server: Server, path: str, body: object = None, method: str = "", headers: Mapping[str, str | None] | None = None
) -> tuple[int, dict[str, Any]]:
    """The answer to a request as our page makes it; `headers` are others, None leaves one out."""
    port = server.server_address[1]
    connection = HTTPConnection("127.0.0.1", port, timeout=10)
    given: dict[str, str | None] = {"Host": f"127.0.0.1:{port}", TOKEN: server.token}
    data = None
    if body is not None:
        data = body if isinstance(body, bytes) else json.dumps(body).encode()
        given |= {"Origin": f"http://127.0.0.1:{port}", "Content-Type": "application/json"}
    given |= {_NAMES.get(name, name): value for name, value in (headers or {}).items()}
    connection.putrequest(
        method or ("GET" if body is None else "POST"), path, skip_host=True, skip_accept_encoding=True
    )
    if data is not None and "Content-Length" not in given:
        connection.putheader("Content-Length", str(len(data)))
    for name, value in given.items():
        if value is not None:
            connection.putheader(name, value)
    connection.endheaders(data)
    answer = connection.getresponse()
    content = answer.read()
    connection.close()
    return answer.status, json.loads(content) if content.startswith(b"{") else {"text": content, "head": answer.headers}


def test_page_comes_without_a_token_and_has_nothing_of_the_project(server: Server) -> None:
    code, page = ask(server, "/", headers={"token": None})
    assert code == 200
    assert b"<!DOCTYPE html>" in page["text"]
    assert b"views.py" not in page["text"]
    assert server.token.encode() not in page["text"]
    policy = page["head"]["Content-Security-Policy"]
    assert policy.startswith("default-src 'none'; style-src 'sha256-")
    assert "unsafe" not in policy
    assert "frame-ancestors 'none'" in policy
    assert page["head"]["X-Content-Type-Options"] == "nosniff"
    assert page["head"]["Cache-Control"] == "no-store"


@pytest.mark.parametrize(
    "address", ["/review", "/state", "/no-such", "/../../etc/passwd", "//review", "/%2e%2e/x", "/?x"]
)
@pytest.mark.parametrize("token", [None, "", "x", "é"])
def test_nothing_else_comes_without_the_token(server: Server, address: str, token: str | None) -> None:
    code, answer = ask(server, address, headers={"token": token})
    assert (code, "content" in answer) == (403, False)


def test_every_path_is_known_or_not_there(server: Server, tmp_path: Path) -> None:
    assert ask(server, "/review")[1]["content"]["title"] == "shop"
    for path in (
        "/review/",
        "/review?x",
        "/../deciding.py",
        "/assets/page.css",
        f"/{tmp_path}",
        "/decide",
        "/page.html",
    ):
        assert ask(server, path)[0] == 404, path
    assert ask(server, "/review", {})[0] == 404


@pytest.mark.parametrize("host", ["evil.example", "127.0.0.1", "127.0.0.1:1", "evil.example:{port}", "", None])
def test_another_host_is_refused(server: Server, host: str | None) -> None:
    name = host.format(port=server.server_address[1]) if host else host
    for path in ("/", "/review"):
        assert ask(server, path, headers={"host": name})[0] in (400, 421)
    assert ask(server, "/", headers={"host": f"localhost:{server.server_address[1]}"})[0] == 200


@pytest.mark.parametrize(
    "origin", ["http://evil.example", "null", "https://127.0.0.1:{port}", "http://127.0.0.1", None]
)
def test_another_origin_is_refused(server: Server, path: Path, origin: str | None) -> None:
    name = origin.format(port=server.server_address[1]) if origin else origin
    body = {"verdict": "accepted", "items": VIEWS[:1]}
    assert ask(server, "/decide", body, headers={"origin": name})[0] == 403
    assert not path.exists()
    if name:
        assert ask(server, "/review", headers={"origin": name})[0] == 403


@pytest.mark.parametrize("method", ["PUT", "DELETE", "OPTIONS", "HEAD", "PATCH", "TRACE", "CONNECT", "X"])
def test_other_methods_are_refused(server: Server, method: str) -> None:
    assert ask(server, "/review", method=method)[0] == 405


@pytest.mark.parametrize(
    ("body", "headers", "code"),
    [
        (b"x" * 10, {"length": str(LARGEST_BODY + 1)}, 413),
        (b"x" * 10, {"length": "9" * 5000}, 413),
        (b"{}", {"length": "-1"}, 411),
        (b"{}", {"length": "²"}, 411),
        (b"{}", {"coding": "chunked"}, 411),
        (b"{}", {"kind": "text/plain"}, 415),
        (b"[" * 100_000, {}, 400),
        (b"[]", {}, 400),
        (b"\xff", {}, 400),
    ],
)
def test_strange_bodies_are_refused(server: Server, body: bytes, headers: dict[str, str], code: int) -> None:
    assert ask(server, "/decide", body, headers=headers)[0] == code


@pytest.mark.parametrize(
    "body",
    [
        {},
        {"verdict": "accepted"},
        {"verdict": "fallen", "items": []},
        {"verdict": ["accepted"], "items": []},
        {"verdict": "accepted", "items": "x"},
        {"verdict": "accepted", "items": [{}]},
        {"verdict": "accepted", "items": ["0" * 16]},
    ],
)
def test_what_makes_no_sense_is_refused(server: Server, path: Path, body: object) -> None:
    assert ask(server, "/decide", body)[0] == 400
    assert not path.exists()


def test_a_request_that_is_none_is_refused(server: Server) -> None:
    with socket.create_connection(("127.0.0.1", server.server_address[1]), timeout=10) as client:
        client.sendall(b"\x16\x03\x01 <script>\r\n\r\n")
        answer = client.recv(4096)
    assert b"<script>" not in answer
    assert ask(server, "/state")[0] == 200


def test_steps_are_saved_and_taken_back(server: Server, path: Path) -> None:
    _, fall = ask(server, "/fall", {"items": VIEWS[1:2]})
    assert (len(fall["items"]), fall["groups"], fall["accepted"]) == (1, 1, 0)
    code, state = ask(server, "/decide", {"verdict": "accepted", "items": [VIEWS[0], VIEWS[2]]})
    assert (code, state["statuses"], state["steps"]) == (200, "apap", 1)
    assert {one.id: one.verdict for one in read_decisions(path)} == dict.fromkeys(
        (VIEWS[0], VIEWS[2]), Verdict.ACCEPTED
    )
    _, state = ask(server, "/decide", {"verdict": "rejected", "items": [VIEWS[1]]})
    assert state["statuses"] == "araf"
    _, state = ask(server, "/undo", {})
    assert (state["statuses"], state["steps"]) == ("apap", 1)
    assert len(parse(path.read_bytes(), "x")) == 2
    assert ask(server, "/state")[1] == state
    assert [one.name for one in path.parent.iterdir()] == [path.name]


def test_a_step_that_cannot_be_saved_is_not_taken(path: Path) -> None:
    def save(now: Session) -> None:
        raise Stop("the disk is full")

    review = Review(begin(subject_of(CHANGES))[0], save, _same, "shop")
    with pytest.raises(Stop):
        review.decide("accepted", VIEWS[:1])
    assert review.state()["statuses"] == "pppp"


def test_what_another_program_has_decided_is_not_overwritten(server: Server, path: Path) -> None:
    ask(server, "/decide", {"verdict": "accepted", "items": VIEWS[:1]})
    theirs = path.read_bytes().replace(b"accepted", b"rejected")
    path.write_bytes(theirs)
    code, answer = ask(server, "/decide", {"verdict": "accepted", "items": VIEWS[1:2]})
    assert code == 500
    assert "changed by another program" in answer["error"]
    assert path.read_bytes() == theirs
    assert ask(server, "/state")[1]["statuses"] == "appp"


def test_planning_again_is_a_new_edition(path: Path) -> None:
    start, _ = begin(subject_of(CHANGES))

    def plan(now: Session) -> Session:
        gone = [one for one in decisions_of(now) if one.verdict is Verdict.REJECTED]
        fewer = replace(CHANGES, changes=CHANGES.changes[:1]) if gone else CHANGES
        return begin(subject_of(fewer), decisions_of(now), CHANGES.edits)[0]

    saved: list[Session] = []
    review = Review(start, saved.append, plan, "shop")
    last = [*start.subject.items][-1]
    review.decide("rejected", [last])
    state = review.plan()
    assert (state["statuses"], state["edition"], state["steps"]) == ("ppp", 1, 0)
    assert [one["codemod"] for one in state["held"]] == ["alpha"]  # type: ignore[attr-defined]  # JSON
    assert [one.verdict for one in decisions_of(saved[-1])] == [Verdict.REJECTED]
    with pytest.raises(UnknownRequest, match="load the page again"):
        review.decide("accepted", [last])
    state = review.take_back()
    assert (state["statuses"], state["edition"], state["held"]) == ("pppp", 2, [])
    assert decisions_of(saved[-1]) == ()


def test_finishing_ends_the_server(path: Path) -> None:
    review = Review(begin(subject_of(CHANGES))[0], lambda now: None, _same, "shop")
    with Server(review) as server:
        thread = Thread(target=server.serve_forever, kwargs={"poll_interval": 0.02})
        thread.start()
        assert ask(server, "/finish", {})[0] == 200
        thread.join(10)
        assert not thread.is_alive()


def test_it_listens_on_loopback_only(server: Server) -> None:
    assert server.socket.getsockname()[0] == "127.0.0.1"
    assert len(server.token) >= 43
    assert server.url.endswith(f"/#{server.token}")
