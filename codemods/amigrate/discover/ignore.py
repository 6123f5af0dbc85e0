"""Which files of a tree belong to the project: what git lists, or what no `.gitignore` on the way excludes."""

from __future__ import annotations

from collections.abc import Collection, Iterable
from pathlib import Path
from typing import TYPE_CHECKING, Protocol

from amigrate.git_files import git_files

if TYPE_CHECKING:
    from pathspec import GitIgnoreSpec

_IGNORE_FILE_LIMIT = 1_000_000


class Selection(Protocol):
    """Says during a walk what belongs to the project. Paths are relative, with `/`."""

    def enter(self, folder: str, names: Collection[str]) -> None:
        """The walk is about to judge the entries of `folder` ("" for the root)."""

    def keeps(self, path: str, *, folder: bool) -> bool:
        """Whether a file, or anything below a folder, belongs to the project."""


class GitListed:
    """The files that git tracks, and the untracked ones that it does not ignore."""

    def __init__(self, paths: Iterable[str]) -> None:
        self._files = frozenset(paths)
        self._folders: set[str] = set()
        for path in self._files:
            head = path.rpartition("/")[0]
            while head and head not in self._folders:
                self._folders.add(head)
                head = head.rpartition("/")[0]

    def enter(self, folder: str, names: Collection[str]) -> None:
        """Nothing to prepare: git has said it all."""

    def keeps(self, path: str, *, folder: bool) -> bool:
        """Whether git listed the file, or a file below the folder."""
        return path in (self._folders if folder else self._files)


class NotIgnored:
    """All files but those excluded by the `.gitignore` of a folder on the way; the innermost has the last word."""

    def __init__(self, root: Path) -> None:
        self._root = root
        self._rules: dict[str, tuple[tuple[str, GitIgnoreSpec], ...]] = {}

    def enter(self, folder: str, names: Collection[str]) -> None:
        """Reads the rules of `folder`, if it has any."""
        rules = self._rules.get(folder.rpartition("/")[0], ()) if folder else ()
        if ".gitignore" in names and (spec := _ignore_spec(self._root / folder / ".gitignore")):
            rules = ((f"{folder}/" if folder else "", spec), *rules)
        self._rules[folder] = rules

    def keeps(self, path: str, *, folder: bool) -> bool:
        """Whether no rule excludes `path`."""
        for prefix, spec in self._rules[path.rpartition("/")[0]]:
            verdict = spec.check_file(path[len(prefix) :] + ("/" if folder else "")).include
            if verdict is not None:
                return not verdict
        return True


def selection(root: Path) -> Selection:
    """What git lists below `root`; without git, a repository or a file in it, all that `.gitignore` files leave."""
    listed = git_files(root)
    return GitListed(listed) if listed else NotIgnored(root)


def _ignore_spec(path: Path) -> GitIgnoreSpec | None:
    from pathspec import GitIgnoreSpec  # only where git is not asked: importing it takes 10 ms

    try:
        if path.is_symlink() or not path.is_file() or path.stat().st_size > _IGNORE_FILE_LIMIT:
            return None
        text = path.read_text(encoding="utf-8", errors="replace")
    except OSError:
        return None
    patterns = []
    for line in text.splitlines():
        try:
            GitIgnoreSpec.from_lines([line])
        except ValueError:  # git skips a pattern that it does not understand
            continue
        patterns.append(line)
    return GitIgnoreSpec.from_lines(patterns)
