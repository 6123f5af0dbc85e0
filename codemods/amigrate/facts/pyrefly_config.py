"""The configuration under which Pyrefly looks at a project: static, and independent of the project's own."""

from __future__ import annotations

import json
import re
from collections.abc import Sequence

_GLOB = re.compile(r"[\[\]*?]")


def render_config(root: str, files: Sequence[str], search_path: Sequence[str], stubs: str, python: str) -> str:
    """The text of a `pyrefly.toml`. Paths are absolute with `/`, except `files`, which are relative to `root`."""
    # A list instead of a pattern: Pyrefly would follow symlinks and read what discovery left out.
    includes = [f"{root}/{path}" for path in files]
    settings: dict[str, str | bool | list[str]] = {
        "project-includes": [_GLOB.sub(r"[\g<0>]", path) for path in includes],
        "project-excludes": [],
        "search-path": list(search_path),
        "site-package-path": [stubs],
        "python-version": python,
        "skip-interpreter-query": True,
        "disable-search-path-heuristics": True,
        "use-ignore-files": False,
        "check-unannotated-defs": True,
        "infer-return-types": "checked",
        "preset": "off",
    }
    # A JSON value is a TOML value here: there are only strings, lists of strings and booleans.
    return "".join(f"{name} = {json.dumps(value, ensure_ascii=False)}\n" for name, value in settings.items())
