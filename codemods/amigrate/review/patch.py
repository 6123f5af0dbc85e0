"""Unified diffs that `git apply` accepts, in bytes: a file's encoding and line ends are kept."""

from __future__ import annotations

import os
from collections.abc import Iterable

from amigrate.model import FileChange
from amigrate.review.hunks import Hunk, hunks_of

_NAMED = {7: b"\\a", 8: b"\\b", 9: b"\\t", 10: b"\\n", 11: b"\\v", 12: b"\\f", 13: b"\\r", 34: b'\\"', 92: b"\\\\"}


def patch(changes: Iterable[FileChange]) -> bytes:
    """One patch of all `changes`, to be applied in the project root with `git apply` or `patch -p1`."""
    changed = (change for change in changes if change.before != change.after)
    return b"".join(_git_line(change.path) + unified_diff(change) for change in changed)


def unified_diff(change: FileChange) -> bytes:
    """The diff of one file, from its `---` line on."""
    names = (b"--- " + _end_of_name(quoted(b"a/", change.path)), b"+++ " + _end_of_name(quoted(b"b/", change.path)))
    return b"".join((*names, *(_hunk(hunk) for hunk in hunks_of(change))))


def quoted(prefix: bytes, path: str) -> bytes:
    """`prefix` and `path` as git writes names: in quotes, with escapes, where a byte is not printable ASCII."""
    raw = prefix + os.fsencode(path)
    if all(32 <= byte < 127 and byte not in b'"\\' for byte in raw):
        return raw
    return b'"%s"' % b"".join(_escaped(byte) for byte in raw)


def _escaped(byte: int) -> bytes:
    if byte in _NAMED:
        return _NAMED[byte]
    return bytes((byte,)) if 32 <= byte < 127 else b"\\%03o" % byte


def _git_line(path: str) -> bytes:
    return b"diff --git %s %s\n" % (quoted(b"a/", path), quoted(b"b/", path))


def _end_of_name(name: bytes) -> bytes:
    """git ends a name that holds a space with a tab, so that readers do not take the rest for a date."""
    return name + (b"\t\n" if b" " in name else b"\n")


def _hunk(hunk: Hunk) -> bytes:
    old, new = _place(hunk.old_start, hunk.old_count), _place(hunk.new_start, hunk.new_count)
    lines = (kind.encode() + line + (b"" if line.endswith(b"\n") else _NO_NEWLINE) for kind, line in hunk.lines)
    return b"@@ -%s +%s @@\n%s" % (old, new, b"".join(lines))


_NO_NEWLINE = b"\n\\ No newline at end of file\n"


def _place(start: int, count: int) -> bytes:
    return b"%d" % start if count == 1 else b"%d,%d" % (start, count)
