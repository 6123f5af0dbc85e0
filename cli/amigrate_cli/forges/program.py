"""Running the program of a forge, for one request to the API. What it sends goes through its input, never arguments."""

from __future__ import annotations

import json
import re
import shutil
import subprocess
from collections.abc import Mapping
from typing import Any

from amigrate_cli.errors import Stop
from amigrate_cli.forges.forge import Busy, Duplicate, ForgeError

_TIMEOUT = 120  # seconds
_UNREACHABLE = ("error connecting", "dial tcp", "connection refused", "timeout", "no such host", "EOF")


def require_program(name: str, where: str) -> str:
    """The path of a program.

    Raises:
        Stop: it is not installed.
    """
    if program := shutil.which(name):
        return program
    raise Stop(f"--forge {name}: the program {name} is not installed; see {where}")


def ask_api(program: str, host: str, method: str, path: str, content: Mapping[str, object] | None = None) -> Any:
    """What `PROGRAM api` answers.

    Raises:
        Busy, Duplicate, ForgeError: it failed.
    """
    command = [program, "api", "--hostname", host, "--method", method, path]
    if content is None:
        command += ["--paginate"] if method == "GET" else []
    else:
        command += ["--header", "Content-Type: application/json", "--input", "-"]
    try:
        done = subprocess.run(
            command, input=json.dumps(content or {}).encode(), capture_output=True, timeout=_TIMEOUT, check=False
        )
    except subprocess.TimeoutExpired:
        raise Busy(f"{program}: no answer in {_TIMEOUT} s") from None
    if done.returncode:
        raise _meaning(program, done.stdout.decode(errors="replace"), done.stderr.decode(errors="replace"))
    return _joined(done.stdout.decode(errors="replace"))


def _joined(output: str) -> Any:
    """One answer, or the lists of several pages in one."""
    decoder, pages, at = json.JSONDecoder(), [], 0
    while rest := output[at:].lstrip():
        page, length = decoder.raw_decode(rest)
        at = len(output) - len(rest) + length
        pages.append(page)
    if len(pages) > 1 and all(isinstance(page, list) for page in pages):
        return [one for page in pages for one in page]
    return pages[0] if pages else None


def _meaning(program: str, printed: str, said: str) -> ForgeError:
    text = " ".join(f"{said} {printed}".split())
    found = re.search(r"HTTP (\d{3})", text) or re.search(r"\b([45]\d{2})\b", said)
    status = int(found[1]) if found else 0
    if status == 409 or (status == 422 and "already exists" in text):
        return Duplicate(text)
    if status == 429 or (status == 403 and "rate limit" in text.lower()):
        return Busy(f"{program}: the rate of requests is limited")
    if status >= 500 or (not status and any(word in text for word in _UNREACHABLE)):
        return Busy(f"{program}: {text[:300]}")
    return ForgeError(f"{program}: {text[:500]}")
