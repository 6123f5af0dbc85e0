"""The options of a run and the progress callback: plain data that all stages may take."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, fields

Progress = Callable[[str, int, int], None]


@dataclass(frozen=True, slots=True)
class Options:
    """How a run is to be done: the options of the command line, see `amigrate preview --help`."""

    select: tuple[str, ...] = ()
    ignore: tuple[str, ...] = ()
    django: str | None = None
    python: str | None = None
    jobs: int = 0
    include: tuple[str, ...] = ()
    exclude: tuple[str, ...] = ()
    only_worthwhile: bool = False
    confidence: str = "review"
    helpers: str = "bridge"
    runtime: bool | None = None  # may the new code import django_ahead? None: where the project does already
    websockets: str = "native"  # what becomes of Channels: "native" is django_ahead; "channels" stays
    entries: tuple[str, ...] = ()
    codemods: tuple[str, ...] = ()
    pyrefly: bool = True
    cache: bool = True


@dataclass(frozen=True, slots=True)
class Replanning(Options):
    """The options of a run that leaves functions and classes as they are that a review rejected."""

    rejected: tuple[str, ...] = ()


def rejected_in(options: Options) -> tuple[str, ...]:
    """The symbols that are to stay as they are."""
    return options.rejected if isinstance(options, Replanning) else ()


def without(options: Options, rejected: tuple[str, ...]) -> Options:
    """The same options for a run that leaves `rejected` as it is."""
    given = {field.name: getattr(options, field.name) for field in fields(Options)}
    return Replanning(**given, rejected=rejected)
