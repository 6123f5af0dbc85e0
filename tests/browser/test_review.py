"""`review --web` and the page to read, in headless Chromium with real clicks and keys."""

from __future__ import annotations

import json
import time
from collections.abc import Iterator
from importlib.resources import files
from pathlib import Path

import pytest

from amigrate_cli.decisions_file import DEFAULT, read_decisions
from tests.browser.chromium import Tab, browsing
from tests.browser.review_pages import reviewing, served_review, written_page
from tests.e2e.bookshop import copy_into_git
from tests.review.hostile import PATH, hostile
from tests.review.reviewing import change_set

SMALL = {"shop/views.py": [(10, "alpha", "g1"), (20, "beta", "g2"), (30, "alpha", "g1")], "a.py": [(5, "alpha", "g2")]}


@pytest.fixture(scope="module")
def tab(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Tab]:
    with browsing(tmp_path_factory.mktemp("profile")) as tab:
        yield tab


@pytest.fixture(autouse=True)
def fresh(tab: Tab) -> Iterator[None]:
    """Each test begins with a window of the usual size, and ends without an error in the page."""
    tab.look()
    tab.errors.clear()
    yield
    assert tab.errors == []
    tab.open("about:blank#left")


def opened(tab: Tab, url: str) -> None:
    tab.open(url)
    tab.wait_for("document.querySelector('.hunk[data-layout]')")


def states(tab: Tab) -> list[str]:
    """How the hunks stand, from top to bottom."""
    found = tab.evaluate("[...document.querySelectorAll('.hunk')].map(card => card.dataset.status)")
    return [str(one) for one in found]


def becomes(tab: Tab, *wanted: str) -> None:
    expression = "JSON.stringify([...document.querySelectorAll('.hunk')].map(card => card.dataset.status))"
    tab.wait_for(f"{expression} === {json.dumps(json.dumps(wanted, separators=(',', ':')))}")


def current(tab: Tab) -> int:
    """The number of the hunk that keys act on."""
    return int(tab.evaluate("Number(document.querySelector('.hunk.current').id.slice(5))"))


def tally(tab: Tab) -> str:
    return str(tab.evaluate("document.querySelector('#tally').textContent"))


def test_a_project_is_reviewed_left_and_gone_on_with(tab: Tab, tmp_path: Path) -> None:
    shop = copy_into_git(tmp_path / "bookshop")
    with reviewing(shop, "--django", "5.2", "--no-pyrefly") as url:
        opened(tab, url)
        assert "#" not in tab.evaluate("location.href")  # the token is not left in the address
        total = int(tally(tab).split()[2])
        assert total > 40
        tab.press("n", "a")
        tab.wait_for("/^1 of/.test(document.querySelector('#tally').textContent)")
        kept = read_decisions(shop / DEFAULT)
        assert [one.verdict.value for one in kept] == ["accepted"] * len(kept)
        assert kept
        tab.press("F")
        tab.wait_for("document.querySelectorAll('.file .tally')[1].textContent === 'decided'")
        assert len(read_decisions(shop / DEFAULT)) > len(kept)
        was = states(tab)
    with reviewing(shop, "--django", "5.2", "--no-pyrefly") as url:
        opened(tab, url)
        assert states(tab) == was
        assert was[current(tab)] == "pending"  # where it stopped
        tab.click("#accept-shown")
        tab.wait_for(f"document.querySelector('#tally').textContent === '{total} of {total} decided'")
        tab.click("#finish")
        tab.wait_for("/has ended/.test(document.body.innerText)")
        assert f"{total} accepted, 0 rejected" in tab.text
        tab.press("a", "?")


def test_what_was_rejected_is_planned_around(tab: Tab, tmp_path: Path) -> None:
    shop = copy_into_git(tmp_path / "bookshop")
    with reviewing(shop, "--django", "5.2", "--no-pyrefly") as url:
        opened(tab, url)
        tab.press("n", "r")
        tab.wait_for("document.querySelector('dialog').open || !document.querySelector('#plan').hidden")
        if not tab.evaluate("!document.querySelector('#plan').hidden"):
            tab.press("Enter")
        tab.wait_for("!document.querySelector('#plan').hidden")
        before = tally(tab)
        tab.press("P")
        tab.wait_for("/Planned without/.test(document.querySelector('#notices')?.innerText)")
        assert tally(tab) != before
        assert read_decisions(shop / DEFAULT)[0].verdict.value == "rejected"
        tab.click("#notices summary")
        tab.click("#notices .small")
        tab.wait_for(
            "document.querySelector('#notices')?.innerText === '' && document.querySelector('.hunk[data-layout]')"
        )
        assert tally(tab).startswith("0 of ")


def test_what_falls_is_shown_before_it_falls(tab: Tab) -> None:
    with served_review(change_set(SMALL)) as server:
        opened(tab, server.url)
        tab.click("#hunk-3 .accepted")
        becomes(tab, "pending", "pending", "pending", "accepted")
        tab.click("#hunk-1 .rejected")
        tab.wait_for("document.querySelector('dialog').open")
        assert "1 more hunk in 1 file would not be made, 1 of them accepted" in tab.text
        tab.press("Escape")
        tab.wait_for("!document.querySelector('dialog').open")
        becomes(tab, "pending", "pending", "pending", "accepted")
        tab.click("#hunk-1 .rejected")
        tab.wait_for("document.querySelector('dialog').open")
        tab.press("Enter")
        becomes(tab, "pending", "rejected", "pending", "fallen")
        assert "it works only together with shop/views.py:20" in tab.evaluate(
            "document.querySelector('#hunk-3').textContent"
        )
        tab.click("#hunk-3 .remark .link")
        assert current(tab) == 1
        tab.click("#undo")
        becomes(tab, "pending", "pending", "pending", "accepted")
        assert tab.evaluate("document.querySelector('#say').textContent") == "Taken back. 1 of 4 decided."


def test_keys(tab: Tab) -> None:
    with served_review(change_set(SMALL)) as server:
        opened(tab, server.url)
        tab.press("j")
        assert current(tab) == 0
        tab.press("a")
        becomes(tab, "accepted", "pending", "pending", "pending")
        tab.wait_for("document.activeElement.id === 'hunk-1'")
        tab.press("j", "j", "k")
        assert current(tab) == 2
        tab.press("G")
        becomes(tab, "accepted", "pending", "accepted", "pending")
        tab.press("c")
        becomes(tab, "accepted", "pending", "pending", "pending")
        tab.press("u", "u", "u")
        becomes(tab, "pending", "pending", "pending", "pending")
        tab.press("C")
        becomes(tab, "accepted", "pending", "accepted", "accepted")
        tab.press("n")
        assert current(tab) == 1
        tab.press("S")
        becomes(tab, "accepted", "accepted", "accepted", "accepted")
        tab.press("v")
        assert tab.evaluate("document.querySelectorAll('#hunk-0 .pair').length") > 0
        tab.press("v", "?")
        tab.wait_for("document.querySelector('dialog').open")
        assert "accept the rest of its codemod" in tab.text
        tab.press("Escape", "/", "2", "0", ")")
        tab.wait_for("document.querySelector('#shown').textContent === '1 hunk shown'")
        assert tab.evaluate("document.querySelector('#search').value") == "20)"
        tab.press("Escape", "Escape", "f")
        tab.wait_for("document.querySelector('[data-state=pending]').getAttribute('aria-pressed') === 'true'")
        assert tab.evaluate("document.querySelector('#empty').hidden") is False
        tab.press("Escape")
        tab.wait_for("document.querySelectorAll('.hunk:not([hidden])').length === 4")


def test_filters_and_decisions_on_what_is_shown(tab: Tab) -> None:
    with served_review(change_set(SMALL)) as server:
        opened(tab, server.url)
        tab.click("[data-codemod=beta]")
        shown = "[...document.querySelectorAll('.hunk:not([hidden])')].map(card => card.id).join(' ')"
        assert tab.evaluate(shown) == "hunk-1"
        assert not tab.evaluate("document.querySelector('#leaf-1').offsetParent")
        tab.click("#accept-shown")
        becomes(tab, "pending", "accepted", "pending", "pending")
        tab.click("[data-codemod=beta]")
        tab.click("[data-state=pending]")
        assert tab.evaluate(shown) == "hunk-0 hunk-2 hunk-3"
        tab.click("[data-state='']")
        tab.click("#hunk-0 .more-actions")
        tab.wait_for("document.activeElement.getAttribute('role') === 'menuitem'")
        tab.press("Enter")  # the rest of the group
        becomes(tab, "accepted", "accepted", "accepted", "pending")
        tab.click("#leaf-1")
        assert current(tab) == 3
        tab.click("section:has(#hunk-3) [data-bulk=rejected]")
        tab.wait_for("document.querySelector('dialog').open")
        tab.click("dialog .danger")
        becomes(tab, "accepted", "fallen", "accepted", "rejected")


def test_two_windows_show_the_same(tab: Tab) -> None:
    with served_review(change_set(SMALL)) as server:
        opened(tab, server.url)
        server.review.decide("accepted", [next(iter(server.review.session.subject.items))])
        tab.evaluate("document.dispatchEvent(new Event('visibilitychange'))")
        becomes(tab, "accepted", "pending", "pending", "pending")


def test_nothing_of_the_project_is_shown_without_the_token(tab: Tab) -> None:
    with served_review(change_set(SMALL)) as server:
        tab.open(f"{server.url.partition('#')[0]}#wrong")
        tab.wait_for("/no access/.test(document.body.innerText)")
        assert "views.py" not in tab.text
        assert len(tab.errors) == 1  # the answer 403
        tab.errors.clear()


def test_an_ended_review_says_so(tab: Tab) -> None:
    with served_review(change_set(SMALL)) as server:
        opened(tab, server.url)
    tab.press("j", "a")
    tab.wait_for("/review has ended/.test(document.querySelector('#toast').innerText)")
    assert states(tab) == ["pending"] * 4
    tab.errors.clear()  # the connection that was refused


@pytest.mark.parametrize("live", [True, False])
def test_a_hostile_project_is_only_text(tab: Tab, tmp_path: Path, live: bool) -> None:
    changes = hostile()
    with served_review(changes) as server:
        opened(tab, server.url if live else written_page(changes, tmp_path))
        tab.evaluate("document.querySelectorAll('details').forEach(box => box.open = true)")
        tab.click("#split")
        tab.wait_for("document.querySelectorAll('#hunk-0 .pair').length")
        tab.press("Escape", "/", "o", "l", "d")
        tab.wait_for("document.querySelector('.refusals')")
        assert tab.evaluate("window.hacked") is None
        assert tab.evaluate("document.querySelectorAll('img, iframe, script:not(#data)').length") == 1  # our script
        text = tab.text
        assert "</script><script>window.hacked = 1</script>" in text
        assert not set("\x1b\x07\u202e\u2066\u2028") & set(text)
        hidden = set(tab.evaluate("[...document.querySelectorAll('.code .hidden-char')].map(one => one.textContent)"))
        assert {"U+001B", "U+0007", "U+202E", "U+2066"} <= hidden
        assert "\\u202e" in tab.evaluate("document.querySelector('.file .path').textContent")
        assert len(PATH) < len(tab.evaluate("document.querySelector('.file .path').textContent"))


def test_the_page_to_read_decides_nothing(tab: Tab, tmp_path: Path) -> None:
    opened(tab, written_page(change_set(SMALL), tmp_path))
    assert tab.evaluate("document.querySelectorAll('.verdicts, [data-bulk]').length") == 0
    assert not tab.evaluate(
        "document.querySelector('#undo').offsetParent || document.querySelector('#finish').offsetParent"
    )
    tab.press("j", "a", "r", "F")
    assert states(tab) == ["pending"] * 4
    assert "alpha says so" in tab.text
    assert tally(tab) == "4 hunks in 2 files"


def test_two_thousand_hunks(tab: Tab, tmp_path: Path) -> None:
    paths = {
        f"app{at}/views.py": [
            (line, "alpha" if line % 3 else "beta", f"g{at}-{line // 50}") for line in range(2, 400, 8)
        ]
        for at in range(40)
    }
    with served_review(change_set(paths, lines=400)) as server:
        started = time.monotonic()
        opened(tab, server.url)
        assert time.monotonic() - started < 6  # 2 on a machine that does nothing else
        assert len(states(tab)) == 2000
        tab.press("j", "a")
        tab.wait_for("document.querySelector('#tally').textContent === '1 of 2,000 decided'")
        tab.click("#leaf-39")
        tab.wait_for("document.querySelector('.hunk.current[data-layout] code')")
        box = tab.evaluate("document.querySelector('.hunk.current').getBoundingClientRect().top")
        assert 50 < box < 850
        tab.click("#accept-shown")
        tab.wait_for("document.querySelector('#tally').textContent === '2,000 of 2,000 decided'")


@pytest.mark.parametrize("width", [1600, 1280, 1100, 800, 420])
def test_it_fits_the_window(tab: Tab, width: int) -> None:
    tab.look(width=width)
    many = {f"app{at}/views.py": [(line, "alpha", f"g{at}") for line in range(2, 60, 4)] for at in range(20)}
    with served_review(change_set(many)) as server:
        opened(tab, server.url)
        tab.press("j", "a")
        tab.wait_for("!document.querySelector('#undo').disabled")
        assert tab.evaluate("document.documentElement.scrollWidth") <= width


@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_accessibility(tab: Tab, scheme: str) -> None:
    tab.look(scheme=scheme)
    with served_review(change_set(SMALL)) as server:
        opened(tab, server.url)
        tab.evaluate("document.querySelectorAll('details').forEach(box => box.open = true)")
        tab.click("#hunk-0 .accepted")
        becomes(tab, "accepted", "pending", "pending", "pending")
        tab.click("#hunk-1 .rejected")
        tab.wait_for("document.querySelector('dialog').open")
        assert violations(tab) == []
        tab.press("Enter")
        becomes(tab, "accepted", "rejected", "pending", "fallen")
        assert violations(tab) == []
        tab.click("#split")
        tab.click("#hunk-0 .more-actions")
        assert violations(tab) == []


def violations(tab: Tab) -> list[str]:
    """What axe-core finds wrong in the page as it is."""
    tab.evaluate(files("axe_core_python").joinpath("axe.min.js").read_text())
    tab.evaluate("window.found = null; axe.run().then(result => window.found = result.violations)")
    tab.wait_for("window.found")
    found = tab.evaluate("found.map(one => `${one.id}: ${one.nodes.slice(0, 3).map(node => node.html).join(' ')}`)")
    return [str(one) for one in found]
