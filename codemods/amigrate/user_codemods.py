"""A team's own codemods: any LibCST `VisitorBasedCodemodCommand` or Bowler `Query`, from the project or installed.

Importing a module runs it. Of the project's own code only that is imported which its pyproject names as a codemod.
"""

from __future__ import annotations

import importlib
import inspect
import sys
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from importlib.machinery import PathFinder
from importlib.metadata import EntryPoint, distributions
from importlib.util import find_spec
from pathlib import Path
from types import MappingProxyType, ModuleType

from libcst.codemod import VisitorBasedCodemodCommand

from amigrate import ENTRY_POINTS
from amigrate.bowler_queries import command_of_query, is_query, not_executed, query_from

Command = type[VisitorBasedCodemodCommand]


class UserCodemodError(ValueError):
    """A codemod that was named cannot be had; the message is one line that says which, why, and what to do."""


def load_user_codemods(names: Sequence[str], root: Path) -> Mapping[str, Command]:
    """The codemods `names` of the project at `root`, and those of entry points, by id and in this order.

    The id is the name as it was given, or that of the entry point.

    Args:
        names: `package.module` or `package.module.Class`, as in `[tool.amigrate] codemods`; each is imported from
            `root`, and from nowhere else.
        root: the root of the project.

    Raises:
        UserCodemodError: one of them is missing, ambiguous, outside `root`, or fails on import.
    """
    loaded: dict[str, Command] = {}
    if names:
        _load_bowler(root)
    with _importable(root):
        for name in names:
            _add(loaded, name, _from_project(name, root))
    for entry in _entry_points(root):
        _add(loaded, entry.name, _from_entry_point(entry))
    return MappingProxyType(loaded)


def _load_bowler(root: Path) -> None:
    """Imports Bowler if it is installed, so that no query executes itself while its module is imported."""
    spec = find_spec("bowler")
    if spec and spec.origin and not Path(spec.origin).resolve().is_relative_to(root.resolve()):
        importlib.import_module("bowler")


def _add(loaded: dict[str, Command], name: str, command: Command) -> None:
    if loaded.setdefault(name, command) is not command:
        raise UserCodemodError(f"codemod {name}: there are two of this name; rename one")


def _from_project(name: str, root: Path) -> Command:
    if not all(part.isidentifier() for part in name.split(".")):
        raise UserCodemodError(f"codemod {name!r}: not a name such as package.module or package.module.Class")
    top = name.partition(".")[0]
    if PathFinder.find_spec(top, [str(root)]) is None:
        raise UserCodemodError(f"codemod {name}: there is no {top}.py or {top}/ in {root}")
    module = _import(name, name)
    if module is not None:
        _inside(name, module, root)
        return _only_command(name, module)
    parent, _, attribute = name.rpartition(".")
    module = _import(parent, name) if parent else None
    if module is None:
        raise UserCodemodError(f"codemod {name}: no such module in {root}")
    _inside(name, module, root)
    return _command(name, getattr(module, attribute, None))


def _import(module: str, name: str) -> ModuleType | None:
    """The module, or None if there is none of this name (but an import that fails inside of it is an error)."""
    try:
        with not_executed():
            return importlib.import_module(module)
    except ModuleNotFoundError as error:
        if error.name == "bowler":
            raise UserCodemodError(f"codemod {name}: needs Bowler: pip install 'amigrate[bowler]'") from error
        if error.name is not None and (module == error.name or module.startswith(f"{error.name}.")):
            return None
        raise _failed(name, error) from error
    except (Exception, SystemExit) as error:
        raise _failed(name, error) from error


def _failed(name: str, error: BaseException) -> UserCodemodError:
    detail = " ".join(str(error).split())
    return UserCodemodError(f"codemod {name}: its import failed: {type(error).__name__}: {detail}")


def _inside(name: str, module: ModuleType, root: Path) -> None:
    # a package without __init__.py has folders and no file
    file = Path(module.__file__ or next(iter(module.__path__))).resolve()
    if not file.is_relative_to(root.resolve()):
        raise UserCodemodError(f"codemod {name}: {module.__name__} is {file}, outside {root}; rename the module")


def _only_command(name: str, module: ModuleType) -> Command:
    found = [
        value
        for value in vars(module).values()
        if inspect.isclass(value)
        and issubclass(value, VisitorBasedCodemodCommand)
        and value.__module__ == module.__name__
        and not inspect.isabstract(value)
    ]
    queries = [attribute for attribute, value in vars(module).items() if is_query(value)]
    if len(found) + len(queries) != 1:
        names = ", ".join(sorted([*(command.__name__ for command in found), *queries])) or "none"
        raise UserCodemodError(
            f"codemod {name}: expected one VisitorBasedCodemodCommand or Query in the module, found {names}; name it"
        )
    return found[0] if found else _command(name, getattr(module, queries[0]), module.__doc__)


def _command(name: str, value: object, about: str | None = None) -> Command:
    if inspect.isclass(value) and issubclass(value, VisitorBasedCodemodCommand):
        return value
    try:
        query = query_from(value)
    except (Exception, SystemExit) as error:
        raise UserCodemodError(f"codemod {name}: {type(error).__name__}: {error}") from error
    if query is None:
        raise UserCodemodError(
            f"codemod {name}: not a module, and in one not a VisitorBasedCodemodCommand class, a Bowler Query or a "
            "function that returns one"
        )
    about = about or (value.__doc__ if inspect.isfunction(value) else None)
    return command_of_query(query, name.rpartition(".")[2], about or "")


@contextmanager
def _importable(root: Path) -> Iterator[None]:
    """`root` at the head of `sys.path`, as if Python had been started there; no other folder of the project is."""
    before = sys.path[:]
    sys.path.insert(0, str(root))
    importlib.invalidate_caches()
    try:
        yield
    finally:
        sys.path[:] = before


def _entry_points(root: Path) -> Iterator[EntryPoint]:
    """Those of the packages installed beside amigrate; the project's own folder is no place for such."""
    own = {root.resolve(), Path.cwd()}
    folders = [folder for folder in sys.path if folder and Path(folder).resolve() not in own]
    found = {entry for package in distributions(path=folders) for entry in package.entry_points}
    yield from sorted((entry for entry in found if entry.group == ENTRY_POINTS), key=lambda entry: entry.name)


def _from_entry_point(entry: EntryPoint) -> Command:
    try:
        value = entry.load()
    except (Exception, SystemExit) as error:
        raise _failed(f"{entry.name} ({entry.value})", error) from error
    if isinstance(value, ModuleType):
        return _only_command(entry.name, value)
    return _command(entry.name, value)
