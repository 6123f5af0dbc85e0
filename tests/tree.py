"""Small projects on disk, written from dicts of texts, and what the real pipeline makes of them."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from textwrap import dedent

from amigrate.model import ChangeSet, Refusal
from amigrate.pipeline import Options, run

MODELS = """
from django.db import models


class Author(models.Model):
    name = models.CharField(max_length=100)


class Book(models.Model):
    title = models.CharField(max_length=100)
    author = models.ForeignKey(Author, on_delete=models.CASCADE)
    editor = models.ForeignKey(Author, null=True, related_name="edited", on_delete=models.SET_NULL)
"""
SETTINGS = """
INSTALLED_APPS = ["django.contrib.auth", "django.contrib.contenttypes", "django.contrib.sessions", "shop"]
ROOT_URLCONF = "shop.urls"
"""
MANAGE = 'import os\n\nos.environ.setdefault("DJANGO_SETTINGS_MODULE", "config")\n'


def write_project(root: Path, files: Mapping[str, str | bytes]) -> Path:
    """A Django project with the app `shop`, whose models are an author and a book, and with these files."""
    own: dict[str, str | bytes] = {
        "manage.py": MANAGE,
        "config.py": SETTINGS,
        "shop/__init__.py": "",
        "shop/models.py": MODELS,
    }
    write(root, {**own, **files})
    return root


def write(root: Path, files: Mapping[str, str | bytes]) -> None:
    """Writes files; texts may be indented, and begin with an empty line."""
    for name, text in files.items():
        path = root / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(text if isinstance(text, bytes) else dedent(text).removeprefix("\n").encode())


def change_set(root: Path, **options: object) -> ChangeSet:
    """What the pipeline would change, for Django 5.2, without Pyrefly and without a cache unless asked."""
    given = {"django": "5.2", "python": "3.12", "jobs": 1, "pyrefly": False, "cache": False, **options}
    rejected = given.pop("rejected", ())
    return run(root, Options(**given), rejected=rejected)  # type: ignore[arg-type]  # the options of a test


def texts(changes: ChangeSet) -> dict[str, str]:
    """The new text of each changed file."""
    return {change.path: change.after.decode() for change in changes.changes}


def apply(root: Path, changes: ChangeSet) -> None:
    """Writes the changes."""
    for change in changes.changes:
        (root / change.path).write_bytes(change.after)


def refusal(changes: ChangeSet, symbol: str) -> Refusal:
    """The one refusal of a function."""
    found = [one for one in changes.refusals if one.symbol == symbol]
    assert len(found) == 1, f"{symbol}: {found or changes.refusals}"
    return found[0]
