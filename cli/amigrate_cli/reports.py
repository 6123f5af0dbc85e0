"""Writing the reports that were asked for."""

from __future__ import annotations

import os
from pathlib import Path
from typing import TYPE_CHECKING

from amigrate_cli.errors import Stop
from amigrate_cli.options import Common

if TYPE_CHECKING:
    from amigrate.model import ChangeSet


def write_reports(common: Common, change_set: ChangeSet) -> None:
    """Writes each report where the user wants it; in a GitHub job also the summary for its page.

    Raises:
        Stop: a file cannot be written.
    """
    if common.json:
        from amigrate.review.report import report_json

        write_report(common.json, report_json(change_set), "--json")
    if common.patch:
        from amigrate.review.patch import patch

        write_report(common.patch, patch(change_set.changes), "--patch")
    if common.patches:
        _write_patches(common.patches, change_set)
    if common.sarif:
        from amigrate.registry import metadata
        from amigrate.review.sarif import sarif

        write_report(common.sarif, sarif(change_set, metadata()), "--sarif")
    if common.annotations:
        from amigrate.review.github import github_annotations

        write_report(common.annotations, github_annotations(change_set), "--annotations")
    page = os.environ.get("GITHUB_STEP_SUMMARY", "")
    if common.markdown or page:
        from amigrate.review.markdown import markdown

        if common.markdown:
            write_report(common.markdown, markdown(change_set), "--markdown")
        else:
            _append(Path(page), markdown(change_set))


def write_report(target: str, data: bytes, option: str) -> None:
    """Writes a report to a file, or to stdout for `-`.

    Raises:
        Stop: the file cannot be written.
    """
    if target == "-":
        from amigrate_cli.render.terminal import write_bytes

        write_bytes(data)
        return
    try:
        Path(target).write_bytes(data)
    except OSError as error:
        raise Stop(f"{option} {target}: {os.strerror(error.errno or 0)}; choose another file") from error


def _write_patches(folder: Path, change_set: ChangeSet) -> None:
    from amigrate.pipeline import only_groups
    from amigrate.review.patches import patches

    try:
        for name, data in patches(change_set, only_groups):
            (folder / name).parent.mkdir(parents=True, exist_ok=True)
            (folder / name).write_bytes(data)
    except OSError as error:
        raise Stop(f"--patches {folder}: {os.strerror(error.errno or 0)}; choose another folder") from error


def _append(page: Path, data: bytes) -> None:
    """Several steps of a job share the page, so it is never replaced."""
    try:
        with page.open("ab") as file:
            file.write(data)
    except OSError as error:
        raise Stop(f"GITHUB_STEP_SUMMARY {page}: {os.strerror(error.errno or 0)}") from error
