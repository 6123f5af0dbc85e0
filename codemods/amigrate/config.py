"""`[tool.amigrate]` of a project's pyproject.toml."""

from __future__ import annotations

import tomllib
from collections.abc import Mapping
from dataclasses import dataclass
from difflib import get_close_matches
from pathlib import Path
from typing import Literal, TypedDict, cast

from amigrate.pyproject import parsed

Kind = Literal["text", "texts", "number", "flag"]


class ConfigError(ValueError):
    """The configuration is wrong; the message names the file, the key and what it takes."""


class Settings(TypedDict, total=False):
    """The fields of `pipeline.Options` that a project sets."""

    select: tuple[str, ...]
    ignore: tuple[str, ...]
    django: str
    python: str
    jobs: int
    include: tuple[str, ...]
    exclude: tuple[str, ...]
    only_worthwhile: bool
    confidence: str
    helpers: str
    runtime: bool
    websockets: str
    entries: tuple[str, ...]
    codemods: tuple[str, ...]
    pyrefly: bool
    cache: bool


@dataclass(frozen=True, slots=True)
class _Key:
    kind: Kind
    choices: tuple[str, ...] = ()
    field: str = ""


_KEYS = {
    "select": _Key("texts"),
    "ignore": _Key("texts"),
    "django": _Key("text"),
    "python": _Key("text"),
    "jobs": _Key("number"),
    "include": _Key("texts"),
    "exclude": _Key("texts"),
    "only": _Key("text", ("worthwhile",), "only_worthwhile"),
    "confidence": _Key("text", ("safe", "review")),
    "helpers": _Key("text", ("bridge", "twin")),
    "runtime": _Key("flag"),
    "websockets": _Key("text", ("native", "channels")),
    "entry": _Key("texts", field="entries"),
    "codemods": _Key("texts"),
    "pyrefly": _Key("flag"),
    "cache": _Key("flag"),
}

_WANTED = {
    "text": "a string",
    "texts": "a list of strings",
    "number": "a whole number, 0 or more",
    "flag": "true or false",
}


def find(root: Path) -> Path | None:
    """The pyproject.toml that configures `root`: the nearest with a `[tool.amigrate]`, up to the top of the repository.

    Outside a repository only `root` itself is looked at.

    Raises:
        ConfigError: a pyproject.toml on the way cannot be read.
    """
    folders = [root, *root.parents]
    top = next((at for at, folder in enumerate(folders) if (folder / ".git").exists()), 0)
    for folder in folders[: top + 1]:
        if (folder / "pyproject.toml").is_file() and _table(folder / "pyproject.toml") is not None:
            return folder / "pyproject.toml"
    return None


def load(path: Path) -> Settings:
    """The settings in the `[tool.amigrate]` of the pyproject.toml at `path`.

    Raises:
        ConfigError: the file cannot be read, or a key is unknown or has a value of another kind.
    """
    settings: dict[str, object] = {}
    for name, value in (_table(path) or {}).items():
        key = _KEYS.get(name)
        if key is None:
            near = get_close_matches(name, _KEYS, 1)
            hint = f"did you mean `{near[0]}`?" if near else f"known are {', '.join(_KEYS)}"
            raise ConfigError(f"{path}: [tool.amigrate] has an unknown key `{name}`; {hint}")
        settings[key.field or name] = _value(path, name, key, value)
    if "only_worthwhile" in settings:
        settings["only_worthwhile"] = True
    return cast(Settings, settings)


def _table(path: Path) -> Mapping[str, object] | None:
    try:
        document = parsed(path.read_bytes().decode())
    except (OSError, UnicodeDecodeError, tomllib.TOMLDecodeError, RecursionError) as error:
        raise ConfigError(f"{path}: cannot be read: {error}") from error
    tool = document.get("tool", {})
    table = tool.get("amigrate") if isinstance(tool, dict) else None
    if table is not None and not isinstance(table, dict):
        raise ConfigError(f"{path}: `tool.amigrate` must be a table")
    return table


def _value(path: Path, name: str, key: _Key, value: object) -> object:
    match key.kind, value:
        case "text", str() if not key.choices or value in key.choices:
            return value
        case "texts", list() if all(isinstance(item, str) for item in value):
            return tuple(value)
        case "number", int() if not isinstance(value, bool) and value >= 0:
            return value
        case "flag", bool():
            return value
    wanted = " or ".join(f'"{choice}"' for choice in key.choices) or _WANTED[key.kind]
    raise ConfigError(f"{path}: [tool.amigrate] `{name}` must be {wanted}, not {value!r}")
