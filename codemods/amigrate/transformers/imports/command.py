"""`retarget` as a command of LibCST: apart from it, since importing `libcst.codemod` takes as long as a project."""

from __future__ import annotations

from libcst import Module, parse_module
from libcst.codemod import VisitorBasedCodemodCommand

from amigrate.transformers.imports.retarget import retarget, version_of


def command_for(django: str) -> type[VisitorBasedCodemodCommand]:
    """The codemod for a target Django, over a whole file."""
    target = version_of(django)

    class Retarget(VisitorBasedCodemodCommand):
        DESCRIPTION = "Django has this by now"

        def transform_module_impl(self, tree: Module) -> Module:
            return parse_module(retarget(tree.bytes, self.context.filename or "", target))

    return Retarget
