"""What users get: a wheel with all of the package, and documentation that says what the code does."""

from __future__ import annotations

import ast
import json
import re
import subprocess
import sys
import zipfile
from importlib import import_module
from pathlib import Path

import pytest

from django_ahead.conf import KEYS, WebSocketSettings
from django_ahead.native import NAMES
from tests.runtime.site_process import RUNTIME

DOCS = (RUNTIME.parent / "docs" / "runtime.md").read_text()
SOCKET_DOCS = (RUNTIME.parent / "docs" / "websockets.md").read_text()
PACKAGE = RUNTIME / "django_ahead"
PAIRS = RUNTIME.parent / "codemods" / "amigrate" / "django_api" / "pairs.json"


@pytest.mark.e2e
@pytest.mark.network
def test_wheel_has_every_file_and_type_information(tmp_path: Path) -> None:
    pip = (sys.executable, "-m", "pip", "wheel", "--quiet", "--disable-pip-version-check", "--no-deps")
    subprocess.run([*pip, "--wheel-dir", tmp_path, RUNTIME], check=True, capture_output=True)
    (wheel,) = tmp_path.glob("django_ahead-*.whl")
    shipped = {name for name in zipfile.ZipFile(wheel).namelist() if name.startswith("django_ahead/")}
    source = {path.relative_to(RUNTIME).as_posix() for path in PACKAGE.rglob("*.py")} | {"django_ahead/py.typed"}
    assert shipped == source


def test_docs_explain_every_check() -> None:
    for module, page in ((PACKAGE / "checks.py", DOCS), (PACKAGE / "websocket" / "checks.py", SOCKET_DOCS)):
        ids = set(re.findall(r'id="(ahead\.[EW]\d+)"', module.read_text()))
        assert len(ids) >= 3
        assert ids == set(re.findall(r"^\| `(ahead\.\w+)`", page, re.MULTILINE))


def test_docs_have_every_setting_and_its_default() -> None:
    rows = re.findall(r"^\| `([A-Z_]+)` \| ([^|]+) \|", SOCKET_DOCS, re.MULTILINE)
    assert [name for name, _ in rows] == list(KEYS)
    defaults = WebSocketSettings()
    for name, told in rows:
        value = getattr(defaults, KEYS[name])
        expected = {"LAYERS": "those of CHANNEL_LAYERS, else in memory", "MAX_SIZE": "16 MiB"}.get(name)
        assert told.replace("`", "") == (expected or str(value)), name


def test_docs_name_what_exists() -> None:
    for path in sorted(set(re.findall(r"django_ahead(?:\.\w+)+", SOCKET_DOCS))):
        parent, _, name = path.rpartition(".")
        module = PACKAGE.parent / path.replace(".", "/")
        assert module.is_dir() or module.with_suffix(".py").exists() or hasattr(import_module(parent), name), path


def test_docs_say_what_is_native_since_when() -> None:
    rows = [row.split("|") for row in DOCS.partition("## Older Djangos")[2].splitlines() if row.startswith("| `")]
    told = {name: since.strip() for _, names, since, *_ in rows for name in re.findall(r"`(?:\w+\.)*([aA]\w+)", names)}
    in_table = {
        name.public.rpartition(".")[2]: "not yet" if name.since is None else f"{name.since[0]}.{name.since[1]}"
        for name in NAMES
    }
    assert told == in_table


def test_nothing_of_amigrate_is_imported() -> None:
    for path in PACKAGE.rglob("*.py"):
        for node in ast.walk(ast.parse(path.read_text())):
            if isinstance(node, ast.Import | ast.ImportFrom):
                names = [node.module or ""] if isinstance(node, ast.ImportFrom) else [name.name for name in node.names]
                assert all(not name.startswith("amigrate") for name in names), path


def test_table_agrees_with_the_generated_one() -> None:
    """That of amigrate was made by looking into every Django from 4.2 on."""
    generated = {pair["async"]: pair["since"] for pair in json.loads(PAIRS.read_text())["pairs"]}
    generated["django.contrib.auth.middleware.auser"] = generated["django.http.request.HttpRequest.auser"]
    generated |= {
        name.replace("django.dispatch.dispatcher.", "django.dispatch."): since for name, since in generated.items()
    }
    # It knows no name without a sync form of that name, as `aset` for `session[key] = value`, and no classes.
    known = [name for name in NAMES if name.since is None or name.django in generated]
    assert {name.django.rpartition(".")[2] for name in NAMES if name not in known} == {
        "aset",
        "AsyncPage",
        "AsyncPaginator",
    }
    for name in known:
        since = None if name.since is None else f"{name.since[0]}.{name.since[1]}"
        assert generated.get(name.django) == since, name
