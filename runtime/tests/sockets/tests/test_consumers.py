"""What consumers are told and what they can say, as Channels has it."""

from __future__ import annotations

import asyncio
import contextvars
import json
from typing import Any, ClassVar

from django.test import SimpleTestCase
from django.utils import translation

from django_ahead.testing import WebSocketCommunicator
from django_ahead.websocket import (
    ConnectionClosed,
    DenyConnection,
    InvalidMessage,
    JsonWebSocketConsumer,
    LowLevelWebSocketConsumer,
    StopConsumer,
    WebSocketConsumer,
    get_layer,
)
from django_ahead.websocket.open_sockets import open_sockets
from sockets.asgi import application
from sockets.tests.clients import connected


class Base(WebSocketConsumer):
    """Remembers its end, and itself."""

    last: Any = None
    ends: list[int]

    async def connect(self) -> None:
        type(self).last, self.ends = self, []
        await super().connect()

    async def disconnect(self, code: int) -> None:
        self.ends.append(code)


class Consumers(SimpleTestCase):
    async def test_text_bytes_and_close(self) -> None:
        class Echo(Base):
            async def receive(self, text_data: str | None = None, bytes_data: bytes | None = None) -> None:
                await self.send(text_data, bytes_data, close=text_data == "close")

        async with connected(Echo) as socket:
            await socket.send_to(text_data="a")
            self.assertEqual(await socket.receive_from(), "a")
            await socket.send_to(bytes_data=b"a")
            self.assertEqual(await socket.receive_from(), b"a")
            await socket.send_to(text_data="close")
            self.assertEqual(await socket.receive_from(), "close")
            self.assertEqual(await socket.receive_output(), {"type": "websocket.close"})
        self.assertEqual(Echo.last.ends, [1000])

    async def test_attributes(self) -> None:
        class Custom(Base):
            def __init__(self, *args: Any, **kwargs: Any) -> None:
                super().__init__(args, **kwargs)  # what is given by position means nothing, as in Channels
                self.own = "made here"

        socket = WebSocketCommunicator(Custom.as_asgi(level=3), "/x/?a=b")
        await socket.connect()
        last = Custom.last
        self.assertEqual((last.level, last.own, last.groups, last.kwargs), (3, "made here", [], {}))
        self.assertEqual(last.scope["query_string"], b"a=b")
        self.assertIs(last.channel_layer, get_layer())
        self.assertRegex(last.channel_name, r"^specific\.\w+!\d+\.\w+$")
        await socket.disconnect(4000)
        self.assertEqual(last.ends, [4000])

    async def test_refusals(self) -> None:
        class Denied(Base):
            async def connect(self) -> None:
                type(self).last, self.ends = self, []
                raise DenyConnection

        class Closed(Denied):
            async def connect(self) -> None:
                type(self).last, self.ends = self, []
                await self.close(4003)

        for consumer in (Denied, Closed):
            socket = WebSocketCommunicator(consumer.as_asgi(), "/")
            self.assertFalse((await socket.connect())[0])
            await socket.wait()
            self.assertEqual(consumer.last.ends, [1006])
        for path in ("/deny/", "/nowhere/"):
            self.assertEqual(await WebSocketCommunicator(application, path).connect(), (False, 1000))

    async def test_handshake(self) -> None:
        socket = WebSocketCommunicator(application, "/subprotocol/", subprotocols=["a", "b"])
        self.assertEqual(await socket.connect(), (True, "b"))
        self.assertEqual(socket.response_headers, [(b"x-answer", b"42"), (b"x-text", b"\xe9")])
        await socket.disconnect()

    async def test_nothing_of_a_client_becomes_a_header(self) -> None:
        for where, what in (
            ("subprotocol", "a\r\nSet-Cookie: a=b"),
            ("subprotocol", "a b"),
            ("subprotocol", ""),
            ("header", "a\nb"),
            ("header", "a\0"),
            ("name", "a:b"),
            ("name", "Sec-WebSocket-Protocol"),
        ):

            class Injected(WebSocketConsumer):
                async def connect(self, where: str = where, what: str = what) -> None:
                    if where == "subprotocol":
                        await self.accept(what)
                    await self.accept(headers=[("x", what) if where == "header" else (what, "x")])

            with self.subTest(where, what=what), self.assertRaises(ValueError):
                await WebSocketCommunicator(Injected.as_asgi(), "/").connect(0.05)

    async def test_closing(self) -> None:
        class Closing(Base):
            async def receive(self, text_data: str | None = None, bytes_data: bytes | None = None) -> None:
                code, reason = json.loads(text_data or "")
                await self.close(code, reason)
                await self.close(4999)

        for code, reason, sent in (
            (4001, "bye", {"code": 4001, "reason": "bye"}),
            (None, None, {}),
            (True, None, {}),
            (1003, "é" * 100, {"code": 1003, "reason": "é" * 61}),
        ):
            async with connected(Closing) as socket:
                await socket.send_to(text_data=json.dumps([code, reason]))
                self.assertEqual(await socket.receive_output(), {"type": "websocket.close", **sent})
                self.assertTrue(await socket.receive_nothing())
            self.assertEqual(Closing.last.ends, [sent.get("code", 1000)])
        for code in (0, 999, 1005, 1006, 1015, 2000, 5000, "1000"):
            with self.subTest(code), self.assertRaises(ValueError):
                async with connected(Closing) as socket:
                    await socket.send_to(text_data=json.dumps([code, None]))
                    await socket.receive_output()
                    await socket.wait()

    async def test_error_in_a_handler(self) -> None:
        class Failing(Base):
            async def receive(self, text_data: str | None = None, bytes_data: bytes | None = None) -> None:
                raise ZeroDivisionError

        socket = WebSocketCommunicator(Failing.as_asgi(), "/")
        await socket.connect()
        await socket.send_to(text_data="x")
        self.assertEqual(await socket.receive_output(), {"type": "websocket.close", "code": 1011})
        with self.assertRaises(ZeroDivisionError):
            await socket.wait()
        self.assertEqual(Failing.last.ends, [1011])

    async def test_unknown_and_malformed_types(self) -> None:
        for kind in ("no.handler", "_private", "", None):
            socket = WebSocketCommunicator(Base.as_asgi(), "/")
            await socket.connect()
            await get_layer().send(Base.last.channel_name, {"type": kind})
            with self.subTest(kind), self.assertRaises((ValueError, TypeError)):
                await socket.wait()

    async def test_stop_consumer(self) -> None:
        class Stopping(Base):
            async def receive(self, text_data: str | None = None, bytes_data: bytes | None = None) -> None:
                raise StopConsumer

            async def disconnect(self, code: int) -> None:
                await super().disconnect(code)
                raise StopConsumer

        async with connected(Stopping) as socket:
            await socket.send_to(text_data="x")
            self.assertEqual((await socket.receive_output())["type"], "websocket.close")
        self.assertEqual(Stopping.last.ends, [1000])

    async def test_send_after_the_end(self) -> None:
        class Late(Base):
            async def receive(self, text_data: str | None = None, bytes_data: bytes | None = None) -> None:
                await self.close()
                self.errors = []
                for _ in range(2):
                    try:
                        await self.send("late")
                    except ConnectionClosed as error:
                        self.errors.append(error)
                await self.send("and again, which just ends the handler")

        async with connected(Late) as socket:
            await socket.send_to(text_data="x")
            self.assertEqual((await socket.receive_output())["type"], "websocket.close")
        self.assertEqual((len(Late.last.errors), Late.last.ends), (2, [1000]))
        with self.assertRaises(ValueError):
            await Late.last.send()

    async def test_client_that_goes_while_a_group_sends(self) -> None:
        class Gone(Base):
            async def say(self, event: Any) -> None:
                await self.send("x")

        async with connected(Gone) as socket:
            name = Gone.last.channel_name
            await socket.send_input({"type": "websocket.disconnect", "code": 1001})
            await get_layer().send(name, {"type": "say"})
            await socket.wait()
        self.assertEqual(Gone.last.ends, [1001])

    async def test_what_a_client_said_before_it_went_is_handled(self) -> None:
        class Saving(Base):
            saved: ClassVar[list[str | None]] = []

            async def receive(self, text_data: str | None = None, bytes_data: bytes | None = None) -> None:
                await asyncio.sleep(0.01)
                self.saved.append(text_data)
                await self.send("saved")

        async with connected(Saving) as socket:
            for text in "abcd":
                await socket.send_to(text_data=text)
            await socket.send_input({"type": "websocket.disconnect", "code": 1001})
            await socket.wait()
        self.assertEqual((Saving.saved, Saving.last.ends), (list("abcd"), [1001]))

    async def test_what_comes_after_close_is_not(self) -> None:
        class Closing(Base):
            got: ClassVar[list[str | None]] = []

            async def receive(self, text_data: str | None = None, bytes_data: bytes | None = None) -> None:
                self.got.append(text_data)
                await self.close(4000)
                await asyncio.sleep(0.05)

        async with connected(Closing) as socket:
            for text in "ab":
                await socket.send_to(text_data=text)
            # the answer of the client to the close does not change its code
            await socket.send_input({"type": "websocket.disconnect", "code": 1006})
            await socket.wait()
        self.assertEqual((Closing.got, Closing.last.ends), (["a"], [4000]))

    async def test_path_in_the_log_is_one_line(self) -> None:
        with self.assertLogs("django_ahead.websocket", "WARNING") as logs:
            await WebSocketCommunicator(application, "/x%0aERROR%20forged").connect()
        self.assertEqual(logs.records[0].getMessage().count("\n"), 0)

    async def test_server_that_says_so_by_an_error(self) -> None:
        class Telling(Base):
            async def receive(self, text_data: str | None = None, bytes_data: bytes | None = None) -> None:
                await self.send("x")

        async def application(scope: Any, receive: Any, send: Any) -> None:
            async def gone(message: Any) -> None:
                if message["type"] == "websocket.send":
                    raise OSError("gone")
                await send(message)

            await Telling.as_asgi()(scope, receive, gone)

        socket = WebSocketCommunicator(application, "/")
        await socket.connect()
        await socket.send_to(text_data="x")
        await socket.wait()
        self.assertEqual(Telling.last.ends, [1006])

    async def test_messages_are_handled_one_at_a_time_and_in_order(self) -> None:
        class Slow(Base):
            seen: ClassVar[list[str]] = []

            async def receive(self, text_data: str | None = None, bytes_data: bytes | None = None) -> None:
                self.seen.append(f"begin {text_data}")
                await asyncio.sleep(0.01)
                self.seen.append(f"end {text_data}")

            async def say(self, event: Any) -> None:
                await self.receive(event["text"])

        async with connected(Slow) as socket:
            for number in range(3):
                await socket.send_to(text_data=f"{number}")
                await get_layer().send(Slow.last.channel_name, {"type": "say", "text": f"group {number}"})
            await asyncio.sleep(0.2)
        starts, ends = Slow.seen[::2], Slow.seen[1::2]
        self.assertEqual([each.replace("begin", "end") for each in starts], ends)
        self.assertEqual([each for each in ends if "group" not in each], [f"end {number}" for number in range(3)])
        self.assertEqual(len(ends), 6)

    async def test_handlers_share_their_context(self) -> None:
        """What connect() activates, such as a language, is active in all handlers: they are one task."""
        variable: contextvars.ContextVar[str] = contextvars.ContextVar("variable", default="none")

        class InContext(Base):
            async def connect(self) -> None:
                await super().connect()
                translation.activate("fr")
                variable.set("set")

            async def receive(self, text_data: str | None = None, bytes_data: bytes | None = None) -> None:
                await self.send(f"{translation.get_language()} {variable.get()}")

            async def say(self, event: Any) -> None:
                await self.receive()

        async with connected(InContext) as socket:
            await socket.send_to(text_data="x")
            await get_layer().send(InContext.last.channel_name, {"type": "say"})
            self.assertEqual([await socket.receive_from() for _ in range(2)], ["fr set"] * 2)

    async def test_tasks_of_a_consumer_may_send(self) -> None:
        class Ticking(Base):
            async def connect(self) -> None:
                await super().connect()
                self.task = asyncio.create_task(self.tick())

            async def tick(self) -> None:
                for number in range(3):
                    await self.send(str(number))

            async def disconnect(self, code: int) -> None:
                self.task.cancel()

        async with connected(Ticking) as socket:
            self.assertEqual([await socket.receive_from() for _ in range(3)], ["0", "1", "2"])

    async def test_message_to_itself_without_end(self) -> None:
        class Spinning(Base):
            count = 0

            async def receive(self, text_data: str | None = None, bytes_data: bytes | None = None) -> None:
                await self.spin({})

            async def spin(self, event: Any) -> None:
                type(self).count += 1
                await self.channel_layer.send(self.channel_name, {"type": "spin"})

        async with connected(Spinning) as socket:
            await socket.send_to(text_data="x")
            # the loop is free meanwhile, and the client is heard
            await asyncio.sleep(0.05)
            self.assertGreater(Spinning.count, 10)

    async def test_inbox_is_bounded(self) -> None:
        class Busy(Base):
            got: ClassVar[list[int]] = []

            async def receive(self, text_data: str | None = None, bytes_data: bytes | None = None) -> None:
                await asyncio.sleep(0.1)

            async def say(self, event: Any) -> None:
                self.got.append(event["number"])

        with self.assertLogs("django_ahead.websocket", "WARNING") as logs:
            async with connected(Busy) as socket:
                await get_layer().group_add("busy", Busy.last.channel_name)
                await socket.send_to(text_data="x")
                await asyncio.sleep(0.02)
                for number in range(150):
                    await get_layer().group_send("busy", {"type": "say", "number": number})
                await asyncio.sleep(0.2)
        self.assertEqual(Busy.got, list(range(100)))
        self.assertIn("50 messages dropped", logs.output[0])

    async def test_low_level(self) -> None:
        class Low(LowLevelWebSocketConsumer):
            async def websocket_connect(self, message: Any) -> None:
                await self.send({"type": "websocket.accept"})

        async with connected(Low):
            pass
        with self.assertRaises(ValueError):
            async with connected(Low) as socket:
                await socket.send_to(text_data="there is no websocket_receive()")
                await socket.wait()
        with self.assertRaises(ValueError):
            await Low()({"type": "http"}, None, None)  # type: ignore[arg-type]  # never called

    async def test_nothing_stays_behind(self) -> None:
        for path in ("/hall/", "/deny/", "/nowhere/", "/accept/"):
            await WebSocketCommunicator(application, path).connect()
        async with connected("/hall/"), connected("/echo/"):
            pass
        await asyncio.sleep(0)
        before = len(asyncio.all_tasks())
        for _ in range(20):
            async with connected("/hall/"):
                pass
        self.assertLessEqual(len(asyncio.all_tasks()), before)
        local = get_layer()._node.here()  # type: ignore[attr-defined]  # that of one layer
        self.assertLessEqual(len(local.groups.get("hall", {})), 1)
        self.assertLessEqual(len(open_sockets()), 3)

    async def test_cancelled_by_the_server(self) -> None:
        """daphne does so when it stops."""
        socket = WebSocketCommunicator(Base.as_asgi(), "/")
        await socket.connect()
        socket.future.cancel()
        self.assertEqual(await socket.receive_output(), {"type": "websocket.close", "code": 1012})
        with self.assertRaises(asyncio.CancelledError):
            await socket.future
        self.assertEqual(Base.last.ends, [1012])


class Json(SimpleTestCase):
    async def test_it(self) -> None:
        async with connected("/json/") as socket:
            await socket.send_json_to({"a": [1]})
            self.assertEqual(await socket.receive_json_from(), {"got": {"a": [1]}})

    async def test_own_encoding(self) -> None:
        class Plain(JsonWebSocketConsumer):
            async def receive_json(self, content: Any, **kwargs: Any) -> None:
                await self.send_json(content)

            @classmethod
            def decode_json(cls, text_data: str) -> Any:
                return text_data.split()

            @classmethod
            def encode_json(cls, content: Any) -> str:
                return "+".join(content)

        class Async(Plain):
            @classmethod
            async def decode_json(cls, text_data: str) -> Any:
                return text_data.split()

            @classmethod
            async def encode_json(cls, content: Any) -> str:
                return "+".join(content)

        for consumer in (Plain, Async):
            async with connected(consumer) as socket:
                await socket.send_to(text_data="a b")
                self.assertEqual(await socket.receive_from(), "a+b")

    async def test_what_is_no_json(self) -> None:
        class Json(JsonWebSocketConsumer):
            pass

        deep, huge = "[" * 200_000, "9" * 100_000
        for wrong in ("{", deep, huge, "[1", "\x00"):
            with self.assertLogs("django_ahead.websocket", "WARNING"):
                async with connected(Json) as socket:
                    await socket.send_to(text_data=wrong)
                    self.assertEqual((await socket.receive_output())["code"], 1007, wrong[:5])
        with self.assertLogs("django_ahead.websocket", "WARNING"):
            async with connected(Json) as socket:
                await socket.send_to(bytes_data=b"{}")
                self.assertEqual((await socket.receive_output())["code"], 1007)

    async def test_consumer_may_take_care_of_it(self) -> None:
        class Careful(JsonWebSocketConsumer):
            async def receive(
                self, text_data: str | None = None, bytes_data: bytes | None = None, **kwargs: Any
            ) -> None:
                try:
                    await super().receive(text_data, bytes_data)
                except json.JSONDecodeError as error:
                    await self.send_json({"error": isinstance(error, InvalidMessage)})

        async with connected(Careful) as socket:
            await socket.send_to(text_data="{")
            self.assertEqual(await socket.receive_json_from(), {"error": True})

    async def test_error_of_the_consumer_is_its_own(self) -> None:
        class Wrong(JsonWebSocketConsumer):
            async def receive_json(self, content: Any, **kwargs: Any) -> None:
                json.loads("{")

        with self.assertRaises(json.JSONDecodeError):
            async with connected(Wrong) as socket:
                await socket.send_json_to(1)
                await socket.wait()
