"""`async-decorators`: wrappers of decorators that get an async branch.

Sites: the FunctionDef of the wrapper, whose own changes are those of the async branch. Params:

- `function`: the parameter of the decorator that is decorated.
- `gap`: "1" when the next statement follows without a blank line, which is then put there.
- `name`: how the file spells `iscoroutinefunction`; without it that is imported from `module`.
"""

from __future__ import annotations

import libcst as cst

from amigrate.codemod import Imports, Metadata, SiteCodemod
from amigrate.model import Site
from amigrate.transformers.layout import Continued
from amigrate.transformers.shape import UnexpectedShape, expect


class AsyncDecorators(SiteCodemod):
    """`def wrapper(request): …` → `if iscoroutinefunction(view): async def wrapper(request): … else: def wrapper …`."""

    META = Metadata(
        id="async-decorators",
        summary="Give the project's own decorators an async branch",
        why=(
            "A decorator whose wrapper is a plain def hides an async view from Django, which takes the coroutine for "
            "the response and fails. Django's own decorators have two wrappers since 5.0, and choose with "
            "iscoroutinefunction()."
        ),
        fix_safety=(
            "What is decorated and stays sync gets the very wrapper that it had. The async one does the same in the "
            "same order, with await; it is written only if all that the wrapper calls is known."
        ),
        links=(
            "https://docs.djangoproject.com/en/stable/topics/async/#decorators",
            "https://docs.djangoproject.com/en/stable/releases/5.0/#decorators",
        ),
        when_not="Decorators that keep the function for other code, or that run it in a transaction or a thread.",
    )

    def rewrite(self, node: cst.CSTNode, site: Site, imports: Imports) -> cst.CSTNode:
        """Not without the original."""
        raise UnexpectedShape("the sync wrapper is needed")

    def rewrite_from(self, original: cst.CSTNode, node: cst.CSTNode, site: Site, imports: Imports) -> cst.CSTNode:
        """The two wrappers."""
        return dual(original, node, site, imports)


def dual(original: cst.CSTNode, node: cst.CSTNode, site: Site, imports: Imports) -> cst.If:
    """The sync function and what becomes of it, in the two branches that `iscoroutinefunction` chooses from."""
    sync, changed = expect(original, cst.FunctionDef).deep_clone(), expect(node, cst.FunctionDef)
    check = site.param("name")
    if not check:
        imports.needed.add((site.param("module"), "iscoroutinefunction"))
    return two_branches(
        f"{check or 'iscoroutinefunction'}({site.param('function')})", sync, changed, gap=bool(site.param("gap"))
    )


def two_branches(test: str, sync: cst.FunctionDef, changed: cst.FunctionDef, *, gap: bool = False) -> cst.If:
    """`if test:` the changed function as an `async def`, `else:` the sync one, laid out as in Django."""
    blank = (cst.EmptyLine(indent=False),)
    sync, changed = (cst.ensure_type(one.visit(Continued()), cst.FunctionDef) for one in (sync, changed))
    asynchronous = changed.with_changes(asynchronous=cst.Asynchronous(), leading_lines=blank)
    kept = cst.IndentedBlock(body=[sync.with_changes(leading_lines=blank)], footer=blank if gap else ())
    return cst.If(
        test=cst.parse_expression(test),
        body=cst.IndentedBlock(body=[asynchronous]),
        orelse=cst.Else(leading_lines=blank, body=kept),
        leading_lines=sync.leading_lines,
    )
