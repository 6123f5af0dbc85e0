"""What a codemod is: its metadata, its rewriting of the sites that the plan found, and the registry of all of them.

In the engine, sites come from the whole-program plan and only the enclosing function is parsed. Each codemod also runs
alone, also under `python -m libcst.tool codemod` (see `commands.py`): the module is then planned by itself, and only
what its `async def` functions need is found.
"""

from __future__ import annotations

from abc import ABC, abstractmethod
from dataclasses import dataclass, field
from typing import ClassVar

import libcst as cst

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

    `needed` holds (module, name) of `from module import name`, or (module, "") of `import module`; `replaced` those
    that rewriting may have left unused, and which are removed when nothing in the new file uses them any more.
    """

    needed: set[tuple[str, str]] = field(default_factory=set)
    replaced: set[tuple[str, str]] = field(default_factory=set)


class SiteCodemod(ABC):
    """Base of our codemods: subclasses set `META` and implement `rewrite`."""

    META: ClassVar[Metadata]

    @abstractmethod
    def rewrite(
        self, node: cst.CSTNode, site: Site, imports: Imports
    ) -> cst.CSTNode | cst.FlattenSentinel[cst.CSTNode]:
        """The replacement of `node`, whose children are already rewritten.

        Args:
            node: the updated LibCST node at `site.span`.
            site: the place and the parameters of the edit.
            imports: where to ask for imports.
        """

    def rewrite_from(
        self, original: cst.CSTNode, node: cst.CSTNode, site: Site, imports: Imports
    ) -> cst.CSTNode | cst.FlattenSentinel[cst.CSTNode]:
        """The same as `rewrite`, for the few codemods that keep the `original` beside what becomes of it."""
        return self.rewrite(node, site, imports)
