"""Projects on Channels, migrated: their own tests have the same outcomes on Channels and on django_ahead."""

from __future__ import annotations

import asyncio
import json
import urllib.request
from pathlib import Path

import pytest
from websockets.asyncio.client import ClientConnection, connect
from websockets.exceptions import InvalidStatus

from tests.conftest import Amigrate
from tests.e2e.channels_projects import copy_of, own_tests, served
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
        assert gone not in text, gone
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


async def transcript(port: int) -> list[str]:
    """What three visitors of the doorbell hear, one of whom is known."""
    site = f"127.0.0.1:{port}"

    async def get(path: str) -> str:
        def fetch() -> str:
            with urllib.request.urlopen(f"http://{site}{path}", timeout=20) as answer:
                assert answer.status == 200
                return (answer.headers.get("Set-Cookie") or "").partition(";")[0]

        return await asyncio.to_thread(fetch)

    def visitor(path: str, cookie: str = "") -> connect:
        return connect(f"ws://{site}{path}", additional_headers={"Cookie": cookie} if cookie else {}, proxy=None)

    heard: list[str] = []

    async def hear(*sockets: ClientConnection) -> None:
        heard.extend([str(await asyncio.wait_for(socket.recv(), 10)) for socket in sockets])

    known = await get("/enter/ann/")
    async with visitor("/ws/home/", known) as ann, visitor("/ws/home/") as other, visitor("/quiet/home/") as quiet:
        await ann.send("--heartbeat--")
        await hear(ann)
        await ann.send('{"text": "hello"}')
        await hear(ann, other)
        await other.send('{"text": "kept", "in_silence": true}')
        await other.send('{"text": "hi"}')
        await hear(ann, other)
        await get("/ring/home/?text=knock")
        await hear(ann, other)
        await get("/ring/everywhere/?text=knock&layer=quiet")
        await get("/ring/home/?text=hush&layer=quiet")
        await hear(quiet, quiet)
        await get("/ring/everywhere/?text=all")
        await hear(ann, other)
    async with visitor("/ws/garden/", known) as ann:
        await get("/ring/home/?text=unheard")
        await ann.send("--heartbeat--")
        await hear(ann)
    with pytest.raises(InvalidStatus) as refused:
        await visitor("/ws/no-home/")
    heard.append(str(refused.value.response.status_code))
    return heard


def test_consumers_under_the_application_of_channels(tmp_path: Path, amigrate: Amigrate) -> None:
    python = socket_environment(DJANGO)
    project = copy_of("doorbell", tmp_path / "doorbell")
    before = own_tests(project, python)
    assert len(before) == 5
    with served(project, python, "doorbell.routing:application", tmp_path / "before.sqlite3") as port:
        heard = asyncio.run(transcript(port))
    assert heard[:3] == ["--heartbeat--", "1 ann: hello", "1 ann: hello"]
    migrated(amigrate, project)
    assert own_tests(project, python) == before
    text = words(project)
    assert "class BellConsumer(WebSocketConsumer):" in text and "class BellWorker(SyncConsumer):" in text
    assert 'requires-python = ">=3.10"' in (project / "pyproject.toml").read_text()
    with served(project, python, "doorbell.routing:application", tmp_path / "after.sqlite3") as port:
        assert asyncio.run(transcript(port)) == heard
    assert "Traceback" not in (tmp_path / "after.log").read_text()
