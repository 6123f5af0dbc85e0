"""System checks: what they find, and what they leave alone."""

from __future__ import annotations

from typing import Any
from unittest import mock

from django.apps import apps
from django.core.asgi import get_asgi_application
from django.core.checks import CheckMessage, run_checks
from django.test import SimpleTestCase, override_settings
from django.urls import path

from django_ahead.urls import websocket_path
from django_ahead.websocket import JsonWebSocketConsumer, WebSocketConsumer, checks

stock = get_asgi_application()


class Wrong(WebSocketConsumer):
    def connect(self) -> None:  # type: ignore[override]  # the mistake that is looked for
        self.accept()


class WrongToo(JsonWebSocketConsumer):
    def receive_json(self, content: Any, **kwargs: Any) -> None:  # type: ignore[override]  # the mistake that is looked for
        pass


class urls:
    urlpatterns = (path("a/", lambda request: None), websocket_path("b/", Wrong), websocket_path("c/", WrongToo))


class Checks(SimpleTestCase):
    def found(self, check: Any) -> list[CheckMessage]:
        messages: list[CheckMessage] = check(None)
        for message in messages:
            self.assertTrue(message.hint)
        return messages

    def test_they_are_registered(self) -> None:
        with override_settings(ALLOWED_HOSTS=["*"]):
            ids = {message.id for message in run_checks(include_deployment_checks=True)}
        self.assertLessEqual({"ahead.W002", "ahead.W004"}, ids)
        self.assertFalse({message.id for message in run_checks(tags=["urls"])} & {"ahead.E003", "ahead.E005"})

    def test_application_of_django(self) -> None:
        with override_settings(ASGI_APPLICATION="sockets.tests.test_checks.stock"):
            (message,) = self.found(checks.check_application)
            self.assertEqual(message.id, "ahead.E003")
            with override_settings(ROOT_URLCONF="urls"):
                self.assertEqual(self.found(checks.check_application), [])
        for other in ("sockets.asgi.application", "sockets.tests.test_checks.Wrong", "not.there", None):
            with override_settings(ASGI_APPLICATION=other):
                self.assertEqual(self.found(checks.check_application), [])

    def test_sync_methods(self) -> None:
        self.assertEqual(self.found(checks.check_consumers), [])
        with override_settings(ROOT_URLCONF=urls):
            one, other = self.found(checks.check_consumers)
        self.assertEqual((one.id, one.obj, other.obj), ("ahead.E004", Wrong, WrongToo))
        self.assertIn("Wrong.connect() is not async", one.msg)

    def test_settings(self) -> None:
        self.assertEqual(self.found(checks.check_settings), [])
        for wrong, text in (
            ({"LAYER": {}}, "has no LAYER"),
            ({"MIDDLEWARE": ["no.such"]}, "'no.such'"),
            ({"LAYERS": {"default": {"BACKEND": "django_ahead.nothing"}}}, "'django_ahead.nothing'"),
        ):
            with override_settings(AHEAD_WEBSOCKET=wrong):
                (message,) = self.found(checks.check_settings)
            self.assertEqual(message.id, "ahead.E005")
            self.assertIn(text, message.msg)

    def test_deployment(self) -> None:
        (memory,) = self.found(checks.check_layers)
        self.assertEqual(memory.id, "ahead.W002")
        redis = {"LAYERS": {"default": {"BACKEND": "django_ahead.websocket.layers.redis.RedisLayer"}}}
        with override_settings(AHEAD_WEBSOCKET=redis):
            self.assertEqual(self.found(checks.check_layers), [])
        self.assertEqual(self.found(checks.check_server), [])
        # To install it would register its own check for all other tests.
        with mock.patch.object(apps, "is_installed", "daphne".__eq__):
            (daphne,) = self.found(checks.check_server)
        self.assertEqual(daphne.id, "ahead.W003")
        self.assertEqual(self.found(checks.check_origins), [])
        for wrong in ({"ALLOWED_HOSTS": ["*"]}, {"AHEAD_WEBSOCKET": {"ORIGINS": ["*"]}}):
            with override_settings(**wrong):
                (message,) = self.found(checks.check_origins)
            self.assertEqual(message.id, "ahead.W004")
        with override_settings(ALLOWED_HOSTS=["*"], AHEAD_WEBSOCKET={"ORIGINS": ["example.com"]}):
            self.assertEqual(self.found(checks.check_origins), [])
        with override_settings(ROOT_URLCONF="urls", ALLOWED_HOSTS=["*"]):
            for check in (checks.check_origins, checks.check_layers, checks.check_server):
                self.assertEqual(self.found(check), [])
