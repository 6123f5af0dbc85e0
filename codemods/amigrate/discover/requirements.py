"""Reads requirement files, lock files and packaging metadata, without running any of them."""

from __future__ import annotations

import ast
import configparser
import json
import posixpath
import re
import tomllib
from collections.abc import Callable, Collection, Iterator, Mapping
from pathlib import Path

from amigrate.discover.constants import Reader
from amigrate.discover.declared import Declared
from amigrate.discover.expressions import dotted, evaluate
from amigrate.discover.files import read_inside
from amigrate.discover.scripts import parse
from amigrate.pyproject import parsed

_REQUIREMENTS = re.compile(r"(?:.*/)?(?:[^/]*requirements?[^/]*\.(?:txt|in|lock)|requirements/[^/]+\.(?:txt|in))")
_FOR_ONE_DJANGO = re.compile(r"dj(?:ango)?[-_.]?\d")  # a test matrix: `requirements/django52.txt`
_INCLUDE = re.compile(r"(?:-r|-c|--requirement|--constraint)[ =]?\s*(\S+)")
_PYTHON_VERSION = re.compile(r"(?:cpython-|python-)?(\d+\.\d+)")
_MAX_FILES = 200


def read_declared(root: Path, folders: Collection[str], paths: Collection[str]) -> Declared:
    """What the files in `folders` ("" is the root) say about Django and Python; unreadable ones say nothing."""
    declared = Declared()
    for folder in sorted(folders, key=lambda folder: (folder.count("/"), folder)):
        for name, reader in _READERS.items():
            path = f"{folder}/{name}" if folder else name
            if path in paths:
                reader(declared, root, path)
    for path in sorted(paths, key=lambda path: (path.endswith(".in"), path.count("/"), path)):
        above = path.rpartition("/")[0]
        above = above.removesuffix("requirements").rstrip("/") if above.rpartition("/")[2] == "requirements" else above
        if above in folders and _REQUIREMENTS.fullmatch(path) and not _FOR_ONE_DJANGO.search(path.rpartition("/")[2]):
            declared.require(path, _requirement_lines(root, path, set()))
    return declared


def _requirement_lines(root: Path, path: str, seen: set[str]) -> Iterator[str]:
    """The requirements of a pip file and of those that it includes, without comments, hashes and options."""
    if path in seen or len(seen) > _MAX_FILES:
        return
    seen.add(path)
    text = read_inside(root, path).decode("utf-8", "replace").replace("\\\n", " ")
    for line in text.splitlines():
        line = re.split(r"(?:^|\s)#|\s--", line, maxsplit=1)[0].strip()
        if match := _INCLUDE.fullmatch(line):
            yield from _requirement_lines(
                root, posixpath.normpath(posixpath.join(posixpath.dirname(path), match[1])), seen
            )
        elif line and not line.startswith("-"):
            yield line


def _lock(declared: Declared, root: Path, path: str) -> None:
    """poetry.lock, uv.lock, pdm.lock and pylock.toml."""
    data = _toml(root, path)
    for key in ("package", "packages"):
        for package in _list(data.get(key)):
            if isinstance(package, dict):
                declared.lock(path, package.get("name"), package.get("version"))
    declared.require_python(path, data.get("requires-python"))
    declared.require_poetry(path, {"python": _at(data, "metadata", "python-versions")})
    declared.require_python(path, _at(data, "metadata", "requires_python"))


def _pipfile_lock(declared: Declared, root: Path, path: str) -> None:
    try:
        data = json.loads(read_inside(root, path) or b"{}")
    except (ValueError, RecursionError):
        return
    for section in ("default", "develop"):
        packages = _at(data, section)
        for name, package in packages.items() if isinstance(packages, dict) else ():
            declared.lock(path, name, _at(package, "version"))
    if isinstance(version := _at(data, "_meta", "requires", "python_version"), str):
        declared.require_python(path, f"=={version}.*")


def _pipfile(declared: Declared, root: Path, path: str) -> None:
    data = _toml(root, path)
    declared.require_poetry(path, data.get("packages"))
    if isinstance(version := _at(data, "requires", "python_version"), str):
        declared.require_python(path, f"=={version}.*")


def _pyproject(declared: Declared, root: Path, path: str) -> None:
    data = _toml(root, path, parsed)
    declared.require_python(path, _at(data, "project", "requires-python"))
    declared.require(path, _list(_at(data, "project", "dependencies")))
    declared.require_poetry(path, _at(data, "tool", "poetry", "dependencies"))
    declared.classify(_at(data, "project", "classifiers"))
    declared.classify(_at(data, "tool", "poetry", "classifiers"))
    if not declared.django:
        for groups in (_at(data, "project", "optional-dependencies"), _at(data, "dependency-groups")):
            for group in groups.values() if isinstance(groups, dict) else ():
                declared.require(path, _list(group))
        poetry_groups = _at(data, "tool", "poetry", "group")
        for group in poetry_groups.values() if isinstance(poetry_groups, dict) else ():
            declared.require_poetry(path, _at(group, "dependencies"))


def _setup_cfg(declared: Declared, root: Path, path: str) -> None:
    parser = configparser.RawConfigParser(strict=False, allow_no_value=True)
    try:
        parser.read_string(read_inside(root, path).decode("utf-8", "replace"))
    except configparser.Error:
        return
    declared.require_python(path, parser.get("options", "python_requires", fallback=None))
    declared.require(path, (parser.get("options", "install_requires", fallback="") or "").splitlines())
    declared.classify((parser.get("metadata", "classifiers", fallback="") or "").splitlines())


def _setup_py(declared: Declared, root: Path, path: str) -> None:
    tree = parse(read_inside(root, path))
    names = Reader(root, lambda _: "", ()).read(path)
    for call in ast.walk(tree) if tree else ():
        if not isinstance(call, ast.Call) or dotted(call.func).rpartition(".")[2] != "setup":
            continue
        options = {keyword.arg: evaluate(keyword.value, names) for keyword in call.keywords}
        required = options.get("install_requires")
        declared.require(path, [required] if isinstance(required, str) else _list(required))
        declared.require_python(path, options.get("python_requires"))
        declared.classify(options.get("classifiers"))


def _python_version(declared: Declared, root: Path, path: str) -> None:
    """.python-version and runtime.txt."""
    for line in read_inside(root, path).decode("utf-8", "replace").splitlines()[:5]:
        if match := _PYTHON_VERSION.match(line.strip()):
            declared.require_python(path, f"=={match[1]}.*")
            return


def _toml(root: Path, path: str, parse: Callable[[str], Mapping[str, object]] = tomllib.loads) -> Mapping[str, object]:
    try:
        return parse(read_inside(root, path).decode("utf-8", "replace"))
    except (tomllib.TOMLDecodeError, RecursionError):
        return {}


def _at(data: object, *keys: str) -> object:
    for key in keys:
        data = data.get(key) if isinstance(data, dict) else None
    return data


def _list(value: object) -> list[object]:
    return value if isinstance(value, list) else []


# In the order in which they decide on Python; of Django's versions, locked ones come before all ranges.
_READERS: dict[str, Callable[[Declared, Path, str], None]] = {
    "pyproject.toml": _pyproject,
    "setup.cfg": _setup_cfg,
    "setup.py": _setup_py,
    ".python-version": _python_version,
    "poetry.lock": _lock,
    "uv.lock": _lock,
    "pdm.lock": _lock,
    "pylock.toml": _lock,
    "Pipfile.lock": _pipfile_lock,
    "Pipfile": _pipfile,
    "runtime.txt": _python_version,
}
