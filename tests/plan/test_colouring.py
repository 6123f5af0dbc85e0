"""What becomes async together, what is left and why, and what the user can ask for."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from amigrate.model import ChangeSet, Refusal
from amigrate.pipeline import only_groups
from tests.tree import apply, change_set, refusal, texts, write_project

HEAD = """\
from django import forms
from django.db import models, transaction
from django.http import HttpResponse
from django.shortcuts import redirect, render
from shop.models import Author, Book

"""
COUNT = "return Book.objects.count()"


def planned(tmp_path: Path, views: str, routed: str = "view", **given: Any) -> ChangeSet:
    """The changes of a project whose views are these; `routed` are the views in its URLconf."""
    others = {name: text for name, text in given.items() if name.endswith(".py")}
    options = {name: value for name, value in given.items() if name not in others}
    patterns = ", ".join(f"path('{name}', views.{name})" for name in routed.split())
    urls = f"from django.urls import path\nfrom shop import views\nurlpatterns = [{patterns}]\n"
    files = {"shop/views.py": HEAD + views, "shop/urls.py": urls, **others}
    changes = change_set(write_project(tmp_path, files), **options)
    assert not changes.failures
    return changes


def made_async(changes: ChangeSet) -> set[str]:
    """The functions that become async."""
    return {edit.symbol for edit in changes.edits if edit.codemod in ("async-views", "async-functions")}


def test_a_helper_becomes_async_with_its_callers(tmp_path: Path) -> None:
    services = f"from shop.models import Book\n\ndef count():\n    {COUNT}\n\ndef twice():\n    return 2 * count()\n"
    views = "from shop.services import twice\n\ndef view(request):\n    return HttpResponse(twice())\n"
    changes = planned(tmp_path, views, **{"shop/services.py": services})
    assert made_async(changes) == {"shop.services.count", "shop.services.twice", "shop.views.view"}
    assert "return 2 * await count()" in texts(changes)["shop/services.py"]
    assert "HttpResponse(await twice())" in texts(changes)["shop/views.py"]
    (group,) = changes.groups
    assert group.lead == "async-views" and group.paths == ("shop/services.py", "shop/views.py")


def test_what_queries_nothing_is_left_alone(tmp_path: Path) -> None:
    views = "def view(request):\n    return HttpResponse(upper('x'))\n\ndef upper(text):\n    return text.upper()\n"
    changes = planned(tmp_path, views)
    assert not changes.changes and not changes.refusals


def test_what_nothing_reaches_is_left_alone(tmp_path: Path) -> None:
    changes = planned(tmp_path, f"def view(request):\n    return 1\n\ndef unused():\n    {COUNT}\n")
    assert not changes.changes and not changes.refusals


def test_a_helper_that_a_sync_caller_needs_is_bridged(tmp_path: Path) -> None:
    views = f"""\
def total():
    {COUNT}

class Shelf:
    @property
    def size(self):
        return total()

def view(request):
    first = Author.objects.get(pk=1)
    return HttpResponse(total(), first)
"""
    changes = planned(tmp_path, views)
    assert made_async(changes) == {"shop.views.view"}
    assert "await sync_to_async(total)()" in texts(changes)["shop/views.py"]
    found = refusal(changes, "shop.views.total")
    assert "also called by size (shop/views.py:13), which stays sync" in found.reason
    assert found.codemod == "async-functions" and found.path == "shop/views.py" and found.suggestion


def test_dropping_one_drops_what_only_it_called(tmp_path: Path) -> None:
    views = f"""\
def inner():
    {COUNT}

def middle():
    return inner()

def view(request):
    with transaction.atomic():
        return HttpResponse(middle())
"""
    changes = planned(tmp_path, views)
    assert not changes.changes
    found = refusal(changes, "shop.views.view")
    assert found.reason.startswith("transaction.atomic has no async form, and it waits for nothing else")
    assert "leave it sync" in found.suggestion and found.line == 14 and found.codemod == "async-views"


def test_overrides_have_one_colour(tmp_path: Path) -> None:
    family = f"""\
class Base:
    def total(self):
        {COUNT}

class Plain(Base):
    def total(self):
        return 0

class Other(Base):
    {{}}
    def total(self):
        {COUNT}

def view(request):
    shelf = Base() if request.GET else Plain()
    return HttpResponse(shelf.total(), Author.objects.count())
"""
    changes = planned(tmp_path / "a", family.format("x = 1"))
    names = {"shop.views.Base.total", "shop.views.Plain.total", "shop.views.Other.total", "shop.views.view"}
    assert made_async(changes) == names and len(changes.groups) == 1
    pinned = planned(tmp_path / "b", family.format("@transaction.atomic"))
    assert made_async(pinned) == {"shop.views.view"}
    assert "await sync_to_async(shelf.total)()" in texts(pinned)["shop/views.py"]
    assert refusal(pinned, "shop.views.Base.total").reason == "its override shop.views.Other.total stays sync"


def test_recursion(tmp_path: Path) -> None:
    views = """\
def walk(author):
    for book in author.book_set.all():
        walk(book.author)

def view(request, pk):
    walk(Author.objects.get(pk=pk))
    return HttpResponse()
"""
    changes = planned(tmp_path, views)
    assert made_async(changes) == {"shop.views.walk", "shop.views.view"}
    assert "await walk(book.author)" in texts(changes)["shop/views.py"]


def test_generators_become_async_generators(tmp_path: Path) -> None:
    views = """\
from collections.abc import Iterator

def titles() -> Iterator[str]:
    for book in Book.objects.all():
        yield book.title

def view(request):
    return HttpResponse([title for title in titles()])
"""
    after = texts(planned(tmp_path, views))["shop/views.py"]
    assert "async def titles() -> AsyncIterator[str]:" in after and "[title async for title in titles()]" in after


def test_separate_views_are_separate_groups(tmp_path: Path) -> None:
    views = f"def view(request):\n    {COUNT}\n\ndef other(request):\n    {COUNT}\n"
    changes = planned(tmp_path, views, "view other")
    assert {group.id for group in changes.groups} == {"shop.views.view", "shop.views.other"}
    alone = only_groups(changes, frozenset({"shop.views.other"}))
    assert made_async(alone) == {"shop.views.other"} and not alone.failures


def test_one_group_of_a_file_does_without_another(tmp_path: Path) -> None:
    services = f"from shop.models import Book\n\ndef count():\n    {COUNT}\n"
    views = (
        f"from shop.services import count\n\ndef view(request):\n    return HttpResponse(count())\n\n"
        f"def other(request):\n    {COUNT}\n"
    )
    changes = planned(tmp_path, views, "view other", **{"shop/services.py": services})
    alone = only_groups(changes, frozenset({"shop.views.other"}))
    assert not alone.failures, "the call of count() is as it was: nothing there is async"
    assert "HttpResponse(count())" in texts(alone)["shop/views.py"] and set(texts(alone)) == {"shop/views.py"}


@pytest.mark.parametrize(
    ("body", "reason"),
    [
        ("with transaction.atomic():\n        Book.objects.count()", "transaction.atomic has no async form"),
        ("Book.objects.select_for_update().first()", "select_for_update needs a transaction"),
        ("open('x')\n    Book.objects.count()", "`open()` waits for something outside"),
        ("return HttpResponse((lambda: Book.objects.count())())", "`await` cannot stand in a lambda"),
        ("rows = (a.book_set.exists() for a in Author.objects.all())", "an async generator expression cannot be"),
        ("next(b for b in Book.objects.all())", "next() without a default raises StopIteration"),
        ("return HttpResponse(request.things.first())", "the type before it is not known"),
        ("sorted([1], key=helper)\n    Book.objects.count()", "is called for each element by sync code"),
        ("[1].sort(key=lambda n: Book.objects.get(pk=n).title)", "stand in a lambda that other code calls"),
        (
            "for b in Book.objects.all():\n        b.save()\n        b.author.save()\n    render(request, 'x.html')",
            "the rest of what it waits for has only a sync form",
        ),
    ],
)
def test_each_view_that_stays_sync_says_why(tmp_path: Path, body: str, reason: str) -> None:
    changes = planned(tmp_path, f"def helper(x):\n    {COUNT}\n\ndef view(request):\n    {body}\n")
    assert made_async(changes) == set()
    found = refusal(changes, "shop.views.view")
    assert reason in found.reason and found.codemod == "async-views"
    assert found.path == "shop/views.py" and found.line >= 11 and "\n" not in found.reason


def test_a_model_that_sets_its_attributes_itself(tmp_path: Path) -> None:
    models = """\
from django.db import models

class Tag(models.Model):
    name = models.CharField(max_length=9)

    def __setattr__(self, name, value):
        if name == "short":
            self.extra = value
        else:
            super().__setattr__(name, value)
"""
    views = "from shop.tags import Tag\n\ndef view(request):\n    return HttpResponse(Tag.objects.get().name)\n"
    assert made_async(planned(tmp_path, views, **{"shop/tags.py": models})) == {"shop.views.view"}


@pytest.mark.parametrize(("mails", "converted"), [(6, True), (7, False)])
def test_a_view_with_too_many_bridges_stays_sync(tmp_path: Path, mails: int, converted: bool) -> None:
    sent = "    send_mail('a', 'b', 'c@d.e', ['f@g.h'])\n" * mails
    changes = planned(tmp_path, f"from django.core.mail import send_mail\n\ndef view(request):\n{sent}    {COUNT}\n")
    assert made_async(changes) == ({"shop.views.view"} if converted else set())
    assert converted or "most of what it waits for" in refusal(changes, "shop.views.view").reason


def test_every_entry_point_that_blocks_is_async_or_refused(tmp_path: Path) -> None:
    bodies = {
        "a": COUNT,
        "b": "with transaction.atomic():\n        pass",
        "c": "return HttpResponse(request.user.username)",
        "d": "return render(request, 'x.html')",
        "e": "form = BookForm(request.POST)\n    form.is_valid()\n    form.save()\n    return redirect('x')",
        "f": "return HttpResponse('x')",
        "g": "return redirect(Book.objects.get(pk=1))",
    }
    form = "class BookForm(forms.ModelForm):\n    class Meta:\n        model = Book\n        fields = ['author']\n\n"
    views = form + "\n\n".join(f"def {name}(request):\n    {body}" for name, body in bodies.items())
    changes = planned(tmp_path, views, " ".join(bodies))
    refused = {one.symbol for one in changes.refusals}
    done = made_async(changes)
    assert refused | done == {f"shop.views.{name}" for name in bodies} - {"shop.views.f"}
    assert not refused & done
    assert "gain nothing" in refusal(changes, "shop.views.d").reason
    assert "has only a sync form" in refusal(changes, "shop.views.e").reason


def test_named_entry_points(tmp_path: Path) -> None:
    views = (
        f"def task():\n    {COUNT}\n\ndef other():\n    {COUNT}\n\nclass A:\n    def method(self):\n        {COUNT}\n"
    )
    changes = planned(tmp_path / "a", views, "", entries=("shop.views:task", "shop.*:A.*"))
    assert made_async(changes) == {"shop.views.task", "shop.views.A.method"}
    assert {group.lead for group in changes.groups} == {"async-functions"}
    with pytest.raises(ValueError, match=r"--entry 'shop\.views': expected MODULE:QUALNAME"):
        planned(tmp_path / "b", views, "", entries=("shop.views",))


VIEW_WITH_LOOP = (
    "def view(request):\n    for book in Book.objects.all():\n        book.save()\n        if book.pk > 5:\n"
    "            return book.pk and HttpResponse('many')\n    return HttpResponse()\n"
)


@pytest.mark.parametrize(
    ("options", "reason"),
    [
        ({"ignore": ("orm-iteration",)}, "it needs the codemod orm-iteration, which is ignored"),
        ({"ignore": ("async-views",)}, "it needs the codemod async-views, which is ignored"),
        ({"select": ("orm-instance",)}, "which is not selected"),
        ({"select": ("async-views",)}, ""),
        ({"ignore": ("orm-terminal",)}, ""),
        ({"select": ("async-views", "orm-iteration", "orm-instance")}, ""),
        ({}, ""),
    ],
)
def test_select_and_ignore(tmp_path: Path, options: dict[str, Any], reason: str) -> None:
    changes = planned(tmp_path, VIEW_WITH_LOOP, **options)
    assert bool(changes.changes) is not bool(reason)
    found: list[Refusal] = [one for one in changes.refusals if one.symbol == "shop.views.view"]
    assert [reason in one.reason for one in found] == ([True] if reason else [])


def test_only_what_is_sure(tmp_path: Path) -> None:
    views = (
        f"def view(request):\n    return HttpResponse(len(Book.objects.all()))\n\ndef other(request):\n    {COUNT}\n"
    )
    assert made_async(planned(tmp_path / "a", views, "view other")) == {"shop.views.view", "shop.views.other"}
    safe = planned(tmp_path / "b", views, "view other", confidence="safe")
    assert made_async(safe) == {"shop.views.other"}
    assert "only safe is asked for" in refusal(safe, "shop.views.view").reason


def test_views_that_stay_sync_keep_their_helpers(tmp_path: Path) -> None:
    views = f"""\
def count():
    {COUNT}

def view(request):
    return HttpResponse(count())

def pinned(request):
    with transaction.atomic():
        return HttpResponse(count())
"""
    changes = planned(tmp_path, views, "view pinned")
    after = texts(changes).get("shop/views.py", "")
    assert "async def count" not in after and "async def pinned" not in after
    assert {one.symbol for one in changes.refusals} >= {"shop.views.pinned"}


def test_a_second_run_finds_nothing(tmp_path: Path) -> None:
    changes = planned(tmp_path, VIEW_WITH_LOOP)
    apply(tmp_path, changes)
    assert not change_set(tmp_path).changes
