"""Showing a preview again as it was, when nothing has changed since: before what takes time is even imported.

Nothing here, nor what it imports, may import Typer, rich or the stages of the library.
"""
