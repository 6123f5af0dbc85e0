"""Running the pipeline for a command, and writing the reports that were asked for."""

from __future__ import annotations

import os
from pathlib import Path
from typing import TYPE_CHECKING

from amigrate_cli.codemod_ids import require_known_codemods
from amigrate_cli.errors import DONE, FAILED, Stop
from amigrate_cli.options import Common, engine_options
from amigrate_cli.render.progress import progress_display

if TYPE_CHECKING:
    from amigrate.model import ChangeSet


def analyse(common: Common, root: Path) -> ChangeSet:
    """What amigrate would change in the project at `root`; writes nothing in it but the cache.

    Raises:
        Stop: the options, the configuration or the project are such that nothing can be done.
    """
    if common.json == common.patch == "-":
        raise Stop("--json - and --patch - both want stdout; give one of them a file")
    options = engine_options(common, root)
    require_known_codemods(options, root)

    from amigrate import pipeline
    from amigrate.discover.project import DiscoveryError

    try:
        with progress_display() as progress:
            return pipeline.run(root, options, progress)
    except UnicodeError:  # a ValueError, but never one for the user
        raise
    except (DiscoveryError, ValueError) as error:
        raise Stop(str(error)) from error


def write_reports(common: Common, change_set: ChangeSet) -> None:
    """Writes the JSON report and the patch where the user wants them.

    Raises:
        Stop: a file cannot be written.
    """
    if common.json:
        from amigrate.review.report import report_json

        _write(common.json, report_json(change_set), "--json")
    if common.patch:
        from amigrate.review.patch import patch

        _write(common.patch, patch(change_set.changes), "--patch")


def report_failures(change_set: ChangeSet) -> int:
    """Names each failure on stderr; gives the exit code."""
    if not change_set.failures:
        return DONE
    from amigrate_cli.render.summary import print_failures
    from amigrate_cli.render.terminal import stderr

    print_failures(stderr(), change_set.failures)
    return FAILED


def _write(target: str, data: bytes, option: str) -> None:
    if target == "-":
        from amigrate_cli.render.terminal import write_bytes

        write_bytes(data)
        return
    try:
        Path(target).write_bytes(data)
    except OSError as error:
        raise Stop(f"{option} {target}: {os.strerror(error.errno or 0)}; choose another file") from error
