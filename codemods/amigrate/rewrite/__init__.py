"""Rewrite: `ast` says where, LibCST rewrites only the enclosing function or statement, and the result is spliced back.

`rewrite_source` does one file in memory. Every byte outside the edits stays.
"""

from amigrate.rewrite.imports import apply_imports
from amigrate.rewrite.regions import Region
from amigrate.rewrite.rewrite import Rewritten, rewrite_source
from amigrate.rewrite.source import RewriteError

__all__ = [
    "Region",
    "RewriteError",
    "Rewritten",
    "apply_imports",
    "rewrite_source",
]
