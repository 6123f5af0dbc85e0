"""Codemods for function definitions, their calls and the bridges between the colours."""
