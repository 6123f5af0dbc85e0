"""Timeouts, sizes, threads and connections: what a socket may take, and what is left of it."""

from __future__ import annotations

import asyncio
import threading
from typing import Any
from unittest import mock

from asgiref.sync import async_to_sync, sync_to_async
from django.test import SimpleTestCase, TransactionTestCase, override_settings

from django_ahead.testing import WebSocketCommunicator
from django_ahead.websocket import WebSocketConsumer, contexts, open_sockets
from sockets.asgi import application
from sockets.tests.clients import connected


def limits(**given: Any) -> Any:
    return override_settings(AHEAD_WEBSOCKET=given)


class Hanging(WebSocketConsumer):
    ended: int | None = None
    seen: list[str]

    async def connect(self) -> None:
        type(self).ended, type(self).seen = None, []
        if self.scope["path"] != "/never/":
            await self.accept()

    async def receive(self, text_data: str | None = None, bytes_data: bytes | None = None) -> None:
        try:
            await asyncio.sleep(30)
        except asyncio.CancelledError:
            self.seen.append("cancelled")
            raise

    async def disconnect(self, code: int) -> None:
        type(self).ended = code


@mock.patch.object(open_sockets, "TICK", 0.05)
class Timeouts(SimpleTestCase):
    async def test_handshake_that_is_neither_accepted_nor_refused(self) -> None:
        with limits(ACCEPT_TIMEOUT=0.1):
            socket = WebSocketCommunicator(Hanging.as_asgi(), "/never/")
            self.assertFalse((await socket.connect())[0])
            await socket.wait()
        self.assertEqual(Hanging.ended, 1008)

    async def test_none_is_for_ever(self) -> None:
        with limits(ACCEPT_TIMEOUT=None):
            socket = WebSocketCommunicator(Hanging.as_asgi(), "/never/")
            await socket.send_input({"type": "websocket.connect"})
            self.assertTrue(await socket.receive_nothing(0.3))
            await socket.disconnect(1001)
        self.assertEqual(Hanging.ended, 1001)

    async def test_handler_whose_client_has_gone(self) -> None:
        with limits(DISCONNECT_TIMEOUT=0.1):
            async with connected(Hanging) as socket:
                await socket.send_to(text_data="x")
        self.assertEqual((Hanging.ended, Hanging.seen), (1000, ["cancelled"]))

    async def test_client_that_does_not_read(self) -> None:
        class Flooding(Hanging):
            async def receive(self, text_data: str | None = None, bytes_data: bytes | None = None) -> None:
                while True:
                    await self.send("x")

        async def full(scope: Any, receive: Any, send: Any) -> None:
            async def stuck(message: Any) -> None:
                if message["type"] != "websocket.accept":
                    await asyncio.sleep(30)
                await send(message)

            await Flooding.as_asgi()(scope, receive, stuck)

        with limits(SEND_TIMEOUT=0.1), mock.patch("django_ahead.websocket.serving.LAST_SECONDS", 0.1):
            socket = WebSocketCommunicator(full, "/")
            await socket.connect()
            await socket.send_to(text_data="x")
            await socket.wait(2)
        self.assertEqual(Flooding.ended, 1008)

    async def test_slow_but_reading_client_is_not_cut(self) -> None:
        class Many(Hanging):
            async def receive(self, text_data: str | None = None, bytes_data: bytes | None = None) -> None:
                await asyncio.gather(*(self.send("x") for _ in range(8)))
                await self.close()

        async def slow(scope: Any, receive: Any, send: Any) -> None:
            lock = asyncio.Lock()

            async def one_by_one(message: Any) -> None:
                async with lock:
                    await asyncio.sleep(0.1)
                    await send(message)

            await Many.as_asgi()(scope, receive, one_by_one)

        with limits(SEND_TIMEOUT=0.3):
            socket = WebSocketCommunicator(slow, "/")
            await socket.connect()
            await socket.send_to(text_data="x")
            self.assertEqual([await socket.receive_from() for _ in range(8)], ["x"] * 8)
            await socket.wait()
        self.assertEqual(Many.ended, 1000)

    async def test_size(self) -> None:
        with limits(MAX_SIZE=10):
            async with connected("/echo/") as socket:
                for message in ({"text": "x" * 10}, {"bytes": b"x" * 10}):
                    await socket.send_input({"type": "websocket.receive", **message})
                    await socket.receive_from()
                await socket.send_to(text_data="x" * 11)
                self.assertEqual(await socket.receive_output(), {"type": "websocket.close", "code": 1009})


class Lifespan(SimpleTestCase):
    async def test_sockets_end_with_the_server(self) -> None:
        sent: asyncio.Queue[Any] = asyncio.Queue()
        received: asyncio.Queue[Any] = asyncio.Queue()
        life = asyncio.create_task(application({"type": "lifespan"}, received.get, sent.put))
        received.put_nowait({"type": "lifespan.startup"})
        self.assertEqual(await sent.get(), {"type": "lifespan.startup.complete"})
        with limits(SHUTDOWN_TIMEOUT=0.2):
            async with connected("/echo/") as idle, connected(Hanging) as busy:
                await busy.send_to(text_data="x")
                received.put_nowait({"type": "lifespan.shutdown"})
                self.assertEqual(await idle.receive_output(), {"type": "websocket.close", "code": 1012})
                self.assertEqual(await busy.receive_output(), {"type": "websocket.close", "code": 1012})
                self.assertEqual(await sent.get(), {"type": "lifespan.shutdown.complete"})
        await life
        self.assertEqual(Hanging.ended, 1012)


def in_own_loop(function: Any) -> Any:
    """As under a server: an event loop that no sync code waits for."""
    result: list[Any] = []
    thread = threading.Thread(target=lambda: result.append(asyncio.run(function())))
    thread.start()
    thread.join(10)
    return result[0]


async def _cleaned_here() -> Any:
    return contexts.clean(None)


class Threads(TransactionTestCase):
    def test_few_for_many(self) -> None:
        async def name() -> tuple[str, str]:
            with contexts.pinned():
                names = [await sync_to_async(lambda: threading.current_thread().name)() for _ in range(2)]
            return names[0], names[1]

        async def many() -> Any:
            return await asyncio.gather(*(name() for _ in range(40)))

        with limits(DB_CONTEXTS=3):
            names = in_own_loop(many)
        # each socket keeps its own
        self.assertTrue(all(first == second for first, second in names))
        self.assertEqual(len(set(names)), 3)

    def test_not_where_sync_code_waits(self) -> None:
        async def where() -> Any:
            with contexts.pinned() as context:
                return context, await sync_to_async(threading.current_thread)()

        self.assertEqual(async_to_sync(where)(), (None, threading.current_thread()))

    def test_connections_are_looked_after_in_their_threads(self) -> None:
        """What is closed there is Django's to say; a database in memory, as here, never is."""
        cleaned: list[str] = []

        def clean() -> None:
            cleaned.append(threading.current_thread().name)

        async def run() -> str:
            with contexts.pinned() as context:
                name = await sync_to_async(lambda: threading.current_thread().name)()
                await contexts.clean(context)
            await asyncio.gather(*contexts.clean_all())
            return name

        with limits(DB_CONTEXTS=2), mock.patch.object(contexts, "close_old_connections", clean):
            name = in_own_loop(run)
        self.assertEqual(cleaned[0], name)
        self.assertIn(name, cleaned[1:])

    def test_connections_of_the_thread_that_is_shared(self) -> None:
        """That of sockets under the application of Channels, which pins them to none."""
        cleaned: list[threading.Thread] = []

        class Plain(WebSocketConsumer):
            async def receive(self, text_data: str | None = None, bytes_data: bytes | None = None) -> None:
                raise ValueError(text_data)

        async def run() -> threading.Thread:
            thread = await sync_to_async(threading.current_thread)()
            application = Plain.as_asgi()
            sent: asyncio.Queue[Any] = asyncio.Queue()
            received: asyncio.Queue[Any] = asyncio.Queue()
            scope = {"type": "websocket", "path": "/", "headers": []}
            serving = asyncio.create_task(application(scope, received.get, sent.put))
            received.put_nowait({"type": "websocket.connect"})
            self.assertEqual((await sent.get())["type"], "websocket.accept")
            await asyncio.sleep(0.2)
            self.assertIn(thread, cleaned)
            cleaned.clear()
            received.put_nowait({"type": "websocket.receive", "text": "x"})
            with self.assertRaises(ValueError):
                await serving
            await sync_to_async(str)()
            return thread

        clean = mock.patch.object(contexts, "close_old_connections", lambda: cleaned.append(threading.current_thread()))
        with mock.patch.multiple(open_sockets, TICK=0.05, CLEAN=0.05), clean:
            thread = in_own_loop(run)
        self.assertIn(thread, cleaned)
        self.assertIsNone(async_to_sync(_cleaned_here)())

    def test_clock_cleans_after_the_last_socket(self) -> None:
        class Plain(WebSocketConsumer):
            pass

        async def run() -> int:
            async with connected(Plain):
                pass
            await asyncio.sleep(0.2)
            return len(open_sockets.open_sockets())

        with mock.patch.object(open_sockets, "TICK", 0.05), mock.patch.object(contexts, "clean_all") as clean:
            self.assertEqual(in_own_loop(run), 0)
        clean.assert_called_once_with()
