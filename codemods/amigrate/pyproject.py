"""The text of a `pyproject.toml`, parsed once: it configures us, names requirements, and tells pytest the settings."""

from __future__ import annotations

import tomllib
from collections.abc import Mapping
from functools import lru_cache
from typing import Any


@lru_cache(maxsize=4)  # that of the project, and of the folders above it up to the top of the repository
def parsed(text: str) -> Mapping[str, Any]:
    """The document.

    Raises:
        tomllib.TOMLDecodeError, RecursionError: it is none.
    """
    return tomllib.loads(text)
