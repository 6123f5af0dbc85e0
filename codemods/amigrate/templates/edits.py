"""The template files of a project: what has to await there, as edits and refusals."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

from amigrate.discover.files import read_inside
from amigrate.discover.project import Project
from amigrate.model import Confidence, Group, Refusal, Replacement, TextEdit
from amigrate.plan.context import Context
from amigrate.plan.ignores import ignored_in_template, is_ignored
from amigrate.templates.async_names import AsyncNames, async_names, project_tags

if TYPE_CHECKING:  # what reads templates is imported where there is something to look for in them
    from amigrate.templates.awaiting import Template
    from amigrate.templates.uses import Use

LIMIT = 2_000_000  # bytes: a larger file is no template
ID = "async-templates"
_NO_RUNTIME = "allow django_ahead with `--runtime`, or give the template the awaited value"


@dataclass(frozen=True, slots=True)
class TemplateEdits:
    """Edits, in groups of their own, of files with these bytes; and what nobody but the project can decide."""

    edits: tuple[TextEdit, ...] = ()
    groups: tuple[Group, ...] = ()
    sources: tuple[tuple[str, bytes], ...] = ()
    refusals: tuple[Refusal, ...] = ()


def template_edits(context: Context, *, runtime: bool) -> TemplateEdits:
    """What the templates of the project need for the methods that are async.

    Args:
        context: the analysed program.
        runtime: whether templates may use django_ahead; otherwise all is refused.
    """
    names = async_names(context)
    if not names.sure and not names.doubtful:
        return TemplateEdits()
    from amigrate.templates.awaiting import awaited_template
    from amigrate.templates.uses import Names

    tags = project_tags(context)
    edits: list[TextEdit] = []
    groups: list[Group] = []
    refusals: list[Refusal] = []
    sources: list[tuple[str, bytes]] = []
    for path, source in _using(context, (*names.sure, *names.doubtful)):
        found = awaited_template(source, Names(names.sure, context.template_names, tags))
        found = replace(found, uses=_not_ignored(path, source, found.uses))
        refusals += _refusals(path, source, found, names, context, tags, runtime=runtime)
        new = list(_text_edits(path, found, names)) if runtime else []
        if new:
            edits += new
            groups.append(Group(_group(path), ID, Confidence.REVIEW, (path,)))
            sources.append((path, source))
    return TemplateEdits(tuple(edits), tuple(groups), tuple(sources), tuple(refusals))


def unawaited(context: Context) -> Iterator[tuple[str, int, Use, str]]:
    """Where templates use an async method and do not await it: path, line, the use, and the method."""
    names = async_names(context)
    if not names.sure:
        return
    from amigrate.templates.awaiting import awaited_template
    from amigrate.templates.uses import Names

    known = Names(names.sure, context.template_names, project_tags(context))
    for path, source in _using(context, tuple(names.sure)):
        for use in awaited_template(source, known).uses:
            yield path, line_of(source, use.offset), use, names.sure[use.name]


def _using(context: Context, names: tuple[str, ...]) -> Iterator[tuple[str, bytes]]:
    """The templates that hold one of these names."""
    for path, source in django_templates(context.analyst.program.project):
        if any(name.encode() in source for name in names):
            yield path, source


def django_templates(project: Project) -> Iterator[tuple[str, bytes]]:
    """The project's own templates in Django's language, as far as their paths tell, with their bytes."""
    for path in project.own_templates:
        if "jinja2" not in path.split("/") and not path.endswith((".jinja", ".jinja2", ".j2")):
            yield path, read_inside(project.root, path, LIMIT)


def _group(path: str) -> str:
    return f"{ID}:{path}"


def _text_edits(path: str, found: Template, names: AsyncNames) -> Iterator[TextEdit]:
    if found.load is not None and any(
        use.edits for use in found.uses
    ):  # first, where another edit is at the same place
        yield _text_edit(path, found.load, "the tags of django_ahead", follows=True)
    for use in found.uses:
        for change in use.edits:
            yield _text_edit(path, change, f"`{use.name}` is async: {names.sure[use.name]}")


def _text_edit(path: str, change: Replacement, reason: str, *, follows: bool = False) -> TextEdit:
    groups, sure = (_group(path),), Confidence.REVIEW
    return TextEdit(path, change.start, change.end, change.after, ID, groups, reason, sure, follows)


def _refusals(
    path: str,
    source: bytes,
    found: Template,
    names: AsyncNames,
    context: Context,
    tags: frozenset[str],
    *,
    runtime: bool,
) -> Iterator[Refusal]:
    """The uses without an edit, and those of names that are async in one place and sync in another."""
    for use in found.uses:
        if not use.edits:
            yield _refusal(path, source, use, names.sure, use.reason, _by_hand(use))
        elif not runtime:
            yield _refusal(path, source, use, names.sure, "nothing awaits it here", _NO_RUNTIME)
    from amigrate.templates.awaiting import awaited_template
    from amigrate.templates.uses import Names

    doubtful = awaited_template(source, Names(names.doubtful, context.template_names, tags)) if names.doubtful else None
    for use in _not_ignored(path, source, doubtful.uses) if doubtful else ():
        reason = "other things of that name are not: which one this is cannot be told"
        yield _refusal(path, source, use, names.doubtful, reason, _by_hand(use))


def _not_ignored(path: str, source: bytes, uses: tuple[Use, ...]) -> tuple[Use, ...]:
    """The uses on lines that no `{# amigrate: ignore #}` is on."""
    ignored = {path: ignored_in_template(source)}
    return tuple(use for use in uses if not is_ignored(ignored, path, line_of(source, use.offset), ID))


def line_of(source: bytes, offset: int) -> int:
    """The line of an offset, from 1."""
    return source.count(b"\n", 0, offset) + 1


def _refusal(path: str, source: bytes, use: Use, names: Mapping[str, str], reason: str, suggestion: str) -> Refusal:
    line = line_of(source, use.offset)
    text = f"`{use.lookup}` may be {names[use.name]}, which is async: {reason}"
    return Refusal(path, line, _decoded(use.lookup), ID, _decoded(text), _decoded(suggestion))


def _by_hand(use: Use) -> str:
    return f"{{% load ahead %}}{{% await {use.lookup} as value %}}, and `value` in its place: it awaits what is async"


def _decoded(text: str) -> str:
    """Text of a template, which was read as Latin-1."""
    return text.encode("latin-1", "replace").decode("utf-8", "replace")
