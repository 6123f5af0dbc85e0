"""The live server: a real client, a database that tests and server share, static files."""

from __future__ import annotations

import asyncio
import json
import urllib.request
from typing import Any

from asgiref.sync import sync_to_async
from websockets.asyncio.client import connect
from websockets.exceptions import InvalidStatus

from django_ahead.testing import ASGILiveServerTestCase
from django_ahead.websocket import get_layer
from library.models import Author


class LiveServer(ASGILiveServerTestCase):
    def socket(self, path: str, origin: Any = None) -> connect:
        return connect(self.live_server_ws_url + path, origin=origin or self.live_server_url, proxy=None)

    async def test_socket_sees_what_the_test_saved(self) -> None:
        await Author.objects.acreate(name="Ann")
        async with self.socket("/whoami/7/") as socket:
            self.assertEqual(json.loads(await socket.recv())["authors"], ["Ann"])

    async def test_groups(self) -> None:
        async with self.socket("/hall/") as one, self.socket("/hall/") as other:
            await sync_to_async(get_layer().group_send_sync)("hall", {"type": "hall.message", "content": "hi"})
            for socket in (one, other):
                self.assertEqual(json.loads(await asyncio.wait_for(socket.recv(), 5)), "hi")

    async def test_origin(self) -> None:
        with self.assertRaises(InvalidStatus):
            await self.socket("/hall/", origin="http://evil.example")

    def test_pages(self) -> None:
        with urllib.request.urlopen(f"{self.live_server_url}/everything/x") as answer:
            self.assertEqual(answer.read(), b"page /everything/x")
