"""A team's own codemods in the pipeline: each over every file, after our rewriting, through the same checks.

What one codemod does to one file is a group of its own. Its edits are the blocks of lines that it changed.
"""

from __future__ import annotations

import ast
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace

from amigrate.check import compiles, unawaited
from amigrate.model import ChangeSet, Confidence, Failure, FileChange, Group
from amigrate.plan.ignores import ignored_lines, is_ignored
from amigrate.rewrite.edits import Draft, to_edits
from amigrate.rewrite.regions import changed_lines
from amigrate.rewrite.slow_lane import transform_whole
from amigrate.rewrite.source import RewriteError, decode, parse_ast
from amigrate.user_codemods import Command

Block = tuple[int, int, int, int]  # lines [first, second) before became lines [third, fourth), counted from 0
Progress = Callable[[str, int, int], None]


@dataclass(frozen=True, slots=True)
class _Job:
    """One codemod on one file."""

    codemod: str
    command: Command
    path: str

    @property
    def group(self) -> str:
        return group_id(self.codemod, self.path)


def group_id(codemod: str, path: str) -> str:
    """The group of what a codemod does to a file."""
    return f"{codemod}:{path}"


def with_user_changes(
    change_set: ChangeSet,
    commands: Mapping[str, Command],
    sources: Mapping[str, bytes],
    progress: Progress,
    only: frozenset[str] | None = None,
) -> ChangeSet:
    """The change set with what `commands` do to the files after our own changes.

    A codemod that fails on a file, or whose result fails a check, leaves the file as it was, with a failure.

    Args:
        change_set: our own changes.
        commands: the codemods by id, in the order in which they run.
        sources: the bytes on disk of the files to go through.
        progress: is told of each file.
        only: the groups to make; None for all.
    """
    changes = {change.path: change for change in change_set.changes}
    coroutines = {plan.path: plan.coroutine_names for plan in change_set.plans}
    groups, failures = list(change_set.groups), list(change_set.failures)
    jobs = [_Job(codemod, command, path) for codemod, command in commands.items() for path in sorted(sources)]
    for done, job in enumerate(jobs, 1):
        if only is None or job.group in only:
            before = changes.get(job.path) or FileChange(job.path, sources[job.path], sources[job.path], ())
            try:
                after = _run(job, before, change_set.python, coroutines.get(job.path, frozenset()))
            except RewriteError as error:
                failures.append(
                    Failure(job.path, f"codemod {job.codemod}: {error}; the file is left as it was before it")
                )
            else:
                if after is not None:
                    changes[job.path] = after
                    groups.append(Group(job.group, job.codemod, Confidence.REVIEW, (job.path,)))
        progress("codemods", done, len(jobs))
    in_order = tuple(changes[path] for path in sorted(changes))
    return replace(change_set, changes=in_order, groups=tuple(groups), failures=tuple(failures))


def _run(job: _Job, change: FileChange, python: str, coroutines: frozenset[str]) -> FileChange | None:
    """The change of a file with that of one more codemod; None when it changes nothing.

    Raises:
        RewriteError: it fails, or its result fails a check.
    """
    current = change.after
    wanted = transform_whole(job.path, current, job.command)
    if wanted == current:
        return None
    _require_compiles(wanted, python)
    _require_settled(job, wanted)
    old, new = _lines(job.path, current), _lines(job.path, wanted)
    blocks = _not_ignored(job, current, changed_lines(old, new))
    text = decode(job.path, wanted)
    after = text.bom + text.encode("".join(_merged(old, new, blocks)))
    _require_compiles(after, python)  # without the blocks that comments turn off
    for line, callee in unawaited(after, coroutines, frozenset()):
        raise RewriteError(f"line {line}: the call of {callee} would not be awaited")
    if after == current:
        return None
    line_on_disk = _line_map(_lines(job.path, change.before), old)
    drafts = [_draft(job, old, new, block, line_on_disk) for block in blocks]
    edits = sorted((*change.edits, *to_edits(job.path, drafts)), key=lambda edit: edit.line)
    return replace(change, after=after, edits=tuple(edits))


def _require_compiles(after: bytes, python: str) -> None:
    if error := compiles(after, python):
        raise RewriteError(f"the result would not compile: {error}")


def _require_settled(job: _Job, after: bytes) -> None:
    """Raises RewriteError when a second run of the codemod would change its own result."""
    again = transform_whole(job.path, after, job.command)
    if again != after:
        first = changed_lines(_lines(job.path, after), _lines(job.path, again))
        where = f"line {first[0][0] + 1}: " if first else ""
        raise RewriteError(f"{where}a second run of it would change its own result again")


def _lines(path: str, source: bytes) -> Sequence[str]:
    return decode(path, source).lines


def _not_ignored(job: _Job, source: bytes, blocks: Sequence[Block]) -> list[Block]:
    """The blocks that no `# amigrate: ignore` comment on a line of theirs, or on a `def` around them, turns off."""
    ignored = ignored_lines({job.path: source})
    if not ignored:
        return list(blocks)
    off = {line for line in ignored[job.path] if is_ignored(ignored, job.path, line, job.codemod)}
    for node in ast.walk(parse_ast(source)):
        if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef | ast.ClassDef) and node.lineno in off:
            off.update(range(node.lineno, (node.end_lineno or node.lineno) + 1))
    return [block for block in blocks if off.isdisjoint(range(block[0] + 1, max(block[1], block[0] + 1) + 1))]


def _merged(old: Sequence[str], new: Sequence[str], blocks: Sequence[Block]) -> Iterator[str]:
    """The old lines with these blocks replaced."""
    at = 0
    for start, end, new_start, new_end in blocks:
        yield from old[at:start]
        yield from new[new_start:new_end]
        at = end
    yield from old[at:]


def _line_map(before: Sequence[str], after: Sequence[str]) -> Callable[[int], int]:
    """From a line number (from 0) of a text to that of the text that it was made from."""
    blocks = changed_lines(before, after) if list(before) != list(after) else []

    def line(number: int) -> int:
        grown = 0
        for start, end, new_start, new_end in blocks:
            if number < new_start:
                break
            if number < new_end:
                return start
            grown += (new_end - new_start) - (end - start)
        return number - grown

    return line


def _draft(
    job: _Job, old: Sequence[str], new: Sequence[str], block: Block, line_on_disk: Callable[[int], int]
) -> Draft:
    start, end, new_start, new_end = block
    before, after = ("".join(lines).rstrip("\r\n") for lines in (old[start:end], new[new_start:new_end]))
    line = line_on_disk(start) + 1
    return Draft(job.codemod, job.group, "", _reason(job), Confidence.REVIEW, line, 0, before, after)


def _reason(job: _Job) -> str:
    """The first line of the description that LibCST asks every codemod to have."""
    lines = job.command.DESCRIPTION.strip().splitlines()
    default = "No description."
    return lines[0] if lines and lines[0] != default else f"the codemod {job.codemod} changes this"
