"""`orm-relations`: access to a related object that would load it.

Sites by `op`, with `parens` where the result is an expression of lower precedence:

- fk-id: the Attribute `obj.fk.pk`; `name` is the field's attribute, `fk_id`.
- fk-test: the Attribute `obj.fk` in a truth test, or the UnaryOp `not obj.fk`; `name` as above.
- select-related: a queryset or manager expression; `fields`, comma-separated; `manager`, if it is a model class.
- load-fields: a call of `only()` or `defer()`; `fields`, comma-separated, are to be loaded.
- getattr: the Attribute `obj.fk`. lambda: any expression. Both take `name`, the file's own name of `sync_to_async`.

`quote` is the quote for new strings; without it that of the expression's own strings, or a double one.
"""

from __future__ import annotations

import libcst as cst

from amigrate.codemod import Imports, Metadata, SiteCodemod
from amigrate.model import Site
from amigrate.transformers.bridging import bridged, bridged_lambda
from amigrate.transformers.orm.fields import with_fields
from amigrate.transformers.orm.select_related import with_select_related
from amigrate.transformers.parens import Parens, argument, around, breaks_lines, taken
from amigrate.transformers.quoting import quoted
from amigrate.transformers.shape import UnexpectedShape, expect, expression


class OrmRelations(SiteCodemod):
    """`book.author.pk` → `book.author_id`."""

    META = Metadata(
        id="orm-relations",
        summary="Load related objects with the query, or in a thread, instead of on attribute access",
        why=(
            "Reading a foreign key that is not loaded queries the database, and raises SynchronousOnlyOperation in "
            "async code; for a NULL key it does not, so tests may not show it. If only the key is needed it is read "
            "from the row; if the query is in view it loads the relation too; otherwise the access is bridged."
        ),
        fix_safety=(
            "The key in place of the object is safe. select_related() makes the query a join. A bridged access is one "
            "thread hop, and fills the cache, so that later accesses are free."
        ),
        links=(
            "https://docs.djangoproject.com/en/stable/ref/models/querysets/#select-related",
            "https://docs.djangoproject.com/en/stable/topics/async/#async-safety",
        ),
        when_not="Where the relation was loaded, assigned or prefetched before: it is in memory then.",
    )

    def rewrite(self, node: cst.CSTNode, site: Site, imports: Imports) -> cst.BaseExpression:
        """The access without a query on the event loop."""
        match site.param("op"):
            case "fk-id":
                return _key(expect(node, cst.Attribute), site)
            case "fk-test":
                return _test(expression(node), site)
            case "select-related":
                return with_select_related(expression(node), site)
            case "load-fields":
                return with_fields(expect(node, cst.Call), site)
            case "getattr":
                return _bridged_access(expect(node, cst.Attribute), site, imports)
            case "lambda":
                return bridged_lambda(expression(node), site, imports)
            case op:
                raise UnexpectedShape(f"unknown op {op!r}")


def _key(node: cst.Attribute, site: Site) -> cst.BaseExpression:
    related, inner = taken(expect(node.value, cst.Attribute))
    key = related.with_changes(attr=cst.Name(site.param("name")))
    own = Parens(node.lpar, node.rpar)
    if not own.left and inner.left and breaks_lines(key):
        own = inner
    return around(key, own, needed=False)


def _test(node: cst.BaseExpression, site: Site) -> cst.BaseExpression:
    operator: cst.BaseCompOp
    if isinstance(node, cst.UnaryOperation):
        expect(node.operator, cst.Not)
        operator, own = cst.Is(), Parens(node.lpar, node.rpar)
        access = expect(argument(node.expression), cst.Attribute)
    else:
        operator = cst.IsNot()
        access, own = taken(expect(node, cst.Attribute))
    key = access.with_changes(attr=cst.Name(site.param("name")))
    target = cst.ComparisonTarget(operator, cst.Name("None"))
    return around(cst.Comparison(left=key, comparisons=[target]), own, site.param("parens") == "1")


def _bridged_access(node: cst.Attribute, site: Site, imports: Imports) -> cst.BaseExpression:
    name = cst.SimpleString(quoted(node.attr.value, site, node.value))
    args = [cst.Arg(argument(node.value)), cst.Arg(name)]
    return bridged(cst.Name("getattr"), args, Parens(node.lpar, node.rpar), site, imports)
