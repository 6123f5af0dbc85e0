"""Consumers of JSON."""

from __future__ import annotations

import inspect
import json
from typing import Any

from django_ahead.websocket.consumer import WebSocketConsumer
from django_ahead.websocket.exceptions import InvalidMessage


class JsonWebSocketConsumer(WebSocketConsumer):
    """Decodes what comes and encodes what goes: override `receive_json(content)`, call `send_json(content)`.

    `decode_json` and `encode_json` may be overridden as plain or as async class methods.
    """

    async def receive(self, text_data: str | None = None, bytes_data: bytes | None = None, **kwargs: Any) -> None:
        """Decodes a message. Raises InvalidMessage, which is a ValueError, for what is no JSON."""
        if not text_data:
            raise InvalidMessage("No text section for incoming WebSocket frame!", "", 0)
        try:
            content = self.decode_json(text_data)
            if inspect.isawaitable(content):
                content = await content
        except json.JSONDecodeError as error:
            raise InvalidMessage(error.msg, error.doc, error.pos) from error
        except (ValueError, RecursionError) as error:
            raise InvalidMessage(f"{type(error).__name__}: {error}", text_data, 0) from error
        await self.receive_json(content, **kwargs)

    async def receive_json(self, content: Any, **kwargs: Any) -> None:
        """The client sent this."""

    async def send_json(self, content: Any, close: bool | int = False) -> None:
        """Sends content as JSON to the client."""
        text = self.encode_json(content)
        if inspect.isawaitable(text):
            text = await text
        await super().send(text_data=text, close=close)

    @classmethod
    def decode_json(cls, text_data: str) -> Any:
        """From the text of a message to its content."""
        return json.loads(text_data)

    @classmethod
    def encode_json(cls, content: Any) -> Any:
        """From content to the text of a message."""
        return json.dumps(content)
