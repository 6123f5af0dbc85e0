"""Running the pipeline for a command, and writing the reports that were asked for."""

from __future__ import annotations

import os
import sys
from collections.abc import Sequence
from contextlib import nullcontext
from dataclasses import replace
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING

from amigrate_cli.codemod_ids import require_known_codemods
from amigrate_cli.errors import DONE, FAILED, Stop
from amigrate_cli.options import REPORTS, Common, engine_options
from amigrate_cli.render.progress import progress_display

if TYPE_CHECKING:
    from amigrate.audit.data import Audit
    from amigrate.model import ChangeSet, Failure


def analyse(common: Common, root: Path) -> ChangeSet:
    """What amigrate would change in the project at `root`, of which only what was decided if there are decisions.

    Writes nothing in it but the cache.

    Raises:
        Stop: the options, the configuration, the decisions or the project are such that nothing can be done.
    """
    if common.no_decisions and common.decisions:
        raise Stop("give either --decisions FILE or --no-decisions")
    from amigrate_cli.decisions_file import decisions_path, read_decisions

    path = decisions_path(root, common.decisions)
    known = not common.no_decisions and (common.decisions is not None or path.exists())
    decisions = read_decisions(path) if known else ()  # before the long run
    if not known and not common.accept:
        return analyse_all(common, root)
    from amigrate.decided import decided
    from amigrate.model import Confidence
    from amigrate.pipeline import only_groups
    from amigrate.review.replanning import planned

    session, carried = planned(partial(analyse_all, common, root), decisions)
    return decided(session, carried, only_groups, Confidence(common.accept) if common.accept else None)


def analyse_all(common: Common, root: Path, rejected: tuple[str, ...] = (), *, quietly: bool = False) -> ChangeSet:
    """What amigrate would change in the project at `root`, whatever was decided; writes nothing but the cache.

    `rejected` names functions and classes that are to stay as they are; `quietly` draws no progress.

    Raises:
        Stop: the options, the configuration or the project are such that nothing can be done.
    """
    if len(common.to_stdout) > 1:
        raise Stop(f"{' and '.join(common.to_stdout)} both want stdout; give all but one of them a file")
    options = engine_options(common, root)
    require_known_codemods(options, root)

    from amigrate import pipeline
    from amigrate.discover.project import DiscoveryError

    try:
        with nullcontext() if quietly else progress_display() as progress:
            return pipeline.run(root, options, progress, rejected)
    except UnicodeError:  # a ValueError, but never one for the user
        raise
    except (DiscoveryError, ValueError) as error:
        raise Stop(str(error)) from error


def may_keep_output(common: Common, root: Path) -> bool:
    """Whether what a run shows may be shown again: it goes to no terminal, where a pager may take it, nothing else is
    written, it depends on no file elsewhere and on no codemod of a team, and the user wants a cache.

    Raises:
        Stop: the configuration is wrong.
    """
    elsewhere = any(getattr(common, name) for name in (*REPORTS, "config", "decisions"))
    if elsewhere or sys.stdout.isatty() or "GITHUB_STEP_SUMMARY" in os.environ:
        return False
    from amigrate.installed import brings_codemods

    options = engine_options(common, root)
    return options.cache and not options.codemods and not brings_codemods()


def audit_project(common: Common, root: Path) -> Audit:
    """The audit of the project at `root`; writes nothing in it but the cache.

    Raises:
        Stop: the options, the configuration or the project are such that nothing can be done.
    """
    options = engine_options(common, root)

    from amigrate.audit.data import Outcome
    from amigrate.auditing import run_audit
    from amigrate.discover.project import DiscoveryError

    try:
        with progress_display() as progress:
            audit = run_audit(root, options, progress or _quiet)
    except UnicodeError:
        raise
    except (DiscoveryError, ValueError) as error:
        raise Stop(str(error)) from error
    if options.only_worthwhile:
        shown = tuple(v for v in audit.views if v.outcome in (Outcome.CONVERT, Outcome.ASYNC))
        return replace(audit, views=shown, leave=())
    return audit


def _quiet(stage: str, done: int, total: int) -> None:
    """No progress display."""


def report_failures(failures: Sequence[Failure]) -> int:
    """Names each failure on stderr; gives the exit code."""
    if not failures:
        return DONE
    from amigrate_cli.render.summary import print_failures
    from amigrate_cli.render.terminal import stderr

    print_failures(stderr(), failures)
    return FAILED
