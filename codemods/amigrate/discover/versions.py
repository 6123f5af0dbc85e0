"""The Django and the Python that the changed code has to work on."""

from __future__ import annotations

import re
import sys
from collections.abc import Iterable, Sequence

from packaging.specifiers import SpecifierSet
from packaging.version import InvalidVersion, Version

from amigrate.discover.data import DiscoveryError, OldDjango
from amigrate.discover.declared import Constraint, Declared

RUNTIME_PYTHON = "3.10"  # what django_ahead needs
SUPPORTED_DJANGO = ("4.2", "5.0", "5.1", "5.2", "6.0", "6.1")
_MINIMUM_PYTHON = {"4.2": "3.8", "5.0": "3.10", "5.1": "3.10", "5.2": "3.10", "6.0": "3.12", "6.1": "3.12"}
_DEFAULT_DJANGO = "5.2"
_PYTHONS = tuple(f"3.{minor}" for minor in range(8, 21))
_GIVEN = re.compile(r"(\d+\.\d+)(?:\.\d+)?")
_PATCHES = ("", *(f".{number}" for number in range(100)), "a1", "b1", "rc1")


def django_version(declared: Declared, override: str | None = None) -> str:
    """The lowest supported Django, as "5.2", that the project runs on.

    `override` comes first, then lock files, pins, ranges, classifiers, and the Django installed beside amigrate.

    Raises:
        DiscoveryError: `override` is no supported version, or the project declares an older Django only.
    """
    if override is not None:
        return _given(override, SUPPORTED_DJANGO, "Django", "5.2")
    pins = [constraint for constraint in declared.django if _is_pin(constraint.allowed)]
    for constraints in (declared.django_locked, pins, declared.django):
        if found := _lowest(constraints, SUPPORTED_DJANGO):
            return found
        if any(_is_newer(constraint.allowed) for constraint in constraints):
            return SUPPORTED_DJANGO[-1]
        if constraints:
            _refuse_old(constraints[0])
    classified = [version for version in SUPPORTED_DJANGO if version in declared.django_classifiers]
    return classified[0] if classified else _installed_django()


def python_version(declared: Declared, django: str, override: str | None = None) -> str:
    """The lowest Python, as "3.12", that the project runs on and that `django` supports; else the running one.

    Raises:
        DiscoveryError: `override` is no supported version.
    """
    if override is not None:
        return _given(override, _PYTHONS, "Python", "3.12")
    found = next((low for constraint in declared.python if (low := _lowest([constraint], _PYTHONS))), None)
    found = found or next((version for version in _PYTHONS if version in declared.python_classifiers), None)
    found = found or f"{sys.version_info.major}.{sys.version_info.minor}"
    return max(found, _MINIMUM_PYTHON[django], key=Version)


def python_floors(declared: Declared, override: str | None = None) -> tuple[str, ...]:
    """The files that allow a Python before the one that django_ahead needs, if none of all forbids that one.

    A pin (`.python-version`, `==3.9.*`) says what the project runs on; a lower bound, what it might run on.
    """
    newer = [version for version in _PYTHONS if Version(version) >= Version(RUNTIME_PYTHON)]
    files = dict.fromkeys(constraint.file for constraint in declared.python)
    by_file = {file: [c for c in declared.python if c.file == file] for file in files}
    kept = override is not None and Version(override) < Version(RUNTIME_PYTHON)
    if kept or not all(_lowest(constraints, newer) for constraints in by_file.values()):
        return ()
    return tuple(f for f, constraints in by_file.items() if _lowest(constraints, _PYTHONS) not in newer)


def _given(text: str, supported: Sequence[str], what: str, example: str) -> str:
    match = _GIVEN.fullmatch(text.strip())
    if match and match[1] in supported:
        return match[1]
    known = f"from {supported[0]} to {supported[-1]}" if what == "Django" else f"from {supported[0]} on"
    raise DiscoveryError(f"{what} {text!r} is not supported: give a version {known}, such as {example}")


def _lowest(constraints: Iterable[Constraint], versions: Iterable[str]) -> str:
    """The lowest version that all files allow; when they contradict each other, that any of them allows."""
    by_file: dict[str, list[SpecifierSet]] = {}
    for constraint in constraints:
        by_file.setdefault(constraint.file, []).append(constraint.allowed)
    allowed = {file: [v for v in versions if any(_admits(s, v) for s in sets)] for file, sets in by_file.items()}
    lists = list(allowed.values())
    common = [version for version in versions if lists and all(version in each for each in lists)]
    either = [version for version in versions if any(version in each for each in lists)]
    return next(iter([*common, *either]), "")


def _admits(allowed: SpecifierSet, version: str) -> bool:
    return any(allowed.contains(f"{version}{patch}", prereleases=True) for patch in _PATCHES)


def _is_pin(allowed: SpecifierSet) -> bool:
    return any(specifier.operator in {"==", "==="} for specifier in allowed)


def _is_newer(allowed: SpecifierSet) -> bool:
    """Whether only versions beyond the known ones are allowed."""
    newest = Version(SUPPORTED_DJANGO[-1])
    for specifier in allowed:
        try:
            version = Version(specifier.version.removesuffix(".*"))
        except InvalidVersion:
            continue
        if specifier.operator in {"==", "===", ">=", ">", "~="} and version > newest:
            return True
    return False


def _refuse_old(constraint: Constraint) -> None:
    raise OldDjango(
        f"{constraint.file} asks for Django {constraint.allowed}, and amigrate supports {SUPPORTED_DJANGO[0]} to "
        f"{SUPPORTED_DJANGO[-1]}: upgrade Django first, or say what to write for with --django {SUPPORTED_DJANGO[0]}"
    )


def _installed_django() -> str:
    """The Django installed beside amigrate, or the nearest supported one."""
    from importlib import metadata  # brings all of `email`, and is asked only where a project declares no Django

    try:
        installed = Version(metadata.version("Django"))
    except (metadata.PackageNotFoundError, InvalidVersion):
        return _DEFAULT_DJANGO
    not_newer = [version for version in SUPPORTED_DJANGO if Version(version) <= installed]
    return not_newer[-1] if not_newer else SUPPORTED_DJANGO[0]
