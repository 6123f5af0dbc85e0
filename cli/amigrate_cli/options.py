"""The options that several commands share, and how they join the project's configuration."""

from __future__ import annotations

import inspect
from collections.abc import Callable, Collection
from dataclasses import dataclass, fields
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Concatenate, Literal, ParamSpec, get_type_hints

import typer

from amigrate_cli.errors import Stop

if TYPE_CHECKING:
    from amigrate.config import Settings
    from amigrate.pipeline import Options

P = ParamSpec("P")
DECIDING = ("decisions", "no_decisions", "accept")  # fields of Common
REPORTS = ("json", "patch", "patches", "sarif", "markdown", "annotations")


@dataclass(frozen=True, slots=True)
class Common:
    """What the user gave of the shared options; None is not given."""

    path: Annotated[Path, typer.Argument(help="The root of the project.", show_default="this folder")] = Path()
    select: Annotated[
        list[str] | None, typer.Option("--select", "-s", metavar="ID", help="Only these codemods; repeatable.")
    ] = None
    ignore: Annotated[
        list[str] | None, typer.Option("--ignore", "-i", metavar="ID", help="Not these codemods; repeatable.")
    ] = None
    django: Annotated[
        str | None, typer.Option(metavar="VERSION", help="The Django to write for, e.g. 5.2. Default: detected.")
    ] = None
    python: Annotated[
        str | None, typer.Option(metavar="VERSION", help="The Python to write for, e.g. 3.12. Default: detected.")
    ] = None
    jobs: Annotated[int | None, typer.Option(metavar="N", min=0, help="Processes. Default: one a core.")] = None
    include: Annotated[list[str] | None, typer.Option(metavar="GLOB", help="Also change these files; repeatable.")] = (
        None
    )
    exclude: Annotated[list[str] | None, typer.Option(metavar="GLOB", help="Leave these files; repeatable.")] = None
    entry: Annotated[
        list[str] | None,
        typer.Option(metavar="MODULE:QUALNAME", help="A further entry point that may be async; globs; repeatable."),
    ] = None
    only: Annotated[Literal["worthwhile"] | None, typer.Option(help="Convert just what saves thread hops.")] = None
    confidence: Annotated[
        Literal["safe", "review"] | None, typer.Option(help="The least sure edits to make. Default: review.")
    ] = None
    helpers: Annotated[
        Literal["bridge", "twin"] | None,
        typer.Option(help="Helpers that both colours need: bridged, or with an async twin. Default: bridge."),
    ] = None
    runtime: Annotated[
        bool | None,
        typer.Option(
            "--runtime/--no-runtime", help="May the new code import django_ahead? Default: where the project does."
        ),
    ] = None
    websockets: Annotated[
        Literal["native", "channels"] | None,
        typer.Option(
            help="What becomes of Channels: websockets of django_ahead, or async consumers of Channels. "
            "Default: native; channels with --no-runtime."
        ),
    ] = None
    pyrefly: Annotated[
        bool | None,
        typer.Option("--pyrefly/--no-pyrefly", help="Ask Pyrefly for types? Default: yes."),
    ] = None
    cache: Annotated[
        bool | None,
        typer.Option("--cache/--no-cache", help="Keep what was learned for the next run? Default: yes."),
    ] = None
    config: Annotated[
        Path | None,
        typer.Option(metavar="FILE", help="The pyproject.toml with [tool.amigrate]. Default: the project's."),
    ] = None
    decisions: Annotated[
        Path | None,
        typer.Option(metavar="FILE", help="What was decided in a review. Default: .amigrate/decisions.toml, if any."),
    ] = None
    no_decisions: Annotated[bool, typer.Option("--no-decisions", help="As if nothing had been decided.")] = False
    accept: Annotated[
        Literal["safe", "review"] | None,
        typer.Option(help="Of what is undecided, take what is at least this sure. Default: nothing."),
    ] = None
    json: Annotated[
        str | None, typer.Option("--json", metavar="FILE|-", help="Write the report as JSON; - is stdout.")
    ] = None
    patch: Annotated[
        str | None, typer.Option("--patch", metavar="FILE|-", help="Write a patch for `git apply`; - is stdout.")
    ] = None
    patches: Annotated[
        Path | None, typer.Option("--patches", metavar="FOLDER", help="Write a patch for each file and each group.")
    ] = None
    sarif: Annotated[
        str | None, typer.Option("--sarif", metavar="FILE|-", help="Write SARIF for code scanning; - is stdout.")
    ] = None
    markdown: Annotated[
        str | None,
        typer.Option("--markdown", metavar="FILE|-", help="Write a summary as Markdown. Default: a GitHub job's page."),
    ] = None
    annotations: Annotated[
        str | None,
        typer.Option("--annotations", metavar="FILE|-", help="Write GitHub annotations; a job prints them: -."),
    ] = None

    @property
    def to_stdout(self) -> list[str]:
        """The options whose report goes to stdout."""
        return [
            f"--{name}" for name in ("json", "patch", "sarif", "markdown", "annotations") if getattr(self, name) == "-"
        ]

    @property
    def stdout_taken(self) -> bool:
        """Whether a report goes to stdout, so that nothing else may."""
        return bool(self.to_stdout)


def with_common(command: Callable[Concatenate[Common, P], None]) -> Callable[..., None]:
    """`command` with the fields of `Common` as parameters of their own, for Typer to read."""
    return with_common_but()(command)


def with_common_but(
    *without: str,
) -> Callable[[Callable[Concatenate[Common, P], None]], Callable[..., None]]:
    """As `with_common`, for a command that has no use for some of the fields: these keep their defaults."""

    def join(command: Callable[Concatenate[Common, P], None]) -> Callable[..., None]:
        return _joined(command, without)

    return join


def _joined(command: Callable[Concatenate[Common, P], None], without: Collection[str]) -> Callable[..., None]:
    hints = get_type_hints(Common, include_extras=True)
    shared = {field.name: (hints[field.name], field.default) for field in fields(Common) if field.name not in without}
    own = list(inspect.signature(command, eval_str=True).parameters.values())[1:]

    def call(*rest: P.args, **given: P.kwargs) -> None:
        common = Common(**{name: given.pop(name) for name in shared})  # type: ignore[arg-type]  # Typer checked the types
        command(common, *rest, **given)

    keyword = inspect.Parameter.KEYWORD_ONLY
    common = [
        inspect.Parameter(name, keyword, default=value, annotation=hint) for name, (hint, value) in shared.items()
    ]
    parameters = [common[0], *(one.replace(kind=keyword) for one in own), *common[1:]]
    call.__signature__ = inspect.Signature(parameters)  # type: ignore[attr-defined]  # what inspect reads first
    call.__annotations__ = {one.name: one.annotation for one in parameters}
    call.__name__, call.__doc__ = command.__name__, command.__doc__
    return call


def project_root(path: Path) -> Path:
    """The absolute path of the project.

    Raises:
        Stop: it is no folder.
    """
    if not path.exists():
        raise Stop(f"{path}: no such folder")
    if not path.is_dir():
        raise Stop(f"{path}: not a folder; give the root of the project, and --include for single files")
    return path.resolve()


def engine_options(common: Common, root: Path) -> Options:
    """The options of a run: the project's configuration, over which the command line wins.

    Raises:
        Stop: the configuration is wrong.
    """
    from amigrate import config
    from amigrate.pipeline import Options

    try:
        if common.config and not common.config.is_file():
            raise Stop(f"{common.config}: no such file")
        path = common.config or config.find(root)
        settings = config.load(path) if path else {}
    except config.ConfigError as error:
        raise Stop(str(error)) from error
    merged: Settings = {**settings, **_given(common)}
    return Options(**merged)


def _given(common: Common) -> Settings:
    given: dict[str, object] = {
        "select": _ids(common.select),
        "ignore": _ids(common.ignore),
        "include": _texts(common.include),
        "exclude": _texts(common.exclude),
        "entries": _texts(common.entry),
        "only_worthwhile": True if common.only else None,
    }
    for name in ("django", "python", "jobs", "confidence", "helpers", "runtime", "websockets", "pyrefly", "cache"):
        given[name] = getattr(common, name)
    return {name: value for name, value in given.items() if value is not None}  # type: ignore[return-value]  # the keys of Settings


def _texts(values: list[str] | None) -> tuple[str, ...] | None:
    return tuple(values) if values else None


def _ids(values: list[str] | None) -> tuple[str, ...] | None:
    """Ids may also be given in one value, with commas."""
    return tuple(one.strip() for value in values for one in value.split(",") if one.strip()) if values else None
