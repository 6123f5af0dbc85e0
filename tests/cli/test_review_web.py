"""The command `review --web` and `--html`: options, what it prints, how it ends."""

from __future__ import annotations

import json
import re
import signal
import socket
import subprocess
import urllib.request
from collections.abc import Callable
from pathlib import Path
from subprocess import CompletedProcess

import pytest

from amigrate_cli.decisions_file import DEFAULT
from amigrate_cli.review.web.server import TOKEN

Cli = Callable[..., CompletedProcess[str]]


@pytest.mark.parametrize(
    ("options", "said"),
    [
        (["--web", "--html", "x.html"], "give either --web or --html FILE"),
        (["--html", "x.html", "--port", "8000"], "--port and --no-open go with --web only"),
        (["--html", "x.html", "--no-open"], "--port and --no-open go with --web only"),
        (["--html", "no/such/folder.html"], "choose another file"),
        (["--web", "--port", "70000"], "65535"),
        ([], "review needs a terminal, --web or --html FILE"),
    ],
)
def test_wrong_options_are_usage_errors(cli: Cli, project: Path, options: list[str], said: str) -> None:
    done = cli("review", project, *options)
    assert done.returncode == 2
    assert said in done.stderr
    assert not (project / "x.html").exists()


def test_a_port_that_is_taken_is_said(cli: Cli, project: Path) -> None:
    with socket.create_server(("127.0.0.1", 0)) as other:
        port = other.getsockname()[1]
        done = cli("review", project, "--web", "--no-open", "--port", str(port))
    assert done.returncode == 2
    assert f"--port {port}: Address already in use; leave it out for a free one" in done.stderr


def test_the_page_goes_to_a_file_or_stdout(cli: Cli, project: Path, tmp_path: Path) -> None:
    page = tmp_path / "review.html"
    assert cli("review", project, "--html", page).returncode == 0
    text = page.read_text("utf-8")
    data = re.search(r'<script id="data" type="application/json">(.*?)</script>', text)
    assert data
    shown = json.loads(data[1])
    assert [file["path"] for file in shown["content"]["files"]] == ["shop/forms.py", "shop/views.py"]
    assert shown["content"]["title"] == "project"
    assert cli("review", project, "--html", "-").stdout == text
    assert not (project / DEFAULT).exists()


@pytest.mark.parametrize("end", [signal.SIGINT, signal.SIGTERM, signal.SIGHUP])
def test_signals_end_it_well(project: Path, command: list[str], env: dict[str, str], end: signal.Signals) -> None:
    line = [*command, "review", str(project), "--web", "--no-open"]
    with subprocess.Popen(line, env=env, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True) as process:
        assert process.stdout
        url, _, token = process.stdout.readline().split()[-1].partition("#")
        origin = url.rstrip("/")
        headers = {TOKEN: token, "Origin": origin, "Content-Type": "application/json"}
        first = {TOKEN: token}
        with urllib.request.urlopen(urllib.request.Request(f"{origin}/review", headers=first)) as answer:
            item = json.load(answer)["content"]["files"][0]["items"][0]["id"]
        body = json.dumps({"verdict": "rejected", "items": [item]}).encode()
        with urllib.request.urlopen(urllib.request.Request(f"{origin}/decide", body, headers)) as answer:
            assert "r" in json.load(answer)["statuses"]
        process.send_signal(end)
        said, errors = process.communicate(timeout=30)
    assert (process.returncode, errors) == (0, "")
    assert "0 accepted, 1 rejected, 1 fall with these" in said
    assert [path.name for path in (project / DEFAULT).parent.iterdir()] == ["decisions.toml"]
