"""Codemods of consumers, their routes, channel layers and settings."""
