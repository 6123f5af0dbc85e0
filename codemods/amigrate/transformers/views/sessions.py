"""`async-session`: the session of a request.

Sites and params, all with `parens` where the result is an expression:

- no op: the Call `S.get(…)`; `method` is the new attribute name.
- op=getitem: the Subscript `S[k]`. op=contains: the Compare `k in S` or `k not in S`.
- op=setitem: the Assign statement `S[k] = v`. op=delitem: the Delete statement `del S[k]`.

Before Django 5.1 the last three have `bridge`, the file's own name of `sync_to_async`.
"""

from __future__ import annotations

import libcst as cst

from amigrate.codemod import Imports, Metadata, SiteCodemod
from amigrate.model import Site
from amigrate.transformers.awaiting import attribute, awaited, awaited_containment, method_call, with_method
from amigrate.transformers.bridging import bridged, sync_to_async
from amigrate.transformers.layout import kept_comments
from amigrate.transformers.parens import Parens, argument, around, primary
from amigrate.transformers.shape import UnexpectedShape, expect, only
from amigrate.transformers.statements import replaced


class AsyncSession(SiteCodemod):
    """`request.session["cart"] = cart` → `await request.session.aset("cart", cart)`."""

    META = Metadata(
        id="async-session",
        summary="Await the a-methods of request.session",
        why=(
            "The first access to a session loads it, from the database by default: in async code this raises "
            "SynchronousOnlyOperation, but only for visitors who have a session cookie."
        ),
        fix_safety=(
            "Safe. Reading an item by subscript has no async form that raises KeyError, so it is bridged with "
            "sync_to_async, or left where the session was loaded before; deleting becomes apop(), which raises "
            "KeyError too."
        ),
        links=("https://docs.djangoproject.com/en/stable/topics/http/sessions/#using-sessions-in-views",),
        when_not="Before Django 5.1, which has no a-methods for sessions, and where the session was loaded before.",
    )

    def rewrite(self, node: cst.CSTNode, site: Site, imports: Imports) -> cst.CSTNode:
        """The awaited form of the access to the session."""
        match site.param("op"):
            case "getitem":
                return _read(expect(node, cst.Subscript), site, imports)
            case "setitem":
                return replaced(node, lambda statement: _write(statement, site, imports))
            case "delitem":
                return replaced(node, lambda statement: _delete(statement, site, imports))
            case "contains" if site.param("bridge"):
                return _bridged_containment(node, site, imports)
            case "contains":
                return awaited_containment(node, "ahas_key", site)
            case _:
                return awaited(with_method(node, site.param("method")), site)


def _read(node: cst.Subscript, site: Site, imports: Imports) -> cst.BaseExpression:
    key = _key(node)
    getter = attribute(primary(node.value), "__getitem__")
    return bridged(getter, [key], Parens(node.lpar, node.rpar), site, imports)


def _write(statement: cst.BaseSmallStatement, site: Site, imports: Imports) -> cst.Expr:
    node = expect(statement, cst.Assign)
    target = expect(only(node.targets, "target").target, cst.Subscript)
    args = [_key(target), cst.Arg(argument(node.value))]
    return _awaited(_method(target.value, ("aset", "__setitem__"), args, site, imports), node)


def _delete(statement: cst.BaseSmallStatement, site: Site, imports: Imports) -> cst.Expr:
    node = expect(statement, cst.Del)
    target = expect(node.target, cst.Subscript)
    return _awaited(_method(target.value, ("apop", "__delitem__"), [_key(target)], site, imports), node)


def _method(
    session: cst.BaseExpression, names: tuple[str, str], args: list[cst.Arg], site: Site, imports: Imports
) -> cst.Call:
    """The a-method, or the sync one in a thread."""
    if not site.param("bridge"):
        return method_call(session, names[0], args)
    return cst.Call(func=_adapted(session, names[1], site, imports), args=args)


def _adapted(session: cst.BaseExpression, name: str, site: Site, imports: Imports) -> cst.Call:
    known = site.param("bridge")
    adapter = sync_to_async("" if known == "sync_to_async" else known, imports)
    return cst.Call(func=adapter, args=[cst.Arg(attribute(primary(session), name))])


def _bridged_containment(node: cst.CSTNode, site: Site, imports: Imports) -> cst.BaseExpression:
    """`key in S` as `await sync_to_async(S.__contains__)(key)`."""
    comparison = expect(node, cst.Comparison)
    target = only(comparison.comparisons, "comparison")
    key = cst.Arg(argument(comparison.left))
    call = cst.Call(func=_adapted(target.comparator, "__contains__", site, imports), args=[key])
    result: cst.BaseExpression = cst.Await(expression=call)
    if isinstance(target.operator, cst.NotIn):
        result = cst.UnaryOperation(cst.Not(), result)
    return around(result, Parens(comparison.lpar, comparison.rpar), site.param("parens") == "1")


def _awaited(call: cst.Call, replaced_statement: cst.BaseSmallStatement) -> cst.Expr:
    return cst.Expr(cst.Await(expression=call), semicolon=replaced_statement.semicolon)


def _key(node: cst.Subscript) -> cst.Arg:
    """The subscript of `S[k]` as the argument of a call."""
    index = only(node.slice, "subscript").slice
    if not isinstance(index, cst.Index) or index.star:
        raise UnexpectedShape("a session has no slices")
    lost = kept_comments(node.lbracket.whitespace_after, node.rbracket.whitespace_before)
    return cst.Arg(argument(index.value), whitespace_after_arg=lost)
