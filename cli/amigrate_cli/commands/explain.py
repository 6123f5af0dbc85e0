"""`amigrate explain ID`."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from amigrate_cli.codemod_ids import unknown_codemod


def explain(
    codemod: Annotated[str, typer.Argument(metavar="ID", help="As `amigrate list` names it.")],
) -> None:
    """Show what a codemod does, and why, with examples."""
    from amigrate.fixture_files import fixtures_of
    from amigrate.registry import metadata
    from amigrate_cli.render.codemod import print_codemod, print_example
    from amigrate_cli.render.terminal import stdout

    known = {one.id: one for one in metadata()}
    if codemod not in known:
        raise unknown_codemod(codemod, known)
    console = stdout()
    print_codemod(console, known[codemod])
    for fixture in fixtures_of(_fixtures(), codemod):
        print_example(console, fixture)


def _fixtures() -> Path:
    """The folder of fixtures: in the package when installed from a wheel, beside the sources otherwise."""
    import amigrate

    package = Path(amigrate.__file__).parent
    installed = package / "fixtures"
    return installed if installed.is_dir() else package.parents[1] / "fixtures"
