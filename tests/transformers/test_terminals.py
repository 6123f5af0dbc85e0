"""`orm-terminal`, `orm-instance` and `async-cache`: a call becomes an awaited a-method."""

from __future__ import annotations

from collections.abc import Callable

import pytest

BodyAfter = Callable[..., str]


def get(text: str, **params: str) -> tuple[str, str, str, dict[str, str]]:
    return "orm-terminal", "Call", text, {"method": "aget", **params}


@pytest.mark.parametrize(
    ("before", "text", "parens", "after"),
    [
        ("b = Book.objects.get(pk=1)", "Book.objects.get(pk=1)", "", "b = await Book.objects.aget(pk=1)"),
        ("return Book.objects.get().title", "Book.objects.get()", "1", "return (await Book.objects.aget()).title"),
        ("return qs.get()[0]", "qs.get()", "1", "return (await qs.aget())[0]"),
        ("x = -qs.get()", "qs.get()", "", "x = -await qs.aget()"),
        ("x = not qs.get()", "qs.get()", "", "x = not await qs.aget()"),
        ("x = qs.get() ** 2", "qs.get()", "", "x = await qs.aget() ** 2"),
        ("x = (qs.get())", "qs.get()", "", "x = (await qs.aget())"),
        ("x = (qs.get()).title", "qs.get()", "1", "x = (await qs.aget()).title"),
        ("x = ((qs.get()))", "qs.get()", "", "x = ((await qs.aget()))"),
        ("if (n := qs.get()) > 1:\n    pass", "qs.get()", "", "if (n := await qs.aget()) > 1:\n    pass"),
        ('s = f"{qs.get()!r:>{w}}"', "qs.get()", "", 's = f"{await qs.aget()!r:>{w}}"'),
        ("return(qs.get())", "qs.get()", "", "return(await qs.aget())"),
        ("x = qs . get (pk = 1 ,)", "qs . get (pk = 1 ,)", "", "x = await qs . aget (pk = 1 ,)"),
        ("assert qs.get(), qs.count()", "qs.get()", "", "assert await qs.aget(), qs.count()"),
        ("x = (a or b).get()", "(a or b).get()", "", "x = await (a or b).aget()"),
        ("é = qs.filter(name='ü').get()", "qs.filter(name='ü').get()", "", "é = await qs.filter(name='ü').aget()"),
    ],
)
def test_precedence_and_layout(body_after: BodyAfter, before: str, text: str, parens: str, after: str) -> None:
    assert body_after(before, get(text, parens=parens)) == after


def test_parentheses_over_several_lines_move_outward(body_after: BodyAfter) -> None:
    before = """\
book = (  # the newest
    Book.objects
    # only those on sale
    .filter(on_sale=True)  # really
    .get()  # one

)
"""
    after = before.replace("    Book.objects\n", "    await Book.objects\n").replace(".get()", ".aget()")
    assert body_after(before, get("Book.objects…", nth="1")) == after


def test_arguments_keep_their_lines_quotes_and_trailing_comma(body_after: BodyAfter) -> None:
    before = """\
book = Book.objects.get(
    title='a',  # single
    author="b",
)
"""
    after = before.replace("Book.objects.get", "await Book.objects.aget")
    assert body_after(before, get("Book.objects.get(…")) == after


def test_backslash_continuation_is_kept(body_after: BodyAfter) -> None:
    before = "book = Book.objects \\\n    .filter(a=1) \\\n    .get()\n"
    after = before.replace("Book.objects", "await Book.objects").replace(".get()", ".aget()")
    assert body_after(before, get("Book.objects…", nth="1")) == after


def test_await_in_await(body_after: BodyAfter) -> None:
    save = ("orm-instance", "Call", "Book.objects.get(pk=1).save()", {"method": "asave"})
    after = body_after("Book.objects.get(pk=1).save()", get("Book.objects.get(pk=1)", parens="1"), save)
    assert after == "await (await Book.objects.aget(pk=1)).asave()"


def test_await_in_an_argument(body_after: BodyAfter) -> None:
    create = ("orm-terminal", "Call", "B.objects.create(a=A.objects.get(), b=2)", {"method": "acreate"})
    after = body_after("B.objects.create(a=A.objects.get(), b=2)", create, get("A.objects.get()"))
    assert after == "await B.objects.acreate(a=await A.objects.aget(), b=2)"


@pytest.mark.parametrize(
    ("before", "after"),
    [
        ("book.save()", "await book.asave()"),
        ("book.save(True)", "await book.asave(force_insert=True)"),
        (
            "book.save(False, True, 'default', ['a'],)",
            "await book.asave(force_insert=False, force_update=True, using='default', update_fields=['a'],)",
        ),
        (
            "book.save(\n    True,  # new\n    using=db,\n)",
            "await book.asave(\n    force_insert=True,  # new\n    using=db,\n)",
        ),
        ("book.save(True, **kw)", "await book.asave(force_insert=True, **kw)"),
        ("book.save((n := True))", "await book.asave(force_insert=(n := True))"),
        ("book.save(n := True)", "await book.asave(force_insert=(n := True))"),
        ("super().save()", "await super().asave()"),
        ("self.books[0].save()", "await self.books[0].asave()"),
    ],
)
def test_positional_arguments_of_save_become_keywords(body_after: BodyAfter, before: str, after: str) -> None:
    params = {"method": "asave", "positional": "force_insert,force_update,using,update_fields"}
    assert body_after(before, ("orm-instance", "Call", before, params)) == after


@pytest.mark.parametrize("before", ["book.save(*args)", "book.save(1, 2, 3, 4, 5)"])
def test_arguments_that_have_no_name_are_refused(body_after: BodyAfter, before: str) -> None:
    params = {"method": "asave", "positional": "force_insert,force_update,using,update_fields"}
    with pytest.raises(Exception, match="cannot be named"):
        body_after(before, ("orm-instance", "Call", before, params))


def test_a_plain_function_is_no_terminal(body_after: BodyAfter) -> None:
    with pytest.raises(Exception, match="expected Attribute, found Name"):
        body_after("get(1)", get("get(1)"))


@pytest.mark.parametrize(
    ("before", "node", "text", "params", "after"),
    [
        ("x = cache.get('k', 1)", "Call", "cache.get('k', 1)", {"method": "aget"}, "x = await cache.aget('k', 1)"),
        ("x = 'k' in cache", "Compare", "'k' in cache", {"op": "contains"}, "x = await cache.ahas_key('k')"),
        (
            "x = cache.get('k').a",
            "Call",
            "cache.get('k')",
            {"method": "aget", "parens": "1"},
            "x = (await cache.aget('k')).a",
        ),
    ],
)
def test_cache(body_after: BodyAfter, before: str, node: str, text: str, params: dict[str, str], after: str) -> None:
    assert body_after(before, ("async-cache", node, text, params)) == after
