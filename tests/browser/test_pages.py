"""The migrated bookshop in a real browser: headless Chromium loads pages that uvicorn serves."""

from __future__ import annotations

import shutil
import subprocess
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.conftest import Amigrate
from tests.e2e.bookshop import copy_into_git, create_database, git, served
from tests.environments import DjangoEnv

NO_BROWSER = "no Chromium on PATH; install it, for example with `apt-get install chromium`"


@pytest.fixture(scope="module")
def address(tmp_path_factory: pytest.TempPathFactory, amigrate: Amigrate, django_env: DjangoEnv) -> Iterator[str]:
    folder = tmp_path_factory.mktemp("browser")
    shop = copy_into_git(folder / "bookshop")
    done = amigrate("apply", shop, "--branch", "async", "--django", "5.2")
    assert done.returncode == 0, done.stdout + done.stderr
    git(shop, "checkout", "--quiet", "async")
    assert "async def book_detail" in (shop / "catalogue" / "views.py").read_text()
    python, database = django_env("5.2"), folder / "shop.sqlite3"
    create_database(shop, python, database)
    with served(shop, python, database) as url:
        yield url


def dump(url: str, profile: Path) -> str:
    """The document as Chromium has it after loading."""
    names = ("chromium", "chromium-browser", "google-chrome")
    browser = next(filter(None, map(shutil.which, names)), None)
    assert browser, NO_BROWSER
    options = ("--headless", "--no-sandbox", "--disable-gpu", f"--user-data-dir={profile}", "--dump-dom")
    return subprocess.run([browser, *options, url], capture_output=True, text=True, timeout=120, check=True).stdout


@pytest.mark.parametrize(
    ("path", "text"),
    [
        ("/", '<a href="/books/moby-dick/">Moby-Dick</a>'),
        ("/?q=jane", '<a href="/books/jane-eyre/">Jane Eyre</a>'),
        ("/books/moby-dick/", '<a href="/books/typee/">Typee</a>'),
        ("/writers/charlotte-bronte/", "2 books: Jane Eyre, Villette"),
        ("/orders/cart/", "Your cart is empty."),
        ("/orders/", "<h2>Log in</h2>"),
    ],
)
def test_page(address: str, path: str, text: str, tmp_path: Path) -> None:
    assert text in dump(address + path, tmp_path)
