"""amigrate moves Django projects to async: the library behind the command line."""

__version__ = "0.1.0"
# packages register codemods of a team under this group
ENTRY_POINTS = "amigrate.codemods"
