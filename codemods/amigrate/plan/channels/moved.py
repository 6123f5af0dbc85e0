"""What the move from Channels comes to."""

from __future__ import annotations

from dataclasses import dataclass

from amigrate.model import Refusal, Site


@dataclass(frozen=True, slots=True)
class Native:
    """Sites by path, what stays, and the functions whose groups become a part of this one."""

    sites: tuple[tuple[str, Site], ...] = ()
    refusals: tuple[Refusal, ...] = ()
    functions: frozenset[str] = frozenset()
    moved: frozenset[str] = frozenset()
