"""One file in memory: the sites are rewritten, and nothing else is."""

from __future__ import annotations

import codecs
from collections.abc import Callable

import pytest

from amigrate.codemod import SiteCodemod
from amigrate.model import Site, Span
from amigrate.rewrite import RewriteError, Rewritten, rewrite_source

Rewrite = Callable[..., Rewritten]


@pytest.mark.parametrize(
    ("before", "want", "after"),
    [
        pytest.param("x = get(1)\n", ("Call", "get(1)", "await"), "x = (await get(1))\n", id="module-level"),
        pytest.param(
            "class A:\n\n    @d  # why\n    def f(self):\n        return get( 1 ) # kept\n    y = 1 ;\n",
            ("Call", "get(", "await"),
            "class A:\n\n    @d  # why\n    def f(self):\n        return (await get( 1 )) # kept\n    y = 1 ;\n",
            id="method",
        ),
        pytest.param(
            "@d(get(1))\ndef f(a=get(1)): pass\n",
            ("Call", "get(1)", "await"),
            "@d((await get(1)))\ndef f(a=(await get(1))): pass\n",
            id="decorator-and-default",
        ),
        pytest.param(
            "a = get(1); b = get(2)\n", ("Call", "get(2)", "await"), "a = get(1); b = (await get(2))\n", id="semicolon"
        ),
        pytest.param(
            "if a: get(1)\nx = 1\n", ("Call", "get(1)", "await"), "if a: (await get(1))\nx = 1\n", id="after-colon"
        ),
        pytest.param(
            "def f():\n\treturn get(1)",
            ("Call", "get(1)", "await"),
            "def f():\n\treturn (await get(1))",
            id="tab-no-newline",
        ),
        pytest.param(
            "def f():\r\n    x = 'é', get('é')\r\n    y = 1\n",
            ("Call", "get(", "await"),
            "def f():\r\n    x = 'é', (await get('é'))\r\n    y = 1\n",
            id="mixed-newlines-and-columns",
        ),
        pytest.param("\ufeffget(1)\n", ("Call", "get(1)", "await"), "\ufeff(await get(1))\n", id="bom"),
        pytest.param(
            "x = 1\n\f\ndef f():\n    return get(1)\n\fy = 2\n",
            ("Call", "get(1)", "await"),
            "x = 1\n\f\ndef f():\n    return (await get(1))\n\fy = 2\n",
            id="form-feed-between",
        ),
        pytest.param(
            "\fdef f():\n    return get(1)\n",
            ("Call", "get(1)", "await"),
            "\fdef f():\n    return (await get(1))\n",
            id="form-feed-before",
        ),
        pytest.param(
            "x = 1 + \\\n  get(1)\n", ("Call", "get(1)", "await"), "x = 1 + \\\n  (await get(1))\n", id="continuation"
        ),
        pytest.param(
            "if a: \\\n  get(1)\n",
            ("Call", "get(1)", "await"),
            "if a: \\\n  (await get(1))\n",
            id="continued-after-colon",
        ),
        pytest.param(
            "@\\\nd\ndef f(): get(1)\n",
            ("Call", "get(1)", "await"),
            "@\\\nd\ndef f(): (await get(1))\n",
            id="continued-decorator",
        ),
        pytest.param(
            "if a:\n  b\nelif c:\n  def f():\n    get(1)\nelse: d\n",
            ("Call", "get(1)", "await"),
            "if a:\n  b\nelif c:\n  def f():\n    (await get(1))\nelse: d\n",
            id="in-elif",
        ),
        pytest.param(
            "if a:\n  b\nelif get(1):\n  d\n",
            ("Call", "get(1)", "await"),
            "if a:\n  b\nelif (await get(1)):\n  d\n",
            id="test-of-elif",
        ),
        pytest.param(
            "match a:\n  case get(1): get(2)\n",
            ("Call", "get(2)", "await"),
            "match a:\n  case get(1): (await get(2))\n",
            id="match",
        ),
        pytest.param(
            "try: a\nexcept get(1): pass\nfinally: get(1)\n",
            ("Call", "get(1)", "await"),
            "try: a\nexcept (await get(1)): pass\nfinally: (await get(1))\n",
            id="try",
        ),
        pytest.param(
            "x = f'{get(1)!r:>{get(2)}} é' f'{get(3)}'\n",
            ("Call", "get(3)", "await"),
            "x = f'{get(1)!r:>{get(2)}} é' f'{(await get(3))}'\n",
            id="f-string",
        ),
        pytest.param("a(b(c(1)))\n", ("Call", "b(", "await"), "a((await b(c(1))))\n", id="nested-calls"),
        pytest.param(
            "def f():\n    for x in y: # why\n        pass\n    else:\n        pass;\n",
            ("For", "for", "async"),
            "def f():\n    async for x in y: # why\n        pass\n    else:\n        pass;\n",
            id="for-with-last-semicolon",
        ),
        pytest.param(
            "@d\n# c\ndef f(): # d\n  pass\n",
            ("FunctionDef", "def f", "async"),
            "@d\n# c\nasync def f(): # d\n  pass\n",
            id="def",
        ),
        pytest.param(
            "class A:\n  def f(self): return 1\n",
            ("FunctionDef", "def f", "async"),
            "class A:\n  async def f(self): return 1\n",
            id="one-line-def",
        ),
    ],
)
def test_rewrites_the_site_only(rewrite: Rewrite, before: str, want: tuple[str, str, str], after: str) -> None:
    assert rewrite(before, want).after.decode() == after


@pytest.mark.parametrize(
    ("before", "want", "after"),
    [
        ("x = ((a, b))\n", ("Tuple", "(a, b)"), "x = (Tuple)\n"),
        ("x = a, (b, c)\n", ("Tuple", "(b, c)"), "x = a, Tuple\n"),
        ("x = a, (b, c)\n", ("Tuple", "a, (b, c)"), "x = Tuple\n"),
        ("f (x for x in y )\n", ("GeneratorExp", "(x"), "f (GeneratorExp )\n"),
        ("f((x for x in y))\n", ("GeneratorExp", "(x"), "f(GeneratorExp)\n"),
        ("f((x for x in y), 1)\n", ("GeneratorExp", "(x"), "f(GeneratorExp, 1)\n"),
        ("f(g(x) for x in h(y for y in z))\n", ("GeneratorExp", "(y"), "f(g(x) for x in h(GeneratorExp))\n"),
        ("x = (await y).z\n", ("Await", "await y"), "x = Await.z\n"),
        ("x = (a).b\n", ("Attribute", "(a).b"), "x = Attribute\n"),
        ("x = a or b or c\n", ("BoolOp", "a or b or c"), "x = BooleanOperation\n"),
        ("x = a in b\n", ("Compare", "a in b"), "x = Comparison\n"),
        ("x = 'a' 'b'\n", ("Constant", "'a' 'b'"), "x = ConcatenatedString\n"),
        ("f(*a, b=c, **d)\n", ("Starred", "*a"), "f(*Arg, b=c, **d)\n"),
        ("f(*a, b=c, **d)\n", ("keyword", "b=c"), "f(*a, b=Arg, **d)\n"),
        ("x = [*a, b]\n", ("Starred", "*a"), "x = [*StarredElement, b]\n"),
        ("x = y[0]\n", ("Subscript", "y[0]"), "x = Subscript\n"),
        ("x = {a: b for a in c}\n", ("DictComp", "{"), "x = DictComp\n"),
        ("x = {a for a in c}\n", ("SetComp", "{"), "x = SetComp\n"),
        ("x = [a for a in c]\n", ("ListComp", "["), "x = ListComp\n"),
        ("x = a if b else c\n", ("IfExp", "a"), "x = IfExp\n"),
        ("x = not a\n", ("UnaryOp", "not"), "x = UnaryOperation\n"),
        ("x = lambda: a\n", ("Lambda", "lambda"), "x = Lambda\n"),
        ("if (a := b): pass\n", ("NamedExpr", "a"), "if NamedExpr: pass\n"),
        ("def f(): x = yield a\n", ("Yield", "yield"), "def f(): x = Yield\n"),
    ],
)  # fmt: skip
def test_finds_the_node_that_ast_means(rewrite: Rewrite, before: str, want: tuple[str, str], after: str) -> None:
    result = rewrite(before, (*want, "kind")).after.decode()
    assert result.replace("(Tuple)", "Tuple") == after.replace("(Tuple)", "Tuple")


def test_sites_of_nested_functions_go_together(rewrite: Rewrite) -> None:
    source = "def f():\n    def g():\n        return get(1)\n    return get(2), g()\n"
    result = rewrite(source, ("Call", "get", "await"))
    assert result.after.decode() == (
        "def f():\n    def g():\n        return (await get(1))\n    return (await get(2)), g()\n"
    )
    assert [(edit.line, edit.before, edit.after) for edit in result.edits] == [
        (3, "get(1)", "(await get(1))"),
        (4, "get(2)", "(await get(2))"),
    ]


def test_several_sites_on_a_node_are_applied_in_the_given_order(rewrite: Rewrite) -> None:
    result = rewrite("x = get(1)\n", ("Call", "get", "rename", {"to": "aget"}), ("Call", "get", "await"))
    assert result.after == b"x = (await aget(1))\n"
    assert [(edit.before, edit.after) for edit in result.edits] == [
        ("get(1)", "aget(1)"),
        ("aget(1)", "(await aget(1))"),
    ]


def test_a_nested_site_is_rewritten_before_the_one_around_it(rewrite: Rewrite) -> None:
    result = rewrite("x = get(get2(1))\n", ("Call", "get", "await"))
    assert result.after == b"x = (await get((await get2(1))))\n"
    assert result.edits[0].after == "(await get((await get2(1))))"


def test_a_simple_statement_can_get_another_before_it(rewrite: Rewrite) -> None:
    source = "def f():\n    a = 1\n\n    # about it\n    return a  # kept\n"
    result = rewrite(source, ("Return", "return a", "before", {"put": "b = 2"}))
    assert result.after.decode() == "def f():\n    a = 1\n    b = 2\n\n    # about it\n    return a  # kept\n"
    assert result.edits[0].before == "return a"
    assert result.edits[0].after == "b = 2\nreturn a"


def test_a_statement_after_a_colon_moves_below_it_when_it_gets_company(rewrite: Rewrite) -> None:
    result = rewrite("def f():\n  if a: return a\n", ("Return", "return a", "before", {"put": "b = 2"}))
    assert result.after == b"def f():\n  if a:\n    b = 2\n    return a\n"


def test_new_lines_end_as_those_of_the_file(rewrite: Rewrite) -> None:
    result = rewrite("class A:\r\n\tdef f():\r\n\t\treturn a\r\n", ("Return", "return a", "before"))
    assert result.after == b"class A:\r\n\tdef f():\r\n\t\tpass\r\n\t\treturn a\r\n"


def test_edit_of_a_compound_statement_shows_its_header(rewrite: Rewrite) -> None:
    source = "x = 1\n@d\ndef f(a,\n      b):  # c\n    for x in y:\n        pass\n"
    result = rewrite(source, ("FunctionDef", "def", "async"), ("For", "for", "async"))
    assert [(edit.line, edit.end_line, edit.before, edit.after) for edit in result.edits] == [
        (3, 4, "def f(a,\n      b):", "async def f(a,\n      b):"),
        (5, 5, "for x in y:", "async for x in y:"),
    ]


def test_regions_are_the_lines_that_changed(rewrite: Rewrite) -> None:
    source = "def f():\n    a = get(1)\n    b = 2\n    c = get(3)\n    return a\n"
    result = rewrite(source, ("Call", "get", "await"))
    before, after = source.encode(), result.after
    changes = [(before[r.before_start : r.before_end], after[r.after_start : r.after_end]) for r in result.regions]
    assert changes == [
        (b"    a = get(1)\n", b"    a = (await get(1))\n"),
        (b"    c = get(3)\n", b"    c = (await get(3))\n"),
    ]


def test_an_edit_keeps_its_id_when_other_lines_move(rewrite: Rewrite) -> None:
    want = ("Call", "get", "await")
    first = rewrite("x = get(1)\ny = get(1)\n", want).edits
    moved = rewrite("import os\n\n\nx = get(  1 )\ny = get(1)\n".replace("(  1 )", "(1)"), want).edits
    assert [edit.id for edit in first] == [edit.id for edit in moved]
    assert len({edit.id for edit in first}) == 2
    assert all(len(edit.id) == 16 for edit in first)


def test_latin_1_stays_latin_1(rewrite: Rewrite, codemods: dict[str, SiteCodemod]) -> None:
    source = "# -*- coding: latin-1 -*-\nx = 'é', get('é')\n".encode("latin-1")
    site = Site(Span(2, 10, 2, 19), "Call", "await")
    after = rewrite_source("f.py", source, [site], codemods).after
    assert after == "# -*- coding: latin-1 -*-\nx = 'é', (await get('é'))\n".encode("latin-1")


def test_no_sites_return_the_same_bytes(codemods: dict[str, SiteCodemod]) -> None:
    assert rewrite_source("f.py", b"not python \xff", [], codemods) == Rewritten(b"not python \xff", (), ())


@pytest.mark.parametrize(
    ("source", "site", "reason"),
    [
        (b"x = 1\ny = f(1)\n", Site(Span(2, 4, 2, 7), "Call", "await"), "line 2: no Call at column 5"),
        (b"x = 1\ny = f(1)\n", Site(Span(2, 4, 2, 8), "ListComp", "await"), "line 2: no ListComp"),
        (b"x = 1\ny = f(1)\n", Site(Span(9, 4, 9, 8), "Call", "await"), "line 9: no Call"),
        (b"def f():\r  f(1)\r", Site(Span(2, 2, 2, 6), "Call", "await"), "line 1: LibCST cannot take this statement"),
        (
            b"def f():\n\f    y = 2\n    f(1)\n",
            Site(Span(3, 4, 3, 8), "Call", "await"),
            "line 1: LibCST cannot take this statement",
        ),
        (b"def f(: pass\n", Site(Span(1, 0, 1, 1), "Call", "await"), "line 1: "),
        (b"x = 1\0\n", Site(Span(1, 0, 1, 1), "Call", "await"), "line 1: source code"),
        (b"x = '\xff'\n", Site(Span(1, 0, 1, 1), "Call", "await"), "cannot be decoded"),
        (b"# coding: nonsense\nf()\n", Site(Span(1, 0, 1, 1), "Call", "await"), "cannot be decoded"),
        (b"a = 1; b = 2\n", Site(Span(1, 0, 1, 5), "Assign", "before"), "line 1: this statement shares its line"),
        (b"\nf(1)\n", Site(Span(2, 0, 2, 4), "Call", "fails"), "line 2: codemod fails failed: TypeError: not this one"),
        (b"\nf(1)\n", Site(Span(2, 0, 2, 4), "Call", "unknown"), "line 2: there is no codemod unknown"),
    ],
)
def test_what_cannot_be_rewritten_says_where(
    codemods: dict[str, SiteCodemod], source: bytes, site: Site, reason: str
) -> None:
    with pytest.raises(RewriteError) as caught:
        rewrite_source("f.py", source, [site], codemods)
    assert caught.value.reason.startswith(reason)
    assert "\n" not in caught.value.reason


@pytest.mark.parametrize(
    "source",
    [
        f"x = {'[' * 150}f(1){']' * 150}\n",
        f"x = f(1){'.b' * 900}\n",
        f"x = {'-' * 900}f(1)\n",
        "if f(1): pass\n" + "elif a: pass\n" * 900,
        f"x = f(1){'.b' * 20_000}\n",
    ],
    ids=["brackets", "attributes", "signs", "elif", "more-than-ast-takes"],
)
def test_absurd_nesting_is_refused(codemods: dict[str, SiteCodemod], source: str) -> None:
    start = source.index("f(1)")
    site = Site(Span(1, start, 1, start + 4), "Call", "await")
    with pytest.raises(RewriteError, match=r"nested too deeply|cannot be parsed"):
        rewrite_source("f.py", source.encode(), [site], codemods)


def test_text_that_the_encoding_lacks_is_refused(codemods: dict[str, SiteCodemod]) -> None:
    source = "# coding: latin-1\nf()\n".encode("latin-1")
    site = Site(Span(2, 0, 2, 3), "Call", "rename", (("to", "ŵ"),))
    with pytest.raises(RewriteError, match="does not fit the file's encoding"):
        rewrite_source("f.py", source, [site], codemods)


def test_bytes_in_byte_order_mark_count_for_regions(rewrite: Rewrite) -> None:
    result = rewrite(codecs.BOM_UTF8 + b"a = 1\nf()\n", ("Call", "f()", "await"))
    region = result.regions[0]
    assert result.after[region.after_start : region.after_end] == b"(await f())\n"
