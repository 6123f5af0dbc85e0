"""Which names the next turn of a loop may read with what the turn before left in them."""

from __future__ import annotations

import ast

import pytest

from amigrate.facts.effects import What
from amigrate.facts.turns import reads_earlier
from tests.memory import analyst
from tests.tree import MODELS

# loops in which the next turn may read `x` as the turn before left it
CARRIED = [
    "for a in b:\n    use(x)\n    x = a",
    "for a in b:\n    if a:\n        x = a\n    use(x)",
    "for a in b:\n    x += a",
    "for a in b:\n    x.y = a",
    "for a in b:\n    del x",
    "for a in x:\n    for x in a:\n        pass\n    use(x)",
    "for x.y in b:\n    pass",
    "for a in b:\n    try:\n        x = use(a)\n    except ValueError:\n        pass\n    use(x)",
    "for a in b:\n    try:\n        x = use(a)\n    finally:\n        use(x)",
    "for a in b:\n    while a:\n        use(x)\n    x = a",
    "for a in b:\n    with x:\n        x = a",
    "for a in b:\n    match a:\n        case [x]:\n            pass\n    use(x)",
    "for a in b:\n    def inner():\n        return x\n    x = a",
    "for a in b:\n    x = [x for y in a]",
    "while x:\n    x = use()",
    "async def f():\n    async for a in b:\n        use(x)\n        x = a",
    "for a in b:\n    x.pop(a)",
    "for a in b:\n    x.append(x)",
    "for a in b:\n    y = x.append(a)",
]
SETTLED = [
    "for x in b:\n    use(x)",
    "for a, (x, *c) in b:\n    use(x)",
    "for a in b:\n    x = a\n    use(x)",
    "for a in b:\n    x: int = a\n    use(x)",
    "for a in b:\n    if a:\n        x = 1\n    else:\n        x = 2\n    use(x)",
    "for a in b:\n    if a:\n        continue\n    x = a\n    use(x)",
    "for a in b:\n    if a:\n        x = a\n        use(x)",
    "for a in b:\n    try:\n        x = use(a)\n    except ValueError:\n        continue\n    use(x)",
    "for a in b:\n    with a as x:\n        use(x)",
    "for a in b:\n    for x in a:\n        use(x)",
    "while use():\n    x = use()\n    use(x)",
    "async def f():\n    async for x in b:\n        use(x)",
    "for a in b:\n    x.append(a)",
    "for a in b:\n    x[a] = use(a)",
]


def _loop(source: str) -> ast.For | ast.AsyncFor | ast.While:
    return next(node for node in ast.walk(ast.parse(source)) if isinstance(node, ast.For | ast.AsyncFor | ast.While))


@pytest.mark.parametrize("source", CARRIED)
def test_what_the_turn_before_left_is_read(source: str) -> None:
    assert reads_earlier(_loop(source), {"x"}, {"x"})


@pytest.mark.parametrize("source", SETTLED)
def test_what_the_turn_before_left_is_not_read(source: str) -> None:
    assert not reads_earlier(_loop(source), {"x"}, {"x"})


def test_putting_into_what_may_be_no_container_is_reading() -> None:
    assert reads_earlier(_loop("for a in b:\n    x.append(a)"), {"x"}, set())


VIEWS = """
from shop.models import Author, Book

def subject(flag):
{body}
"""


ASSIGNED_LATER = """
    rows = []
    for n in range(3):
        len(rows)
        rows = Book.objects.all()
"""
# the row of the turn before has lost its author when the loop ends
LOST = """
    for n in range(3):
        if n:
            Book.objects.get().refresh_from_db()
            break
        book = Book.objects.select_related("author").get()
    return book.author.name
"""


@pytest.mark.parametrize(("body", "line"), [(ASSIGNED_LATER, 8), (LOST, 11)])
def test_what_only_a_second_turn_does_is_seen(body: str, line: int) -> None:
    found = analyst({"shop/models.py": MODELS, "shop/views.py": VIEWS.format(body=body)})
    effects = found.analyse("shop.views.subject").effects
    assert any(e.what is not What.VALUE and getattr(e.node, "lineno", 0) == line for e in effects), effects
