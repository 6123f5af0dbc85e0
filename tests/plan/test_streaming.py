"""Generators that a response streams become async, unless something reads the response as a sync one."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.tree import SETTINGS, change_set, texts, write_project

URLS = "from django.urls import path\n\nfrom shop import views\n\nurlpatterns = [path('', views.export)]\n"
VIEWS = """
from django.http import StreamingHttpResponse

from shop.models import Book


def rows():
    for book in Book.objects.all():
        yield book.title


def export(request):
    return StreamingHttpResponse(rows())
"""
MIDDLEWARE = """
def upper(get_response):
    def middleware(request):
        response = get_response(request)
        if response.streaming:
            response.streaming_content = map(bytes.upper, response.streaming_content)
        return response

    return middleware
"""
BOTH = """
async def _upper(parts):
    async for part in parts:
        yield part.upper()


def upper(get_response):
    def middleware(request):
        response = get_response(request)
        if response.is_async:
            response.streaming_content = _upper(response.streaming_content)
        elif response.streaming:
            response.streaming_content = map(bytes.upper, response.streaming_content)
        return response

    return middleware
"""
TEST = """
from django.test import TestCase


class ExportTests(TestCase):
    def test_export(self):
        response = self.client.get("/")
        self.assertEqual({reads}, b"")
"""


@pytest.mark.parametrize(
    ("other", "text", "reason"),
    [
        ("shop/middleware.py", MIDDLEWARE, "shop.middleware.upper.<locals>.middleware reads"),
        ("shop/tests.py", TEST.replace("{reads}", 'b"".join(response.streaming_content)'), "shop/tests.py reads"),
        ("shop/tests.py", TEST.replace("{reads}", "response.getvalue()"), "shop/tests.py may read"),
        ("shop/middleware.py", BOTH, ""),
        ("shop/tests.py", TEST.replace("{reads}", 'b"".join(response)'), ""),
    ],
)
@pytest.mark.parametrize("source", [VIEWS, VIEWS.replace("(rows())", "(b.title for b in Book.objects.all())")])
def test_who_reads_what_is_streamed(tmp_path: Path, source: str, other: str, text: str, reason: str) -> None:
    files = {"config.py": SETTINGS, "shop/views.py": source, "shop/urls.py": URLS, other: text}
    changes = change_set(write_project(tmp_path, files))
    assert not changes.failures
    after = texts(changes).get("shop/views.py", "")
    if reason:
        assert not after
        assert any(refusal.reason.startswith(reason) for refusal in changes.refusals), changes.refusals
    else:
        assert "async def export(" in after and " async for " in after
        wsgi = [edit for edit in changes.edits if "WSGI" in edit.reason]
        assert [edit.confidence for edit in wsgi] == ["review"]
