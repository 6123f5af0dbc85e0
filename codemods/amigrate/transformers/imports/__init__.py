"""Codemods for imports, each over whole files."""
