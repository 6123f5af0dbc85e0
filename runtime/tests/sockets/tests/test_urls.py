"""Patterns for WebSockets in a URLconf: found by WebSockets, in whatever place, and by nothing else."""

from __future__ import annotations

from typing import Any

from django.core.checks import run_checks
from django.test import SimpleTestCase, override_settings
from django.urls import NoReverseMatch, Resolver404, resolve, reverse

from django_ahead.urls import WebSocketPattern, websocket_path, websocket_re_path
from django_ahead.websocket import routing
from sockets.consumers import Echo, Room, WhoAmI


def found(path: str, **scope: Any) -> Any:
    return routing.match({"path": path, **scope})


class Patterns(SimpleTestCase):
    def test_found_in_every_place(self) -> None:
        for path, consumer, args, kwargs in (
            ("/echo/", Echo, (), {}),
            ("/app/echo/", Echo, (), {}),
            ("/applications/", Echo, (), {}),
            ("/app/2026/room/a-b/", Room, (), {"year": 2026, "room": "a-b"}),
            ("/whoami/7/", WhoAmI, (), {"number": 7, "extra": 1}),
        ):
            with self.subTest(path):
                match = found(path)
                self.assertIs(match.func.consumer_class, consumer)
                self.assertEqual((match.args, match.kwargs), (args, kwargs))

    def test_not_found(self) -> None:
        for path in ("/", "/echo", "/echo/x", "/books/", "/app/", "/app/x/room/a/", "/whoami/x/", "/events/", ""):
            self.assertIsNone(found(path), path)

    def test_http_passes_them_by(self) -> None:
        for path in ("/echo/", "/whoami/7/", "/applications/"):
            with self.assertRaises(Resolver404):
                resolve(path)
        self.assertEqual(resolve("/app/2026/room/a/").route, "^app/.*$")
        self.assertIsNone(websocket_path("", Echo).resolve(""))

    def test_reverse(self) -> None:
        self.assertEqual(reverse("whoami", kwargs={"number": 7}), "/whoami/7/")
        self.assertEqual(reverse("chat:room", kwargs={"year": 2026, "room": "a"}), "/app/2026/room/a/")
        with self.assertRaises(NoReverseMatch):
            reverse("room", kwargs={"year": 2026, "room": "a"})

    def test_below_a_prefix(self) -> None:
        self.assertIsNotNone(found("/site/echo/", root_path="/site"))
        self.assertIsNotNone(found("/site/echo/", root_path="/site/"))
        # servers differ in whether the path has the prefix
        self.assertIsNotNone(found("/echo/", root_path="/site"))
        self.assertIsNone(found("/sitecho/", root_path="/site"))
        with override_settings(FORCE_SCRIPT_NAME="/forced"):
            self.assertIsNotNone(found("/forced/echo/"))

    def test_regular_expressions(self) -> None:
        match = found("/app/2026/old/x/5/")
        self.assertEqual((match.args, match.kwargs), (("x", "5"), {"year": 2026}))
        pattern = websocket_re_path(r"^old/(\w+)/(\d+)/$", Echo)
        self.assertEqual(pattern.pattern.match("old/x/5/"), ("", ("x", "5"), {}))

    def test_what_is_no_consumer(self) -> None:
        class NoConsumer:
            pass

        for wrong in (NoConsumer, "sockets.consumers.Echo", ([], None, None)):
            with self.assertRaises(TypeError):
                websocket_path("x/", wrong)
        with self.assertRaises(TypeError):
            websocket_path("x/", Echo.as_asgi(), greeting="no")

    def test_arguments(self) -> None:
        pattern = websocket_path("x/", WhoAmI, {"a": 1}, "name", greeting="g")
        self.assertIsInstance(pattern, WebSocketPattern)
        self.assertEqual((pattern.default_args, pattern.name), ({"a": 1}, "name"))
        self.assertEqual(pattern.callback.consumer_initkwargs, {"greeting": "g"})
        self.assertEqual(pattern.lookup_str, "sockets.consumers.WhoAmI")

    def test_another_urlconf_is_another(self) -> None:
        self.assertIsNotNone(found("/echo/"))
        with override_settings(ROOT_URLCONF="urls"):
            self.assertIsNone(found("/echo/"))
            self.assertFalse(routing.has_patterns())
        self.assertIsNotNone(found("/echo/"))

    def test_django_has_nothing_to_say_against_them(self) -> None:
        messages = [message for message in run_checks(tags=["urls"]) if message.id.startswith("urls")]
        self.assertEqual(messages, [])
