"""Each reason stands above the lines that it is about."""

from __future__ import annotations

import io
from pathlib import Path

import pytest
from rich.console import Console

from amigrate.review.hunks import hunks_of
from amigrate_cli.render.diff import print_hunk
from tests.tree import change_set, write_project

SETTINGS = """
INSTALLED_APPS = ["django.contrib.auth", "django.contrib.contenttypes", "django.contrib.sessions", "shop"]
ROOT_URLCONF = "shop.urls"
MIDDLEWARE = [
    "django.contrib.sessions.middleware.SessionMiddleware",
    "django.contrib.auth.middleware.AuthenticationMiddleware",
]
"""
URLS = "from django.urls import path\n\nfrom shop import views\n\nurlpatterns = [path('', views.view)]\n"


BETWEEN = ["", "    # the newest one\n", '    page = request.GET.get("page")\n    # of them\n']


@pytest.mark.parametrize("between", BETWEEN)
def test_a_statement_that_is_added_above_a_comment(tmp_path: Path, between: str) -> None:
    view = (
        "from django.http import HttpResponse\n\nfrom shop.models import Book\n\n\ndef view(request):\n"
        f'{between}    name = f"{{request.user.username}} {{request.user.email}}"\n'
        "    print(name)\n    return HttpResponse(Book.objects.count())\n"
    )
    files = {"config.py": SETTINGS, "shop/urls.py": URLS, "shop/views.py": view}
    (change,) = change_set(write_project(tmp_path, files)).changes
    shown = io.StringIO()
    for hunk in hunks_of(change):
        print_hunk(Console(file=shown, width=200), hunk, "utf-8")
    lines = shown.getvalue().splitlines()
    added = lines.index("+    user = await request.auser()")
    reason = next(number for number, line in enumerate(lines) if "request-user: " in line)
    assert reason < added
    assert all(line.startswith(("-", "+", "  line")) for line in lines[reason:added])
