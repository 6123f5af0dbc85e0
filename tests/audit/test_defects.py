"""Defects in async code: each rule with code that is wrong, and with code like it that is not."""

from __future__ import annotations

from pathlib import Path

import pytest

from amigrate.audit.data import Defect
from amigrate.auditing import run_audit
from amigrate.options import Options
from tests.tree import write_project

HEAD = """\
import asyncio, functools, threading, time
import requests
from asgiref.sync import async_to_sync, sync_to_async
from celery import shared_task
from concurrent.futures import ThreadPoolExecutor
from django import forms, template
from django.apps import AppConfig
from django.contrib import admin
from django.contrib.auth.backends import ModelBackend
from django.contrib.auth.decorators import login_required
from django.contrib.auth.mixins import UserPassesTestMixin
from django.core.exceptions import ValidationError
from django.core.management.base import BaseCommand
from django.db import models, transaction
from django.dispatch import Signal, receiver
from django.http import HttpResponse
from django.utils.decorators import method_decorator
from django.utils.deprecation import MiddlewareMixin
from django.views import View
from django.views.decorators.csrf import csrf_exempt
from django.views.generic import ListView
from rest_framework import permissions, serializers, viewsets
from rest_framework.decorators import api_view
from shop.models import Author, Book
import adrf.views

register = template.Library()
done = Signal()

async def notify(pk):
    await asyncio.sleep(0)

def plain(pk):
    return pk

"""

# code in shop/views.py → the rules that report it
WRONG = {
    "class V(UserPassesTestMixin, View):\n    async def test_func(self):\n        return False": "async-permission",
    "class P(permissions.BasePermission):\n    async def has_permission(self, r, v):\n        return False": (
        "async-permission"
    ),
    "class P(permissions.IsAuthenticated):\n    async def has_object_permission(self, r, v, o):\n        return 0": (
        "async-permission"
    ),
    "class B(ModelBackend):\n    async def has_perm(self, user, perm, obj=None):\n        return False": (
        "async-permission"
    ),
    "class F(forms.Form):\n    async def clean(self):\n        raise ValidationError('')": "async-validation",
    "class F(forms.ModelForm):\n    async def clean_title(self):\n        raise ValidationError('')": (
        "async-validation"
    ),
    "class M(models.Model):\n    async def clean(self):\n        raise ValidationError('')": "async-validation",
    "class M(models.Model):\n    async def save(self, *args, **kwargs):\n        pass": "async-save",
    "class M(Book):\n    async def delete(self):\n        pass": "async-save",
    "class Mixin:\n    async def save(self, **kw):\n        pass\n\nclass M(Mixin, models.Model):\n    pass": (
        "async-save"
    ),
    "class S(serializers.Serializer):\n    async def validate(self, data):\n        return data": "async-validation",
    "class S(serializers.ModelSerializer):\n    async def validate_title(self, v):\n        return v": (
        "async-validation"
    ),
    "class A(admin.ModelAdmin):\n    async def save_model(self, r, o, f, c):\n        pass": "async-save",
    "class A(admin.ModelAdmin):\n    async def has_delete_permission(self, r, o=None):\n        return 0": (
        "async-permission"
    ),
    "class W(viewsets.ModelViewSet):\n    async def perform_create(self, serializer):\n        pass": "async-save",
    "class L(ListView):\n    async def get_queryset(self):\n        return Book.objects.all()": "async-hook",
    "class C(AppConfig):\n    async def ready(self):\n        pass": "async-hook",
    "class C(BaseCommand):\n    async def handle(self, **options):\n        pass": "async-hook",
    "class W(MiddlewareMixin):\n    async def process_request(self, request):\n        pass": "async-hook",
    "class R:\n    async def db_for_read(self, m):\n        ...\n    async def allow_migrate(self, d):\n        ...": (
        "async-hook async-hook"
    ),
    "class X:\n    async def __eq__(self, other):\n        return False": "async-dunder",
    "class X:\n    async def __exit__(self, *exc):\n        return False": "async-dunder",
    "class X:\n    @functools.cached_property\n    async def rows(self):\n        return 1": "async-cached",
    "@functools.lru_cache\nasync def rows():\n    return 1": "async-cached",
    "@transaction.atomic\nasync def f():\n    pass": "async-atomic",
    "async def f():\n    with transaction.atomic():\n        pass": "async-atomic",
    "async def f():\n    async with transaction.atomic():\n        pass": "async-atomic",
    "@shared_task\nasync def f():\n    pass": "async-task",
    "@api_view(['GET'])\nasync def f(request):\n    pass": "async-hook",
    "@register.simple_tag\nasync def f():\n    pass": "async-hook",
    "@register.filter\nasync def f(value):\n    pass": "async-hook",
    "@admin.action(description='x')\nasync def f(a, r, q):\n    pass": "async-hook",
    "async def check(value):\n    pass\n\nclass M(models.Model):\n    x = models.CharField(validators=[check])": (
        "async-validation"
    ),
    "class M(models.Model):\n    x = models.CharField(default=notify)": "async-hook",
    "def f(pk):\n    transaction.on_commit(notify)": "async-callback",
    "def f(pk):\n    transaction.on_commit(lambda: notify(pk))": "async-callback",
    "def f(pk):\n    threading.Thread(target=notify, args=[pk]).start()": "async-callback",
    "def f(pk):\n    threading.Timer(5, notify).start()": "async-callback",
    "def f(pk):\n    with ThreadPoolExecutor() as pool:\n        pool.submit(notify, pk)": "async-callback",
    "def f(pks):\n    return list(map(notify, pks))": "async-callback",
    "async def f(book):\n    book.asave()": "not-awaited",
    "async def f():\n    if Book.objects.aexists():\n        return 1": "not-awaited",
    "async def f():\n    return not Book.objects.filter(pk=1).aexists()": "not-awaited",
    "async def f():\n    assert Book.objects.aexists()": "not-awaited",
    "async def f():\n    return Book.objects.aget(pk=1).title": "not-awaited",
    "def f(pk):\n    Book.objects.filter(pk=pk).aupdate(title='')": "not-awaited",
    "def f(pk):\n    notify(pk)": "not-awaited",
    "class X:\n    async def go(self):\n        pass\n    async def run(self):\n        self.go()": "not-awaited",
    "async def f():\n    return Book.objects.get(pk=1)": "sync-query",
    "async def f():\n    return [b for b in Book.objects.all()]": "sync-query",
    "async def f(pk):\n    book = await Book.objects.aget(pk=pk)\n    book.save()": "sync-query",
    "async def f():\n    time.sleep(1)": "blocking-call",
    "async def f():\n    return requests.get('https://example.org').json()": "blocking-call",
    "async def f():\n    return async_to_sync(notify)(1)": "async-to-sync",
    "async def view(request):\n    return HttpResponse('')\n# atomic": "async-atomic",
    "@login_required\nasync def view(request):\n    return HttpResponse('')\n# django 5.0": "async-view",
    "@csrf_exempt\nasync def view(request):\n    return HttpResponse('')\n# django 4.2": "async-view",
    "@receiver(done)\nasync def f(**kwargs):\n    pass\n# django 4.2": "async-receiver",
    "def f():\n    done.connect(notify)\n# django 4.2": "async-receiver",
    "class view(View):\n    async def get(self, request):\n        pass\n    def post(self, request):\n        pass": (
        "async-view"
    ),
    "class view(UserPassesTestMixin, View):\n    async def get(self, request):\n        pass": "async-view",
    "@method_decorator(login_required, name='dispatch')\nclass view(View):\n    async def get(self, request):\n"
    "        pass": "async-view",
}

RIGHT = [
    "class V(UserPassesTestMixin, View):\n    def test_func(self):\n        return False",
    "class X:\n    async def save(self):\n        pass\n    async def clean(self):\n        pass",
    "class X:\n    async def has_permission(self):\n        return True",
    "class V(adrf.views.APIView):\n    async def get(self, request):\n        pass",
    "class view(View):\n    async def get(self, request):\n        return HttpResponse('')",
    "@method_decorator(csrf_exempt, name='dispatch')\nclass view(View):\n    async def get(self, r):\n        pass",
    "class X:\n    async def __aenter__(self):\n        pass\n    async def __call__(self):\n        pass",
    "class X:\n    async def __aiter__(self):\n        yield 1",
    "class M(models.Model):\n    async def asave(self, *args, **kwargs):\n        await super().asave(*args, **kwargs)",
    "class M(models.Model):\n    async def publish(self):\n        await self.asave()",
    "class C(BaseCommand):\n    def handle(self, **options):\n        async_to_sync(notify)(1)",
    "async def f(book):\n    await book.asave()\n    return await Book.objects.aget(pk=1)",
    "async def f():\n    if await Book.objects.aexists():\n        return (await Book.objects.afirst()).title",
    "async def f():\n    return await asyncio.gather(Book.objects.acount(), notify(1))",
    "async def f():\n    asyncio.create_task(notify(1))",
    "def f():\n    return Book.objects.aget(pk=1)",
    "async def f():\n    return [b async for b in Book.objects.all()]",
    "async def f():\n    return await sync_to_async(Book.objects.get)(pk=1)",
    "async def f():\n    return await sync_to_async(lambda: Book.objects.get(pk=1).author)()",
    "async def f():\n    def g():\n        with transaction.atomic():\n            pass\n    await sync_to_async(g)()",
    "async def f():\n    return await asyncio.to_thread(requests.get, 'https://example.org')",
    "async def f():\n    return await asyncio.to_thread(lambda: requests.get('https://example.org'))",
    "def f(pk):\n    transaction.on_commit(plain)\n    transaction.on_commit(lambda: plain(pk))",
    "def f(pk):\n    transaction.on_commit(lambda: async_to_sync(notify)(pk))",
    "def f(pk):\n    threading.Thread(target=plain).start()",
    "def f(notify):\n    notify(1)",
    "def f(form):\n    form.submit(plain)\n    return map(plain, [1])",
    "@receiver(done)\nasync def f(**kwargs):\n    pass",
    "@login_required\nasync def view(request):\n    return HttpResponse('')",
    "@transaction.non_atomic_requests\nasync def view(request):\n    return HttpResponse('')\n# atomic",
    "def view(request):\n    return HttpResponse('')\n# atomic",
    "def f():\n    time.sleep(1)\n    return requests.get('https://example.org')",
    "@functools.lru_cache\ndef rows():\n    return 1",
    "class S(serializers.Serializer):\n    async def anything(self):\n        pass",
]


def found(tmp_path: Path, code: str) -> list[Defect]:
    django = next((v for v in ("4.2", "5.0") if f"# django {v}" in code), "5.2")
    atomic = "DATABASES = {'default': {'ENGINE': 'x', 'ATOMIC_REQUESTS': True}}\n" if "# atomic" in code else ""
    view = "views.view.as_view()" if "class view" in code else "views.view" if " view(" in code else "views.plain"
    root = write_project(
        tmp_path,
        {
            "config.py": f'INSTALLED_APPS = ["django.contrib.auth", "shop"]\nROOT_URLCONF = "shop.urls"\n{atomic}',
            "shop/urls.py": f"from django.urls import path\nfrom shop import views\nurlpatterns = [path('', {view})]\n",
            "shop/views.py": HEAD + code + "\n",
        },
    )
    options = Options(django=django, python="3.12", jobs=1, pyrefly=False, cache=False)
    audit = run_audit(root, options, lambda *_: None)
    assert not audit.failures
    return list(audit.defects)


@pytest.mark.parametrize("code", WRONG)
def test_is_reported(code: str, tmp_path: Path) -> None:
    defects = found(tmp_path, code)
    assert " ".join(one.id for one in defects) == WRONG[code], defects
    first = HEAD.count("\n")
    assert all(one.place.path == "shop/views.py" and one.place.line > first for one in defects)
    assert all(one.text and one.remedy for one in defects)


@pytest.mark.parametrize("code", RIGHT)
def test_is_not_reported(code: str, tmp_path: Path) -> None:
    assert found(tmp_path, code) == []


def test_a_migration_that_does_nothing(tmp_path: Path) -> None:
    text = """
    from django.db import migrations

    async def fill(apps, editor):
        pass

    def empty(apps, editor):
        pass

    class Migration(migrations.Migration):
        operations = [migrations.RunPython(empty, empty), migrations.RunPython(fill, reverse_code=empty)]
    """
    files = {"shop/migrations/__init__.py": "", "shop/migrations/0001_initial.py": text}
    root = write_project(tmp_path, files)
    audit = run_audit(root, Options(django="5.2", jobs=1, pyrefly=False, cache=False), lambda *_: None)
    (defect,) = audit.defects
    assert (defect.id, defect.effect, defect.place.line) == ("async-callback", "silent", 10)


def test_tests_are_left_out(tmp_path: Path) -> None:
    files = {
        "shop/tests/__init__.py": "",
        "shop/tests/test_x.py": "class X:\n    async def __eq__(self, o):\n        pass\n",
    }
    root = write_project(tmp_path, files)
    assert not run_audit(root, Options(django="5.2", jobs=1, pyrefly=False, cache=False), lambda *_: None).defects
