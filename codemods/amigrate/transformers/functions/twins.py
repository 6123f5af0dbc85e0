"""`async-twins`: helpers that sync and async code need, in both colours.

Sites by `op`, all but remove with `name`, the name of the twin:

- twin: the FunctionDef, in a copy of it. remove: the FunctionDef, which goes.
- call: the Call `f(…)` of a name or attribute. `module`: where the twin is imported from; `old`: the name that was
  imported from there. `parens` as everywhere.
- add, replace: an ImportFrom inside of a function that imports `old`.
"""

from __future__ import annotations

import libcst as cst

from amigrate.codemod import Imports, Metadata, SiteCodemod
from amigrate.model import Site
from amigrate.transformers.counterparts import awaited_counterpart
from amigrate.transformers.shape import UnexpectedShape, expect, only


class AsyncTwins(SiteCodemod):
    """`get_cart(request)` → `await aget_cart(request)`, with `aget_cart` below `get_cart`."""

    META = Metadata(
        id="async-twins",
        summary="Give helpers that both colours need an async twin",
        why=(
            "A helper that sync code calls too cannot become async. With --helpers twin it gets an async twin below "
            "it, named as Django names its own: get_cart and aget_cart. Twins that a project has already are used "
            "always, in the place of a bridge, and a sync half that nothing calls any more goes."
        ),
        fix_safety=(
            "The copy holds the same statements with their async forms, and the sync function stays as it is. That a "
            "twin of the project's own does the same as its sync half is taken from its name and parameters: review it."
        ),
        links=("https://docs.djangoproject.com/en/stable/topics/async/#async-support",),
        when_not=(
            "For helpers of many queries, of queries in loops and of transactions: there one bridge around the sync "
            "function is one thread hop, and the twin would be many."
        ),
    )

    def rewrite(
        self, node: cst.CSTNode, site: Site, imports: Imports
    ) -> cst.CSTNode | cst.FlattenSentinel[cst.CSTNode]:
        """The twin, the call of it, its import, or nothing."""
        name = site.param("name")
        match site.param("op"):
            case "twin":
                function = expect(node, cst.FunctionDef)
                return function.with_changes(asynchronous=cst.Asynchronous(), name=cst.Name(name))
            case "remove":
                return cst.FlattenSentinel([])
            case "call":
                return awaited_counterpart(node, site, imports)
            case _:
                return _imported(node, site.param("old"), name, keep=site.param("op") == "add")


def _imported(node: cst.CSTNode, old: str, new: str, *, keep: bool) -> cst.SimpleStatementLine:
    """`from m import old` with the twin beside it or in its place; where it has another local name, too."""
    line = expect(node, cst.SimpleStatementLine)
    statement = expect(only(line.body, "statement on its line"), cst.ImportFrom)
    if isinstance(statement.names, cst.ImportStar):
        raise UnexpectedShape(f"expected an import of {old}, found a star")
    names: list[cst.ImportAlias] = []
    for alias in statement.names:
        if alias.evaluated_name != old or keep:
            names.append(alias)
        if alias.evaluated_name == old:
            if keep:
                between = cst.Comma(whitespace_after=cst.SimpleWhitespace(" "))
                last = alias is statement.names[-1]
                names[-1] = alias.with_changes(comma=between if last else alias.comma)
            names.append(cst.ImportAlias(name=cst.Name(new), comma=alias.comma))
    return line.with_changes(body=[statement.with_changes(names=names)])
