"""Executes case modules on the Django of this interpreter and prints what each did, as JSON.

    python harness.py PROJECT SPECS.json        SPECS: {"case": {"kind": "func" | "view", "seconds": 30, ...}}

Of each: its result or exception, the rows of all tables afterwards, coroutines that nobody awaited, and how often
SynchronousOnlyOperation was raised. Run by `runner.py`, in a process of its own.
"""

from __future__ import annotations

import asyncio
import gc
import importlib.util
import json
import os
import shutil
import signal
import sys
import tempfile
import warnings
from pathlib import Path
from types import ModuleType
from typing import Any

project, specs = Path(sys.argv[1]), json.loads(Path(sys.argv[2]).read_text())
sys.path.insert(0, str(project))
folder = tempfile.TemporaryDirectory(prefix="semantics-", dir="/dev/shm" if Path("/dev/shm").is_dir() else None)
database, seeded = Path(folder.name) / "work.sqlite3", Path(folder.name) / "seed.sqlite3"
os.environ["SEMANTICS_DB"] = str(database)
os.environ["DJANGO_SETTINGS_MODULE"] = "settings"

import django

django.setup()

from asgiref.sync import async_to_sync, iscoroutinefunction
from django.apps import apps
from django.core import exceptions
from django.core.cache import cache
from django.core.management import call_command
from django.db import connection, connections, models
from django.db.models import signals
from django.urls import clear_url_caches, path


class TooLong(BaseException):
    """A case did not end in its time."""


def _stop(*_: object) -> None:
    raise TooLong


signal.signal(signal.SIGALRM, _stop)
unsafe: list[int] = []
_original = exceptions.SynchronousOnlyOperation.__init__


def _counted(self: Exception, *args: object) -> None:
    unsafe.append(1)
    _original(self, *args)


exceptions.SynchronousOnlyOperation.__init__ = _counted  # type: ignore[assignment, method-assign]  # it counts


def prepare() -> None:
    """Makes the database, with the rows that every case starts from."""
    from desk.seed import seed  # type: ignore[import-not-found]  # of the project

    call_command("migrate", run_syncdb=True, verbosity=0)
    seed()
    connections.close_all()
    shutil.copy(database, seeded)


def restore() -> None:
    """Puts everything back that a case may have changed."""
    from django.contrib.contenttypes.models import ContentType

    connections.close_all()
    shutil.copy(seeded, database)
    cache.clear()
    ContentType.objects.clear_cache()
    unsafe.clear()


def load(name: str, known: set[str]) -> Any:
    """A case's module; models that the cases before it defined are forgotten."""
    for model in set(apps.all_models["desk"]) - known:
        del apps.all_models["desk"][model]
    apps.clear_cache()
    spec = importlib.util.spec_from_file_location(f"cases.{name}", project / "cases" / f"{name}.py")
    assert spec is not None and spec.loader is not None
    module: ModuleType = importlib.util.module_from_spec(spec)
    sys.modules[spec.name] = module
    spec.loader.exec_module(module)
    return module


def plain(value: object) -> Any:
    """A comparable form of a result."""
    if isinstance(value, models.Model):
        return ["model", value._meta.concrete_model.__name__, value.pk]
    if isinstance(value, models.QuerySet):
        return ["queryset", *map(plain, value)]
    if isinstance(value, dict):
        return ["dict", *([plain(k), plain(v)] for k, v in value.items())]
    if isinstance(value, set | frozenset):
        return ["set", *sorted(map(plain, value), key=repr)]
    if isinstance(value, list | tuple):
        return [type(value).__name__, *map(plain, value)]
    if asyncio.iscoroutine(value):
        value.close()
        return ["coroutine"]
    if value is None or isinstance(value, str | int | float | bool | bytes):
        return repr(value)
    return f"<{type(value).__name__}>"


def rows() -> dict[str, str]:
    """The rows of all tables, without what differs from run to run."""
    found = {}
    left_out = {"last_login", "password", "date_joined"}
    with connection.cursor() as cursor:
        names = cursor.execute("select name from sqlite_master where type = 'table' order by 1").fetchall()
        for (table,) in names:
            if table in ("django_session", "sqlite_sequence", "django_migrations"):
                continue
            columns = [row[1] for row in cursor.execute(f'pragma table_info("{table}")').fetchall()]
            content = cursor.execute(f'select * from "{table}" order by 1').fetchall()
            kept = [[v for c, v in zip(columns, row, strict=True) if c not in left_out] for row in content]
            found[table] = repr(kept)
    return found


async def _streamed(response: Any) -> list[bytes]:
    """What an async view streams, read on the event loop as a server does with an async generator."""
    content = response.streaming_content
    return [part async for part in content] if response.is_async else list(content)


def respond(module: Any, spec: dict[str, Any]) -> list[object]:
    """What the case's view answers to the requests of its options."""
    import urls  # type: ignore[import-not-found]  # of the project
    from django.contrib.auth.models import User
    from django.test import AsyncClient, Client

    urls.urlpatterns[:] = [path("v/", module.view), path("v/<int:pk>/", module.view)]
    clear_url_caches()
    asynchronous = iscoroutinefunction(module.view)
    client = AsyncClient() if asynchronous else Client()
    if login := spec.get("login"):
        client.force_login(User.objects.get(username=login))
    method, arguments = getattr(client, spec.get("method", "get")), (spec.get("path", "/v/"), spec.get("data", {}))
    found: list[object] = []
    for _ in range(int(spec.get("times", 1))):
        response = async_to_sync(method)(*arguments) if asynchronous else method(*arguments)
        if response.streaming and asynchronous:
            response.streaming_content = async_to_sync(_streamed)(response)
        kept = {
            k: v for k, v in sorted(response.headers.items()) if k.startswith("X-") or k in ("Location", "Content-Type")
        }
        body = b"".join(response.streaming_content) if response.streaming else response.content
        found.append([response.status_code, body.decode()[:5000], kept])
    return found


def execute(name: str, spec: dict[str, Any], known: set[str]) -> dict[str, object]:
    """Runs one case."""
    restore()
    lists = [s for s in vars(signals).values() if hasattr(s, "receivers")]
    receivers = [list(s.receivers) for s in lists]
    with warnings.catch_warnings(record=True) as caught:
        warnings.simplefilter("always")
        signal.alarm(int(spec.get("seconds", 30)))
        try:
            module = load(name, known)
            if spec["kind"] == "view":
                result: object = respond(module, spec)
            elif iscoroutinefunction(module.f):
                result = plain(async_to_sync(lambda: asyncio.wait_for(module.f(), 10))())
            else:
                result = plain(module.f())
        except BaseException as error:
            text = str(error)
            result = ["raises", type(error).__name__, text.splitlines()[0][:300] if text else ""]
        signal.alarm(0)
        gc.collect()
        gc.freeze()  # what lives on needs no look after each case
    for one, before in zip(lists, receivers, strict=True):
        one.receivers = before
        one.sender_receivers_cache.clear()
    never = sorted({str(w.message) for w in caught if "never awaited" in str(w.message)})
    return {"result": result, "rows": rows(), "never_awaited": never, "unsafe": len(unsafe)}


if __name__ == "__main__":
    prepare()
    gc.freeze()
    own = set(apps.all_models["desk"])
    json.dump({name: execute(name, spec, own) for name, spec in specs.items()}, sys.stdout)
