"""Projects on Channels, migrated: their own tests have the same outcomes on Channels and on django_ahead."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from tests.conftest import Amigrate
from tests.e2e.channels_projects import copy_of, own_tests
from tests.environments import socket_environment

pytestmark = pytest.mark.e2e
DJANGO = "5.2"


def migrated(amigrate: Amigrate, folder: Path, *options: str) -> dict[str, object]:
    """The report of an `apply`, after which a second run finds nothing to do."""
    report = folder.parent / "report.json"
    done = amigrate("apply", folder, "--in-place", "--json", report, *options)
    assert done.returncode == 0, done.stdout + done.stderr
    again = amigrate("preview", folder, "--check", *options)
    assert again.returncode == 0, again.stdout + again.stderr
    found: dict[str, object] = json.loads(report.read_text())
    return found


def words(folder: Path) -> str:
    """All code and requirements of a project, as one text."""
    files = sorted([*folder.rglob("*.py"), *folder.rglob("*.txt")])
    return "\n".join(path.read_text() for path in files)


@pytest.mark.parametrize(("name", "tests"), [("chatroom", 10), ("multichat", 5)])
def test_native(name: str, tests: int, tmp_path: Path, amigrate: Amigrate) -> None:
    python = socket_environment(DJANGO)
    project = copy_of(name, tmp_path / name)
    before = own_tests(project, python)
    assert len(before) == tests
    migrated(amigrate, project)
    assert own_tests(project, python) == before
    text = words(project)
    for gone in ("channels.", "CHANNEL_LAYERS", "channels_redis", "async_to_sync", "as_asgi())]"):
        assert gone not in text.replace("ChannelsLayer", ""), gone
    assert "django-ahead" in text


def test_staying_on_channels(tmp_path: Path, amigrate: Amigrate) -> None:
    python = socket_environment(DJANGO)
    project = copy_of("chatroom", tmp_path / "chatroom")
    before = own_tests(project, python)
    migrated(amigrate, project, "--websockets", "channels")
    assert own_tests(project, python) == before
    text = words(project)
    assert "django_ahead" not in text and "class ChatConsumer(AsyncWebsocketConsumer):" in text
    assert "await self.channel_layer.group_send(" in text and "CHANNEL_LAYERS" in text
