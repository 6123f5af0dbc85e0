"""`orm-instance`: methods of model instances that query the database.

Site: the Call `obj.save(…)`. Params: `method`, the new attribute name; `positional`, the comma-separated keywords that
leading positional arguments become; `parens`.
"""

from __future__ import annotations

from collections.abc import Sequence

import libcst as cst

from amigrate.codemod import Imports, Metadata, SiteCodemod
from amigrate.model import Site
from amigrate.transformers.awaiting import awaited, with_method
from amigrate.transformers.parens import argument
from amigrate.transformers.shape import UnexpectedShape


class OrmInstance(SiteCodemod):
    """`book.save()` → `await book.asave()`."""

    META = Metadata(
        id="orm-instance",
        summary="Await asave(), adelete() and arefresh_from_db() of model instances",
        why=(
            "Saving, deleting or refreshing an instance in async code raises SynchronousOnlyOperation. asave() and "
            "adelete() run your own save() and delete() overrides in a thread, so these stay sync. Positional "
            "arguments become keywords, because asave() takes no others from Django 6.0 on."
        ),
        fix_safety="Safe: the sync method, overridden or not, runs with the same arguments in a thread.",
        links=(
            "https://docs.djangoproject.com/en/stable/ref/models/instances/#saving-objects",
            "https://docs.djangoproject.com/en/stable/ref/models/instances/#deleting-objects",
        ),
        when_not=(
            "Never turn the override of save() itself into `async def`: acreate() and the admin would then lose the "
            "data without an error. In read-modify-write code think of the other tasks that now run in between."
        ),
    )

    def rewrite(self, node: cst.CSTNode, site: Site, imports: Imports) -> cst.BaseExpression:
        """`await obj.<method>(…)`."""
        call = with_method(node, site.param("method"))
        if keywords := site.param("positional"):
            call = call.with_changes(args=_with_keywords(call.args, keywords.split(",")))
        return awaited(call, site)


def _with_keywords(args: Sequence[cst.Arg], keywords: Sequence[str]) -> list[cst.Arg]:
    positional = [arg for arg in args if arg.keyword is None and arg.star != "**"]
    if any(arg.star for arg in positional) or len(positional) > len(keywords):
        raise UnexpectedShape("positional arguments cannot be named one by one")
    named = [_named(arg, keyword.strip()) for arg, keyword in zip(positional, keywords, strict=False)]
    return [*named, *args[len(positional) :]]


def _named(arg: cst.Arg, keyword: str) -> cst.Arg:
    equal = cst.AssignEqual(whitespace_before=cst.SimpleWhitespace(""), whitespace_after=cst.SimpleWhitespace(""))
    value = arg.value if arg.value.lpar else argument(arg.value)
    return arg.with_changes(keyword=cst.Name(keyword), equal=equal, value=value)
