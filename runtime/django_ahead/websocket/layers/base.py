"""What a layer is: how consumers, of this process and others, and the rest of the site send messages to consumers."""

from __future__ import annotations

import abc
import re
from functools import lru_cache
from typing import Any

from django_ahead.websocket.inbox import Inbox, Message

_NAME = re.compile(r"[a-zA-Z\d\-_.]{1,99}")
_CHANNEL = re.compile(r"[a-zA-Z\d\-_.]+(![\w\-.]*)?")


class Layer(abc.ABC):
    """The verbs of a Channels layer, each with a sync twin, and `attach`/`detach` for what receives.

    Delivery is at most once: a message to a socket whose inbox is full is dropped, and so is one that Redis cannot
    take for other processes.
    """

    @abc.abstractmethod
    async def attach(self, inbox: Inbox) -> str:
        """Gives an inbox of the running loop a channel name."""

    async def detach(self, channel: str) -> None:
        """Takes a channel out of all groups and forgets it. Does not raise."""
        self._inboxes().pop(channel, None)
        await self._detach(channel)

    @abc.abstractmethod
    async def _detach(self, channel: str) -> None:
        """What a layer does for `detach`."""

    @abc.abstractmethod
    async def group_add(self, group: str, channel: str) -> None:
        """From now on the channel gets what is sent to the group."""

    @abc.abstractmethod
    async def group_discard(self, group: str, channel: str) -> None:
        """The channel gets no more of the group. A channel that is not in it is fine."""

    @abc.abstractmethod
    async def group_send(self, group: str, message: Message) -> None:
        """Sends a message, whose "type" names the handler, to all channels in the group."""

    @abc.abstractmethod
    async def send(self, channel: str, message: Message) -> None:
        """Sends a message to one channel. Raises ChannelFull if it is of this process and has no room."""

    @abc.abstractmethod
    def group_send_sync(self, group: str, message: Message) -> None:
        """`group_send` for sync code: views, signals, tasks. It may be called in any thread, with a loop or without."""

    @abc.abstractmethod
    def send_sync(self, channel: str, message: Message) -> None:
        """`send` for sync code. A full channel is not told."""

    async def new_channel(self) -> str:
        """A channel for code that is no consumer. It is to be detached in the end."""
        inbox = Inbox(100)
        channel = await self.attach(inbox)
        self._inboxes()[channel] = inbox
        return channel

    async def receive(self, channel: str) -> Message:
        """The next message to a channel of `new_channel()`. Raises KeyError for another channel."""
        return await self._inboxes()[channel].get()

    @abc.abstractmethod
    async def flush(self) -> None:
        """Forgets all groups and channels of this loop."""

    @abc.abstractmethod
    async def close(self) -> None:
        """Ends what the layer has open on this loop."""

    def _inboxes(self) -> dict[str, Inbox]:
        inboxes: dict[str, Inbox] = self.__dict__.setdefault("_new_channels", {})
        return inboxes


@lru_cache(maxsize=4096)
def check_group(name: Any) -> None:
    """Raises TypeError for a name that no group may have. The rule is that of Channels."""
    if not isinstance(name, str) or not _NAME.fullmatch(name):
        raise TypeError(
            f"{name!r} is no name for a group: that is up to 99 ASCII letters, digits, hyphens, underscores, periods."
        )


def check_channel(name: Any) -> None:
    """Raises TypeError for what is no channel name."""
    if not isinstance(name, str) or len(name) > 99 or not _CHANNEL.fullmatch(name):
        raise TypeError(f"{name!r} is no channel name. Use that of a consumer: `self.channel_name`.")


def check_message(message: Any) -> None:
    """Raises TypeError for what is no message."""
    if not isinstance(message, dict):
        raise TypeError(f"A message is a dict with a type, not {message!r}.")
