"""What must never become async, whatever asks for it: here everything is named as an entry point.

`FAIL_OPEN` is the part that matters most: Django or a library calls these by name, and a coroutine in their place
gives no error. It is true, so that access is granted and validation passes; or it is dropped, and data is lost.
"""

from __future__ import annotations

from pathlib import Path

import pytest

from amigrate.plan import pins
from tests.plan.pinning import HEAD, QUERY, URLS, converted
from tests.tree import change_set, texts, write_project


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
