"""`orm-relations`: related objects without a query on attribute access."""

from __future__ import annotations

from collections.abc import Callable

import pytest

BodyAfter = Callable[..., str]
HeadAfter = Callable[..., str]


def place(node: str, text: str, op: str, **params: str) -> tuple[str, str, str, dict[str, str]]:
    return "orm-relations", node, text, {"op": op, **params}


@pytest.mark.parametrize(
    ("before", "text", "after"),
    [
        ("x = book.author.pk", "book.author.pk", "x = book.author_id"),
        ("x = (book.author).pk", "(book.author).pk", "x = book.author_id"),
        ("x = (book.author.pk)", "book.author.pk", "x = (book.author_id)"),
        ("x = (book\n     .author).pk", "(book…", "x = (book\n     .author_id)"),
        ("x = self.a[0].b.author.id", "self.a[0].b.author.id", "x = self.a[0].b.author_id"),
    ],
)
def test_key(body_after: BodyAfter, before: str, text: str, after: str) -> None:
    assert body_after(before, place("Attribute", text, "fk-id", name="author_id")) == after


@pytest.mark.parametrize(
    ("before", "node", "text", "parens", "after"),
    [
        ("if b.editor:\n    pass", "Attribute", "b.editor", "", "if b.editor_id is not None:\n    pass"),
        ("x = (b.editor)", "Attribute", "b.editor", "", "x = (b.editor_id is not None)"),
        ("x = not b.editor", "UnaryOp", "not b.editor", "", "x = b.editor_id is None"),
        ("x = (not (b.editor))", "UnaryOp", "not (b.editor)", "", "x = (b.editor_id is None)"),
        ("x = bool(b.editor)", "Attribute", "b.editor", "", "x = bool(b.editor_id is not None)"),
        ("x = f(b.editor) == 1", "Attribute", "b.editor", "1", "x = f((b.editor_id is not None)) == 1"),
    ],
)
def test_truth(body_after: BodyAfter, before: str, node: str, text: str, parens: str, after: str) -> None:
    assert body_after(before, place(node, text, "fk-test", name="editor_id", parens=parens)) == after


@pytest.mark.parametrize(
    ("before", "node", "text", "after"),
    [
        ("f(Book.objects.all())", "Call", "Book.objects.all()", 'f(Book.objects.select_related("a", "b__c"))'),
        ("f(Book.objects)", "Attribute", "Book.objects", 'f(Book.objects.select_related("a", "b__c"))'),
        ("f((Book.objects))", "Attribute", "Book.objects", 'f((Book.objects.select_related("a", "b__c")))'),
        ("f(qs)", "Name", "qs", 'f(qs.select_related("a", "b__c"))'),
        ("f(q | r)", "BinOp", "q | r", 'f((q | r).select_related("a", "b__c"))'),
        ("f(q.filter(x='1'))", "Call", "q.filter(x='1')", "f(q.filter(x='1').select_related('a', 'b__c'))"),
        ("f(q.select_related('c'))", "Call", "q.select_related('c')", "f(q.select_related('c', 'a', 'b__c'))"),
        ("f(q.select_related('a'))", "Call", "q.select_related('a')", "f(q.select_related('a', 'b__c'))"),
        (
            "f(q.select_related('a', 'b__c'))",
            "Call",
            "q.select_related('a', 'b__c')",
            "f(q.select_related('a', 'b__c'))",
        ),
        ("f(q.select_related(x))", "Call", "q.select_related(x)", 'f(q.select_related(x).select_related("a", "b__c"))'),
        ("f(q.select_related())", "Call", "q.select_related()", 'f(q.select_related().select_related("a", "b__c"))'),
        (
            "f(q.all().order_by('z'))",
            "Call",
            "q.all().order_by('z')",
            "f(q.all().order_by('z').select_related('a', 'b__c'))",
        ),
    ],
)
def test_select_related(body_after: BodyAfter, before: str, node: str, text: str, after: str) -> None:
    assert body_after(before, place(node, text, "select-related", fields="a,b,b__c")) == after


def test_a_relation_on_the_way_to_another_is_not_repeated(body_after: BodyAfter) -> None:
    site = place("Name", "q", "select-related", fields="a,a__b,a__b")
    assert body_after("f(q)", site) == 'f(q.select_related("a__b"))'


def test_select_related_of_a_model_class(body_after: BodyAfter) -> None:
    site = place("Name", "Book", "select-related", fields="author,publisher", manager="objects")
    assert body_after("get(Book, pk=1)", site) == 'get(Book.objects.select_related("author", "publisher"), pk=1)'


def test_select_related_in_a_chain_of_lines(body_after: BodyAfter) -> None:
    before = "x = (\n    Book.objects  # c\n    .filter(a=1)  # d\n)\n"
    after = 'x = (\n    Book.objects  # c\n    .filter(a=1)\n    .select_related("a")  # d\n)\n'
    assert body_after(before, place("Call", "Book.objects…", "select-related", fields="a")) == after


def test_all_in_a_chain_of_lines_gives_its_place(body_after: BodyAfter) -> None:
    before = "x = (\n    Book.objects\n    .all()\n)\n"
    after = 'x = (\n    Book.objects\n    .select_related("a")\n)\n'
    assert body_after(before, place("Call", "Book.objects…", "select-related", fields="a")) == after


def test_select_related_with_arguments_on_lines_of_their_own(body_after: BodyAfter) -> None:
    before = "x = q.select_related(\n    'c',\n)\n"
    after = "x = q.select_related(\n    'c',\n    'a',\n)\n"
    assert body_after(before, place("Call", "q.select…", "select-related", fields="a")) == after


def test_select_related_then_awaited(body_after: BodyAfter) -> None:
    before = "x = Book.objects.filter(a=1).get(pk=1)"
    get = ("orm-terminal", "Call", "Book.objects.filter(a=1).get(pk=1)", {"method": "aget"})
    related = place("Call", "Book.objects.filter(a=1)", "select-related", fields="a")
    assert body_after(before, get, related) == 'x = await Book.objects.filter(a=1).select_related("a").aget(pk=1)'


@pytest.mark.parametrize(
    ("before", "text", "parens", "after"),
    [
        ("x = b.author", "b.author", "", 'x = await sync_to_async(getattr)(b, "author")'),
        ("x = b.author.name", "b.author", "1", 'x = (await sync_to_async(getattr)(b, "author")).name'),
        ("x = f['b'].author", "f['b'].author", "", "x = await sync_to_async(getattr)(f['b'], 'author')"),
        ("x = (b.author)", "b.author", "", 'x = (await sync_to_async(getattr)(b, "author"))'),
    ],
)
def test_getattr(body_after: BodyAfter, before: str, text: str, parens: str, after: str) -> None:
    assert body_after(before, place("Attribute", text, "getattr", parens=parens)) == after


def test_getattr_in_an_f_string_takes_the_other_quotes(body_after: BodyAfter) -> None:
    site = place("Attribute", "b.author", "getattr", quote="'")
    assert body_after('s = f"{b.author}"', site) == "s = f\"{await sync_to_async(getattr)(b, 'author')}\""


def test_lambda(body_after: BodyAfter, head_after: HeadAfter) -> None:
    site = place("Attribute", "b.a.b.c", "lambda")
    assert body_after("x = b.a.b.c", site) == "x = await sync_to_async(lambda: b.a.b.c)()"
    assert head_after("import os\n\nos\n", "x = b.a.b.c", site).splitlines()[2] == (
        "from asgiref.sync import sync_to_async"
    )


def test_the_name_that_the_file_uses_needs_no_import(body_after: BodyAfter, head_after: HeadAfter) -> None:
    site = place("Attribute", "b.a", "lambda", name="sync.sync_to_async")
    assert body_after("x = b.a", site) == "x = await sync.sync_to_async(lambda: b.a)()"
    assert head_after("", "x = b.a", site) == ""


@pytest.mark.parametrize("before", ["(await f()).a.b", "super().author"])
def test_what_a_lambda_cannot_hold_is_refused(body_after: BodyAfter, before: str) -> None:
    with pytest.raises(Exception, match="lambda"):
        body_after(before, place("Attribute", before, "lambda"))
