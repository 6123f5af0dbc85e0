"""Projects that are migrated with `--runtime`: renders are awaited, and their own tests say the same as before."""

from __future__ import annotations

import os
import subprocess
from pathlib import Path

import pytest

from tests.conftest import Amigrate
from tests.e2e.bookshop import copy_into_git, git
from tests.environments import environment
from tests.runtime.site_process import RUNTIME
from tests.tree import change_set, texts, write_project

VIEWS = """
from django.shortcuts import render

from shop.models import Book


def index(request):
    count = Book.objects.count()
    return render(request, "index.html", {"books": Book.objects.all(), "count": count})
"""
URLS = """
from django.urls import path

from shop.views import index

urlpatterns = [path("", index)]
"""


@pytest.mark.e2e
@pytest.mark.parametrize("django", ["6.1"])
def test_example_project(django: str, tmp_path: Path, amigrate: Amigrate) -> None:
    shop, python = copy_into_git(tmp_path / "shop"), environment(django)
    done = amigrate("apply", shop, "--in-place", "--runtime", "--django", django)
    assert done.returncode == 0, done.stdout + done.stderr
    assert "put `django-ahead` among" in " ".join(done.stdout.split())
    diff = git(shop, "diff")
    assert "+from django_ahead.shortcuts import arender\n" in diff
    assert "sync_to_async(render)" not in diff
    paths = {**os.environ, "PYTHONPATH": str(RUNTIME)}
    tests = subprocess.run([python, "manage.py", "test"], cwd=shop, env=paths, capture_output=True, text=True)
    assert tests.returncode == 0, tests.stderr
    assert "Ran 37 tests" in tests.stderr
    again = amigrate("preview", shop, "--check", "--django", django)
    assert again.returncode == 0, again.stdout + again.stderr


@pytest.mark.parametrize(
    ("options", "source", "expected"),
    [
        ({}, VIEWS, "await sync_to_async(render)(request"),
        ({"runtime": True}, VIEWS, "await arender(request"),
        ({}, "import django_ahead\n" + VIEWS.lstrip(), "await arender(request"),
        ({"runtime": False}, "import django_ahead\n" + VIEWS.lstrip(), "await sync_to_async(render)(request"),
        ({"runtime": True, "ignore": ("async-render",)}, VIEWS, "await sync_to_async(render)(request"),
    ],
)
def test_when_it_may_be_used(options: dict[str, object], source: str, expected: str, tmp_path: Path) -> None:
    changes = change_set(write_project(tmp_path, {"shop/views.py": source, "shop/urls.py": URLS}), **options)
    after = texts(changes)["shop/views.py"]
    assert expected in after
    # The queryset stays lazy in either form.
    assert '"books": Book.objects.all()' in after
    assert bool(changes.notes) == ("arender" in after and "import django_ahead" not in source)


def test_installed_app_is_enough(tmp_path: Path) -> None:
    settings = 'INSTALLED_APPS = ["django_ahead", "shop"]\nROOT_URLCONF = "shop.urls"\n'
    project = write_project(tmp_path, {"shop/views.py": VIEWS, "shop/urls.py": URLS, "config.py": settings})
    changes = change_set(project)
    assert "await arender(request" in texts(changes)["shop/views.py"]
    assert not changes.notes
