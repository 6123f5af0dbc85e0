"""Models of installed apps whose sources are not read: what is known of them by their names."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.tree import change_set, texts, write_project

SETTINGS = 'ROOT_URLCONF = "shop.urls"\nINSTALLED_APPS = ["shop", "esi", "taggit"]\n'
HEAD = """from django.http import HttpResponse
from django.shortcuts import get_object_or_404, render
from esi.models import Token
from plain.models import Thing
from shop.models import Book
from taggit.models import Tag


def view(request):
    print(Book.objects.count())
"""
URLS = 'from django.urls import path\nfrom shop import views\nurlpatterns = [path("", views.view)]\n'
MODELS = """
from django.db import models

class Book(models.Model):
    title = models.CharField(max_length=9)
    author = models.ForeignKey("auth.User", models.CASCADE)
"""


def migrated(folder: Path, body: str) -> str:
    """The view with a body of these lines, "" when it stays sync."""
    text = HEAD + "".join(f"    {line}\n" for line in body.splitlines())
    files = {"config.py": SETTINGS, "shop/models.py": MODELS, "shop/views.py": text, "shop/urls.py": URLS}
    after = texts(change_set(write_project(folder, files), django="5.2")).get("shop/views.py", "")
    return after.partition("async def view(request):\n")[2]


@pytest.mark.parametrize(
    ("body", "wanted"),
    [
        (
            "for tag in Tag.objects.all():\n    print(tag.name)\nreturn HttpResponse('')",
            "async for tag in Tag.objects.all()",
        ),
        (
            "tags = Tag.objects.filter(name='a').order_by('name')\nreturn HttpResponse(tags.count())",
            "await tags.acount()",
        ),
        ("return HttpResponse(Tag.objects.count())", "await sync_to_async(Tag.objects.count)()"),
        ("token = Token.objects.get(pk=1)\nreturn HttpResponse(token.pk)", "HttpResponse(token.pk)"),
        ("token = Token.objects.get(pk=1)\nreturn HttpResponse(token.user_id)", "HttpResponse(token.user_id)"),
        (
            "token = Token.objects.get(pk=1)\nreturn HttpResponse(token.user == request.user)",
            'await sync_to_async(getattr)(token, "user") == await request.auser()',
        ),
        (
            "token = Token.objects.get(pk=1)\nreturn HttpResponse(token.user.profile.name)",
            "await sync_to_async(lambda: token.user.profile.name)()",
        ),
        (
            "token = get_object_or_404(Token, pk=1)\nreturn HttpResponse(token.kind)",
            'sync_to_async(getattr)(token, "kind")',
        ),
        ("token = Token.objects.first()\ntoken.delete()\nreturn HttpResponse('')", "await token.adelete()"),
        (
            "token = Token.objects.first()\ntoken.refresh()\nreturn HttpResponse('')",
            "await sync_to_async(token.refresh)()",
        ),
        ("tokens = request.user.token_set.all()\nreturn render(request, 't', {'t': tokens})", ".token_set.all()\n"),
        ("n = request.user.token_set.filter(a=1).count()\nreturn HttpResponse(n)", ".token_set.filter(a=1).acount()"),
    ],
)
def test_what_is_known(tmp_path: Path, body: str, wanted: str) -> None:
    assert wanted in migrated(tmp_path, body)


@pytest.mark.parametrize(
    "body",
    [
        "token = Token.objects.get(pk=1)\nif token.valid:\n    pass\nreturn HttpResponse(Book.objects.count())",
        "token = Token.objects.get(pk=1)\nreturn HttpResponse(f'{token} {Book.objects.count()}')",
        "for one in Token.objects.get(pk=1).scopes:\n    pass\nreturn HttpResponse(Book.objects.count())",
        "for tag in Tag.objects.strange():\n    pass\nreturn HttpResponse(Book.objects.count())",
    ],
)
def test_what_is_not(tmp_path: Path, body: str) -> None:
    assert migrated(tmp_path, body) == ""


def test_a_class_of_a_package_that_is_no_app_is_none(tmp_path: Path) -> None:
    body = "thing = Thing.objects.get(pk=1)\nreturn HttpResponse(f'{thing.user} {Book.objects.count()}')"
    assert "{thing.user} {await Book.objects.acount()}" in migrated(tmp_path, body)
