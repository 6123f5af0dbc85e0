"""What the parts of the migration work on together, and what they leave behind."""

from __future__ import annotations

import ast
from collections.abc import Mapping
from dataclasses import dataclass, field

from amigrate.model import Confidence, Refusal, Site
from amigrate.plan.channels.names import GROUP, NAMES, Part
from amigrate.plan.channels.uses import Use, Uses
from amigrate.plan.context import Context, span


@dataclass(slots=True)
class Migration:
    """The plan of one project as it grows.

    Args:
        context: the analysed program.
        uses: every use of Channels.
        sites: with their paths.
        refusals: what stays on Channels, and why.
        handled: the uses that are gone, or renamed, afterwards. renamed: the latter.
        moved: the consumers that become those of django_ahead.
        extra: keys of AHEAD_WEBSOCKET that the project needs, with their source text.
        beside: whether the application stays on Channels.
    """

    context: Context
    uses: Uses
    sites: list[tuple[str, Site]] = field(default_factory=list)
    refusals: list[Refusal] = field(default_factory=list)
    handled: set[Use] = field(default_factory=set)
    renamed: set[Use] = field(default_factory=set)
    moved: set[str] = field(default_factory=set)
    extra: dict[str, str] = field(default_factory=dict)
    beside: bool = False

    def of(self, *parts: Part) -> list[Use]:
        """The uses of names that are for one of these."""
        return [use for use in self.uses.found if use.dotted in NAMES and NAMES[use.dotted].part in parts]

    def by_node(self, module: str) -> Mapping[ast.expr, Use]:
        """The uses of a module."""
        return {use.node: use for use in self.uses.found if use.module == module}

    def add(
        self,
        path: str,
        node: ast.AST,
        codemod: str,
        reason: str,
        confidence: Confidence = Confidence.SAFE,
        **params: str,
    ) -> None:
        """A site at a node."""
        given = tuple((key.rstrip("_"), value) for key, value in params.items() if value)
        site = Site(span(node), type(node).__name__, codemod, given, GROUP, GROUP, reason, confidence)
        self.sites.append((path, site))

    def rename(self, use: Use, codemod: str, reason: str, confidence: Confidence = Confidence.SAFE) -> None:
        """The site that gives a use its new name."""
        name = NAMES[use.dotted]
        module, _, old = use.dotted.rpartition(".")
        imported = ":".join(use.imported) if use.imported is not None else ""
        self.handled.add(use)
        self.renamed.add(use)
        self.add(
            use.path, use.node, codemod, reason, confidence,
            op="name", module=module, old=old, to=name.to, new=name.new, imported=imported,
        )  # fmt: skip

    def refuse(self, path: str, line: int, symbol: str, codemod: str, reason: str, suggestion: str = "") -> None:
        """Something stays."""
        self.refusals.append(Refusal(path, line, symbol, codemod, reason, suggestion))
