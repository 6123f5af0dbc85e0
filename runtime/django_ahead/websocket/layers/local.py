"""The channels and groups of one event loop."""

from __future__ import annotations

import asyncio
import contextlib
import os
import secrets
from collections.abc import Iterator
from copy import deepcopy
from functools import partial
from typing import Any
from weakref import WeakKeyDictionary

from django_ahead.websocket.exceptions import ChannelFull
from django_ahead.websocket.inbox import Inbox, Message

_SCALARS = frozenset({str, int, float, bool, type(None), bytes})


class LocalChannels:
    """Inboxes by channel name and groups of them. All of it happens on its loop, but for `deliver*`."""

    def __init__(self) -> None:
        self.loop = asyncio.get_running_loop()
        self.channels: dict[str, Inbox] = {}
        self.groups: dict[str, dict[str, Inbox]] = {}
        self._joined: dict[str, set[str]] = {}

    def attach(self, channel: str, inbox: Inbox) -> None:
        self.channels[channel] = inbox

    def detach(self, channel: str) -> list[str]:
        """Returns the groups that it was in and that are empty now."""
        self.channels.pop(channel, None)
        return [group for group in self._joined.pop(channel, ()) if self._leave(group, channel)]

    def add(self, group: str, channel: str) -> bool:
        """Whether it is the first of its group. A channel that is not here is not added."""
        inbox = self.channels.get(channel)
        if inbox is None:
            return False
        members = self.groups.setdefault(group, {})
        members[channel] = inbox
        self._joined.setdefault(channel, set()).add(group)
        return len(members) == 1

    def discard(self, group: str, channel: str) -> bool:
        """Whether it was the last of its group."""
        joined = self._joined.get(channel)
        if joined is None or group not in joined:
            return False
        joined.discard(group)
        return self._leave(group, channel)

    def deliver_to_group(self, group: str, message: Message) -> None:
        """May be called from any thread."""
        if self._is_running():
            self._put_to_group(group, message)
        else:
            self._call_soon(partial(self._put_to_group, group, copied(message)))

    def deliver(self, channel: str, message: Message) -> None:
        """May be called from any thread. On the loop itself it raises ChannelFull where there is no room."""
        if self._is_running():
            if not self._put(channel, message):
                raise ChannelFull(channel)
        else:
            self._call_soon(partial(self._put, channel, copied(message)))

    def offer(self, channel: str, message: Message) -> None:
        """Delivers on the loop itself, if there is room."""
        self._put(channel, message)

    def flush(self) -> None:
        self.channels.clear()
        self.groups.clear()
        self._joined.clear()

    def _leave(self, group: str, channel: str) -> bool:
        members = self.groups[group]
        members.pop(channel, None)
        if members:
            return False
        del self.groups[group]
        return True

    def _put_to_group(self, group: str, message: Message) -> None:
        for inbox in self.groups.get(group, {}).values():
            inbox.put(copied(message))

    def _put(self, channel: str, message: Message) -> bool:
        inbox = self.channels.get(channel)
        # As in a network, a message to nobody is lost.
        return inbox is None or inbox.put(copied(message))

    def _is_running(self) -> bool:
        try:
            return asyncio.get_running_loop() is self.loop
        except RuntimeError:
            return False

    def _call_soon(self, call: partial[Any]) -> None:
        # A loop that is closed has no sockets.
        with contextlib.suppress(RuntimeError):
            self.loop.call_soon_threadsafe(call)


class Node:
    """The name of this process and the channels of its loops."""

    def __init__(self) -> None:
        self._loops: WeakKeyDictionary[asyncio.AbstractEventLoop, LocalChannels] = WeakKeyDictionary()
        self._name, self._pid, self._count = "", 0, 0

    @property
    def name(self) -> str:
        # A server may fork its workers after it has imported the application.
        if self._pid != os.getpid():
            self._name, self._pid = secrets.token_hex(8), os.getpid()
        return self._name

    def here(self) -> LocalChannels:
        """The channels of the running loop."""
        loop = asyncio.get_running_loop()
        found = self._loops.get(loop)
        if found is None:
            found = self._loops[loop] = LocalChannels()
        return found

    def everywhere(self) -> Iterator[LocalChannels]:
        """The channels of each loop of the process."""
        return iter(list(self._loops.values()))

    def new_name(self) -> str:
        """A channel name that no other socket has, here or elsewhere."""
        self._count += 1
        return f"specific.{self.name}!{self._count}.{secrets.token_hex(4)}"

    def owner(self, channel: str) -> LocalChannels | None:
        """The loop of a channel; None if it is not of this process."""
        return next((local for local in self.everywhere() if channel in local.channels), None)


def copied(value: Any) -> Any:
    """A copy, so that no consumer sees what another one does to its message."""
    kind = type(value)
    if kind in _SCALARS:
        return value
    if kind is dict:
        return {key: copied(each) for key, each in value.items()}
    if kind is list:
        return [copied(each) for each in value]
    return deepcopy(value)
