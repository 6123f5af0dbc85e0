"""The lines of hunks as displays show them: numbers, marked words, side by side."""

from __future__ import annotations

from amigrate.model import Confidence, Edit, FileChange
from amigrate.review.hunks import blocks_of, hunks_of
from amigrate.review.pairing import pairs_of
from amigrate.review.segments import lines_of, rows_of

BEFORE = b"a\nb\nx = Book.objects.get(pk=1)\nc\nd\ne\nf\nold\r\ng"
AFTER = b"a\nb\nx = await Book.objects.aget(pk=1)\nc\nd\ne\nf\nnew\r\nmore\r\ng"
EDIT = Edit("e", "a.py", "orm", "g", "a.f", 3, 3, "", "", "why", Confidence.SAFE)
CHANGE = FileChange("a.py", BEFORE, AFTER, (EDIT,))


def test_lines_have_their_numbers_on_both_sides() -> None:
    (hunk,) = hunks_of(CHANGE)
    lines = lines_of(hunk, "utf-8")
    assert [(line.kind, line.old, line.new, line.text) for line in lines[:5]] == [
        (" ", 1, 1, "a"),
        (" ", 2, 2, "b"),
        ("-", 3, 0, "x = Book.objects.get(pk=1)"),
        ("+", 0, 3, "x = await Book.objects.aget(pk=1)"),
        (" ", 4, 4, "c"),
    ]
    assert [(line.kind, line.old, line.new, line.text, line.ended) for line in lines[-4:]] == [
        ("-", 8, 0, "old", True),
        ("+", 0, 8, "new", True),
        ("+", 0, 9, "more", True),
        (" ", 9, 10, "g", False),
    ]


def test_changed_words_are_marked_where_lines_pair_up() -> None:
    (hunk,) = hunks_of(CHANGE)
    marked = {line.text: [part.text for part in line.segments if part.changed] for line in lines_of(hunk, "utf-8")}
    assert marked["x = await Book.objects.aget(pk=1)"] == ["await ", "aget"]
    assert marked["new"] == []
    assert marked["c"] == []


def test_rows_put_what_became_of_a_line_beside_it() -> None:
    (hunk,) = hunks_of(CHANGE)
    texts = [[line.text if line else "" for line in row] for row in rows_of(lines_of(hunk, "ascii"))]
    assert texts[2] == ["x = Book.objects.get(pk=1)", "x = await Book.objects.aget(pk=1)"]
    assert texts[-3:] == [["old", "new"], ["", "more"], ["g", "g"]]


def test_blocks_hold_every_change_once_and_every_line_at_most_once() -> None:
    first, second = blocks_of(CHANGE)
    assert (first.old_start, first.old_count, second.old_start, second.old_count) == (1, 6, 7, 3)
    assert first.edits == (EDIT,)
    assert second.edits == ()


def test_an_insertion_into_an_empty_file_has_numbers() -> None:
    (hunk,) = hunks_of(FileChange("a.py", b"", b"x\n", ()))
    assert [(line.kind, line.old, line.new) for line in lines_of(hunk, "utf-8")] == [("+", 0, 1)]


def test_lines_of_an_uneven_change_are_marked_and_stand_beside_what_they_became() -> None:
    before = b"def f(request):\n    book = get_object_or_404(Book, pk=pk)\n"
    after = b"async def f(request):\n    await load(request.user)\n    book = await aget_object_or_404(Book, pk=pk)\n"
    (hunk,) = hunks_of(FileChange("a.py", before, after, ()))
    lines = lines_of(hunk, "utf-8")
    marked = [[part.text for part in line.segments if part.changed] for line in lines]
    assert marked == [[], ["get_object_or_404"], ["async "], [], ["await aget_object_or_404"]]
    rows = [(left.old if left else 0, right.new if right else 0) for left, right in rows_of(lines)]
    assert rows == [(1, 1), (0, 2), (2, 3)]


def test_strangers_are_not_paired() -> None:
    assert pairs_of(["a = 1"], ["from x import y", "z()"]) == []
    assert pairs_of(["x = get(a)", "y = get(b)"], ["y = await aget(b)"]) == [(1, 0)]
    assert pairs_of(["x"] * 300, ["x"] * 299) == []  # too many to compare
