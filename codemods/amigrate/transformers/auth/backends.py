"""`async-backends`: methods of authentication backends that get an async form beside them.

Site: the FunctionDef of the sync method; no parameters.
"""

from __future__ import annotations

import libcst as cst

from amigrate.codemod import Imports, Metadata, SiteCodemod
from amigrate.model import Site
from amigrate.transformers.bridging import sync_to_async
from amigrate.transformers.shape import expect


class AsyncBackends(SiteCodemod):
    """`def get_user(self, pk): …` gets `async def aget_user(self, pk): …` below it, which calls it in a thread."""

    META = Metadata(
        id="async-backends",
        summary="Give authentication backends the async methods that async views call",
        why=(
            "From Django 5.2 request.auser(), aauthenticate() and user.ahas_perm() call the async methods of the "
            "backends. A backend that has only the sync ones fails, or what it overrides is passed over silently."
        ),
        fix_safety=(
            "The async method calls the sync one in a thread, as BaseBackend's do: both give the same. Sync code does "
            "not call it."
        ),
        links=("https://docs.djangoproject.com/en/stable/topics/auth/customizing/#writing-an-authentication-backend",),
        when_not="Where the backend is of another package: derive from it, or wait for its next release.",
    )

    def rewrite(
        self, node: cst.CSTNode, site: Site, imports: Imports
    ) -> cst.CSTNode | cst.FlattenSentinel[cst.CSTNode]:
        """The method, and its async form below it."""
        method = expect(node, cst.FunctionDef)
        own, *others = _arguments(method.params)
        assert isinstance(own.value, cst.Name)
        bound = cst.Attribute(value=own.value, attr=method.name)
        bridge = cst.Call(func=sync_to_async(site.param("name"), imports), args=[cst.Arg(bound)])
        result = cst.Return(cst.Await(expression=cst.Call(func=bridge, args=others)))
        twin = cst.FunctionDef(
            name=cst.Name(f"a{method.name.value}"),
            params=method.params.deep_clone(),
            body=cst.IndentedBlock([cst.SimpleStatementLine([result])]),
            returns=method.returns.deep_clone() if method.returns is not None else None,
            asynchronous=cst.Asynchronous(),
            leading_lines=[cst.EmptyLine(indent=False)],
        )
        return cst.FlattenSentinel([method, twin])


def _arguments(params: cst.Parameters) -> list[cst.Arg]:
    """What hands all parameters on."""
    found = [cst.Arg(param.name) for param in (*params.posonly_params, *params.params)]
    if isinstance(params.star_arg, cst.Param):
        found.append(cst.Arg(params.star_arg.name, star="*"))
    equal = cst.AssignEqual(cst.SimpleWhitespace(""), cst.SimpleWhitespace(""))
    found += [cst.Arg(param.name, keyword=param.name, equal=equal) for param in params.kwonly_params]
    if params.star_kwarg is not None:
        found.append(cst.Arg(params.star_kwarg.name, star="**"))
    return found
