"""Finds the settings module of a project and reads from it what decides about async."""

from __future__ import annotations

import ast
import re
from collections.abc import Collection, Iterator, Mapping, Sequence
from functools import partial
from pathlib import Path, PurePosixPath

from amigrate.discover.constants import Reader
from amigrate.discover.data import Database, Role, Settings
from amigrate.discover.expressions import ROOT, UNKNOWN, evaluate
from amigrate.discover.files import read_inside
from amigrate.discover.layout import find_module, module_name
from amigrate.discover.scripts import configured_settings, named_settings, parse

_SCRIPTS = ("manage.py", "wsgi.py", "asgi.py")
_CONFIGURATION = ("pytest.ini", "pyproject.toml", "tox.ini", "setup.cfg", "pytest.toml")
_USUAL_NAMES = (
    "settings.py",
    "settings/__init__.py",
    "settings/base.py",
    "settings/common.py",
    "settings/production.py",
)
_APPS = b"INSTALLED_APPS"
_DOTTED = re.compile(r"[^\W\d]\w*(?:\.[^\W\d]\w*)*")  # a template of a project has `{{ project_name }}.urls`


def read_settings(root: Path, roles: Mapping[str, Role], roots: Sequence[str], paths: Collection[str]) -> Settings:
    """The settings of the project, all of them defaults when it has none of its own (a reusable app).

    Looked for in `manage.py`, `wsgi.py` and `asgi.py`, then in the configuration of pytest and tox, then by file name,
    then in a call of `settings.configure`. `roles` are the Python files, `paths` all files (a set).
    """
    for near, name in _named(root, roles, paths):
        if path := find_module(name, near, roots, paths):
            return _read(root, path, name, roots, paths)
    if path := _by_file_name(root, roles):
        return _read(root, path, module_name(root, path, roots), roots, paths)
    return _configured(root, roles, roots, paths)


def _named(root: Path, roles: Mapping[str, Role], paths: Collection[str]) -> Iterator[tuple[str, str]]:
    """(folder, dotted name) of each settings module that a script or a configuration names, the likeliest first."""
    scripts = [path for path in roles if path.rpartition("/")[2] in _SCRIPTS]
    scripts.sort(key=lambda path: (path.count("/"), _SCRIPTS.index(path.rpartition("/")[2]), path))
    configuration = [path for path in paths if path.rpartition("/")[2] in _CONFIGURATION]
    configuration.sort(key=lambda path: (path.count("/"), _CONFIGURATION.index(path.rpartition("/")[2]), path))
    for path in scripts:
        if roles[path] is Role.CODE:
            yield from ((path.rpartition("/")[0], name) for name in named_settings(root, path))
    for path in configuration:
        yield from ((path.rpartition("/")[0], name) for name in configured_settings(root, path))
    for path in scripts:
        if roles[path] is Role.TEST:
            yield from ((path.rpartition("/")[0], name) for name in named_settings(root, path))


def _by_file_name(root: Path, roles: Mapping[str, Role]) -> str:
    """The likeliest file that has "settings" in its name or folder and sets INSTALLED_APPS, "" when there is none."""

    def likelihood(path: str) -> tuple[bool, int, int, str]:
        usual = next((i for i, name in enumerate(_USUAL_NAMES) if f"/{path}".endswith(f"/{name}")), len(_USUAL_NAMES))
        return roles[path] is Role.TEST, path.count("/"), usual, path

    named = [path for path in roles if "settings" in path and roles[path] in {Role.CODE, Role.TEST}]
    return next((path for path in sorted(named, key=likelihood) if _sets_apps(read_inside(root, path))), "")


def _sets_apps(source: bytes) -> bool:
    tree = parse(source) if _APPS in source else None
    return tree is not None and any(
        isinstance(node, ast.Name) and node.id == _APPS.decode() and isinstance(node.ctx, ast.Store)
        for node in ast.walk(tree)
    )


def _reader(root: Path, near: str, roots: Sequence[str], paths: Collection[str]) -> Reader:
    return Reader(root, partial(find_module, near=near, roots=roots, paths=paths), paths)


def _read(root: Path, path: str, module: str, roots: Sequence[str], paths: Collection[str]) -> Settings:
    near = path.removesuffix(".py").removesuffix("/__init__").removesuffix(module.replace(".", "/")).strip("/")
    names = _reader(root, near, roots, paths).read(path)
    return _settings(module, names, near, paths)


def _configured(root: Path, roles: Mapping[str, Role], roots: Sequence[str], paths: Collection[str]) -> Settings:
    """The settings in a call `settings.configure(INSTALLED_APPS=[...])`, as test runners of reusable apps make it."""
    likely = ("conftest.py", "runtests.py", "run_tests.py", "setup.py", "manage.py", "testrunner.py", "runtest.py")
    for path in sorted((p for p in roles if p.rpartition("/")[2] in likely), key=lambda p: (p.count("/"), p)):
        source = read_inside(root, path)
        tree = parse(source) if b".configure(" in source and _APPS in source else None
        for node in ast.walk(tree) if tree else ():
            if isinstance(node, ast.Call) and any(keyword.arg == _APPS.decode() for keyword in node.keywords):
                known = _reader(root, "", roots, paths).read(path)
                names = {keyword.arg: evaluate(keyword.value, known) for keyword in node.keywords if keyword.arg}
                return _settings("", names, path.rpartition("/")[0], paths)
    return Settings()


def _settings(module: str, names: Mapping[str, object], near: str, paths: Collection[str]) -> Settings:
    default = Settings()

    def text(name: str, otherwise: str) -> str:
        value = names.get(name)
        return value if isinstance(value, str) and _DOTTED.fullmatch(value) else otherwise

    return Settings(
        module=module,
        installed_apps=_texts(names.get("INSTALLED_APPS")),
        root_urlconf=text("ROOT_URLCONF", default.root_urlconf),
        auth_user_model=text("AUTH_USER_MODEL", default.auth_user_model),
        middleware=_texts(names.get("MIDDLEWARE")),
        authentication_backends=_texts(names.get("AUTHENTICATION_BACKENDS")) or default.authentication_backends,
        message_storage=text("MESSAGE_STORAGE", default.message_storage),
        session_engine=text("SESSION_ENGINE", default.session_engine),
        template_dirs=_template_dirs(names.get("TEMPLATES"), near, paths),
        atomic_requests=_atomic_requests(names.get("DATABASES")),
        asgi_application=text("ASGI_APPLICATION", ""),
        databases=tuple(_databases(names.get("DATABASES"))),
    )


def _texts(value: object) -> tuple[str, ...]:
    items = value if isinstance(value, list) else []
    return tuple(dict.fromkeys(item for item in items if isinstance(item, str) and _DOTTED.fullmatch(item)))


def _atomic_requests(databases: object) -> bool:
    """Whether any database has, or may have, ATOMIC_REQUESTS: Django then refuses every async view."""
    options = databases.values() if isinstance(databases, dict) else ()
    values = [option.get("ATOMIC_REQUESTS", False) for option in options if isinstance(option, dict)]
    return any(value is UNKNOWN or bool(value) for value in values)


def _databases(databases: object) -> Iterator[Database]:
    """The entries of DATABASES that are dictionaries; with `env.db()` or dj_database_url nothing is known of one."""
    for alias, options in databases.items() if isinstance(databases, dict) else ():
        if not isinstance(options, dict) or not isinstance(alias, str):
            continue
        engine, age, extra = options.get("ENGINE"), options.get("CONN_MAX_AGE", 0), options.get("OPTIONS")
        yield Database(
            alias,
            engine if isinstance(engine, str) else "",
            _age(age),
            isinstance(extra, dict) and bool(extra.get("pool")),
            _atomic_requests({alias: options}),
        )


def _age(value: object) -> int | None:
    """CONN_MAX_AGE in seconds, -1 for ever, None when it cannot be read."""
    if value is None:
        return -1
    return int(value) if isinstance(value, int | float) else None


def _template_dirs(templates: object, near: str, paths: Collection[str]) -> tuple[str, ...]:
    """The DIRS of all template engines that lie in the project, relative to its root."""
    found: dict[str, None] = {}
    for engine in templates if isinstance(templates, list) else ():
        folders = engine.get("DIRS") if isinstance(engine, dict) else None
        for folder in folders if isinstance(folders, list) else ():
            if isinstance(folder, (str, PurePosixPath)) and (inside := _inside(str(folder), near, paths)):
                found[inside] = None
    return tuple(found)


def _inside(folder: str, near: str, paths: Collection[str]) -> str:
    """A folder of the settings as a path from the project root; "" when it lies elsewhere."""
    if folder.startswith(f"{ROOT}/"):
        parts = PurePosixPath(folder).relative_to(ROOT).parts
        return "" if ".." in parts else "/".join(parts)
    if folder.startswith(("/", "..")) or not folder:
        return ""
    plain = PurePosixPath(folder).as_posix()  # relative to where the project is started: mostly beside manage.py
    options = (f"{near}/{plain}" if near else plain, plain)
    return next((option for option in options if any(path.startswith(f"{option}/") for path in paths)), "")
