"""`amigrate list`."""

from __future__ import annotations


def list_() -> None:
    """List the codemods."""
    from rich.table import Table
    from rich.text import Text

    from amigrate.registry import metadata
    from amigrate_cli.render.escape import visible
    from amigrate_cli.render.terminal import stdout

    table = Table.grid(padding=(0, 2))
    for codemod in metadata():
        table.add_row(Text(visible(codemod.id), style="bold", no_wrap=True), Text(visible(codemod.summary)))
    stdout().print(table)
