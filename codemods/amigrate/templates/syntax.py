"""Updates of Django's own template syntax, as djade knows them, without its formatting.

djade formats a template as it updates it. So its result is compared with the template tag by tag, and only a tag that
says something else, and not the same in another layout, is taken over.
"""

from __future__ import annotations

import re
import shutil
import subprocess
import sysconfig
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from tempfile import TemporaryDirectory

from amigrate.model import Confidence, Failure, Group, Replacement, TextEdit
from amigrate.plan.ignores import ignored_in_template, is_ignored
from amigrate.templates.tokens import TAG, tokens
from amigrate.templates.uses import without_spaces

ID = "template-syntax"
_NEWEST = (6, 1)  # that djade knows
_AT_ONCE = 200  # files
_SECONDS = 120
_BIT = re.compile(r"""(?:"(?:[^"\\]|\\.)*"|'(?:[^'\\]|\\.)*'|[^\s"'])+""")
# djade merges `{% load %}` tags that stand together, which would leave fewer of them.
_BARRIER = "amigrate keeps these apart"
_LABELLED = ("endblock", "endpartialdef")


@dataclass(frozen=True, slots=True)
class Syntax:
    """Edits, each file a group of its own, and the files that could not be done."""

    edits: tuple[TextEdit, ...] = ()
    groups: tuple[Group, ...] = ()
    failures: tuple[Failure, ...] = ()


def syntax_edits(sources: Mapping[str, bytes], django: str) -> Syntax:
    """What djade would update in templates for a target Django."""
    if not sources:
        return Syntax()
    try:
        results = _djade(list(sources.values()), django)
    except (OSError, subprocess.SubprocessError, UnicodeError) as error:
        reason = f"djade could not be run ({type(error).__name__}): install it beside amigrate with `pip install djade`"
        return Syntax(failures=(Failure(next(iter(sources)), reason),))
    edits: list[TextEdit] = []
    failures: list[Failure] = []
    for (path, source), after in zip(sources.items(), results, strict=True):
        found = updates(source, after)
        if found is None:
            failures.append(Failure(path, "djade does not give back the tags that are there; update this one by hand"))
            continue
        reason, group = f"djade updates this for Django {django}", (f"{ID}:{path}",)
        ignored = {path: ignored_in_template(source)}
        for change in found:
            if is_ignored(ignored, path, source.count(b"\n", 0, change.start) + 1, ID):
                continue
            edits.append(TextEdit(path, change.start, change.end, change.after, ID, group, reason, Confidence.REVIEW))
    groups = (Group(f"{ID}:{path}", ID, Confidence.REVIEW, (path,)) for path in dict.fromkeys(e.path for e in edits))
    return Syntax(tuple(edits), tuple(groups), tuple(failures))


def updates(source: bytes, after: str) -> list[Replacement] | None:
    """The tags of a template that are others in `after`; None when the two do not have the same number of tags."""
    text = source.decode("latin-1")
    old, new = list(TAG.finditer(text)), [match[0] for match in TAG.finditer(after.encode().decode("latin-1"))]
    if len(old) != len(new):
        return None
    live = {token.start for token in tokens(text)}
    return [
        Replacement(was.start(), was.end(), now.encode("latin-1"))
        for was, now in zip(old, new, strict=True)
        if was.start() in live and _meaning(was[0]) != _meaning(now)
    ]


def _djade(sources: Sequence[bytes], django: str) -> Iterator[str]:
    """What djade makes of templates.

    Raises:
        OSError, subprocess.SubprocessError: it is not there, or takes too long.
    """
    program = shutil.which("djade", path=sysconfig.get_path("scripts")) or shutil.which("djade")
    if program is None:
        raise FileNotFoundError("djade")
    with TemporaryDirectory(prefix="amigrate-") as folder:
        paths = [Path(folder, f"{number}.html") for number in range(len(sources))]
        for path, source in zip(paths, sources, strict=True):
            path.write_bytes(_apart(source.decode("latin-1")).encode("latin-1"))
        for start in range(0, len(paths), _AT_ONCE):
            command = [program, "--target-version", _target(django), *map(str, paths[start : start + _AT_ONCE])]
            subprocess.run(command, cwd=folder, capture_output=True, timeout=_SECONDS, check=False)
        return iter([path.read_bytes().decode("utf-8", "replace") for path in paths])


def _target(django: str) -> str:
    major, minor = map(int, django.split(".")[:2])
    return ".".join(map(str, min((major, minor), _NEWEST)))


def _apart(text: str) -> str:
    """The template with text between its `{% load %}` tags."""
    return TAG.sub(lambda tag: f"{tag[0]}{_BARRIER}" if tag[0][2:].split(None, 1)[:1] == ["load"] else tag[0], text)


def _meaning(tag: str) -> object:
    """A tag without what is only layout: white space, the order of libraries, labels of end tags, comments."""
    contents = tag[2:-2].strip()
    if tag.startswith("{#"):
        return None
    if tag.startswith("{{"):
        return without_spaces(contents)
    bits = _BIT.findall(without_spaces(contents))
    if bits[:1] == ["load"]:
        return frozenset(bits)
    return bits[:1] if bits and bits[0] in _LABELLED else bits
