"""Hunks rebuild the new file exactly, are small, and carry each edit once."""

from __future__ import annotations

import random
import time

from hypothesis import given, settings
from hypothesis import strategies as st

from amigrate.model import Confidence, Edit, FileChange
from amigrate.review.hunks import Hunk, hunks_of
from amigrate.review.lines import changed_ranges, split_lines
from amigrate.review.words import changed_words

LINES = st.lists(st.sampled_from([b"a\n", b"b\n", b"\n", b"    return x\n", b"c\r\n", b"d\rd\n"]), max_size=40)


def edit(line: int, end_line: int = 0, name: str = "") -> Edit:
    return Edit(name or f"e{line}", "a.py", "orm", "g", "s", line, end_line or line, "", "", "why", Confidence.SAFE)


def change(before: bytes, after: bytes, *edits: Edit) -> FileChange:
    return FileChange("a.py", before, after, edits)


def applied(before: bytes, hunks: tuple[Hunk, ...]) -> bytes:
    """What a patch program makes of `before`; fails when a hunk does not fit where it says."""
    old, out, at = split_lines(before), list[bytes](), 0
    for hunk in hunks:
        start = hunk.old_start - (hunk.old_count > 0)
        out += old[at:start]
        assert len(out) == hunk.new_start - (hunk.new_count > 0)
        assert [line for kind, line in hunk.lines if kind != "+"] == old[start : start + hunk.old_count]
        added = [line for kind, line in hunk.lines if kind != "-"]
        assert len(added) == hunk.new_count
        out += added
        at = start + hunk.old_count
    return b"".join(out + old[at:])


@given(LINES, LINES, st.lists(st.tuples(st.integers(1, 45), st.integers(0, 5)), max_size=6), st.booleans())
@settings(max_examples=400, deadline=None)
def test_hunks_rebuild_any_change_whatever_the_edits_say(
    before: list[bytes], after: list[bytes], places: list[tuple[int, int]], cut: bool
) -> None:
    old, new = b"".join(before), b"".join(after)
    if cut:
        new = new.removesuffix(b"\n")
    edits = [edit(line, line + more, f"e{at}") for at, (line, more) in enumerate(places)]
    hunks = hunks_of(change(old, new, *edits))
    assert applied(old, hunks) == new
    if old == new:
        assert hunks == ()
    else:
        assert sorted(one.id for hunk in hunks for one in hunk.edits) == sorted(one.id for one in edits)


def test_an_edit_stands_with_the_hunk_of_its_lines() -> None:
    before = b"".join(b"line %d\n" % number for number in range(1, 41))
    after = before.replace(b"line 5\n", b"LINE 5\n").replace(b"line 30\n", b"LINE 30\nmore\n")
    first, second = hunks_of(change(before, after, edit(30), edit(5)))
    assert [one.line for one in first.edits] == [5]
    assert [one.line for one in second.edits] == [30]
    assert (first.old_start, first.old_count, first.new_count) == (2, 7, 7)
    assert (second.old_start, second.old_count, second.new_start, second.new_count) == (27, 7, 27, 8)


def test_an_edit_away_from_every_change_stands_with_the_nearest() -> None:
    before = b"".join(b"line %d\n" % number for number in range(1, 41))
    after = b"import x\n" + before.replace(b"line 35\n", b"LINE 35\n")
    first, second = hunks_of(change(before, after, edit(4), edit(33), edit(40)))
    assert [one.line for one in first.edits] == [4]
    assert [one.line for one in second.edits] == [33, 40]


def test_neighbours_share_a_hunk_only_when_their_context_touches() -> None:
    before = b"".join(b"line %d\n" % number for number in range(1, 30))
    near = before.replace(b"line 5\n", b"x\n").replace(b"line 12\n", b"y\n")
    far = before.replace(b"line 5\n", b"x\n").replace(b"line 13\n", b"y\n")
    assert len(hunks_of(change(before, near))) == 1
    assert len(hunks_of(change(before, far))) == 2


def test_repetitive_code_gives_only_the_changed_lines() -> None:
    block = b"def f():\n    x = get()\n    return x\n\n\n"
    before = block * 50
    after = before[: len(block) * 20] + block.replace(b"get()", b"await get()") + before[len(block) * 21 :]
    assert changed_ranges(split_lines(before), split_lines(after)) == [(101, 102, 101, 102)]


def test_an_edit_says_where_two_long_changed_stretches_meet_again() -> None:
    kept = [b"keep %d\n" % number for number in range(5)]
    before = kept + [b"old %d\n" % number for number in range(90)] + kept
    after = kept + [b"new %d\n" % number for number in range(90)] + kept
    assert changed_ranges(before, after, [(5, 95)]) == [(5, 95, 5, 95)]
    assert changed_ranges(before, after) == [(5, 95, 5, 95)]


def test_a_moved_function_does_not_swallow_the_file() -> None:
    lines = [b"line %d\n" % number for number in range(500)]
    moved = [*lines[:100], *lines[180:400], *lines[100:180], *lines[400:]]
    changed = changed_ranges(lines, moved)
    assert sum(one.old_end - one.old_start for one in changed) <= 220


def test_four_thousand_edits_take_less_than_a_tenth_of_a_second() -> None:
    before, after, edits = [], [], []
    for number in range(20_000):
        line = b"    value = Model.objects.get(pk=pk)\n" if number % 5 == 0 else b"    other = compute(value)\n"
        before.append(line)
        after.append(line.replace(b"Model.objects.get", b"await Model.objects.aget"))
        if number % 5 == 0:
            edits.append(edit(number + 1))
    big = change(b"".join(before), b"import x\n" + b"".join(after), *edits)
    start = time.process_time()
    hunks = hunks_of(big)
    assert time.process_time() - start < 0.1 * SLOW_MACHINE
    assert sum(kind == "+" for hunk in hunks for kind, _ in hunk.lines) == 4001
    assert sum(len(hunk.edits) for hunk in hunks) == 4000


SLOW_MACHINE = 3  # a shared runner must not fail the build


def test_unrelated_files_are_compared_in_linear_time() -> None:
    dice = random.Random(1)
    before = [b"%d\n" % dice.randrange(50) for _ in range(4000)]
    after = [b"%d\n" % dice.randrange(50) for _ in range(4000)]
    start = time.process_time()
    assert applied(b"".join(before), hunks_of(change(b"".join(before), b"".join(after)))) == b"".join(after)
    assert time.process_time() - start < 2 * SLOW_MACHINE


def test_words_that_changed() -> None:
    old, new = "    book = Book.objects.get(pk=pk)", "    book = await Book.objects.aget(pk=pk)"
    left, right = changed_words(old, new)
    assert [old[start:end] for start, end in left] == ["get"]
    assert [new[start:end] for start, end in right] == ["await ", "aget"]


def test_words_of_unlike_lines_are_not_marked() -> None:
    assert changed_words("return x", "from asgiref.sync import sync_to_async") == ([], [])


def test_words_of_very_long_lines_are_marked_from_end_to_end() -> None:
    old, new = "x + " * 400 + "get()" + " + y" * 400, "x + " * 400 + "aget()" + " + y" * 400
    left, right = changed_words(old, new)
    assert [old[start:end] for start, end in left] == []
    assert [new[start:end] for start, end in right] == ["a"]
