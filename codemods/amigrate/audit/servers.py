"""Which server the project is started with, read from what starts it: Procfile, Docker, compose, units, scripts."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from pathlib import Path

from amigrate.audit.data import Finding, Level, Place
from amigrate.discover.files import read_inside

_STARTS = re.compile(
    r"(?:.*/)?(?:Procfile[^/]*|[^/]*Dockerfile[^/]*|Containerfile|(?:docker-)?compose[^/]*\.ya?ml|[^/]*gunicorn[^/]*\.py"
    r"|[^/]*uwsgi[^/]*\.(?:ini|ya?ml|toml)|[^/]*\.service|supervisor[^/]*\.(?:conf|ini)|[^/]*\.sh|fly\.toml|render\.yaml"
    r"|app\.ya?ml|heroku\.yml|nixpacks\.toml|railway\.(?:json|toml)|(?:entrypoint|docker-entrypoint|start|run)[^/.]*)\Z",
    re.IGNORECASE,
)
_REQUIREMENTS = re.compile(
    r"(?:[^/]*requirements?[^/]*\.(?:txt|in)|requirements/[^/]+\.(?:txt|in)|pyproject\.toml|Pipfile|setup\.(?:py|cfg)"
    r"|environment\.ya?ml)\Z"
)
_EXAMPLE = re.compile(r"(?:^|/)(?:examples?|samples?|docs?|tests?)/", re.IGNORECASE)
_MOST = 400  # files
_LARGEST = 300_000  # bytes
_ASGI_SERVERS = ("uvicorn", "daphne", "hypercorn", "granian")
_WSGI_SERVERS = ("uwsgi", "waitress-serve", "mod_wsgi", "apache2ctl")
# a command, not the name of a package in an installation
_INSTALLS = re.compile(
    r"\b(?:pip|uv|poetry|apt|apt-get|apk|brew|conda)\b.*\b(?:install|add|sync)\b|^\s*#", re.IGNORECASE
)
_ASGI_WORKER = re.compile(r"uvicorn(?:\.workers|_worker)|asgi_gunicorn|hypercorn\.|worker[-_]class\W+asgi")
_GREEN_WORKER = re.compile(r"(?:worker[-_]class|-k)\W+(gevent|eventlet)")
_MODULE = re.compile(r"[\w.]+[.:](?:asgi|wsgi)\b|\b(?:asgi|wsgi)[.:]application")


@dataclass(frozen=True, slots=True)
class Start:
    """A place that starts a server."""

    server: str
    place: Place
    asynchronous: bool
    green: str = ""


def servers(root: Path, paths: Iterable[str]) -> list[Finding]:
    """What the way the project is served means for async."""
    listed = [path for path in paths if not _EXAMPLE.search(path)]
    starts = list(_starts(root, [path for path in listed if _STARTS.match(path)][:_MOST]))
    if not starts:
        return list(_required(root, listed))
    found: list[Finding] = []
    shown: set[tuple[str, bool]] = set()
    for start in starts:
        if (start.server, start.asynchronous) not in shown:
            shown.add((start.server, start.asynchronous))
            found.append(_finding(start))
    return found


def _finding(start: Start) -> Finding:
    if start.green:
        text = f"gunicorn runs with {start.green} workers, which patch the standard library and do not mix with asyncio"
        return Finding(
            "Server", Level.BLOCKER, text, "use -k uvicorn_worker.UvicornWorker and the ASGI application", start.place
        )
    if start.asynchronous:
        return Finding("Server", Level.OK, f"served by {start.server} as ASGI", place=start.place)
    if start.server == "gunicorn":
        text = (
            "gunicorn runs without an async worker: under WSGI each async view gets an event loop of its own "
            "and gains nothing"
        )
        remedy = "serve the ASGI application, with -k uvicorn_worker.UvicornWorker, or with uvicorn itself"
        return Finding("Server", Level.BLOCKER, text, remedy, start.place)
    if start.server == "runserver":
        text = "only Django's development server is started here"
        return Finding("Server", Level.INFO, text, "in production use an ASGI server such as uvicorn", start.place)
    text = f"{start.server} serves WSGI: each async view gets an event loop of its own there and gains nothing"
    return Finding(
        "Server", Level.BLOCKER, text, "serve the ASGI application with uvicorn, hypercorn or granian", start.place
    )


def _starts(root: Path, paths: Iterable[str]) -> Iterator[Start]:
    texts = {path: read_inside(root, path, _LARGEST).decode("utf-8", "replace") for path in paths}
    workers = "\n".join(text for path, text in texts.items() if "gunicorn" in path.lower() and path.endswith(".py"))
    for path, text in texts.items():
        if path.endswith(".py"):
            continue
        if "uwsgi" in path.rpartition("/")[2].lower() and "[uwsgi]" in text:
            yield Start("uwsgi", Place(path, 1), asynchronous=False)
        for number, line in enumerate(text.splitlines(), 1):
            if _INSTALLS.search(line):
                continue
            if start := _start(path, number, line, text + workers):
                yield start


def _start(path: str, number: int, line: str, around: str) -> Start | None:
    words = set(re.findall(r"[\w-]+", line))
    place = Place(path, number)
    if "gunicorn" in words and _is_command(line, "gunicorn"):
        green = _GREEN_WORKER.search(around)
        return Start("gunicorn", place, bool(_ASGI_WORKER.search(around)), green[1] if green else "")
    for name in _ASGI_SERVERS:
        if name in words and _is_command(line, name) and (_MODULE.search(around) or "asgi" in line):
            return Start(name, place, asynchronous=True)
    for name in _WSGI_SERVERS:
        if name in words and _is_command(line, name):
            return Start(name, place, asynchronous=False)
    if "runserver" in words:
        return Start("runserver", place, asynchronous=False)
    return None


def _is_command(line: str, name: str) -> bool:
    """Whether the word begins a command, and is no path, package or key of a configuration."""
    match = re.search(rf"(?<![\w./=-]){re.escape(name)}(?![\w.=:/-])", line)
    if match is None:
        return bool(re.search(rf"/bin/{re.escape(name)}\b", line))
    before = line[: match.start()].strip()
    return not before or before[-1] in "'\"[,:;&|=!" or before.split()[-1] in _BEFORE or line.rstrip().endswith("\\")


_BEFORE = frozenset("exec run -m CMD ENTRYPOINT web: then && || command: server: python time - nohup sudo".split())


def _required(root: Path, paths: Iterable[str]) -> Iterator[Finding]:
    """When nothing starts a server here: what the requirements name."""
    for path in sorted(p for p in paths if _REQUIREMENTS.fullmatch(p))[:50]:
        text = read_inside(root, path, _LARGEST).decode("utf-8", "replace")
        for number, line in enumerate(text.splitlines(), 1):
            for name in (*_ASGI_SERVERS, "gunicorn", "uwsgi"):
                if re.search(rf"^[\s\"']*{name}\b", line, re.IGNORECASE):
                    known = name in _ASGI_SERVERS
                    text = f"{name} is required, and no file here says how it is started"
                    remedy = (
                        ""
                        if known
                        else "async needs an ASGI server: uvicorn, or gunicorn with uvicorn_worker.UvicornWorker"
                    )
                    yield Finding("Server", Level.INFO if known else Level.WARNING, text, remedy, Place(path, number))
                    return
    yield Finding(
        "Server",
        Level.INFO,
        "no file here says how the project is served",
        "async views gain only under an ASGI server",
    )
