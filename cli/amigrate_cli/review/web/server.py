"""The web server of a review: for one user, on loopback, and deaf to every other page that the browser has open.

What must be so for a request to be answered:

- `Host` is this server (a foreign name that leads here, DNS rebinding, is not), and so is `Origin` where there is one;
- everything but the page itself, which holds nothing of the project, has the token in a header that only our script
  sets: other sites cannot without a preflight request, which is refused;
- the method and path are one of a handful, and a body is small JSON.
"""

from __future__ import annotations

import json
import secrets
import sys
import traceback
from collections.abc import Callable, Mapping
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any

import typer

from amigrate_cli.errors import Stop
from amigrate_cli.render.escape import visible
from amigrate_cli.review.web.content import Json
from amigrate_cli.review.web.deciding import Review, UnknownRequest
from amigrate_cli.review.web.page import live_page, policy

ADDRESS = "127.0.0.1"
TOKEN = "X-Amigrate-Token"
LARGEST_BODY = 1 << 20  # bytes; some ten thousand hunks

_SECONDS = 20  # that a client may take for its request
_HEADERS = {
    "X-Content-Type-Options": "nosniff",
    "X-Frame-Options": "DENY",
    "Referrer-Policy": "no-referrer",
    "Cache-Control": "no-store",
    "Cross-Origin-Opener-Policy": "same-origin",
    "Cross-Origin-Resource-Policy": "same-origin",
}


class _Refused(Exception):
    """The request is not answered, but for this."""

    def __init__(self, code: int, message: str) -> None:
        super().__init__(message)
        self.code, self.message = code, message


class Server(ThreadingHTTPServer):
    """The server of one review, on `port` or a free one.

    Raises:
        OSError: the port is taken, or not ours to use.
    """

    daemon_threads = True  # a client that hangs does not keep the program alive; `Review.close` waits for a save

    def __init__(self, review: Review, port: int = 0) -> None:
        self.review = review
        self.token = secrets.token_urlsafe(32)
        self.finished = False
        super().__init__((ADDRESS, port), _Handler)
        port = self.server_address[1]
        self.names = frozenset({f"{ADDRESS}:{port}", f"localhost:{port}"})
        self.policy = policy("connect-src 'self'") + "; frame-ancestors 'none'"

    @property
    def url(self) -> str:
        """The address to open. What is after the `#` stays in the browser."""
        return f"http://{ADDRESS}:{self.server_address[1]}/#{self.token}"

    def handle_error(self, request: object, client_address: object) -> None:
        """A client that goes away while it is answered is nothing to report; all else is a bug."""
        if not isinstance(sys.exc_info()[1], ConnectionError | TimeoutError):
            typer.echo(visible(traceback.format_exc(), keep="\n"), err=True)


class _Handler(BaseHTTPRequestHandler):
    server: Server
    server_version, sys_version = "amigrate", ""
    timeout = _SECONDS

    def do_GET(self) -> None:
        """The page, what it shows, and how the review stands."""
        review = self.server.review
        self._answer({"/review": lambda _: review.everything(), "/state": lambda _: review.state()})

    def do_POST(self) -> None:
        """A step of the review."""
        review = self.server.review
        self._answer(
            {
                "/decide": lambda body: review.decide(body.get("verdict"), body.get("items")),
                "/fall": lambda body: review.fall(body.get("items")),
                "/undo": lambda _: review.undo(),
                "/forget": lambda _: review.forget(),
                "/plan": lambda _: review.plan(),
                "/take-back": lambda _: review.take_back(),
                "/finish": lambda _: self._finish(),
            }
        )

    def __getattr__(self, name: str) -> Any:
        """Every other method: http.server looks for its name."""
        if name.startswith("do_"):
            return lambda: self._send(405, {"error": "no such method"}, {"Allow": "GET, POST"})
        raise AttributeError(name)

    def log_message(self, format: str, *arguments: object) -> None:
        """The terminal is for the user: nothing that a client sends gets there."""

    def send_error(self, code: int, message: str | None = None, explain: str | None = None) -> None:
        """What http.server itself refuses gets no page of its own with what the client sent."""
        self._send(code, {"error": "bad request"})

    def _answer(self, paths: Mapping[str, Callable[[Json], Json]]) -> None:
        try:
            self._require_own_page()
            if self.command == "GET" and self.path == "/":
                self._send_bytes(200, live_page(), "text/html; charset=utf-8")
                return
            self._require_token()
            handle = paths.get(self.path)
            if handle is None:
                raise _Refused(404, "no such address")
            self._send(200, handle(self._body() if self.command == "POST" else {}))
        except _Refused as refused:
            self._send(refused.code, {"error": refused.message})
        except UnknownRequest as error:
            self._send(400, {"error": visible(str(error))})
        except Stop as stop:  # it could not be saved
            self._send(500, {"error": visible(stop.message)})
        if self.server.finished:
            self.server.shutdown()

    def _require_own_page(self) -> None:
        hosts = self.headers.get_all("Host") or []
        if len(hosts) != 1 or hosts[0] not in self.server.names:
            raise _Refused(421, "this server has another name")
        origins = self.headers.get_all("Origin") or []
        if self.command == "POST" and not origins:
            raise _Refused(403, "no origin")
        if any(one not in {f"http://{name}" for name in self.server.names} for one in origins):
            raise _Refused(403, "another origin")

    def _require_token(self) -> None:
        given = self.headers.get(TOKEN, "")
        if not secrets.compare_digest(given.encode("utf-8", "replace"), self.server.token.encode()):
            raise _Refused(403, "no access: open the address that amigrate printed")

    def _body(self) -> Json:
        length = self.headers.get("Content-Length", "")
        if "Transfer-Encoding" in self.headers or not length.isascii() or not length.isdigit():
            raise _Refused(411, "a length is needed")
        if len(length) > 12 or int(length) > LARGEST_BODY:
            self.close_connection = True
            raise _Refused(413, "too large")
        if self.headers.get_content_type() != "application/json":
            raise _Refused(415, "JSON is needed")
        try:
            body = json.loads(self.rfile.read(int(length)))
        except (ValueError, RecursionError):
            body = None
        if not isinstance(body, dict):
            raise _Refused(400, "no JSON object")
        return body

    def _finish(self) -> Json:
        self.server.finished = True
        return self.server.review.state()

    def _send(self, code: int, data: Json, headers: Mapping[str, str] | None = None) -> None:
        self._send_bytes(code, json.dumps(data).encode(), "application/json", headers)

    def _send_bytes(self, code: int, data: bytes, kind: str, headers: Mapping[str, str] | None = None) -> None:
        self.send_response(code)
        self.send_header("Content-Type", kind)
        self.send_header("Content-Length", str(len(data)))
        self.send_header("Content-Security-Policy", self.server.policy)
        for name, value in {**_HEADERS, **(headers or {})}.items():
            self.send_header(name, value)
        self.end_headers()
        if self.command != "HEAD":
            self.wfile.write(data)
