"""What django_ahead needs in the settings: the app in INSTALLED_APPS, and its backend in the place of Django's."""

from __future__ import annotations

import ast
import posixpath
from collections.abc import Collection, Iterator, Mapping
from dataclasses import dataclass

from amigrate.discover.layout import find_module
from amigrate.discover.project import Project, Role
from amigrate.discover.scripts import parse
from amigrate.model import Replacement, TextEdit
from amigrate.plan.rendering import CODEMOD, RUNTIME
from amigrate.settings.list_text import with_element, with_string
from amigrate.settings.literal import Find, Literal, literal_of

STOCK = "django.template.backends.django.DjangoTemplates"
OURS = "django_ahead.template.backends.django.DjangoTemplates"
_APPS, _TEMPLATES = "INSTALLED_APPS", "TEMPLATES"
_EDITED = frozenset({Role.CODE, Role.TEST})


@dataclass(frozen=True, slots=True)
class SettingsEdits:
    """The edits, and the settings files in which one of them has to be made by hand, with the setting."""

    edits: tuple[TextEdit, ...]
    by_hand: tuple[tuple[str, str], ...]


def settings_edits(
    project: Project,
    sources: Mapping[str, bytes],
    groups: tuple[str, ...],
    taken: Collection[str],
    *,
    backend: bool,
) -> SettingsEdits:
    """The edits of the settings modules for these groups.

    Args:
        project: what is migrated.
        sources: the Python files.
        groups: the groups that need django_ahead.
        taken: the files that have other changes already.
        backend: whether the backend is wanted too: what only loads its tags does not need it.
    """
    if RUNTIME in project.settings.installed_apps:
        return SettingsEdits((), ())
    edits: dict[tuple[str, int], TextEdit] = {}
    by_hand: dict[tuple[str, str], None] = {}
    editable = {file.path for file in project.files if file.role in _EDITED} - set(taken)
    for path in _settings_files(project, sources):
        tree = parse(sources[path])
        if tree is None:
            continue
        find = _finder(project, sources, path)
        apps = literal_of(path, tree, _APPS, find)
        if (apps is None or not _holds(apps, RUNTIME)) and not _edit(apps, sources, editable, groups, edits):
            by_hand[path, _APPS] = None
        if backend:
            for found in _backends(literal_of(path, tree, _TEMPLATES, find), sources, editable):
                edits.setdefault((found[0], found[1].start), _text_edit(*found, groups, _BACKEND_REASON))
    return SettingsEdits(tuple(edits.values()), tuple(by_hand))


_APP_REASON = "django_ahead as an app has its template tags and system checks"
_BACKEND_REASON = "templates of this backend have arender(), and name what was not awaited in DEBUG"


def _edit(
    apps: Literal | None,
    sources: Mapping[str, bytes],
    editable: Collection[str],
    groups: tuple[str, ...],
    edits: dict[tuple[str, int], TextEdit],
) -> bool:
    """Adds the app to a list, unless another settings module did so; False when that cannot be done."""
    if apps is None or apps.path not in editable:
        return False
    change = with_element(sources[apps.path], apps.node, RUNTIME)
    if change is None:
        return False
    edits[apps.path, change.start] = _text_edit(apps.path, change, groups, _APP_REASON)
    return True


def _text_edit(path: str, change: Replacement, groups: tuple[str, ...], reason: str) -> TextEdit:
    return TextEdit(path, change.start, change.end, change.after, CODEMOD, groups, reason, follows=True)


def _settings_files(project: Project, sources: Mapping[str, bytes]) -> list[str]:
    """The settings module of the project, and the others of its kind: with a list of apps of their own."""
    main = [file.path for file in project.files if file.module == project.settings.module and file.path in sources]
    known = set(project.settings.installed_apps)
    others = [
        file.path
        for file in project.files
        if file.role in _EDITED
        and _APPS.encode() in sources.get(file.path, b"")
        and file.path not in main
        and not known.isdisjoint(_own_apps(sources[file.path]))
    ]
    return [*main, *others]


def _own_apps(source: bytes) -> Iterator[str]:
    """The strings in the list that a module itself assigns to INSTALLED_APPS."""
    tree = parse(source)
    for statement in tree.body if tree else ():
        match statement:
            case ast.Assign(targets=[ast.Name(id="INSTALLED_APPS")], value=ast.List() | ast.Tuple() as value):
                yield from (str(item.value) for item in value.elts if isinstance(item, ast.Constant))


def _holds(literal: Literal, name: str) -> bool:
    return any(_is(item, name) for item in literal.node.elts)


def _finder(project: Project, sources: Mapping[str, bytes], settings: str) -> Find:
    paths = {file.path for file in project.files if file.path in sources}
    near = posixpath.dirname(settings)

    def find(path: str, imported: str) -> tuple[str, ast.Module] | None:
        level = len(imported) - len(imported.lstrip("."))
        if level:
            folder = posixpath.dirname(path)
            for _ in range(level - 1):
                folder = posixpath.dirname(folder)
            target = find_module(imported[level:], folder, (), paths) if imported[level:] else ""
        else:
            target = find_module(imported, near, project.import_roots, paths)
        tree = parse(sources[target]) if target else None
        return (target, tree) if tree is not None else None

    return find


def _backends(
    templates: Literal | None, sources: Mapping[str, bytes], editable: Collection[str]
) -> Iterator[tuple[str, Replacement]]:
    """Where a list of template engines names Django's backend."""
    if templates is None or templates.path not in editable:
        return
    for engine in templates.node.elts:
        pairs = zip(engine.keys, engine.values, strict=True) if isinstance(engine, ast.Dict) else ()
        for value in (value for key, value in pairs if _is(key, "BACKEND") and _is(value, STOCK)):
            assert isinstance(value, ast.Constant)
            if change := with_string(sources[templates.path], value, OURS):
                yield templates.path, change


def _is(node: ast.expr | None, text: str) -> bool:
    return isinstance(node, ast.Constant) and node.value == text
