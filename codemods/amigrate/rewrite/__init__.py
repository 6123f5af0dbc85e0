"""Rewrite: `ast` says where, LibCST rewrites only the enclosing function or statement, and the result is spliced back.

`rewrite_source` does one file in memory, `rewrite_files` many in processes. Every byte outside the edits stays.
"""

from amigrate.rewrite.files import Codemods, Outcome, Success, rewrite_file, rewrite_files
from amigrate.rewrite.imports import apply_imports
from amigrate.rewrite.pool import Died, Done, in_processes
from amigrate.rewrite.regions import Region
from amigrate.rewrite.rewrite import Rewritten, rewrite_source
from amigrate.rewrite.source import RewriteError

__all__ = [
    "Codemods",
    "Died",
    "Done",
    "Outcome",
    "Region",
    "RewriteError",
    "Rewritten",
    "Success",
    "apply_imports",
    "in_processes",
    "rewrite_file",
    "rewrite_files",
    "rewrite_source",
]
