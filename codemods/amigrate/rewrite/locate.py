"""From `ast` positions to LibCST nodes: which node of a parsed slice each site means.

LibCST leaves the brackets of an expression out of its position, as `ast` does, but for two kinds of expression whose
brackets `ast` counts: tuples, and generator expressions, which as a sole argument borrow the brackets of the call.
"""

from __future__ import annotations

from bisect import bisect_left
from collections.abc import Callable, Iterator, Mapping, Sequence

import libcst as cst

from amigrate.model import Site
from amigrate.rewrite.layout import Layout, Range
from amigrate.rewrite.source import RewriteError

Kind = type[cst.CSTNode]
Key = tuple[Kind, int | None, int | None]
Line = cst.SimpleStatementLine | cst.SimpleStatementSuite
Marks = dict[cst.CSTNode, list[Site]]

_TEXT = (cst.SimpleString, cst.ConcatenatedString, cst.FormattedString)
_KINDS: dict[str, tuple[Kind, ...]] = {
    "AnnAssign": (cst.AnnAssign,),
    "Assert": (cst.Assert,),
    "Assign": (cst.Assign,),
    "AsyncFor": (cst.For,),
    "AsyncFunctionDef": (cst.FunctionDef,),
    "AsyncWith": (cst.With,),
    "Attribute": (cst.Attribute,),
    "AugAssign": (cst.AugAssign,),
    "Await": (cst.Await,),
    "BinOp": (cst.BinaryOperation,),
    "BoolOp": (cst.BooleanOperation,),
    "Break": (cst.Break,),
    "Call": (cst.Call,),
    "ClassDef": (cst.ClassDef,),
    "Compare": (cst.Comparison,),
    "Constant": (*_TEXT, cst.Integer, cst.Float, cst.Imaginary, cst.Name, cst.Ellipsis),
    "Continue": (cst.Continue,),
    "Delete": (cst.Del,),
    "Dict": (cst.Dict,),
    "DictComp": (cst.DictComp,),
    "ExceptHandler": (cst.ExceptHandler, cst.ExceptStarHandler),
    "Expr": (cst.Expr,),
    "For": (cst.For,),
    "FunctionDef": (cst.FunctionDef,),
    "GeneratorExp": (cst.GeneratorExp,),
    "Global": (cst.Global,),
    "If": (cst.If,),
    "IfExp": (cst.IfExp,),
    "Import": (cst.Import,),
    "ImportFrom": (cst.ImportFrom,),
    "JoinedStr": _TEXT,
    "Lambda": (cst.Lambda,),
    "List": (cst.List,),
    "ListComp": (cst.ListComp,),
    "Match": (cst.Match,),
    "Name": (cst.Name,),
    "NamedExpr": (cst.NamedExpr,),
    "Nonlocal": (cst.Nonlocal,),
    "Pass": (cst.Pass,),
    "Raise": (cst.Raise,),
    "Return": (cst.Return,),
    "Set": (cst.Set,),
    "SetComp": (cst.SetComp,),
    "Starred": (cst.StarredElement, cst.Arg),
    "Subscript": (cst.Subscript,),
    "Try": (cst.Try,),
    "TryStar": (cst.TryStar,),
    "Tuple": (cst.Tuple,),
    "UnaryOp": (cst.UnaryOperation,),
    "While": (cst.While,),
    "With": (cst.With,),
    "Yield": (cst.Yield,),
    "YieldFrom": (cst.Yield,),
    "alias": (cst.ImportAlias,),
    "keyword": (cst.Arg,),
}
_STATEMENTS = (cst.BaseStatement, cst.BaseSmallStatement, cst.ExceptHandler, cst.ExceptStarHandler)
# Their ranges leave decorators, defaults and annotations out.
_PARTLY = frozenset((cst.FunctionDef, cst.ClassDef, cst.IndentedBlock, cst.Param))


def missing(site: Site) -> RewriteError:
    """The error for a site whose node is not there."""
    place = f"line {site.span.line}: no {site.node} at column {site.span.col + 1}"
    return RewriteError(f"{place}: the file is not as it was when it was planned; run again")


def locate(
    where: Layout, sites: Sequence[Site], offset: Callable[[int, int], int]
) -> tuple[Marks, Callable[[cst.CSTNode], bool]]:
    """The nodes of `sites`, each with its sites, and a predicate: can there be such a node in a given node?

    `offset` turns an `ast` line and column into an offset in the text of `where`. A simple statement is marked by the
    line that it is alone on: its `SimpleStatementLine`, or its `SimpleStatementSuite` when it follows a colon.

    Raises:
        RewriteError: when a node is not there, or a simple statement shares its line; the reason names the line.
    """
    wanted: dict[Key, list[Site]] = {}
    for site in dict.fromkeys(sites):
        for key in _site_keys(site, offset):
            wanted.setdefault(key, []).append(site)
    marks: Marks = {}
    for key, node in _nodes(where.ranges, {key[0] for key in wanted}):
        if key in wanted:
            marks.setdefault(node, []).extend(wanted[key])
    found = {site for here in marks.values() for site in here}
    for site in sites:
        if site not in found:
            raise missing(site)
    marks = _with_lines(where, marks)
    return marks, _holder(where.ranges, marks)


def _site_keys(site: Site, offset: Callable[[int, int], int]) -> Iterator[Key]:
    """How a site is found: statements by where they begin (`ast` counts a last semicolon to their end), generator
    expressions by where they end (where they begin is not always a node of LibCST), anything else by both."""
    span = site.span
    start, end = offset(span.line, span.col), offset(span.end_line, span.end_col)
    for kind in _KINDS.get(site.node, ()):
        if kind is cst.GeneratorExp:
            yield kind, None, end
        else:
            yield kind, start, None if issubclass(kind, _STATEMENTS) else end


def _nodes(ranges: Mapping[cst.CSTNode, Range], kinds: set[Kind]) -> Iterator[tuple[Key, cst.CSTNode]]:
    """The nodes of `kinds`, each with its key, as `_site_keys` makes it from the site of the node."""
    statements = {kind for kind in kinds if issubclass(kind, _STATEMENTS)}
    generators = cst.GeneratorExp in kinds
    for node, (start, end) in ranges.items():
        kind = type(node)
        if kind is cst.Call and generators and (lone := _lone_generator(node)) is not None:
            yield (cst.GeneratorExp, None, end), lone
        if kind not in kinds:
            continue
        if kind in statements:
            yield (kind, start, None), node
        elif isinstance(node, cst.GeneratorExp):
            if node.rpar:
                yield (kind, None, ranges[node.rpar[0]][1]), node
        elif isinstance(node, cst.Tuple) and node.lpar:
            yield (kind, ranges[node.lpar[-1]][0], ranges[node.rpar[0]][1]), node
        else:
            yield (kind, start, end), node


def _lone_generator(call: cst.CSTNode) -> cst.GeneratorExp | None:
    """The generator expression that is the only argument of a call and uses its brackets."""
    value = call.args[0].value if isinstance(call, cst.Call) and len(call.args) == 1 else None
    return value if isinstance(value, cst.GeneratorExp) and not value.lpar else None


def _with_lines(where: Layout, marks: Marks) -> Marks:
    """`marks` with the lines of simple statements in place of these."""
    if not any(isinstance(node, cst.BaseSmallStatement) for node in marks):
        return marks
    lines: dict[cst.CSTNode, Line] = {
        statement: node for node in where.ranges if isinstance(node, Line) for statement in node.body
    }
    moved: Marks = {}
    for node, here in marks.items():
        line = lines.get(node)
        if line is not None and len(line.body) > 1:
            place = f"line {here[0].span.line}"
            raise RewriteError(f"{place}: this statement shares its line with another one; put each on its own line")
        moved[line or node] = here
    return moved


def _holder(ranges: Mapping[cst.CSTNode, Range], marks: Marks) -> Callable[[cst.CSTNode], bool]:
    """Whether a node can hold a marked one, by their ranges."""
    starts = sorted(ranges[node][0] for node in marks)

    def holds(node: cst.CSTNode) -> bool:
        here = ranges.get(node)
        if here is None or type(node) in _PARTLY:
            return True
        index = bisect_left(starts, here[0])
        return index < len(starts) and starts[index] <= here[1]

    return holds
