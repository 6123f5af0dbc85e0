"""The Typer app: the commands, and how the process ends."""

from __future__ import annotations

import contextlib
import os
import sys
import traceback
from importlib import import_module
from pathlib import Path
from typing import Annotated, Any, TextIO

import typer

from amigrate import __version__
from amigrate.on_demand import OnDemand
from amigrate_cli.errors import DONE, FAILED, INTERRUPTED, Stop
from amigrate_cli.forges.secret import without_secrets
from amigrate_cli.plain import PlainCommand, PlainGroup
from amigrate_cli.render.escape import visible

app = typer.Typer(
    name="amigrate",
    cls=PlainGroup,
    help="Moves a Django project to async, as a change that a strict reviewer would merge.",
    epilog="""\b
Examples:
  amigrate audit                          what async would give, and what is in the way
  amigrate preview                        show what would change, and why
  amigrate review                         accept or reject it hunk by hunk
  amigrate apply --branch async-views     commit it on a new branch
  amigrate pr --branch async-views        push it, and open or update its pull request
  amigrate undo                           take the last apply back
  amigrate explain async-views            what a codemod does, with examples
""",
    rich_markup_mode=None,
    no_args_is_help=True,
    pretty_exceptions_enable=False,
    context_settings={"help_option_names": ["-h", "--help"]},
)
COMMANDS = ("audit", "preview", "review", "apply", "pr", "undo", "list", "explain")  # as `--help` lists them


def _show_version(wanted: bool) -> None:
    if wanted:
        typer.echo(f"amigrate {__version__}")
        raise typer.Exit


@app.callback()
def _global(
    version: Annotated[
        bool, typer.Option("--version", callback=_show_version, is_eager=True, help="Show the version and exit.")
    ] = False,
) -> None:
    pass


def main() -> None:
    """Runs the command line and ends the process with its exit code."""
    for stream in (sys.stdout, sys.stderr):
        if hasattr(stream, "reconfigure"):
            stream.reconfigure(errors="backslashreplace")  # a terminal that lacks a character must not end the run
    code = _run()
    for stream in (sys.stdout, sys.stderr):
        _flush(stream)
    os._exit(code)  # all is written and closed: freeing the memory piece by piece takes a tenth of the run


def _run() -> int:
    try:
        group = typer.main.get_command(app)
        group.commands = OnDemand(COMMANDS, _command)  # type: ignore[attr-defined]  # with a callback it is a group
        group()
    except Stop as stop:
        _say(stop.message)
        return stop.code
    except SystemExit as end:
        if end.code == INTERRUPTED:  # Typer makes this of a KeyboardInterrupt
            _say("interrupted")
        return end.code if isinstance(end.code, int) else DONE
    except BrokenPipeError:
        return DONE
    except OSError as error:  # a full disk, a folder that may not be read: nothing that a traceback explains better
        _say(str(error))
        return FAILED
    except Exception:
        typer.echo(without_secrets(traceback.format_exc()), err=True, nl=False)
        _say("this is a bug in amigrate, please report it with the lines above")
        return FAILED
    return DONE


def _command(name: str) -> Any:
    """A command: `apply` is the function `apply` of the module `amigrate_cli.commands.apply`."""
    own = "list_" if name == "list" else name  # the name of a builtin is not for a function
    module = import_module(f"amigrate_cli.commands.{own}")
    alone = typer.Typer(rich_markup_mode=None, add_completion=False)
    alone.command(name, cls=PlainCommand, epilog=getattr(module, "EPILOG", None))(getattr(module, own))
    return typer.main.get_command(alone)


def _say(message: str) -> None:
    typer.echo(f"amigrate: {visible(without_secrets(message), keep=chr(10))}", err=True)


def _flush(stream: TextIO) -> None:
    """Flushes, and keeps Python silent at exit when nobody reads what is left."""
    try:
        stream.flush()
    except OSError:
        with contextlib.suppress(OSError), Path(os.devnull).open("w") as nowhere:
            os.dup2(nowhere.fileno(), stream.fileno())
