"""The move from Channels: when nothing moves, what stays beside the rest, and why."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.tree import change_set, refusal, texts, write_project

ASGI = """
from channels.auth import AuthMiddlewareStack
from channels.routing import ProtocolTypeRouter, URLRouter
from channels.security.websocket import AllowedHostsOriginValidator
from django.core.asgi import get_asgi_application

from shop.routing import websocket_urlpatterns

application = ProtocolTypeRouter(
    {
        "http": get_asgi_application(),
        "websocket": AllowedHostsOriginValidator(AuthMiddlewareStack(URLRouter(websocket_urlpatterns))),
    }
)
"""
ROUTING = """
from django.urls import path

from shop import consumers

websocket_urlpatterns = [path("chat/", consumers.Chat.as_asgi())]
"""
ASYNC = """
from channels.generic.websocket import AsyncWebsocketConsumer


class Chat(AsyncWebsocketConsumer):
    async def receive(self, text_data):
        await self.send(text_data)
"""
SYNC = """
from channels.generic.websocket import WebsocketConsumer


class Chat(WebsocketConsumer):
    def receive(self, text_data):
        self.send(text_data)
"""
NATIVE = "shop.consumers.Chat"


def project(root: Path, **files: str) -> Path:
    known = {"consumers": ASYNC, "routing": ROUTING, "asgi": ASGI, "urls": "urlpatterns = []\n"}
    named = {f"shop/{name}.py": text for name, text in {**known, **files}.items() if "/" not in name}
    return write_project(root, named)


def test_all_of_it_moves_in_one_group(tmp_path: Path) -> None:
    changes = change_set(project(tmp_path))
    assert {"shop/consumers.py", "shop/routing.py", "shop/asgi.py", "shop/urls.py"} <= set(texts(changes))
    assert {edit.group for edit in changes.edits} == {"channels"}
    assert any(note.startswith("WebSockets: ") for note in changes.notes)
    assert not changes.refusals


@pytest.mark.parametrize(
    ("files", "reason"),
    [
        ({"asgi": ASGI.replace('"http": get', '"http": wrap(get').replace("n(),", "n()),", 1)}, "HTTP does not go to"),
        ({"asgi": ASGI.replace("AuthMiddlewareStack(URL", "unknown(URL")}, "is not made in the project"),
        ({"asgi": ASGI.replace("(websocket_urlpatterns)", "(make())")}, "not a list that can be followed"),
        ({"routing": f"{ROUTING}websocket_urlpatterns.append(1)\n"}, "are changed here"),
        ({"urls": "urlpatterns = make()[1:]\n"}, "`urlpatterns` of ROOT_URLCONF is not a list"),
        ({"asgi": "x = 1\n"}, "has no ASGI application of its own"),
        ({"views": "from shop.consumers import Chat\n\napp = Chat.as_asgi()\n"}, "outside of the routes"),
    ],
)
def test_nothing_moves(tmp_path: Path, files: dict[str, str], reason: str) -> None:
    changes = change_set(project(tmp_path, **files))
    assert not texts(changes)
    assert reason in refusal(changes, "channels").reason


@pytest.mark.parametrize(
    ("consumer", "reason"),
    [
        (ASYNC.replace("receive", "dispatch"), "replaces `dispatch`"),
        (ASYNC.replace("receive", "websocket_receive"), "replaces `websocket_receive`"),
        (
            ASYNC.replace("class Chat(", "class Chat(presence.Mixin, ").replace("from", "import presence\nfrom", 1),
            "made",
        ),
        (f"{SYNC}\n    table = {{1: receive}}\n", "`receive` is kept in the body of the class"),
        (
            f"import threading\n{SYNC}".replace("self.send(", "threading.Timer(1, self.send, "),
            "`send` is used as a value",
        ),
        (SYNC.replace("self.send(text_data)", "getattr(self, text_data)()"), "what is called here is not known"),
        (SYNC.replace("    def", "    @traced\n    def"), "the decorator @traced"),
    ],
)
@pytest.mark.parametrize("websockets", ["native", "channels"])
def test_a_consumer_stays(tmp_path: Path, consumer: str, reason: str, websockets: str) -> None:
    changes = change_set(project(tmp_path, consumers=consumer), websockets=websockets)
    assert not texts(changes)
    if websockets == "native" or "class Chat(Websocket" in consumer:
        assert any(reason in one.reason for one in changes.refusals), changes.refusals


@pytest.mark.parametrize(
    "options", [{"runtime": False}, {"websockets": "channels"}, {"python": "3.9", "django": "4.2"}]
)
def test_staying_on_channels(tmp_path: Path, options: dict[str, object]) -> None:
    changed = texts(change_set(project(tmp_path, consumers=SYNC), **options))
    assert set(changed) == {"shop/consumers.py"}
    assert "class Chat(AsyncWebsocketConsumer):" in changed["shop/consumers.py"]
    assert "        await self.send(text_data)" in changed["shop/consumers.py"]


@pytest.mark.parametrize("options", [{"ignore": ("channels-settings", "channels-routing")}, {"confidence": "safe"}])
def test_whole_or_not_at_all(tmp_path: Path, options: dict[str, object]) -> None:
    assert not texts(change_set(project(tmp_path, consumers=SYNC), **options))


def test_a_test_that_calls_a_sync_method_keeps_it(tmp_path: Path) -> None:
    root = project(tmp_path, consumers=SYNC)
    (root / "tests").mkdir()
    (root / "tests" / "test_chat.py").write_text(
        "from shop.consumers import Chat\n\n\ndef test_chat():\n    Chat().receive('x')\n"
    )
    changes = change_set(root)
    assert not texts(changes)
    assert "an instance of it is made" in refusal(changes, NATIVE).reason


def test_types_that_are_computed_may_name_any_method(tmp_path: Path) -> None:
    consumer = SYNC.replace(
        "self.send(text_data)",
        'self.label("x")\n        self.channel_layer.send("x", {"type": f"chat.{text_data}"})',
    )
    consumer += "\n    def label(self, text):\n        return text\n"
    assert "async def label" in texts(change_set(project(tmp_path, consumers=consumer)))["shop/consumers.py"]
    plain = consumer.replace('f"chat.{text_data}"', '"chat.message"')
    assert "    def label" in texts(change_set(project(tmp_path / "plain", consumers=plain)))["shop/consumers.py"]
