"""Deciding on hunks: groups stand and fall as a whole, every step can be taken back."""

from __future__ import annotations

import pytest

from amigrate.model import ChangeSet, Confidence, Edit, FileChange, Group, Refusal
from amigrate.review.selecting import Counts, Filter, counts, matching, rest_of
from amigrate.review.session import (
    Session,
    Status,
    accept,
    accepted_groups,
    begin,
    clear,
    fall_of,
    group_status,
    reject,
    status,
    undo,
)
from amigrate.review.subject import Item, needed_by, needs, refused_near, subject_of
from tests.review.reviewing import change_set, with_needs

FILES = {
    "shop/views.py": [(10, "alpha", "g1"), (11, "alpha", "g1"), (20, "beta", "g2"), (22, "alpha", "g1")],
    "shop/forms.py": [(30, "alpha", "g2"), (40, "alpha", "g3")],
}


@pytest.fixture
def session() -> Session:
    return begin(subject_of(change_set(FILES)))[0]


def items(session: Session) -> dict[tuple[str, int], Item]:
    return {(item.path, item.line): item for item in session.subject.items.values()}


def statuses(session: Session) -> dict[tuple[str, int], str]:
    return {place: status(session, item).value for place, item in items(session).items()}


def test_hunks_are_stretches_of_changed_lines_and_never_share_a_line(session: Session) -> None:
    views = [item for item in items(session).values() if item.path == "shop/views.py"]
    assert [(item.line, len(item.edits), item.groups) for item in views] == [
        (10, 2, ("g1",)), (20, 1, ("g2",)), (22, 1, ("g1",)),
    ]  # fmt: skip
    shown = [(item.hunk.old_start + at) for item in views for at in range(item.hunk.old_count)]
    assert len(shown) == len(set(shown))


def test_a_group_is_applied_when_all_of_it_is_accepted(session: Session) -> None:
    there = items(session)
    session = accept(session, [there["shop/views.py", 10].id])
    assert group_status(session, "g1") is Status.PENDING
    assert accepted_groups(session) == frozenset()
    session = accept(session, [there["shop/views.py", 22].id])
    assert accepted_groups(session) == {"g1"}


def test_what_falls_is_told_before_and_falls_then(session: Session) -> None:
    there = items(session)
    session = accept(session, [there["shop/forms.py", 30].id])
    fall = fall_of(session, [there["shop/views.py", 20].id])
    assert fall.items == (there["shop/forms.py", 30].id,)
    assert (fall.groups, fall.paths, fall.accepted) == (("g2",), ("shop/forms.py",), 1)
    assert status(session, there["shop/forms.py", 30]) is Status.ACCEPTED  # not yet
    session = reject(session, [there["shop/views.py", 20].id])
    assert statuses(session)["shop/forms.py", 30] == "fallen"
    assert statuses(session)["shop/views.py", 20] == "rejected"
    assert group_status(session, "g2") is Status.REJECTED
    assert fall_of(session, [there["shop/forms.py", 30].id]).items == ()


def test_undo_takes_back_step_by_step(session: Session) -> None:
    there = items(session)
    first = reject(session, [there["shop/views.py", 20].id])
    second = accept(first, [there["shop/views.py", 20].id])
    assert group_status(second, "g2") is Status.PENDING  # its other hunk is not decided
    assert undo(second).verdicts == first.verdicts
    assert undo(undo(second)) == session
    assert undo(session) is session
    assert accept(second, [there["shop/views.py", 20].id]) is second  # nothing new is no step
    assert clear(second, [there["shop/views.py", 20].id]).verdicts == {}


def test_undecided_groups_can_be_taken_by_how_sure_they_are(session: Session) -> None:
    assert accepted_groups(session, Confidence.SAFE) == {"g1", "g3"}
    assert accepted_groups(session, Confidence.REVIEW) == {"g1", "g2", "g3"}
    there = items(session)
    session = reject(session, [there["shop/forms.py", 40].id])
    assert accepted_groups(session, Confidence.SAFE) == {"g1"}


def test_the_rest_of_a_codemod_file_confidence_or_group(session: Session) -> None:
    there = items(session)
    item = there["shop/views.py", 10]

    def places(*chosen: str) -> list[tuple[str, int]]:
        return [place for place, one in there.items() if one.id in chosen]

    assert len(rest_of(session, item, "codemod")) == 4
    assert places(*rest_of(session, item, "file")) == [place for place in there if place[0] == "shop/views.py"]
    assert len(rest_of(session, item, "confidence")) == 4
    assert places(*rest_of(session, item, "group")) == [("shop/views.py", 10), ("shop/views.py", 22)]
    session = reject(session, [there["shop/forms.py", 40].id])
    assert len(rest_of(session, item, "codemod")) == 3


def test_filters_and_counts(session: Session) -> None:
    there = items(session)
    session = reject(accept(session, [there["shop/forms.py", 40].id]), [there["shop/views.py", 20].id])
    assert counts(session, there.values()) == Counts(pending=2, accepted=1, rejected=1, fallen=1)
    assert matching(session, Filter(text="NEW(20)")) == (there["shop/views.py", 20].id,)
    assert matching(session, Filter(text="forms", status=Status.FALLEN)) == (there["shop/forms.py", 30].id,)
    assert matching(session, Filter(codemod="beta")) == (there["shop/views.py", 20].id,)
    assert matching(session, Filter(confidence=Confidence.REVIEW)) == (there["shop/views.py", 20].id,)
    assert len(matching(session, Filter())) == 5
    assert matching(session, Filter(text="line = 9")) == ()  # context is not searched


def test_what_a_hunk_hangs_on() -> None:
    changes = with_needs(change_set({"a.py": [(10, "alpha", "g"), (20, "alpha", "g")]}), ("a.f1", "a.f2"))
    subject = subject_of(changes)
    first, second = subject.items.values()
    assert (needs(subject, first), needed_by(subject, first)) == (("a.f2",), ())
    assert (needs(subject, second), needed_by(subject, second)) == ((), ("a.f1",))
    assert subject.symbols["a.f2"] == (second.id,)


def test_refusals_near_a_hunk_are_those_of_its_function_and_next_lines() -> None:
    refusals = [
        Refusal("a.py", 55, "a.f1", "alpha", "same function"),
        Refusal("a.py", 14, "a.other", "alpha", "near"),
        Refusal("a.py", 50, "a.other", "alpha", "far"),
        Refusal("b.py", 10, "b.f1", "alpha", "another file"),
    ]
    subject = subject_of(change_set({"a.py": [(10, "alpha", "g")]}, refusals))
    (item,) = subject.items.values()
    assert [one.reason for one in refused_near(subject, item)] == ["near", "same function"]


def importing() -> ChangeSet:
    """A file where two groups share an import."""
    before = b"import os\n\n\n\n\n\n\n\n\nx = get()\n\n\n\n\n\n\n\n\n\ny = get()\n"
    after = b"from a import b\nimport os\n" + before[10:].replace(b"get()", b"b(get)")
    edits = [
        Edit("i" * 16, "v.py", "alpha", "g1", "", 1, 1, "", "from a import b", "needed", Confidence.SAFE, follows=True),
        Edit("1" * 16, "v.py", "alpha", "g1", "v.f", 10, 10, "get()", "b(get)", "why", Confidence.SAFE),
        Edit("2" * 16, "v.py", "alpha", "g2", "v.g", 20, 20, "get()", "b(get)", "why", Confidence.SAFE),
    ]
    groups = tuple(Group(name, "alpha", Confidence.SAFE, ("v.py",)) for name in ("g1", "g2"))
    return ChangeSet(".", "5.2", "3.12", (FileChange("v.py", before, after, tuple(edits)),), groups)


def test_an_import_is_there_for_the_groups_that_use_it_and_not_decided_itself() -> None:
    session, _ = begin(subject_of(importing()))
    imported, first, second = session.subject.items.values()
    assert (imported.follows, imported.groups) == (True, ("g1", "g2"))
    assert counts(session, session.subject.items.values()).total == 2
    one = reject(session, [first.id])
    assert fall_of(session, [first.id]).items == ()  # the other group still needs it
    assert status(one, imported) is Status.PENDING
    assert status(accept(one, [second.id]), imported) is Status.ACCEPTED
    assert fall_of(one, [second.id]).items == (imported.id,)
    assert status(reject(one, [second.id]), imported) is Status.FALLEN
    both = reject(session, [imported.id])
    assert {group_status(both, group) for group in ("g1", "g2")} == {Status.REJECTED}
    assert accept(session, [imported.id]) is session
