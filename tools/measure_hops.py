"""Measures how many thread hops each a-method of the installed Django costs: calls of `SyncToAsync`, counted.

    python tools/measure_hops.py        # prints JSON: {"owner.method": [lowest, highest]}

Run with each Django; `codemods/amigrate/plan/hop_costs.json` holds the results by version.
"""

from __future__ import annotations

import asyncio
import contextlib
import json
from collections.abc import Awaitable, Callable
from importlib import import_module
from typing import Any

import asgiref.sync
import django
from django.conf import settings

CALLS = [0]
_original = asgiref.sync.SyncToAsync.__call__


async def _counting(self: Any, *args: Any, **kwargs: Any) -> Any:
    CALLS[0] += 1
    return await _original(self, *args, **kwargs)


asgiref.sync.SyncToAsync.__call__ = _counting  # type: ignore[method-assign]  # it counts
RESULT: dict[str, list[int]] = {}


async def count(name: str, call: Callable[[], Awaitable[Any]]) -> Any:
    """Runs one call and notes what it cost; an API that this Django lacks is left out."""
    before = CALLS[0]
    try:
        value = await call()
    except (AttributeError, NotImplementedError) as error:
        if isinstance(error, AttributeError):
            return None
        value = None
    cost = CALLS[0] - before
    low, high = RESULT.get(name, [cost, cost])
    RESULT[name] = [min(low, cost), max(high, cost)]
    return value


def late(owner: object, name: str, /, *args: object, **kwargs: object) -> Callable[[], Awaitable[Any]]:
    """A call that looks its method up when it is made."""
    return lambda: getattr(owner, name)(*args, **kwargs)


def configure() -> None:
    settings.configure(
        DATABASES={"default": {"ENGINE": "django.db.backends.sqlite3", "NAME": "file:hops?mode=memory&cache=shared"}},
        INSTALLED_APPS=["django.contrib.auth", "django.contrib.contenttypes", "django.contrib.sessions"],
        PASSWORD_HASHERS=["django.contrib.auth.hashers.MD5PasswordHasher"],
        USE_TZ=True,
        SECRET_KEY="x" * 50,
        CACHES={"default": {"BACKEND": "django.core.cache.backends.locmem.LocMemCache"}},
    )
    django.setup()
    from django.core.management import call_command

    call_command("migrate", verbosity=0)


async def rows(source: Any) -> list[Any]:
    return [row async for row in source]


async def querysets() -> None:
    from django.contrib.auth.models import Group, Permission

    groups, objects = Group.objects.all(), Group.objects
    group = await count("QuerySet.acreate", lambda: objects.acreate(name="a"))
    for name, args, kwargs in (
        ("aget", (), {"name": "a"}),
        ("afirst", (), {}),
        ("alast", (), {}),
        ("aexists", (), {}),
        ("acount", (), {}),
        ("alatest", ("name",), {}),
        ("aearliest", ("name",), {}),
        ("ain_bulk", (), {}),
        ("aget_or_create", (), {"name": "a"}),
        ("aget_or_create", (), {"name": "b"}),
        ("aupdate_or_create", (), {"name": "a", "defaults": {"name": "a"}}),
        ("aupdate_or_create", (), {"name": "c"}),
        ("abulk_create", ([Group(name="d")],), {}),
        ("abulk_update", ([group], ["name"]), {}),
        ("aupdate", (), {"name": models().F("name")}),
        ("aaggregate", (models().Count("pk"),), {}),
        ("acontains", (group,), {}),
        ("aexplain", (), {}),
    ):
        await count(f"QuerySet.{name}", late(groups.all(), name, *args, **kwargs))
    await count("QuerySet.adelete", lambda: Group.objects.filter(name="d").adelete())
    await count("QuerySet.__aiter__", lambda: rows(groups.all()))
    await count("QuerySet.__aiter__", lambda: rows(groups.prefetch_related("permissions")))
    await count("QuerySet.aiterator", lambda: rows(groups.aiterator()))
    await count("RawQuerySet.__aiter__", lambda: rows(Group.objects.raw("select * from auth_group")))
    await count("Model.asave", lambda: group.asave())
    await count("Model.arefresh_from_db", lambda: group.arefresh_from_db())
    permission = await Permission.objects.afirst()
    for name, args in (
        ("aadd", (permission,)),
        ("aremove", (permission,)),
        ("aset", ([permission],)),
        ("aclear", ()),
    ):
        await count(f"RelatedManager.{name}", late(group.permissions, name, *args))
    await count("Model.adelete", lambda: group.adelete())


def models() -> Any:
    return import_module("django.db.models")


async def shortcuts() -> None:
    from django.contrib.auth.models import Group
    from django.http import Http404

    module = import_module("django.shortcuts")
    await Group.objects.acreate(name="s")
    await count("django.shortcuts.get_object_or_404", lambda: module.aget_object_or_404(Group, name="s"))
    await count("django.shortcuts.get_list_or_404", lambda: module.aget_list_or_404(Group, name="s"))
    with contextlib.suppress(Http404):
        await count("django.shortcuts.get_object_or_404", lambda: module.aget_object_or_404(Group, name="none"))
    group = await Group.objects.aget(name="s")
    prefetch = getattr(models(), "aprefetch_related_objects", None)
    if prefetch:
        await count("django.db.models.prefetch_related_objects", lambda: prefetch([group], "permissions"))


async def caches() -> None:
    from django.core.cache import cache

    for backend in ("locmem.LocMemCache", "dummy.DummyCache", "filebased.FileBasedCache"):
        module, _, name = backend.partition(".")
        made = getattr(import_module(f"django.core.cache.backends.{module}"), name)("/tmp/amigrate-hops", {})
        await one_cache(made)
    del cache


async def one_cache(cache: Any) -> None:
    for name, args in (
        ("aset", ("n", 1)), ("aget", ("n",)), ("aadd", ("k", 1)), ("atouch", ("n",)), ("aget_or_set", ("n", 1)),
        ("aget_or_set", ("new", 1)), ("ahas_key", ("n",)), ("aincr", ("n",)), ("adecr", ("n",)),
        ("adelete", ("k",)), ("aclose", ()),
    ):  # fmt: skip
        try:
            await count(f"Cache.{name}", late(cache, name, *args))
        except ValueError:  # what a dummy cache answers
            continue
    for name, one, two in (
        ("aget_many", (["a"],), (["a", "b"],)),
        ("aset_many", ({"a": 1},), ({"a": 1, "b": 2},)),
        ("adelete_many", (["a"],), (["a", "b"],)),
    ):
        await count(f"Cache.{name} of one", late(cache, name, *one))
        await count(f"Cache.{name} of two", late(cache, name, *two))
    await count("Cache.aincr_version", lambda: cache.aincr_version("n")) if "Dummy" not in type(
        cache
    ).__name__ else None
    await count("Cache.aclear", lambda: cache.aclear())


async def sessions() -> None:
    for engine in ("db", "cache", "cached_db", "file", "signed_cookies"):
        store = import_module(f"django.contrib.sessions.backends.{engine}").SessionStore
        if not hasattr(store, "aget"):
            return
        made = store()
        made["x"] = 1
        await asyncio.to_thread(made.save)
        key = made.session_key
        await count(f"Session({engine}).load", lambda: store(key).aget("x"))
        if engine == "cached_db":
            made._cache.clear()
            await count(f"Session({engine}).load", lambda: store(key).aget("x"))
        await count(f"Session({engine}).load without cookie", lambda: store().aget("x"))
        warm = store(key)
        await warm.aget("x")
        for name, args in (
            ("aget", ("x",)), ("aset", ("x", 2)), ("apop", ("y", None)), ("ahas_key", ("x",)), ("akeys", ()),
            ("aitems", ()), ("avalues", ()), ("aupdate", ({},)), ("asetdefault", ("x", 1)), ("aset_expiry", (3,)),
            ("aget_expiry_age", ()), ("aget_expiry_date", ()), ("aget_expire_at_browser_close", ()),
            ("aset_test_cookie", ()), ("atest_cookie_worked", ()), ("adelete_test_cookie", ()),
        ):  # fmt: skip
            await count(f"Session({engine}).warm", late(warm, name, *args))
        await count(f"Session({engine}).asave", lambda: warm.asave())
        await count(f"Session({engine}).acycle_key", lambda: warm.acycle_key())
        await count(f"Session({engine}).aflush", lambda: warm.aflush())
        await count(f"Session({engine}).acreate", lambda: store().acreate())


async def users() -> None:
    from django.contrib import auth
    from django.contrib.auth.models import AnonymousUser, Permission, User
    from django.http import HttpRequest, HttpResponse

    if not hasattr(auth, "aget_user"):
        return
    user = await asyncio.to_thread(lambda: User.objects.create_user("u", "", "p"))
    store = import_module("django.contrib.sessions.backends.db").SessionStore

    async def request(key: str | None = None) -> HttpRequest:
        made = HttpRequest()
        made.session = store(key)
        from django.contrib.auth.middleware import AuthenticationMiddleware

        AuthenticationMiddleware(lambda _: HttpResponse()).process_request(made)
        return made

    first = await request()
    await count("auth.alogin", lambda: auth.alogin(first, user))
    if hasattr(first.session, "asave"):
        await first.session.asave()
    else:
        await asyncio.to_thread(first.session.save)
    key = first.session.session_key
    await count("HttpRequest.auser logged in", (await request(key)).auser)
    await count("HttpRequest.auser anonymous", (await request()).auser)
    warm = await request(key)
    await asyncio.to_thread(lambda: warm.session.get("x"))
    await count("HttpRequest.auser session loaded", warm.auser)
    await count("HttpRequest.auser again", warm.auser)
    await count("django.contrib.auth.authenticate", lambda: auth.aauthenticate(username="u", password="p"))
    await count("django.contrib.auth.authenticate", lambda: auth.aauthenticate(username="u", password="no"))
    await count("django.contrib.auth.authenticate", lambda: auth.aauthenticate(username="no", password="no"))
    await count("django.contrib.auth.get_user", lambda: auth.aget_user(warm))
    warm.user = user
    await count("django.contrib.auth.update_session_auth_hash", lambda: auth.aupdate_session_auth_hash(warm, user))
    await count("django.contrib.auth.login", lambda: auth.alogin(warm, user))
    fresh = await request()
    await count("django.contrib.auth.login", lambda: auth.alogin(fresh, user))
    await count("django.contrib.auth.logout", lambda: auth.alogout(warm))
    await count("User.acheck_password", lambda: user.acheck_password("p"))
    some = await User.objects.aget(pk=user.pk)
    for name, args in (("ahas_perm", ("a.b",)), ("ahas_perms", (["a.b"],)), ("ahas_module_perms", ("a",))):
        fresh_user = await User.objects.aget(pk=user.pk)
        await count(f"User.{name}", late(fresh_user, name, *args))
        await count(f"User.{name}", late(fresh_user, name, *args))
        await count(f"User.{name}", late(AnonymousUser(), name, *args))
    for name in ("aget_user_permissions", "aget_group_permissions", "aget_all_permissions"):
        fresh_user = await User.objects.aget(pk=user.pk)
        await count(f"User.{name}", late(fresh_user, name))
        await count(f"User.{name}", late(fresh_user, name))
    await count("UserManager.acreate_user", lambda: User.objects.acreate_user("v", "", "p"))
    await count("UserManager.acreate_superuser", lambda: User.objects.acreate_superuser("w", "", "p"))
    await count("UserManager.aget_by_natural_key", lambda: User.objects.aget_by_natural_key("v"))
    del some, Permission


async def signals() -> None:
    from django.dispatch import Signal

    if not hasattr(Signal, "asend"):
        return
    plain, sync = Signal(), Signal()

    def first(**kwargs: Any) -> None: ...
    def second(**kwargs: Any) -> None: ...
    async def third(**kwargs: Any) -> None: ...

    sync.connect(first)
    await count("Signal.asend without receivers", lambda: plain.asend(None))
    await count("Signal.asend to one sync receiver", lambda: sync.asend(None))
    sync.connect(second)
    await count("Signal.asend to two sync receivers", lambda: sync.asend(None))
    sync.connect(third)
    await count("Signal.asend to sync and async receivers", lambda: sync.asend(None))


async def paginators() -> None:
    from django.contrib.auth.models import Group

    paginator = getattr(import_module("django.core.paginator"), "AsyncPaginator", None)
    if paginator is None:
        return
    await Group.objects.acreate(name="p")
    made = paginator(Group.objects.order_by("pk"), 1)
    page = await count("Paginator.aget_page", lambda: made.aget_page(1))
    await count("Paginator.acount again", lambda: made.acount())
    fresh = paginator(Group.objects.order_by("pk"), 1)
    await count("Paginator.acount", lambda: fresh.acount())
    await count("Page.aget_object_list", lambda: page.aget_object_list())
    await count("Page.ahas_next", lambda: page.ahas_next())


async def main() -> None:
    for part in (querysets, shortcuts, caches, sessions, users, signals, paginators):
        await part()
    print(json.dumps(dict(sorted(RESULT.items()))))


if __name__ == "__main__":
    configure()
    asyncio.run(main())
