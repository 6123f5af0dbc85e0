"""The chatroom after its migration, in two windows of Chromium: they talk through Redis, under uvicorn."""

from __future__ import annotations

import json
import urllib.request
from pathlib import Path

from tests.browser.chromium import Tab, browsing
from tests.conftest import Amigrate
from tests.e2e.channels_projects import copy_of, served
from tests.environments import socket_environment
from tests.runtime.socket_servers import redis_server


def say(tab: Tab, text: str) -> None:
    tab.evaluate(f"document.getElementById('chat-message-input').value = {json.dumps(text)}")
    tab.evaluate("document.getElementById('chat-message-submit').click()")


def hears(tab: Tab, text: str) -> None:
    tab.wait_for(f"document.getElementById('chat-log').value.includes({json.dumps(text)})")


def test_two_windows_talk(tmp_path: Path, amigrate: Amigrate) -> None:
    python = socket_environment("5.2")
    project = copy_of("chatroom", tmp_path / "chatroom")
    done = amigrate("apply", project, "--in-place")
    assert done.returncode == 0, done.stdout + done.stderr
    assert "channels" not in (project / "chatroom" / "asgi.py").read_text()
    database = tmp_path / "chat.sqlite3"
    with redis_server() as (_, port):
        shared = {"REDIS_URL": f"redis://127.0.0.1:{port}/0"}
        # two processes: what one window says gets to the other through Redis alone
        with (
            served(project, python, "chatroom.asgi:application", database, **shared) as first,
            served(
                project, python, "chatroom.asgi:application", database.with_name("chat.sqlite3"), **shared
            ) as second,
            browsing(tmp_path / "ada") as ada,
            browsing(tmp_path / "bob") as bob,
        ):
            for tab, server in ((ada, first), (bob, second)):
                tab.open(f"http://127.0.0.1:{server}/chat/lobby/")
                tab.wait_for("document.title === 'Chat room: open'")
            say(ada, "Thar she blows!")
            for tab in (ada, bob):
                hears(tab, "somebody: Thar she blows!")
            say(bob, "Where away?")
            for tab in (ada, bob):
                hears(tab, "somebody: Where away?")
            topic = urllib.request.Request(f"http://127.0.0.1:{second}/chat/lobby/topic/", data=b"topic=whales")
            with urllib.request.urlopen(topic, timeout=20) as answer:
                assert answer.status == 204
            ada.wait_for("document.getElementById('topic').textContent === 'whales'")
            say(ada, "/quit")
            ada.wait_for("document.title === 'Chat room: closed 4000'")
            ada.open(f"http://127.0.0.1:{second}/chat/lobby/")
            hears(ada, "Where away?")
