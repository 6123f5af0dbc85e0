"""Class-based views of whole projects: what routes, tests and other modules do with the classes decides."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.tree import change_set, texts, write_project

VIEWS = """\
from django.http import HttpResponse
from django.views import View
from shop.models import Book


class Total(View):
    def get(self, request):
        return HttpResponse(str(Book.objects.count()))

    def post(self, request):
        return HttpResponse("posted")
"""
URLS = "from django.urls import path, re_path\nfrom shop import views\nfrom shop.views import Total\n"
ROUTE = "urlpatterns = [path('', Total.as_view())]\n"

# how URLconfs name the class → whether it becomes async
ROUTES = {
    "urlpatterns = [path('', views.Total.as_view())]": True,
    "urlpatterns = [re_path('x', view=views.Total.as_view(), name='x')]": True,
    "urlpatterns = [path('', Total.as_view()), path('again', Total.as_view())]": True,
    "total = Total.as_view()\nurlpatterns = [path('', total), path('again', total)]": True,
    "from django.views.decorators.cache import never_cache\n"
    "urlpatterns = [path('', never_cache(Total.as_view()))]": True,
    "from django.views.decorators.cache import cache_page\n"
    "urlpatterns = [path('', cache_page(60)(Total.as_view()))]": True,
    "from django.contrib.auth.decorators import login_required\n"
    "urlpatterns = [path('', login_required(Total.as_view()))]": True,
    "urlpatterns = [path('', lambda request: Total.as_view()(request))]": False,
    "from lib import wrap\nurlpatterns = [path('', wrap(Total.as_view()))]": False,
    "from lib import wrap\nurlpatterns = [path('', Total.as_view()), path('x', wrap(Total.as_view()))]": False,
    f"{ROUTE}handler404 = Total.as_view()": False,
    f"{ROUTE}REGISTRY = {{'total': Total}}": False,
    f"{ROUTE}PAGES = [Total]": False,
    f"{ROUTE}maker = Total.as_view": False,
    f"{ROUTE}def other(request):\n    return Total.as_view()(request)": False,
    f"{ROUTE}def other(request):\n    return Total().get(request)": False,
    f"{ROUTE}NAME = 'shop.views.Total'": False,
    f"{ROUTE}def is_total(match) -> type[Total] | None:\n    return match.func.view_class is Total": True,
}


def converted(tmp_path: Path, urls: str, views: str = VIEWS, **files: str) -> bool:
    """Whether the handlers of the class become async; both or none."""
    files = {"shop/views.py": views, "shop/urls.py": URLS + urls, **files}
    changes = change_set(write_project(tmp_path, files))
    assert not changes.failures
    after = texts(changes).get("shop/views.py", views)
    both = "async def get(self" in after
    assert ("async def post(self" in after) is both
    assert both or after == views
    return both


@pytest.mark.parametrize("urls", ROUTES)
def test_routes(tmp_path: Path, urls: str) -> None:
    assert converted(tmp_path, f"{urls}\n") is ROUTES[urls]


@pytest.mark.parametrize(("posted", "is_worth_it"), [(3, True), (4, False)])
def test_a_class_with_more_bridges_than_its_queries_are_worth(tmp_path: Path, posted: int, is_worth_it: bool) -> None:
    mail = "        send_mail('a', 'b', 'c@d.e', ['f@g.h'])\n"
    views = VIEWS.replace(
        "        return HttpResponse(str(Book.objects", f"{mail * 2}        return HttpResponse(str(Book.objects"
    )
    views = views.replace(
        '        return HttpResponse("posted")', f'{mail * posted}        return HttpResponse("posted")'
    )
    mailing = f"from django.core.mail import send_mail\n{views}"
    assert converted(tmp_path, ROUTE, mailing) is is_worth_it


TESTS = {
    "from shop.views import Total\nresponse = Total.as_view()(request)": False,
    "from shop.views import Total as T\nresponse = T.as_view()(request)": False,
    "from shop import views\nresponse = views.Total().get(request)": False,
    "import shop.views\nresponse = shop.views.Total.as_view()(request)": False,
    "from shop.views import *\nresponse = Total.as_view()(request)": False,
    "from shop.views import Total\nclass Quiet(Total):\n    def get(self, request):\n        return 1": False,
    "from unittest.mock import patch\nwith patch('shop.views.Total.get'):\n    pass": False,
    "from shop.views import Total\ndef test(self):\n    self.assertIs(resolve('/').func.view_class, Total)": True,
    "from other.views import Total\nresponse = Total.as_view()(request)": True,
    "def test(self):\n    self.client.get('/')\n    assert {}.get(request)": True,
}


@pytest.mark.parametrize("test", TESTS)
def test_tests_that_use_the_class_keep_it_sync(tmp_path: Path, test: str) -> None:
    assert converted(tmp_path, ROUTE, **{"shop/tests.py": f"{test}\n"}) is TESTS[test]


def test_atomic_requests(tmp_path: Path) -> None:
    settings = (
        "ROOT_URLCONF = 'shop.urls'\nDATABASES = {'default': {'ATOMIC_REQUESTS': True}}\nINSTALLED_APPS = ['shop']\n"
    )
    assert not converted(tmp_path, ROUTE, **{"config.py": settings})


def test_an_heir_in_another_module_decides_too(tmp_path: Path) -> None:
    heir = "from django.views.generic import ListView\nfrom shop.views import Total\n"
    heir += "class Both(Total, ListView):\n    pass\n"
    assert not converted(tmp_path, ROUTE, **{"shop/more.py": heir})


def test_a_plain_heir_in_another_module_is_migrated_with_it(tmp_path: Path) -> None:
    heir = "from shop.views import Total\n\n"
    heir += "class Heir(Total):\n    def put(self, request):\n        return self.get(request)\n"
    changes = change_set(
        write_project(tmp_path, {"shop/views.py": VIEWS, "shop/urls.py": URLS + ROUTE, "shop/more.py": heir})
    )
    after = texts(changes)["shop/more.py"]
    assert "async def put(self, request):\n        return await self.get(request)" in after
    (group,) = changes.groups
    assert group.paths == ("shop/more.py", "shop/views.py")


def test_one_refusal_a_class(tmp_path: Path) -> None:
    views = VIEWS.replace("(View)", "(LoginRequiredMixin, View)")
    views = "from django.contrib.auth.mixins import LoginRequiredMixin\n" + views
    views += "\n    def dispatch(self, request):\n        return super().dispatch(request)\n"
    views += "\n    def put(self, request):\n        return HttpResponse(str(Book.objects.count()))\n"
    changes = change_set(write_project(tmp_path, {"shop/views.py": views, "shop/urls.py": URLS + ROUTE}))
    (refusal,) = changes.refusals
    assert refusal.symbol == "shop.views.Total" and refusal.line == 7
    assert "LoginRequiredMixin" in refusal.reason and "super().dispatch" in refusal.suggestion


@pytest.mark.parametrize("mixin", ["LoginRequiredMixin", "PermissionRequiredMixin", "UserPassesTestMixin"])
def test_mixins_for_access_decide_in_a_thread(tmp_path: Path, mixin: str) -> None:
    views = f"from django.contrib.auth.mixins import {mixin}\n" + VIEWS.replace("(View)", f"({mixin}, View)")
    views += "\n    def test_func(self):\n        return Book.objects.exists()\n"
    root = write_project(tmp_path, {"shop/views.py": views, "shop/urls.py": URLS + ROUTE})
    changes = change_set(root)
    after = texts(changes)["shop/views.py"]
    assert "        response = await sync_to_async(super().dispatch)(request, *args, **kwargs)\n" in after
    assert "    def test_func(self):\n        return Book.objects.exists()\n" in after
    (root / "shop/views.py").write_text(after)
    assert not change_set(root).changes


def test_generic_views_name_what_waits(tmp_path: Path) -> None:
    views = (
        "from django.views.generic import ListView, TemplateView\nfrom shop.models import Book\n\n"
        "class Total(ListView):\n"
        "    def get_context_data(self, **kwargs):\n        return {'n': Book.objects.count()}\n\n"
        "class About(TemplateView):\n    template_name = 'about.html'\n"
    )
    urls = "urlpatterns = [path('', Total.as_view()), path('about', views.About.as_view())]\n"
    changes = change_set(write_project(tmp_path, {"shop/views.py": views, "shop/urls.py": URLS + urls}))
    (refusal,) = changes.refusals
    assert refusal.symbol == "shop.views.Total"
    assert "django.views.generic.ListView" in refusal.reason and "`get_context_data`" in refusal.reason


@pytest.mark.parametrize("confidence", ["safe", "review"])
def test_a_new_dispatch_is_to_be_reviewed(tmp_path: Path, confidence: str) -> None:
    views = VIEWS.replace("class Total", '@method_decorator(never_cache, name="dispatch")\nclass Total')
    head = (
        "from django.utils.decorators import method_decorator\nfrom django.views.decorators.cache import never_cache\n"
    )
    files = {"shop/views.py": head + views, "shop/urls.py": URLS + ROUTE}
    after = texts(change_set(write_project(tmp_path, files), confidence=confidence))
    assert ("async def dispatch" in after.get("shop/views.py", "")) is (confidence == "review")
