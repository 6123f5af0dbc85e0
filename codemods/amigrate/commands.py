"""Each codemod as a LibCST command: `python -m libcst.tool codemod -x amigrate.commands.OrmTerminal views.py`.

The commands are apart from the codemods, since the engine does not need them: importing `libcst.codemod` builds the
classes of all matchers, which takes as long as reading hundreds of files.
"""

from __future__ import annotations

from functools import cache

import libcst as cst
from libcst.codemod import VisitorBasedCodemodCommand

from amigrate.codemod import SiteCodemod
from amigrate.registry import codemods
from amigrate.standalone import transform_alone


@cache
def command_of(codemod: type[SiteCodemod]) -> type[VisitorBasedCodemodCommand]:
    """A command that plans each module alone and applies only the sites of `codemod` in it."""

    def transform_module_impl(self: VisitorBasedCodemodCommand, tree: cst.Module) -> cst.Module:
        return transform_alone(tree, codemod(), self.context)

    members = {
        "__doc__": codemod.__doc__,
        "__module__": __name__,
        "DESCRIPTION": codemod.META.summary,
        "transform_module_impl": transform_module_impl,
    }
    return type(codemod.__name__, (VisitorBasedCodemodCommand,), members)


def __getattr__(name: str) -> type[VisitorBasedCodemodCommand]:
    """The command of the codemod class of this name, such as `OrmTerminal`.

    Raises:
        AttributeError: there is none.
    """
    for codemod in codemods().values():
        if type(codemod).__name__ == name:
            return command_of(type(codemod))
    raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
