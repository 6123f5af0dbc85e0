"""Rewrites one file: the sites of the plan, each by its codemod, then the imports they ask for."""

from __future__ import annotations

import ast
from bisect import bisect_right
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace

import libcst as cst

from amigrate.codemod import Imports, SiteCodemod
from amigrate.model import Edit, Site
from amigrate.rewrite.beside import inserted_below, removed
from amigrate.rewrite.edits import Draft, draft, texts, to_edits
from amigrate.rewrite.imports import STEPS, ImportChange
from amigrate.rewrite.layout import Layout
from amigrate.rewrite.locate import Marks, locate, missing
from amigrate.rewrite.regions import Region, compose, offset_before
from amigrate.rewrite.shown_source import kept_text
from amigrate.rewrite.source import RewriteError, Source, decode, parse_ast
from amigrate.rewrite.splice import Piece, Slice, cut, join, parse, whole


@dataclass(frozen=True, slots=True)
class Rewritten:
    """The new bytes of a file, the edits in the order of their lines, and the byte ranges that differ."""

    after: bytes
    edits: tuple[Edit, ...]
    regions: tuple[Region, ...]


def rewrite_source(path: str, source: bytes, sites: Sequence[Site], codemods: Mapping[str, SiteCodemod]) -> Rewritten:
    """Applies `sites` to `source`, the bytes they were found in; all other bytes stay.

    Several sites on one node are applied in the given order, each to the result of the one before. A site on a simple
    statement gets its `SimpleStatementLine`.

    Raises:
        RewriteError: when the file cannot be parsed or encoded, a node is not there, or a codemod fails on it.
    """
    if not sites:
        return Rewritten(source, (), ())
    try:
        return _rewrite_source(path, source, sites, codemods)
    except RecursionError as error:  # LibCST's tree is deeper than that of `ast`, which took the file
        raise RewriteError("is nested too deeply for LibCST; split its longest expression or `elif` chain") from error


def _rewrite_source(path: str, source: bytes, sites: Sequence[Site], codemods: Mapping[str, SiteCodemod]) -> Rewritten:
    text = decode(path, source)
    for site in sites:
        if site.span.end_line > len(text.lines):
            raise missing(site)
    log = _Log()
    parts = cut(text, parse_ast(source), [site.span for site in sites])
    pieces = [
        piece
        for part, where in _parsed(text, parts)
        for piece in _pieces(text, part, where, [site for site in sites if part.contains(site.span)], codemods, log)
    ]
    after, regions = join(text, pieces)
    tree: ast.Module | None = None
    for step in STEPS if log.asked else ():
        middle, tree = decode(path, after), tree or parse_ast(after)
        changes = step(middle, tree, log.imports)
        log.drafts += [_import_draft(change, log, text, regions, middle) for change in changes]
        after, import_regions = join(middle, [change.piece for change in changes])
        regions, tree = compose(regions, import_regions), None if changes else tree
    return Rewritten(after, to_edits(path, log.drafts), regions)


@dataclass(slots=True)
class _Log:
    """What rewriting leaves behind: the edits, the imports, and for each import the site that asked first."""

    drafts: list[Draft] = field(default_factory=list)
    imports: Imports = field(default_factory=Imports)
    asked: dict[tuple[str, str], Site] = field(default_factory=dict)

    def note_imports(self, site: Site) -> None:
        """Remembers the imports that are new since the last call as those of `site`."""
        for pair in sorted((self.imports.needed | self.imports.replaced) - self.asked.keys()):
            self.asked[pair] = site


class _Rewriter(cst.CSTTransformer):
    """One pass over a slice: at each marked node the codemods of its sites, on the way to nothing else."""

    def __init__(
        self,
        module: cst.Module,
        marks: Marks,
        holds: Callable[[cst.CSTNode], bool],
        codemods: Mapping[str, SiteCodemod],
        log: _Log,
    ) -> None:
        super().__init__()
        self.module, self.marks, self.holds, self.codemods, self.log = module, marks, holds, codemods, log
        self.reached: set[cst.CSTNode] = set()
        self.emptied = False
        self.strings: list[str] = []  # how the f-strings around the node begin

    # The generic dispatch to `visit_Name_value` and the like is a third of the time of a visit.
    def on_visit(self, node: cst.CSTNode) -> bool:
        if isinstance(node, cst.FormattedString):
            self.strings.append(node.start)
        return self.holds(node)

    def on_visit_attribute(self, node: cst.CSTNode, attribute: str) -> None:
        pass

    def on_leave_attribute(self, original_node: cst.CSTNode, attribute: str) -> None:
        pass

    def on_leave(  # type: ignore[override]  # LibCST types its nodes one by one
        self, original_node: cst.CSTNode, updated_node: cst.CSTNode
    ) -> cst.CSTNode | cst.FlattenSentinel[cst.CSTNode]:
        if isinstance(original_node, cst.FormattedString):
            self.strings.pop()
        elif isinstance(original_node, cst.FormattedStringExpression) and original_node.equal is not None:
            assert isinstance(updated_node, cst.FormattedStringExpression)
            if updated_node.expression is not original_node.expression:
                return kept_text(self.module, original_node, updated_node, self.strings[-1])
        sites = self.marks.get(original_node)
        if sites is None:
            return updated_node
        self.reached.add(original_node)
        nodes = self._apply(_as_line(original_node), _as_line(updated_node), sites)
        if isinstance(updated_node, cst.SimpleStatementSuite):
            return _as_suite(updated_node, nodes)
        return nodes[0] if len(nodes) == 1 else cst.FlattenSentinel(nodes)

    def _apply(self, shown: cst.CSTNode, node: cst.CSTNode, sites: Sequence[Site]) -> list[cst.CSTNode]:
        """What replaces `node`. Where a codemod puts statements before it, the next one gets the last of them."""
        nodes, original = [node], shown
        for site in sites:
            new = self._replacement(original, nodes[-1], site) if nodes else []
            self.log.drafts.append(draft(site, *texts(self.module, shown, new)))
            self.log.note_imports(site)
            nodes[-1:] = new
            self.emptied |= not nodes
            shown = new[-1] if new else shown
        return nodes

    def _replacement(self, original: cst.CSTNode, node: cst.CSTNode, site: Site) -> list[cst.CSTNode]:
        codemod = self.codemods.get(site.codemod)
        if codemod is None:
            raise RewriteError(f"line {site.span.line}: there is no codemod {site.codemod}")
        try:
            result = codemod.rewrite_from(original, node, site, self.log.imports)
        except RecursionError:
            raise
        except Exception as error:  # codemods are also other people's code: one that fails costs this file only
            detail = f"{type(error).__name__}: {error}".splitlines()[0]
            raise RewriteError(f"line {site.span.line}: codemod {site.codemod} failed: {detail}") from error
        return list(result) if isinstance(result, cst.FlattenSentinel) else [result]


def _as_line(node: cst.CSTNode) -> cst.CSTNode:
    """A statement after a colon as if it stood on a line of its own; any other node as it is."""
    return cst.SimpleStatementLine(body=node.body) if isinstance(node, cst.SimpleStatementSuite) else node


def _as_suite(suite: cst.SimpleStatementSuite, nodes: Sequence[cst.CSTNode]) -> cst.BaseSuite:
    """The statements after a colon: on its line if they still fit there, else below it."""
    line = nodes[0] if len(nodes) == 1 else None
    if isinstance(line, cst.SimpleStatementLine) and not line.leading_lines:
        return suite.with_changes(body=line.body)
    return cst.IndentedBlock(body=nodes, header=suite.trailing_whitespace)  # type: ignore[arg-type]  # statements


def _parsed(text: Source, parts: Sequence[Slice]) -> Iterator[tuple[Slice, Layout]]:
    """The parsed slices, or else the whole file, when LibCST cannot take one of them as it is."""
    parsed = [(part, parse(text, part)) for part in parts]
    failed = next((part for part, where in parsed if where is None), None)
    if failed is not None:
        parsed = [(whole(text), parse(text, whole(text)))]
    for part, where in parsed:
        if where is None:
            line = failed.first if failed else part.first
            raise RewriteError(
                f"line {line}: LibCST cannot take this statement as it is; look for form feeds or old Mac line ends"
            )
        yield part, where


def _pieces(
    text: Source,
    part: Slice,
    where: Layout,
    sites: Sequence[Site],
    codemods: Mapping[str, SiteCodemod],
    log: _Log,
) -> Iterator[Piece]:
    """The slice rewritten in its place, and below it the copies that its sites with a `twin` make of it."""
    if own := [site for site in sites if not site.twin]:
        piece = _rewrite_slice(text, part, where, own, codemods, log)
        yield piece if piece.after.strip() else removed(text, part)
    for name in sorted({site.twin for site in sites if site.twin}):
        copied = [site for site in sites if site.twin == name]
        definition = copied[0]
        if not _is_function(where.module):
            raise RewriteError(f"line {definition.span.line}: the function shares its lines; put it on its own")
        inner = _Log(imports=log.imports, asked=log.asked)
        piece = inserted_below(text, part, _rewrite_slice(text, part, where, copied, codemods, inner).after)
        log.drafts.append(replace(draft(definition, "", piece.after.strip()), line=piece.first + 1, col=0))
        yield piece


def _is_function(module: cst.Module) -> bool:
    """Whether a slice is a function and nothing else."""
    body: Sequence[cst.BaseStatement] = module.body
    while len(body) == 1 and isinstance(body[0], cst.If) and isinstance(body[0].body, cst.IndentedBlock):
        body = body[0].body.body
    return len(body) == 1 and isinstance(body[0], cst.FunctionDef)


def _rewrite_slice(
    text: Source,
    part: Slice,
    where: Layout,
    sites: Sequence[Site],
    codemods: Mapping[str, SiteCodemod],
    log: _Log,
) -> Piece:
    module = where.module
    marks, holds = locate(where, sites, part.offset_in(text))
    rewriter = _Rewriter(module, marks, holds, codemods, log)
    try:
        code = module.visit(rewriter).code.removeprefix(part.prelude(text))
    except (cst.CSTValidationError, TypeError, ValueError, AttributeError) as error:
        detail = f"{type(error).__name__}: {error}".splitlines()[0]
        raise RewriteError(f"line {part.first}: what a codemod returned does not fit here: {detail}") from error
    for node in marks.keys() - rewriter.reached:
        raise missing(marks[node][0])
    if rewriter.emptied and code.strip() in ("", "pass"):  # LibCST writes `pass` where a block has no statement left
        code = ""
    head = text.lines[part.first - 1][: part.skip] if text.lines else ""
    return Piece(part.first - 1, part.last, head + code)


def _import_draft(change: ImportChange, log: _Log, text: Source, regions: Sequence[Region], middle: Source) -> Draft:
    """The edit of an import: its group is that of the site that asked first."""
    site = next(site for pair, site in log.asked.items() if pair in change.pairs)
    offset = offset_before(regions, middle.offsets()[change.piece.first])
    line = bisect_right(text.offsets(), offset)
    shown = (change.before, change.after)
    return Draft(site.codemod, site.group, "", change.reason, site.confidence, line, 0, *shown, follows=True)
