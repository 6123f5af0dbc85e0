"""What the project still imports or sets that a later Django removed, where that costs only a look at the facts."""

from __future__ import annotations

from collections.abc import Iterator

from amigrate.audit.data import Finding, Level, Place
from amigrate.discover.project import Role
from amigrate.facts.program import Program

# dotted name -> (removed in, use instead); from the "Features removed" of the release notes
_IMPORTS = {
    "django.utils.timezone.utc": ("5.0", "datetime.timezone.utc"),
    "django.utils.datetime_safe": ("5.0", "datetime"),
    "django.contrib.postgres.fields.CICharField": ("5.1", "a CharField with a collation"),
    "django.contrib.postgres.fields.CIEmailField": ("5.1", "an EmailField with a collation"),
    "django.contrib.postgres.fields.CITextField": ("5.1", "a TextField with a collation"),
    "django.core.files.storage.get_storage_class": ("5.1", "django.core.files.storage.storages"),
    "django.utils.itercompat.is_iterable": ("6.0", "collections.abc.Iterable"),
    "django.contrib.gis.geoip2.GeoIP2.open": ("6.0", "GeoIP2()"),
    "django.conf.urls.url": ("4.0", "django.urls.re_path"),
    "django.utils.translation.ugettext": ("4.0", "gettext"),
    "django.utils.translation.ugettext_lazy": ("4.0", "gettext_lazy"),
    "django.utils.encoding.force_text": ("4.0", "force_str"),
    "django.utils.encoding.smart_text": ("4.0", "smart_str"),
    "django.utils.http.is_safe_url": ("4.0", "url_has_allowed_host_and_scheme"),
}
_SETTINGS = {
    "USE_L10N": ("5.0", "leave it out: it is always on"),
    "USE_DEPRECATED_PYTZ": ("5.0", "zoneinfo"),
    "DEFAULT_FILE_STORAGE": ("5.1", "STORAGES"),
    "STATICFILES_STORAGE": ("5.1", "STORAGES"),
    "FORMS_URLFIELD_ASSUME_HTTPS": ("7.0", "leave it out once forms assume https"),
}


def deprecations(program: Program) -> Iterator[Finding]:
    """One finding for each such name, at its first place."""
    shown: set[str] = set()
    settings = program.project.settings.module
    for module in program.modules.values():
        if program.roles.get(module.module) is not Role.CODE:
            continue
        for _, target in module.imports:
            if target in _IMPORTS and target not in shown:
                shown.add(target)
                yield _finding(program, target, *_IMPORTS[target], Place(module.path))
        for one in module.classes:
            if any(name == "index_together" for name, _ in one.meta) and "index_together" not in shown:
                shown.add("index_together")
                place = Place(module.path, one.line)
                yield _finding(program, "Meta.index_together", "5.1", "Meta.indexes", place)
        if settings and module.module.startswith(settings.rpartition(".")[0] or settings):
            for name, _ in module.values:
                if name in _SETTINGS and name not in shown and "settings" in module.module:
                    shown.add(name)
                    yield _finding(program, name, *_SETTINGS[name], Place(module.path))


def _finding(program: Program, name: str, removed: str, instead: str, place: Place) -> Finding:
    gone = _key(removed) <= _key(program.project.django)
    verb = "was removed in" if gone else "goes with"
    level = Level.WARNING if gone else Level.INFO
    return Finding("Deprecated", level, f"{name} {verb} Django {removed}", f"use {instead}", place)


def _key(version: str) -> tuple[int, ...]:
    return tuple(int(part) for part in version.split("."))
