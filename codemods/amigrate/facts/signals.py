"""Signals: connecting receivers waits for nothing, sending runs them, and they may query."""

from __future__ import annotations

import ast
from typing import TYPE_CHECKING

from amigrate.facts.effects import What
from amigrate.facts.lattice import OPAQUE, UNKNOWN, Kind, Type, list_of

if TYPE_CHECKING:
    from amigrate.facts.flow import Flow

SIGNAL = "django.dispatch.Signal"
_CLASSES = frozenset({SIGNAL, "django.dispatch.dispatcher.Signal", "django.db.models.signals.ModelSignal"})
# the modules whose names in small letters are signals
_MODULES = tuple(
    f"django.{name}.signals."
    for name in ("db.models", "core", "contrib.auth", "test", "db.backends", "dispatch", "contrib.sites")
)
_SENDING = frozenset({"send", "send_robust"})


def is_signal_class(name: str) -> bool:
    """Whether an external class is one of Django's signals."""
    return name in _CLASSES


def signal_method(name: str) -> str:
    """The method of one of Django's own signals that a dotted name such as `….post_save.connect` means, else ""."""
    owner, _, method = name.rpartition(".")
    return method if owner.startswith(_MODULES) and owner.rpartition(".")[2].islower() else ""


def signal_call(flow: Flow, node: ast.Call, base: Type, method: str) -> Type:
    """A method of a signal.

    Source: the signals reference; `asend()` and `asend_robust()` are new in Django 5.0.
    """
    answers = list_of(Type(Kind.LIST, item=UNKNOWN, options=(OPAQUE, UNKNOWN)))
    if method in _SENDING:
        flow.emit(What.SIGNAL, node, base, method)
        return answers
    if method in ("asend", "asend_robust"):
        return Type(Kind.COROUTINE, item=answers)
    if method not in ("connect", "disconnect", "has_listeners"):
        flow.emit(What.DOUBT, node, base, f"`.{method}()` of a signal is not Django's: what it does is not known")
        return UNKNOWN
    return OPAQUE
