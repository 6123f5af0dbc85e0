"""Decides on a release of a real project, and replays the decisions on the next one.

    python tools/review_replay.py [NAME OLD NEW] [--work DIR]

Both source distributions are downloaded. On the old release every hunk is accepted but the first one of every third
group, which is rejected. Then the new release is planned, the decisions are carried over, and what became of each is
compared with the files of both releases. The exit code is 1 when something was told untruly, or when what is applied
does not compile.
"""

from __future__ import annotations

import argparse
import sys
from collections.abc import Iterator, Sequence
from functools import partial
from pathlib import Path

from amigrate.decided import decided
from amigrate.fingerprint import local_name, normalised
from amigrate.model import ChangeSet, Edit
from amigrate.options import Options
from amigrate.pipeline import only_groups, run
from amigrate.review.carrying import Carried
from amigrate.review.decisions import Decision, Verdict, dump, parse
from amigrate.review.replanning import planned
from amigrate.review.session import Session, accept, accepted_groups, begin, decisions_of, reject
from amigrate.review.subject import subject_of
from real_projects.workspace import download, unpack

ROOT = Path(__file__).parents[1]
EVERY = 3  # of so many groups one is rejected


def main() -> int:
    parser = argparse.ArgumentParser(description=(__doc__ or "").partition("\n")[0])
    parser.add_argument("release", nargs="*", metavar="NAME OLD NEW", default=["django-spirit", "0.14.2", "0.14.3"])
    parser.add_argument("--work", type=Path, default=ROOT / ".corpus", help="folder for downloads and trees")
    options = parser.parse_args()
    name, old, new = options.release
    folder = options.work.resolve() / f"replay-{name}"
    for version in (old, new):
        unpack(download(name, version, folder / "sdist"), folder / version)
    decisions = decide(plan(folder / old, ()))
    (folder / "decisions.toml").write_bytes(dump(decisions))
    decisions = parse((folder / "decisions.toml").read_bytes(), "decisions.toml")
    session, carried = planned(partial(plan, folder / new), decisions)
    wrong = [*untrue(folder / new, decisions, carried), *broken(session, carried)]
    print(f"{name} {old} to {new}: {len(decisions)} decisions")
    print("\n".join(report(session, carried, decisions)))
    print("\n".join(f"WRONG: {line}" for line in wrong) or "All of this is true, and what is applied compiles.")
    return int(bool(wrong))


def plan(root: Path, rejected: tuple[str, ...]) -> ChangeSet:
    """What could be done, with django_ahead and with twins: more hunks than by default."""
    options = Options(django="5.2", runtime=True, helpers="twin", pyrefly=False, cache=False)
    return run(root, options, rejected=rejected)


def decide(change_set: ChangeSet) -> tuple[Decision, ...]:
    """Every hunk accepted, but the first ones of some groups."""
    session, _ = begin(subject_of(change_set))
    session = accept(session, session.subject.items)
    for group in [*session.subject.members][EVERY - 1 :: EVERY]:
        session = reject(session, session.subject.members[group][:1])
    return decisions_of(session)


def report(session: Session, carried: Carried, decisions: Sequence[Decision]) -> Iterator[str]:
    """What became of the decisions."""
    groups = len(session.subject.groups)
    yield f"  {len(decisions) - len(carried.stale) - len(carried.differing) - len(session.held)} carried over"
    yield f"  {len(session.held)} wait, as what was rejected is planned around"
    for what, ones in (
        ("followed their functions into other modules", [one for one, _ in carried.moved]),
        ("would become something else now and are to be taken again", carried.differing),
        ("are stale", carried.stale),
    ):
        yield f"  {len(ones)} {what}"
        yield from (f"      {one.verdict.value} {one.codemod} in {one.symbol}: {one.before}" for one in ones)
    yield f"  {len(accepted_groups(session))} of {groups} groups are accepted as a whole and applied"


def untrue(root: Path, decisions: Sequence[Decision], carried: Carried) -> Iterator[str]:
    """What the carrying says and a look at all the edits of the new release denies."""
    edits = plan(root, ()).edits
    stale = set(carried.stale)
    for one in decisions:
        there = [edit for edit in edits if alike(one, edit)]
        if one in stale and any(edit.symbol == one.symbol and edit.id == one.id for edit in there):
            yield f"{one.id} in {one.symbol} is called stale and is there"
        if one not in stale and not there:
            yield f"{one.id} in {one.symbol} is called carried and is not there"


def alike(one: Decision, edit: Edit) -> bool:
    """Whether an edit is what a decision says, by what people read: where, which codemod, and the text before."""
    same_name = local_name(one.symbol, edit.path) == local_name(edit.symbol, edit.path) or one.symbol.endswith(
        "." + local_name(edit.symbol, edit.path)
    )
    before = normalised(edit.before, edit.path)
    shown = normalised(one.before.removesuffix("…"), edit.path)
    texts = before == shown or (one.before.endswith("…") and " ".join(edit.before.split()).startswith(one.before[:-1]))
    return one.codemod == edit.codemod and same_name and texts


def broken(session: Session, carried: Carried) -> Iterator[str]:
    """What is applied and does not compile, or is of a group that was rejected."""
    part = decided(session, carried, only_groups)
    yield from (f"{one.path}: {one.reason}" for one in part.failures)
    for change in part.changes:
        if change.path.endswith(".py"):
            compile(change.after, change.path, "exec", dont_inherit=True)
    rejected = {one for one, verdict in session.verdicts.items() if verdict is Verdict.REJECTED}
    yield from (f"{edit.id} was rejected and is applied" for edit in part.edits if edit.id in rejected)


if __name__ == "__main__":
    sys.exit(main())
