"""Ids of codemods that a user gives."""

from __future__ import annotations

from collections.abc import Iterable
from difflib import get_close_matches
from pathlib import Path
from typing import TYPE_CHECKING

from amigrate_cli.errors import Stop

if TYPE_CHECKING:
    from amigrate.pipeline import Options


def require_known_codemods(options: Options, root: Path) -> None:
    """Raises Stop when `select` or `ignore` name a codemod that neither amigrate nor the team has."""
    given = (*options.select, *options.ignore)
    if not given:
        return
    from amigrate.registry import metadata

    known = [one.id for one in metadata()]
    if set(given) <= set(known):
        return
    from amigrate.user_codemods import UserCodemodError, load_user_codemods

    try:
        known += load_user_codemods(options.codemods, root)
    except UserCodemodError as error:
        raise Stop(str(error)) from error
    for codemod in given:
        if codemod not in known:
            raise unknown_codemod(codemod, known)


def unknown_codemod(codemod: str, known: Iterable[str]) -> Stop:
    """The error for an id that is none, with ids that are near it."""
    near = get_close_matches(codemod, known, 3)
    hint = f"did you mean {' or '.join(near)}?" if near else "`amigrate list` names them all"
    return Stop(f"no codemod {codemod}; {hint}")
