"""What a type checker knows of the expressions of a project: frozen data, and a view that loads it file by file."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass, field
from enum import StrEnum
from pathlib import Path


class Kind(StrEnum):
    """What an expression is to us. `OTHER`, when exact, is certainly none of the rest; `UNKNOWN` may be any.

    `OTHER` does not say that nothing in it queries: a list of querysets, a RawQuerySet, a Page or a form are `OTHER`.
    """

    QUERYSET = "queryset"
    MANAGER = "manager"
    RELATED = "related"
    MODEL = "model"
    SESSION = "session"
    CACHE = "cache"
    REQUEST = "request"
    OTHER = "other"
    UNKNOWN = "unknown"


@dataclass(frozen=True, slots=True)
class Evidence:
    """The type of one expression.

    Args:
        classes: (module, class name) of all it may be an instance of, without NoneType. More than one kind among them
            makes the kind `UNKNOWN`.
        model: (module, class name) of the model of a queryset or manager, or of the model instance, when it is known.
        exact: the classes are all that it can be, and all of one kind; False where an unknown type is mixed in.
        text: the type as the type checker writes it, perhaps shortened; for people, not to be matched.
    """

    kind: Kind
    classes: tuple[tuple[str, str], ...] = ()
    model: tuple[str, str] | None = None
    exact: bool = False
    text: str = "Unknown"


UNKNOWN = Evidence(Kind.UNKNOWN)


@dataclass(frozen=True, slots=True)
class FileTypes:
    """The types in one file: `spans` maps a position (see `position`) to its index in `evidence`."""

    evidence: tuple[Evidence, ...]
    spans: Mapping[str, int]

    def to_json(self) -> str:
        rows = [[item.kind, item.classes, item.model, item.exact, item.text] for item in self.evidence]
        return json.dumps({"evidence": rows, "spans": dict(self.spans)}, separators=(",", ":"))

    @classmethod
    def from_json(cls, text: str) -> FileTypes:
        """Raises ValueError, KeyError or TypeError for what `to_json` did not write."""
        raw = json.loads(text)
        evidence = tuple(
            Evidence(
                Kind(kind),
                tuple((module, name) for module, name in classes),
                (model[0], model[1]) if model else None,
                exact,
                shown,
            )
            for kind, classes, model, exact, shown in raw["evidence"]
        )
        return cls(evidence, raw["spans"])


def position(line: int, col: int, end_line: int, end_col: int) -> str:
    """The key of an expression in `FileTypes.spans`, from `ast` coordinates (columns from 0, in UTF-8 bytes)."""
    return f"{line}:{col + 1}-{end_line}:{end_col + 1}"


@dataclass(frozen=True, slots=True)
class Oracle:
    """What is known of the types of a project; paths are relative to its root, with `/`.

    `sources` holds the types of a file, or the file to load them from when they are first asked for.
    """

    sources: Mapping[str, FileTypes | Path]
    _loaded: dict[str, FileTypes] = field(default_factory=dict, repr=False, compare=False)

    def covers(self, path: str) -> bool:
        """Was this file looked at? If not, `type_of` knows nothing of it."""
        return path in self.sources

    def type_of(self, path: str, line: int, col: int, end_line: int, end_col: int) -> Evidence:
        """The type of the expression at these `ast` coordinates, or `UNKNOWN`."""
        types = self._types(path)
        index = types.spans.get(position(line, col, end_line, end_col))
        return UNKNOWN if index is None else types.evidence[index]

    def _types(self, path: str) -> FileTypes:
        if path not in self._loaded:
            self._loaded[path] = _load(self.sources.get(path))
        return self._loaded[path]


def _load(source: FileTypes | Path | None) -> FileTypes:
    if isinstance(source, FileTypes):
        return source
    if source is None:
        return FileTypes((), {})
    # The cache is a convenience: another process may have pruned it since, and then less is known.
    try:
        return FileTypes.from_json(source.read_text(encoding="utf-8"))
    except (OSError, ValueError, KeyError, TypeError):
        return FileTypes((), {})
