"""`amigrate list`."""

from __future__ import annotations


def list_() -> None:
    """List the codemods."""
    from amigrate.registry import metadata
    from amigrate_cli.render.escape import visible
    from amigrate_cli.render.terminal import stdout
    from amigrate_cli.render.wrapped import print_wrapped

    codemods = metadata()
    width = max((len(codemod.id) for codemod in codemods), default=0) + 2
    console = stdout()
    for codemod in codemods:
        print_wrapped(console, visible(codemod.summary), " " * width, first=f"{visible(codemod.id):{width}}")
