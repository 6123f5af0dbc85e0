"""Requests a project under uvicorn, as different people, and prints what went wrong as JSON.

    python -m sweep_pages FOLDER WANTED PACKAGE ...

FOLDER is for the database. WANTED is a JSON file: `symbols` are the dotted names of the views to request, `functions`
those to measure, as {"path:qualname": [first, last line]}. Each URL of these views gets GET and POST: without data,
with the names that its view looks up, and with each form of its page. The rows are those of `populate`, for these
packages, and are put back after each request.
"""

import contextlib
import http.client
import inspect
import json
import logging
import re
import sqlite3
import sys
import threading
import time
import traceback
import warnings
from contextlib import closing
from pathlib import Path
from unittest import mock
from urllib.parse import urlencode, urlsplit

import coverage
import django
import offline  # noqa: F401  # takes effect when imported
import uvicorn

TOKEN = "c" * 32
HEADERS = {"X-CSRFToken": TOKEN, "Host": "localhost"}
SIGNS = ("SynchronousOnlyOperation", "was never awaited", "ImproperlyConfigured", "unawaited coroutine")
PATIENCE = 20


class Watch(logging.Handler):
    """Keeps what the server logs of errors while one request is answered."""

    def __init__(self):
        super().__init__(logging.WARNING)
        self.lines = []

    def emit(self, record):
        text = record.getMessage()
        if record.exc_info:
            text += "".join(traceback.format_exception(*record.exc_info)[-2:])
        self.lines.append(text)

    def warned(self, message, category, filename, lineno, file=None, line=None):
        self.lines.append(f"{category.__name__}: {message}")

    def taken(self):
        lines, self.lines = self.lines, []
        return [line[-500:] for line in lines if any(sign in line for sign in SIGNS)]


def serve(application):
    server = uvicorn.Server(uvicorn.Config(application, port=0, log_config=None, lifespan="off", loop="asyncio"))
    thread = threading.Thread(target=server.run, daemon=True)
    thread.start()
    while not server.started:
        time.sleep(0.02)
    return server, thread, server.servers[0].sockets[0].getsockname()[1]


def ask(port, method, path, cookies, data=None, ajax=False):
    """Status, redirection and text of one request; status 0 when there is no answer in time."""
    headers = {**HEADERS, "Cookie": "; ".join(f"{k}={v}" for k, v in {"csrftoken": TOKEN, **cookies}.items())}
    if ajax:
        headers["X-Requested-With"] = "XMLHttpRequest"
    body = None
    if method == "POST":
        body = urlencode(data or [], doseq=True)
        headers["Content-Type"] = "application/x-www-form-urlencoded"
    connection = http.client.HTTPConnection("127.0.0.1", port, timeout=PATIENCE)
    try:
        connection.request(method, path, body, headers)
        response = connection.getresponse()
        return response.status, response.getheader("Location", ""), response.read(1_000_000).decode("utf-8", "replace")
    except OSError as error:
        return 0, "", repr(error)
    finally:
        connection.close()


def requests_of(path, view, page):
    """(method, path, data, ajax, label) for everything that a view is asked."""
    from page_forms import submissions
    from request_words import requested_data

    source = inspect.getsource(inspect.getmodule(view))
    ways = (False, True) if re.search("XMLHttpRequest|is_ajax|HTMX|hx-", source, re.IGNORECASE) else (False,)
    for ajax in ways:
        suffix = " ajax" if ajax else ""
        if ajax:
            yield "GET", path, None, True, "ajax"
        yield "POST", path, {}, ajax, suffix
        for number, data in enumerate(requested_data(view)):
            yield "GET", f"{path}?{urlencode(data)}", None, ajax, suffix
            yield "POST", path, data, ajax, f"words {number}{suffix}"
        for number, (action, data) in enumerate(submissions(page)):
            yield "POST", urlsplit(action).path or path, data, ajax, f"form {number}{suffix}"


class Sweep:
    def __init__(self, port, watch, database):
        self.port, self.watch, self.database = port, watch, database
        self.answers, self.trouble = {}, {}

    def one(self, who, method, path, cookies, data=None, ajax=False, label=""):
        name = f"{who} {method} {path} {label}".strip()
        if name in self.answers:
            return ""
        status, location, text = ask(self.port, method, path, cookies, data, ajax)
        self.answers[name] = [status, location]
        if found := self.watch.taken():
            self.trouble[name] = found
        self.database.restore()
        return text

    def every(self, views, people):
        for path, view in views:
            for who, cookies in people.items():
                page = self.one(who, "GET", path, cookies)
                moved = urlsplit((self.answers.get(f"{who} GET {path}") or ["", ""])[1]).path
                if moved and moved != path:  # a slug that is spelled otherwise
                    page += self.one(who, "GET", moved, cookies)
                for method, target, data, ajax, label in requests_of(path, view, page):
                    self.one(who, method, target, cookies, data, ajax, label)


def copy_database(source, target):
    """SQLite copies it itself, as some thread may still hold a connection."""
    with closing(sqlite3.connect(source)) as old, closing(sqlite3.connect(target, timeout=PATIENCE)) as new:
        old.backup(new)


class Database:
    """SQLite in a file of which a copy is put back."""

    def __init__(self, folder):
        from django.db import connections

        self.folder = folder
        self.files = {}
        for alias in connections:
            self.files[alias] = folder / f"{alias}.sqlite3"
            for name in folder.glob(f"{alias}.*"):
                name.unlink()
            connections.settings[alias]["NAME"] = str(self.files[alias])
            connections[alias].settings_dict["NAME"] = str(self.files[alias])

    def keep(self):
        from django.db import connections

        connections.close_all()
        for file in self.files.values():
            copy_database(file, file.with_suffix(".kept"))

    def restore(self):
        from django.core.cache import cache

        cache.clear()
        for file in self.files.values():
            copy_database(file.with_suffix(".kept"), file)


def people():
    """The cookies of a visitor, a newcomer whom no row refers to, a user and an administrator."""
    from django.contrib.auth import get_user_model
    from django.test import Client
    from populate import WORDS, make_administrator

    cookies = {"visitor": {}}
    get_user_model().objects.create_user(username="three", email="three@example.org", password="three")
    for who, word in (("newcomer", "three"), ("user", WORDS[1]), ("administrator", WORDS[0])):
        user = get_user_model().objects.get(username=word)
        if who == "administrator":
            make_administrator(user)
        client = Client()
        client.force_login(get_user_model().objects.get(pk=user.pk))
        cookies[who] = {name: morsel.value for name, morsel in client.cookies.items()}
    return cookies


def covered(measured, functions):
    """Of each function its lines and branches, and those that were not reached."""
    found = {}
    data = measured.get_data()
    for name, (first, last) in functions.items():
        path = str(Path(name.partition(":")[0]).resolve())
        analysis = measured._analyze(path) if path in data.measured_files() else None
        if analysis is None:
            found[name] = {"lines": last - first, "missing": ["all"]}
            continue
        inside = {line for line in analysis.statements if first < line <= last}
        missing = sorted(inside & analysis.missing)
        arcs = [f"{a}->{b}" for a, ends in analysis.missing_branch_arcs().items() for b in ends if first < a <= last]
        branches = sum(n for a, (n, _) in analysis.branch_stats().items() if first < a <= last)
        found[name] = {"lines": len(inside), "missing": missing, "branches": branches, "missing_branches": arcs}
    return found


def main():
    folder, wanted, packages = Path(sys.argv[1]), json.loads(Path(sys.argv[2]).read_bytes()), set(sys.argv[3:])
    functions = wanted["functions"]
    measured = coverage.Coverage(
        data_file=None,
        branch=True,
        include=sorted({str(Path(f.partition(":")[0]).resolve()) for f in functions} or "-"),
    )
    measured.start()
    output, sys.stdout = sys.stdout, sys.stderr
    django.setup()
    from django.conf import settings
    from django.core.asgi import get_asgi_application
    from django.core.management import call_command
    from django.test.utils import setup_test_environment
    from django.urls import get_resolver
    from populate import MOMENT, WORDS, populate
    from probe_pages import urls

    setup_test_environment()  # mails stay here
    settings.ALLOWED_HOSTS = ["*"]
    database = Database(folder)
    for alias in database.files:
        call_command("migrate", verbosity=0, interactive=False, run_syncdb=True, database=alias)
    with mock.patch("django.utils.timezone.now", lambda: MOMENT):
        populate(packages)
    cookies = people()
    database.keep()
    watch = Watch()
    logging.getLogger().addHandler(watch)
    for logger in ("django", "django.request", "asyncio"):
        logging.getLogger(logger).addHandler(watch)
    warnings.simplefilter("always", RuntimeWarning)
    warnings.showwarning = watch.warned
    server, thread, port = serve(get_asgi_application())
    sweep = Sweep(port, watch, database)
    views = []
    for word, number in zip(WORDS, "12", strict=True):
        for path, callback in urls(get_resolver().url_patterns, word=word, number=number):
            view = inspect.unwrap(getattr(callback, "view_class", callback))
            name = f"{view.__module__}.{getattr(view, '__qualname__', '')}"
            if any(symbol == name or symbol.startswith(f"{name}.") for symbol in wanted["symbols"]):
                views.append((path, view))
    with contextlib.suppress(KeyboardInterrupt):
        sweep.every(sorted(views, key=lambda pair: pair[0]), cookies)
    server.should_exit = True
    thread.join(PATIENCE)
    measured.stop()
    result = {"answers": sweep.answers, "trouble": sweep.trouble, "coverage": covered(measured, functions)}
    print(json.dumps(result, indent=1), file=output)


if __name__ == "__main__":
    main()
