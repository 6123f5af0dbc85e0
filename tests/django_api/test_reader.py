from __future__ import annotations

import pytest
from packaging.version import InvalidVersion

from amigrate.django_api import (
    NEVER,
    async_class,
    async_function,
    async_name,
    keyword_names,
    view_decorator_since,
)


@pytest.mark.parametrize(
    ("owner", "name", "django", "expected"),
    [
        ("QuerySet", "get", "4.2", "aget"),
        ("QuerySet", "delete", "4.2", "adelete"),
        ("QuerySet", "__iter__", "4.2", "__aiter__"),
        ("QuerySet", "iterator", "4.2", "aiterator"),
        ("Manager", "get", "4.2", "aget"),
        ("RelatedManager", "add", "4.2", "aadd"),
        ("RelatedManager", "remove", "4.2", "aremove"),
        ("RelatedManager", "first", "4.2", "afirst"),
        ("Model", "save", "4.2", "asave"),
        ("Cache", "get_or_set", "4.2", "aget_or_set"),
        ("Signal", "send", "5.0", "asend"),
        ("Request", "user", "5.0", "auser"),
        ("User", "check_password", "5.0", "acheck_password"),
        ("User", "save", "4.2", "asave"),
        ("User", "has_perm", "5.2", "ahas_perm"),
        ("UserManager", "create_user", "5.2", "acreate_user"),
        ("UserManager", "get", "4.2", "aget"),
        ("Session", "get", "5.1", "aget"),
        ("Session", "get", "5.1rc1", "aget"),
        ("Session", "get", "6.1.3", "aget"),
        ("Task", "enqueue", "6.0", "aenqueue"),
        ("Client", "login", "5.0", "alogin"),
        ("QuerySet", "get", "9.9", "aget"),
    ],
)
def test_async_name(owner: str, name: str, django: str, expected: str) -> None:
    assert async_name(owner, name, django) == expected


@pytest.mark.parametrize(
    ("owner", "name", "django"),
    [
        ("QuerySet", "filter", "6.1"),  # lazy: stays as it is
        ("QuerySet", "all", "6.1"),
        ("QuerySet", "__len__", "6.1"),
        ("Manager", "delete", "6.1"),  # managers have none
        ("Manager", "__iter__", "6.1"),
        ("RawQuerySet", "iterator", "6.1"),
        ("Model", "full_clean", "6.1"),
        ("Session", "get", "5.0"),
        ("Session", "get", "5.0.14"),
        ("Session", "__setitem__", "6.1"),
        ("User", "has_perm", "5.1"),
        ("Request", "user", "4.2"),
        ("Signal", "send", "4.2"),
        ("Signal", "connect", "6.1"),
        ("QuerySet", "get", "3.2"),
    ],
)
def test_no_async_form(owner: str, name: str, django: str) -> None:
    assert async_name(owner, name, django) is None


def test_unknown_owner_and_unreadable_version_are_errors() -> None:
    with pytest.raises(KeyError):
        async_name("Serializer", "save", "5.2")
    with pytest.raises(InvalidVersion):
        async_name("QuerySet", "get", "latest")


def test_async_function() -> None:
    assert async_function("django.shortcuts.get_object_or_404", "5.2") == "django.shortcuts.aget_object_or_404"
    assert async_function("django.shortcuts.get_object_or_404", "4.2") is None
    assert async_function("django.shortcuts.render", "6.1") is None
    assert async_function("django.contrib.auth.login", "5.0") == "django.contrib.auth.alogin"
    public = "django.db.models.prefetch_related_objects"
    assert async_function(public, "5.0") == "django.db.models.aprefetch_related_objects"
    assert async_function("shop.get_object_or_404", "5.2") is None


def test_async_class_where_the_class_must_be_swapped() -> None:
    assert async_class("Paginator", "6.0") == "django.core.paginator.AsyncPaginator"
    assert async_class("Paginator", "5.2") is None
    assert async_class("Client", "4.2") == "django.test.client.AsyncClient"
    assert async_class("QuerySet", "6.1") is None


def test_keyword_names() -> None:
    assert keyword_names("Model", "save") == ("force_insert", "force_update", "using", "update_fields")
    assert keyword_names("User", "save") == keyword_names("Model", "save")
    assert keyword_names("Model", "delete") == ()
    assert keyword_names("Model", "refresh_from_db") == ()
    assert keyword_names("QuerySet", "get_or_create") == ()
    assert keyword_names("QuerySet", "no_such_method") == ()


@pytest.mark.parametrize(
    ("dotted", "since"),
    [
        ("django.contrib.auth.decorators.login_required", "5.1"),
        ("django.contrib.admin.views.decorators.staff_member_required", "5.1"),
        ("django.views.decorators.csrf.csrf_exempt", "5.0"),
        ("django.views.decorators.http.require_POST", "5.0"),
        ("django.views.decorators.cache.cache_page", "5.0"),
        ("django.utils.decorators.method_decorator", "5.2"),
        ("django.db.transaction.non_atomic_requests", "4.2"),
        ("django.db.transaction.atomic", NEVER),
        ("django.utils.translation.override", NEVER),
        ("shop.decorators.login_required", None),
    ],
)
def test_view_decorator_since(dotted: str, since: str | None) -> None:
    assert view_decorator_since(dotted) == since
