"""`orm-shortcuts`, `async-auth`, `async-session` and `request-user`."""

from __future__ import annotations

from collections.abc import Callable

import pytest

BodyAfter = Callable[..., str]
HeadAfter = Callable[..., str]
Place = tuple[str, str, str, dict[str, str]]

SHORTCUT = {"module": "django.shortcuts", "name": "aget_object_or_404", "old": "get_object_or_404"}


@pytest.mark.parametrize(
    ("before", "text", "parens", "after"),
    [
        (
            "b = get_object_or_404(Book, pk=1)",
            "get_object_or_404(Book, pk=1)",
            "",
            "b = await aget_object_or_404(Book, pk=1)",
        ),
        (
            "b = shortcuts.get_object_or_404(Book).title",
            "shortcuts.get_object_or_404(Book)",
            "1",
            "b = (await shortcuts.aget_object_or_404(Book)).title",
        ),
        (
            "b = get_object_or_404(\n    Book,  # c\n    pk=1,\n)",
            "get_object_or_404(…",
            "",
            "b = await aget_object_or_404(\n    Book,  # c\n    pk=1,\n)",
        ),
    ],
)
def test_shortcuts(body_after: BodyAfter, before: str, text: str, parens: str, after: str) -> None:
    assert body_after(before, ("orm-shortcuts", "Call", text, {**SHORTCUT, "parens": parens})) == after


@pytest.mark.parametrize(
    ("body", "text", "after"),
    [
        (
            "get_object_or_404(Book)\n",
            "get_object_or_404(Book)",
            "from django.shortcuts import aget_object_or_404, render\n\nrender\n",
        ),
        (
            "get_object_or_404(Book)\nget_object_or_404\n",
            "get_object_or_404(Book)",
            "from django.shortcuts import aget_object_or_404, get_object_or_404, render\n\nrender\n",
        ),
        (
            "shortcuts.get_object_or_404(Book)\n",
            "shortcuts.get_object_or_404(Book)",
            "from django.shortcuts import get_object_or_404, render\n\nrender\n",
        ),
    ],
)
def test_imports_follow_what_is_used(head_after: HeadAfter, body: str, text: str, after: str) -> None:
    head = "from django.shortcuts import get_object_or_404, render\n\nrender\n"
    assert head_after(head, body, ("orm-shortcuts", "Call", text, SHORTCUT)) == after


@pytest.mark.parametrize(
    ("before", "params", "after"),
    [
        (
            "login(request, user)",
            {"module": "django.contrib.auth", "name": "alogin", "old": "login"},
            "await alogin(request, user)",
        ),
        (
            "auth.logout(request)",
            {"module": "django.contrib.auth", "name": "alogout", "old": "logout"},
            "await auth.alogout(request)",
        ),
        ("user.check_password(p)", {"op": "method", "method": "acheck_password"}, "await user.acheck_password(p)"),
    ],
)
def test_auth(body_after: BodyAfter, before: str, params: dict[str, str], after: str) -> None:
    assert body_after(before, ("async-auth", "Call", before, params)) == after


@pytest.mark.parametrize(
    ("before", "node", "text", "params", "after"),
    [
        ("x = s.get('a', 1)", "Call", "s.get('a', 1)", {"method": "aget"}, "x = await s.aget('a', 1)"),
        ("x = s['a']", "Subscript", "s['a']", {"op": "getitem"}, "x = await sync_to_async(s.__getitem__)('a')"),
        (
            "x = s['a'].b",
            "Subscript",
            "s['a']",
            {"op": "getitem", "parens": "1"},
            "x = (await sync_to_async(s.__getitem__)('a')).b",
        ),
        ("x = s[1, 2]", "Subscript", "s[1, 2]", {"op": "getitem"}, None),
        ("s['a'] = b", "Assign", "s['a'] = b", {"op": "setitem"}, "await s.aset('a', b)"),
        ("s['a'] = b, c  # d\n", "Assign", "s['a'] = b, c", {"op": "setitem"}, "await s.aset('a', (b, c))  # d\n"),
        ("s['a'] = yield", "Assign", "s['a'] = yield", {"op": "setitem"}, "await s.aset('a', (yield))"),
        ("s['a'] = (\n    b\n    + c\n)", "Assign", "s…", {"op": "setitem"}, "await s.aset('a', (\n    b\n    + c\n))"),
        ("s['a'] = x = b", "Assign", "s['a'] = x = b", {"op": "setitem"}, None),
        ("if a: s['a'] = b\n", "Assign", "s['a'] = b", {"op": "setitem"}, "if a: await s.aset('a', b)\n"),
        ("# c\ndel s['a']  # d\n", "Delete", "del s['a']", {"op": "delitem"}, "# c\nawait s.apop('a')  # d\n"),
        ("del s['a'], s['b']", "Delete", "del s['a'], s['b']", {"op": "delitem"}, None),
        ("x = 'a' in s", "Compare", "'a' in s", {"op": "contains"}, "x = await s.ahas_key('a')"),
        (
            "if 'a' not in s:\n    pass",
            "Compare",
            "'a' not in s",
            {"op": "contains"},
            "if not await s.ahas_key('a'):\n    pass",
        ),
    ],
)
def test_session(
    body_after: BodyAfter, before: str, node: str, text: str, params: dict[str, str], after: str | None
) -> None:
    place = ("async-session", node, text, params)
    if after is None:
        with pytest.raises(Exception, match="expected"):
            body_after(before, place)
    else:
        assert body_after(before, place) == after


def test_session_item_that_is_awaited(body_after: BodyAfter) -> None:
    count = ("orm-terminal", "Call", "qs.count()", {"method": "acount"})
    place = ("async-session", "Assign", "request.session['n'] = qs.count()", {"op": "setitem"})
    assert body_after("request.session['n'] = qs.count()", place, count) == (
        "await request.session.aset('n', await qs.acount())"
    )


@pytest.mark.parametrize(
    ("before", "params", "after"),
    [
        ("f(request.user)", {"op": "inline"}, "f(await request.auser())"),
        ("x = request.user.pk", {"op": "inline", "parens": "1"}, "x = (await request.auser()).pk"),
        ("x = (request.user)", {"op": "inline"}, "x = (await request.auser())"),
        ("x = request.user.pk", {"op": "name", "name": "user"}, "x = user.pk"),
        ("x = (request.user)", {"op": "name", "name": "user"}, "x = (user)"),
    ],
)
def test_user(body_after: BodyAfter, before: str, params: dict[str, str], after: str) -> None:
    assert body_after(before, ("request-user", "Attribute", "request.user", params)) == after


def test_the_user_of_another_request(body_after: BodyAfter) -> None:
    place = ("request-user", "Attribute", "self.request.user", {"op": "inline"})
    assert body_after("f(self.request.user)", place) == "f(await self.request.auser())"


@pytest.mark.parametrize(
    ("before", "node", "text", "after"),
    [
        ("return f(1)\n", "Return", "return f(1)", "user = await request.auser()\nreturn f(1)\n"),
        (
            "a = 1\n\n\n# about b\n# more\nb = 2  # c\n",
            "Assign",
            "b = 2",
            "a = 1\n\n\nuser = await request.auser()\n# about b\n# more\nb = 2  # c\n",
        ),
        ("a = 1\n# about a\n\nb = 2\n", "Assign", "b = 2", "a = 1\n# about a\n\nuser = await request.auser()\nb = 2\n"),
        (
            '"""D."""\n\nif a:\n    pass\n',
            "If",
            "if a…",
            '"""D."""\n\nuser = await request.auser()\nif a:\n    pass\n',
        ),
        ("if a:\n    # c\n    b()\n", "Expr", "b()", "if a:\n    user = await request.auser()\n    # c\n    b()\n"),
        ("for a in b:\n    pass\n", "For", "for…", "user = await request.auser()\nfor a in b:\n    pass\n"),
    ],
)
def test_user_above_a_statement(body_after: BodyAfter, before: str, node: str, text: str, after: str) -> None:
    assert body_after(before, ("request-user", node, text, {"op": "assign", "name": "user"})) == after


def test_user_above_a_statement_that_changes_too(body_after: BodyAfter) -> None:
    assign = ("request-user", "Return", "return f(request.user, s['a'])", {"op": "assign", "name": "user"})
    name = ("request-user", "Attribute", "request.user", {"op": "name", "name": "user"})
    assert body_after("x = 1\n\nreturn f(request.user, s['a'])\n", assign, name) == (
        "x = 1\n\nuser = await request.auser()\nreturn f(user, s['a'])\n"
    )


def test_user_above_a_loop_that_becomes_async(body_after: BodyAfter) -> None:
    assign = ("request-user", "For", "for a in request.user.books.all()…", {"op": "assign", "name": "user"})
    loop: Place = ("orm-iteration", "For", "for a in request.user.books.all()…", {})
    name = ("request-user", "Attribute", "request.user", {"op": "name", "name": "user"})
    for sites in ((assign, loop, name), (loop, assign, name)):
        assert body_after("for a in request.user.books.all():\n    pass\n", *sites) == (
            "user = await request.auser()\nasync for a in user.books.all():\n    pass\n"
        )


def test_user_is_put_back_on_the_request(body_after: BodyAfter) -> None:
    params = {"op": "assign", "name": "self.request.user", "request": "self.request"}
    assert body_after("pass\n", ("request-user", "Pass", "pass", params)) == (
        "self.request.user = await self.request.auser()\npass\n"
    )


def test_user_is_loaded_in_a_thread(body_after: BodyAfter, head_after: HeadAfter) -> None:
    place = ("request-user", "Return", "return 1", {"op": "load"})
    assert body_after("return 1\n", place) == "await sync_to_async(bool)(request.user)\nreturn 1\n"
    assert head_after("", "return 1\n", place).strip() == "from asgiref.sync import sync_to_async"
