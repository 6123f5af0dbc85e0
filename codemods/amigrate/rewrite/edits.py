"""What an edit shows: the text of a node before and after, and the fingerprint that stays from run to run."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass

import libcst as cst

from amigrate.fingerprint import fingerprint, normalised
from amigrate.model import Confidence, Edit, Site

# Stands for a body while a header is cut off.
_BODY = "amigrate_stands_for_a_body"


@dataclass(frozen=True, slots=True)
class Draft:
    """An edit that has no fingerprint yet. `col` only orders the edits of a line."""

    codemod: str
    group: str
    symbol: str
    reason: str
    confidence: Confidence
    line: int
    col: int
    before: str
    after: str
    follows: bool = False


def draft(site: Site, before: str, after: str) -> Draft:
    """The edit of a site."""
    return Draft(
        site.codemod,
        site.group,
        site.symbol,
        site.reason,
        site.confidence,
        site.span.line,
        site.span.col,
        before,
        after,
    )


def to_edits(path: str, drafts: Sequence[Draft]) -> tuple[Edit, ...]:
    """The edits in the order of their lines, each with its fingerprint."""
    seen: Counter[tuple[str, str, str]] = Counter()
    edits = []
    for item in sorted(drafts, key=lambda item: (item.line, item.col)):
        key = (item.codemod, item.symbol, normalised(item.before, path))
        number = seen[key]
        seen[key] += 1
        edits.append(
            Edit(
                id=fingerprint(path, item.codemod, item.symbol, item.before, number),
                path=path,
                codemod=item.codemod,
                group=item.group,
                symbol=item.symbol,
                line=item.line,
                end_line=item.line + max(0, len(item.before.splitlines()) - 1),
                before=item.before,
                after=item.after,
                reason=item.reason,
                confidence=item.confidence,
                follows=item.follows,
            )
        )
    return tuple(edits)


def texts(module: cst.Module, before: cst.CSTNode, after: Sequence[cst.CSTNode]) -> tuple[str, str]:
    """The text of a node and of what replaces it, cut alike.

    Of a compound statement only the header is shown, with its decorators if they changed; of an expression not the
    brackets around it that were there before; of a simple statement not its comments.
    """
    if not after:
        return _shown(module, before, before, False), ""
    *inserted, last = after
    parts = [module.code_for_node(_bare(node)).strip() for node in inserted]
    decorated = _decorators(module, before) != _decorators(module, last)
    old, new = (_shown(module, node, before, decorated) for node in (before, last))
    if old == new and isinstance(getattr(before, "body", None), cst.BaseSuite):  # only the body changed
        old, new = (module.code_for_node(_bare(node)).strip() for node in (before, last))
    return old, "\n".join([*parts, new])


def _shown(module: cst.Module, node: cst.CSTNode, before: cst.CSTNode, decorated: bool) -> str:
    bare = _bare(node)
    if isinstance(node, cst.Match):
        return f"match {module.code_for_node(node.subject)}:"
    if type(node) is type(before) and isinstance(getattr(node, "body", None), cst.BaseSuite):
        cut = cst.SimpleStatementSuite(body=[cst.Expr(cst.Name(_BODY))])
        bare = bare.with_changes(body=cut)
        if not decorated and isinstance(node, cst.FunctionDef | cst.ClassDef):
            bare = bare.with_changes(decorators=(), lines_after_decorators=())
    elif isinstance(node, cst.BaseExpression) and isinstance(before, cst.BaseExpression):
        # `ast` counts the inner brackets of a tuple or generator expression to it
        brackets = len(before.lpar) - (isinstance(before, cst.Tuple | cst.GeneratorExp) and bool(before.lpar))
        if len(node.lpar) >= brackets:
            bare = node.with_changes(lpar=node.lpar[brackets:], rpar=node.rpar[: len(node.rpar) - brackets])
    return module.code_for_node(bare).partition(_BODY)[0].strip()


def _bare(node: cst.CSTNode) -> cst.CSTNode:
    """The node without what stands around it: comments above and behind, the comma."""
    if isinstance(node, cst.SimpleStatementLine):
        return node.with_changes(leading_lines=(), trailing_whitespace=cst.TrailingWhitespace())
    if isinstance(node, cst.BaseCompoundStatement) and hasattr(node, "leading_lines"):
        return node.with_changes(leading_lines=())
    if isinstance(node, cst.Arg | cst.StarredElement):
        return node.with_changes(comma=cst.MaybeSentinel.DEFAULT)
    return node


def _decorators(module: cst.Module, node: cst.CSTNode) -> str:
    decorators: Sequence[cst.Decorator] = getattr(node, "decorators", ())
    return "".join(module.code_for_node(decorator) for decorator in decorators)
