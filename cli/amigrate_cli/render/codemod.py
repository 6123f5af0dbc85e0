"""A codemod in the terminal: what it is, and its fixtures as examples."""

from __future__ import annotations

from rich.console import Console
from rich.text import Text

from amigrate.codemod import Metadata
from amigrate.fixture_files import Fixture
from amigrate.model import FileChange
from amigrate.review.hunks import hunks_of
from amigrate_cli.render.diff import LINE_STYLES
from amigrate_cli.render.escape import visible
from amigrate_cli.render.wrapped import print_wrapped


def print_codemod(console: Console, codemod: Metadata) -> None:
    """Prints all that is known about `codemod`."""
    console.print(Text(visible(codemod.id), style="bold"))
    print_wrapped(console, visible(codemod.summary))
    sections = (("Why", codemod.why), ("Fix safety", codemod.fix_safety), ("When not to use it", codemod.when_not))
    for title, text in (*sections, ("Links", "\n".join(codemod.links))):
        if text:
            console.print(Text(f"\n{title}", style="bold"))
            print_wrapped(console, visible(text, keep="\n"), indent="  ")


def print_example(console: Console, fixture: Fixture) -> None:
    """Prints one case: its title, and all its code as a diff, or as it is when it must not change."""
    console.print(Text("\nLeft alone" if fixture.is_skip else "\nExample", style="bold"))
    print_wrapped(console, visible(fixture.title), indent="  ")
    for line in fixture.before.splitlines() if fixture.is_skip else ():
        console.print(Text(f"   {line}"), soft_wrap=True)
    change = FileChange(fixture.name, fixture.before.encode(), fixture.after.encode(), ())
    for hunk in hunks_of(change, context=1000):
        for kind, code in hunk.lines:
            text = visible(code.decode().rstrip("\r\n"), keep="\t")
            console.print(Text(f"  {kind}{text}".rstrip(), style=LINE_STYLES[kind]), soft_wrap=True)
