"""Codemods for what views do with the request, its session and templates."""
