"""Serving a review until it is finished in the page, or with Ctrl-C."""

from __future__ import annotations

import contextlib
import os
import signal
import webbrowser
from collections.abc import Iterator
from threading import Thread
from types import FrameType

import typer

from amigrate.review.selecting import counts
from amigrate.review.session import Session
from amigrate_cli.errors import Stop
from amigrate_cli.review.web.deciding import Review
from amigrate_cli.review.web.server import ADDRESS, Server


def serve(review: Review, port: int, *, open_browser: bool) -> None:
    """Prints the address, opens it, and says what was decided at the end.

    Raises:
        Stop: the port cannot be used.
    """
    try:
        server = Server(review, port)
    except OSError as error:
        raise Stop(f"--port {port}: {os.strerror(error.errno or 0)}; leave it out for a free one") from error
    with server, _ended_by_signals():
        typer.echo(f"Review at {server.url}")
        typer.echo(f"Only from this machine, and only with this address ({ADDRESS}). Ctrl-C ends it.")
        if open_browser:
            Thread(target=_open, args=[server.url], daemon=True).start()
        with contextlib.suppress(KeyboardInterrupt):
            server.serve_forever(poll_interval=0.1)
        session = review.close()
    _say_result(session)


def _open(url: str) -> None:
    """Opens the address in a browser that has a window; one inside the terminal would hide what is printed."""
    with contextlib.suppress(webbrowser.Error):
        browser = webbrowser.get()
        if os.environ.get("BROWSER") or type(browser) is not webbrowser.GenericBrowser:
            browser.open(url)


def _say_result(session: Session) -> None:
    found = counts(session, session.subject.items.values())
    typer.echo(
        f"{found.accepted} accepted, {found.rejected} rejected, {found.fallen} fall with these, "
        f"{found.pending} not decided."
    )


@contextlib.contextmanager
def _ended_by_signals() -> Iterator[None]:
    """SIGTERM and SIGHUP end the review as Ctrl-C does."""

    def end(number: int, frame: FrameType | None) -> None:
        raise KeyboardInterrupt

    names = (name for name in ("SIGTERM", "SIGHUP") if hasattr(signal, name))
    before = {number: signal.signal(number, end) for number in (getattr(signal, name) for name in names)}
    try:
        yield
    finally:
        for number, handler in before.items():
            signal.signal(number, handler)
