"""Backends that answer in their sync form alone: they get an async one, unless they are to stay as they are.

Then what asks them is bridged, and decorators that ask them hold back.
"""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.tree import SETTINGS, change_set, texts, write_project

VIEWS = """
from django.contrib.auth import authenticate
from django.contrib.auth.decorators import login_required, permission_required
from django.http import HttpResponse

from shop.models import Book


def asks_user(request):
    return HttpResponse(f"{request.user.pk} {Book.objects.count()}")


def asks_permission(request):
    user = request.user
    return HttpResponse(f"{user.has_perm('shop.add_book')} {Book.objects.count()}")


def authenticates(request):
    user = authenticate(request, username="a", password="b")
    return HttpResponse(f"{user is None} {Book.objects.count()}")


@login_required
def behind_login(request):
    return HttpResponse(str(Book.objects.count()))


@permission_required("shop.add_book")
def behind_permission(request):
    return HttpResponse(str(Book.objects.count()))
"""
NAMES = ("asks_user", "asks_permission", "authenticates", "behind_login", "behind_permission")
URLS = "from django.urls import path\n\nfrom shop import views\n\nurlpatterns = [\n" + "".join(
    f'    path("{name}", views.{name}),\n' for name in NAMES
)
MODEL = "from django.contrib.auth.backends import BaseBackend, ModelBackend\n\n\nclass Own({}):\n"
GET_USER = "    def get_user(self, user_id):  # amigrate: ignore\n        return None\n"
HAS_PERM = "    def has_perm(self, user, perm, obj=None):  # amigrate: ignore\n        return True\n"
GROUPS = "    def get_group_permissions(self, user, obj=None):  # amigrate: ignore\n        return {'shop.add_book'}\n"
AUTHENTICATE = "    def authenticate(self, request, email=None):  # amigrate: ignore\n        return None\n"
NATIVE = {"asks_user", "asks_permission", "authenticates", "behind_login", "behind_permission"}


def migrated(root: Path, backend: str, django: str = "5.2") -> str:
    settings = f'{SETTINGS}AUTHENTICATION_BACKENDS = ["shop.backends.Own"]\n'
    files = {"config.py": settings, "shop/views.py": VIEWS, "shop/urls.py": f"{URLS}]\n", "shop/backends.py": backend}
    changes = change_set(write_project(root, files), django=django)
    assert not changes.failures
    return texts(changes)["shop/views.py"]


@pytest.mark.parametrize(
    ("backend", "bridged"),
    [
        (MODEL.format("ModelBackend") + "    pass\n", set()),
        (
            MODEL.format("ModelBackend") + GET_USER,
            {"asks_user", "behind_login", "behind_permission"},
        ),
        (MODEL.format("BaseBackend") + GET_USER + AUTHENTICATE + GROUPS, set()),
        (MODEL.format("BaseBackend") + HAS_PERM, {"asks_permission", "behind_permission"}),
        (MODEL.format("ModelBackend") + GROUPS, {"asks_permission", "behind_permission"}),
        (MODEL.format("ModelBackend") + AUTHENTICATE, {"authenticates"}),
        ("class Own:\n" + GET_USER + AUTHENTICATE, NATIVE),
    ],
)
def test_what_the_async_forms_would_pass_over(tmp_path: Path, backend: str, bridged: set[str]) -> None:
    after = migrated(tmp_path, backend)
    parts = {name: after.partition(f"def {name}(")[2].partition("\n\n\n")[0] for name in NAMES}
    assert ("request.auser()" in parts["asks_user"]) == ("asks_user" not in bridged)
    assert (".ahas_perm(" in parts["asks_permission"]) == ("asks_permission" not in bridged)
    assert ("await aauthenticate(" in parts["authenticates"]) == ("authenticates" not in bridged)
    for name in ("behind_login", "behind_permission"):
        assert (f"async def {name}(" in after) == (name not in bridged)


def test_older_django_calls_the_sync_methods_itself(tmp_path: Path) -> None:
    after = migrated(tmp_path, "class Own:\n" + GET_USER + AUTHENTICATE, django="5.1")
    assert all(f"async def {name}(" in after for name in ("asks_user", "authenticates", "behind_login"))
    assert "await request.auser()" in after


@pytest.mark.parametrize("base", ["ModelBackend", "BaseBackend"])
def test_backends_get_what_they_lack(tmp_path: Path, base: str) -> None:
    backend = (MODEL.format(base) + GET_USER + HAS_PERM + AUTHENTICATE).replace("  # amigrate: ignore", "")
    settings = f'{SETTINGS}AUTHENTICATION_BACKENDS = ["shop.backends.Own"]\n'
    files = {"config.py": settings, "shop/views.py": VIEWS, "shop/urls.py": f"{URLS}]\n", "shop/backends.py": backend}
    changes = change_set(write_project(tmp_path, files), django="5.2")
    assert not changes.failures
    views, own = texts(changes)["shop/views.py"], texts(changes)["shop/backends.py"]
    assert all(f"async def {name}(" in views for name in NAMES)
    given = {name for name in ("aget_user", "ahas_perm", "aauthenticate") if f"    async def {name}(self" in own}
    assert given == ({"ahas_perm"} if base == "BaseBackend" else {"aget_user", "ahas_perm", "aauthenticate"})
    assert "return await sync_to_async(self.has_perm)(user, perm, obj)\n" in own
    lines = {edit.group for edit in changes.edits if edit.path == "shop/backends.py"}
    assert all(g.paths == ("shop/backends.py", "shop/views.py") for g in changes.groups if g.id in lines)


ASKING = {
    "asks_user": {"aget_user"},
    "authenticates": {"aauthenticate"},
    "behind_login": {"aget_user"},
    "behind_permission": {"aget_user", "ahas_perm"},
    "asks_permission": {"aget_user", "ahas_perm"},
}


@pytest.mark.parametrize("name", NAMES)
def test_only_what_a_view_asks_for_is_given(tmp_path: Path, name: str) -> None:
    backend = (MODEL.format("ModelBackend") + GET_USER + HAS_PERM + AUTHENTICATE).replace("  # amigrate: ignore", "")
    settings = f'{SETTINGS}AUTHENTICATION_BACKENDS = ["shop.backends.Own"]\n'
    urls = f"from django.urls import path\n\nfrom shop import views\n\nurlpatterns = [path('', views.{name})]\n"
    files = {"config.py": settings, "shop/views.py": VIEWS, "shop/urls.py": urls, "shop/backends.py": backend}
    own = texts(change_set(write_project(tmp_path, files), django="5.2"))["shop/backends.py"]
    assert {method for method in ("aget_user", "ahas_perm", "aauthenticate") if f"def {method}(" in own} == ASKING[name]


CLASS_VIEWS = """
from django.contrib.auth.decorators import login_required, permission_required
from django.http import HttpResponse
from django.utils.decorators import method_decorator
from django.views import View

from shop.models import Book


@method_decorator({decorator}, name="{method}")
class Books(View):
    def get(self, request):
        return HttpResponse(str(Book.objects.count()))
"""


@pytest.mark.parametrize("method", ["get", "dispatch"])
@pytest.mark.parametrize(
    ("decorator", "given"),
    [("login_required", {"aget_user"}), ('permission_required("shop.add_book")', {"aget_user", "ahas_perm"})],
)
def test_decorators_of_classes_ask_too(tmp_path: Path, method: str, decorator: str, given: set[str]) -> None:
    backend = (MODEL.format("ModelBackend") + GET_USER + HAS_PERM + AUTHENTICATE).replace("  # amigrate: ignore", "")
    settings = f'{SETTINGS}AUTHENTICATION_BACKENDS = ["shop.backends.Own"]\n'
    urls = "from django.urls import path\n\nfrom shop.views import Books\n\nurlpatterns = [path('', Books.as_view())]\n"
    views = CLASS_VIEWS.replace("{decorator}", decorator).replace("{method}", method)
    files = {"config.py": settings, "shop/views.py": views, "shop/urls.py": urls, "shop/backends.py": backend}
    own = texts(change_set(write_project(tmp_path, files), django="5.2"))["shop/backends.py"]
    assert {method for method in ("aget_user", "ahas_perm", "aauthenticate") if f"def {method}(" in own} == given


def test_a_bridge_around_what_a_backend_answers_stays(tmp_path: Path) -> None:
    views = (
        "from asgiref.sync import sync_to_async\nfrom django.contrib.auth.models import User\n"
        "from django.http import HttpResponse\n\n\nasync def view(request):\n"
        "    user = await User.objects.aget(pk=1)\n"
        '    return HttpResponse(await sync_to_async(user.has_perm)("shop.add_book"))\n'
    )
    settings = f'{SETTINGS}AUTHENTICATION_BACKENDS = ["shop.backends.Own"]\n'
    urls = "from django.urls import path\n\nfrom shop import views\n\nurlpatterns = [path('', views.view)]\n"
    backend = MODEL.format("ModelBackend") + HAS_PERM
    files = {"config.py": settings, "shop/views.py": views, "shop/urls.py": urls, "shop/backends.py": backend}
    assert "shop/views.py" not in texts(change_set(write_project(tmp_path / "kept", files), django="5.2"))
    files["shop/backends.py"] = backend.replace("  # amigrate: ignore", "")
    after = texts(change_set(write_project(tmp_path / "given", files), django="5.2"))
    assert 'await user.ahas_perm("shop.add_book")' in after["shop/views.py"]
    assert "async def ahas_perm(" in after["shop/backends.py"]


def test_nothing_is_given_that_nobody_asks_for(tmp_path: Path) -> None:
    backend = (MODEL.format("ModelBackend") + GET_USER).replace("  # amigrate: ignore", "")
    settings = f'{SETTINGS}AUTHENTICATION_BACKENDS = ["shop.backends.Own"]\n'
    views = "from django.http import HttpResponse\nfrom shop.models import Book\n\n\ndef view(request):\n"
    views += "    return HttpResponse(Book.objects.count())\n"
    urls = "from django.urls import path\nfrom shop import views\n\nurlpatterns = [path('', views.view)]\n"
    files = {"config.py": settings, "shop/views.py": views, "shop/urls.py": urls, "shop/backends.py": backend}
    changes = change_set(write_project(tmp_path, files), django="5.2")
    assert set(texts(changes)) == {"shop/views.py"}


def test_without_the_codemod_what_asks_stays(tmp_path: Path) -> None:
    backend = (MODEL.format("ModelBackend") + GET_USER).replace("  # amigrate: ignore", "")
    settings = f'{SETTINGS}AUTHENTICATION_BACKENDS = ["shop.backends.Own"]\n'
    files = {"config.py": settings, "shop/views.py": VIEWS, "shop/urls.py": f"{URLS}]\n", "shop/backends.py": backend}
    changes = change_set(write_project(tmp_path, files), django="5.2", ignore=("async-backends",))
    assert not any("aget_user" in text or "auser()" in text for text in texts(changes).values())
    assert any("async-backends, which is ignored" in refusal.reason for refusal in changes.refusals)
