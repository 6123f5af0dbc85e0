"""The page as bytes: its style and scripts are in it, and nothing is loaded from elsewhere.

The content security policy names style and script by their hash, so that nothing else is ever run, whatever a project
has in its code.
"""

from __future__ import annotations

import json
import re
from base64 import b64encode
from functools import cache
from hashlib import sha256
from importlib.resources import files

from amigrate.review.session import Session
from amigrate_cli.review.web.content import Json, content_of, state_of

STYLES = ("theme", "page", "hunks", "media")
# Each script comes after those that it imports from; names are unique across all of them.
SCRIPTS = (
    "dom", "model", "server", "theme", "syntax", "code", "dialogs", "about", "card", "menu", "listing", "filling",
    "tree", "toolbar", "deciding", "notices", "keys", "main",
)  # fmt: skip
_MODULE_LINES = re.compile(r"^import [^;]*;\n|^export (?=(?:async )?function|const|let|class)", re.MULTILINE)
# In JSON these only stand in texts, where an escape means the same: nothing can end the element or open a comment.
_ESCAPES = {ord(char): f"\\u{ord(char):04x}" for char in "<>&\u2028\u2029"}


def live_page() -> bytes:
    """The page that asks a server for its content; there is nothing of a project in it."""
    return _page("", "connect-src 'self'")


def static_page(session: Session, title: str) -> bytes:
    """The page with all of its content, to read. It needs no server and no network."""
    return _page(as_script({"content": content_of(session, title), "state": state_of(session)}), "connect-src 'none'")


def policy(connect: str) -> str:
    """The content security policy of the page."""
    hashes = [b64encode(sha256(text.encode()).digest()).decode() for text in (_style(), _script())]
    return (
        f"default-src 'none'; style-src 'sha256-{hashes[0]}'; script-src 'sha256-{hashes[1]}'; {connect}; "
        "img-src data:; base-uri 'none'; form-action 'none'"
    )


def as_script(data: Json) -> str:
    """JSON that may stand in a `<script>`: pure ASCII, and without what HTML gives a meaning."""
    return json.dumps(data, separators=(",", ":")).translate(_ESCAPES)


def _page(data: str, connect: str) -> bytes:
    parts = {"policy": policy(connect), "style": _style(), "script": _script(), "data": data}
    page = re.sub(r"\{\{(\w+)\}\}", lambda found: parts[found[1]], _asset("page.html"))
    return page.encode()


@cache
def _style() -> str:
    return "".join(_asset(f"{name}.css") for name in STYLES)


@cache
def _script() -> str:
    """The modules as one script."""
    modules = "\n".join(_MODULE_LINES.sub("", _asset(f"{name}.js")) for name in SCRIPTS)
    return f'"use strict";\n(() => {{\n{modules}}})();\n'


def _asset(name: str) -> str:
    return files(__package__).joinpath("assets", name).read_text("utf-8")
