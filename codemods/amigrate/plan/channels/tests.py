"""Sites of tests: communicators, exceptions and adapters under their new names."""

from __future__ import annotations

from amigrate.discover.project import Role
from amigrate.model import Confidence
from amigrate.plan.channels.application import Application
from amigrate.plan.channels.migration import Migration
from amigrate.plan.channels.names import NAMES, TESTS, Part


def move_tests(migration: Migration, application: Application) -> None:
    """The sites of what tests import of Channels; where no consumer moves, of tests of the application only."""
    program = migration.context.analyst.program
    for use in migration.of(Part.TEST, Part.LIVE):
        named = program.imported(use.module).values()
        if not migration.moved and not any(f"{one}.".startswith(f"{application.module}.") for one in named):
            continue
        live = NAMES[use.dotted].part is Part.LIVE
        reason = (
            "it serves the ASGI application in a thread" if live else "the communicator sends an Origin, as browsers"
        )
        migration.rename(use, TESTS, reason, Confidence.REVIEW if live else Confidence.SAFE)
    for use in migration.of(Part.NAME):
        if use.role is Role.TEST and migration.moved:
            migration.rename(use, TESTS, f"{use.dotted} becomes {NAMES[use.dotted].new}")
