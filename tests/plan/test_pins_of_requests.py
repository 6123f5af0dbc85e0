"""What stays sync because of what stands around a view: decorators, wrapped URL patterns, backends, permissions."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.plan.pinning import HEAD, QUERY, URLS, converted
from tests.tree import change_set, texts, write_project

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
