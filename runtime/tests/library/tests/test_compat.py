"""django_ahead.compat: the same results as the sync methods, on every Django."""

from __future__ import annotations

from typing import Any

from asgiref.sync import sync_to_async
from django.contrib.auth import authenticate, get_user_model, hashers
from django.contrib.auth.middleware import AuthenticationMiddleware
from django.contrib.auth.models import AnonymousUser, Group, Permission
from django.contrib.sessions.backends.db import SessionStore
from django.core.paginator import EmptyPage, PageNotAnInteger, Paginator
from django.dispatch import Signal
from django.http import Http404
from django.test import RequestFactory, TestCase

from django_ahead.compat import auth, paginator, sessions, signals
from django_ahead.shortcuts import aget_list_or_404, aget_object_or_404
from library.models import Author
from library.tests.hops import counted


class Shortcuts(TestCase):
    @classmethod
    def setUpTestData(cls) -> None:
        Author.objects.create(name="Ann")

    async def test_get_object_or_404(self) -> None:
        self.assertEqual((await aget_object_or_404(Author, name="Ann")).name, "Ann")
        self.assertEqual((await aget_object_or_404(Author.objects.filter(name="Ann"))).name, "Ann")
        with self.assertRaisesMessage(Http404, "No Author matches the given query."):
            await aget_object_or_404(Author, name="Bob")
        with self.assertRaises(Author.MultipleObjectsReturned):
            await Author.objects.acreate(name="Ann")
            await aget_object_or_404(Author, name="Ann")

    async def test_get_list_or_404(self) -> None:
        self.assertEqual([author.name for author in await aget_list_or_404(Author)], ["Ann"])
        with self.assertRaises(Http404):
            await aget_list_or_404(Author, name="Bob")


class Auth(TestCase):
    @classmethod
    def setUpTestData(cls) -> None:
        cls.user = get_user_model().objects.create_user("ann", password="secret")
        group = Group.objects.create(name="staff")
        group.permissions.add(Permission.objects.get(codename="add_author"))
        cls.user.groups.add(group)
        cls.user.user_permissions.add(Permission.objects.get(codename="change_author"))

    async def request(self) -> Any:
        request = RequestFactory().get("/")
        request.session = SessionStore()
        await sync_to_async(request.session.save)()
        await sync_to_async(AuthenticationMiddleware(lambda request: request).process_request)(request)
        return request

    async def test_login_and_logout(self) -> None:
        request = await self.request()
        user = await auth.aauthenticate(request, username="ann", password="secret")
        self.assertEqual(user, self.user)
        self.assertIsNone(await auth.aauthenticate(request, username="ann", password="wrong"))
        before = request.session.session_key
        await auth.alogin(request, user)
        self.assertNotEqual(request.session.session_key, before)
        self.assertEqual(await auth.aget_user(request), self.user)
        await auth.aupdate_session_auth_hash(request, user)
        self.assertEqual(await auth.aget_user(request), self.user)
        await auth.alogout(request)
        self.assertEqual(await auth.aget_user(request), AnonymousUser())

    async def test_user_of_the_request_is_loaded_once(self) -> None:
        request = await self.request()
        await auth.alogin(request, await auth.aauthenticate(request, username="ann", password="secret"))
        self.assertEqual(await auth.auser(request), self.user)
        with counted() as hops:
            self.assertEqual(str(await auth.auser(request)), "ann")
        self.assertLessEqual(hops.to_threads, 1)

    async def test_permissions(self) -> None:
        user = await get_user_model().objects.aget()
        self.assertTrue(await auth.ahas_perm(user, "library.add_author"))
        self.assertFalse(await auth.ahas_perm(user, "library.delete_author"))
        self.assertTrue(await auth.ahas_perms(user, ["library.add_author", "library.change_author"]))
        self.assertTrue(await auth.ahas_module_perms(user, "library"))
        self.assertFalse(await auth.ahas_module_perms(user, "sessions"))
        self.assertEqual(await auth.aget_user_permissions(user), {"library.change_author"})
        self.assertEqual(await auth.aget_group_permissions(user), {"library.add_author"})
        self.assertEqual(len(await auth.aget_all_permissions(user)), 2)
        self.assertFalse(await auth.ahas_perm(AnonymousUser(), "library.add_author"))

    async def test_check_password(self) -> None:
        old = hashers.make_password("secret", hasher="md5")
        seen: list[str] = []

        async def setter(password: str) -> None:
            seen.append(password)

        with self.settings(
            PASSWORD_HASHERS=[
                "django.contrib.auth.hashers.PBKDF2PasswordHasher",
                "django.contrib.auth.hashers.MD5PasswordHasher",
            ]
        ):
            self.assertTrue(await auth.acheck_password("secret", old, setter))
            self.assertFalse(await auth.acheck_password("wrong", old, setter))
            self.assertTrue(await auth.acheck_password("secret", old))
        self.assertEqual(seen, ["secret"])
        self.assertTrue(await sync_to_async(authenticate)(username="ann", password="secret"))


class Sessions(TestCase):
    async def test_every_method(self) -> None:
        session = SessionStore()
        await sessions.aset(session, "a", 1)
        self.assertEqual(await sessions.aget(session, "a"), 1)
        self.assertEqual(await sessions.aget(session, "b", 2), 2)
        self.assertTrue(await sessions.ahas_key(session, "a"))
        self.assertEqual(await sessions.asetdefault(session, "c", 3), 3)
        await sessions.aupdate(session, {"d": 4})
        self.assertEqual(list(await sessions.akeys(session)), ["a", "c", "d"])
        self.assertEqual(list(await sessions.avalues(session)), [1, 3, 4])
        self.assertEqual(dict(await sessions.aitems(session)), {"a": 1, "c": 3, "d": 4})
        self.assertEqual(await sessions.apop(session, "d"), 4)
        self.assertIsNone(await sessions.apop(session, "d", None))
        with self.assertRaises(KeyError):
            await sessions.apop(session, "d")
        await sessions.aset_expiry(session, 60)
        self.assertEqual(await sessions.aget_expiry_age(session), 60)
        self.assertIsNotNone(await sessions.aget_expiry_date(session))
        self.assertFalse(await sessions.aget_expire_at_browser_close(session))
        await sessions.asave(session)
        again = SessionStore(session.session_key)
        self.assertEqual(await sessions.aget(again, "c"), 3)
        await sessions.acycle_key(again)
        self.assertNotEqual(again.session_key, session.session_key)
        await sessions.aflush(again)
        self.assertEqual(list(await sessions.akeys(again)), [])


class Signals(TestCase):
    async def test_send(self) -> None:
        signal = Signal()

        def receiver(sender: object, number: int, **kwargs: object) -> int:
            return number + 1

        def failing(sender: object, **kwargs: object) -> None:
            raise ValueError("no")

        signal.connect(receiver)
        self.assertEqual(await signals.asend(signal, self, number=1), [(receiver, 2)])
        signal.connect(failing)
        with self.assertRaises(ValueError):
            await signals.asend(signal, self, number=1)
        answers = dict(await signals.asend_robust(signal, sender=self, number=1))
        self.assertEqual(answers[receiver], 2)
        self.assertIsInstance(answers[failing], ValueError)


class Paginators(TestCase):
    @classmethod
    def setUpTestData(cls) -> None:
        Author.objects.bulk_create(Author(name=str(number)) for number in range(23))

    async def test_pages_are_those_of_the_sync_one(self) -> None:
        authors = Author.objects.order_by("pk")
        plain = Paginator(authors, 5, 3)
        pages = paginator.AsyncPaginator(authors, 5, orphans=3)
        expected = await sync_to_async(lambda: [[author.name for author in page] for page in plain])()
        found = [[author.name for author in await page.aget_object_list()] async for page in pages]
        self.assertEqual(found, expected)
        self.assertEqual([len(names) for names in found], [5, 5, 5, 8])
        self.assertEqual((await pages.acount(), await pages.anum_pages()), (23, 4))
        self.assertEqual(await pages.apage_range(), range(1, 5))
        self.assertEqual([number async for number in pages.aget_elided_page_range(1)], [1, 2, 3, 4])
        self.assertEqual((pages.per_page, pages.orphans, pages.object_list), (5, 3, authors))

    async def test_page(self) -> None:
        pages = paginator.AsyncPaginator(Author.objects.order_by("pk"), 10)
        page = await pages.aget_page("2")
        with self.assertRaisesMessage(TypeError, "aget_object_list() must be awaited before calling len()."):
            len(page)
        self.assertEqual([author.name async for author in page][:2], ["10", "11"])
        await page.aget_object_list()
        self.assertEqual((len(page), page[0].name, [author.name for author in page[8:]]), (10, "10", ["18", "19"]))
        self.assertEqual(
            (await page.ahas_next(), await page.ahas_previous(), await page.ahas_other_pages()), (True,) * 3
        )
        self.assertEqual((await page.anext_page_number(), await page.aprevious_page_number()), (3, 1))
        self.assertEqual((await page.astart_index(), await page.aend_index()), (11, 20))
        self.assertEqual(repr(page), "<Async Page 2>")

    async def test_numbers_that_are_none(self) -> None:
        pages = paginator.AsyncPaginator(Author.objects.order_by("pk"), 10)
        self.assertEqual([(await pages.aget_page(number)).number for number in ("x", 0, 9)], [1, 3, 3])
        with self.assertRaises(PageNotAnInteger):
            await pages.apage("x")
        with self.assertRaises(EmptyPage):
            await pages.avalidate_number(4)
        empty = paginator.AsyncPaginator([], 10, allow_empty_first_page=False)
        self.assertEqual((await empty.acount(), await empty.anum_pages()), (0, 0))

    async def test_counts_once(self) -> None:
        pages = paginator.AsyncPaginator(Author.objects.order_by("pk"), 10)
        with counted() as hops:
            page = await pages.aget_page(1)
            await page.ahas_next()
            await page.aget_object_list()
        self.assertEqual(hops.to_threads, 2)
