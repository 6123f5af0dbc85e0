"""The Textual app: a tree of hunks, the change with its reasons, and keys that decide."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from typing import ClassVar

from textual import on, work
from textual.app import App, ComposeResult
from textual.binding import BindingType
from textual.containers import Horizontal
from textual.widgets import Footer, Input, Static

from amigrate.review.decisions import Verdict
from amigrate.review.selecting import Filter, Same, counts, matching, rest_of
from amigrate.review.session import (
    Session,
    Status,
    accept,
    clear,
    fall_of,
    reject,
    status,
    take_back,
    undo,
    without_stale,
)
from amigrate.review.subject import Item
from amigrate_cli.errors import Stop
from amigrate_cli.render.escape import visible
from amigrate_cli.review.dialogs import back_dialog, fall_dialog, help_dialog
from amigrate_cli.review.hunk_view import HunkView
from amigrate_cli.review.keys import BINDINGS as KEYS
from amigrate_cli.review.labels import WORDS, counts_line
from amigrate_cli.review.tree import Arrangement, HunkTree

_FILTERS = (None, Status.PENDING, Status.ACCEPTED, Status.REJECTED, Status.FALLEN)


class ReviewApp(App[None]):
    """Decides on the hunks of a session.

    `save` is called with each step, which is not taken if it raises Stop; `plan` gives a session on what can be done
    without what is rejected in another one.
    """

    CSS_PATH = "review.tcss"
    ENABLE_COMMAND_PALETTE = False
    BINDINGS: ClassVar[list[BindingType]] = KEYS

    def __init__(
        self,
        session: Session,
        save: Callable[[Session], None],
        plan: Callable[[Session], Session],
        notes: tuple[str, ...] = (),
    ) -> None:
        super().__init__()
        self.session = session
        self.save = save
        self.plan = plan
        self.notes = notes
        self.wanted = Filter()
        self.arrangement: Arrangement = "file"
        self.beside: bool | None = None

    def compose(self) -> ComposeResult:
        """The counts, the tree and the change, the search, the keys."""
        yield Static(id="counts")
        with Horizontal():
            yield HunkTree()
            yield HunkView(id="hunk")
        yield Input(placeholder="search, Enter to go on", id="search")
        yield Footer()

    def on_mount(self) -> None:
        """Starts at the first undecided hunk: where the last review stopped."""
        self._fill()
        for note in self.notes:
            self.notify(note, timeout=12, markup=False)
        self.hunks.focus()
        self._go(self._open_after(""))

    @property
    def hunks(self) -> HunkTree:
        """The tree."""
        return self.query_one(HunkTree)

    @property
    def item(self) -> Item | None:
        """The hunk that is shown."""
        return self.session.subject.items.get(self.hunks.current)

    @on(HunkTree.NodeHighlighted)
    def show(self) -> None:
        """Shows the hunk under the cursor."""
        if not self.query(HunkTree):
            return  # the display is ending
        if self.item is None and self.hunks.leaves:
            return  # the cursor is on its way
        self.query_one(HunkView).show(self.session, self.item, self.beside)

    def on_resize(self) -> None:
        """There may be room for both sides now."""
        self.call_after_refresh(self.show)

    def action_accept(self) -> None:
        """Accepts the hunk."""
        if self.item is None:
            return
        if self.item.follows:
            self.notify("It comes with the hunks that use it: decide on these.", markup=False)
            return
        here = self.item.id
        self._step(accept(self.session, [here]))
        self._go(self._open_after(here))

    def action_reject(self) -> None:
        """Rejects the hunk, after showing what else falls."""
        item = self.item
        if item is None:
            return
        fall = fall_of(self.session, [item.id])
        if not fall.items:
            self._reject(item.id)
            return

        def answered(yes: bool | None) -> None:
            if yes:
                self._reject(item.id)

        self.push_screen(fall_dialog(self.session, fall), answered)

    def action_clear(self) -> None:
        """Takes the decision on the hunk back."""
        if self.item is not None:
            self._step(clear(self.session, [self.item.id]))

    def action_undo(self) -> None:
        """Takes the last step back, and goes to where it was."""
        if not self.session.past:
            self.notify("There is nothing to take back.", markup=False)
            return
        was = self.session.verdicts
        self._step(undo(self.session))
        different = {one for one, _ in was.items() ^ self.session.verdicts.items()}
        items = self.session.subject.items
        self._go(next((one for one in self.hunks.order if different & {e.id for e in items[one].edits}), ""))

    def action_accept_rest(self, same: Same) -> None:
        """Accepts what shares something with the hunk and is undecided."""
        if self.item is None:
            return
        rest, here = rest_of(self.session, self.item, same), self.item.id
        self._step(accept(self.session, rest))
        self.notify(f"{len(rest)} hunk{'s' * (len(rest) != 1)} accepted; u takes it back", markup=False)
        self._go(self._open_after(here))

    def action_next_open(self) -> None:
        """Goes to the next undecided hunk."""
        self._go(self._open_after(self.hunks.current))

    def action_previous_open(self) -> None:
        """Goes to the undecided hunk before."""
        self._go(self._open_after(self.hunks.current, backwards=True))

    def action_search(self) -> None:
        """Asks for a text."""
        field = self.query_one("#search", Input)
        field.display = True
        field.focus()

    @on(Input.Changed, "#search")
    def search(self, event: Input.Changed) -> None:
        """Shows what holds the text."""
        self._filter(replace(self.wanted, text=event.value))

    @on(Input.Submitted, "#search")
    def searched(self) -> None:
        """Back to the tree with what was found."""
        self.query_one("#search", Input).display = bool(self.wanted.text)
        self.hunks.focus()

    def action_filter(self) -> None:
        """The next filter by state."""
        at = _FILTERS.index(self.wanted.status)
        self._filter(replace(self.wanted, status=_FILTERS[(at + 1) % len(_FILTERS)]))

    def action_show_all(self) -> None:
        """Ends search and filter."""
        field = self.query_one("#search", Input)
        field.display = False
        field.value = ""
        self._filter(Filter())
        self.hunks.focus()

    def action_arrange(self) -> None:
        """Arranges the tree the other way."""
        self.arrangement = "group" if self.arrangement == "file" else "file"
        here = self.hunks.current
        self._fill()
        self._go(here)

    def action_view(self) -> None:
        """Side by side, or not."""
        self.beside = not self.beside
        self.show()

    def action_drop_stale(self) -> None:
        """Forgets stale decisions."""
        count = len(self.session.kept)
        self._step(without_stale(self.session))
        self.notify(f"{count} stale decision{'s' * (count != 1)} forgotten", markup=False)

    def action_plan_again(self) -> None:
        """Plans without what is rejected."""
        if not self.session.rejected:
            self.notify("Nothing here is rejected.", markup=False)
            return
        self._plan_again()

    def action_take_back(self) -> None:
        """Takes back what was planned around."""
        if self.session.held == take_back(self.session).held:
            self.notify("Nothing was planned around.", markup=False)
            return

        def answered(yes: bool | None) -> None:
            if yes:
                self._step(take_back(self.session))
                self._plan_again()

        self.push_screen(back_dialog(self.session), answered)

    @work(thread=True, exclusive=True)
    def _plan_again(self) -> None:
        self.call_from_thread(self.notify, "planning again…", markup=False)
        planned = self.plan(self.session)
        self.call_from_thread(self._begin, planned)

    def _begin(self, session: Session) -> None:
        self.session = session
        self.save(session)
        self._fill()
        self._go(self._open_after(""))

    def action_show_help(self) -> None:
        """All keys."""
        self.push_screen(help_dialog())

    def _reject(self, item: str) -> None:
        self._step(reject(self.session, [item]))
        self._go(self._open_after(item))

    def _step(self, session: Session) -> None:
        if session is self.session:
            return
        try:
            self.save(session)
        except Stop as stop:
            self.notify(visible(stop.message), severity="error", timeout=12, markup=False)
            return
        self.session = session
        self.hunks.update(session)
        self._count()
        self.show()

    def _filter(self, wanted: Filter) -> None:
        if wanted != self.wanted:
            here, self.wanted = self.hunks.current, wanted
            self._fill()
            self._go(here if here in self.hunks.leaves else next(iter(self.hunks.order), ""))

    def _fill(self) -> None:
        self.hunks.fill(self.session, matching(self.session, self.wanted), self.arrangement)
        self._count()
        self.show()

    def _count(self) -> None:
        extra = [f"only {WORDS[self.wanted.status]}"] if self.wanted.status else []
        extra += [f"with “{self.wanted.text}”"] if self.wanted.text else []
        extra += [f"{len(self.session.kept)} stale decisions, d forgets them"] if self.session.kept else []
        away = sum(one.verdict is Verdict.REJECTED for one in self.session.held)
        extra += [f"planned without {away} rejected edits, D takes them back"] if away else []
        found = counts(self.session, self.session.subject.items.values())
        self.query_one("#counts", Static).update(counts_line(found, "   ".join(extra)))

    def _go(self, item: str) -> None:
        if item:
            self.hunks.go_to(item)

    def _open_after(self, item: str, *, backwards: bool = False) -> str:
        """The next undecided hunk in the tree, from the top again after the last one; "" when all are decided."""
        order = list(self.hunks.order)
        at = order.index(item) if item in order else -1
        turned = [*order[at + 1 :], *order[: at + 1]]
        if backwards:
            turned = [*reversed(order[: max(at, 0)]), *reversed(order[max(at, 0) :])]
        items = self.session.subject.items
        return next(
            (one for one in turned if not items[one].follows and status(self.session, items[one]) is Status.PENDING), ""
        )
