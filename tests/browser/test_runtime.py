"""The bookshop before and after its migration with `--runtime`, in Chromium: a log-in, forms, and `{% await %}`."""

from __future__ import annotations

from pathlib import Path
from shutil import copyfile

from tests.browser.chromium import browsing
from tests.conftest import Amigrate
from tests.e2e.bookshop import copy_into_git, create_database, git, served
from tests.environments import DjangoEnv
from tests.runtime.site_process import RUNTIME

PAGE = Path("catalogue/templates/catalogue/book_detail.html")
MODELS = Path("catalogue/models.py")
TITLE = "    def __str__(self):\n        return self.title\n"
SYNC = """    def praise(self):
        return [f"<{review.rating}> by {review.author}" for review in self.reviews.select_related("author")]

"""
ASYNC = """    async def praise(self):
        return [f"<{review.rating}> by {review.author}" async for review in self.reviews.select_related("author")]

"""


def edit(path: Path, old: str, new: str) -> None:
    text = path.read_text()
    assert old in text, path
    path.write_text(text.replace(old, new, 1))


def pages(shop: Path, python: Path, database: Path, profile: Path) -> list[str]:
    """What a customer sees who logs in, reviews a book and buys it."""
    with served(shop, python, database) as address, browsing(profile) as tab:
        seen = []
        tab.open(f"{address}/accounts/login/?next=/books/moby-dick/")
        tab.submit("form:has([name=username])", username="ada", password="secret")
        seen.append(tab.text)
        tab.submit("form[action$='/review/']", rating="5", text="Thar she blows!")
        seen.append(tab.text)
        tab.submit("form[action*='/cart/add/']")
        seen.append(tab.text)
        tab.open(f"{address}/orders/checkout/")
        seen.append(tab.text)
    return seen


def test_customer_sees_the_same(tmp_path: Path, amigrate: Amigrate, django_env: DjangoEnv) -> None:
    python, original = django_env("6.1"), tmp_path / "original.sqlite3"
    shops = {name: copy_into_git(tmp_path / name) for name in ("before", "after")}
    create_database(shops["before"], python, original)
    for shop in shops.values():
        edit(shop / MODELS, TITLE, SYNC + TITLE)
        edit(shop / PAGE, "<h3>Reviews</h3>", "<p>{{ book.praise|join:', ' }}</p>\n<h3>Reviews</h3>")
        git(shop, "commit", "--quiet", "--all", "--message=Praise")

    done = amigrate("apply", shops["after"], "--in-place", "--runtime", "--django", "6.1")
    assert done.returncode == 0, done.stdout + done.stderr
    assert "return await arender(request" in (shops["after"] / "catalogue" / "views.py").read_text()
    # What a developer does next: the method that the template calls becomes async. The template follows.
    edit(shops["after"] / MODELS, SYNC, ASYNC)
    git(shops["after"], "commit", "--quiet", "--all", "--message=Async praise")
    done = amigrate("apply", shops["after"], "--in-place", "--django", "6.1")
    assert done.returncode == 0, done.stdout + done.stderr
    assert "{% await book.praise|join:', ' %}" in (shops["after"] / PAGE).read_text()
    (shops["after"] / "django_ahead").symlink_to(RUNTIME / "django_ahead")

    seen = {}
    for name, shop in shops.items():
        database = tmp_path / f"{name}.sqlite3"
        copyfile(original, database)
        seen[name] = pages(shop, python, database, tmp_path / f"profile-{name}")
    book, reviewed, cart, checkout = seen["before"]
    assert "ada" in book
    assert "<5> by ada" in reviewed
    assert "Moby-Dick: " in cart
    assert "Address" in checkout
    assert seen["after"] == seen["before"]
