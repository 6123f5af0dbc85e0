"""A change set whose every text tries to be more than text: markup, scripts, terminal codes, characters that hide."""

from __future__ import annotations

from dataclasses import replace

from amigrate.model import ChangeSet, Confidence, FileChange, Group, Refusal
from amigrate.rewrite.edits import Draft, to_edits

SCRIPT = "</script><script>window.hacked = 1</script>"
IMAGE = '"\'><img src=x onerror="window.hacked = 2">'
BIDI = "\u202egnissap\u2066"
ANSI = "\x1b[2J\x1b]0;hacked\x07"
EVIL = f"{SCRIPT}{IMAGE}{BIDI}{ANSI}{{{{script}}}}<!--<script>\u2028\udc80"
PATH = f"shop/{IMAGE}{SCRIPT.replace('/', '_')}{BIDI}\udcff.py"


def hostile(long: int = 200_000) -> ChangeSet:
    """One file with a name, symbols, reasons, code and a refusal as above, and a line of `long` characters."""
    shown = EVIL.replace("\u2028", " ").encode("utf-8", "replace").decode()
    before = f"# {shown}\nx = old()  # {shown}\n" + "\n" * 9 + f"y = old()  # {'z' * long}\n"
    after = before.replace("old()", "new()")
    drafts = [
        Draft("alpha", EVIL, f"shop.{EVIL}", f"because {EVIL}", Confidence.REVIEW, line, 0, "old()", "new()")
        for line in (2, 12)
    ]
    change = FileChange(PATH, before.encode(), after.encode(), to_edits(PATH, drafts))
    change = replace(change, edits=tuple(replace(edit, codemod=f"alpha{IMAGE}") for edit in change.edits))
    refusal = Refusal(PATH, 3, f"shop.{EVIL}", "alpha", f"refused {EVIL}", f"try {EVIL}")
    group = Group(EVIL, "alpha", Confidence.REVIEW, (PATH,))
    return ChangeSet(".", "5.2", "3.12", (change,), (group,), (refusal,))
