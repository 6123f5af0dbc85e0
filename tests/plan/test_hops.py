"""Thread hops of views, counted from the plan; and again from the migrated source, which must agree."""

from __future__ import annotations

from pathlib import Path

import pytest

from amigrate.audit.data import Audit, ViewAudit
from amigrate.auditing import run_audit
from amigrate.options import Options
from amigrate.plan import hop_costs, hop_rules
from amigrate.registry import metadata
from tests.tree import apply, change_set, texts, write_project

VIEWS = """
import time
from django.contrib.auth import authenticate, login, logout
from django.contrib.auth.decorators import login_required
from django.core.cache import cache
from django.db.models import Avg
from django.http import HttpResponse, JsonResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.views.decorators.http import require_POST
from shop.models import Author, Book

def one(pk):
    return Book.objects.get(pk=pk)

def either(pk):
    if pk:
        return Book.objects.get(pk=pk)
    Book.objects.create(title="x")
    return Book.objects.count()

def rows():
    for book in Book.objects.all():
        yield book

{decorators}def view(request, pk=1):
{body}
"""
URLS = "from django.urls import path\nfrom shop import views\nurlpatterns = [path('', views.view)]\n"

# body → hops in Django 5.2 with sessions in the database
APIS = {
    "return JsonResponse({'n': Book.objects.count()})": "1",
    "return HttpResponse(Book.objects.get(pk=pk).title)": "1",
    "return HttpResponse(get_object_or_404(Book, pk=pk).title)": "1",
    "Book.objects.filter(pk=pk).delete()\nreturn HttpResponse('')": "1",
    "Book.objects.get_or_create(title='x')\nreturn HttpResponse('')": "1",
    "Book.objects.aggregate(a=Avg('pk'))\nreturn HttpResponse('')": "1",
    "Book.objects.bulk_create([Book(title='x')])\nreturn HttpResponse('')": "1",
    "book = Book.objects.get(pk=pk)\nbook.save()\nbook.refresh_from_db()\nreturn HttpResponse('')": "3",
    "return JsonResponse({'b': [b.title for b in Book.objects.all()]})": "1",
    "return JsonResponse({'b': list(Book.objects.values_list('title', flat=True))})": "1",
    "found = Book.objects.all()\nif found:\n    return HttpResponse('some')\nreturn HttpResponse('none')": "1",
    "return HttpResponse(len(Book.objects.all()))": "1",
    "return HttpResponse(Book.objects.order_by('pk')[0].title)": "1",
    "book = Book.objects.get(pk=pk)\nreturn HttpResponse(book.author.name)": "1",  # select_related
    "book = Book.objects.get(pk=pk)\nreturn HttpResponse(book.author.pk)": "1",  # author_id
    "return HttpResponse(request.user.username)": "0-2",  # nobody; session and user
    "if request.user.is_staff:\n    return HttpResponse(request.user.username)\nreturn HttpResponse('')": "0-2",
    "return HttpResponse(request.session.get('a'))": "0-1",
    "request.session['a'] = request.session.get('b')\nreturn HttpResponse('')": "0-1",
    "return HttpResponse(request.session['a'])": "1",
    "request.session.flush()\nBook.objects.count()\nreturn HttpResponse('')": "3-4",
    "return HttpResponse(cache.get('a'))": "1",
    "return HttpResponse(cache.get_or_set('a', 1))": "1-3",
    "return HttpResponse(cache.get_many(['a', 'b']))": "0 + 1 per key (line {line})",
    "cache.set('a', 1)\nreturn HttpResponse(cache.incr('a'))": "3",
    "return HttpResponse(one(pk).title)": "1",
    "return HttpResponse(either(pk))": "1-2",
    "a = one(1)\nb = one(2)\nreturn HttpResponse(a.title + b.title)": "2",
    "for book in Book.objects.all():\n    book.save()\n    if book.pk > pk:\n        return pk and HttpResponse('x')\n"
    "return HttpResponse('')": "1-2 + 1 per turn (line {line})",
    "Book.objects.count()\nfor book in Book.objects.all():\n    book.save()\nreturn HttpResponse('')": "2",
    "if pk:\n    return HttpResponse(Book.objects.count())\nBook.objects.count()\nBook.objects.first()\n"
    "return HttpResponse('')": "1-2",
    "try:\n    book = Book.objects.get(pk=pk)\nexcept Book.DoesNotExist:\n    return HttpResponse('')\n"
    "return HttpResponse(Book.objects.count())": "1-2",
    "n = Book.objects.count() if pk else 0\nreturn HttpResponse(n)": "0-1",
    "return HttpResponse(pk and Book.objects.count())": "0-1",
    "book = get_object_or_404(Book, pk=pk)\nreturn render(request, 'x.html', {'book': book})": "2",
    "if Book.objects.exists():\n    raise ValueError\nreturn HttpResponse('')": "1",
    "n = 0\nfor book in rows():\n    n += 1\nreturn HttpResponse(n)": "1",
}


def project(tmp_path: Path, body: str, decorators: str = "") -> Path:
    indented = "".join(f"    {line}\n" for line in body.splitlines())
    views = VIEWS.replace("{decorators}", decorators).replace("{body}\n", indented)
    return write_project(tmp_path, {"shop/views.py": views, "shop/urls.py": URLS})


def audited(root: Path, django: str = "5.2") -> Audit:
    options = Options(django=django, python="3.12", jobs=1, pyrefly=False, cache=False)
    return run_audit(root, options, lambda *_: None)


def the_view(root: Path, django: str = "5.2") -> ViewAudit:
    (view,) = audited(root, django).views
    return view


@pytest.mark.parametrize("body", APIS)
def test_each_api(body: str, tmp_path: Path) -> None:
    root = project(tmp_path, body)
    first = (root / "shop/views.py").read_text().splitlines().index("def view(request, pk=1):") + 2
    view = the_view(root)
    assert str(view.before) == "1"
    assert str(view.after) == APIS[body].format(line=first), view.blockers


@pytest.mark.parametrize("body", APIS)
def test_the_migrated_source_counts_the_same(body: str, tmp_path: Path) -> None:
    root = project(tmp_path, body)
    planned = the_view(root).after
    assert planned is not None
    apply(root, change_set(root))
    now = the_view(root)
    assert (now.outcome, now.before.low, now.before.high) == ("async", planned.low, planned.high)
    assert [(one.low, one.high, one.per) for one in now.before.loops] == [
        (one.low, one.high, one.per) for one in planned.loops
    ]


@pytest.mark.parametrize(
    ("decorators", "django", "hops"),
    [
        ("", "5.2", "1"),
        ("@require_POST\n", "5.2", "1"),
        ("@login_required\n", "5.2", "4"),  # session, user, the test in a thread, the query
        ("@login_required\n", "5.1", "3"),  # get_user() in one thread
        ("", "4.2", "1"),
    ],
)
def test_decorators(decorators: str, django: str, hops: str, tmp_path: Path) -> None:
    view = the_view(project(tmp_path, "return HttpResponse(Book.objects.count())", decorators), django)
    assert str(view.after) == hops


def test_a_transaction_is_one_hop_with_all_that_it_does(tmp_path: Path) -> None:
    body = (
        "from django.db import transaction\nbook = Book.objects.get(pk=pk)\nwith transaction.atomic():\n"
        "    book.save()\n    Book.objects.create(title='x')\nreturn HttpResponse(Book.objects.count())"
    )
    root = project(tmp_path, body)
    assert str(the_view(root).after) == "3"
    apply(root, change_set(root))
    assert str(the_view(root).before) == "3"


def test_a_decorator_of_a_helper_may_answer_in_its_place(tmp_path: Path) -> None:
    root = project(tmp_path, "return mine(request)")
    views = root / "shop/views.py"
    helper = "@login_required\ndef mine(request):\n    return HttpResponse(Book.objects.count())\n\n"
    views.write_text(views.read_text().replace("def view(", f"{helper}def view("))
    assert str(the_view(root).after) == "1-4"  # only its test; session, user, test, query
    apply(root, change_set(root))
    assert str(the_view(root).before) == "1-4"


def test_a_decorator_of_the_project(tmp_path: Path) -> None:
    root = project(tmp_path, "return HttpResponse(Book.objects.count())", "@counted\n")
    views = root / "shop/views.py"
    decorator = (
        "import functools\n\ndef counted(function):\n    @functools.wraps(function)\n    def wrapper(request, *args):\n"
        "        Author.objects.create(name='x')\n        return function(request, *args)\n    return wrapper\n\n"
    )
    views.write_text(views.read_text().replace("@counted", f"{decorator}@counted"))
    assert str(the_view(root).after) == "2"
    apply(root, change_set(root))
    assert str(the_view(root).before) == "2"


def test_a_view_that_stays_sync_is_one_hop(tmp_path: Path) -> None:
    body = (
        "from django.db import transaction\nwith transaction.atomic():\n    return HttpResponse(Book.objects.count())"
    )
    view = the_view(project(tmp_path, body))
    assert (view.outcome, str(view.before), view.after) == ("sync", "1", None)
    (blocker,) = view.blockers
    assert blocker.reason.startswith("transaction.atomic has no async form, and it waits for nothing else")


def test_only_worthwhile_takes_the_same_numbers(tmp_path: Path) -> None:
    two = project(tmp_path / "two", "Book.objects.count()\nreturn HttpResponse(Book.objects.count())")
    changes = change_set(two, only_worthwhile=True)
    assert not changes.changes
    (refusal,) = changes.refusals
    assert refusal.symbol == "shop.views.view"
    expected = "it is not worthwhile: 2 thread hops in place of 1, and it waits for nothing but the database"
    assert refusal.reason == expected
    assert the_view(two).verdict == expected.removeprefix("it is not worthwhile: ")
    one = project(tmp_path / "one", "return HttpResponse(Book.objects.count())")
    assert "async def view" in texts(change_set(one, only_worthwhile=True))["shop/views.py"]
    waiting = project(
        tmp_path / "waiting", "time.sleep(1)\nBook.objects.count()\nreturn HttpResponse(Book.objects.count())"
    )
    assert "async def view" in texts(change_set(waiting, only_worthwhile=True))["shop/views.py"]
    assert [wait.call for wait in the_view(waiting).waits] == ["time.sleep"]


def test_each_codemod_has_a_rule() -> None:
    """A codemod that puts an `await` somewhere must say what that costs."""
    known = hop_rules._RULES.keys() | hop_rules._FREE
    assert not {one.id for one in metadata()} - known, "add a rule to plan/hop_rules.py"


def test_costs_are_those_of_the_nearest_measured_django() -> None:
    assert hop_costs.cost("User.acheck_password", "5.2") == hop_costs.NONE
    assert hop_costs.cost("User.acheck_password", "6.0") == hop_costs.ONE
    assert hop_costs.cost("QuerySet.aget", "7.0") == hop_costs.ONE
    assert hop_costs.session_load("django.contrib.sessions.backends.signed_cookies", "5.2") == hop_costs.NONE
    assert hop_costs.session_load("django.contrib.sessions.backends.cached_db", "5.2") == hop_costs.Cost(1, 3)


def test_handlers_of_a_class(tmp_path: Path) -> None:
    views = (
        "from django.http import HttpResponse\nfrom django.views import View\nfrom shop.models import Book\n\n"
        "class Shelf(View):\n    def get(self, request):\n        return HttpResponse(Book.objects.count())\n\n"
        "    def post(self, request):\n        Book.objects.create(title='x')\n        return self.get(request)\n"
    )
    urls = "from django.urls import path\nfrom shop import views\nurlpatterns = [path('', views.Shelf.as_view())]\n"
    root = write_project(tmp_path, {"shop/views.py": views, "shop/urls.py": urls})
    assert {one.name: str(one.after) for one in audited(root).views} == {
        "shop.views.Shelf.get": "1",
        "shop.views.Shelf.post": "2",
    }
    apply(root, change_set(root))
    assert {one.name: str(one.before) for one in audited(root).views} == {
        "shop.views.Shelf.get": "1",
        "shop.views.Shelf.post": "2",
    }
