"""Pages of a review to drive: the real command on a project, and small ones in this process."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from threading import Thread

from amigrate.model import ChangeSet
from amigrate.review.session import begin
from amigrate.review.subject import subject_of
from amigrate_cli.review.web.deciding import Review
from amigrate_cli.review.web.page import static_page
from amigrate_cli.review.web.server import Server
from tests.conftest import ROOT


@contextmanager
def reviewing(project: Path, *options: str) -> Iterator[str]:
    """The address that `amigrate review --web` prints. It is ended as by Ctrl-C, and must end well."""
    paths = os.pathsep.join(str(ROOT / name) for name in ("codemods", "cli"))
    command = [sys.executable, "-m", "amigrate_cli", "review", str(project), "--web", "--no-open", *options]
    process = subprocess.Popen(
        command, env={**os.environ, "PYTHONPATH": paths}, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True
    )
    assert process.stdout
    line = process.stdout.readline()
    try:
        assert line.startswith("Review at http://127.0.0.1:"), process.communicate(timeout=60)
        yield line.split()[-1]
    finally:
        if process.poll() is None:
            process.send_signal(signal.SIGINT)
        said, errors = process.communicate(timeout=60)
    assert (process.returncode, errors) == (0, "")
    assert "not decided." in said


@contextmanager
def served_review(changes: ChangeSet) -> Iterator[Server]:
    """A review of these changes that is saved nowhere."""
    review = Review(begin(subject_of(changes))[0], lambda now: None, lambda now: now, "shop")
    with Server(review) as server:
        thread = Thread(target=server.serve_forever, kwargs={"poll_interval": 0.02})
        thread.start()
        try:
            yield server
        finally:
            server.shutdown()
            thread.join()


def written_page(changes: ChangeSet, folder: Path) -> str:
    """The address of the page to read, as a file."""
    path = folder / "review.html"
    path.write_bytes(static_page(begin(subject_of(changes))[0], "shop"))
    return path.as_uri()
