"""Decisions: what the file holds, which edits they are found again on, and what is told of the others."""

from __future__ import annotations

import tomllib
from operator import attrgetter

import pytest
from hypothesis import given
from hypothesis import strategies as st

from amigrate.model import Confidence, Edit
from amigrate.review.carrying import carry
from amigrate.review.decisions import Decision, DecisionsError, Verdict, decision_on, dump, parse
from amigrate.review.session import accept, begin, decisions_of, reject, without_stale
from amigrate.review.subject import subject_of
from amigrate.rewrite.edits import Draft, to_edits
from tests.review.reviewing import change_set

TEXT = st.text(max_size=30)
HEAD = 'schema = "amigrate.decisions/1"\n'


def edits(path: str, *drafts: tuple[str, str, str], after: str = "await aget()") -> tuple[Edit, ...]:
    """Edits of (codemod, symbol, text before), a line each."""
    lines = enumerate(drafts, 1)
    return to_edits(
        path, [Draft(c, "g", s, "why", Confidence.SAFE, line, 0, before, after) for line, (c, s, before) in lines]
    )


def one(path: str, symbol: str, before: str = "get()", after: str = "await aget()") -> Edit:
    (edit,) = edits(path, ("orm", symbol, before), after=after)
    return edit


@given(st.lists(st.tuples(st.sampled_from(Verdict), TEXT, TEXT, TEXT), max_size=5))
def test_what_is_written_is_read_again(found: list[tuple[Verdict, str, str, str]]) -> None:
    decisions = [
        Decision(f"{number:016x}", verdict, codemod, symbol, before)
        for number, (verdict, codemod, symbol, before) in enumerate(found)
    ]
    key = attrgetter("id")
    assert sorted(parse(dump(decisions), "d.toml"), key=key) == decisions


def test_the_order_of_deciding_leaves_no_trace_in_the_file() -> None:
    subject = subject_of(change_set({"a.py": [(10, "alpha", "g1"), (20, "beta", "g2")]}))
    first, second = subject.items
    session, _ = begin(subject)
    forth = dump(decisions_of(reject(accept(session, [first]), [second])))
    back = dump(decisions_of(accept(reject(session, [second]), [first])))
    assert forth == back
    assert [entry["verdict"] for entry in tomllib.loads(forth.decode())["edits"]] == ["accepted", "rejected"]


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("x = ", "d.toml: Invalid"),
        ("", "d.toml: no decisions of this amigrate"),
        ('schema = "amigrate.decisions/2"', "d.toml: no decisions of this amigrate"),
        (HEAD + "edits = 1", "`edits` must be an array"),
        (HEAD + "edits = [1]", "entry 1 of `edits` must be a table"),
        (HEAD + '[[edits]]\nverdict = "accepted"', "entry 1 of `edits` has no `id`"),
        (HEAD + '[[edits]]\nid = "a"\nverdict = "maybe"', '`verdict` must be "accepted" or "rejected"'),
        (HEAD + '[[edits]]\nid = "a"\nverdict = "accepted"\nsymbol = 1', "`symbol` must be a text"),
        (HEAD + '[[edits]]\nid = "a"\nverdict = "accepted"\n[[edits]]\nid = "a"\nverdict = "rejected"', "is both"),
    ],
)
def test_a_file_that_is_wrong_is_refused_with_the_place(text: str, message: str) -> None:
    with pytest.raises(DecisionsError, match=r"d\.toml") as error:
        parse(text.encode(), "d.toml")
    assert message in str(error.value)


def test_bytes_that_are_no_text_are_refused() -> None:
    with pytest.raises(DecisionsError):
        parse(b"\xff", "d.toml")


@pytest.mark.parametrize(
    ("before", "reformatted"),
    [
        ("Book.objects.get(pk=pk)", "Book.objects.get(\n    pk=pk,  # the key\n)"),
        ("Book.objects.filter(a='x', b=[1,2]).first()", 'Book.objects.filter(a="x", b=[1, 2]).first()'),
        ("def view(request, *, pk):", "def view(\n    request,\n    *,\n    pk,\n):"),
        ("f('it\\'s')", 'f("it\'s")'),
        ("f(u'x', b'y', R'\\d')", 'f("x", b"y", r"\\d")'),
        ("render(request, f'{name}.html')", 'render(request, f"{name}.html")'),
        ("a = 1 + \\\n 2", "a = 1 + 2"),
    ],
)
def test_reformatting_changes_no_fingerprint(before: str, reformatted: str) -> None:
    assert one("a.py", "a.f", before).id == one("a.py", "a.f", reformatted).id


@pytest.mark.parametrize(
    ("before", "other"),
    [("get(a)", "get(b)"), ("f('a b')", "f('a  b')"), ("f('#x')", "f('')"), ("f(a)(b)", "f(a, b)"), ("x", "'x'")],
)
def test_another_text_is_another_edit(before: str, other: str) -> None:
    assert one("a.py", "a.f", before).id != one("a.py", "a.f", other).id


def test_what_is_done_for_a_function_in_other_files_is_told_apart() -> None:
    paths = ("shop/urls.py", "blog/urls.py")
    assert len({one(path, "shop.views.detail", "csrf_exempt(detail)").id for path in paths}) == 2


def test_equal_texts_of_a_function_are_told_apart_and_other_lines_do_not_matter() -> None:
    first, second = edits("a.py", ("orm", "a.f", "get()"), ("orm", "a.f", "get()"))
    _, later = edits("a.py", ("orm", "a.z", "other()"), ("orm", "a.f", "get()"))
    assert first.id != second.id
    assert later.id == first.id


def test_a_decision_follows_a_function_into_another_module() -> None:
    decision = decision_on(one("shop/views.py", "shop.views.detail"), Verdict.ACCEPTED)
    moved = one("shop/api/views.py", "shop.api.views.detail")
    carried = carry([decision], [moved])
    assert carried.verdicts == ((moved.id, Verdict.ACCEPTED),)
    assert carried.moved == ((decision, "shop.api.views.detail"),)
    assert carried.stale == ()


def test_a_decision_does_not_choose_between_two_functions_of_its_name() -> None:
    decision = decision_on(one("shop/views.py", "shop.views.detail"), Verdict.ACCEPTED)
    twice = [one("blog/views.py", "blog.views.detail"), one("news/views.py", "news.views.detail")]
    assert carry([decision], twice).stale == (decision,)
    both = [decision, decision_on(one("x/views.py", "x.views.detail"), Verdict.REJECTED)]
    assert carry(both, twice[:1]).stale == tuple(both)


def test_an_accepted_edit_that_would_become_something_else_is_asked_again() -> None:
    edit = one("a.py", "a.f")
    other = one("a.py", "a.f", after="await sync_to_async(get)()")
    assert edit.id == other.id
    accepted, rejected = decision_on(edit, Verdict.ACCEPTED), decision_on(edit, Verdict.REJECTED)
    assert carry([accepted], [other]).differing == (accepted,)
    assert carry([accepted], [other]).verdicts == ()
    assert carry([rejected], [other]).verdicts == ((other.id, Verdict.REJECTED),)
    assert carry([accepted], [one("a.py", "a.f", after="await  aget( )")]).verdicts != ()  # only its spaces differ


@pytest.mark.parametrize(
    ("after", "reformatted", "same"),
    [
        ("def f():\n    (await g())", "def f():\n    await g()", True),
        ("    async def f(self):\n        return 'a'", 'async def f(self):\n    return "a"  # b', True),
        ("async def f(a, b):", "async def f(\n    a,\n    b,\n):", True),
        ("(await f()).x", "await f().x", False),
        ("await f('a b')", "await f('a  b')", False),
        ("async with a as b:", "async with b as a:", False),
    ],
)
def test_a_result_is_what_it_means_and_not_how_it_is_formatted(after: str, reformatted: str, same: bool) -> None:
    decision = decision_on(one("a.py", "a.f", after=after), Verdict.ACCEPTED)
    carried = carry([decision], [one("a.py", "a.f", after=reformatted)])
    assert bool(carried.verdicts) is same
    assert bool(carried.differing) is not same


def test_decisions_on_what_is_gone_stay_until_they_are_dropped() -> None:
    gone = decision_on(one("a.py", "a.gone"), Verdict.REJECTED)
    session, carried = begin(subject_of(change_set({"b.py": [(10, "alpha", "g")]})), [gone])
    assert carried.stale == (gone,)
    assert decisions_of(session) == (gone,)
    assert decisions_of(without_stale(session)) == ()
