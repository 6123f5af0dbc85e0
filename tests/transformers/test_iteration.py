"""`orm-iteration` and `orm-materialise`: loops, comprehensions, and lists made of querysets."""

from __future__ import annotations

from collections.abc import Callable

import pytest

BodyAfter = Callable[..., str]


def test_for_keeps_body_else_and_comments(body_after: BodyAfter) -> None:
    before = """\
# above
for i, book in qs:  # beside
    if i: continue
    break
else:
    pass
"""
    after = before.replace("for i", "async for i")
    assert body_after(before, ("orm-iteration", "For", "for i…", {})) == after


@pytest.mark.parametrize(
    ("before", "node", "clauses", "after"),
    [
        ("[b.pk for b in qs if b]", "ListComp", "0", "[b.pk async for b in qs if b]"),
        ("{b for b in qs}", "SetComp", "0", "{b async for b in qs}"),
        ("{b.pk: b for b in qs}", "DictComp", "0", "{b.pk: b async for b in qs}"),
        ("[c for a in x for b in y for c in z]", "ListComp", "0,2", "[c async for a in x for b in y async for c in z]"),
        ("[(b)for b in qs]", "ListComp", "0", "[(b) async for b in qs]"),
        ("[\n    b  # c\n    for b in qs  # d\n]", "ListComp", "0", "[\n    b  # c\n    async for b in qs  # d\n]"),
    ],
)
def test_clauses(body_after: BodyAfter, before: str, node: str, clauses: str, after: str) -> None:
    assert body_after(before, ("orm-iteration", node, before, {"clauses": clauses})) == after


@pytest.mark.parametrize(
    ("before", "text", "clauses", "after"),
    [
        ("sum(x for x in q)", "(x for x in q)", "0", "sum([x async for x in q])"),
        ("sum((x for x in q), 1)", "(x for x in q)", "0", "sum([x async for x in q], 1)"),
        ("y = ( x for x in q )", "( x for x in q )", "0", "y = [ x async for x in q ]"),
        ("y = ((x for x in q))", "(x for x in q)", "0", "y = ([x async for x in q])"),
        ("any(x for x in y)", "(x for x in y)", "", "any([x for x in y])"),
        ("f(*(x for x in q))", "(x for x in q)", "0", "f(*[x async for x in q])"),
        ("y = (  # c\n    x\n    for x in q\n)", "(…", "0", "y = [  # c\n    x\n    async for x in q\n]"),
        ("sum(x.total\n    for x in q)", "(…", "0", "sum([x.total\n    async for x in q])"),
    ],
)
def test_generator_to_list(body_after: BodyAfter, before: str, text: str, clauses: str, after: str) -> None:
    place = ("orm-iteration", "GeneratorExp", text, {"clauses": clauses, "to_list": "1"})
    assert body_after(before, place) == after


def test_a_generator_on_lines_of_its_own_gets_brackets_on_lines_of_their_own(body_after: BodyAfter) -> None:
    before = """\
total = sum(
    item.price(
        1,
    )
    for item in qs  # all
    # but these
    if item
)
"""
    after = """\
total = sum(
    [
        item.price(
            1,
        )
        async for item in qs  # all
        # but these
        if item
    ]
)
"""
    place = ("orm-iteration", "GeneratorExp", "(…", {"clauses": "0", "to_list": "1"})
    assert body_after(before, place) == after


def test_await_inside_the_comprehension(body_after: BodyAfter) -> None:
    count = ("orm-terminal", "Call", "b.tags.count()", {"method": "acount"})
    place = ("orm-iteration", "GeneratorExp", "(b.tags.count() for b in books)", {"to_list": "1"})
    assert body_after("sum(b.tags.count() for b in books)", place, count) == (
        "sum([await b.tags.acount() for b in books])"
    )


@pytest.mark.parametrize(
    ("before", "node", "text", "after"),
    [
        ("sorted(qs, key=k)", "Name", "qs", "sorted([b async for b in qs], key=k)"),
        ("f(*a.filter(x=1))", "Call", "a.filter(x=1)", "f(*[b async for b in a.filter(x=1)])"),
        ("x, y = self.qs", "Attribute", "self.qs", "x, y = [b async for b in self.qs]"),
        ("x = list(q1 | q2)", "BinOp", "q1 | q2", "x = list([b async for b in q1 | q2])"),
        ("x = tuple(qs[:3])", "Subscript", "qs[:3]", "x = tuple([b async for b in qs[:3]])"),
        ("g(a or b)", "BoolOp", "a or b", "g([b async for b in (a or b)])"),
        ("g(a if c else b)", "IfExp", "a if c else b", "g([b async for b in (a if c else b)])"),
        ("g((a if c else b))", "IfExp", "a if c else b", "g([b async for b in (a if c else b)])"),
        ("g((qs))", "Name", "qs", "g([b async for b in qs])"),
        ("g((  # c\n    qs\n    .all()\n))", "Call", "qs…", "g([  # c\n    b\n    async for b in qs\n    .all()\n])"),
        ("total += qs", "Name", "qs", "total += [b async for b in qs]"),
    ],
)
def test_materialise(body_after: BodyAfter, before: str, node: str, text: str, after: str) -> None:
    assert body_after(before, ("orm-materialise", node, text, {"target": "b"})) == after


@pytest.mark.parametrize(
    ("before", "unwrap", "target", "after"),
    [
        ("list(qs)", "list", "b", "[b async for b in qs]"),
        ("list( qs )", "list", "b", "[b async for b in qs]"),
        ("list(qs,)", "list", "b", "[b async for b in qs]"),
        ("set(qs)", "set", "b", "{b async for b in qs}"),
        ("tuple(qs)", "tuple", "b", "tuple([b async for b in qs])"),
        ("frozenset(qs)", "frozenset", "b", "frozenset([b async for b in qs])"),
        ("sorted(qs, key=k)", "sorted", "b", "sorted([b async for b in qs], key=k)"),
        ("dict(qs)", "dict", "k, v", "{k: v async for k, v in qs}"),
        ("list(a or b)", "list", "x", "[x async for x in (a or b)]"),
        ("list(qs.values_list('a', 'b'))", "list", "a, b", "[(a, b) async for a, b in qs.values_list('a', 'b')]"),
        ("list(\n    qs,\n)", "list", "b", "[\n    b\n    async for b in qs\n]"),
        ("list(  # c\n    qs  # d\n    # e\n)", "list", "b", "[  # c\n    b\n    async for b in qs  # d\n    # e\n]"),
        ("list(qs.filter(\n    a=1,\n))", "list", "b", "[b async for b in qs.filter(\n    a=1,\n)]"),
        ("tuple(\n    qs,\n)", "tuple", "b", "tuple(\n    [b async for b in qs],\n)"),
        ("list([x for x in y])", "list", "", "[x for x in y]"),
        ("set([x for x in y])", "set", "", "{x for x in y}"),
    ],
)
def test_unwrap(body_after: BodyAfter, before: str, unwrap: str, target: str, after: str) -> None:
    params = {"unwrap": unwrap, "target": target}
    assert body_after(before, ("orm-materialise", "Call", before, params)) == after


def test_unwrap_a_comprehension_that_became_async(body_after: BodyAfter) -> None:
    generator = ("orm-iteration", "GeneratorExp", "(b.pk for b in qs)", {"clauses": "0", "to_list": "1"})
    whole = ("orm-materialise", "Call", "list(b.pk for b in qs)", {"unwrap": "list"})
    assert body_after("x = list(b.pk for b in qs)", generator, whole) == "x = [b.pk async for b in qs]"


def test_parentheses_of_the_call_stay(body_after: BodyAfter) -> None:
    place = ("orm-materialise", "Call", "list(qs)", {"unwrap": "list", "target": "b"})
    assert body_after("return (list(qs))", place) == "return ([b async for b in qs])"


def test_a_set_in_an_f_string(body_after: BodyAfter) -> None:
    place = ("orm-materialise", "Call", "set(qs)", {"unwrap": "set", "target": "b", "parens": "1"})
    assert body_after('s = f"{set(qs)}"', place) == 's = f"{({b async for b in qs})}"'


@pytest.mark.parametrize("before", ["list()", "list(*qs)", "list(a, b)", "dict(a=qs)"])
def test_calls_of_another_shape_are_refused(body_after: BodyAfter, before: str) -> None:
    with pytest.raises(Exception, match="argument"):
        body_after(before, ("orm-materialise", "Call", before, {"unwrap": before[:4], "target": "k, v"}))
