"""`amigrate.testing`, the fixture files and the slow lane."""

from __future__ import annotations

from pathlib import Path

import libcst as cst
import pytest
from libcst.codemod import SkipFile, VisitorBasedCodemodCommand
from libcst.codemod.visitors import AddImportsVisitor

from amigrate.fixture_files import FixtureError, fixtures_of, read_fixture
from amigrate.rewrite.slow_lane import transform_whole
from amigrate.rewrite.source import RewriteError
from amigrate.testing import check_noop, check_transformed, site_at
from amigrate.transformers.orm.terminals import OrmTerminal


class RenameOld(VisitorBasedCodemodCommand):
    """A codemod as a team would write it."""

    DESCRIPTION = "old() → new()"

    def leave_Call(self, original_node: cst.Call, updated_node: cst.Call) -> cst.Call:
        match updated_node.func:
            case cst.Name("old"):
                AddImportsVisitor.add_needed_import(self.context, "lib", "new")
                return updated_node.with_changes(func=cst.Name("new"))
            case cst.Name("skip"):
                raise SkipFile("not this one")
            case cst.Name("fail"):
                raise KeyError("a\nb")
            case cst.Name("grow"):
                return updated_node.with_changes(func=cst.Name("grow"), args=[cst.Arg(updated_node)])
            case cst.Name("latin"):
                return updated_node.with_changes(args=[cst.Arg(cst.SimpleString("'€'"))])
        return updated_node


def test_a_codemod_of_a_team() -> None:
    check_transformed(
        RenameOld,
        """
        def f():
            return old(1)  # kept
        """,
        """
        from lib import new

        def f():
            return new(1)  # kept
        """,
    )
    check_noop(RenameOld, "old\n")


def test_one_of_ours_with_sites() -> None:
    before = """
        async def f():
            return Book.objects.get(pk=1)
    """
    site = site_at(before, "Book.objects.get(pk=1)", "Call", "orm-terminal", method="aget")
    after = """
        async def f():
            return await Book.objects.aget(pk=1)
    """
    check_transformed(OrmTerminal, before, after, sites=[site])
    check_noop(OrmTerminal, before, sites=[])


@pytest.mark.parametrize(
    ("before", "after", "message"),
    [
        ("old()\n", "new()\n", r"\+from lib import new"),
        ("old()\n", "old()\n", "use check_noop"),
        ("grow()\n", "grow(grow())\n", "a second run changes"),
    ],
)
def test_a_wrong_result_is_shown_as_a_diff(before: str, after: str, message: str) -> None:
    with pytest.raises(AssertionError, match=message):
        check_transformed(RenameOld, before, after)


def test_a_change_where_none_should_be_is_shown() -> None:
    with pytest.raises(AssertionError, match=r"(?s)this must not change.*-old\(\)"):
        check_noop(RenameOld, "old()\n")


def test_ends_of_files_are_not_hidden() -> None:
    with pytest.raises(AssertionError, match="expected bytes"):
        check_transformed(RenameOld, "from lib import new\nold()", "from lib import new\nnew()\n")


@pytest.mark.parametrize(
    "source",
    [
        b"\xef\xbb\xbffrom lib import new\r\nx = old()\r\n",
        b"# coding: latin-1\nfrom lib import new\nx = old('\xe9')",
        b"from lib import new\nif 1:\n\told()\n\x0c\n",
    ],
)
def test_the_slow_lane_keeps_bytes(source: bytes) -> None:
    assert transform_whole("a.py", source, RenameOld) == source.replace(b"old", b"new")


def test_the_slow_lane_gives_back_what_does_not_change() -> None:
    for source in (b"", b"x=1", b"skip()\nold()\n"):
        assert transform_whole("a.py", source, RenameOld) is source


@pytest.mark.parametrize(
    ("source", "message"),
    [
        (b"fail()\n", "RenameOld failed: KeyError"),
        (b"def f(:\n", "cannot parse"),
        (b"# coding: latin-1\nlatin()\n", "latin-1|iso8859-1"),
        (b"\xff\xfe\x00", "cannot parse"),
    ],
)
def test_errors_of_the_slow_lane_are_one_line(source: bytes, message: str) -> None:
    with pytest.raises(RewriteError, match=message) as caught:
        transform_whole("a.py", source, RenameOld)
    assert "\n" not in caught.value.reason


def test_site_at_needs_the_node() -> None:
    with pytest.raises(AssertionError, match="no Call 'g"):
        site_at("f()\n", "g()", "Call", "orm-terminal")


def fixture(tmp_path: Path, name: str, text: str) -> Path:
    folder = tmp_path / "orm-terminal"
    folder.mkdir(exist_ok=True)
    (folder / f"{name}.py").write_text(text)
    return folder / f"{name}.py"


def test_a_fixture_file(tmp_path: Path) -> None:
    case = read_fixture(
        fixture(tmp_path, "get", "# One row.\n# Note: with a colon.\n# django: 5.1\n\na = 1\n# --- after\nb = 1\n")
    )
    assert (case.codemod, case.name, case.title) == ("orm-terminal", "get", "One row. Note: with a colon.")
    assert (case.before, case.after, case.options, case.is_skip) == ("a = 1\n", "b = 1\n", {"django": "5.1"}, False)


def test_fixtures_come_by_name_and_skips_last(tmp_path: Path) -> None:
    for name, text in (("skip_a", "a\n"), ("z", "a\n# --- after\nb\n"), ("b", "a\n# --- after\nb\n")):
        fixture(tmp_path, name, f"# Title.\n\n{text}")
    assert [case.name for case in fixtures_of(tmp_path, "orm-terminal")] == ["b", "z", "skip_a"]
    assert fixtures_of(tmp_path, "none") == ()


@pytest.mark.parametrize(
    ("name", "text", "message"),
    [
        ("a", "# T.\n\na\n", "exactly one line '# --- after', found 0"),
        ("a", "# T.\n\na\n# --- after\nb\n# --- after\n", "found 2"),
        ("skip_a", "# T.\n\na\n# --- after\nb\n", "must not change"),
        ("a", "a\n# --- after\nb\n", "begin with comment lines"),
        ("a", "# T.\na\n# --- after\nb\n", "begin with comment lines"),
    ],
)
def test_a_fixture_in_another_format_is_an_error(tmp_path: Path, name: str, text: str, message: str) -> None:
    with pytest.raises(FixtureError, match=message):
        read_fixture(fixture(tmp_path, name, text))
