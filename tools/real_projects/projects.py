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
    `template` is the folder of a project template in the source distribution that the settings build on; it is
    rendered as `example` beside the tree.
    """

    name: str
    version: str
    django: str
    settings: str
    tests: Sequence[str]
    packages: Sequence[str]
    pytest: bool = False
    template: str = ""

    @property
    def data(self) -> Path:
        """The folder of its requirements and settings."""
        return DATA / self.name


PATCHMAN_PACKAGES = (
    *("arch", "domains", "errata", "hosts", "modules", "operatingsystems"),
    *("packages", "reports", "repos", "security", "util"),
)

PROJECTS = {
    project.name: project
    for project in (
        RealProject("django-todo", "2.7.0", "5.2", "todo_settings", ("todo/tests",), ("todo",), pytest=True),
        RealProject("patchman", "4.0.21", "5.2", "patchman_settings", (), PATCHMAN_PACKAGES),
        RealProject(
            "django-spirit",
            "0.14.3",
            "5.2",
            "spirit_settings",
            ("--pattern=tests*.py", "spirit"),
            ("spirit",),
            template="spirit/extra/project_template",
        ),
    )
}
