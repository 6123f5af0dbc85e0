"""Where the whole review can be read: a link, an attachment, or the CI job that made it."""

from __future__ import annotations

import os
from collections.abc import Callable
from pathlib import Path
from urllib.parse import quote

from amigrate_cli.errors import Stop
from amigrate_cli.forges.forge import Forge, ForgeError
from amigrate_cli.forges.patience import Patience
from amigrate_cli.pull_request.wishes import Wishes

_IN_URL = ":/?#[]@!$&+,;=%"


def review_link(wishes: Wishes, forge: Forge, patience: Patience, say: Callable[[str], None]) -> str:
    """Markdown that leads to the review as HTML."""
    if "://" in wishes.review:
        return f"[The whole review, with each change beside its reason]({quote(wishes.review, safe=_IN_URL)})"
    if wishes.review:
        file = Path(wishes.review)
        try:
            link = patience.attempt("attaching the review", lambda: forge.attach(file))
        except (ForgeError, OSError) as error:
            raise Stop(f"--review {file}: {error}") from error
        if link:
            return f"The whole review, with each change beside its reason: {link}"
        say(f"Not attached: {file}: this forge keeps no files; give --review a URL")
    return _from_ci()


def _from_ci() -> str:
    """A link to what the surrounding CI job keeps, if there is one."""
    known = os.environ.get
    if known("GITHUB_RUN_ID") and known("GITHUB_REPOSITORY"):
        server = known("GITHUB_SERVER_URL", "https://github.com")
        return f"Made by [this run]({server}/{known('GITHUB_REPOSITORY')}/actions/runs/{known('GITHUB_RUN_ID')})."
    return f"Made by [this job]({known('CI_JOB_URL')})." if known("CI_JOB_URL") else ""
