"""Findings on the versions of Django and Python, and on what Django deprecates."""

from __future__ import annotations

import datetime
from collections.abc import Iterator

from amigrate.audit.data import Finding, Level
from amigrate.audit.support import BROUGHT, DJANGO_ENDS, LONG_TERM, PYTHON_ENDS
from amigrate.discover.project import Project


def versions(project: Project, today: datetime.date, too_old: str = "") -> Iterator[Finding]:
    """What the versions mean for async. `too_old` says that the project asks for a Django that is not supported."""
    if too_old:
        remedy = f"upgrade to Django 5.2 (LTS) first; the rest of this report is for Django {project.django}"
        yield Finding("Django", Level.BLOCKER, too_old, remedy)
        return
    yield _django(project, today)
    lacking = [(version, what) for version, what in BROUGHT if _key(version) > _key(project.django)]
    for version, what in lacking:
        level = Level.WARNING if version in ("5.0", "5.1") else Level.INFO
        yield Finding("Django", level, f"Django {project.django} lacks {what}", f"they come with Django {version}")
    yield _python(project, today)


def _django(project: Project, today: datetime.date) -> Finding:
    version, ends = project.django, DJANGO_ENDS[project.django]
    kind = " (LTS)" if version in LONG_TERM else ""
    if ends < today:
        text = f"Django {version}{kind} has had no security fixes since {ends:%B %Y}"
        return Finding("Django", Level.WARNING, text, "upgrade before, or together with, the move to async")
    return Finding("Django", Level.OK, f"Django {version}{kind} has security fixes until {ends:%B %Y}")


def _python(project: Project, today: datetime.date) -> Finding:
    ends = PYTHON_ENDS.get(project.python)
    if ends is not None and ends < today:
        text = f"Python {project.python} has had no security fixes since {ends:%B %Y}"
        return Finding("Python", Level.WARNING, text, "upgrade Python")
    until = f" has security fixes until {ends:%B %Y}" if ends else ""
    return Finding("Python", Level.OK, f"Python {project.python}{until}")


def _key(version: str) -> tuple[int, ...]:
    return tuple(int(part) for part in version.split(".")[:2])
