"""Which functions Django calls through URLconfs, and those that the user names."""

from __future__ import annotations

import pytest

from amigrate.facts.entry_points import named, routes
from tests.memory import program

VIEWS = """
def index(request): pass
def detail(request, pk): pass
def _private(request): pass
wrapped = login_required(detail)
half = functools.partial(detail, pk=1)
class Listing(View): pass
"""
HEAD = """
import functools
from functools import partial
from django.contrib.auth.decorators import login_required
from django.urls import include, path, re_path
from django.conf.urls import url
from django.conf.urls.i18n import i18n_patterns
from django.views.decorators.cache import cache_page
from shop import views
from shop.views import index
"""
CASES = {
    "urlpatterns = [path('', views.index)]": {"index"},
    "urlpatterns = [path('', index), re_path('x', views.detail)]": {"index", "detail"},
    "urlpatterns = [url(r'^$', index)]": {"index"},
    "urlpatterns = (path('', index),)": {"index"},
    "urlpatterns = [path('', view=index, name='x')]": {"index"},
    "urlpatterns = [path('a/', include([path('', index)]))]": {"index"},
    "urlpatterns = [path('a/', include(([path('', index)], 'shop')))]": {"index"},
    "extra_patterns = [path('', index)]\nurlpatterns = [path('a/', include(extra_patterns))]": {"index"},
    "urlpatterns = i18n_patterns(path('', index), path('x', views.detail))": {"index", "detail"},
    "urlpatterns = [path('', index)] + [path('x', views.detail)]": {"index", "detail"},
    "urlpatterns = [path('', index)]\nurlpatterns += [path('x', views.detail)]": {"index", "detail"},
    "urlpatterns = [path('', index)]\nif DEBUG:\n    urlpatterns += [path('x', views.detail)]": {"index", "detail"},
    "urlpatterns = [path('', partial(views.detail, pk=1))]": {"detail"},
    "urlpatterns = [path('', login_required(index))]": {"index"},
    "urlpatterns = [path('', cache_page(60)(index))]": {"index"},
    "urlpatterns = [path('', cache_page(60)(login_required(index)))]": {"index"},
    "urlpatterns = [path('', views.wrapped)]": {"detail"},
    "urlpatterns = [path('', views.half)]": {"detail"},
    "urlpatterns = [path('', views.Listing.as_view())]": {"Listing"},
    "urlpatterns = [path('', login_required(views.Listing.as_view(page=1)))]": {"Listing"},
    "urlpatterns = [path('', views.Listing.as_view)]": set(),
    "urlpatterns = [path('', include('other.urls'))]": set(),
    "urlpatterns = [path('', lambda request: index(request))]": set(),
    "urlpatterns = []": set(),
    "handlers = [path('', index)]": set(),
    "urlpatterns = [path('', views.no_such_view)]": set(),
}


@pytest.mark.parametrize("patterns", CASES)
def test_routes(patterns: str) -> None:
    linked = program({"shop/__init__.py": "", "shop/views.py": VIEWS, "shop/urls.py": f"{HEAD}\n{patterns}\n"})
    assert {route.view.removeprefix("shop.views.") for route in routes(linked)} == CASES[patterns]


def test_wrappers_are_named_from_outside_to_inside() -> None:
    patterns = "urlpatterns = [path('', cache_page(60)(login_required(index))), path('', partial(views.detail, pk=1))]"
    linked = program({"shop/__init__.py": "", "shop/views.py": VIEWS, "shop/urls.py": f"{HEAD}\n{patterns}\n"})
    first, second = routes(linked)
    assert first.wrappers == (
        "django.views.decorators.cache.cache_page",
        "django.contrib.auth.decorators.login_required",
    )
    assert second.partial and not first.partial


def test_several_modules_and_none_of_the_tests() -> None:
    urls = "from django.urls import path\nfrom shop import views\nurlpatterns = [path('', views.{})]\n"
    files = {
        "shop/__init__.py": "",
        "shop/views.py": VIEWS,
        "shop/urls.py": urls.format("index"),
        "shop/api_urls.py": urls.format("detail"),
        "shop/test_urls.py": urls.format("_private"),
    }
    found = routes(program(files, tests=("shop/test_urls.py",)))
    assert {route.view for route in found} == {"shop.views.index", "shop.views.detail"}


@pytest.mark.parametrize(
    ("pattern", "expected"),
    [
        ("shop.views:index", {"index"}),
        ("shop.views:*", {"index", "detail", "_private"}),
        ("shop.*:*index", {"index"}),
        ("*:_*", {"_private"}),
        ("other:*", set()),
        ("shop.views:Index", set()),
    ],
)
def test_named(pattern: str, expected: set[str]) -> None:
    linked = program({"shop/__init__.py": "", "shop/views.py": VIEWS})
    assert set(named(linked, [pattern])) == {f"shop.views.{name}" for name in expected}


@pytest.mark.parametrize("pattern", ["shop.views", "shop.views.index", ":index", "shop.views:", ""])
def test_named_wants_a_module_and_a_name(pattern: str) -> None:
    with pytest.raises(ValueError, match=r"expected MODULE:QUALNAME"):
        named(program({"shop/views.py": VIEWS}), [pattern])
