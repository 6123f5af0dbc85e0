"""The options of a run and the progress callback: plain data that all stages may take."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

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
    rejected: tuple[str, ...] = ()  # symbols that a review wants to stay as they are
    codemods: tuple[str, ...] = ()
    pyrefly: bool = True
    cache: bool = True
