"""Authentication backends whose a-methods are not those of the sync ones, and which are to stay as they are."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.tree import change_set, texts, write_project

URLS = """from django.urls import path

from shop import views

urlpatterns = [path("", views.view)]
"""
VIEW = """from django.contrib.auth import authenticate, login
from django.http import HttpResponse

from shop.models import Book


def view(request):
    user = authenticate(request, username="ann", password="pw")
    if user is None:
        return HttpResponse("no")
    login(request, user)
    return HttpResponse(str(Book.objects.count()))
"""
READING = """from django.http import HttpResponse

from shop.models import Book


def view(request):
    return HttpResponse(f"{request.user.username} {Book.objects.count()}")
"""
ALLOWED = """from django.http import HttpResponse

from shop.models import Book


def view(request):
    if request.user.has_perm("shop.add_book"):
        return HttpResponse(str(Book.objects.count()))
    return HttpResponse(str(Book.objects.exists()))
"""
IMPORT = "from django.contrib.auth.backends import BaseBackend, ModelBackend\n\n\n"
AUTHENTICATES = "    def authenticate(self, request, **credentials):  # amigrate: ignore\n        return None\n"
GETS = "    def get_user(self, pk):  # amigrate: ignore\n        return None\n"
GRANTS = "    def has_perm(self, user, perm, obj=None):  # amigrate: ignore\n        return True\n"


def migrated(tmp_path: Path, view: str, backend: str, django: str) -> str:
    settings = 'ROOT_URLCONF = "shop.urls"\nAUTHENTICATION_BACKENDS = ["shop.backends.Backend"]\n'
    files = {"config.py": settings, "shop/backends.py": IMPORT + backend, "shop/views.py": view, "shop/urls.py": URLS}
    changes = change_set(write_project(tmp_path, files), django=django)
    assert not changes.failures
    return texts(changes).get("shop/views.py", view)


@pytest.mark.parametrize(
    ("backend", "django", "native"),
    [
        ("class Backend(ModelBackend):\n    pass\n", "5.2", True),
        (f"class Backend(BaseBackend):\n{AUTHENTICATES}", "5.2", True),  # its aauthenticate calls authenticate
        (f"class Backend(ModelBackend):\n{AUTHENTICATES}", "5.2", False),  # ModelBackend's would go past it
        (f"class Backend(ModelBackend):\n{AUTHENTICATES}", "5.1", True),  # aauthenticate() ran authenticate() then
        (f"class Backend:\n{AUTHENTICATES}", "6.1", False),
    ],
)
def test_authenticate(tmp_path: Path, backend: str, django: str, native: bool) -> None:
    after = migrated(tmp_path, VIEW, backend, django)
    assert ("await aauthenticate(" in after) is native
    assert ("sync_to_async(authenticate)(" in after) is not native


@pytest.mark.parametrize(
    ("backend", "django", "native"),
    [
        (f"class Backend(ModelBackend):\n{AUTHENTICATES}", "5.2", True),
        (f"class Backend(BaseBackend):\n{GETS}", "5.2", True),
        (f"class Backend(ModelBackend):\n{GETS}", "5.2", False),
        (f"class Backend:\n{GETS}", "5.2", False),
        (f"class Backend:\n{GETS}", "5.1", True),
    ],
)
def test_the_user(tmp_path: Path, backend: str, django: str, native: bool) -> None:
    after = migrated(tmp_path, READING, backend, django)
    assert ("await request.auser()" in after) is native
    assert ("await sync_to_async(bool)(request.user)" in after) is not native


@pytest.mark.parametrize(("backend", "native"), [("ModelBackend", False), ("BaseBackend", False)])
def test_own_permissions(tmp_path: Path, backend: str, native: bool) -> None:
    after = migrated(tmp_path, ALLOWED, f"class Backend({backend}):\n{GRANTS}", "5.2")
    assert (".ahas_perm(" in after) is native
    assert "sync_to_async(user.has_perm)(" in after or ".has_perm)(" in after
