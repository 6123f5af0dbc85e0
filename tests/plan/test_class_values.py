"""Attributes of classes whose values refer to each other."""

from __future__ import annotations

from pathlib import Path

from tests.tree import change_set, texts, write_project

VIEWS = """
from django import forms
from django.http import HttpResponse

from shop.models import Book


class BookForm(forms.ModelForm):
    names = ["title"]

    class Meta:
        model = Book
        fields = ["title"]


class LongForm(BookForm):
    names = [*BookForm.names, "author"]


def count(request):
    form = BookForm()
    return HttpResponse(Book.objects.count(), form.names)
"""
URLS = "from django.urls import path\n\nfrom shop import views\n\nurlpatterns = [path('', views.count)]\n"


def test_a_subclass_adds_to_what_its_base_has(tmp_path: Path) -> None:
    changes = change_set(write_project(tmp_path, {"shop/views.py": VIEWS, "shop/urls.py": URLS}))
    assert not changes.failures
    assert "await Book.objects.acount()" in "".join(texts(changes).values())
