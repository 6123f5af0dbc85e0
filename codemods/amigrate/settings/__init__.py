"""Edits of settings modules, found by reading them: nothing of a project is executed."""
