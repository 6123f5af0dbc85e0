"""What the flow analysis reports of a body: its effects, by what Django and Python do at run time."""

from __future__ import annotations

import pytest

from amigrate.discover.data import Settings
from amigrate.facts.effects import What
from amigrate.facts.lattice import Kind
from tests.memory import analyst
from tests.tree import MODELS

VIEWS = """
import copy, itertools, json, logging, random, time
from django.conf import settings
from django.core.cache import cache
from django.contrib.auth import authenticate, login
from django.db import connection, transaction
from django.http import HttpRequest, HttpResponse, JsonResponse
from django.shortcuts import get_object_or_404, get_list_or_404, redirect, render
from django.template.response import TemplateResponse
from django.urls import reverse
from shop.models import Author, Book

logger = logging.getLogger(__name__)

def helper(pk):
    return Book.objects.get(pk=pk)

def pure(text):
    return text.strip()

def lazy():
    return Book.objects.filter(title="a")

def rows():
    for book in Book.objects.all():
        yield book

async def already(pk):
    return await Book.objects.aget(pk=pk)

def subject(request: HttpRequest, pk, author: Author, book: Book):
{body}
"""

# body → the effects, as "kind detail"; those that only mention a function as a value are left out
TABLE = {
    # what builds a query does nothing
    "Book.objects.filter(pk=pk).exclude(title='').order_by('pk')": [],
    "x = Book.objects.all()[:10]": [],
    "x = lazy().filter(pk=1)": ["call lazy"],
    "Book.objects.filter(author=author, pk__in=Book.objects.all())": [],
    # pickling and copying evaluate, deepcopy does not
    "x = copy.copy(Book.objects.all())": ["doubt copy.copy evaluates a queryset"],
    "x = Book.objects.all() | Book.objects.none()": [],
    "x = Book.objects.all() == None or Book.objects.all() is None": [],
    "x = str(Book.objects.all().query)": [],
    "x = Book(title='a', author=author)": [],
    # terminals
    "Book.objects.get(pk=pk)": ["terminal get"],
    "Book.objects.filter(pk=pk).order_by('pk').first()": ["terminal first"],
    "x = Book.objects.filter(author=Author.objects.get(pk=1)).count()": ["terminal count", "terminal get"],
    "book.save()": ["terminal save"],
    "book.delete()": ["terminal delete"],
    "book.full_clean()": ["bridge Model.full_clean has no async form"],
    "author.book_set.add(book)": ["terminal add"],
    "author.book_set.filter(pk=1).exists()": ["terminal exists"],
    "Book.objects.get_or_create(title='a')[0].save()": ["terminal get_or_create", "terminal save"],
    # evaluation
    "for b in Book.objects.all(): pass": ["iterate "],
    "[b for b in Book.objects.all()]": ["iterate "],
    "{b.pk: a for b in Book.objects.all() for a in Author.objects.all()}": ["iterate ", "iterate "],
    "list(Book.objects.all())": ["consume list"],
    "sorted(Book.objects.all(), key=str)": ["consume sorted"],
    "dict(Book.objects.values_list('pk', 'title'))": ["consume dict"],
    "list(itertools.chain(Book.objects.all(), []))": ["consume itertools.chain"],
    "random.choice(Book.objects.all())": ["consume random.choice"],
    "', '.join(Book.objects.values_list('title', flat=True))": ["consume join"],
    "x = []; x.extend(Book.objects.all())": ["consume extend"],
    "x = []; x += Book.objects.all()": ["consume extend"],
    "a, b = Book.objects.all()": ["consume unpack"],
    "print(*Book.objects.all())": ["consume *"],
    "len(Book.objects.all())": ["length "],
    "if Book.objects.all(): pass": ["truth "],
    "x = not Book.objects.filter(pk=1)": ["truth "],
    "while Book.objects.all(): pass": ["truth "],
    "assert Book.objects.all()": ["truth "],
    "x = 1 if Book.objects.all() else 2": ["truth "],
    "bool(Book.objects.all())": ["truth "],
    "book in Book.objects.all()": ["contains "],
    "Book.objects.all()[0]": ["index index"],
    "Book.objects.all()[::2]": ["index step"],
    "next(iter(Book.objects.all()), None)": ["index next"],
    "for b in Book.objects.iterator(): pass": ["iterate ", "iterator "],
    # the result cache
    "books = Book.objects.all()\nfor b in books: pass\nlen(books); bool(books); books[0]; book in books": ["iterate "],
    # the comprehension that replaces list() fills the result cache of the same queryset
    "books = Book.objects.all()\nlist(books)\nlen(books)": ["consume list"],
    "books = Book.objects.all()\nlen(books)\nlen(books.filter(pk=1))": ["length ", "length "],
    "books = [b for b in Book.objects.all()]\nlen(books); books[0]; sorted(books)": ["iterate "],
    # both ways of a branch count
    "books = []\nif request.method:\n    books = Book.objects.all()\nlen(books)": [
        "either `len` of what may be a queryset or something else"
    ],
    # relations
    "x = book.author_id": [],
    "x = book.author.name": ["relation author"],
    "x = book.author.name; y = book.author.pk": ["relation author"],
    "x = Book.objects.select_related('author').get(pk=1).author.name": ["terminal get"],
    "b = Book.objects.select_related('author').first()\nx = b.author.name, b.editor": [
        "relation editor",
        "terminal first",
    ],
    "book.author = author\nx = book.author.name": [],
    "b = Book.objects.create(author=author)\nx = b.author.name": ["terminal create"],
    "b = Book.objects.get(pk=1)\nb.refresh_from_db()\nx = b.author": [
        "relation author",
        "terminal get",
        "terminal refresh_from_db",
    ],
    "x = [a for a in author.book_set.all()]": ["iterate "],
    "x = getattr(book, 'author')": ["relation author"],
    "for a in Author.objects.prefetch_related('book_set'):\n    for b in a.book_set.all(): b.title": ["iterate "],
    "for a in Author.objects.prefetch_related('book_set'):\n    for b in a.book_set.filter(pk=1): b.title": [
        "iterate ",
        "iterate ",
    ],
    "b = Book.objects.only('pk').get(pk=1)\nx = b.title": [
        "bridge `.title` was deferred, reading it queries",
        "terminal get",
    ],
    # calls of the project
    "helper(1)": ["call helper"],
    "helper(1).author.name": ["call helper", "relation author"],
    "pure('a')": ["call pure"],
    "for b in rows(): pass": ["iterate "],
    "list(rows())": ["consume list"],
    # Django
    "get_object_or_404(Book, pk=pk)": ["function django.shortcuts.get_object_or_404"],
    "get_object_or_404(Book, pk=pk).author.name": ["function django.shortcuts.get_object_or_404", "relation author"],
    "get_list_or_404(Book)[0].title": ["function django.shortcuts.get_list_or_404"],
    "authenticate(request, username='a')": ["function django.contrib.auth.authenticate"],
    "render(request, 'a.html', {'books': Book.objects.all()})": ["bridge rendering a template may query the database"],
    "TemplateResponse(request, 'a.html', {'books': Book.objects.all()})": [],
    "HttpResponse('a')": [],
    "HttpResponse(Book.objects.values_list('title', flat=True))": ["consume django.http.HttpResponse"],
    "JsonResponse({'a': book.title})": [],
    "redirect('home')": [],
    "reverse('home')": [],
    "request.user": ["user "],
    "request.user.is_authenticated and request.user.username": ["user ", "user "],
    "request.user.has_perm('a')": ["auth has_perm", "user "],
    "request.session['a']": ["session getitem"],
    "request.session['a'] = 1": ["session setitem"],
    "'a' in request.session": ["session contains"],
    "request.session.get('a')": ["session get"],
    "request.GET.get('a'); request.POST['b']; request.method; request.META": [],
    "cache.get('a')": ["cache get"],
    "'a' in cache": ["cache contains"],
    "settings.DEBUG": [],
    # what must stay in sync code
    "with transaction.atomic(): pass": ["pin transaction.atomic has no async form"],
    "transaction.on_commit(pure)": ["pin transaction.on_commit needs the transaction's own thread"],
    "connection.cursor()": ["pin database cursors have no async form"],
    "open('a')": ["pin `open()` waits for something outside and would block the event loop"],
    "Book.objects.select_for_update().get(pk=1)": [
        "pin select_for_update needs a transaction, which has no async form"
    ],
    "time.sleep(1)": ["bridge time.sleep would block the event loop"],
    # what is not known
    "pk.first()": ["doubt `.first()` may query: the type before it is not known", "maybe first"],
    "pk.author": [
        "doubt `.author` may load a relation or run a property that queries: the type before it is not known"
    ],
    "if pk: pass": ["doubt it is tested, and may be a queryset: its type is not known"],
    "pk.lower(); pk.startswith('a')": ["maybe lower", "maybe startswith"],
    "for x in pk: pass": ["doubt it iterates a value that may be a queryset: its type is not known"],
    # async already
    "already(1)": [],
}


@pytest.mark.parametrize("body", TABLE)
def test_effects(body: str) -> None:
    analysis = _analyse(body)
    found = sorted(f"{e.what} {e.detail}" for e in analysis.effects if e.what not in (What.VALUE, What.MADE))
    assert found == sorted(TABLE[body])


def _analyse(body: str):  # type: ignore[no-untyped-def]  # an Analysis
    text = VIEWS.format(body="\n".join(f"    {line}" for line in body.splitlines()))
    files = {"shop/__init__.py": "", "shop/models.py": MODELS, "shop/views.py": text}
    return analyst(files, Settings(installed_apps=("shop",))).analyse("shop.views.subject")


RETURNS = {
    "return Book.objects.get(pk=1)": (Kind.INSTANCE, "shop.models.Book"),
    "return Book.objects.all()": (Kind.QUERYSET, "shop.models.Book"),
    "return [b for b in Book.objects.all()]": (Kind.LIST, ""),
    "return book.author": (Kind.INSTANCE, "shop.models.Author"),
    "return author.book_set": (Kind.RELATED, "shop.models.Book"),
    "return helper(1)": (Kind.INSTANCE, "shop.models.Book"),
    "return len([])": (Kind.OPAQUE, ""),
    "return pk": (Kind.UNKNOWN, ""),
    "return request.user": (Kind.INSTANCE, "django.contrib.auth.models.User"),
    "pass": (Kind.NONE, ""),
    "yield book": (Kind.GENERATOR, "shop.views.subject"),
    "if pk:\n    return book\nreturn author": (Kind.UNION, ""),
}


@pytest.mark.parametrize("body", RETURNS)
def test_returns(body: str) -> None:
    found = _analyse(body).returns
    assert (found.kind, found.ref) == RETURNS[body]


def test_a_value_that_may_be_none() -> None:
    assert _analyse("if request.method == 'GET':\n    return book").returns.nullable
    assert _analyse("return Book.objects.first()").returns.nullable
    found = _analyse("b = Book.objects.first()\nif b is None:\n    return 1\nreturn b").returns
    assert not found.nullable


@pytest.mark.parametrize(
    ("function", "blocks"),
    [("helper", True), ("pure", False), ("lazy", False), ("rows", True), ("subject", True)],
)
def test_blocks(function: str, blocks: bool) -> None:
    text = VIEWS.format(body="    return helper(pk)")
    files = {"shop/__init__.py": "", "shop/models.py": MODELS, "shop/views.py": text}
    assert analyst(files).blocks(f"shop.views.{function}") is blocks


def test_recursion_ends() -> None:
    text = "from shop.models import Book\ndef a(n):\n    return b(n)\n"
    text += "def b(n):\n    return a(n - 1) or Book.objects.count()\n"
    found = analyst({"shop/__init__.py": "", "shop/models.py": MODELS, "shop/views.py": text})
    assert found.blocks("shop.views.a") and found.blocks("shop.views.b")


@pytest.mark.parametrize("annotation", ["list[Book] | BookQuerySet", "list[Book] | QuerySet[Book]"])
def test_an_annotation_that_may_be_a_queryset_needs_no_caller(annotation: str) -> None:
    code = f"""
from django.db.models import QuerySet
from shop.models import Book

class BookQuerySet(QuerySet):
    pass

def titles(books: {annotation}):
    return [book.title for book in books]
"""
    found = analyst({"shop/models.py": MODELS, "shop/views.py": code}).analyse("shop.views.titles")
    assert [effect.what for effect in found.effects] == [What.EITHER]
