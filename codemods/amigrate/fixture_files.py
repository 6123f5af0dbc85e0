"""The before/after cases in `fixtures/<codemod-id>/<case>.py`: tests, and the documentation of `amigrate explain`.

Cases of templates are `<case>.html`, with `{# … #}` where a Python file has `# …`. A file reads from top to bottom:
comment lines that say what the case shows, and options such as `# django: 5.1`; a blank line; the code before; the
line `# --- after`; the code after. A case named `skip_…` has no after: its code must not change.
Lines `# file: shop/urls.py` part what is in several files of a project.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path

MARKER = "# --- after"
SKIP = "skip_"

_TEMPLATE = ".html"
_COMMENT = re.compile(r"^{# (.*) #}$", re.MULTILINE)
_OPTION = re.compile(r"# (?P<key>[a-z]+): (?P<value>.+)")
_OPTIONS = frozenset(
    {"async", "backends", "codemods", "django", "entry", "helpers", "middleware", "path", "python", "runtime", "select"}
    | {"websockets"}
)
_FILE = re.compile(r"# file: (?P<path>[\w./-]+)\n")


class FixtureError(ValueError):
    """A fixture that is not in the format; the message names the file and what is wrong."""


@dataclass(frozen=True, slots=True)
class Fixture:
    """One case. `after` equals `before` if nothing must change.

    Options: `async`, the names that are async in a template; `django` and `python`, the least versions; `entry`,
    the functions that are entry points; `codemods`, the ids that take part beside that of the folder; `helpers` and
    `select`, as on the command line; `runtime`, if django_ahead may be imported; `websockets`, as on the command line;
    `path`, its file; `backends`, what of it AUTHENTICATION_BACKENDS names; `middleware`, what of it MIDDLEWARE names,
    with that codemod selected.
    """

    codemod: str
    name: str
    title: str
    before: str
    after: str
    options: Mapping[str, str] = field(default_factory=dict)

    @property
    def is_skip(self) -> bool:
        """Whether the case shows code that must not change."""
        return self.name.startswith(SKIP)


def read_fixture(path: Path) -> Fixture:
    """The case in one file; its folder is the id of its codemod.

    Raises:
        FixtureError: there is no after, or more than one, or an after in a `skip_` case, or no title.
        OSError: the file cannot be read.
    """
    lines = path.read_text(encoding="utf-8").splitlines(keepends=True)
    if path.suffix == _TEMPLATE:  # its own comments are like those of the format
        blank = next((index for index, line in enumerate(lines) if not line.strip()), 0)
        lines = [_as_python(line) if at < blank or MARKER in line else line for at, line in enumerate(lines)]
    head = next((index for index, line in enumerate(lines) if not line.startswith("#")), len(lines))
    title, options = _header(lines[:head])
    if not title or head == len(lines) or lines[head].strip():
        raise FixtureError(f"{path}: begin with comment lines that say what the case shows, then a blank line")
    before, after = _halves(path, lines[head + 1 :])
    return Fixture(path.parent.name, path.stem, title, before, after, options)


def _as_python(line: str) -> str:
    return _COMMENT.sub(r"# \1", line)


def files_of(text: str, path: str) -> dict[str, str]:
    """The files of the code of a case: one at `path`, or those that it names."""
    marks = list(_FILE.finditer(text))
    if not marks:
        return {path: text}
    ends = [*(mark.start() for mark in marks[1:]), len(text)]
    return {mark["path"]: text[mark.end() : end].strip("\n") + "\n" for mark, end in zip(marks, ends, strict=True)}


def fixtures_of(folder: Path, codemod: str) -> tuple[Fixture, ...]:
    """The cases of one codemod below `folder`, by name, those that change something first; none if there is no folder.

    Raises:
        FixtureError: one of them is not in the format.
    """
    cases = [read_fixture(path) for path in (folder / codemod).glob("*") if path.suffix in (".py", _TEMPLATE)]
    return tuple(sorted(cases, key=lambda case: (case.is_skip, case.name)))


def _header(lines: list[str]) -> tuple[str, dict[str, str]]:
    title: list[str] = []
    options: dict[str, str] = {}
    for line in lines:
        match = _OPTION.fullmatch(line.strip())
        if match and match["key"] in _OPTIONS:
            options[match["key"]] = match["value"]
        else:
            title.append(line.removeprefix("#").strip())
    return " ".join(title), options


def _halves(path: Path, lines: list[str]) -> tuple[str, str]:
    marks = [index for index, line in enumerate(lines) if line.strip() == MARKER]
    skip = path.stem.startswith(SKIP)
    if len(marks) != (0 if skip else 1):
        expected = f"no line {MARKER!r}: its code must not change" if skip else f"exactly one line {MARKER!r}"
        raise FixtureError(f"{path}: expected {expected}, found {len(marks)}")
    if skip:
        return "".join(lines), "".join(lines)
    return "".join(lines[: marks[0]]), "".join(lines[marks[0] + 1 :])
