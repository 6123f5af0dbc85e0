"""Session and user of a socket, in the transaction of a test."""

from __future__ import annotations

from typing import Any

from asgiref.sync import async_to_sync, sync_to_async
from django.contrib.auth import get_user_model
from django.contrib.auth.models import AnonymousUser
from django.contrib.sessions.backends.base import SessionBase
from django.test import Client, TestCase, override_settings

from django_ahead.asgi import get_asgi_application
from django_ahead.testing import WebSocketCommunicator
from library.models import Author
from sockets import consumers
from sockets.asgi import application as site


def marking(inner: Any) -> Any:
    """ASGI middleware as a site may have: it sees route, session and user."""

    async def middleware(scope: Any, receive: Any, send: Any) -> None:
        scope = {**scope, "mark": [scope["url_route"]["kwargs"], str(scope.get("user"))]}
        await inner(scope, receive, send)

    return middleware


class Sessions(TestCase):
    @classmethod
    def setUpTestData(cls) -> None:
        cls.user = get_user_model().objects.create_user("ann", password="secret")
        Author.objects.create(name="Ann")

    def cookie(self) -> tuple[bytes, bytes]:
        client = Client()
        client.force_login(self.user)
        session = client.session
        session["cart"] = 3
        session.save()
        return b"cookie", f"other=1; sessionid={session.session_key}".encode()

    async def seen(self, *headers: tuple[bytes, bytes], **scope: Any) -> Any:
        socket = WebSocketCommunicator(site, "/whoami/7/", headers=headers)
        socket.scope.update(scope)
        self.assertTrue((await socket.connect())[0])
        seen = await socket.receive_json_from()
        await socket.disconnect()
        return seen

    async def test_user_of_the_session(self) -> None:
        seen = await self.seen(await sync_to_async(self.cookie)())
        self.assertEqual((seen["user"], seen["cart"]), ("ann", 3))
        # what the test has saved is seen, though it is never committed
        self.assertEqual(seen["authors"], ["Ann"])
        self.assertEqual(seen["kwargs"], {"number": "7", "extra": "1"})
        self.assertEqual(seen["greeting"], "good day")

    async def test_without_session(self) -> None:
        for headers in ((), ((b"cookie", b"sessionid=" + b"x" * 32),), ((b"cookie", b"\xff; sessionid"),)):
            seen = await self.seen(*headers)
            self.assertEqual((seen["user"], seen["cart"]), ("AnonymousUser", None))

    def test_queries(self) -> None:
        with self.assertNumQueries(0):
            self.scope_of("/echo/")
        cookie = self.cookie()
        with self.assertNumQueries(2):
            self.scope_of("/echo/", cookie)

    async def test_what_the_test_gives_is_kept(self) -> None:
        seen = await self.seen(user=self.user)
        self.assertEqual(seen["user"], "ann")

    def test_only_with_their_middleware(self) -> None:
        for middleware, names in (
            ([], {"cookies"}),
            (["django.contrib.sessions.middleware.SessionMiddleware"], {"cookies", "session"}),
        ):
            with self.settings(MIDDLEWARE=middleware):
                scope = self.scope_of("/echo/")
            self.assertEqual(scope.keys() & {"cookies", "session", "user"}, names)
        scope = self.scope_of("/echo/")
        self.assertIsInstance(scope["session"], SessionBase)
        self.assertIsInstance(scope["user"], AnonymousUser)

    @override_settings(AHEAD_WEBSOCKET={"MIDDLEWARE": ["sockets.tests.test_sessions.marking"]})
    def test_middleware_of_the_site(self) -> None:
        self.assertEqual(self.scope_of("/whoami/3/")["mark"], [{"number": 3, "extra": 1}, "AnonymousUser"])

    def scope_of(self, path: str, *headers: tuple[bytes, bytes]) -> Any:
        """The scope that a consumer gets, under the settings as they are."""
        seen: list[Any] = []
        connect, connect_who = consumers.Echo.connect, consumers.WhoAmI.connect

        async def record(self: Any) -> None:
            seen.append(self.scope)
            await self.close()

        async def handshake() -> None:
            await WebSocketCommunicator(application, path, headers).connect()

        # not in the coroutine: it imports what the settings name
        application = get_asgi_application()
        consumers.Echo.connect = consumers.WhoAmI.connect = record
        try:
            async_to_sync(handshake)()
        finally:
            consumers.Echo.connect, consumers.WhoAmI.connect = connect, connect_who
        return seen[0]
