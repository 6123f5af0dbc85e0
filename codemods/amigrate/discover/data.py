"""What discovery says about a project: the data that the later stages start from."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum


class DiscoveryError(Exception):
    """The folder cannot be worked on. The message is for the user and names the remedy."""


class OldDjango(DiscoveryError):
    """The project asks for a Django that is older than all supported ones."""


class Role(StrEnum):
    """What a file is to the migration: only `CODE` is changed, unless asked."""

    CODE = "code"
    TEST = "test"
    MIGRATION = "migration"
    VENDORED = "vendored"
    GENERATED = "generated"


@dataclass(frozen=True, slots=True)
class SourceFile:
    """A Python file: its path from the project root and its dotted name under its import root."""

    path: str
    module: str
    role: Role


@dataclass(frozen=True, slots=True)
class Database:
    """An entry of DATABASES. None is a value that cannot be read; `pooled` is the `pool` option of psycopg."""

    alias: str
    engine: str = ""
    max_age: int | None = 0
    pooled: bool = False
    atomic_requests: bool = False


@dataclass(frozen=True, slots=True)
class Settings:
    """The settings that decide what may become async, as far as they can be read without running anything.

    `module` is "" when the project has no settings of its own (a reusable app). What is not literal is left out.
    `atomic_requests` is true when any database asks for it, also when the value itself cannot be read: Django refuses
    async views then.
    """

    module: str = ""
    installed_apps: tuple[str, ...] = ()
    root_urlconf: str = ""
    auth_user_model: str = "auth.User"
    middleware: tuple[str, ...] = ()
    authentication_backends: tuple[str, ...] = ("django.contrib.auth.backends.ModelBackend",)
    message_storage: str = "django.contrib.messages.storage.fallback.FallbackStorage"
    session_engine: str = "django.contrib.sessions.backends.db"
    template_dirs: tuple[str, ...] = ()
    atomic_requests: bool = False
    asgi_application: str = ""
    databases: tuple[Database, ...] = ()
