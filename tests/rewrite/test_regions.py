"""The ranges of lines that a rewriting changed."""

from __future__ import annotations

import pytest

from amigrate.rewrite.regions import changed_lines


@pytest.mark.parametrize(
    ("before", "after", "ranges"),
    [
        ("abc", "abc", []),
        ("abc", "aBc", [(1, 2, 1, 2)]),
        ("abc", "abxc", [(2, 2, 2, 3)]),
        ("abcd", "acd", [(1, 2, 1, 1)]),
        ("abcd", "AbcD", [(0, 1, 0, 1), (3, 4, 3, 4)]),
        # lines that are alike: each is matched with itself, not with the next
        ("aaa", "aAa", [(1, 2, 1, 2)]),
        ("xaaxaax", "xAaXaAx", [(1, 2, 1, 2), (3, 4, 3, 4), (5, 6, 5, 6)]),
        # one line fewer above and one more below: not everything between them
        ("xabcdef", "abcdefy", [(0, 1, 0, 0), (7, 7, 6, 7)]),
    ],
)
def test_changed_lines(before: str, after: str, ranges: list[tuple[int, int, int, int]]) -> None:
    assert changed_lines(before, after) == ranges


def test_a_large_block_of_lines_that_are_alike_is_compared_line_by_line() -> None:
    before = ["f()\n"] * 5_000
    after = [*before[:2_000], "g()\n", *before[2_001:4_000], "g()\n", *before[4_001:]]
    assert changed_lines(before, after) == [(2000, 2001, 2000, 2001), (4000, 4001, 4000, 4001)]
