"""The move from Channels: when nothing moves, what stays beside the rest, and why."""

from __future__ import annotations

from pathlib import Path

import pytest

from amigrate.model import Confidence
from amigrate.pipeline import only_groups
from tests.tree import SETTINGS, apply, change_set, refusal, texts, write, write_project

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
MEMORY = '{"default": {"BACKEND": "channels.layers.InMemoryChannelLayer"}}'
ROUTED = {"shop/asgi.py", "shop/routing.py", "shop/urls.py"}


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


UNREADABLE = ASGI.replace("(websocket_urlpatterns)", "(make())")


@pytest.mark.parametrize(
    ("files", "reason"),
    [
        ({"asgi": ASGI.replace('"http": get', '"http": wrap(get').replace("n(),", "n()),", 1)}, "HTTP does not go to"),
        ({"asgi": ASGI.replace("AuthMiddlewareStack(URL", "unknown(URL")}, "is not made in the project"),
        ({"asgi": UNREADABLE}, "not a list that can be followed"),
        ({"asgi": f"{ASGI.replace('Router(', 'Router(dict(', 1)[:-2]}))\n"}, "not given a literal dict"),
        ({"routing": f"{ROUTING}websocket_urlpatterns.append(1)\n"}, "are changed here"),
        ({"urls": "urlpatterns = make()[1:]\n"}, "`urlpatterns` of ROOT_URLCONF is not a list"),
        ({"views": "from shop.consumers import Chat\n\napp = Chat.as_asgi()\n"}, "outside of the routes"),
    ],
)
@pytest.mark.parametrize("consumer", [ASYNC, SYNC])
def test_only_consumers_move(tmp_path: Path, files: dict[str, str], reason: str, consumer: str) -> None:
    changes = change_set(project(tmp_path, **files, consumers=consumer))
    assert set(texts(changes)) == {"shop/consumers.py"}
    assert "class Chat(WebSocketConsumer):" in texts(changes)["shop/consumers.py"]
    assert {edit.group for edit in changes.edits} == {"channels"}
    assert reason in refusal(changes, "channels").reason
    assert "stay on Channels" in refusal(changes, "channels").reason
    assert any("are still those of Channels" in note for note in changes.notes)
    assert not any("needs an Origin" in note for note in changes.notes)


@pytest.mark.parametrize(
    ("files", "reason"),
    [
        ({"asgi": "x = 1\n"}, "has no ASGI application of its own"),
        ({"asgi": UNREADABLE, "views": "from shop.consumers import Chat\n\nx = [Chat]\n"}, "used as a value here"),
        ({"asgi": UNREADABLE, "views": "from shop.consumers import Chat\n\nx = wrap(Chat)\n"}, "used as a value here"),
        ({"routing": ROUTING.replace(".as_asgi()", "")}, "a route has the consumer itself, as in Channels 2"),
        (
            {
                "asgi": UNREADABLE.replace(
                    '"http"', '"channel": ChannelNameRouter({"x": Chat.as_asgi()}),\n        "http"'
                ).replace("import P", "import ChannelNameRouter, P")
                + "from shop.consumers import Chat\n"
            },
            "is a worker as well",
        ),
        (
            {
                "asgi": UNREADABLE,
                "consumers": ASYNC.replace("from", "try:\n    from", 1)
                .replace("Consumer\n", "Consumer, Other\n", 1)
                .replace("\n\n\nclass", "\nexcept ImportError:\n    raise\n\n\nclass"),
            },
            "names that change beside others",
        ),
    ],
)
def test_nothing_moves(tmp_path: Path, files: dict[str, str], reason: str) -> None:
    changes = change_set(project(tmp_path, **files))
    assert not texts(changes)
    assert reason in refusal(changes, "channels").reason


@pytest.mark.parametrize(
    ("asgi", "moves"), [(ASGI, True), (ASGI.replace("AllowedHostsOriginValidator(A", "(A"), False)]
)
def test_a_setting_that_is_there_is_not_set_again(tmp_path: Path, asgi: str, moves: bool) -> None:
    root = project(tmp_path, asgi=asgi)
    (root / "config.py").write_text(f"{SETTINGS}AHEAD_WEBSOCKET = {{'INBOX': 5}}\n")
    changes = change_set(root)
    assert "config.py" not in texts(changes) and "shop/consumers.py" in texts(changes)
    assert ("shop/asgi.py" in texts(changes)) is moves
    if not moves:  # it would need REQUIRE_ORIGIN
        assert "AHEAD_WEBSOCKET is set already" in refusal(changes, "channels").reason


@pytest.mark.parametrize("used", ["self.channel_layer.groups", "self.channel_layer.connection(0)"])
def test_insides_of_a_layer(tmp_path: Path, used: str) -> None:
    changes = change_set(project(tmp_path, consumers=ASYNC.replace("text_data)\n", f"str({used}))\n")))
    assert set(texts(changes)) == ROUTED
    assert "of the layer (line 6), which only layers of Channels have" in refusal(changes, NATIVE).reason


def test_layers_stay_where_their_insides_are_used(tmp_path: Path) -> None:
    views = "from channels.layers import get_channel_layer\n\n\ndef count(_):\n    return get_channel_layer().groups\n"
    changes = change_set(project(tmp_path, views=views))
    assert "shop/views.py" not in texts(changes) and "shop/consumers.py" in texts(changes)
    assert "`groups` of a layer" in refusal(changes, "CHANNEL_LAYERS").reason


def test_what_a_layer_raises_stays_with_the_layer(tmp_path: Path) -> None:
    caught = f"""from channels.exceptions import ChannelFull, DenyConnection
{ASYNC}
    async def connect(self):
        try:
            await self.channel_layer.send(self.channel_name, {{"type": "y"}})
        except ChannelFull:
            raise DenyConnection
"""
    moved = texts(change_set(project(tmp_path / "whole", consumers=caught)))["shop/consumers.py"]
    assert "channels" not in moved
    beside = texts(change_set(project(tmp_path / "beside", consumers=caught, asgi=UNREADABLE)))["shop/consumers.py"]
    assert "from channels.exceptions import ChannelFull\n" in beside
    assert "from django_ahead.websocket import DenyConnection, WebSocketConsumer" in beside


@pytest.mark.parametrize(
    ("consumer", "reason"),
    [
        (ASYNC.replace("receive", "dispatch"), "replaces `dispatch`"),
        (ASYNC.replace("receive", "websocket_receive"), "replaces `websocket_receive`"),
        (
            ASYNC.replace("class Chat(", "class Chat(presence.Mixin, ").replace("from", "import presence\nfrom", 1),
            "made",
        ),
        (f"{SYNC}\n    table = wrap({{1: receive}})\n", "`receive` is kept in the body of the class"),
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
    assert set(texts(changes)) == (ROUTED if websockets == "native" else set())
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


FLOOR = '[project]\nrequires-python = ">=3.9"\ndependencies = ["Django>=4.2", "channels"]\n'
DECLARED: dict[str, object] = {"django": None, "python": None}


@pytest.mark.parametrize("options", [{}, {"django": "5.2"}, {"python": "3.10"}])
def test_a_python_that_is_only_allowed_is_given_up(tmp_path: Path, options: dict[str, object]) -> None:
    root = project(tmp_path, consumers=SYNC)
    (root / "pyproject.toml").write_text(FLOOR)
    changes = change_set(root, **{**DECLARED, **options})
    after = texts(changes)
    assert "class Chat(WebSocketConsumer):" in after["shop/consumers.py"]
    assert 'requires-python = ">=3.10"\ndependencies = ["Django>=4.2", "django-ahead>=0.1"' in after["pyproject.toml"]
    assert {edit.group for edit in changes.edits} == {"channels"}
    (raised,) = (edit for edit in changes.edits if edit.after == ">=3.10")
    assert "needs Python 3.10" in raised.reason and raised.confidence == "review"
    assert any("given up" in note for note in changes.notes) and changes.python == "3.10"
    apply(root, changes)
    again = change_set(root, **{**DECLARED, **options})
    assert not texts(again) and not again.failures
    assert not texts(only_groups(changes, frozenset()))


@pytest.mark.parametrize(
    ("files", "options", "told"),
    [
        ({".python-version": "3.9\n"}, {}, True),
        ({}, {"python": "3.9"}, True),
        ({"uv.lock": 'requires-python = ">=3.9"\n', "pyproject.toml": ""}, {}, True),
        ({}, {"websockets": "channels"}, False),
        ({}, {"runtime": False}, False),
        ({"shop/asgi.py": "x = 1\n"}, {}, False),
    ],
)
def test_a_python_that_is_not_given_up(
    tmp_path: Path, files: dict[str, str], options: dict[str, object], told: bool
) -> None:
    root = project(tmp_path, consumers=SYNC)
    write(root, {"pyproject.toml": FLOOR, "requirements.txt": "Django>=4.2\nchannels\n", **files})
    changes = change_set(root, **{**DECLARED, **options})
    assert set(texts(changes)) == {"shop/consumers.py"}
    assert "class Chat(AsyncWebsocketConsumer):" in texts(changes)["shop/consumers.py"]
    assert any("--python 3.10" in note for note in changes.notes) is told
    assert changes.python == "3.9"


def test_a_project_without_channels_keeps_its_python(tmp_path: Path) -> None:
    views = "def shelf(request):\n    return list(Book.objects.all())\n"
    root = write_project(
        tmp_path, {"shop/views.py": f"from shop.models import Book\n\n\n{views}", "pyproject.toml": FLOOR}
    )
    changes = change_set(root, **DECLARED, entries=("shop.views:shelf",))
    assert set(texts(changes)) == {"shop/views.py"} and changes.python == "3.9"
    assert not any("3.10" in note for note in changes.notes)


@pytest.mark.parametrize("options", [{"ignore": ("channels-settings", "channels-routing")}, {"confidence": "safe"}])
def test_whole_or_not_at_all(tmp_path: Path, options: dict[str, object]) -> None:
    assert not texts(change_set(project(tmp_path, consumers=SYNC), **options))


TEST = """
from channels.testing import WebsocketCommunicator
from django.test import TestCase

from shop.consumers import Chat


class ChatTests(TestCase):
    async def test_chat(self):
        app = Chat()
        communicator = WebsocketCommunicator(app, "/chat/")
        await communicator.connect()
        HERE
"""


def with_test(root: Path, here: str, consumer: str, whole: str = TEST) -> Path:
    made = project(root, consumers=consumer)
    (made / "shop" / "tests").mkdir()
    (made / "shop" / "tests" / "test_chat.py").write_text(whole.replace("HERE", here))
    return made


SEEN = f"""{SYNC}        self.seen = self.double(text_data)

    def label(self):
        return 1

    def double(self, what):
        return what * 2
"""


@pytest.mark.parametrize(
    ("here", "after"),
    [
        ("app.receive('x')", "await app.receive('x')"),
        ("x = [app.seen, app.scope, app.label(), app.double('x')]", ""),
        ("with self.subTest():\n            app.receive('x')", "            await app.receive('x')"),
        ("str(app.receive('x')).split()", "str(await app.receive('x'))"),
        ("app.receive('x').real", "(await app.receive('x')).real"),
        ("await app({'type': 'websocket'}, receive, send)", ""),
        ("Chat().receive('x')", "await Chat().receive('x')"),
        ("WebsocketCommunicator(application=Chat(), path='/')", "WebSocketCommunicator(application=Chat(), path='/')"),
        ("async def go():\n            app.receive('x')", "            await app.receive('x')"),
    ],
)
@pytest.mark.parametrize("websockets", ["native", "channels"])
def test_an_instance_in_a_test(tmp_path: Path, here: str, after: str, websockets: str) -> None:
    changed = texts(change_set(with_test(tmp_path, here, SEEN), websockets=websockets))
    assert "async def receive" in changed["shop/consumers.py"]
    found = changed.get("shop/tests/test_chat.py", "")
    if websockets == "native":
        assert (after or here) in found
    elif "await" in after:
        assert after in found and "channels.testing" in found
    else:
        assert not found


@pytest.mark.parametrize(
    ("here", "reason"),
    [
        ("print(app)", "it is handed on"),
        ("self.app = Chat()", "it is handed on"),
        ("self.assertRaises(ValueError, app.receive, 'x')", "`receive` is used as a value"),
        ("(lambda: app.receive('x'))()", "`receive` is called in a lambda"),
        ("x = [app.receive('x') for _ in 'ab']", "`receive` is called in a comprehension"),
        ("def go():\n            app.receive('x')", "`receive` is called in a sync function"),
        ("def go(x=app.receive('x')): pass", "`receive` is called in a sync function"),
        ("app.send = print", "`send` is replaced"),
        ("app.base_send", "`base_send`, which the project does not give it"),
        ("app = None", "stands for several things"),
        ("Chat('x')", "given arguments by position"),
        ("app({})", "called with something else than scope"),
        ("mock.patch.object(Chat, 'receive')", "a part of it is replaced"),
    ],
)
@pytest.mark.parametrize("websockets", ["native", "channels"])
def test_an_instance_that_is_not_followed(tmp_path: Path, here: str, reason: str, websockets: str) -> None:
    changes = change_set(with_test(tmp_path, here, SEEN), websockets=websockets)
    assert set(texts(changes)) == (ROUTED if websockets == "native" else set())
    assert reason in refusal(changes, NATIVE).reason
    assert "shop/tests/test_chat.py:" in refusal(changes, NATIVE).reason


def test_a_sync_test_that_calls_a_sync_method_keeps_it(tmp_path: Path) -> None:
    whole = "from shop.consumers import Chat\n\n\ndef test_chat():\n    HERE\n"
    changes = change_set(with_test(tmp_path, "Chat().receive('x')", SYNC, whole))
    assert set(texts(changes)) == ROUTED
    assert "is called in a sync function in shop/tests/test_chat.py:5" in refusal(changes, NATIVE).reason


def test_an_instance_in_code(tmp_path: Path) -> None:
    held = """from shop.consumers import Chat


async def run(scope, receive, send):
    app = Chat()
    await app(scope, receive, send)
"""
    assert "shop/consumers.py" in texts(change_set(project(tmp_path / "one", consumers=SYNC, views=held)))
    called = held.replace("await app(scope, receive, send)", "app.receive('x')")
    changes = change_set(project(tmp_path / "two", consumers=SYNC, views=called))
    assert set(texts(changes)) == ROUTED
    assert "its `receive` is called in shop/views.py:6" in refusal(changes, NATIVE).reason


def test_types_that_are_computed_may_name_any_method(tmp_path: Path) -> None:
    consumer = SYNC.replace(
        "self.send(text_data)",
        'self.label("x")\n        self.channel_layer.send("x", {"type": f"chat.{text_data}"})',
    )
    consumer += "\n    def label(self, text):\n        return text\n"
    assert "async def label" in texts(change_set(project(tmp_path, consumers=consumer)))["shop/consumers.py"]
    plain = consumer.replace('f"chat.{text_data}"', '"chat.message"')
    assert "    def label" in texts(change_set(project(tmp_path / "plain", consumers=plain)))["shop/consumers.py"]


FRAMEWORK = """
from presence.consumers import PresenceConsumer


class Chat(PresenceConsumer):
    def receive(self, text_data):
        super().receive(text_data)
"""


DEMO = ("demo/asgi.py", "demo/urls.py")


def test_an_example_beside_an_app_of_others(tmp_path: Path) -> None:
    """The application of the example moves; the routes of the app, which its users give to a URLRouter, do not."""
    requirements = '[project]\nname = "{}"\nversion = "1"\ndependencies = [\n    "django",\n    "channels",\n]\n'
    tests = (
        "from channels.testing import WebsocketCommunicator\n\nfrom shop.consumers import Chat\n\n\n"
        "async def test():\n    await WebsocketCommunicator(Chat.as_asgi(), '/').connect()\n"
    )
    files = {
        "pyproject.toml": requirements.format("shop"),
        "shop/__init__.py": "",
        "shop/consumers.py": FRAMEWORK,
        "shop/routing.py": ROUTING,
        "tests/__init__.py": "",
        "tests/test_chat.py": tests,
        "example/pyproject.toml": requirements.format("example"),
        "example/manage.py": 'import os\n\nos.environ.setdefault("DJANGO_SETTINGS_MODULE", "demo.settings")\n',
        "example/demo/__init__.py": "",
        "example/demo/settings.py": SETTINGS.replace("shop.urls", "demo.urls"),
        "example/demo/urls.py": "urlpatterns = []\n",
        "example/demo/asgi.py": f'"""It has a URLRouter."""\n{ASGI}',
    }
    write(tmp_path, files)
    changes = change_set(tmp_path)
    changed = texts(changes)
    assert set(changed) == {f"example/{name}" for name in ("pyproject.toml", *DEMO)}
    assert "urlpatterns += websocket_routes(websocket_urlpatterns)" in changed["example/demo/urls.py"]
    assert '    "django-ahead>=0.1",' in changed["example/pyproject.toml"]
    assert "presence.consumers.PresenceConsumer" in refusal(changes, NATIVE).reason
    assert "tells of URLRouter" in refusal(changes, "demo.asgi").reason
    assert not any("disconnect()" in note for note in changes.notes)
    for path, text in changed.items():
        (tmp_path / path).write_text(text)
    assert not texts(change_set(tmp_path))


def test_why_routes_stay_where_no_consumer_moves(tmp_path: Path) -> None:
    changes = change_set(project(tmp_path, consumers=FRAMEWORK, asgi=ASGI.replace("(websocket_urlpatterns)", "(f())")))
    assert not texts(changes)
    assert "not a list that can be followed" in refusal(changes, "channels").reason
    assert "presence.consumers.PresenceConsumer" in refusal(changes, NATIVE).reason


def test_routes_that_tests_read_beside_the_application(tmp_path: Path) -> None:
    routes = ROUTING.replace("from django.urls import path\n", "")
    asgi = ASGI.replace("from shop.routing import websocket_urlpatterns", f"from django.urls import path\n{routes}")
    root = project(tmp_path, asgi=asgi, routing="")
    assert "urlpatterns += [\n    websocket_path(" in texts(change_set(root))["shop/urls.py"]
    write(root, {"tests/test_routes.py": "from shop.asgi import websocket_urlpatterns\n"})
    changes = change_set(root)
    assert set(texts(changes)) == {"shop/consumers.py"}
    assert "tests/test_routes.py reads them here" in refusal(changes, "channels").reason


def test_another_protocol_stays(tmp_path: Path) -> None:
    changes = change_set(project(tmp_path, asgi=ASGI.replace('"websocket"', '"mqtt": Mqtt(),\n        "websocket"')))
    assert "class Chat(WebSocketConsumer)" in texts(changes)["shop/consumers.py"]
    assert '"mqtt": Mqtt(),' in texts(changes)["shop/asgi.py"]
    assert "for HTTP and WebSockets" in refusal(changes, "mqtt").reason


@pytest.mark.parametrize(
    ("body", "told"),
    [
        ("pass", True),
        ("self.ready = self.scope['user'].is_authenticated", True),
        ("await self.greet()", True),
        ("await self.accept()", False),
        ("await super().connect()", False),
        ("raise DenyConnection", False),
        ("await self.answer()", False),
        ("await open_for(self)", False),
        ("then = self.close", False),
    ],
)
def test_a_handshake_that_is_left_open_is_told(tmp_path: Path, body: str, told: bool) -> None:
    more = (
        "    async def greet(self):\n        self.x = 1\n\n    async def answer(self):\n        await self.accept()\n"
    )
    consumer = f"{ASYNC}\n    async def connect(self):\n        {body}\n\n{more}"
    changes = change_set(project(tmp_path, consumers=consumer))
    assert "class Chat(WebSocketConsumer)" in texts(changes)["shop/consumers.py"]
    found = [one for one in changes.refusals if "ACCEPT_TIMEOUT" in one.reason]
    assert [one.symbol for one in found] == ([f"{NATIVE}.connect"] if told else [])


@pytest.mark.parametrize(("method", "told"), [("receive", True), ("disconnect", False)])
def test_what_ends_without_disconnect_is_told(tmp_path: Path, method: str, told: bool) -> None:
    consumer = f"from channels.exceptions import StopConsumer\n{ASYNC}".replace(
        "        await self.send(text_data)", "        raise StopConsumer"
    ).replace("receive(self, text_data)", f"{method}(self, given)")
    changes = change_set(project(tmp_path, consumers=consumer))
    assert "from django_ahead.websocket import StopConsumer" in texts(changes)["shop/consumers.py"]
    found = [one for one in changes.refusals if "disconnect() is called after StopConsumer" in one.reason]
    assert [one.symbol for one in found] == ([f"{NATIVE}.{method}"] if told else [])


@pytest.mark.parametrize(
    ("route", "told"),
    [
        (r're_path(r"ws/chat/(?P<room>\w+)/$"', ""),
        (r're_path(r"^ws/chat/\Z"', ""),
        (r're_path(r"^ws/chat/"', "matches longer paths, too"),
        (r're_path("ws/chat/"', "matches paths that have it anywhere, too"),
        ('path("ws/chat/"', ""),
    ],
)
def test_expressions_that_match_more(tmp_path: Path, route: str, told: str) -> None:
    routing = ROUTING.replace("import path", "import path, re_path").replace('path("chat/"', route)
    edits = [edit for edit in change_set(project(tmp_path, routing=routing)).edits if "ROOT_URLCONF" in edit.reason]
    reasons = [edit.reason for edit in edits if edit.path == "shop/routing.py"]
    assert reasons and all(told in reason if told else "matches" not in reason for reason in reasons)
    assert any(edit.confidence is Confidence.REVIEW for edit in edits) == bool(told)


def test_a_channel_with_a_name_is_that_of_a_worker(tmp_path: Path) -> None:
    layers = {"config.py": f"{SETTINGS}CHANNEL_LAYERS = {MEMORY}\n"}
    sent = ASYNC.replace("self.send(text_data)", 'self.channel_layer.send("thumbs", {"type": "make"})')
    root = project(tmp_path, consumers=sent)
    write(root, layers)
    changes = change_set(root)
    assert "config.py" not in texts(changes) and "shop/consumers.py" in texts(changes)
    assert "`thumbs` is for a worker" in refusal(changes, "CHANNEL_LAYERS").reason


def test_options_of_layers_that_are_lost_are_told(tmp_path: Path) -> None:
    redis = '{"BACKEND": "channels_redis.core.RedisChannelLayer", "CONFIG": {"hosts": ["redis://h"], "expiry": 5}}'
    root = project(tmp_path)
    write(root, {"config.py": f'{SETTINGS}CHANNEL_LAYERS = {{"default": {redis}}}\n'})
    changes = change_set(root)
    assert '"url": "redis://h"' in texts(changes)["config.py"] and "expiry" not in texts(changes)["config.py"]
    assert any("expiry have no equal" in edit.reason for edit in changes.edits)
    assert any("deploy all at once" in note for note in changes.notes)
    for said in ("holds up all sockets", "8 threads", "after an error", "10 seconds", "an Origin and a Host"):
        assert any(said in note for note in changes.notes), said


def test_other_frameworks_of_consumers_stay(tmp_path: Path) -> None:
    consumers = (
        "import channels_graphql_ws\nfrom channelsmultiplexer import AsyncJsonWebsocketDemultiplexer\n\n\n"
        "class Chat(channels_graphql_ws.GraphqlWsConsumer):\n    pass\n\n\n"
        "class Both(AsyncJsonWebsocketDemultiplexer):\n    applications = {}\n"
    )
    changes = change_set(project(tmp_path, consumers=consumers))
    assert "shop/consumers.py" not in texts(changes)
    assert "channels_graphql_ws.GraphqlWsConsumer, which is made for Channels" in refusal(changes, NATIVE).reason
    assert "AsyncJsonWebsocketDemultiplexer, which is made" in refusal(changes, "shop.consumers.Both").reason


def test_a_communicator_for_http_stays(tmp_path: Path) -> None:
    test = (
        "from channels.testing import HttpCommunicator, WebsocketCommunicator\n\n"
        "from shop.asgi import application\n\n\n"
        "async def test():\n    await HttpCommunicator(application, 'GET', '/').get_response()\n"
        "    await WebsocketCommunicator(application, '/chat/').connect()\n"
    )
    root = project(tmp_path)
    write(root, {"tests/test_pages.py": test, "requirements.txt": "django\nchannels\n"})
    changes = change_set(root)
    changed = texts(changes)
    assert "import HttpCommunicator\n" in changed["tests/test_pages.py"]
    assert "await WebSocketCommunicator(application" in changed["tests/test_pages.py"]
    assert "channels\n" in changed["requirements.txt"] and "django-ahead" in changed["requirements.txt"]
    assert "AsyncClient" in refusal(changes, "channels.testing.HttpCommunicator").suggestion
