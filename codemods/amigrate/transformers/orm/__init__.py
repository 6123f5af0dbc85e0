"""Codemods for queries, model instances and relations."""
