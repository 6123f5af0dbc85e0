"""What a codemod is: its metadata, its rewriting of the sites that the plan found, and the registry of all of them.

A codemod is a LibCST `VisitorBasedCodemodCommand`, so each also runs alone and under `python -m libcst.tool codemod`.
In the engine, sites come from the whole-program plan and only the enclosing function is parsed; alone, the module is
planned by itself: only what its `async def` functions need is found then.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import ClassVar

import libcst as cst
from libcst.codemod import VisitorBasedCodemodCommand

from amigrate.model import Site


@dataclass(frozen=True, slots=True)
class Metadata:
    """What `amigrate list` and `amigrate explain` show of a codemod."""

    id: str
    summary: str
    why: str
    fix_safety: str
    links: tuple[str, ...] = ()
    when_not: str = ""


@dataclass(slots=True)
class Imports:
    """Imports that the rewriting of one file asks for; `rewrite/imports.py` writes and tidies them.

    `needed` holds (module, name) of `from module import name`; `replaced` the (module, name) pairs that rewriting may
    have left unused, and which are removed when nothing in the new file uses them any more.
    """

    needed: set[tuple[str, str]] = field(default_factory=set)
    replaced: set[tuple[str, str]] = field(default_factory=set)


class SiteCodemod(VisitorBasedCodemodCommand):
    """Base of our codemods: subclasses set `META` and implement `rewrite`."""

    META: ClassVar[Metadata]
    DESCRIPTION: str = ""

    def __init_subclass__(cls, **kwargs: object) -> None:
        super().__init_subclass__(**kwargs)
        cls.DESCRIPTION = cls.META.summary

    def rewrite(
        self, node: cst.CSTNode, site: Site, imports: Imports
    ) -> cst.CSTNode | cst.FlattenSentinel[cst.CSTNode]:
        """The replacement of `node`, whose children are already rewritten.

        Args:
            node: the updated LibCST node at `site.span`.
            site: the place and the parameters of the edit.
            imports: where to ask for imports.
        """
        raise NotImplementedError

    def transform_module_impl(self, tree: cst.Module) -> cst.Module:
        """Plans `tree` alone and applies only this codemod's sites (for `libcst.tool`)."""
        from amigrate.standalone import transform_alone  # the engine imports this module: a cycle at import time

        return transform_alone(tree, self)
