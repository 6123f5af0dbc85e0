"""Real projects from the package index: how to get them, run their tests and see which of their views are async."""
