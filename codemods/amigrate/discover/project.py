"""Discovery: from a folder to the frozen description of the Django project in it. Nothing of it is executed."""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterable, Sequence
from dataclasses import dataclass
from pathlib import Path

from amigrate.discover.data import DiscoveryError, Role, Settings, SourceFile
from amigrate.discover.files import list_files, read_inside
from amigrate.discover.layout import choose_roots, find_roots, module_name
from amigrate.discover.requirements import read_declared
from amigrate.discover.roles import roles
from amigrate.discover.settings import read_settings
from amigrate.discover.versions import django_version, python_floors, python_version
from amigrate.model import Failure

__all__ = ["DiscoveryError", "Project", "Role", "Settings", "SourceFile", "discover"]

_TEMPLATE_FOLDERS = frozenset({"templates", "jinja2"})
_PAGES = (".html", ".htm", ".djhtml", ".txt", ".xml", ".jinja", ".jinja2", ".j2")
_NO_TEMPLATES = (
    ".py", ".pyc", ".po", ".mo", ".png", ".jpg", ".jpeg", ".gif", ".webp", ".ico", ".pdf", ".zip", ".gz", ".woff",
    ".woff2", ".ttf", ".eot", ".otf", ".mp3", ".mp4", ".map", ".gitkeep", ".gitignore", ".DS_Store",
)  # fmt: skip


@dataclass(frozen=True, slots=True)
class Project:
    """What is known of a project before its code is read. Paths are relative to `root`, with `/`, and sorted."""

    root: Path
    files: tuple[SourceFile, ...]
    templates: tuple[str, ...]
    import_roots: tuple[str, ...]
    settings: Settings
    django: str
    python: str
    failures: tuple[Failure, ...]
    requirements: tuple[str, ...] = ()  # the files that require Django
    has_runtime: bool = False  # whether one of them requires django-ahead
    python_floors: tuple[str, ...] = ()  # the files that allow a Python on which django_ahead does not run
    own_templates: tuple[str, ...] = ()  # the templates that count as the project's: those that may be changed


def discover(
    root: Path,
    *,
    django: str | None = None,
    python: str | None = None,
    include: Sequence[str] = (),
    exclude: Sequence[str] = (),
) -> Project:
    """Describes the project in the folder `root`.

    Args:
        root: the folder to look at; a repository, or any folder in one.
        django, python: versions that override what the project declares.
        include: patterns as in `.gitignore`. When given, only these files count, and they count as code even if they
            are migrations, vendored or generated.
        exclude: patterns of files that do not count.

    Raises:
        DiscoveryError: no folder, no Python file or no Django in it, an unsupported version or an invalid pattern.
    """
    root = _folder(root)
    is_included, is_excluded = _matcher(include), _matcher(exclude)
    listing = list_files(root)
    paths = frozenset(listing.paths)
    python_files = [path for path in listing.paths if path.endswith(".py")]
    if not python_files:
        reasons = "".join(f"; {failure.path}: {failure.reason}" for failure in listing.failures[:3])
        raise DiscoveryError(f"there is no Python file in {root}: give the folder of a Django project{reasons}")
    role_of = roles(root, python_files, paths)
    own = [path for path in python_files if role_of[path] is not Role.VENDORED]
    declared = read_declared(root, _project_folders(own), paths)
    if not declared.mentions_django and not _uses_django(root, own):
        raise DiscoveryError(f"no Django in {root}: no file imports it and no requirement names it")
    # Which folders are import roots is told by the settings, and these are found through the possible roots.
    found = find_roots(root, own, paths)
    settings = read_settings(root, role_of, sorted(found.sure | found.possible), paths)
    roots = choose_roots(root, found, own, paths, settings.installed_apps)
    if not found.possible.issubset(roots):
        settings = read_settings(root, role_of, roots, paths)
    version = django_version(declared, django)
    templates = dict(_templates(listing.paths, settings.template_dirs, own))
    files = []
    for path in python_files:
        if is_excluded(path) or (include and not is_included(path)):
            continue
        role = role_of[path]
        files.append(SourceFile(path, module_name(root, path, roots), _wanted_role(role) if include else role))
    return Project(
        root=root,
        files=tuple(files),
        templates=tuple(templates),
        import_roots=roots,
        settings=settings,
        django=version,
        python=python_version(declared, version, python),
        failures=listing.failures,
        requirements=tuple(declared.requiring),
        has_runtime=declared.has_runtime,
        python_floors=python_floors(declared, python),
        own_templates=tuple(
            path
            for path, sure in templates.items()
            if sure and not is_excluded(path) and (not include or is_included(path))
        ),
    )


def _folder(root: Path) -> Path:
    try:
        resolved = root.resolve(strict=True)
    except (OSError, RuntimeError):
        raise DiscoveryError(f"{root} does not exist: give the folder of a Django project") from None
    if not resolved.is_dir():
        raise DiscoveryError(f"{root} is not a folder: give the folder of a Django project")
    return resolved


def _matcher(patterns: Sequence[str]) -> Callable[[str], bool]:
    """Whether a path matches one of the patterns."""
    if not patterns:
        return lambda _path: False
    from pathspec import GitIgnoreSpec  # mostly there are none, and importing it takes 10 ms

    try:
        return GitIgnoreSpec.from_lines(patterns).match_file
    except ValueError as error:
        raise DiscoveryError(f"a pattern of --include or --exclude is not valid: {error}") from None


def _wanted_role(role: Role) -> Role:
    """The role of a file that was asked for: tests stay tests, since they are still read as such."""
    return role if role is Role.TEST else Role.CODE


def _project_folders(python: Iterable[str]) -> set[str]:
    """The root and, for each `manage.py`, its folder and those above: where requirement and lock files stand."""
    folders = {""}
    for path in python:
        folder, _, name = path.rpartition("/")
        while name == "manage.py" and folder:
            folders.add(folder)
            folder = folder.rpartition("/")[0]
    return folders


def _uses_django(root: Path, python: Iterable[str]) -> bool:
    """Whether any file speaks of Django; the first hit ends the search, and it is mostly in the first files."""
    telling = ("manage.py", "models.py", "apps.py", "settings.py", "urls.py", "views.py")
    ordered = sorted(python, key=lambda path: not path.endswith(telling))
    return any(b"django" in read_inside(root, path) for path in ordered)


def _templates(paths: Iterable[str], template_dirs: Sequence[str], python: Iterable[str]) -> Iterable[tuple[str, bool]]:
    """Text files in the template folders of the settings, and in `templates/` folders beside Python code.

    Pages in other folders of that name may be templates: DIRS is not always written out. They are not sure.
    """
    code_folders = {path.rpartition("/")[0] for path in python}
    configured = tuple(f"{folder}/" for folder in template_dirs)
    for path in paths:
        if path.endswith(_NO_TEMPLATES):
            continue
        if path.startswith(configured) or _is_in_app_templates(path, code_folders):
            yield path, True
        elif path.endswith(_PAGES) and not _TEMPLATE_FOLDERS.isdisjoint(path.split("/")[:-1]):
            yield path, False


def _is_in_app_templates(path: str, code_folders: Collection[str]) -> bool:
    parts = path.split("/")[:-1]
    return any(part in _TEMPLATE_FOLDERS and "/".join(parts[:i]) in code_folders for i, part in enumerate(parts))
