"""A host of the tests: git over smart HTTP, and the parts of the APIs of GitHub and GitLab that amigrate uses.

The state is real: branches are those of bare repositories that `git http-backend` serves, pull requests have text,
labels and comments, and what a forge refuses is refused. Faults are put in front of it.
"""

from __future__ import annotations

import base64
import json
import os
import re
import subprocess
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any
from urllib.parse import parse_qs, unquote, urlsplit

TOKEN = "ghp_secretSECRETsecret0123456789"
Json = dict[str, Any]


@dataclass(slots=True)
class Fault:
    """The next `times` requests that match `what` (METHOD path) get this answer; status 0: the connection breaks.

    With `after` the request is done first, and only the answer is lost.
    """

    what: str
    status: int
    times: int = 1
    headers: dict[str, str] = field(default_factory=dict)
    body: Json = field(default_factory=lambda: {"message": "fault"})
    seconds: float = 0.0
    after: bool = False


@dataclass(slots=True)
class Host:
    """All state; `url` is where it listens."""

    root: Path
    url: str = ""
    requests: list[tuple[str, Json | None]] = field(default_factory=list)
    headers: list[dict[str, str]] = field(default_factory=list)
    faults: list[Fault] = field(default_factory=list)
    pulls: list[Json] = field(default_factory=list)
    private: bool = True  # git needs the token too
    users: dict[str, int] = field(default_factory=lambda: {"ada": 7, "bob": 8})
    lock: threading.RLock = field(default_factory=threading.RLock)

    @property
    def address(self) -> str:
        """The host and the port."""
        return self.url.partition("//")[2]

    def bare(self, path: str = "team/shop") -> Path:
        return self.root / f"{path}.git"

    def git(self, *arguments: str, path: str = "team/shop") -> str:
        command = ["git", "-C", str(self.bare(path)), *arguments]
        done = subprocess.run(command, capture_output=True, text=True, check=False)
        return done.stdout.strip() if done.returncode == 0 else ""

    def writes(self) -> list[str]:
        """The requests that changed something, without those of git."""
        return [what for what, _ in self.requests if not what.startswith("GET") and ".git/" not in what]

    def take(self, what: str) -> Fault | None:
        with self.lock:
            for fault in self.faults:
                if re.search(fault.what, what) and fault.times > 0:
                    fault.times -= 1
                    return fault
        return None


class Server(ThreadingHTTPServer):
    """One that says nothing when those who ask go away."""

    daemon_threads = True

    def handle_error(self, *_: object) -> None:
        """Tests see what came of it."""


@contextmanager
def serving(root: Path) -> Iterator[Host]:
    """The host, until the block ends."""
    host = Host(root)
    server = Server(("127.0.0.1", 0), type("Bound", (Handler,), {"host": host}))
    host.url = f"http://127.0.0.1:{server.server_address[1]}"
    thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.02}, daemon=True)
    thread.start()
    try:
        yield host
    finally:
        server.shutdown()
        server.server_close()


class Refused(Exception):
    """An answer that is an error."""

    def __init__(self, status: int, **body: Any) -> None:
        self.status, self.body = status, body


class Handler(BaseHTTPRequestHandler):
    """Hands on to git or to one of the APIs."""

    host: Host
    protocol_version = "HTTP/1.1"

    def log_message(self, *_: object) -> None:
        """Quiet."""

    def do_GET(self) -> None:
        self._serve()

    do_POST = do_PUT = do_PATCH = do_DELETE = do_GET

    def _serve(self) -> None:
        data = self._body()
        path = urlsplit(self.path).path
        what = f"{self.command} {path}"
        content = json.loads(data) if data and "json" in self.headers.get("Content-Type", "") else None
        with self.host.lock:
            self.host.requests.append((what, content))
            self.host.headers.append(dict(self.headers))
        fault = self.host.take(what)
        if fault and not fault.after:
            time.sleep(fault.seconds)
            return self._break() if not fault.status else self._answer(fault.status, fault.body, fault.headers)
        if ".git/" in path:
            return self._git(path, data, broken=fault is not None)
        try:
            status, body = self._api(path, content or {})
        except Refused as refused:
            status, body = refused.status, refused.body
        if fault:
            return self._break() if not fault.status else self._answer(fault.status, fault.body, fault.headers)
        return self._answer(status, body)

    def _break(self) -> None:
        self.close_connection = True
        self.connection.close()

    def _body(self) -> bytes:
        if self.headers.get("Transfer-Encoding", "").lower() == "chunked":
            data = b""
            while size := int(self.rfile.readline().split(b";")[0], 16):
                data += self.rfile.read(size)
                self.rfile.readline()
            self.rfile.readline()
            return data
        return self.rfile.read(int(self.headers.get("Content-Length") or 0))

    def _answer(self, status: int, body: Any, headers: dict[str, str] | None = None) -> None:
        data = b"" if body is None else json.dumps(body).encode()
        self.send_response(status)
        for name, value in {"Content-Type": "application/json", **(headers or {})}.items():
            self.send_header(name, value)
        self.send_header("Content-Length", str(len(data)))
        self.end_headers()
        self.wfile.write(data)

    # git

    def _git(self, path: str, data: bytes, broken: bool) -> None:
        expected = base64.b64encode(f"x-access-token:{TOKEN}".encode()).decode()
        if self.host.private and self.headers.get("Authorization") != f"Basic {expected}":
            return self._answer(401, {"message": "no"}, {"WWW-Authenticate": 'Basic realm="git"'})
        environment = {
            **{name: value for name, value in os.environ.items() if not name.startswith("GIT_")},
            "GIT_PROJECT_ROOT": str(self.host.root), "GIT_HTTP_EXPORT_ALL": "1", "REMOTE_USER": "ada",
            "REQUEST_METHOD": self.command, "PATH_INFO": path, "QUERY_STRING": urlsplit(self.path).query,
            "CONTENT_TYPE": self.headers.get("Content-Type", ""), "CONTENT_LENGTH": str(len(data)),
            "HTTP_CONTENT_ENCODING": self.headers.get("Content-Encoding", ""),
            "HTTP_GIT_PROTOCOL": self.headers.get("Git-Protocol", ""), "GIT_CONFIG_NOSYSTEM": "1",
            "HOME": str(self.host.root),
        }  # fmt: skip
        done = subprocess.run(["git", "http-backend"], input=data, env=environment, capture_output=True, check=False)
        if broken:
            return self._break()
        head, _, body = done.stdout.partition(b"\r\n\r\n")
        lines = dict(line.split(": ", 1) for line in head.decode().split("\r\n") if ": " in line)
        self.send_response(int(lines.pop("Status", "200 OK").split()[0]))
        for name, value in lines.items():
            self.send_header(name, value)
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)
        return None

    # the APIs

    def _api(self, path: str, content: Json) -> tuple[int, Any]:
        query = {name: values[0] for name, values in parse_qs(urlsplit(self.path).query).items()}
        github, gitlab = f"Bearer {TOKEN}", self.headers.get("PRIVATE-TOKEN")
        if self.headers.get("Authorization") not in (github, f"token {TOKEN}") and gitlab != TOKEN:
            raise Refused(401, message="Bad credentials")
        routes: tuple[tuple[str, Callable[..., tuple[int, Any]]], ...] = (
            (r"GET /api/v3/repos/([^/]+/[^/]+)/pulls", self._list),
            (r"POST /api/v3/repos/([^/]+/[^/]+)/pulls", self._create),
            (r"PATCH /api/v3/repos/([^/]+/[^/]+)/pulls/(\d+)", self._edit),
            (r"POST /api/v3/repos/([^/]+/[^/]+)/pulls/(\d+)/requested_reviewers", self._ask),
            (r"POST /api/v3/repos/([^/]+/[^/]+)/issues/(\d+)/labels", self._label),
            (r"POST /api/v3/repos/([^/]+/[^/]+)/issues/(\d+)/comments", self._comment),
            (r"GET /api/v4/projects/([^/]+)/merge_requests", self._list_mr),
            (r"POST /api/v4/projects/([^/]+)/merge_requests", self._create_mr),
            (r"GET /api/v4/projects/([^/]+)/merge_requests/(\d+)", self._get_mr),
            (r"PUT /api/v4/projects/([^/]+)/merge_requests/(\d+)", self._edit_mr),
            (r"POST /api/v4/projects/([^/]+)/merge_requests/(\d+)/notes", self._comment),
            (r"POST /api/v4/projects/([^/]+)/uploads", self._upload),
            (r"GET /api/v4/users", self._users),
        )
        for pattern, route in routes:
            if found := re.fullmatch(pattern, f"{self.command} {path}"):
                with self.host.lock:
                    return route(*map(unquote, found.groups()), content=content, query=query)
        raise Refused(404, message="Not Found")

    def _pull(self, number: str) -> Json:
        for one in self.host.pulls:
            if one["number"] == int(number):
                return one
        raise Refused(404, message="Not Found")

    def _require_branches(self, path: str, head: str, base: str) -> None:
        for name in (head, base):
            if not self.host.git("rev-parse", "--verify", f"refs/heads/{name}", path=path):
                raise Refused(422, message="Validation Failed", errors=[{"field": "head", "code": "invalid"}])
        if not self.host.git("rev-list", f"{base}..{head}", path=path):
            raise Refused(
                422, message="Validation Failed", errors=[{"message": f"No commits between {base} and {head}"}]
            )

    def _new(self, path: str, head: str, base: str, title: str, body: str, draft: bool) -> Json:
        self._require_branches(path, head, base)
        one = {
            "number": len(self.host.pulls) + 1, "path": path, "head": head, "base": base, "title": title, "body": body,
            "draft": draft, "state": "open", "merged": False, "labels": [], "comments": [], "reviewers": [],
        }  # fmt: skip
        self.host.pulls.append(one)
        return one

    # GitHub

    def _github(self, one: Json) -> Json:
        url = f"{self.host.url}/api/v3/repos/{one['path']}"
        owner = one["path"].partition("/")[0]
        return {
            "number": one["number"], "html_url": f"{self.host.url}/{one['path']}/pull/{one['number']}",
            "url": f"{url}/pulls/{one['number']}", "issue_url": f"{url}/issues/{one['number']}",
            "head": {"ref": one["head"], "label": f"{owner}:{one['head']}", "repo": {"full_name": one["path"]}},
            "base": {"ref": one["base"], "label": f"{owner}:{one['base']}"}, "title": one["title"],
            "body": one["body"].replace("\n", "\r\n"), "state": one["state"], "draft": one["draft"],
            "merged_at": "2026-01-01T00:00:00Z" if one["merged"] else None,
            "labels": [{"name": name} for name in one["labels"]],
        }  # fmt: skip

    def _list(self, path: str, content: Json, query: Json) -> tuple[int, Any]:
        state, head = query.get("state", "open"), query.get("head", "").rpartition(":")[2]
        found = [one for one in self.host.pulls if one["path"] == path and state in ("all", one["state"])]
        return 200, [self._github(one) for one in reversed(found) if not head or one["head"] == head]

    def _create(self, path: str, content: Json, query: Json) -> tuple[int, Any]:
        head, base = content["head"], content["base"]
        if any((one["head"], one["base"], one["state"]) == (head, base, "open") for one in self.host.pulls):
            text = f"A pull request already exists for team:{head}."
            raise Refused(422, message="Validation Failed", errors=[{"resource": "PullRequest", "message": text}])
        one = self._new(path, head, base, content["title"], content.get("body", ""), content.get("draft", False))
        return 201, self._github(one)

    def _edit(self, path: str, number: str, content: Json, query: Json) -> tuple[int, Any]:
        one = self._pull(number)
        one.update({name: content[name] for name in ("title", "body", "base", "state") if name in content})
        return 200, self._github(one)

    def _ask(self, path: str, number: str, content: Json, query: Json) -> tuple[int, Any]:
        unknown = [name for name in content.get("reviewers", []) if name not in self.host.users]
        if unknown:
            raise Refused(422, message="Reviews may only be requested from collaborators.")
        self._pull(number)["reviewers"] += [*content.get("reviewers", []), *content.get("team_reviewers", [])]
        return 201, self._github(self._pull(number))

    def _label(self, path: str, number: str, content: Any, query: Json) -> tuple[int, Any]:
        names = content["labels"] if isinstance(content, dict) else content
        labels = self._pull(number)["labels"]
        labels += [name for name in names if name not in labels]
        return 200, [{"name": name} for name in labels]

    def _comment(self, path: str, number: str, content: Json, query: Json) -> tuple[int, Any]:
        self._pull(number)["comments"].append(content["body"])
        return 201, {"id": 1, "body": content["body"]}

    # GitLab

    def _gitlab(self, one: Json) -> Json:
        state = "merged" if one["merged"] else {"open": "opened"}.get(one["state"], one["state"])
        return {
            "id": 1000 + one["number"], "iid": one["number"], "project_id": 1, "source_project_id": 1,
            "target_project_id": 1, "web_url": f"{self.host.url}/{one['path']}/-/merge_requests/{one['number']}",
            "source_branch": one["head"], "target_branch": one["base"], "title": one["title"], "state": state,
            "description": one["body"], "labels": one["labels"],
            "reviewers": [{"id": self.host.users[name]} for name in one["reviewers"]],
        }  # fmt: skip

    def _list_mr(self, path: str, content: Json, query: Json) -> tuple[int, Any]:
        found = [self._gitlab(one) for one in reversed(self.host.pulls) if one["path"] == path]
        state, head = query.get("state", "all"), query.get("source_branch", "")
        kept = [one for one in found if state in ("all", one["state"]) and head in ("", one["source_branch"])]
        return 200, kept

    def _create_mr(self, path: str, content: Json, query: Json) -> tuple[int, Any]:
        head, base = content["source_branch"], content["target_branch"]
        if any((one["head"], one["base"], one["state"]) == (head, base, "open") for one in self.host.pulls):
            raise Refused(409, message=["Another open merge request already exists for this source branch: !1"])
        title = content["title"]
        one = self._new(path, head, base, title, content.get("description", ""), title.startswith("Draft: "))
        return 201, self._gitlab(one)

    def _get_mr(self, path: str, number: str, content: Json, query: Json) -> tuple[int, Any]:
        return 200, self._gitlab(self._pull(number))

    def _edit_mr(self, path: str, number: str, content: Json, query: Json) -> tuple[int, Any]:
        one = self._pull(number)
        for name, own in (("description", "body"), ("target_branch", "base"), ("title", "title")):
            one[own] = content.get(name, one[own])
        if content.get("state_event") == "close":
            one["state"] = "closed"
        one["labels"] += [
            name for name in content.get("add_labels", "").split(",") if name and name not in one["labels"]
        ]
        names = {number: name for name, number in self.host.users.items()}
        one["reviewers"] = [names[number] for number in content.get("reviewer_ids", [])] or one["reviewers"]
        return 200, self._gitlab(one)

    def _users(self, content: Json, query: Json) -> tuple[int, Any]:
        name = query.get("username", "")
        return 200, [{"id": self.host.users[name], "username": name}] if name in self.host.users else []

    def _upload(self, path: str, content: Json, query: Json) -> tuple[int, Any]:
        return 201, {"markdown": "[review.html](/uploads/0/review.html)", "url": "/uploads/0/review.html"}
