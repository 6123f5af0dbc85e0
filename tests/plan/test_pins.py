"""What must never become async, whatever asks for it: here everything is named as an entry point.

`FAIL_OPEN` is the part that matters most: Django or a library calls these by name, and a coroutine in their place
gives no error. It is true, so that access is granted and validation passes; or it is dropped, and data is lost.
"""

from __future__ import annotations

from pathlib import Path

import pytest

from amigrate.plan import pins
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


def test_the_control_is_converted(tmp_path: Path) -> None:
    body = f"class Shelf:\n    def total(self):\n        {QUERY}\n\ndef view(request):\n    return Shelf().total()"
    after = converted(tmp_path, body)
    assert "async def total(self)" in after and "return await Shelf().total()" in after


FAIL_OPEN = {
    # access: a coroutine is true, so everybody is let in
    "test_func": "UserPassesTestMixin lets everybody in",
    "has_permission": "a permission of Django REST framework, or a mixin, lets everybody in",
    "has_object_permission": "every object is open to everybody",
    "has_perm": "a backend gives every permission",
    "has_perms": "a backend gives every permission",
    "has_module_perms": "a backend opens every app",
    "has_add_permission": "the admin lets everybody add",
    "has_change_permission": "the admin lets everybody change",
    "has_delete_permission": "the admin lets everybody delete",
    "has_view_permission": "the admin lets everybody look",
    "user_can_authenticate": "inactive users log in",
    "authenticate": "a coroutine is taken for a user",
    "get_user": "a coroutine is taken for a user",
    "get_user_permissions": "permissions are read from a coroutine",
    "get_group_permissions": "permissions are read from a coroutine",
    "get_all_permissions": "permissions are read from a coroutine",
    "with_perm": "a coroutine is taken for a queryset of users",
    "allow_relation": "a router allows every relation",
    "allow_migrate": "a router allows every migration",
    # validation: nothing raises, so everything is valid
    "clean": "every form and every model is valid",
    "clean_fields": "every field is valid",
    "full_clean": "nothing is validated",
    "validate": "every serializer, field or password is valid",
    "validate_unique": "duplicates are let through",
    "validate_constraints": "constraints are not looked at",
    "password_changed": "the history of passwords has gaps",
    # data: what is not awaited is not written
    "save": "create() returns an object without a row",
    "delete": "nothing is deleted",
    "save_model": "the admin says saved, and the row is as it was",
    "delete_model": "the admin says deleted, and the row is there",
    "save_related": "relations are not saved",
    "save_formset": "inlines are not saved",
    "perform_create": "201 without a row",
    "perform_update": "200 without a change",
    "perform_destroy": "204, and the row is there",
    "refresh_from_db": "arefresh_from_db() runs it in a thread and drops the coroutine",
    "from_db": "rows become coroutines",
    # called and used at once
    "get_queryset": "a coroutine has no filter()",
    "get_object": "a coroutine has no fields",
    "get_context_data": "the context must be a dict",
    "form_valid": "the response is a coroutine",
    "form_invalid": "the response is a coroutine",
    "handle": "a command's output is a coroutine",
    "ready": "nothing is set up, with a warning at most",
    "process_request": "the hook of MiddlewareMixin is run with sync_to_async",
    "process_response": "the response is a coroutine",
    "process_view": "a coroutine is taken for a response",
    "process_exception": "a coroutine is taken for a response",
    "process_template_response": "a coroutine is taken for a response",
    "get_absolute_url": "links in the admin and in templates are coroutines",
    "natural_key": "dumpdata writes coroutines",
    "get_urls": "the admin has no URLs",
    "formfield_for_foreignkey": "the form field is a coroutine",
    "dispatch": "View.dispatch() of a sync view gives a coroutine",
    "setup": "self.request is not set when the handler runs",
    "db_for_read": "the name of a database is a coroutine",
    "db_for_write": "the name of a database is a coroutine",
    "get_help_text": "help texts are coroutines",
    "to_python": "views get a coroutine for a value of the URL",
    "to_url": "URLs have a coroutine in them",
}


def test_all_names_are_known_here() -> None:
    assert set(FAIL_OPEN) == pins.FAIL_OPEN


@pytest.fixture(scope="module")
def all_hooks(tmp_path_factory: pytest.TempPathFactory) -> str:
    methods = "\n\n".join(f"    def {name}(self, *args):\n        {QUERY}" for name in sorted(FAIL_OPEN))
    calls = "\n".join(f"    hooks.{name}()" for name in sorted(FAIL_OPEN))
    # a class without a base: only the names say that somebody calls these
    body = f"class Hooks:\n{methods}\n\n    def other(self):\n        {QUERY}\n\n"
    body += f"def view(request):\n    hooks = Hooks()\n    hooks.other()\n{calls}\n"
    return converted(tmp_path_factory.mktemp("hooks"), body)


@pytest.mark.parametrize("name", sorted(FAIL_OPEN))
def test_hooks_stay_sync(all_hooks: str, name: str) -> None:
    assert f"    def {name}(self, *args):\n        {QUERY}" in all_hooks, FAIL_OPEN[name]
    assert "    async def other(self):" in all_hooks  # the rest of the class is converted
    assert f"await sync_to_async(hooks.{name})()" in all_hooks  # and the caller goes on in a thread


# name of the function that must stay sync → the code with it
STAY_SYNC = {
    "__str__": f"class A:\n    def __str__(self):\n        {QUERY}",
    "__bool__": f"class A:\n    def __bool__(self):\n        {QUERY}",
    "__enter__": f"class A:\n    def __enter__(self):\n        {QUERY}",
    "__call__": f"class A:\n    def __call__(self):\n        {QUERY}",
    "prop": f"class A:\n    @property\n    def prop(self):\n        {QUERY}",
    "cached": f"class A:\n    @functools.cached_property\n    def cached(self):\n        {QUERY}",
    "once": f"@functools.lru_cache(maxsize=None)\ndef once():\n    {QUERY}",
    "for_good": f"@functools.cache\ndef for_good():\n    {QUERY}",
    # the transaction would be over before the body runs
    "atomic": f"@transaction.atomic\ndef atomic():\n    {QUERY}",
    "atomic_call": f"@transaction.atomic(using='x')\ndef atomic_call():\n    {QUERY}",
    "manager": "@contextmanager\ndef manager():\n    yield Book.objects.count()\n\nOPEN = [manager()]",
    "own_decorator": (
        "KEPT = []\n\ndef deco(f):\n    KEPT.append(f)\n    return f\n\n"
        f"@deco\ndef own_decorator(request):\n    {QUERY}"
    ),
    "library_decorator": f"from lib import deco\n\n@deco\ndef library_decorator(request):\n    {QUERY}",
    "computed_decorator": f"@decorators[0]\ndef computed_decorator(request):\n    {QUERY}",
    "twice": f"if Book:\n    def twice():\n        {QUERY}\nelse:\n    def twice():\n        {QUERY}",
    # classes of libraries call the methods that they know
    "get": f"class A(View):\n    def get(self, request):\n        {QUERY}",
    "clean_title": f"class A(forms.Form):\n    def clean_title(self):\n        {QUERY}",
    "clean_in_mixin": (
        f"class Mixin:\n    def clean_in_mixin(self):\n        {QUERY}\n\n"
        "class A(Mixin, forms.Form):\n    in_mixin = forms.CharField()"
    ),
    "of_library": f"from lib import Base\n\nclass A(Base):\n    def of_library(self):\n        {QUERY}",
    "of_library_model": (
        f"from lib.models import BaseModel\n\nclass A(BaseModel):\n    def of_library_model(self):\n        {QUERY}"
    ),
    # acreate() runs create() in a thread
    "create": f"class Q(models.QuerySet):\n    def create(self, **kwargs):\n        {QUERY}",
    "first": f"class M(models.Manager):\n    def first(self):\n        {QUERY}",
    # generators with a protocol
    "returning": "def returning():\n    for b in Book.objects.all():\n        yield b\n    return 1",
    "delegating": "def delegating():\n    x = yield from Book.objects.all()",
    "sent": "def sent():\n    x = yield Book.objects.count()",
    # functions as values
    "sort_key": f"def sort_key(b):\n    {QUERY}\n\ndef view(request):\n    return sorted([1, 2], key=sort_key)",
    "in_table": f"def in_table(b):\n    {QUERY}\n\nTABLE = {{'a': in_table}}",
    "default": f"def default():\n    {QUERY}\n\nclass A(models.Model):\n    n = models.IntegerField(default=default)",
    "validator": f"def validator(v):\n    {QUERY}\n\nfield = forms.CharField(validators=[validator])",
    "returned": f"def returned():\n    {QUERY}\n\ndef factory():\n    return returned",
    "on_commit": f"def on_commit():\n    {QUERY}\n\ndef view(request):\n    transaction.on_commit(on_commit)",
    "bound": f"class A:\n    def bound(self):\n        {QUERY}\n\ndef view(request):\n    return map(A().bound, [1])",
    "lambda_body": f"def lambda_body():\n    {QUERY}\n\nrun = lambda: lambda_body()",
    "wrapped_view": f"def wrapped_view(request):\n    {QUERY}\n\nwrapped = login_required(wrapped_view)",
    # callers that cannot await
    "for_property": (
        f"def for_property():\n    {QUERY}\n\nclass A:\n    @property\n    def x(self):\n        return for_property()"
    ),
    "at_import": f"def at_import():\n    {QUERY}\n\nCOUNT = at_import()",
    "in_class_body": f"def in_class_body():\n    {QUERY}\n\nclass A:\n    n = in_class_body()",
    "as_default": f"def as_default():\n    {QUERY}\n\ndef f(n=as_default()):\n    return n",
    "on_unknown": f"class A:\n    def on_unknown(self):\n        {QUERY}\n\ndef other(a):\n    return a.on_unknown()",
    "as_method_default": (
        f"def as_method_default():\n    {QUERY}\n\nclass A:\n    def f(self, n=as_method_default()):\n        return n"
    ),
    "in_class_table": f"class A:\n    def in_class_table(self):\n        {QUERY}\n\n    TABLE = [in_class_table]",
    "in_nested_class": f"def in_nested_class():\n    {QUERY}\n\nclass A:\n    class B:\n        f = in_nested_class",
    "by_super": (
        f"class A:\n    def by_super(self):\n        {QUERY}\n\n"
        "class B(A):\n    @property\n    def by_super(self):\n        return super().by_super()"
    ),
    # what has no async form
    "in_atomic": f"@transaction.atomic\ndef in_atomic():\n    {QUERY}",
    "some_branches": f"def some_branches(x):\n    with transaction.atomic():\n        if x:\n            {QUERY}",
    "locking": "def locking():\n    return Book.objects.select_for_update().get(pk=1)",
    "reading": f"def reading():\n    open('x')\n    {QUERY}",
    "in_lambda": "def in_lambda():\n    return (lambda: Book.objects.count())()",
}


@pytest.mark.parametrize("name", STAY_SYNC)
def test_stays_sync(tmp_path: Path, name: str) -> None:
    after = converted(tmp_path, STAY_SYNC[name])
    assert f"async def {name}(" not in after


@pytest.mark.parametrize(
    ("text", "body", "is_async"),
    [
        ('NAMES = ["shop.views.named"]', "{def_}\n\ndef view(request):\n    return named()", False),
        ('getattr(shop, "named")()', "{def_}\n\ndef view(request):\n    return named()", True),  # of a function only
        ('getattr(shelf, "named")()', "class A:\n    {def_}\n\ndef view(request):\n    return A().named()", False),
        ('x = "named so"', "class A:\n    {def_}\n\ndef view(request):\n    return A().named()", True),
    ],
)
def test_named_as_a_string(tmp_path: Path, text: str, body: str, is_async: bool) -> None:
    indent = "        " if "class" in body else "    "
    definition = f"def named({'self' if 'class' in body else ''}):\n{indent}{QUERY}"
    files = {"shop/views.py": HEAD + body.format(def_=definition), "shop/other.py": text, "shop/urls.py": URLS}
    after = texts(change_set(write_project(tmp_path, files))).get("shop/views.py", "")
    assert ("async def named" in after) is is_async


def test_named_in_a_template(tmp_path: Path) -> None:
    body = f"class A:\n    def in_template(self):\n        {QUERY}\n\n    def elsewhere(self):\n        {QUERY}\n"
    files = {"shop/views.py": HEAD + body, "shop/templates/a.html": "{% if a.in_template %}{% endif %} elsewhere"}
    after = texts(change_set(write_project(tmp_path, files), entries=("shop.views:*",)))["shop/views.py"]
    assert "    def in_template" in after and "async def elsewhere" in after


SERVICES = f"from shop.models import Book\n\ndef helper():\n    {QUERY}\n"
API = "from shop import services\nfrom shop.services import helper as total, helper\n"
# how code that is not changed, or cannot await, gets at the helper
ACCESS = {
    "from shop.services import helper": "helper()",
    "from shop.services import helper as h": "h()",
    "from shop.services import *": "helper()",
    "from shop import services": "services.helper()",
    "from shop import services as s": "s.helper()",
    "import shop.services": "shop.services.helper()",
    "import shop.services as s": "s.helper()",
    "from shop.api import total": "total()",
    "from shop.api import total as t": "t()",
    "from shop.api import *": "total()",
    "from shop import api": "api.total()",
    "from shop.api import services": "services.helper()",
    "from shop import services as m": "getattr(m, 'helper')()",
}


def helper_is_async(tmp_path: Path, path: str, text: str) -> bool:
    """Whether a helper that an async view calls becomes async, with another caller in the file `path`."""
    view = "from shop.services import helper\n\ndef view(request):\n    return HttpResponse(helper())\n"
    files = {"shop/services.py": SERVICES, "shop/api.py": API, "shop/views.py": HEAD + view, "shop/urls.py": URLS}
    changes = change_set(write_project(tmp_path, {**files, path: text}))
    assert not changes.failures
    return "async def helper" in texts(changes).get("shop/services.py", "")


@pytest.mark.parametrize("access", ACCESS)
@pytest.mark.parametrize("path", ["shop/tests.py", "shop/migrations/0001_initial.py", "shop/other.py"])
def test_called_by_what_stays_sync(tmp_path: Path, path: str, access: str) -> None:
    body = f"class A:\n    @property\n    def x(self):\n        return {ACCESS[access]}\n"
    assert not helper_is_async(tmp_path, path, f"{access}\n\n{body}")


@pytest.mark.parametrize(
    "text",
    [
        "def helper():\n    pass\n\ndef test_it():\n    helper()\n",
        "from other import helper\n\ndef test_it():\n    helper()\n",
        "from shop import services\n\ndef test_it():\n    services.other()\n",
        "def test_it(thing):\n    thing.helper()\n",
        "x = 'helper'\n",
    ],
)
def test_another_thing_of_that_name_in_tests(tmp_path: Path, text: str) -> None:
    assert helper_is_async(tmp_path, "shop/tests.py", text)


@pytest.mark.parametrize("text", ["patch('shop.services.helper')", "patch.object(services, 'helper')"])
def test_patched_in_tests(tmp_path: Path, text: str) -> None:
    head = "from unittest.mock import patch\nfrom shop import services\n\n"
    assert not helper_is_async(tmp_path, "shop/tests.py", f"{head}def test_it():\n    {text}\n")


def test_code_that_is_not_changed(tmp_path: Path) -> None:
    body = f"from shop.models import Book\n\ndef helper():\n    {QUERY}\n"
    files = {"shop/tests.py": body, "shop/migrations/0001_initial.py": body, "shop/urls.py": "urlpatterns = []\n"}
    changes = change_set(write_project(tmp_path, files), entries=("*:*",))
    assert not changes.changes and not changes.failures


def test_a_name_in_too_many_places(tmp_path: Path) -> None:
    callers = "\n\n".join(f"def f{number}():\n    return helper()" for number in range(310))
    body = f"def helper():\n    {QUERY}\n\n{callers}\n"
    files = {"shop/views.py": HEAD + body, "shop/urls.py": "urlpatterns = []\n"}
    changes = change_set(write_project(tmp_path, files), entries=("shop.views:f1",))
    assert "async def helper" not in texts(changes).get("shop/views.py", "")


DECORATED = f"@{{}}\ndef view(request):\n    {QUERY.replace('return ', 'return HttpResponse(')})"


@pytest.mark.parametrize(
    ("decorator", "django", "is_async"),
    [
        ("login_required", "5.0", False),  # logged-in users would get an error, anonymous ones not
        ("login_required", "5.1", True),
        ("cache_page(60)", "4.2", False),
        ("cache_page(60)", "5.0", True),
        ("transaction.non_atomic_requests", "4.2", True),
        ("transaction.atomic", "6.1", False),
    ],
)
def test_view_decorators_by_version(tmp_path: Path, decorator: str, django: str, is_async: bool) -> None:
    after = converted(tmp_path, DECORATED.format(decorator), django=django, entries=())
    assert ("async def view" in after) is is_async


def test_a_backend_without_aget_user(tmp_path: Path) -> None:
    backend = "class Backend:\n    def get_user(self, pk):  # amigrate: ignore\n        return None\n"
    settings = 'ROOT_URLCONF = "shop.urls"\nAUTHENTICATION_BACKENDS = ["shop.backends.Backend"]\n'
    body = HEAD + DECORATED.format("login_required") + "\n"
    files = {"config.py": settings, "shop/backends.py": backend, "shop/views.py": body, "shop/urls.py": URLS}
    assert not change_set(write_project(tmp_path / "a", files), django="5.2").changes
    backend = "from django.contrib.auth.backends import ModelBackend\n\nclass Backend(ModelBackend):\n    pass\n"
    fine = change_set(write_project(tmp_path / "b", {**files, "shop/backends.py": backend}), django="5.2")
    assert "async def view" in texts(fine)["shop/views.py"]


WRAPPING = """
import functools

from django.urls import path
from somewhere import foreign, wrapper

def passing(view):
    @functools.wraps(view)
    def wrapped(request):
        return view(request)
    return wrapped

def queueing(view):
    QUEUE.append(view)
    return view

def decorate(patterns, decorator=passing):
    def process(patterns):
        for pattern in patterns:
            pattern.callback = decorator(pattern.callback)

    process(patterns)
    return patterns

def apply(patterns, *decorators):
    for pattern in patterns:
        if getattr(pattern.callback, "exempt", False) or is_open(pattern.callback):
            continue
        for decorator in decorators:
            pattern.callback = functools.update_wrapper(decorator(pattern.callback), pattern.callback)
        pattern.callback.wrapped = True

def is_open(view):
    return view.__name__ == "open"

class Middleware:
    def process_view(self, request, view_func, view_args, view_kwargs):
        if getattr(view_func, "exempt", False):
            return None
"""


@pytest.mark.parametrize(
    ("more", "reason"),
    [
        ("decorate([])", ""),
        ("decorate([], passing)", ""),
        ("decorate([], decorator=None or passing)", ""),
        ("apply([], passing, passing)", ""),
        ("apply([], *[passing])", ""),
        ("EACH = [passing]\napply([], *EACH)", ""),
        ("decorate([], foreign)", "the decorator @foreign would get a coroutine instead of the result"),
        ("decorate([], queueing)", "hands `view` on to other code"),
        ("decorate([], wrapper[0])", "`wrapper[0]` is not followed"),
        ("decorate(*wrapper)", "what is given for `decorator` is not followed"),
        ("decorate(**wrapper)", "what is given for `decorator` is not followed"),
        ("later = functools.partial(decorate, [], foreign)", "`decorate` is used as a value"),
        ("apply([], passing, foreign)", "the decorator @foreign would get a coroutine instead of the result"),
        ("apply([], *wrapper)", "what `wrapper` holds is not followed"),
        ("EACH = [passing]\nEACH = [foreign]\napply([], *EACH)", "the decorator @foreign"),
        ("EACH = [passing]\nEACH.append(foreign)\napply([], *EACH)", "the decorator @foreign"),
        ("EACH = [passing]\nEACH += [foreign]\napply([], *EACH)", "the decorator @foreign"),
        ("EACH = [passing]\nEACH[0] = foreign\napply([], *EACH)", "`EACH` is changed"),
        ("EACH = [passing]\nEACH.__iadd__(wrapper)\napply([], *EACH)", "`EACH` is changed"),
        (
            "def all(them):\n    own = [passing]\n    own.extend([foreign])\n    apply([], *own)",
            "the decorator @foreign",
        ),
        ("def all(them):\n    own = [passing]\n    own.remove(passing)\n    apply([], *own)", "`own` is changed"),
        ("for one in PATTERNS:\n    one.callback = foreign(one.callback)", "the decorator @foreign"),
        ("for one in PATTERNS:\n    setattr(one, 'callback', foreign(one.callback))", "the decorator @foreign"),
        ("P = [path('', foreign(one.callback)) for one in PATTERNS]", "the decorator @foreign"),
        ("P = [path('', view=foreign(one.callback)) for one in PATTERNS]", "the decorator @foreign"),
        ("for one in urlpatterns:\n    one.callback = wrapper(one)", "`wrapper(one)` is not followed"),
        ("for one in urlpatterns:\n    one.callback = wrapper({}, one.callback)", "is not followed"),
        (
            "def to(one):\n    view = one.callback\n    if 1:\n        view = foreign(view)\n    one.callback = view",
            "the decorator @foreign",
        ),
        (
            "def t(one):\n    view = one.callback\n    def made(request): return view()\n    one.callback = made",
            "`made` is not followed",
        ),
        ("def each(one):\n    one.callback(None)\n    one.callback = passing(one.callback)", "it calls `one.callback`"),
        (
            "def each(one):\n    VIEWS.append(one.callback)\n    one.callback = passing(one.callback)",
            "it hands on `one.callback`",
        ),
        (
            "def each(one):\n    one.callback.view_class.get = 1\n    one.callback = passing(one.callback)",
            "it changes what `one.callback` is made of",
        ),
        (
            "class Own:\n    def process_view(self, request, view, args, kwargs):\n        return view(request, *args)",
            "it calls `view`",
        ),
        (
            "class Own:\n    def process_view(self, request, view, args, kw):\n        return foreign(view)(request)",
            "it calls `view`",
        ),
        (
            "class Own:\n    def process_view(self, r, view, a, k):\n        m = foreign(view)\n        return m()",
            "it calls `m`",
        ),
        (
            (
                "class Own:\n    def run(self, f):\n        return f()\n    def process_view(self, r, view, a, k):\n"
                "        return self.run(view)"
            ),
            "it hands on `view`",
        ),
        (
            "class Own:\n    def process_view(self, request, view, a, k):\n        self.log(str(view), foreign(view))",
            "",
        ),
        (
            (
                "from django.urls import URLPattern\nclass Own(URLPattern):\n    def resolve(self, p):\n"
                "        match = super().resolve(p)\n        match.func = foreign(match.func)\n        return match"
            ),
            "the decorator @foreign",
        ),
        ("class Own:\n    def resolve(self, match):\n        match.func = foreign(match.func)", ""),
        ("class Button:\n    def x(self):\n        self.callback = foreign(self.callback)", ""),
        ("def press(button):\n    button.callback = functools.partial(foreign, button)", ""),
    ],
)
def test_views_that_are_wrapped_while_the_project_runs(tmp_path: Path, more: str, reason: str) -> None:
    files = {
        "shop/wrapping.py": f"{WRAPPING}\n{more}\n",
        "shop/views.py": f"{HEAD}\ndef view(request):\n    {QUERY}\n",
        "shop/urls.py": URLS,
    }
    changes = change_set(write_project(tmp_path, files))
    assert ("async def view" in texts(changes).get("shop/views.py", "")) is (not reason)
    if reason:
        assert reason in next(r.reason for r in changes.refusals if r.symbol == "shop.views.view")


PERMITTED = """
def view(request):
    if not request.user.has_perm("shop.view_book"):
        return HttpResponse(status=403)
    return HttpResponse(Book.objects.count())
"""


@pytest.mark.parametrize(
    ("own", "call"),
    [
        ("    pass\n", "await user.ahas_perm("),
        (
            "    def get_all_permissions(self, user, obj=None):  # amigrate: ignore\n        return {'x'}\n",
            ".has_perm)(",
        ),
        (
            "    def has_perm(self, user_obj, perm, obj=None):  # amigrate: ignore\n        return True\n",
            ".has_perm)(",
        ),
    ],
)
def test_permissions_that_only_sync_backends_grant(tmp_path: Path, own: str, call: str) -> None:
    backend = f"from django.contrib.auth.backends import ModelBackend\n\nclass Backend(ModelBackend):\n{own}"
    settings = 'ROOT_URLCONF = "shop.urls"\nAUTHENTICATION_BACKENDS = ["shop.backends.Backend"]\n'
    files = {
        "config.py": settings,
        "shop/backends.py": backend,
        "shop/views.py": HEAD + PERMITTED,
        "shop/urls.py": URLS,
    }
    after = texts(change_set(write_project(tmp_path, files), django="5.2"))["shop/views.py"]
    assert call.replace("user.", "(await request.auser()).") in after or call in after


@pytest.mark.parametrize(
    "body",
    [
        f"def view(request):  # amigrate: ignore\n    {QUERY}",
        f"def view(request):  # amigrate: ignore[async-views]\n    {QUERY}",
        f"def view(request):\n    {QUERY}  # amigrate: ignore[orm-terminal]",
        f"def view(request):\n    {QUERY}  # amigrate: ignore",
        f"class A:  # amigrate: ignore\n    def x(self):\n        {QUERY}",
    ],
)
def test_comments(tmp_path: Path, body: str) -> None:
    assert converted(tmp_path, body) == ""


def test_a_comment_for_another_codemod_changes_nothing(tmp_path: Path) -> None:
    assert "async def view" in converted(
        tmp_path, f"def view(request):  # amigrate: ignore[orm-iteration]\n    {QUERY}"
    )


@pytest.mark.parametrize(("decorator", "is_async"), [("", False), ("@transaction.non_atomic_requests\n", True)])
def test_a_transaction_around_each_request(tmp_path: Path, decorator: str, is_async: bool) -> None:
    settings = 'ROOT_URLCONF = "shop.urls"\nDATABASES = {"default": {"ATOMIC_REQUESTS": True}}\n'
    body = f"{HEAD}\n{decorator}def view(request):\n    {QUERY}\n"
    changes = change_set(write_project(tmp_path, {"config.py": settings, "shop/views.py": body, "shop/urls.py": URLS}))
    assert ("async def view" in texts(changes).get("shop/views.py", "")) is is_async
