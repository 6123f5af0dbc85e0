"""Tokens, which no text that we write may show."""

from __future__ import annotations

import base64
from dataclasses import dataclass, field

_KNOWN: set[str] = set()
_SHORTEST = 8  # no token is shorter, and a word of everyday text is not to become stars


@dataclass(frozen=True, slots=True)
class Token:
    """A token, and where it comes from. Whatever prints this prints no more than that."""

    value: str = field(repr=False)
    source: str

    def __post_init__(self) -> None:
        if len(self.value) >= _SHORTEST:
            _KNOWN.update((self.value, self.basic))

    @property
    def basic(self) -> str:
        """As git sends it: the password of a user whose name the forges do not look at."""
        return base64.b64encode(f"x-access-token:{self.value}".encode()).decode()


def without_secrets(text: str) -> str:
    """`text` with stars in place of every token that this process has seen."""
    for secret in sorted(_KNOWN, key=len, reverse=True):
        text = text.replace(secret, "***")
    return text
