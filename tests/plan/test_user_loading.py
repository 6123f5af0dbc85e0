"""`request.user` is loaded once in a request, also where middleware, templates and helpers read it too."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.tree import change_set, texts, write_project

URLS = "from django.urls import path\n\nfrom shop import views\n\nurlpatterns = [path('', views.view)]\n"
SETTINGS = """
INSTALLED_APPS = ["django.contrib.auth", "django.contrib.contenttypes", "django.contrib.sessions", "shop"]
ROOT_URLCONF = "shop.urls"
MIDDLEWARE = [
    "django.contrib.sessions.middleware.SessionMiddleware",
    "django.contrib.auth.middleware.AuthenticationMiddleware",
    {more}
]
"""
MIDDLEWARE = """
def hello(get_response):
    def middleware(request):
        request.lower = {read}
        return get_response(request)

    return middleware


class Hello:
    def __init__(self, get_response):
        self.get_response = get_response

    def __call__(self, request):
        if {read}:
            request.hello = True
        return self.get_response(request)
"""
RENDERING = """
from django.shortcuts import render

from shop.models import Book


def view(request):
    books = list(Book.objects.filter(title=request.user.username))
    return render(request, "page.html", {"books": books})
"""
READING = """
from django.http import HttpResponse

from shop.models import Book


def view(request):
    return HttpResponse(f"{request.user.username} {Book.objects.count()}")
"""
HELPING = """
from django.db import transaction
from django.http import HttpResponse

from shop.models import Book


def note(request, title):
    with transaction.atomic():
        Book.objects.filter(title=title).update(title=request.user.username)


def view(request):
    if request.user.is_authenticated:
        note(request, "a")
    return HttpResponse(f"{request.user.pk} {Book.objects.count()}")
"""

BLOCK = """
from django.db import transaction
from django.http import HttpResponse

from shop.models import Book


def view(request):
    number = Book.objects.filter(title=request.user.username).count()
    with transaction.atomic():
        Book.objects.update(title=request.user.username)
    return HttpResponse(f"{number} {request.user.pk}")
"""


def migrated(root: Path, view: str, more: str = "", read: str = "", template: str = "") -> str:
    files = {
        "config.py": SETTINGS.replace("{more}", more),
        "shop/views.py": view,
        "shop/urls.py": URLS,
        "shop/middleware.py": MIDDLEWARE.replace("{read}", read or "1"),
        "shop/templates/page.html": template,
    }
    changes = change_set(write_project(root, files))
    assert not changes.failures
    after = texts(changes)["shop/views.py"]
    (root / "shop/views.py").write_text(after)
    assert not change_set(root).changes  # a second run finds nothing, and no other user in request.user
    return after


@pytest.mark.parametrize("template", ["{{ user.username }}", "{% if perms.shop %}{% endif %}", "{{ books|length }}"])
def test_a_template_that_shows_the_user(tmp_path: Path, template: str) -> None:
    after = migrated(tmp_path, RENDERING, template=template)
    stored = "    request.user = await request.auser()\n" in after
    assert stored == ("books" not in template)
    assert ("title=request.user.username" in after) == stored
    assert ("(await request.auser()).username" in after) != stored


def test_a_helper_in_a_thread(tmp_path: Path) -> None:
    after = migrated(tmp_path, HELPING)
    assert "    request.user = await request.auser()\n    if request.user.is_authenticated:\n" in after
    assert after.count("auser()") == 1


@pytest.mark.parametrize("name", ["hello", "Hello"])
@pytest.mark.parametrize("read", ["request.user.username", "request.user"])
def test_middleware_that_has_loaded_the_user(tmp_path: Path, name: str, read: str) -> None:
    after = migrated(tmp_path, READING, f'"shop.middleware.{name}",', read)
    loaded = read != "request.user"
    assert ("await sync_to_async(bool)(request.user)" in after) == loaded
    assert ("await request.auser()" in after) != loaded


def test_middleware_of_django_that_loads_the_user(tmp_path: Path) -> None:
    after = migrated(tmp_path, READING, '"django.contrib.auth.middleware.LoginRequiredMiddleware",')
    assert "await sync_to_async(bool)(request.user)" in after


def test_a_block_that_runs_in_a_thread(tmp_path: Path) -> None:
    after = migrated(tmp_path, BLOCK)
    assert "    request.user = await request.auser()\n" in after and after.count("auser()") == 1
    assert "            Book.objects.update(title=request.user.username)\n" in after
