"""The layer for several processes and machines: publish and subscribe of Redis or Valkey.

    AHEAD_WEBSOCKET = {
        "LAYERS": {
            "default": {
                "BACKEND": "django_ahead.websocket.layers.redis.RedisLayer",
                "OPTIONS": {"url": "redis://localhost:6379/0"},
            }
        }
    }

A process subscribes once to a group, however many of its sockets are in it. To those it delivers by itself, so it goes
on doing so while Redis is down.
"""

from __future__ import annotations

import asyncio
from typing import Any
from weakref import WeakKeyDictionary

from django_ahead.websocket.inbox import Inbox, Message
from django_ahead.websocket.layers import redis_clients
from django_ahead.websocket.layers.background import begin, is_on_loop
from django_ahead.websocket.layers.base import Layer, check_channel, check_group, check_message
from django_ahead.websocket.layers.local import Node
from django_ahead.websocket.layers.outage import Outage
from django_ahead.websocket.layers.redis_link import RedisLink
from django_ahead.websocket.layers.wire import decode, encode


class RedisLayer(Layer):
    """`url` and further options are those of redis-py; all processes of a site have the same `prefix`."""

    def __init__(self, url: str = "redis://localhost:6379/0", prefix: str = "ahead", **options: Any) -> None:
        self._url, self._options = url, options
        self._groups, self._nodes = f"{prefix}:g:", f"{prefix}:n:"
        self._node = Node()
        self._links: WeakKeyDictionary[asyncio.AbstractEventLoop, RedisLink] = WeakKeyDictionary()
        self._sync_client = redis_clients.for_sync_code(url, options)
        self._sync_outage = Outage()

    async def attach(self, inbox: Inbox) -> str:
        channel = self._node.new_name()
        self._node.here().attach(channel, inbox)
        (await self._link()).subscriber.want(self._nodes + self._node.name)
        return channel

    async def _detach(self, channel: str) -> None:
        link = await self._link()
        for group in self._node.here().detach(channel):
            await link.subscriber.discard(self._groups + group)

    async def group_add(self, group: str, channel: str) -> None:
        check_group(group)
        check_channel(channel)
        local = self._node.here()
        if channel in local.channels:
            if local.add(group, channel):
                await (await self._link()).subscriber.add(self._groups + group)
        else:
            await self._tell_owner(channel, {"add": group})

    async def group_discard(self, group: str, channel: str) -> None:
        check_group(group)
        check_channel(channel)
        local = self._node.here()
        if channel in local.channels:
            if local.discard(group, channel):
                await (await self._link()).subscriber.discard(self._groups + group)
        else:
            await self._tell_owner(channel, {"discard": group})

    async def group_send(self, group: str, message: Message) -> None:
        await self._publish(*self._to_group(group, message))

    async def send(self, channel: str, message: Message) -> None:
        if (published := self._to_channel(channel, message)) is not None:
            await self._publish(*published)

    def group_send_sync(self, group: str, message: Message) -> None:
        self._publish_sync(*self._to_group(group, message))

    def send_sync(self, channel: str, message: Message) -> None:
        if (published := self._to_channel(channel, message)) is not None:
            self._publish_sync(*published)

    async def flush(self) -> None:
        local = self._node.here()
        groups = list(local.groups)
        local.flush()
        for group in groups:
            await (await self._link()).subscriber.discard(self._groups + group)

    async def close(self) -> None:
        if (link := self._links.pop(asyncio.get_running_loop(), None)) is not None:
            await link.close()

    def _to_group(self, group: str, message: Message) -> tuple[str, bytes]:
        """Delivers to the sockets of this process. Returns what is to be published for others."""
        check_group(group)
        check_message(message)
        data = encode(message)
        # What is local has gone through JSON as well, so that handlers see the same wherever they are.
        message = decode(data)
        for local in self._node.everywhere():
            local.deliver_to_group(group, message)
        return self._groups + group, self._signed(data)

    def _to_channel(self, channel: str, message: Message) -> tuple[str, bytes] | None:
        check_channel(channel)
        check_message(message)
        data = encode({"channel": channel, "message": message})
        if (local := self._node.owner(channel)) is not None:
            local.deliver(channel, decode(data)["message"])
            return None
        return self._owner_of(channel), self._signed(data)

    async def _tell_owner(self, channel: str, what: Message) -> None:
        await self._publish(self._owner_of(channel), self._signed(encode({"channel": channel, **what})))

    def _owner_of(self, channel: str) -> str:
        return self._nodes + channel.partition("!")[0].rpartition(".")[2]

    def _signed(self, data: bytes) -> bytes:
        """With the name of this process, which knows by it what it need not hear again."""
        return self._node.name.encode() + b" " + data

    def _received(self, key: str, data: bytes) -> None:
        sender, _, body = data.partition(b" ")
        if sender == self._node.name.encode():
            return
        local, content = self._node.here(), decode(body)
        check_message(content)
        if key.startswith(self._groups):
            local.deliver_to_group(key.removeprefix(self._groups), content)
        elif (channel := content["channel"]) in local.channels:
            if "message" in content:
                check_message(content["message"])
                local.offer(channel, content["message"])
            elif "add" in content:
                begin(self.group_add(content["add"], channel))
            else:
                begin(self.group_discard(content["discard"], channel))

    async def _publish(self, key: str, data: bytes) -> None:
        await (await self._link()).publisher.publish(key, data)

    def _publish_sync(self, key: str, data: bytes) -> None:
        if is_on_loop():
            begin(self._publish(key, data))
            return
        if self._sync_outage.drops():
            return
        try:
            self._sync_client.publish(key, data)
            self._sync_outage.end()
        except redis_clients.ERRORS as error:
            self._sync_outage.begin(error)

    async def _link(self) -> RedisLink:
        loop = asyncio.get_running_loop()
        if (link := self._links.get(loop)) is None:
            link = self._links[loop] = RedisLink(self._url, self._options, self._received)
            await link.close_with_loop()
        return link
