"""Parts of a real change set: each compiles, has no new defects and is a patch for git; all of it is `apply`."""

from __future__ import annotations

import subprocess
from collections import Counter
from collections.abc import Iterator
from pathlib import Path
from shutil import copytree, ignore_patterns, rmtree
from tempfile import mkdtemp

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from amigrate.auditing import run_audit
from amigrate.model import ChangeSet
from amigrate.options import Options
from amigrate.pipeline import only_groups
from amigrate.review.hunks import blocks_of, hunks_of
from amigrate.review.patch import patch
from amigrate.review.session import accept, accepted_groups, begin, fall_of, reject
from amigrate.review.subject import subject_of
from tests.review.test_hunks import applied
from tests.tree import apply, change_set

BOOKSHOP = Path(__file__).parents[2] / "fixtures/projects/bookshop"
OPTIONS = {"django": "5.2", "python": "3.12", "runtime": True, "helpers": "twin"}
SOME = settings(max_examples=8, deadline=None, derandomize=True, suppress_health_check=[HealthCheck.too_slow])
MANY = settings(SOME, max_examples=40)


@pytest.fixture(scope="module")
def bookshop() -> Iterator[Path]:
    folder = Path(mkdtemp())
    yield copytree(BOOKSHOP, folder / "bookshop", ignore=ignore_patterns("__pycache__", "*.sqlite3"))
    rmtree(folder)


@pytest.fixture(scope="module")
def whole(bookshop: Path) -> ChangeSet:
    found = change_set(bookshop, **OPTIONS)
    assert len(found.groups) > 5
    return found


def defects(root: Path) -> Counter[str]:
    audit = run_audit(root, Options(django="5.2", python="3.12", pyrefly=False, cache=False), lambda *_: None)
    return Counter(f"{one.place.path} {one.symbol}: {one.text}" for one in audit.defects)


def test_a_defect_would_be_found(bookshop: Path, tmp_path: Path) -> None:
    broken = copytree(bookshop, tmp_path / "broken")
    views = broken / "catalogue/views.py"
    views.write_text(views.read_text() + "\n\nasync def latest(request):\n    return Book.objects.count()\n")
    assert any("catalogue.views.latest" in one for one in defects(broken) - defects(bookshop))


def test_hunks_of_both_kinds_make_the_new_files(whole: ChangeSet) -> None:
    for change in whole.changes:
        assert applied(change.before, hunks_of(change)) == change.after
        assert applied(change.before, blocks_of(change)) == change.after


@given(data=st.data())
@SOME
def test_every_part_compiles_has_no_new_defects_and_is_a_patch(
    bookshop: Path, whole: ChangeSet, data: st.DataObject
) -> None:
    chosen = data.draw(st.sets(st.sampled_from([group.id for group in whole.groups])))
    part = only_groups(whole, frozenset(chosen))
    assert {group.id for group in part.groups} == chosen
    assert {edit.group for edit in part.edits} <= chosen
    assert part.failures == ()
    for change in part.changes:
        if change.path.endswith(".py"):
            compile(change.after, change.path, "exec", dont_inherit=True)
    folder = Path(mkdtemp()) / "project"
    copytree(bookshop, folder)
    subprocess.run(["git", "init", "-q"], cwd=folder, check=True)
    if part.changes:  # git takes no empty patch
        subprocess.run(["git", "apply", "--check"], cwd=folder, input=patch(part.changes), check=True)
    apply(folder, part)
    assert defects(folder) - defects(bookshop) == Counter()
    rmtree(folder.parent)


@given(data=st.data())
@MANY
def test_what_a_rejection_takes_along_is_exactly_what_was_said(whole: ChangeSet, data: st.DataObject) -> None:
    subject = subject_of(whole)
    everything, _ = begin(subject)
    everything = accept(everything, subject.items)
    assert accepted_groups(everything) == subject.groups.keys()
    item = data.draw(st.sampled_from(list(subject.items.values())))
    fall = fall_of(everything, [item.id])
    left = accepted_groups(reject(everything, [item.id]))
    assert subject.groups.keys() - left == set(fall.groups)
    there = {edit.id for edit in only_groups(whole, left).edits if not edit.follows}
    fallen = {edit.id for one in (item.id, *fall.items) for edit in subject.items[one].edits if not edit.follows}
    assert {edit.id for edit in whole.edits if not edit.follows} - there == fallen


def test_accepting_all_is_apply(whole: ChangeSet) -> None:
    subject = subject_of(whole)
    session = accept(begin(subject)[0], subject.items)
    assert only_groups(whole, accepted_groups(session)).changes == whole.changes
