"""GitHub's own OpenAPI description, cut to the paths that amigrate uses, for a mock server on this machine."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any

PATHS = {
    "/repos/{owner}/{repo}/pulls": ("get", "post"),
    "/repos/{owner}/{repo}/pulls/{pull_number}": ("patch",),
    "/repos/{owner}/{repo}/pulls/{pull_number}/requested_reviewers": ("post",),
    "/repos/{owner}/{repo}/issues/{issue_number}/labels": ("post",),
    "/repos/{owner}/{repo}/issues/{issue_number}/comments": ("post",),
}
_REFERENCE = re.compile(r'"#/components/(\w+)/([^"]+)"')
_API = "/api/v3"  # where GitHub Enterprise has it, and so any host but github.com


def cut(description: Path, host: str) -> str:
    """The description as JSON; every address of GitHub's API in it, also in examples, is at `host`."""
    whole = json.loads(description.read_bytes())
    common = ("parameters", "servers")
    kept = {
        f"{_API}{path}": {key: value for key, value in whole["paths"][path].items() if key in (*methods, *common)}
        for path, methods in PATHS.items()
    }
    for operation in (kept[path][method] for path in kept for method in kept[path] if method not in common):
        for response in operation["responses"].values():
            response.pop("headers", None)  # the example of `Link` leads to a page that no path has
    components: dict[str, dict[str, Any]] = {}
    for kind, name in _references(kept, whole["components"]):
        components.setdefault(kind, {})[name] = whole["components"][kind][name]
    document = {name: whole[name] for name in ("openapi", "info")}
    document |= {"servers": [{"url": f"http://{host}"}], "paths": kept, "components": components}
    return json.dumps(document).replace("https://api.github.com", f"http://{host}{_API}")


def _references(start: Any, components: dict[str, Any]) -> Iterator[tuple[str, str]]:
    """All components that a part of the description needs, each once."""
    seen: set[tuple[str, str]] = set()
    pending = [json.dumps(start)]
    while pending:
        for kind, name in _REFERENCE.findall(pending.pop()):
            if (kind, name) not in seen:
                seen.add((kind, name))
                yield kind, name
                pending.append(json.dumps(components[kind][name]))
