"""The projects, and what each needs. Their code is downloaded when it is needed, never kept here."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

DATA = Path(__file__).parents[1] / "corpus"
"""Per project: requirements.txt and settings, as a source distribution often ships none. `shared` is for all."""


@dataclass(frozen=True, slots=True)
class RealProject:
    """A project on the package index whose own tests can run from its source distribution.

    `tests` are the arguments of its test runner, which is pytest when `pytest` is true and Django's otherwise.
    `packages` are its top-level packages, whose models are filled and whose URLs are requested.
    `python` is the interpreter that is looked for; another one serves when it is not there. `paths` are folders of the
    tree that its settings are imported from. `template` is the folder of a project template in the source distribution
    that the settings build on; it is rendered as `example` beside the tree.
    """

    name: str
    version: str
    django: str
    python: str
    settings: str
    tests: Sequence[str]
    packages: Sequence[str]
    pytest: bool = False
    template: str = ""
    paths: Sequence[str] = ()

    @property
    def data(self) -> Path:
        """The folder of its requirements and settings."""
        return DATA / self.name


PATCHMAN_PACKAGES = (
    *("arch", "domains", "errata", "hosts", "modules", "operatingsystems"),
    *("packages", "reports", "repos", "security", "util"),
)

ALLIANCE_TESTS = (
    *("authentication", "eveonline", "groupmanagement", "notifications", "services", "srp", "menu"),
    *("fleetactivitytracking", "hrapplications", "corputils", "timerboard", "optimer", "framework"),
)
MISAGO_TESTS = tuple(f"misago/{app}" for app in ("notifications", "readtracker", "cache", "acl"))

PROJECTS = {
    project.name: project
    for project in (
        RealProject("django-todo", "2.7.0", "5.2", "3.13", "todo_settings", ("todo/tests",), ("todo",), pytest=True),
        RealProject("patchman", "4.0.21", "5.2", "3.12", "patchman_settings", (), PATCHMAN_PACKAGES),
        RealProject(
            *("django-spirit", "0.14.3", "5.2", "3.12", "spirit_settings"),
            ("--pattern=tests*.py", "spirit"),
            ("spirit",),
            template="spirit/extra/project_template",
        ),
        RealProject(
            *("allianceauth", "5.5.0", "5.2", "3.12", "alliance_settings"),
            tuple(f"allianceauth.{app}" for app in ALLIANCE_TESTS),
            ("allianceauth",),
            template="allianceauth/project_template",
        ),
        RealProject(*("misago", "0.39.6", "4.2", "3.12", "misago_settings"), MISAGO_TESTS, ("misago",), pytest=True),
        RealProject(
            *("django-newsletter", "1.2.1", "5.2", "3.13", "test_project.settings", ()),
            ("newsletter",),
            paths=("test_project",),
        ),
        RealProject("django-postman", "4.6", "6.0", "3.13", "postman_settings", (), ("postman",)),
        RealProject(
            *("django-liveops", "0.4.1", "6.0", "3.13", "tests.settings", ("tests",)),
            ("liveops", "tests"),
            pytest=True,
        ),
        RealProject(
            *("df-websockets", "1.2.6", "5.2", "3.13", "demo_df_websockets.settings", ("test_df_websockets",)),
            ("df_websockets", "demo_df_websockets"),
            pytest=True,
        ),
        RealProject(
            *("django-eventstream", "5.3.4", "5.2", "3.13", "eventstream_settings", ("tests",)),
            ("django_eventstream",),
        ),
        RealProject(
            *("django-plotly-dash", "2.5.1", "5.2", "3.12", "plotly_settings", ("django_plotly_dash/tests.py",)),
            ("django_plotly_dash",),
            pytest=True,
        ),
    )
}
