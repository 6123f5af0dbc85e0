"""Routes that are written for a URLRouter of Channels, in a URLconf; and ours in a URLRouter."""

from __future__ import annotations

from channels.generic.websocket import AsyncWebsocketConsumer, WebsocketConsumer
from channels.routing import URLRouter
from django.contrib.auth.models import AnonymousUser
from django.test import SimpleTestCase, override_settings
from django.urls import Resolver404, include, path, re_path, resolve, reverse

from django_ahead.testing import WebSocketCommunicator
from django_ahead.urls import websocket_path, websocket_re_path, websocket_routes
from django_ahead.websocket import routing
from sockets.consumers import Echo
from sockets.tests.clients import connected


class Theirs(AsyncWebsocketConsumer):
    async def receive(self, text_data: str | None = None, bytes_data: bytes | None = None) -> None:
        await self.send(f"{text_data} {self.scope['user']} {self.scope['url_route']['kwargs']}")


class Sync(WebsocketConsumer):
    def receive(self, text_data: str | None = None, bytes_data: bytes | None = None) -> None:
        self.send(f"{text_data} {self.scope['user']} {self.scope['url_route']['kwargs']}")


class Routes(SimpleTestCase):
    async def test_routes_of_channels_in_the_urlconf(self) -> None:
        inner = [path("two/", Sync.as_asgi()), re_path(r"^three/(?P<m>[a-z]+)/$", Theirs.as_asgi(), {"more": 2})]
        routes = [
            path("one/<int:n>/", Theirs.as_asgi(), name="one"),
            path("below/<int:n>/", URLRouter(inner)),
            re_path(r"^under/(?P<n>\d)/", URLRouter([path("", Theirs.as_asgi())])),
            websocket_path("native/<int:n>/", Echo),
        ]

        class urls:
            urlpatterns = websocket_routes(routes)

        expected = {
            "/one/1/": "{'n': 1}",
            "/below/1/two/": "{'n': 1}",
            "/below/1/three/a/": "{'n': 1, 'm': 'a', 'more': 2}",
            "/under/1/": "{'n': '1'}",
        }
        with override_settings(ROOT_URLCONF=urls):
            self.assertEqual(reverse("one", kwargs={"n": 1}), "/one/1/")
            for where, kwargs in expected.items():
                with self.assertRaises(Resolver404):
                    resolve(where)
                async with connected(where) as socket:
                    await socket.send_to(text_data="hi")
                    self.assertEqual(await socket.receive_from(), f"hi AnonymousUser {kwargs}")
            self.assertIsNone(routing.match({"path": "/below/1/"}))
            async with connected("/native/1/") as socket:
                await socket.send_to(text_data="hi")
                self.assertEqual(await socket.receive_from(), "hi")
        for wrong in (path("", include([])), Theirs):
            with self.assertRaises(TypeError):
                websocket_routes([wrong])

    async def test_urlrouter_of_channels_with_patterns_of_ours(self) -> None:
        routes = [
            websocket_path("ours/", Echo),
            websocket_path("theirs/<int:n>/", Sync.as_asgi()),
            websocket_re_path(r"^below/(?P<n>\d)/$", Sync),
        ]
        application = URLRouter([path("app/", URLRouter(routes))])
        expected = {"ours/": "", "theirs/1/": " AnonymousUser {'n': 1}", "below/2/": " AnonymousUser {'n': '2'}"}
        for where, said in expected.items():
            socket = WebSocketCommunicator(application, f"/app/{where}")
            socket.scope["user"] = AnonymousUser()
            self.assertTrue((await socket.connect())[0])
            await socket.send_to(text_data="hi")
            self.assertEqual(await socket.receive_from(), f"hi{said}")
            await socket.disconnect()
