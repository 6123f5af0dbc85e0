"""Import roots of a project, and the dotted names of its files under them."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

from amigrate.discover.roles import is_app
from amigrate.discover.scripts import named_settings

# Folders of these names belong to the app around them, also when that app has no `__init__.py`.
_NEVER_TOP_LEVEL = frozenset({"migrations", "management", "commands", "templatetags", "tests", "test"})
_PROJECT_MARKERS = ("manage.py", "setup.py", "setup.cfg", "pyproject.toml", ".git")
_IMPORT = re.compile(rb"^[ \t]*(?:from|import)[ \t]+([A-Za-z_][\w.]*)", re.MULTILINE)
_DOTTED_STRING = re.compile(rb"[\"']([A-Za-z_]\w*(?:\.\w+)+)[\"']")
_NAMES_APPS = re.compile(r"(?:^|/)(?:apps|manage|urls|[^/]*settings[^/]*)\.py$|(?:^|/)settings/[^/]+\.py$")
_HEAD_BYTES = 4096


@dataclass(frozen=True, slots=True)
class Roots:
    """Import roots that are certain, and folders that may be one: `apps` in `apps/shop/__init__.py`."""

    sure: frozenset[str]
    possible: frozenset[str]


def find_roots(root: Path, python: Sequence[str], paths: Collection[str]) -> Roots:
    """The folders from which the project's modules are, or may be, imported; relative, "." for the root.

    `python` are the Python files that count, `paths` all files of the project (a set). When the root itself lies in a
    package, the folder that contains this package ("..", "../..") stands for it.
    """
    packages = {path.rpartition("/")[0] for path in python if path.endswith("/__init__.py")}
    base = _base_root(root, paths)
    sure = frozenset({base, *(folder for folder in _script_folders(root, python, paths) if folder)})
    possible = _candidates(python, packages) - sure if base == "." else set()
    return Roots(sure, frozenset(possible))


def choose_roots(
    root: Path, found: Roots, python: Sequence[str], paths: Collection[str], installed_apps: Sequence[str]
) -> tuple[str, ...]:
    """The import roots, sorted: those that are sure and, of the possible ones, those that the project's names prove."""
    chosen = set(found.sure)
    tops = _top_level_names(python) if found.possible else {}
    imported: Counter[str] | None = None
    for candidate in sorted(found.possible, key=lambda folder: (folder.count("/"), folder)):
        inside = tops.get(candidate, set())
        verdict = _verdict(candidate, chosen, inside, Counter(installed_apps))
        if not verdict:
            imported = _imported_names(root, python) if imported is None else imported
            verdict = _verdict(candidate, chosen, inside, imported)
        looks_like_app = is_app(candidate, paths) or f"{candidate}/views.py" in paths
        if verdict > 0 or (verdict == 0 and not looks_like_app):
            chosen.add(candidate)
    return tuple(sorted(chosen))


def module_name(root: Path, path: str, roots: Iterable[str]) -> str:
    """The dotted name of `path` under the innermost of `roots`; a package's `__init__.py` has the package's name."""
    inside = max((folder for folder in roots if path.startswith(f"{folder}/")), key=len, default="")
    stem = path[len(inside) + 1 if inside else 0 :].removesuffix(".py")
    parts = stem.split("/")
    if not inside:
        outer = next((folder for folder in roots if folder.startswith("..")), "")
        parts = [*root.parts[-(outer.count("..")) :], *parts] if outer else parts
    if parts[-1] == "__init__" and len(parts) > 1:
        parts.pop()
    return ".".join(parts)


def find_module(dotted: str, near: str, roots: Iterable[str], paths: Collection[str]) -> str:
    """The file of the module `dotted`, looked for in the folder `near` and then in `roots`; "" when not there."""
    relative = dotted.replace(".", "/")
    for folder in (near, *sorted(roots)):
        base = "" if folder in {"", "."} or folder.startswith("..") else f"{folder}/"
        for candidate in (f"{base}{relative}.py", f"{base}{relative}/__init__.py"):
            if candidate in paths:
                return candidate
    return ""


def _base_root(root: Path, paths: Collection[str]) -> str:
    """ "." , or the way up to where the package is imported from, when the root lies in a package."""
    if "__init__.py" not in paths or any((root / name).exists() for name in _PROJECT_MARKERS):
        return "."
    levels = 1
    while levels < len(root.parts) - 1 and (root.parents[levels - 1] / "__init__.py").exists():
        levels += 1
    return "/".join([".."] * levels)


def _script_folders(root: Path, python: Iterable[str], paths: Collection[str]) -> Iterable[str]:
    """The folders of `manage.py` files: Python puts them on the path."""
    for path in python:
        folder, _, name = path.rpartition("/")
        if name != "manage.py":
            continue
        named = named_settings(root, path)
        # In a folder that is also a package, the settings tell from where the project is imported.
        if f"{folder}/__init__.py" in paths and named and not find_module(named[0], folder, (), paths):
            continue
        yield folder


def _candidates(python: Iterable[str], packages: Collection[str]) -> set[str]:
    """Folders outside all packages that hold a top-level package, and folders called `src`."""
    found = set()
    for package in packages:
        above, _, name = package.rpartition("/")
        if name not in _NEVER_TOP_LEVEL:
            found.add(above)
    for path in python:
        parts = path.split("/")
        if "src" in parts[:-1]:
            found.add("/".join(parts[: parts.index("src") + 1]))
    return {folder for folder in found if folder and not _is_within(folder, packages)}


def _is_within(folder: str, packages: Collection[str]) -> bool:
    while folder:
        if folder in packages:
            return True
        folder = folder.rpartition("/")[0]
    return False


def _imported_names(root: Path, python: Iterable[str]) -> Counter[str]:
    """How often each dotted name is imported at the head of a file, or written out where Django's apps are named."""
    counted: Counter[str] = Counter()
    for path in python:
        try:
            with (root / path).open("rb", buffering=0) as file:
                head = file.read(_HEAD_BYTES)
        except OSError:
            continue
        counted.update(name.decode() for name in _IMPORT.findall(head))
        if _NAMES_APPS.search(path):
            counted.update(name.decode() for name in _DOTTED_STRING.findall(head))
    return counted


def _top_level_names(python: Iterable[str]) -> dict[str, set[str]]:
    """By folder, the names of the modules and packages that stand in it."""
    names: dict[str, set[str]] = {}
    for path in python:
        folder, _, name = path.rpartition("/")
        if name == "__init__.py":
            folder, _, name = folder.rpartition("/")
        names.setdefault(folder, set()).add(name.removesuffix(".py"))
    return names


def _verdict(candidate: str, roots: Iterable[str], inside: Collection[str], used: Mapping[str, int]) -> int:
    """Above 0 when the project says `shop` rather than `apps.shop`, where `apps` is the candidate and `shop` inside."""
    above = ["" if folder == "." else f"{folder}/" for folder in roots]
    prefixes = [candidate.removeprefix(folder).replace("/", ".") for folder in above if candidate.startswith(folder)]
    balance = 0
    for name, count in used.items():
        if name.partition(".")[0] in inside:
            balance += count
        if any(name == prefix or name.startswith(f"{prefix}.") for prefix in prefixes):
            balance -= count
    return balance
