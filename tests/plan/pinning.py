"""A project in which everything is named as an entry point: what still stays sync is pinned."""

from __future__ import annotations

from pathlib import Path

from tests.tree import change_set, texts, write_project

HEAD = """
import functools
from contextlib import contextmanager
from django import forms
from django.contrib.auth.decorators import login_required
from django.db import models, transaction
from django.http import HttpResponse
from django.views import View
from django.views.decorators.cache import cache_page
from shop.models import Author, Book
"""
URLS = "from django.urls import path\nfrom shop.views import view\nurlpatterns = [path('', view)]\n"
QUERY = "return Book.objects.count()"


def converted(tmp_path: Path, body: str, **options: object) -> str:
    """The new text of a file with this body, all of its functions being entry points."""
    files = {"shop/views.py": f"{HEAD}\n{body}\n", "shop/urls.py": URLS}
    given = {"entries": ("shop.views:*",), **options}
    changes = change_set(write_project(tmp_path, files), **given)
    assert not changes.failures
    return texts(changes).get("shop/views.py", "")
