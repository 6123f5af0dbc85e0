"""One way to say what sites become, for all tests of transformers."""

from __future__ import annotations

from collections.abc import Callable
from textwrap import indent

import pytest

from amigrate.model import Site
from amigrate.registry import codemods
from amigrate.rewrite.rewrite import rewrite_source
from amigrate.testing import site_at

HEAD = "async def f():\n"

# codemod, ast class, source text (may end with …), parameters; `nth` among these counts equal texts from 0
Place = tuple[str, str, str, dict[str, str]]


def _rewrite(body: str, *places: Place, head: str = "") -> tuple[str, str]:
    """The body and what stands above the function, after rewriting; both compile together."""
    source = head + HEAD + indent(body, "    ")
    sites = [_site(source, *place) for place in places]
    after = rewrite_source("example.py", source.encode(), sites, codemods()).after.decode()
    compile(after, "example.py", "exec")
    above, _, below = after.partition(HEAD)
    return "".join(line.removeprefix("    ") for line in below.splitlines(keepends=True)), above


def _site(source: str, codemod: str, node: str, text: str, params: dict[str, str]) -> Site:
    others = {key: value for key, value in params.items() if key != "nth"}
    text = text.replace("\n", "\n    ")  # as it stands in the function
    return site_at(source, text, node, codemod, nth=int(params.get("nth", "0")), **others)


@pytest.fixture
def body_after() -> Callable[..., str]:
    """Rewrites a body, given without its indentation, of an async function; gives the new body."""
    return lambda body, *places: _rewrite(body, *places)[0]


@pytest.fixture
def head_after() -> Callable[..., str]:
    """Rewrites a body below `head`; gives the new head, with its imports."""
    return lambda head, body, *places: _rewrite(body, *places, head=head)[1]
