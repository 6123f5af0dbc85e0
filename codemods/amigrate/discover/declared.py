"""What a project declares about the Django and the Python that it runs on: the data, and the notations for it."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field

from packaging.requirements import InvalidRequirement, Requirement
from packaging.specifiers import InvalidSpecifier, SpecifierSet
from packaging.utils import canonicalize_name

_POETRY_PART = re.compile(r"(\^|~(?!=)|[<>!=~]=?=?)?\s*(\d[\w.*+-]*|\*)")
_CLASSIFIER = re.compile(r"(Framework :: Django|Programming Language :: Python) :: (\d+\.\d+)")


@dataclass(frozen=True, slots=True)
class Constraint:
    """Versions that one file allows; of several for the same file and package, any may hold."""

    file: str
    allowed: SpecifierSet


@dataclass(slots=True)
class Declared:
    """All that was found, in the order of the files read. `mentions_django` is true also for a bare `Django`."""

    django_locked: list[Constraint] = field(default_factory=list)
    django: list[Constraint] = field(default_factory=list)
    python: list[Constraint] = field(default_factory=list)
    django_classifiers: list[str] = field(default_factory=list)
    python_classifiers: list[str] = field(default_factory=list)
    mentions_django: bool = False
    requiring: list[str] = field(default_factory=list)  # the files that require Django, not those that lock it
    has_runtime: bool = False  # whether django-ahead is required

    def lock(self, file: str, name: object, version: object) -> None:
        """Takes note of an entry of a lock file."""
        if isinstance(name, str) and canonicalize_name(name) == "django":
            self.mentions_django = True
            if isinstance(version, str):
                self.django_locked += _constraints(file, [f"=={version.removeprefix('==')}"])

    def require(self, file: str, requirements: Iterable[object]) -> None:
        """Takes note of requirements as pip writes them, if they are for Django."""
        for text in requirements:
            try:
                requirement = Requirement(text) if isinstance(text, str) else None
            except InvalidRequirement:
                continue
            if requirement and self._take(file, canonicalize_name(requirement.name)) and requirement.specifier:
                self.django.append(Constraint(file, requirement.specifier))

    def require_poetry(self, file: str, dependencies: object) -> None:
        """Takes note of a table of poetry's or Pipenv's: name to version, to a table, or to a list of tables."""
        for name, value in dependencies.items() if isinstance(dependencies, dict) else ():
            package = canonicalize_name(name) if isinstance(name, str) else ""
            if not self._take(file, package) and package != "python":
                continue
            options = value if isinstance(value, list) else [value]
            versions = [option.get("version") if isinstance(option, dict) else option for option in options]
            found = [part for version in versions if isinstance(version, str) for part in poetry_versions(version)]
            if package == "python":
                self.python += _constraints(file, found)
            else:
                self.django += _constraints(file, found)

    def _take(self, file: str, package: str) -> bool:
        """Takes note of a required package; gives whether it is Django."""
        self.has_runtime |= package == "django-ahead"
        if package != "django":
            return False
        self.mentions_django = True
        if file not in self.requiring:
            self.requiring.append(file)
        return True

    def require_python(self, file: str, specifier: object) -> None:
        """Takes note of a `requires-python`."""
        if isinstance(specifier, str):
            self.python += _constraints(file, [specifier])

    def classify(self, classifiers: object) -> None:
        """Takes note of trove classifiers."""
        for text in classifiers if isinstance(classifiers, list) else ():
            if isinstance(text, str) and (match := _CLASSIFIER.fullmatch(text.strip())):
                known = self.django_classifiers if "Django" in match[1] else self.python_classifiers
                known.append(match[2])


def poetry_versions(text: str) -> Iterator[str]:
    """The alternatives of a version in poetry's notation (`^5.0 || ~4.2.1`) as specifiers that pip understands."""
    for alternative in text.split("|"):
        parts = [_plain(operator, version) for operator, version in _POETRY_PART.findall(alternative)]
        if parts:
            yield ",".join(part for part in parts if part)


def _plain(operator: str, version: str) -> str:
    if version == "*":
        return ""
    if operator not in {"^", "~"}:
        return f"{'==' if operator in {'', '='} else operator}{version}"
    numbers = [int(number) for number in re.findall(r"\d+", version)]
    kept = numbers[: 1 if operator == "^" or len(numbers) == 1 else 2]
    return f">={version},<{'.'.join(map(str, [*kept[:-1], kept[-1] + 1]))}"


def _constraints(file: str, specifiers: Iterable[str]) -> Iterator[Constraint]:
    for text in specifiers:
        try:
            if allowed := SpecifierSet(text):
                yield Constraint(file, allowed)
        except InvalidSpecifier:
            continue
