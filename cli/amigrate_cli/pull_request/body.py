"""The text of a pull request: what changes and why, what stays, how it was checked, and where to look."""

from __future__ import annotations

import re
from collections import Counter, defaultdict
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import TYPE_CHECKING

from amigrate.model import ChangeSet, Refusal
from amigrate_cli.errors import Stop
from amigrate_cli.pull_request.escape import code, text

if TYPE_CHECKING:
    from amigrate.codemod import Metadata

_ROWS, _PLACES = 15, 3  # what is shown of a long list, so that no forge refuses the whole as too long
_FIELD = re.compile(r"\{\{\s*amigrate\.(\w+)\s*\}\}")
_TEMPLATES = (
    ".github/pull_request_template.md", ".github/PULL_REQUEST_TEMPLATE.md", "pull_request_template.md",
    "PULL_REQUEST_TEMPLATE.md", "docs/pull_request_template.md", "docs/PULL_REQUEST_TEMPLATE.md",
    ".gitlab/merge_request_templates/Default.md",
)  # fmt: skip
DEFAULT = """\
{{ amigrate.summary }}

### What changes

{{ amigrate.changes }}

### Why

{{ amigrate.reasons }}

### What stays as it is

{{ amigrate.refusals }}

### How it was checked

{{ amigrate.checks }}

{{ amigrate.review }}
"""


def bodies(template: str | None, fields: Mapping[str, str]) -> tuple[str, str]:
    """What comes before our part, once and for people to edit, and our part, made anew in each run.

    A template with fields such as `{{ amigrate.summary }}` is our part; one without them comes before.

    Raises:
        Stop: the template has a field that does not exist.
    """
    before, ours = ("", template) if template and _FIELD.search(template) else (template or "", DEFAULT)

    def value(found: re.Match[str]) -> str:
        if found[1] not in fields:
            raise Stop(f"--body-file: {found[0]} is not known; there are {', '.join(fields)}")
        return fields[found[1]]

    return before.strip(), re.sub(r"\n{3,}", "\n\n", _FIELD.sub(value, ours)).strip()


def template_of(project: Path) -> str | None:
    """The project's own template for pull requests, if it has one."""
    for name in _TEMPLATES:
        path = project / name
        if path.is_file() and not path.is_symlink():
            return path.read_text(encoding="utf-8", errors="replace")
    return None


def fields_of(change_set: ChangeSet, codemods: Mapping[str, Metadata], review: str) -> Mapping[str, str]:
    """The fields for a template; `review` is Markdown that leads to the whole review, or empty."""
    return {
        "summary": _summary(change_set),
        "changes": _changes(change_set, codemods),
        "reasons": _reasons(change_set),
        "refusals": _refusals(change_set.refusals),
        "checks": _checks(change_set),
        "review": review,
    }


def _summary(change_set: ChangeSet) -> str:
    edits, groups, files = len(change_set.edits), len({one.group for one in change_set.edits}), len(change_set.changes)
    functions = len({edit.symbol for edit in change_set.edits if edit.symbol})
    return (
        f"amigrate moves {_count(functions, 'function')} in "
        f"{_count(files, 'file')} towards async: {_count(edits, 'edit')} in {_count(groups, 'group')} that each work "
        f"only as a whole, for Django {text(change_set.django or 'of any version')}. "
        f"Left as it is, each with its reason: {_count(len(change_set.refusals), 'place')}."
    )


def _changes(change_set: ChangeSet, codemods: Mapping[str, Metadata]) -> str:
    counted = Counter(edit.codemod for edit in change_set.edits)
    lines = ["| codemod | edits | what it does |", "|---|---|---|"]
    for codemod, number in counted.most_common():
        about = codemods.get(codemod)
        lines.append(f"| {code(codemod)} | {number} | {text(about.summary) if about else ''} |")
    return "\n".join(lines)


def _reasons(change_set: ChangeSet) -> str:
    counted = Counter(edit.reason for edit in change_set.edits)
    lines = [f"- {text(reason)}{_times(number)}" for reason, number in counted.most_common(_ROWS)]
    return "\n".join([*lines, *_more(len(counted), "reason")])


def _times(number: int) -> str:
    return f" ({number} times)" if number > 1 else ""


def _refusals(refusals: Sequence[Refusal]) -> str:
    if not refusals:
        return "Nothing that could be expected to change."
    by_reason: defaultdict[tuple[str, str], list[Refusal]] = defaultdict(list)
    for one in refusals:
        by_reason[one.reason, one.suggestion].append(one)
    lines = []
    for (reason, suggestion), found in sorted(by_reason.items(), key=lambda item: -len(item[1]))[:_ROWS]:
        places = ", ".join(code(f"{one.path}:{one.line}") for one in found[:_PLACES])
        more = f" and {len(found) - _PLACES} more" if len(found) > _PLACES else ""
        hint = f" → {text(suggestion)}" if suggestion else ""
        lines.append(f"- {text(reason)}: {places}{more}.{hint}")
    return "\n".join([*lines, *_more(len(by_reason), "reason")])


def _checks(change_set: ChangeSet) -> str:
    python = f" under Python {text(change_set.python)}" if change_set.python else ""
    said = (
        f"Each file compiles{python} and differs only inside the edits, each call of a function that became async is"
        " awaited, and a second run changes nothing. No code of the project was executed: its tests have yet to run."
    )
    lines = [said]
    if change_set.failures:
        lines += ["", "What could not be done:", ""]
        lines += [f"- {code(one.path)}: {text(one.reason)}" for one in change_set.failures[:_ROWS]]
        lines += _more(len(change_set.failures), "failure")
    return "\n".join(lines)


def _more(number: int, noun: str) -> list[str]:
    return [f"- and {_count(number - _ROWS, f'more {noun}')}"] if number > _ROWS else []


def _count(number: int, noun: str) -> str:
    return f"{number:,} {noun}{'s' * (number != 1)}"
