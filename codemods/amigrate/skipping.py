"""Folders that are never a project's own code."""

from __future__ import annotations

from collections.abc import Collection

SKIPPED_FOLDERS = frozenset(
    {".git", ".hg", ".svn", ".tox", ".nox", ".eggs", "node_modules", "bower_components", "__pycache__"}
)
_OUTPUT_FOLDERS = frozenset({"build", "dist"})
_FOREIGN_MARKERS = frozenset({"pyvenv.cfg", "conda-meta", "CACHEDIR.TAG"})


def is_foreign(folder: str, names: Collection[str]) -> bool:
    """Whether a folder is an environment, a cache or a build result. An app may be called `build`: it is a package."""
    if not _FOREIGN_MARKERS.isdisjoint(names):
        return True
    return folder.rpartition("/")[2] in _OUTPUT_FOLDERS and "__init__.py" not in names
