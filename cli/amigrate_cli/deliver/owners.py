"""CODEOWNERS: who owns a file.

GitHub: https://docs.github.com/articles/about-code-owners, GitLab: https://docs.gitlab.com/user/project/codeowners/reference.
Patterns are those of `.gitignore`, but `!` does not negate, and the last one that matches counts (in GitLab: of each
section). A pattern without owners takes ownership away.
"""

from __future__ import annotations

import re
from collections.abc import Callable
from pathlib import Path

from pathspec import GitIgnoreSpec

PLACES = (".github/CODEOWNERS", ".gitlab/CODEOWNERS", "CODEOWNERS", "docs/CODEOWNERS")
NOBODY = "nobody"
_SECTION = re.compile(r"\^?\[(?P<name>[^\]]+)\](?:\[\d+\])?(?P<owners>.*)")


def read_codeowners(top: Path) -> str | None:
    """The text of the CODEOWNERS file of a repository, if it has one."""
    for place in PLACES:
        path = top / place
        if path.is_file() and not path.is_symlink():
            return path.read_text(encoding="utf-8", errors="replace")
    return None


def owner_of(codeowners: str) -> Callable[[str], str]:
    """From a path, from the top of the repository, to its owners: their names, with spaces between; or `nobody`."""
    sections: dict[str, list[tuple[Callable[[str], bool], str]]] = {"": []}
    section, default = "", ""
    for line in codeowners.splitlines():
        line = re.sub(r"(^|\s)#.*", "", line).strip()
        if found := _SECTION.fullmatch(line):
            section, default = found["name"].lower(), " ".join(found["owners"].split())
            sections.setdefault(section, [])
        elif line:
            pattern, *owners = re.split(r"(?<!\\)\s+", line)
            if not pattern.startswith("!"):
                sections[section].append((_matcher(pattern), " ".join(owners) or default))

    def owner(path: str) -> str:
        names: list[str] = []
        for rules in sections.values():
            last = next((owners for rule, owners in reversed(rules) if rule(path)), "")
            names += last.split()
        return " ".join(dict.fromkeys(names)) or NOBODY

    return owner


def _matcher(pattern: str) -> Callable[[str], bool]:
    spec = GitIgnoreSpec.from_lines([pattern])
    if not pattern.endswith("/*"):
        return spec.match_file

    def directly(path: str) -> bool:
        """`docs/*` is what lies in docs itself, where `.gitignore` would take all below too."""
        folder = path.rpartition("/")[0]
        return spec.match_file(path) and not spec.match_file(f"{folder}/")

    return directly
