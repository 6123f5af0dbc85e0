"""amigrate moves Django projects to async: the library behind the command line."""

__version__ = "0.1.0"
