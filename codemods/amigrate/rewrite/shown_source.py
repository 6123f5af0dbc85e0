"""`f"{expression=}"` shows its own source: where that is rewritten, what it showed becomes text of the string.

https://docs.python.org/3/reference/lexical_analysis.html#f-strings: "When the equal sign '=' is provided, the output
will have the expression text, the '=' and the evaluated value"; by default that is its repr(), unless there is a
format specifier.
"""

from __future__ import annotations

import libcst as cst

from amigrate.rewrite.source import RewriteError


def kept_text(
    module: cst.Module, old: cst.FormattedStringExpression, new: cst.FormattedStringExpression, start: str
) -> cst.FlattenSentinel[cst.BaseFormattedStringContent]:
    """What replaces `{old=}` in a string that begins with `start`, such as `f'`, when its expression is that of `new`.

    Raises:
        RewriteError: when the source of `old` cannot stand in such a string (its own quotes, since Python 3.12).
    """
    assert old.equal is not None
    spaces = (old.whitespace_before_expression, old.whitespace_after_expression, old.equal)
    before, after, equal = (module.code_for_node(node) for node in spaces)
    text = before + module.code_for_node(old.expression) + after + equal
    if "\\" in text or start[-1] in text or ("\n" in text and len(start.lstrip("fFrR")) == 1):
        raise RewriteError(f"an f-string shows the source `{text}`, which changes; take the expression out of it")
    shown = new.with_changes(
        equal=None,
        conversion=old.conversion or (None if old.format_spec is not None else "r"),
        whitespace_before_expression=cst.SimpleWhitespace(""),
        whitespace_after_expression=cst.SimpleWhitespace(""),
    )
    literal = cst.FormattedStringText(text.replace("{", "{{").replace("}", "}}"))
    return cst.FlattenSentinel([literal, shown])
