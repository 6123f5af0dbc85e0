"""How a change set is divided into commits, and what their messages say."""

from __future__ import annotations

from dataclasses import replace

from amigrate.codemod import Metadata
from amigrate.model import ChangeSet, Confidence, Edit, Failure, FileChange, Group
from amigrate_cli.git.commits import Commit, commits_of
from amigrate_cli.git.message import commit_message


def edit(path: str, group: str, codemod: str, line: int = 1) -> Edit:
    return Edit(f"{path}:{line}", path, codemod, group, f"shop.{group}", line, line, "", "", "why", Confidence.SAFE)


def change_set(*edits: Edit, leads: dict[str, str]) -> ChangeSet:
    """A change set whose files hold, after, the groups of their edits: easy to see in each commit."""
    paths = dict.fromkeys(edit.path for edit in edits)
    changes = tuple(change(path, [edit for edit in edits if edit.path == path]) for path in paths)
    groups = tuple(Group(name, lead, Confidence.SAFE, ()) for name, lead in leads.items())
    return ChangeSet(".", "5.2", "3.12", changes, groups)


def change(path: str, edits: list[Edit]) -> FileChange:
    return FileChange(path, b"", " ".join(sorted({edit.group for edit in edits})).encode(), tuple(edits))


def select(whole: ChangeSet, groups: frozenset[str]) -> ChangeSet:
    kept = {one.path: [edit for edit in one.edits if edit.group in groups] for one in whole.changes}
    return replace(whole, changes=tuple(change(path, edits) for path, edits in kept.items() if edits))


def never(whole: ChangeSet, groups: frozenset[str]) -> ChangeSet:
    raise AssertionError("one lead needs no selection")


def written(commits: list[Commit]) -> list[tuple[str, dict[str, bytes]]]:
    return [(commit.name, {one.path: one.after for one in commit.files}) for commit in commits]


def test_each_commit_adds_its_groups_to_those_before() -> None:
    whole = change_set(
        edit("a.py", "g1", "orm"),
        edit("a.py", "g2", "views", 2),
        edit("b.py", "g2", "orm"),
        edit("c.py", "g3", "late"),
        leads={"g1": "orm", "g2": "views", "g3": "late"},
    )
    assert written(list(commits_of(whole, ["views", "orm", "late"], select))) == [
        ("views", {"a.py": b"g2", "b.py": b"g2"}),
        ("orm", {"a.py": b"g1 g2"}),
        ("late", {"c.py": b"g3"}),
    ]


def test_a_group_stays_whole_whatever_codemods_its_edits_are_of() -> None:
    whole = change_set(edit("a.py", "g1", "orm"), edit("b.py", "g1", "views"), leads={"g1": "views"})
    (commit,) = commits_of(whole, ["orm", "views"], never)
    assert (commit.name, commit.groups, len(commit.edits)) == ("views", 1, 2)
    assert commit.files == whole.changes


def test_codemods_that_the_registry_does_not_know_come_last_by_name() -> None:
    leads = {"g1": "zz.team", "g2": "aa.team", "g3": "orm"}
    whole = change_set(*(edit(f"{name}.py", name, lead) for name, lead in leads.items()), leads=leads)
    assert [one.name for one in commits_of(whole, ["orm"], select)] == ["orm", "aa.team", "zz.team"]


def test_an_edit_of_no_known_group_is_committed_with_its_codemod() -> None:
    whole = change_set(edit("a.py", "stray", "orm"), leads={})
    assert [one.name for one in commits_of(whole, ["orm"], never)] == ["orm"]


def test_groups_that_do_not_stand_alone_go_into_the_next_commit() -> None:
    leads = {"g1": "orm", "g2": "views", "g3": "late"}
    whole = change_set(*(edit(f"{name}.py", name, lead) for name, lead in leads.items()), leads=leads)

    def fails_without_views(one: ChangeSet, groups: frozenset[str]) -> ChangeSet:
        selected = select(one, groups)
        return selected if "g2" in groups else replace(selected, changes=(), failures=(Failure("g1.py", "no"),))

    commits = list(commits_of(whole, ["orm", "views", "late"], fails_without_views))
    assert written(commits) == [("views", {"g1.py": b"g1", "g2.py": b"g2"}), ("late", {"g3.py": b"g3"})]
    assert (commits[0].groups, len(commits[0].edits)) == (2, 2)


def test_no_changes_make_no_commits() -> None:
    assert list(commits_of(ChangeSet(".", "", ""), ["orm"], never)) == []


def test_the_message_says_what_why_how_much_and_how_checked() -> None:
    whole = change_set(edit("a.py", "g1", "orm"), edit("a.py", "g1", "views", 2), leads={"g1": "views"})
    (commit,) = commits_of(whole, [], never)
    about = Metadata("views", "Make views async.", "Because " + "each query blocks a thread, " * 5, "safe")
    assert commit_message(commit, whole, {"views": about}) == (
        "amigrate: views: Make views async\n"
        "\n"
        "Because each query blocks a thread, each query blocks a thread, each\n"
        "query blocks a thread, each query blocks a thread, each query blocks a\n"
        "thread,\n"
        "\n"
        "2 edits in 1 group, in 1 function of 1 file.\n"
        "  orm: 1\n"
        "  views: 1\n"
        "\n"
        "Checked: each file compiles under Python 3.12 and differs only inside\n"
        "the edits, each call of a function that became async is awaited, and a\n"
        "second run changes nothing. Written for Django 5.2.\n"
    )


def test_a_long_summary_is_shortened_in_the_title_and_whole_below() -> None:
    whole = change_set(edit("a.py", "g1", "orm"), leads={"g1": "orm"})
    (commit,) = commits_of(whole, [], never)
    about = Metadata(
        "orm", "Await the terminal methods of querysets, managers and related managers everywhere.", "", ""
    )
    title, _, body = commit_message(commit, whole, {"orm": about}).partition("\n\n")
    assert len(title) <= 72
    assert title.endswith(" ...")
    assert "managers everywhere." in " ".join(body.split())


def test_a_codemod_without_metadata_has_a_message_too() -> None:
    whole = change_set(edit("a.py", "g1", "tools.rename"), leads={"g1": "tools.rename"})
    (commit,) = commits_of(whole, [], never)
    assert commit_message(commit, whole, {}).startswith("amigrate: tools.rename\n\n1 edit in 1 group")
