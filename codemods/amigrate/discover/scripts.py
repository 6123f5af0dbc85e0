"""The settings module that scripts and test configuration name."""

from __future__ import annotations

import ast
import configparser
import tomllib
import warnings
from collections.abc import Iterator
from pathlib import Path

from amigrate.discover.files import read_inside
from amigrate.pyproject import parsed

VARIABLE = "DJANGO_SETTINGS_MODULE"


def parse(source: bytes) -> ast.Module | None:
    """The tree of a Python file, or None when it cannot be parsed."""
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")  # such as invalid escapes in the project's strings
            return ast.parse(source)
    except (SyntaxError, ValueError, RecursionError, MemoryError):
        return None


def named_settings(root: Path, path: str) -> tuple[str, ...]:
    """The dotted settings modules that a script such as `manage.py` names, those for tests last."""
    source = read_inside(root, path)
    tree = parse(source) if VARIABLE.encode() in source else None
    found = dict.fromkeys(_named_in(tree)) if tree else {}
    return tuple(sorted(found, key=lambda name: "test" in name.rpartition(".")[2]))


def configured_settings(root: Path, path: str) -> tuple[str, ...]:
    """The dotted settings module that pytest or tox is told about in an ini file or `pyproject.toml`."""
    text = read_inside(root, path).decode("utf-8", "replace")
    if VARIABLE not in text:
        return ()
    if path.endswith(".toml"):
        return _in_toml(text)
    parser = configparser.RawConfigParser(strict=False, allow_no_value=True)
    try:
        parser.read_string(text)
    except configparser.Error:
        return ()
    values = (parser.get(section, VARIABLE, fallback=None) for section in ("pytest", "tool:pytest"))
    return tuple(value.strip() for value in values if value)


def _in_toml(text: str) -> tuple[str, ...]:
    try:
        options = parsed(text)["tool"]["pytest"]
        value = options.get("ini_options", options)[VARIABLE]
    except (tomllib.TOMLDecodeError, KeyError, TypeError, AttributeError):
        return ()
    return (value,) if isinstance(value, str) else ()


def _named_in(tree: ast.Module) -> Iterator[str]:
    for node in ast.walk(tree):
        value: ast.expr | None = None
        if isinstance(node, ast.Call):
            # os.environ.setdefault, os.environ.get, os.getenv, env(..., default=...)
            names = [isinstance(item, ast.Constant) and item.value == VARIABLE for item in node.args]
            if any(names):
                following = node.args[names.index(True) + 1 :]
                default = [keyword.value for keyword in node.keywords if keyword.arg == "default"]
                value = next(iter([*following, *default]), None)
        elif isinstance(node, ast.Assign) and any(_is_variable(target) for target in node.targets):
            value = node.value
        if isinstance(value, ast.Constant) and isinstance(value.value, str) and value.value:
            yield value.value


def _is_variable(target: ast.expr) -> bool:
    return (
        isinstance(target, ast.Subscript) and isinstance(target.slice, ast.Constant) and target.slice.value == VARIABLE
    )
