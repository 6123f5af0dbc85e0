"""The text of a pull request: marks, templates, and what a project may put in it."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from subprocess import CompletedProcess

import pytest

from amigrate.model import ChangeSet, Confidence, Edit, FileChange, Refusal
from amigrate_cli.errors import Stop
from amigrate_cli.pull_request.body import bodies, fields_of
from amigrate_cli.pull_request.escape import code, text
from amigrate_cli.pull_request.marks import END, Mark, mark_in, marked, with_mark, with_part
from tests.forges.server import Host

Cli = Callable[..., CompletedProcess[str]]
Git = Callable[..., str]
MARK = Mark(("abc123", "def456"), "0f", "async--views>")


def test_a_mark_comes_back() -> None:
    assert mark_in(f"Before.\n{marked(MARK, 'ours')}\nAfter.") == MARK
    assert str(MARK).count("--") == 2, "more would end the comment"
    assert mark_in("<!-- amigrate:begin nonsense -->") is None and mark_in("") is None


def test_what_is_around_our_part_stays() -> None:
    body = f"Before.\n\n{marked(MARK, 'old')}\n\n- [x] after\n"
    part = marked(Mark(("1",), "2", "x"), r"new \1 \g<0>")
    assert with_part(body, part) == f"Before.\n\n{part}\n\n- [x] after\n"
    assert with_mark(body, Mark(("1",), "2", "x")) == body.replace(str(MARK), str(Mark(("1",), "2", "x")))


@pytest.mark.parametrize("left", ["", "Mine.", f"Mine. {MARK}", f"Mine. {END}"])
def test_where_people_took_it_away_it_comes_last(left: str) -> None:
    part = marked(MARK, "new")
    assert with_part(left, part) == (f"Mine.\n\n{part}\n" if left else f"{part}\n")


def test_our_text_cannot_end_our_part() -> None:
    body = marked(MARK, f"a {END} b {MARK} c")
    assert body.count(END) == 1 and body.count("amigrate:begin") == 1


def change_set(reason: str, path: str = "shop/views.py") -> ChangeSet:
    edit = Edit("1", path, "orm", "g", "shop.v", 1, 1, "", "", reason, Confidence.SAFE)
    refusals = tuple(Refusal(path, line, "s", "orm", f"{reason} {line % 40}", "do") for line in range(400))
    return ChangeSet("", "5.2", "3.12", (FileChange(path, b"", b"", (edit,)),), refusals=refusals)


def test_text_of_a_project_calls_nobody_and_formats_nothing() -> None:
    fields = fields_of(change_set("@team/all see #12 <script> **x** [a](https://evil.example) | b"), {}, "")
    for value in fields.values():
        for part in ("@team", "<script>", "**x**", "[a](", "https://evil"):
            assert part not in value
    assert "\udc80" not in text("lone \udc80")
    assert "\udc80" not in code("lone \udc80.py")
    assert text("a\nb") == "a b" and text("x" * 1000).endswith("…")
    assert code("a`b") == "``a`b``" and code("`a`") == "`` `a` ``" and code("a|b") == "`a\\|b`"


def test_a_long_list_is_cut() -> None:
    fields = fields_of(change_set("why"), {}, "")
    assert "and 25 more reasons" in fields["refusals"] and "and 7 more" in fields["refusals"]
    assert sum(map(len, fields.values())) < 10_000


def test_templates() -> None:
    fields = {"summary": "SUMMARY", "changes": "CHANGES", "reasons": "", "refusals": "", "checks": "", "review": ""}
    assert bodies("# {{ amigrate.summary }}\n{{amigrate.changes}}", fields) == ("", "# SUMMARY\nCHANGES")
    before, ours = bodies("- [ ] tested\n", fields)
    assert before == "- [ ] tested" and ours.startswith("SUMMARY\n\n### What changes\n\nCHANGES")
    with pytest.raises(Stop, match=r"\{\{ amigrate.sumary \}\} is not known; there are summary, changes"):
        bodies("{{ amigrate.sumary }}", fields)


def test_a_template_of_the_project(pr: Cli, host: Host, repository: Path, git: Git) -> None:
    (repository / ".github").mkdir()
    (repository / ".github/pull_request_template.md").write_text("## Checklist\n\n- [ ] tested\n")
    git("add", "-A")
    git("commit", "--quiet", "-m", "template")
    git("push", "--quiet", "../host/team/shop.git", "HEAD:main")
    assert pr("--forge", "github").returncode == 0
    assert host.pulls[0]["body"].startswith("## Checklist\n\n- [ ] tested\n\n<!-- amigrate:begin ")
    host.pulls[0]["body"] = host.pulls[0]["body"].replace("[ ] tested", "[x] tested")
    assert pr("--forge", "github").returncode == 0
    assert host.pulls[0]["body"].count("Checklist") == 1 and "[x] tested" in host.pulls[0]["body"]


def test_a_template_and_a_review_of_the_user(pr: Cli, host: Host, tmp_path: Path) -> None:
    template, review = tmp_path / "body.md", tmp_path / "review.html"
    template.write_text("{{ amigrate.summary }}\n\n{{ amigrate.review }}\n")
    review.write_text("<p>review</p>")
    options = ("--forge", "gitlab", "--body-file", template)
    done = pr(*options, "--review", review, GITLAB_HOST=host.address)
    assert done.returncode == 0, done.stderr
    assert "[review.html](/uploads/0/review.html)" in host.pulls[0]["body"] and "###" not in host.pulls[0]["body"]
    assert pr(*options, "--review", "https://ci.example/r?a=b", GITLAB_HOST=host.address).returncode == 0
    assert "](https://ci.example/r?a=b)" in host.pulls[0]["body"] and "/uploads/" not in host.pulls[0]["body"]
    done = pr(*options, "--review", tmp_path / "gone.html", GITLAB_HOST=host.address)
    assert done.returncode == 2 and "--review" in done.stderr and "gone.html" in done.stderr
    done = pr("--body-file", tmp_path / "gone.md")
    assert done.returncode == 2 and "--body-file" in done.stderr
