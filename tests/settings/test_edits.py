"""Settings of a project that gets django_ahead: in the files that decide, in the group that needs it, once."""

from __future__ import annotations

from pathlib import Path

import pytest

from amigrate.dependency import NO_SETTINGS
from tests.runtime.test_migrated import URLS, VIEWS
from tests.tree import apply, change_set, texts, write_project

APP, OURS = '"django_ahead"', "django_ahead.template.backends.django.DjangoTemplates"
TEMPLATES = """
TEMPLATES = [
    {
        "BACKEND": "django.template.backends.django.DjangoTemplates",
        "APP_DIRS": True,
    },
    {"BACKEND": "django.template.backends.jinja2.Jinja2", "DIRS": ["jinja"]},
]
"""
APPS = """
INSTALLED_APPS = [
    "django.contrib.auth",
    "django.contrib.contenttypes",
    "shop",  # ours
]
ROOT_URLCONF = "shop.urls"
"""
SUM = """
DJANGO_APPS = ["django.contrib.auth", "django.contrib.contenttypes"]
THIRD_PARTY_APPS = ["corsheaders"]
LOCAL_APPS = ["shop"]
INSTALLED_APPS = DJANGO_APPS + THIRD_PARTY_APPS + LOCAL_APPS
ROOT_URLCONF = "shop.urls"
"""
FILES = {"shop/views.py": VIEWS, "shop/urls.py": URLS, "requirements.txt": "Django\n"}
MANAGE = 'import os\n\nos.environ.setdefault("DJANGO_SETTINGS_MODULE", "settings.local")\n'


def changed(root: Path, files: dict[str, str], **options: object) -> dict[str, str]:
    return texts(change_set(write_project(root, {**FILES, **files}), **{"runtime": True, **options}))


def test_app_and_backend(tmp_path: Path) -> None:
    source = (TEMPLATES + APPS).removeprefix("\n")
    after = changed(tmp_path, {"config.py": source})["config.py"]
    expected = source.replace("django.template.backends.django.DjangoTemplates", OURS)
    assert after == expected.replace('"shop",  # ours\n', f'"shop",  # ours\n    {APP},\n')


def test_not_without_the_runtime(tmp_path: Path) -> None:
    assert set(changed(tmp_path, {"config.py": TEMPLATES + APPS}, runtime=False)) == {"shop/views.py"}


def test_second_run_is_empty(tmp_path: Path) -> None:
    project = write_project(tmp_path, {**FILES, "config.py": TEMPLATES + APPS})
    apply(project, change_set(project, runtime=True))
    again = change_set(project, runtime=True)
    assert not again.changes
    assert not again.notes


def test_sum_of_lists(tmp_path: Path) -> None:
    after = changed(tmp_path, {"config.py": SUM})["config.py"]
    assert f'THIRD_PARTY_APPS = ["corsheaders", {APP}]' in after
    assert after.count(APP) == 1


def test_base_of_settings(tmp_path: Path) -> None:
    files = {
        "manage.py": MANAGE,
        "config.py": "",
        "settings/__init__.py": "",
        "settings/base.py": TEMPLATES + APPS,
        "settings/local.py": 'from .base import *\n\nINSTALLED_APPS += ["debug_toolbar"]\n',
        "settings/ci.py": "from settings.base import *\n\nDEBUG = False\n",
    }
    after = changed(tmp_path, files)
    assert set(after) == {"requirements.txt", "settings/base.py", "shop/views.py"}
    assert after["settings/base.py"].count("django_ahead") == 2


def test_settings_of_their_own_for_tests(tmp_path: Path) -> None:
    own = 'INSTALLED_APPS = ("django.contrib.auth", "shop")\n'
    after = changed(tmp_path, {"config.py": APPS, "test_config.py": own})
    assert after["test_config.py"] == f'INSTALLED_APPS = ("django.contrib.auth", "shop", {APP})\n'
    assert APP in after["config.py"]


@pytest.mark.parametrize(
    "source",
    [
        'import os\nif os.getenv("CI"):\n    INSTALLED_APPS = ["shop"]\nelse:\n    INSTALLED_APPS = ["a"]\n',
        'INSTALLED_APPS = ["shop"]\nINSTALLED_APPS = [*INSTALLED_APPS]\nINSTALLED_APPS = ["shop"]\n',
        'INSTALLED_APPS = "shop other".split()\n',
    ],
)
def test_by_hand_where_it_is_not_sure(source: str, tmp_path: Path) -> None:
    files = {**FILES, "config.py": source + 'ROOT_URLCONF = "shop.urls"\n'}
    changes = change_set(write_project(tmp_path, files), runtime=True)
    assert "config.py" not in texts(changes)
    (refusal,) = [one for one in changes.refusals if one.path == "config.py"]
    assert refusal.suggestion == 'put "django_ahead" in INSTALLED_APPS by hand'


def test_no_settings(tmp_path: Path) -> None:
    project = write_project(tmp_path, FILES)
    (project / "manage.py").unlink()
    (project / "config.py").unlink()
    entry = ("shop.views:index",)
    assert NO_SETTINGS in change_set(project, runtime=True, entries=entry).notes
