"""Commands that are imported and built once they are named: a run needs one of them, and each takes milliseconds."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from importlib import import_module
from typing import Any

import typer

from amigrate_cli.plain import PlainCommand


class OnDemand(Mapping[str, Any]):
    """The commands by name. `apply` is the function `apply` of the module `amigrate_cli.commands.apply`."""

    def __init__(self, names: Sequence[str]) -> None:
        self._names = names
        self._built: dict[str, Any] = {}

    def __getitem__(self, name: str) -> Any:
        """The command of a name.

        Raises:
            KeyError: there is none.
        """
        if name not in self._names:
            raise KeyError(name)
        if name not in self._built:
            self._built[name] = _build(name)
        return self._built[name]

    def __iter__(self) -> Iterator[str]:
        return iter(self._names)

    def __len__(self) -> int:
        return len(self._names)


def _build(name: str) -> Any:
    own = "list_" if name == "list" else name  # the name of a builtin is not for a function
    module = import_module(f"amigrate_cli.commands.{own}")
    alone = typer.Typer(rich_markup_mode=None, add_completion=False)
    alone.command(name, cls=PlainCommand, epilog=getattr(module, "EPILOG", None))(getattr(module, own))
    return typer.main.get_command(alone)
