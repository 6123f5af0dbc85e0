"""`with` statements that become `async with`, as a whole or in part."""

from __future__ import annotations

from collections.abc import Sequence
from itertools import groupby

import libcst as cst


def async_with(statement: cst.With, items: str) -> cst.With:
    """`async with …`; where only `items` (comma-separated indexes) are async, one `with` in another.

    The order in which the items are entered and left stays.
    """
    if not items:
        return statement.with_changes(asynchronous=cst.Asynchronous())
    chosen = {int(index) for index in items.split(",")}
    runs = [[at for at, _ in run] for _, run in groupby(enumerate(statement.items), lambda pair: pair[0] in chosen)]
    result: cst.With | None = None
    for run in reversed(runs):
        body = statement.body if result is None else cst.IndentedBlock([result])
        result = cst.With(
            items=_separated([statement.items[at] for at in run]),
            body=body,
            asynchronous=cst.Asynchronous() if run[0] in chosen else None,
            leading_lines=statement.leading_lines if run[0] == 0 else (),
        )
    assert result is not None
    return result


def _separated(items: Sequence[cst.WithItem]) -> Sequence[cst.WithItem]:
    """The items with commas between them and none at the end."""
    comma = cst.Comma(whitespace_after=cst.SimpleWhitespace(" "))
    *front, last = items
    return [*(item.with_changes(comma=comma) for item in front), last.with_changes(comma=cst.MaybeSentinel.DEFAULT)]
