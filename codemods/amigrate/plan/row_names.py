"""Names for the rows that new comprehensions run through."""

from __future__ import annotations

import ast
import keyword
import re

from amigrate.facts.lattice import Kind, Type

# before a capital that follows a small letter or begins the last word of OSVariant
_WORD_STARTS = re.compile(r"(?<=[a-z0-9])(?=[A-Z])|(?<=[A-Z])(?=[A-Z][a-z])")


def pair_names(node: ast.expr) -> str:
    """`title, price` for `….values_list("title", "price")`, "" for anything else."""
    if not (isinstance(node, ast.Call) and isinstance(node.func, ast.Attribute) and node.func.attr == "values_list"):
        return ""
    names = [a.value.rpartition("__")[2] for a in node.args if isinstance(a, ast.Constant) and isinstance(a.value, str)]
    if len(names) != 2 or len(node.args) != 2 or node.keywords or names[0] == names[1]:
        return ""
    return ", ".join(_safe(n) for n in names)


def target_name(kind: Type) -> str:
    """A name for one row: the model's, in lower case with underscores."""
    if kind.rows in ("values", "values_list"):
        return "row"
    if kind.rows == "flat":
        return "value"
    if kind.kind is Kind.GENERATOR or not kind.ref:
        return "item"
    words = _WORD_STARTS.sub("_", kind.ref.rpartition(".")[2]).lower()
    return _safe(words.strip("_") or "item")


def _safe(name: str) -> str:
    return f"{name}_" if keyword.iskeyword(name) else name
