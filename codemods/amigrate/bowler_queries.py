"""A team's Bowler queries as codemods: what `Query` would write goes through our preview, review and apply.

Bowler (https://pybowler.io) is unmaintained, and parses with fissix, which knows no syntax newer than Python 3.9: a
file with `match` in it is reported and left as it is. It is imported here only for who has a `Query`.
"""

from __future__ import annotations

import inspect
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from functools import cache
from pathlib import PurePosixPath
from typing import TYPE_CHECKING, Any

import libcst as cst
from libcst.codemod import VisitorBasedCodemodCommand

from amigrate.rewrite.source import RewriteError

if TYPE_CHECKING:
    from bowler import Query


def is_query(value: object) -> bool:
    """Whether a value is a Bowler `Query`."""
    bowler = sys.modules.get("bowler.query")
    return bowler is not None and isinstance(value, bowler.Query)


def query_from(value: object) -> Query | None:
    """The query that a value is, or that it returns as a function of the team's without parameters; else None."""
    if inspect.isfunction(value) and not inspect.signature(value).parameters:
        with not_executed():
            value = value()
    return value if is_query(value) else None


@contextmanager
def not_executed() -> Iterator[None]:
    """Queries cannot be executed in this block: Bowler would write to the files by itself.

    Raises:
        RuntimeError: in the block, when one is.
    """
    bowler: Any = sys.modules.get("bowler.query")
    if bowler is None:
        yield
        return

    def execute(self: object, **_: object) -> None:
        raise RuntimeError("a Query is not to be executed here; leave .write(), .diff() and the like out")

    before, bowler.Query.execute = bowler.Query.execute, execute
    try:
        yield
    finally:
        bowler.Query.execute = before


def command_of_query(query: Query, name: str, description: str) -> type[VisitorBasedCodemodCommand]:
    """A LibCST command that does to a file what the query does."""

    def transform_module_impl(self: VisitorBasedCodemodCommand, tree: cst.Module) -> cst.Module:
        path = self.context.filename or ""
        after = _rewritten(query, path, tree.code) if _is_wanted(query, path) else tree.code
        return tree if after == tree.code else cst.parse_module(after)

    members = {"DESCRIPTION": description, "transform_module_impl": transform_module_impl}
    return type(name, (VisitorBasedCodemodCommand,), members)


def _is_wanted(query: Query, path: str) -> bool:
    """Whether the query is for this file: it may have paths, and a function that knows."""
    folders = [PurePosixPath(one) for one in query.paths]
    inside = any(PurePosixPath(path).is_relative_to(folder) for folder in folders)
    return inside and (query.filename_matcher is None or bool(query.filename_matcher(path)))


def _rewritten(query: Query, path: str, text: str) -> str:
    """What the query makes of a text.

    Raises:
        RewriteError: Bowler cannot parse it, or what it would become.
    """
    from bowler.types import BadTransform
    from moreorless.patch import apply_single_file

    tool = _tool(query)
    whole = text if text.endswith("\n") else f"{text}\n"  # fissix knows no last line without an end
    tree = tool.refactor_string(whole, path)
    after = str(tree)
    try:
        hunks = tool.processed_file(after, path, whole)
    except BadTransform as error:
        raise RewriteError(str(error)) from error
    wanted = [hunk for hunk in hunks if all(process(path, hunk) is not False for process in query.processors)]
    if len(wanted) < len(hunks):
        lines = "".join("\n".join(hunk[2:]) + "\n" for hunk in wanted)
        after = apply_single_file(whole, f"--- {path}\n+++ {path}\n{lines}") if wanted else whole
    return after if whole == text else after.removesuffix("\n")


@cache
def _tool(query: Query) -> Any:
    """What runs the query on texts, within this process."""
    from bowler.tool import BowlerTool

    class Tool(BowlerTool):  # type: ignore[misc]  # Bowler has no types
        def log_error(self, message: str, *values: Any, **_: Any) -> None:
            """It would go on without a word that reaches the user."""
            raise RewriteError(f"Bowler cannot parse it: {_place(values)}")

    options = {"print_function": True} if query.python_version == 3 else {}
    return Tool(query.compile(), interactive=False, silent=True, in_process=True, options=options)


def _place(values: tuple[Any, ...]) -> str:
    error = values[-1] if values else None
    context = getattr(error, "context", None)
    line = f"line {context[1][0]}: " if context else ""
    return f"{line}{getattr(error, 'msg', None) or error}"
