"""Groups: the same for every layer. That of Redis needs one, whose port is in AHEAD_TEST_REDIS."""

from __future__ import annotations

import asyncio
import os
import threading
from typing import Any
from unittest import skipUnless

from asgiref.sync import async_to_sync, sync_to_async
from django.test import SimpleTestCase, override_settings

from django_ahead.urls import websocket_path
from django_ahead.websocket import ChannelFull, InvalidChannelLayerError, WebSocketConsumer, get_layer
from django_ahead.websocket.inbox import Inbox
from django_ahead.websocket.layers.channels import ChannelsLayer
from django_ahead.websocket.layers.local import copied
from django_ahead.websocket.layers.memory import MemoryLayer
from django_ahead.websocket.layers.wire import decode, encode
from sockets.tests.clients import connected

REDIS = f"redis://127.0.0.1:{os.environ.get('AHEAD_TEST_REDIS')}/0"


class Layers:
    """What every layer does."""

    def layer(self) -> Any:
        raise NotImplementedError

    async def got(self, layer: Any, channel: str) -> Any:
        return await asyncio.wait_for(layer.receive(channel), 2)

    async def nothing(self, layer: Any, *channels: str) -> None:
        for channel in channels:
            with self.assertRaises(asyncio.TimeoutError):
                await asyncio.wait_for(layer.receive(channel), 0.1)

    async def test_groups(self) -> None:
        layer = self.layer()
        one, other, third = [await layer.new_channel() for _ in range(3)]
        self.assertEqual(len({one, other, third}), 3)
        for channel in (one, other):
            await layer.group_add("g", channel)
        await layer.group_add("h", third)
        await layer.group_send("g", {"type": "x", "n": [1, {"a": None}]})
        for channel in (one, other):
            self.assertEqual(await self.got(layer, channel), {"type": "x", "n": [1, {"a": None}]})
        await layer.group_discard("g", one)
        await layer.group_discard("g", one)
        await layer.group_discard("nobody", one)
        await layer.group_send("g", {"type": "y"})
        await layer.group_send("nobody", {"type": "y"})
        self.assertEqual(await self.got(layer, other), {"type": "y"})
        await layer.send(third, {"type": "z"})
        self.assertEqual(await self.got(layer, third), {"type": "z"})
        await self.nothing(layer, one, other, third)
        for channel in (one, other, third):
            await layer.detach(channel)
        await layer.close()

    async def test_receivers_do_not_share_a_message(self) -> None:
        layer = self.layer()
        one, other = [await layer.new_channel() for _ in range(2)]
        for channel in (one, other):
            await layer.group_add("g", channel)
        message = {"type": "x", "list": [1]}
        await layer.group_send("g", message)
        message["list"].append(2)
        first = await self.got(layer, one)
        first["list"].append(3)
        self.assertEqual(await self.got(layer, other), {"type": "x", "list": [1]})
        await layer.close()

    async def test_sync_publishers(self) -> None:
        layer = self.layer()
        channel = await layer.new_channel()
        await layer.group_add("g", channel)
        # in a thread of the loop, as a sync view
        await sync_to_async(layer.group_send_sync)("g", {"type": "view"})
        self.assertEqual(await self.got(layer, channel), {"type": "view"})
        # in a thread without a loop, as a worker
        await asyncio.to_thread(layer.group_send_sync, "g", {"type": "worker"})
        self.assertEqual(await self.got(layer, channel), {"type": "worker"})
        # on the loop itself, as a signal handler
        layer.group_send_sync("g", {"type": "signal"})
        self.assertEqual(await self.got(layer, channel), {"type": "signal"})
        layer.send_sync(channel, {"type": "one"})
        self.assertEqual(await self.got(layer, channel), {"type": "one"})
        await asyncio.to_thread(layer.send_sync, channel, {"type": "two"})
        self.assertEqual(await self.got(layer, channel), {"type": "two"})
        await layer.close()

    async def test_names(self) -> None:
        layer = self.layer()
        channel = await layer.new_channel()
        for wrong in ("", "a b", "a" * 100, "ü", "a!b", None, 3):
            with self.assertRaises(TypeError):
                await layer.group_add(wrong, channel)
        with self.assertRaises(TypeError):
            await layer.group_add("g", "no channel")
        await layer.detach(channel)
        await layer.close()

    async def test_flush(self) -> None:
        layer = self.layer()
        channel = await layer.new_channel()
        await layer.group_add("g", channel)
        await layer.flush()
        await layer.group_send("g", {"type": "x"})
        await self.nothing(layer, channel)
        await layer.close()


class Memory(Layers, SimpleTestCase):
    def layer(self) -> Any:
        return MemoryLayer()

    async def test_full(self) -> None:
        layer = self.layer()
        channel = await layer.attach(Inbox(2))
        await layer.group_add("g", channel)
        for _ in range(3):
            await layer.group_send("g", {"type": "x"})
        with self.assertRaises(ChannelFull):
            await layer.send(channel, {"type": "x"})
        await asyncio.to_thread(layer.send_sync, channel, {"type": "x"})
        await layer.detach(channel)
        await layer.send(channel, {"type": "nobody"})

    async def test_detached_is_forgotten(self) -> None:
        layer = self.layer()
        for _ in range(10):
            channel = await layer.new_channel()
            for group in "abc":
                await layer.group_add(group, channel)
            await layer.detach(channel)
            await layer.detach(channel)
        local = layer._node.here()
        self.assertEqual((local.channels, local.groups, local._joined), ({}, {}, {}))

    def test_other_loops_of_the_process(self) -> None:
        layer = self.layer()
        ready, got = threading.Event(), []

        async def listen() -> None:
            channel = await layer.new_channel()
            await layer.group_add("g", channel)
            ready.set()
            got.append(await self.got(layer, channel))

        thread = threading.Thread(target=lambda: asyncio.run(listen()))
        thread.start()
        ready.wait(5)
        async_to_sync(layer.group_send)("g", {"type": "x"})
        thread.join(5)
        self.assertEqual(got, [{"type": "x"}])
        # the loop is gone
        layer.group_send_sync("g", {"type": "y"})

    async def test_through_the_site(self) -> None:
        async with connected("/hall/") as one, connected("/hall/") as other:
            client = self.async_client
            for path, text in (("/say/?what=a", "a"), ("/say/async/?what=b", "b")):
                await client.get(path)
                for socket in (one, other):
                    self.assertEqual(await socket.receive_json_from(), text)

    def test_configuration(self) -> None:
        self.assertIs(get_layer(), get_layer("default"))
        self.assertIsInstance(get_layer(), MemoryLayer)
        with self.assertRaises(InvalidChannelLayerError):
            get_layer("other")
        memory = "django_ahead.websocket.layers.memory.MemoryLayer"
        for wrong in ({}, {"BACKEND": "no.such"}, {"BACKEND": memory, "OPTIONS": {"no": 1}}):
            settings = override_settings(AHEAD_WEBSOCKET={"LAYERS": {"other": wrong}})
            with settings, self.assertRaises(InvalidChannelLayerError):
                get_layer("other")
        with override_settings(AHEAD_WEBSOCKET={"LAYERS": {"other": {"BACKEND": memory}}}):
            self.assertIsNot(get_layer("other"), get_layer())


IN_MEMORY = {"BACKEND": "channels.layers.InMemoryChannelLayer"}


@override_settings(CHANNEL_LAYERS={"default": IN_MEMORY})
class Channels(Layers, SimpleTestCase):
    def layer(self) -> Any:
        return ChannelsLayer()

    async def test_halves_of_a_site_reach_each_other(self) -> None:
        from channels.layers import get_channel_layer

        layer, theirs = self.layer(), get_channel_layer()
        channel, name = await layer.new_channel(), await theirs.new_channel()
        await layer.group_add("g", channel)
        await theirs.group_add("g", name)
        await theirs.group_send("g", {"type": "theirs"})
        self.assertEqual(await self.got(layer, channel), {"type": "theirs"})
        self.assertEqual(await theirs.receive(name), {"type": "theirs"})
        await layer.group_send("g", {"type": "ours"})
        self.assertEqual(await theirs.receive(name), {"type": "ours"})
        await layer.detach(channel)
        self.assertNotIn(channel, theirs.groups.get("g", {}))
        await theirs.flush()

    async def test_consumer_of_channels_in_the_urlconf(self) -> None:
        from channels.generic.websocket import AsyncWebsocketConsumer, WebsocketConsumer

        class Theirs(AsyncWebsocketConsumer):
            async def receive(self, text_data: str | None = None, bytes_data: bytes | None = None) -> None:
                await self.send(f"{text_data} {self.scope['user']} {self.scope['url_route']['kwargs']}")

        class Sync(WebsocketConsumer):
            def receive(self, text_data: str | None = None, bytes_data: bytes | None = None) -> None:
                self.send(f"{text_data} {self.scope['user']} {self.scope['url_route']['kwargs']}")

        class urls:
            urlpatterns = (
                websocket_path("one/<int:n>/", Theirs),
                websocket_path("two/<int:n>/", Theirs.as_asgi()),
                websocket_path("three/<int:n>/", Sync.as_asgi()),
            )

        with override_settings(ROOT_URLCONF=urls):
            for path in ("/one/1/", "/two/1/", "/three/1/"):
                async with connected(path) as socket:
                    await socket.send_to(text_data="hi")
                    self.assertEqual(await socket.receive_from(), "hi AnonymousUser {'n': 1}")

    def test_alias(self) -> None:
        with self.assertRaises(InvalidChannelLayerError):
            ChannelsLayer("other")

    async def test_is_the_default_where_channels_has_layers(self) -> None:
        from channels.layers import get_channel_layer

        class Reader(WebSocketConsumer):
            channel_layer_alias = "other"
            groups = ("g",)

            async def news(self, event: dict[str, Any]) -> None:
                await self.send(event["text"])

        with override_settings(CHANNEL_LAYERS={"default": IN_MEMORY, "other": IN_MEMORY}):
            self.assertIsInstance(get_layer(), ChannelsLayer)
            self.assertIsNot(get_layer(), get_layer("other"))
            with self.assertRaises(InvalidChannelLayerError):
                get_layer("third")
            async with connected(Reader) as socket:
                await get_channel_layer("default").group_send("g", {"type": "news", "text": "lost"})
                await get_channel_layer("other").group_send("g", {"type": "news", "text": "from Channels"})
                self.assertEqual(await socket.receive_from(), "from Channels")
                await get_layer("other").group_send("g", {"type": "news", "text": "from here"})
                self.assertEqual(await socket.receive_from(), "from here")
            memory = {"BACKEND": "django_ahead.websocket.layers.memory.MemoryLayer"}
            with override_settings(AHEAD_WEBSOCKET={"LAYERS": {"default": memory}}):
                self.assertIsInstance(get_layer(), MemoryLayer)
        for without in ({}, None):
            with override_settings(CHANNEL_LAYERS=without):
                self.assertIsInstance(get_layer(), MemoryLayer)


@skipUnless("AHEAD_TEST_REDIS" in os.environ, "needs a Redis")
class Redis(Layers, SimpleTestCase):
    def layer(self) -> Any:
        from django_ahead.websocket.layers.redis import RedisLayer

        return RedisLayer(REDIS, prefix=self.id())

    async def test_processes(self) -> None:
        one, other = self.layer(), self.layer()
        here, there = await one.new_channel(), await other.new_channel()
        await one.group_add("g", here)
        await other.group_add("g", there)
        message = {"type": "x", "bytes": b"\0\xff", "tuple": (1, 2), "3": {"": 1}}
        await one.group_send("g", message)
        for layer, channel in ((one, here), (other, there)):
            self.assertEqual(await self.got(layer, channel), {**message, "tuple": [1, 2]})
        await one.send(there, {"type": "direct"})
        self.assertEqual(await self.got(other, there), {"type": "direct"})
        # a channel of another process joins and leaves
        await one.group_add("h", there)
        await asyncio.sleep(0.2)
        await one.group_send("h", {"type": "h"})
        self.assertEqual(await self.got(other, there), {"type": "h"})
        await one.group_discard("h", there)
        await asyncio.sleep(0.2)
        await one.group_send("h", {"type": "h"})
        await self.nothing(other, there)
        await self.nothing(one, here)
        for layer, channel in ((one, here), (other, there)):
            await layer.detach(channel)
            await layer.close()

    async def test_one_subscription_for_each_group(self) -> None:
        import redis

        layer = self.layer()
        channels = [await layer.new_channel() for _ in range(20)]
        for channel in channels:
            await layer.group_add("g", channel)
        with redis.Redis.from_url(REDIS) as client:
            key = f"{self.id()}:g:g"
            self.assertEqual(client.pubsub_numsub(key), [(key.encode(), 1)])
            for channel in channels:
                await layer.detach(channel)
            await asyncio.sleep(0.1)
            self.assertEqual(client.pubsub_numsub(key), [(key.encode(), 0)])
        await layer.close()

    async def test_what_others_publish_does_no_harm(self) -> None:
        import redis

        layer = self.layer()
        channel = await layer.new_channel()
        await layer.group_add("g", channel)
        with redis.Redis.from_url(REDIS) as client, self.assertLogs("django_ahead.websocket", "ERROR") as logs:
            for data in (b"", b"x", b"x \n{", b"x \n\xff", b"x \n[]"):
                client.publish(f"{self.id()}:g:g", data)
            client.publish(f"{self.id()}:n:{layer._node.name}", b'x \n{"no": "channel"}')
            client.publish(f"{self.id()}:g:g", b'x \n{"type": "last"}')
            got = {}
            while got != {"type": "last"}:
                got = await self.got(layer, channel)
        self.assertEqual(len(logs.records), 6)
        await layer.close()

    async def test_many_at_once(self) -> None:
        one, other = self.layer(), self.layer()
        channel = await other.attach(inbox := Inbox(5000))
        await other.group_add("g", channel)
        await asyncio.gather(*(one.group_send("g", {"type": "x", "n": number}) for number in range(1000)))
        got = [await asyncio.wait_for(inbox.get(), 2) for _ in range(1000)]
        self.assertEqual([message["n"] for message in got], list(range(1000)))
        for layer in (one, other):
            await layer.close()

    def test_loops_that_come_and_go(self) -> None:
        import redis

        layer = self.layer()
        with redis.Redis.from_url(REDIS) as client:
            before = len(client.client_list())
            for _ in range(5):
                asyncio.run(layer.group_send("g", {"type": "x"}))
            self.assertEqual(len(client.client_list()), before)

    async def test_what_is_no_json(self) -> None:
        layer = self.layer()
        with self.assertRaises(TypeError):
            await layer.group_send("g", {"type": "x", "what": object()})
        await layer.close()


class Wire(SimpleTestCase):
    def test_bytes(self) -> None:
        for value in (
            {"a": [b"", b"\xff" * 10, {"b": b"x"}]},
            {"": "x", "\n": b"y"},
            [1, "é", None],
        ):
            self.assertEqual(decode(encode(value)), value)

    def test_copies(self) -> None:
        value = {"a": [1, {"b": (2, [3])}], "c": b"x", "d": None}
        copy = copied(value)
        self.assertEqual(copy, value)
        copy["a"][1]["b"][1].append(4)
        self.assertEqual(value["a"][1]["b"], (2, [3]))
