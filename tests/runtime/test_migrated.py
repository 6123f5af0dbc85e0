"""Projects that are migrated with `--runtime`: renders are awaited, and their own tests say the same as before."""

from __future__ import annotations

import os
import subprocess
from pathlib import Path

import pytest

from amigrate.dependency import LOCKED
from amigrate.pipeline import only_groups
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
    assert "`django-ahead` is a new requirement" in " ".join(done.stdout.split())
    diff = git(shop, "diff")
    assert '+dependencies = ["Django>=5.2", "django-ahead>=0.1"]\n' in diff
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
        ({"runtime": True, "django": "4.2", "python": "3.9"}, VIEWS, "await sync_to_async(render)(request"),
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


def test_requirement_comes_with_what_needs_it(tmp_path: Path) -> None:
    other = "from django.http import HttpResponse\n\nfrom shop.models import Book\n\n\n"
    other += "def other(request):\n    return HttpResponse(Book.objects.count())\n"
    urls = URLS.replace("index)]", 'index), path("other/", other)]').replace(
        "index\n", "index\nfrom shop.others import other\n"
    )
    files = {"shop/views.py": VIEWS, "shop/others.py": other, "shop/urls.py": urls, "requirements.txt": "Django\n"}
    changes = change_set(write_project(tmp_path, files), runtime=True)
    assert texts(changes)["requirements.txt"] == "Django\ndjango-ahead>=0.1\n"
    assert changes.notes == (LOCKED,)
    (edit,) = next(change.edits for change in changes.changes if change.path == "requirements.txt")
    (group,) = [group for group in changes.groups if group.id == edit.group]
    assert group.paths == ("config.py", "requirements.txt", "shop/views.py")
    (rest,) = [group.id for group in changes.groups if group.id != edit.group]
    assert set(texts(only_groups(changes, frozenset({rest})))) == {"shop/others.py"}
    assert set(texts(only_groups(changes, frozenset({edit.group})))) == {
        "config.py",
        "requirements.txt",
        "shop/views.py",
    }


def test_required_is_enough(tmp_path: Path) -> None:
    files = {"shop/views.py": VIEWS, "shop/urls.py": URLS, "requirements.txt": "Django\ndjango_ahead\n"}
    changes = change_set(write_project(tmp_path, files))
    assert set(texts(changes)) == {"shop/views.py"}
    assert "await arender(request" in texts(changes)["shop/views.py"]


def test_installed_app_is_enough(tmp_path: Path) -> None:
    settings = 'INSTALLED_APPS = ["django_ahead", "shop"]\nROOT_URLCONF = "shop.urls"\n'
    project = write_project(tmp_path, {"shop/views.py": VIEWS, "shop/urls.py": URLS, "config.py": settings})
    changes = change_set(project)
    assert "await arender(request" in texts(changes)["shop/views.py"]
    assert not changes.notes
