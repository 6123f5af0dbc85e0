"""`amigrate undo`."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from amigrate_cli.errors import Stop
from amigrate_cli.options import project_root


def undo(
    path: Annotated[Path, typer.Argument(help="The root of the project.", show_default="this folder")] = Path(),
) -> None:
    """Take back the last apply: its branch, or the files it wrote."""
    from amigrate_cli.deliver import record
    from amigrate_cli.deliver.places import record_folder
    from amigrate_cli.deliver.undo import restore_files
    from amigrate_cli.git.repository import find_repository

    root = project_root(path)
    repository = find_repository(root)
    if repository:
        from amigrate_cli.git.pending import recover

        recover(repository)
    folder = record_folder(root, repository)
    try:
        last = record.load(folder)
    except record.RecordError as error:
        raise Stop(str(error)) from error
    if isinstance(last, record.InPlaceRecord):
        count = restore_files((repository.top if repository else root) / last.prefix, folder, last)
        typer.echo(f"{count} file{'s' * (count != 1)} restored")
    elif last and repository:
        from amigrate_cli.git.undo import delete_branch

        typer.echo(delete_branch(repository, last))
        record.forget(folder)
    else:
        raise Stop(f"{root}: there is no apply to take back")
