"""The review in the terminal, driven by keys: what is decided, shown, asked and saved."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable
from functools import partial

from textual.pilot import Pilot
from textual.widgets import Input, Static

from amigrate.model import ChangeSet, FileChange, Refusal
from amigrate.review.decisions import Decision, Verdict
from amigrate.review.replanning import planned
from amigrate.review.session import Session, accepted_groups, begin, decisions_of
from amigrate.review.subject import subject_of
from amigrate_cli.review.app import ReviewApp
from amigrate_cli.review.dialogs import Dialog
from tests.review.reviewing import change_set, with_needs

FILES = {
    "shop/forms.py": [(30, "alpha", "g2"), (40, "alpha", "g3")],
    "shop/views.py": [(10, "alpha", "g1"), (20, "beta", "g2"), (25, "alpha", "g1")],
}
Drive = Callable[[ReviewApp, Pilot[None]], Awaitable[None]]


def drive(do: Drive, changes: ChangeSet | None = None, decisions: tuple[Decision, ...] = ()) -> list[Session]:
    """Runs the app over a session; gives what was saved."""
    saved: list[Session] = []

    async def run() -> None:
        whole = changes or change_set(FILES)
        app = ReviewApp(begin(subject_of(whole), decisions)[0], saved.append, partial(again, whole))
        async with app.run_test(size=(150, 40)) as pilot:
            await pilot.pause()
            await do(app, pilot)

    asyncio.run(run())
    return saved


def again(whole: ChangeSet, session: Session) -> Session:
    """Plans without the groups that are rejected, as an engine does that has no other way."""

    def plan(symbols: tuple[str, ...]) -> ChangeSet:
        away = {edit.group for edit in whole.edits if edit.symbol in symbols}
        return change_set({path: [one for one in made if one[2] not in away] for path, made in FILES.items()})

    return planned(plan, decisions_of(session))[0]


def place(app: ReviewApp) -> tuple[str, int]:
    assert app.item is not None
    return app.item.path, app.item.line


def shown(app: ReviewApp, name: str) -> str:
    return str(app.query_one(f"#{name}", Static).render())


def test_accepting_goes_on_to_the_next_undecided_hunk_and_saves_each_step() -> None:
    async def do(app: ReviewApp, pilot: Pilot[None]) -> None:
        assert place(app) == ("shop/forms.py", 30)
        await pilot.press("a")
        assert place(app) == ("shop/forms.py", 40)
        await pilot.press("a")
        assert place(app) == ("shop/views.py", 10)
        assert "2 accepted" in shown(app, "counts")
        assert "3 undecided of 5" in shown(app, "counts")

    saved = drive(do)
    assert [len(session.verdicts) for session in saved] == [1, 2]
    assert accepted_groups(saved[-1]) == {"g3"}


def test_rejecting_shows_first_what_falls_and_leaves_all_as_it_is_when_told_no() -> None:
    async def do(app: ReviewApp, pilot: Pilot[None]) -> None:
        await pilot.press("r")
        await pilot.pause()
        assert isinstance(app.screen, Dialog)
        assert "With this hunk fall 1 other in 1 file" in app.screen.text.plain
        assert "shop/views.py:20" in app.screen.text.plain
        await pilot.press("escape")
        await pilot.pause()
        assert app.session.verdicts == {}
        await pilot.press("r")
        await pilot.pause()
        await pilot.press("enter")
        await pilot.pause()
        assert "1 rejected" in shown(app, "counts")
        assert "1 fall with them" in shown(app, "counts")
        assert place(app) == ("shop/forms.py", 40)

    (saved,) = drive(do)
    assert saved.rejected == {"g2"}


def test_a_hunk_that_is_alone_in_its_group_is_rejected_at_once() -> None:
    async def do(app: ReviewApp, pilot: Pilot[None]) -> None:
        await pilot.press("down", "r")
        await pilot.pause()
        assert not isinstance(app.screen, Dialog)

    assert drive(do)[-1].rejected == {"g3"}


def test_the_rest_of_a_file_codemod_and_group_and_undo() -> None:
    async def do(app: ReviewApp, pilot: Pilot[None]) -> None:
        await pilot.press("F")
        assert place(app) == ("shop/views.py", 10)
        await pilot.press("G")
        assert place(app) == ("shop/views.py", 20)
        await pilot.press("u", "u")
        assert app.session.verdicts == {}
        await pilot.press("u")
        await pilot.press("C")
        assert len(app.session.verdicts) == 4
        await pilot.press("u", "S")
        assert len(app.session.verdicts) == 4  # beta is for review only

    drive(do)


def test_search_and_filter_show_a_part_and_escape_shows_all() -> None:
    async def do(app: ReviewApp, pilot: Pilot[None]) -> None:
        await pilot.press("slash", *"new(25)", "enter")
        await pilot.pause()
        assert list(app.hunks.leaves) == [app.item.id if app.item else ""]
        assert place(app) == ("shop/views.py", 25)
        await pilot.press("a", "escape")
        await pilot.pause()
        assert len(app.hunks.leaves) == 5
        assert app.query_one("#search", Input).display is False
        await pilot.press("f")
        assert len(app.hunks.leaves) == 4
        assert "only undecided" in shown(app, "counts")
        await pilot.press("f")
        await pilot.pause()
        assert place(app) == ("shop/views.py", 25)
        await pilot.press("slash", *"nothing of the kind")
        await pilot.pause()
        assert app.item is None
        assert "No hunk is shown" in shown(app, "why")
        await pilot.press("enter", "a", "r", "c", "G")  # on nothing, nothing happens
        assert len(app.session.verdicts) == 1

    drive(do)


def test_the_why_the_group_the_needs_and_the_refusals_are_shown() -> None:
    refusal = Refusal("shop/views.py", 12, "shop.views.other", "alpha", "it is a property", "leave it sync")
    changes = with_needs(change_set(FILES, [refusal]), ("shop.views.f1", "shop.views.f2"))

    async def do(app: ReviewApp, pilot: Pilot[None]) -> None:
        await pilot.press("a", "a")
        await pilot.pause()
        assert "alpha: alpha says so" in shown(app, "why")
        around = shown(app, "around")
        assert "Group g1  2 hunks in 1 file" in around
        assert "Needs shop.views.f2" in around
        assert "line 12 it is a property" in around
        assert "→ leave it sync" in around
        assert "x = old(10)" in shown(app, "change")
        await pilot.press("v")
        await pilot.pause()
        assert "│" in shown(app, "change")

    drive(do, changes)


def test_a_review_goes_on_where_it_stopped_and_lists_what_is_stale() -> None:
    edit = change_set(FILES).edits[0]
    decisions = (
        Decision(edit.id, Verdict.ACCEPTED, "alpha", "shop.forms.f3", "old(30)"),
        Decision("0" * 16, Verdict.REJECTED, "alpha", "gone.f", "old(1)"),
    )

    async def do(app: ReviewApp, pilot: Pilot[None]) -> None:
        assert place(app) == ("shop/forms.py", 40)
        assert "1 stale decisions" in shown(app, "counts")
        await pilot.press("d")
        assert "stale" not in shown(app, "counts")

    (saved,) = drive(do, decisions=decisions)
    assert [one.id for one in decisions_of(saved)] == [edit.id]


def test_the_tree_can_be_arranged_by_group() -> None:
    async def do(app: ReviewApp, pilot: Pilot[None]) -> None:
        await pilot.press("g")
        await pilot.pause()
        assert list(app.hunks.branches) == ["g2", "g3", "g1"]
        assert place(app) == ("shop/forms.py", 30)
        await pilot.press("G")
        label = app.hunks.branches["g2"][0].label
        assert str(label) == "g2  2/2"

    drive(do)


def test_hostile_code_and_names_cannot_steer_the_terminal() -> None:
    evil = "\x1b]0;owned\x07\x1b[2J \u202e [bold red]x[/] [@click=app.quit]y[/]"
    changes = change_set({f"a{evil}.py": [(10, "alpha", "g")]}, [Refusal(f"a{evil}.py", 10, evil, "alpha", evil, evil)])
    (change,) = changes.changes
    code = (change.before.replace(b"line = 9", evil.encode()), change.after.replace(b"line = 9", evil.encode()))
    hostile = FileChange(change.path, *code, change.edits)
    drawn: list[str] = []

    async def do(app: ReviewApp, pilot: Pilot[None]) -> None:
        drawn.extend(shown(app, name) for name in ("why", "change", "around", "counts"))
        drawn.append(str(app.hunks.root.children[0].label))
        await pilot.press("slash", *"[red]", "enter")
        drawn.append(shown(app, "counts"))

    drive(do, ChangeSet(".", "5.2", "3.12", (hostile,), changes.groups, changes.refusals))
    text = "".join(drawn)
    assert not any(character in text for character in "\x1b\x07\u202e")
    assert text.count("[bold red]x[/]") >= 4  # as it is, and no markup


def test_a_huge_line_is_shown_by_its_ends() -> None:
    (change,) = change_set({"a.py": [(10, "alpha", "g")]}).changes
    huge = b"data = '" + b"z" * 1_000_000 + b"'\n"
    before, after = (code.replace(b"line = 9\n", huge) for code in (change.before, change.after))
    base = change_set({"a.py": [(10, "alpha", "g")]})

    async def do(app: ReviewApp, pilot: Pilot[None]) -> None:
        text = shown(app, "change")
        assert "characters…" in text
        assert len(text) < 2_000

    drive(do, ChangeSet(".", "5.2", "3.12", (FileChange("a.py", before, after, change.edits),), base.groups))


def test_a_thousand_hunks_are_quick_to_decide() -> None:
    many = {f"app{number}/views.py": [(at, "alpha", f"g{number}") for at in range(2, 60, 2)] for number in range(40)}

    async def do(app: ReviewApp, pilot: Pilot[None]) -> None:
        assert len(app.hunks.leaves) == 1160
        for _ in range(10):
            await pilot.press("a")
        await pilot.press("C")
        assert "1160 accepted" in shown(app, "counts")

    drive(do, change_set(many))


def test_the_rest_is_planned_again_without_what_is_rejected_and_that_can_be_taken_back() -> None:
    async def do(app: ReviewApp, pilot: Pilot[None]) -> None:
        await pilot.press("P")
        assert len(app.hunks.leaves) == 5  # nothing is rejected yet
        await pilot.press("down", "a", "up", "up", "down", "r")
        await pilot.pause()
        await pilot.press("enter")
        await pilot.pause()
        await pilot.press("P")
        await app.workers.wait_for_complete()
        await pilot.pause()
        assert len(app.hunks.leaves) == 3
        assert "planned without 1 rejected edits" in shown(app, "counts")
        assert "1 accepted" in shown(app, "counts")
        assert len(decisions_of(app.session)) == 2
        await pilot.press("D")
        await pilot.pause()
        await pilot.press("enter")
        await pilot.pause()
        await app.workers.wait_for_complete()
        await pilot.pause()
        assert len(app.hunks.leaves) == 5
        assert [one.verdict for one in decisions_of(app.session)] == [Verdict.ACCEPTED]

    drive(do)
