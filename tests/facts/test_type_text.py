from __future__ import annotations

import pytest

from amigrate.facts.type_text import type_arguments


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("q.QuerySet[m.A, m.A]", ("m.A", "m.A")),
        ("q.QuerySet[m.A, dict[str, int]] | None", ("m.A", "dict[str, int]")),
        ("None | q.QuerySet[(x: int | str) -> m.A]", ("(x: int | str) -> m.A",)),
        ("q.QuerySet[Unknown]", ("Unknown",)),
        ("q.QuerySet", ()),
        ("other.q.QuerySet[m.A]", ()),
        ("list[q.QuerySet[m.A]]", ()),
        ("q.QuerySet[m.A", ()),
        ("", ()),
    ],
)
def test_arguments_of_a_member_of_a_union(text: str, expected: tuple[str, ...]) -> None:
    assert type_arguments(text, "q.QuerySet") == expected
