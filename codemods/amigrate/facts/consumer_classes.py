"""Consumers of Channels and of django_ahead: which classes of the project are some, and what of theirs is called.

A consumer calls the method that a message names: `{"type": "chat.message"}` runs `chat_message(event)` (Channels:
"Consumers", "Channel Layers"). Those of a sync consumer run in a thread, those of an async one on the event loop.
"""

from __future__ import annotations

from functools import cached_property

from amigrate.facts.module import Function
from amigrate.facts.program import Program
from amigrate.facts.view_classes import BENIGN_BASES

_WEBSOCKET, _RAW = "channels.generic.websocket", "channels.consumer"
# the sync classes of Channels, each with the async one of the same methods
ASYNC_FORMS = {
    f"{_WEBSOCKET}.WebsocketConsumer": f"{_WEBSOCKET}.AsyncWebsocketConsumer",
    f"{_WEBSOCKET}.JsonWebsocketConsumer": f"{_WEBSOCKET}.AsyncJsonWebsocketConsumer",
    f"{_RAW}.SyncConsumer": f"{_RAW}.AsyncConsumer",
}
RAW = frozenset({f"{_RAW}.SyncConsumer", f"{_RAW}.AsyncConsumer"})
NATIVE = frozenset(
    f"django_ahead.websocket.{name}"
    for name in ("WebSocketConsumer", "JsonWebSocketConsumer", "LowLevelWebSocketConsumer")
)
ROOTS = frozenset(ASYNC_FORMS) | frozenset(ASYNC_FORMS.values()) | NATIVE
# what a consumer inherits that waits in the async form
WAITING = frozenset({"send", "accept", "close", "send_json", "connect", "disconnect", "receive", "receive_json"})
_JSON = frozenset({"encode_json", "decode_json"})  # class methods, which Channels' async consumer awaits
# handlers that a consumer calls by names that are its own
_CALLED = frozenset({"connect", "disconnect", "receive", "receive_json", "send", "accept", "close", "send_json"})
_MESSAGES = frozenset({"websocket_connect", "websocket_receive", "websocket_disconnect"})
# what makes a consumer one: who replaces it knows the insides of Channels
INSIDES = frozenset({"dispatch", "__call__", "as_asgi", "channel_receive", "base_send"})


class ConsumerClasses:
    """Questions about the consumers of a program, by the qualified names of its classes."""

    def __init__(self, program: Program) -> None:
        self.program = program
        self._plain: dict[str, bool] = {}

    @cached_property
    def all(self) -> tuple[str, ...]:
        """All classes of the project that derive from a consumer, also through a library's."""
        return tuple(name for name in self.program.classes if self.is_consumer(name))

    def is_consumer(self, name: str) -> bool:
        """Whether a consumer of Channels or of django_ahead is an ancestor as such."""
        return not ROOTS.isdisjoint(self.program.linearise(name))

    def is_sync(self, name: str) -> bool:
        """Whether it is a sync one."""
        return not ASYNC_FORMS.keys().isdisjoint(self.program.linearise(name))

    def foreign_bases(self, name: str) -> tuple[str, ...]:
        """The ancestors outside the project that are neither consumers nor harmless."""
        return tuple(e for e in self.program.externals(name) if e not in ROOTS | BENIGN_BASES)

    def is_worker(self, name: str) -> bool:
        """Whether it takes messages from a channel, and none from a socket."""
        if RAW.isdisjoint(self.program.linearise(name)):
            return False
        return not any(_MESSAGES.intersection(self.program.classes[one][1].methods) for one in self.program.line(name))

    def plain(self, name: str) -> bool:
        """Whether a class is a consumer, or part of consumers, that have no other ancestors outside the project."""
        if name not in self._plain:
            heirs = (name, *self.program.descendants(name)) if name in self.program.classes else ()
            found = any(self.is_consumer(heir) for heir in heirs)
            self._plain[name] = found and not any(self.foreign_bases(heir) for heir in heirs)
        return self._plain[name]

    def is_part_of_sync(self, name: str) -> bool:
        """Whether instances of a class are sync consumers."""
        return any(self.is_sync(heir) for heir in (name, *self.program.descendants(name)))

    def family(self, name: str) -> frozenset[str]:
        """The classes that are of one colour with a class: those it shares methods with, up and down."""
        found, stack = {name}, [name]
        while stack:
            one = stack.pop()
            near = (*self.program.bases(one), *self.program.subclasses.get(one, ()))
            more = [other for other in near if other in self.program.classes and other not in found]
            found.update(more)
            stack.extend(more)
        return frozenset(found)

    def handlers(self, name: str, *, computed: bool) -> tuple[str, ...]:
        """The methods of a class, qualified, that a consumer calls: its own, and those that messages may name.

        `computed`: whether the project computes the types of messages.
        """
        own = self.program.classes[name][1].methods
        methods = {m: known for m in own if (known := self.program.functions.get(f"{name}.{m}"))}
        return tuple(
            f"{name}.{method}"
            for method, (_, function) in methods.items()
            if method in _CALLED | _MESSAGES | _JSON
            or (_takes_message(method, function) and (computed or self._may_be_named(method)))
        )

    def _may_be_named(self, method: str) -> bool:
        """Whether a message may name a method: a text of the project does, or nothing else calls it."""
        if method in self.program.words or method in self._dotted_texts:
            return True
        mentioned = {scope.rpartition(".")[0] for scope in self.program.mentions(method)}
        return not any(self._is_read(scope) for scope in mentioned)

    def _is_read(self, scope: str) -> bool:
        """Whether the module of a scope is known in full: of tests only the words are."""
        parts = scope.split(".")
        names = (".".join(parts[:at]) for at in range(len(parts), 0, -1))
        module = next((self.program.modules[name] for name in names if name in self.program.modules), None)
        return module is not None and not module.light

    @cached_property
    def _dotted_texts(self) -> frozenset[str]:
        return frozenset(text.replace(".", "_") for text in self.program.dotted_strings)


def _takes_message(method: str, function: Function) -> bool:
    """Whether a consumer could call a method with a message, and nothing else."""
    return not method.startswith("_") and len(function.parameters) == 2 and not function.is_generator
