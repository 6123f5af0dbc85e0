"""All checks of one rewritten file, at run time as in the tests."""

from __future__ import annotations

from amigrate.check.awaited import unawaited
from amigrate.check.compiles import compiled
from amigrate.check.equal_outside import equal_outside
from amigrate.rewrite.rewrite import Rewritten


def problem(before: bytes, done: Rewritten, python: str, coroutines: frozenset[str]) -> str | None:
    """What is wrong with a rewritten file, None when nothing is.

    Args:
        before: the bytes that were rewritten.
        done: the result.
        python: the target Python, as "3.12".
        coroutines: names that mean functions that became `async def`.
    """
    tree = compiled(done.after, python)
    if isinstance(tree, str):
        return f"the result would not compile: {tree}"
    if error := equal_outside(before, done.after, done.regions, tree):
        return f"code outside the edits would change: {error}"
    for line, callee in unawaited(done.after, coroutines, frozenset(), tree):
        return f"line {line}: the call of {callee} would not be awaited"
    return None
