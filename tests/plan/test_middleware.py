"""`async-middleware`: what becomes of middleware, executed under a sync and an async handler before and after."""

from __future__ import annotations

import subprocess
import sys
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

import pytest

from amigrate.model import ChangeSet
from amigrate.options import Options
from amigrate.pipeline import run

MODELS = "from django.db import models\n\n\nclass Visit(models.Model):\n    path = models.CharField(max_length=50)\n"
SETTINGS = """SECRET_KEY = "x"
INSTALLED_APPS = ["django.contrib.auth", "django.contrib.contenttypes", "django.contrib.sessions", "app"]
DATABASES = {"default": {"ENGINE": "django.db.backends.sqlite3", "NAME": "db.sqlite3"}}
ROOT_URLCONF = "urls"
USE_TZ = True
MIDDLEWARE = [
    "django.contrib.sessions.middleware.SessionMiddleware",
    "django.contrib.auth.middleware.AuthenticationMiddleware",
"""
URLS = """from django.http import HttpResponse
from django.urls import path


def sync_view(request):
    return HttpResponse("sync")


async def async_view(request):
    return HttpResponse("async")


async def broken(request):
    raise ValueError("broken")


urlpatterns = [path("sync/", sync_view), path("async/", async_view), path("broken/", broken)]
"""
DRIVER = """import os
os.environ["DJANGO_SETTINGS_MODULE"] = "settings"
import django
django.setup()
from django.conf import settings
from django.core.management import call_command
call_command("migrate", run_syncdb=True, verbosity=0)
from asgiref.sync import async_to_sync
from django.contrib.auth.models import User
from django.test import AsyncClient, Client, override_settings
from app.models import Visit
user = User.objects.create(username="ann")
django_own = [name for name in settings.MIDDLEWARE if name.startswith("django")]
for name in settings.MIDDLEWARE[len(django_own):]:
    with override_settings(MIDDLEWARE=[*django_own, name]):
        for login in (False, True):
            for path in ("/sync/", "/async/", "/broken/"):
                for client in (Client(raise_request_exception=False), AsyncClient(raise_request_exception=False)):
                    if login:
                        client.force_login(user)
                    asynchronous = isinstance(client, AsyncClient)
                    response = async_to_sync(client.get)(path) if asynchronous else client.get(path)
                    headers = {k: v for k, v in sorted(response.headers.items()) if k.startswith("X-")}
                    print(name, path, login, asynchronous, response.status_code, response.content[:20], headers)
    print(name, Visit.objects.count())
"""
FACTORY = "def Under(get_response):\n    def middleware(request):\n{}\n\n    return middleware\n"
CLASS = "class Under:\n    def __init__(self, get_response):\n        self.get_response = get_response\n\n{}"
HEAD = "import time\n\nfrom django.http import HttpResponse\n\nfrom app.models import Visit\n\n\n"

CHANGED = {
    "factory": FACTORY.format(
        "        response = get_response(request)\n        response['X-N'] = '1'\n        return response"
    ),
    "factory_queries": FACTORY.format(
        "        Visit.objects.create(path=request.path)\n        response = get_response(request)\n"
        "        response.headers['X-N'] = str(Visit.objects.filter(path=request.path).count())\n"
        "        return response"
    ),
    "factory_user": FACTORY.format(
        "        who = 'ann' if request.user.is_authenticated else 'nobody'\n"
        "        response = get_response(request)\n        response['X-Who'] = who\n        return response"
    ),
    "factory_shortcut": FACTORY.format(
        "        if request.path == '/sync/':\n            return HttpResponse('no', status=403)\n"
        "        return get_response(request)"
    ),
    "factory_try": FACTORY.format(
        "        try:\n            return get_response(request)\n        finally:\n"
        "            Visit.objects.create(path=request.path)"
    ),
    "class": CLASS.format(
        "    def __call__(self, request):\n        response = self.get_response(request)\n"
        "        response['X-N'] = '1'\n        return response\n"
    ),
    "class_queries": CLASS.format(
        "    def __call__(self, request):\n        '''Counts.'''\n        Visit.objects.create(path=request.path)\n"
        "        response = self.get_response(request)\n"
        "        response.headers['X-N'] = str(Visit.objects.filter(path=request.path).count())\n"
        "        return response\n"
    ),
    "class_helper": CLASS.format(
        "    def note(self, request):\n        Visit.objects.create(path=request.path)\n\n"
        "    def __call__(self, request):\n        self.note(request)\n        return self.get_response(request)\n"
    ),
    "class_hooks": CLASS.format(
        "    def __call__(self, request):\n        return self.get_response(request)\n\n"
        "    def process_view(self, request, view, args, kwargs):\n        Visit.objects.create(path='v')\n\n"
        "    def process_exception(self, request, exception):\n        return HttpResponse('caught', status=418)\n"
    ),
    "class_docstring": CLASS.replace(
        "class Under:\n", 'class Under:\n    """It stamps."""\n\n    name = "X-N"\n\n'
    ).format(
        "    def __call__(self, request):\n        response = self.get_response(request)\n"
        "        response[self.name] = '1'\n        return response\n"
    ),
}
MIXIN = "from django.utils.deprecation import MiddlewareMixin\n\n\nclass Under(MiddlewareMixin):\n"
LEFT = {
    "mixin": (
        MIXIN + "    def process_request(self, request):\n        Visit.objects.create(path='m')\n",
        "nothing to do",
    ),
    "capable": (
        CLASS.replace("class Under:\n", "class Under:\n    async_capable = False\n\n").format(
            "    def __call__(self, request):\n        return self.get_response(request)\n"
        ),
        "",
    ),
    "atomic": (
        "from django.db import transaction\n\n\n"
        + FACTORY.format("        with transaction.atomic():\n            return get_response(request)"),
        "transaction.atomic",
    ),
    "thread_local": (
        "import threading\n\nSTATE = threading.local()\n\n\n"
        + FACTORY.format("        STATE.request = request\n        return get_response(request)"),
        "thread-local",
    ),
    "kept": (
        FACTORY.format("        later(get_response)\n        return get_response(request)"),
        "hands `get_response` on",
    ),
    "other_use": (
        CLASS.format(
            "    def again(self, request):\n        return self.get_response(request)\n\n"
            "    def __call__(self, request):\n        return self.again(request)\n"
        ),
        "`again` calls self.get_response too",
    ),
    "inherits": (
        "class Base:\n    pass\n\n\n"
        + CLASS.replace("Under:", "Under(Base):").format(
            "    def __call__(self, request):\n        return self.get_response(request)\n"
        ),
        "inherits from app.inherits.Base",
    ),
}


def project(folder: Path, sources: Mapping[str, str]) -> Path:
    """A project with these middleware classes and factories, each `app.NAME.Under`."""
    (folder / "app").mkdir(parents=True)
    named = "".join(f'    "app.{name}.Under",\n' for name in sources)
    files = {"app/__init__.py": "", "app/models.py": MODELS, "settings.py": f"{SETTINGS}{named}]\n", "urls.py": URLS}
    for path, text in {**files, **{f"app/{name}.py": HEAD + source for name, source in sources.items()}}.items():
        (folder / path).write_text(text)
    return folder


def migrated(folder: Path, *select: str) -> ChangeSet:
    return run(folder, Options(select=select, pyrefly=False, cache=False, django="5.2"))


def answers(folder: Path) -> list[str]:
    """What clients of both kinds get through each middleware."""
    (folder / "db.sqlite3").unlink(missing_ok=True)
    done = subprocess.run([sys.executable, "-c", DRIVER], cwd=folder, capture_output=True, text=True, check=False)
    assert not done.returncode, done.stderr[-2000:]
    assert "never awaited" not in done.stderr
    return done.stdout.splitlines()


@dataclass(frozen=True)
class Run:
    """Both executions and what was changed between them."""

    before: list[str]
    after: list[str]
    changes: ChangeSet
    again: ChangeSet
    unselected: ChangeSet


@pytest.fixture(scope="module")
def executed(tmp_path_factory: pytest.TempPathFactory) -> Run:
    folder = project(tmp_path_factory.mktemp("executed") / "p", CHANGED)
    before, unselected = answers(folder), migrated(folder)
    changes = migrated(folder, "async-middleware")
    for change in changes.changes:
        (folder / change.path).write_bytes(change.after)
    return Run(before, answers(folder), changes, migrated(folder, "async-middleware"), unselected)


@pytest.mark.parametrize("name", CHANGED)
def test_both_handlers_get_the_same_answers(executed: Run, name: str) -> None:
    own = next(c for c in executed.changes.changes if c.path == f"app/{name}.py")
    assert b"async def" in own.after
    prefix = f"app.{name}.Under "
    lines = [line for line in executed.before if line.startswith(prefix)]
    assert len(lines) == 13
    assert [line for line in executed.after if line.startswith(prefix)] == lines


def test_a_second_run_changes_nothing(executed: Run) -> None:
    assert not executed.changes.failures
    assert not executed.again.changes


def test_it_is_not_done_unless_selected(executed: Run) -> None:
    assert not executed.unselected.changes


@pytest.fixture(scope="module")
def left(tmp_path_factory: pytest.TempPathFactory) -> ChangeSet:
    folder = project(tmp_path_factory.mktemp("left") / "p", {name: source for name, (source, _) in LEFT.items()})
    return migrated(folder, "async-middleware")


@pytest.mark.parametrize("name", LEFT)
def test_what_stays_says_why(left: ChangeSet, name: str) -> None:
    assert not left.changes
    assert not left.failures
    reason = LEFT[name][1]
    reasons = [r.reason for r in left.refusals if r.path == f"app/{name}.py" and r.codemod == "async-middleware"]
    assert any(reason in r for r in reasons) if reason else not reasons, reasons
