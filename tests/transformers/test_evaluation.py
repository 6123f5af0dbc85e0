"""`orm-evaluation`: what evaluates a queryset without iterating over it."""

from __future__ import annotations

from collections.abc import Callable

import pytest

BodyAfter = Callable[..., str]


def place(node: str, text: str, op: str, **params: str) -> tuple[str, str, str, dict[str, str]]:
    return "orm-evaluation", node, text, {"op": op, **params}


@pytest.mark.parametrize(
    ("before", "text", "parens", "after"),
    [
        ("n = len(qs)", "len(qs)", "", "n = await qs.acount()"),
        ("n = len( qs, )", "len( qs, )", "", "n = await qs.acount()"),
        ("n = len(q1 | q2)", "len(q1 | q2)", "", "n = await (q1 | q2).acount()"),
        ("n = len((q1 | q2))", "len((q1 | q2))", "", "n = await (q1 | q2).acount()"),
        ("n = len((qs))", "len((qs))", "", "n = await qs.acount()"),
        ("n = (len(qs)).real", "len(qs)", "1", "n = (await qs.acount()).real"),
        ("n = len(qs).real", "len(qs)", "1", "n = (await qs.acount()).real"),
        ("n = len(a if b else c)", "len(a if b else c)", "", "n = await (a if b else c).acount()"),
        ("n = len(q.filter(\n    a=1,\n))", "len(…", "", "n = await q.filter(\n    a=1,\n).acount()"),
        ("n = len(\n    q.filter(a=1)\n)", "len(…", "", "n = await q.filter(a=1).acount()"),
        ("n = len(\n    q\n    .filter(a=1)\n)", "len(…", "", "n = (\n    await q\n    .filter(a=1)\n    .acount()\n)"),
        ("n = len(  # c\n    q\n)", "len(…", "", "n = (  # c\n    await q.acount()\n)"),
        ("n = (len(  # c\n    q\n))", "len(…", "", "n = ((  # c\n    await q.acount()\n))"),
    ],
)
def test_len(body_after: BodyAfter, before: str, text: str, parens: str, after: str) -> None:
    assert body_after(before, place("Call", text, "len", parens=parens)) == after


@pytest.mark.parametrize(
    ("before", "node", "text", "after"),
    [
        ("if qs:\n    pass", "Name", "qs", "if await qs.aexists():\n    pass"),
        ("if not qs:\n    pass", "Name", "qs", "if not await qs.aexists():\n    pass"),
        ("if(qs):\n    pass", "Name", "qs", "if(await qs.aexists()):\n    pass"),
        ("x = a and q.filter(b=1)", "Call", "q.filter(b=1)", "x = a and await q.filter(b=1).aexists()"),
        ("if q1 & q2:\n    pass", "BinOp", "q1 & q2", "if await (q1 & q2).aexists():\n    pass"),
        ("x = 1 if (q1 & q2) else 2", "BinOp", "q1 & q2", "x = 1 if await (q1 & q2).aexists() else 2"),
        (
            "while (\n    q\n    .all()\n):\n    pass",
            "Call",
            "q…",
            "while (\n    await q\n    .all()\n    .aexists()\n):\n    pass",
        ),
    ],
)
def test_exists(body_after: BodyAfter, before: str, node: str, text: str, after: str) -> None:
    assert body_after(before, place(node, text, "exists")) == after


@pytest.mark.parametrize(
    ("before", "text", "parens", "after"),
    [
        ("x = b in qs", "b in qs", "", "x = await qs.acontains(b)"),
        ("x = b not in qs", "b not in qs", "", "x = not await qs.acontains(b)"),
        ("x = (b not in qs) == y", "b not in qs", "1", "x = (not await qs.acontains(b)) == y"),
        ("x = b in (q1 | q2)", "b in (q1 | q2)", "", "x = await (q1 | q2).acontains(b)"),
        ("x = b.c in q.filter(a=1)", "b.c in q.filter(a=1)", "", "x = await q.filter(a=1).acontains(b.c)"),
        ("x = (b := c) in qs", "(b := c) in qs", "", "x = await qs.acontains((b := c))"),
        ("x = (b) in (qs)", "(b) in (qs)", "", "x = await qs.acontains(b)"),
        ("x = (1, 2) in qs", "(1, 2) in qs", "", "x = await qs.acontains((1, 2))"),
        (
            "x = (\n    b  # c\n    in qs  # d\n)",
            "b  # c\n    in qs",
            "",
            "x = (\n    await qs.acontains(b  # c\n    )  # d\n)",
        ),
    ],
)
def test_contains(body_after: BodyAfter, before: str, text: str, parens: str, after: str) -> None:
    assert body_after(before, place("Compare", text, "contains", parens=parens)) == after


@pytest.mark.parametrize("before", ["a in b in c", "a == qs", "a < b in qs"])
def test_other_comparisons_are_refused(body_after: BodyAfter, before: str) -> None:
    with pytest.raises(Exception, match="expected"):
        body_after(before, place("Compare", before, "contains"))


@pytest.mark.parametrize(
    ("before", "after"),
    [
        ("x in qs", "x in [b async for b in qs]"),
        ("x not in qs.all()", "x not in [b async for b in qs.all()]"),
        ("x in (q or r)", "x in [b async for b in (q or r)]"),
    ],
)
def test_contains_list(body_after: BodyAfter, before: str, after: str) -> None:
    assert body_after(before, place("Compare", before, "contains-list", target="b")) == after


@pytest.mark.parametrize(
    ("before", "after"),
    [
        ("qs[0]", "[b async for b in qs[:1]][0]"),
        ("qs[3]", "[b async for b in qs[3:4]][0]"),
        ("qs[0x0f]", "[b async for b in qs[0x0f:16]][0]"),
        ("qs[i]", "[b async for b in qs[i:i + 1]][0]"),
        ("qs[i - 1]", "[b async for b in qs[i - 1:i - 1 + 1]][0]"),
        ("qs[i or 0]", "[b async for b in qs[i or 0:(i or 0) + 1]][0]"),
        ("qs[self.i]", "[b async for b in qs[self.i:self.i + 1]][0]"),
        ("q.filter(a=1)[0]", "[b async for b in q.filter(a=1)[:1]][0]"),
        ("(q | r)[0]", "[b async for b in (q | r)[:1]][0]"),
    ],
)
def test_index(body_after: BodyAfter, before: str, after: str) -> None:
    assert body_after(f"x = {before}.a", place("Subscript", before, "index", target="b")) == f"x = {after}.a"


@pytest.mark.parametrize("before", ["qs[f()]", "qs[(i := 1)]"])
def test_an_index_that_runs_code_is_refused(body_after: BodyAfter, before: str) -> None:
    with pytest.raises(Exception, match="computed twice"):
        body_after(before, place("Subscript", before, "index", target="b"))


@pytest.mark.parametrize(
    ("before", "op", "after"),
    [
        ("qs[f()]", "index-list", "[b async for b in qs][f()]"),
        ("(qs[-1])", "index-list", "([b async for b in qs][-1])"),
        ("qs[a:b:2]", "slice-list", "[x async for x in qs[a:b]][::2]"),
        ("qs[ : 9 : k]", "slice-list", "[x async for x in qs[ : 9]][::k]"),
        ("qs[::2]", "slice-list", "[x async for x in qs][::2]"),
    ],
)
def test_lists(body_after: BodyAfter, before: str, op: str, after: str) -> None:
    target = "b" if op == "index-list" else "x"
    assert (
        body_after(before, place("Subscript", before.strip("()") if before[0] == "(" else before, op, target=target))
        == after
    )


@pytest.mark.parametrize(
    ("before", "after"),
    [
        ("next(iter(qs))", "await anext(aiter(qs))"),
        ("next(iter(qs), None)", "await anext(aiter(qs), None)"),
        ("next(\n    iter(qs),  # first\n    None,\n)", "await anext(\n    aiter(qs),  # first\n    None,\n)"),
    ],
)
def test_next(body_after: BodyAfter, before: str, after: str) -> None:
    assert body_after(before, place("Call", before, "next")) == after


def test_next_of_a_generator_that_became_async(body_after: BodyAfter) -> None:
    generator = ("orm-iteration", "GeneratorExp", "(b for b in qs)", {"clauses": "0"})
    whole = place("Call", "next((b for b in qs), 1)", "next")
    assert body_after("x = next((b for b in qs), 1)", generator, whole) == "x = await anext((b async for b in qs), 1)"
