"""A headless Chromium that tests drive over its debugging pipe: pages are opened, forms filled in and submitted."""

from __future__ import annotations

import json
import os
import select
import shutil
import subprocess
import time
from base64 import b64decode
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

NO_BROWSER = "no Chromium on PATH; install it, for example with `apt-get install chromium`"
_NAMES = ("chromium", "chromium-browser", "google-chrome")
_OPTIONS = ("--headless", "--no-sandbox", "--disable-gpu", "--remote-debugging-pipe", "--no-first-run")


def executable() -> str:
    """The Chromium of this machine; the test fails where there is none."""
    found = next(filter(None, map(shutil.which, _NAMES)), None)
    assert found, NO_BROWSER
    return found


class Tab:
    """One tab. Commands are those of the DevTools protocol: JSON, each ended by a null byte, on two pipes."""

    def __init__(self, requests: int, answers: int) -> None:
        self._requests, self._answers = requests, answers
        self._buffer, self._number, self._session = b"", 0, ""
        self.errors: list[str] = []  # what scripts threw and the browser refused
        target = self._send("Target.createTarget", url="about:blank")["targetId"]
        self._session = self._send("Target.attachToTarget", targetId=target, flatten=True)["sessionId"]
        for domain in ("Runtime", "Log", "Page"):
            self._send(f"{domain}.enable")

    def open(self, url: str) -> None:
        """Goes to a page, and waits until it is loaded."""
        self._send("Page.navigate", url=url)
        self.wait_for("document.readyState === 'complete' && location.href !== 'about:blank'")

    def submit(self, form: str, **values: str) -> None:
        """Fills in the form that a CSS selector names, submits it, and waits for the page that follows."""
        for name, value in values.items():
            field = f"document.querySelector({json.dumps(f'{form} [name={name}]')})"
            self.evaluate(f"{field}.value = {json.dumps(value)}")
        self.evaluate("window.isOld = true")
        button = json.dumps(f"{form} button, {form} [type=submit]")
        self.evaluate(f"document.querySelector({button}).click()")
        self.wait_for("!window.isOld && document.readyState === 'complete'")

    def click(self, selector: str) -> None:
        """Clicks with the mouse on the element that a CSS selector names, wherever that is in the page."""
        found = f"document.querySelector({json.dumps(selector)})"
        self.wait_for(f"{found}?.offsetParent || {found}?.closest('dialog, #top')")
        self.evaluate(f"{found}.scrollIntoView({{block: 'center'}})")
        middle = f"(() => {{ const box = {found}.getBoundingClientRect();"
        middle += "return [box.x + box.width / 2, box.y + box.height / 2]; })()"
        place, before = self.evaluate(middle), None
        while place != before:  # what comes into the window may still find its size
            time.sleep(0.03)
            place, before = self.evaluate(middle), place
        for kind in ("mousePressed", "mouseReleased"):
            x, y = place
            self._send("Input.dispatchMouseEvent", type=kind, x=x, y=y, button="left", clickCount=1)

    def press(self, *keys: str) -> None:
        """Presses keys: characters, or names such as "Enter"."""
        for key in keys:
            text = {"Enter": "\r"}.get(key, key if len(key) == 1 else "")
            code = {"Enter": 13, "Escape": 27, "Tab": 9}.get(key, 0)
            known = {"key": key, "windowsVirtualKeyCode": code}
            self._send("Input.dispatchKeyEvent", type="keyDown", text=text, **known)
            self._send("Input.dispatchKeyEvent", type="keyUp", **known)

    def look(self, *, width: int = 1360, height: int = 850, scheme: str = "light") -> None:
        """Gives the window a size, and the user a liking for light or dark."""
        self._send("Emulation.setDeviceMetricsOverride", width=width, height=height, deviceScaleFactor=1, mobile=False)
        self._send("Emulation.setEmulatedMedia", features=[{"name": "prefers-color-scheme", "value": scheme}])

    def screenshot(self, path: Path) -> None:
        """Writes what the window shows as a PNG."""
        path.write_bytes(b64decode(self._send("Page.captureScreenshot", format="png")["data"]))

    @property
    def text(self) -> str:
        """What a reader of the page sees."""
        return str(self.evaluate("document.body.innerText"))

    def evaluate(self, expression: str) -> Any:
        """The value of a JavaScript expression in the page."""
        answer = self._send("Runtime.evaluate", expression=expression, returnByValue=True)
        assert "exceptionDetails" not in answer, answer["exceptionDetails"]
        return answer["result"].get("value")

    def wait_for(self, expression: str, seconds: float = 30) -> None:
        """Waits until an expression is true. A page that is just going away has no answer yet."""
        until = time.monotonic() + seconds
        while time.monotonic() < until:
            try:
                if self.evaluate(f"!!({expression})"):  # an element has no value of its own
                    return
            except _ProtocolError:
                pass
            time.sleep(0.05)
        raise AssertionError(f"{expression} is not true; the page says: {self.text[:1000]}")

    def _send(self, method: str, **params: Any) -> dict[str, Any]:
        self._number += 1
        message: dict[str, Any] = {"id": self._number, "method": method, "params": params}
        if self._session:
            message["sessionId"] = self._session
        os.write(self._requests, json.dumps(message).encode() + b"\0")
        while True:
            answer = self._receive()
            self._note(answer)
            if answer.get("id") == self._number:
                if "error" in answer:
                    raise _ProtocolError(answer["error"])
                result: dict[str, Any] = answer["result"]
                return result

    def _note(self, event: dict[str, Any]) -> None:
        """Keeps what went wrong in the page."""
        params = event.get("params", {})
        if event.get("method") == "Runtime.exceptionThrown":
            details = params["exceptionDetails"]
            self.errors.append(details.get("exception", {}).get("description") or details["text"])
        elif event.get("method") == "Log.entryAdded" and params["entry"]["level"] == "error":
            self.errors.append(params["entry"]["text"])

    def _receive(self) -> dict[str, Any]:
        while b"\0" not in self._buffer:
            ready, _, _ = select.select([self._answers], [], [], 60)
            assert ready, "Chromium does not answer"
            part = os.read(self._answers, 65536)
            assert part, "Chromium has ended"
            self._buffer += part
        message, _, self._buffer = self._buffer.partition(b"\0")
        found: dict[str, Any] = json.loads(message)
        return found


class _ProtocolError(Exception):
    """Chromium could not do what it was asked."""


@contextmanager
def browsing(profile: Path) -> Iterator[Tab]:
    """A tab of a new Chromium with an empty profile. It reads commands from descriptor 3 and answers on 4."""
    from_us, to_us = os.pipe(), os.pipe()
    command = [executable(), *_OPTIONS, f"--user-data-dir={profile}", "about:blank"]
    # The shell gives the pipes the numbers that Chromium expects. (dash can only do that for numbers below 10.)
    shell = ["bash", "-c", f'exec "$@" 3<&{from_us[0]} 4>&{to_us[1]}', "bash", *command]
    process = subprocess.Popen(
        shell, pass_fds=(from_us[0], to_us[1]), stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL
    )
    os.close(from_us[0])
    os.close(to_us[1])
    try:
        yield Tab(from_us[1], to_us[0])
    finally:
        process.terminate()
        process.wait(30)
        os.close(from_us[1])
        os.close(to_us[0])
